"""reboot, beep, set-clock: denied unless allowed, refused where they could harm, and what they do when allowed."""
import os
import pathlib
import pty
import signal
import subprocess
import tempfile
import time
import unittest

from harness import PATIENCE, ClosedPort, Emulator, default_state, preload, program, run


def closed_shift(drift=0):
    state = default_state()
    state["shift"]["state"] = 0
    state["device"]["clock_drift_s"] = drift
    return state


def clock_that_says(unix_s, folder):
    """The LD_PRELOAD of a computer whose clock stands there."""
    source = pathlib.Path(folder, "clock.c")
    source.write_text("#include <sys/time.h>\nint gettimeofday(struct timeval *restrict now, void *restrict zone)\n{\n    (void)zone;\n"
                      f"    *now = (struct timeval){{.tv_sec = {unix_s}}};\n    return 0;\n}}\n")
    return preload(folder, source)


class Control(unittest.TestCase):
    def test_denied_without_permission_and_nothing_is_sent(self):
        for command in ("reboot", "beep", "set-clock"):
            with self.subTest(command=command), Emulator() as kkt:
                result = run(command, kkt.connect, "--yes")
                self.assertEqual((result.status, result.stdout), (2, ""))
                self.assertIn("--allow-control", result.stderr)
                self.assertEqual(kkt.frames(), [])

    def test_where_nobody_can_be_asked_yes_must_be_said_and_nothing_is_sent_without(self):
        for command in ("reboot", "beep", "set-clock"):
            with self.subTest(command=command), Emulator(state=closed_shift()) as kkt:
                result = run(command, kkt.connect, "--allow-control")
                self.assertEqual((result.status, result.stdout), (2, ""))
                self.assertIn(f"add --yes to {command}", result.stderr)
                self.assertEqual(kkt.frames(), [])

    def test_beep_and_reboot(self):
        for protocol in (3, 5):
            for command in ("beep", "reboot"):
                with self.subTest(protocol=protocol, command=command), Emulator("--protocol", protocol) as kkt:
                    result = run(command, kkt.connect, "--allow-control", "--yes")
                    self.assertEqual(result.status, 0, result.stderr)
                    self.assertIn("00106112345678", result.stdout)

    def test_set_clock_says_before_and_after(self):
        with Emulator("--protocol", 3, state=closed_shift(500)) as kkt:
            result = run("set-clock", kkt.connect, "--allow-control", "--yes")
            drift = run("get", kkt.connect, "--groups", "device").document["metrics"]["device"]["clock_drift_s"]
        self.assertEqual(result.status, 0, result.stderr)
        self.assertRegex(result.stdout, r"Clock before: \S+ \(\+(499|500|501) s\)")
        self.assertRegex(result.stdout, r"Clock after: \S+ \([+-][012] s\)")
        self.assertLessEqual(abs(drift), 2)

    def test_set_clock_takes_the_zone_of_the_register(self):
        with Emulator("--protocol", 3, state=closed_shift()) as kkt:
            self.assertEqual(run("set-clock", kkt.connect, "--allow-control", "--yes", "--timezone", "+07:00").status, 0)
            device = run("get", kkt.connect, "--groups", "device", "--timezone", "+07:00").document["metrics"]["device"]
        self.assertLessEqual(abs(device["clock_drift_s"]), 2)

    def test_set_clock_is_refused_with_a_shift_open(self):
        for state in (1, 2):
            given = closed_shift(500)
            given["shift"]["state"] = state
            for protocol in (3, 5):
                with self.subTest(state=state, protocol=protocol), Emulator("--protocol", protocol, state=given) as kkt:
                    result = run("set-clock", kkt.connect, "--allow-control", "--yes")
                    drift = run("get", kkt.connect, "--groups", "device").document["metrics"]["device"]["clock_drift_s"]
                self.assertEqual(result.status, 1)
                self.assertIn("the shift is open; close it, then set the clock", result.stderr)  # ours, not the register's own refusal
                self.assertLessEqual(abs(drift - 500), 1)

    def test_set_clock_is_refused_where_this_computers_clock_cannot_be_right(self):
        """From a clock with an empty battery, and from one that is two hours late: the FN would refuse every document."""
        now = int(time.time())
        state = closed_shift()
        state["fn"]["last_document_time"] = time.strftime("%Y-%m-%dT%H:%M:00", time.gmtime(now - 600))
        for said in (978307200, now - 7200):
            for lang, what in (("en", "If this computer is wrong, set its date and time first"),
                               ("ru", "Если ошибается компьютер, сначала установите его дату и время")):
                with self.subTest(said=said, lang=lang), Emulator("--protocol", 3, state=state) as kkt, tempfile.TemporaryDirectory() as folder:
                    result = run("set-clock", kkt.connect, "--allow-control", "--yes", "--lang", lang, "--timezone", "+00:00",
                                 env={"LD_PRELOAD": clock_that_says(said, folder)})
                    self.assertEqual(1, result.status, result.stdout)
                    self.assertIn(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(said)), result.stderr)
                    self.assertIn(what, result.stderr)
                    self.assertNotIn("set-clock", requests(kkt))

    def test_a_register_that_is_away(self):
        with ClosedPort() as address:
            result = run("beep", address, "--allow-control", "--yes")
        self.assertEqual(result.status, 1)
        self.assertIn("refused", result.stderr)

    def on_terminal(self, answer, *words):
        master, slave = pty.openpty()
        with subprocess.Popen([program(), *words], stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            os.close(slave)
            os.write(master, answer)
            out, err = process.communicate(timeout=PATIENCE)
        os.close(master)
        return process.returncode, out, err

    def test_a_person_is_asked_and_no_means_no(self):
        with Emulator("--protocol", 3, state=closed_shift(500)) as kkt:
            words = ("set-clock", kkt.connect, "--allow-control")
            status, out, err = self.on_terminal(b"n\n", *words)
            self.assertEqual(status, 1)
            self.assertIn("[y/N]", out)
            self.assertIn("Nothing was changed", err)
            drift = run("get", kkt.connect, "--groups", "device").document["metrics"]["device"]["clock_drift_s"]
            self.assertLessEqual(abs(drift - 500), 1)
            status, out, _ = self.on_terminal(b"y\n", *words)
            self.assertEqual(status, 0)
            status, out, _ = self.on_terminal(b"", *words, "--yes")
            self.assertEqual(status, 0)
            self.assertNotIn("[y/N]", out)


class Ended(unittest.TestCase):
    def test_a_signal_ends_a_command_that_waits_for_its_register(self):
        """The register was read, and has the command; its answer takes a minute."""
        with Emulator("--protocol", 3, "--fault", "delay:60000@47") as kkt:
            with subprocess.Popen([program(), "beep", kkt.connect, "--allow-control", "--yes", "--timeout", "60s"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, env={**os.environ, "ZABBIX_ATOL_LANG": "en"}) as command:
                end = time.monotonic() + PATIENCE
                while not any(line.split()[2:4] == [">", "47"] for line in kkt.frames()):
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.01)
                command.send_signal(signal.SIGTERM)
                _, said = command.communicate(timeout=PATIENCE)
        self.assertIn("was interrupted", said)
        self.assertEqual(-signal.SIGTERM, command.returncode)


class ReadOnly(unittest.TestCase):
    def test_no_poll_sends_what_control_sends(self):
        """The request that ends a control run is the action itself: no poll may send one of that name."""
        for protocol, commands in ((3, ("beep", "reboot", "set-clock")), (5, ("beep", "reboot", "set-clock"))):
            with Emulator("--protocol", protocol) as kkt:
                for groups in ("all", "quick", "slow"):
                    self.assertEqual(run("get", kkt.connect, "--groups", groups).status, 0)
                read = set(requests(kkt))
            self.assertGreater(len(read), 10)
            for command in commands:
                with self.subTest(protocol=protocol, command=command), \
                        Emulator("--protocol", protocol, state=closed_shift()) as kkt:
                    self.assertEqual(run(command, kkt.connect, "--allow-control", "--yes").status, 0)
                    sent = requests(kkt)
                    # set-clock looks again afterwards; its own request is the one that no poll knows.
                    actions = [name for name in sent if name not in read]
                    self.assertEqual(len(actions), 1, sent)


def requests(kkt):
    """Names of the requests that came, in their order. A line of the log: time, connection, direction, name, hex."""
    frames = [line.split(" ") for line in kkt.frames()]
    return [row[3] for row in frames if row[2] == ">" and row[3] not in ("abort", "ack", "echo")]
