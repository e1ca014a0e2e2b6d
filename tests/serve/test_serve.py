"""serve beside emulated registers."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import Emulator, emulator_program, program
from serving import Serve, wait_for


def default_state():
    return json.loads(subprocess.run([emulator_program(), "--dump-state"], capture_output=True, check=True).stdout)


def kkt(name, connect, more=""):
    return f"{{name: {name}, connect: '{connect}', interval: 1s, timeout: 3s{more}}}"


class ServeTest(unittest.TestCase):
    def test_snapshots_and_max_age(self):
        with Emulator(state=default_state()) as e, Serve([kkt("a", e.connect)]) as s:
            first = s.wait("a", lambda d: d["state"] == "ok")
            self.assertEqual(first["name"], "a")
            s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"] and "registration" in d["metrics"],
                   "slow values beside later quick ones")
            e.set_state({**default_state(), "shift": {**default_state()["shift"], "number": 999}})
            s.wait("a", lambda d: d["metrics"]["shift"]["number"] == 999)
            got = subprocess.run([program(), "get", "a", "-c", s.config, "--max-age", "60s"], capture_output=True)
            self.assertEqual(got.returncode, 0)
            self.assertEqual(json.loads(got.stdout)["metrics"]["shift"]["number"], 999)
            self.assertLess(s.stop(), 1.0)
            self.assertEqual(s.process.returncode, 0)

    def test_slow_group_at_once_when_the_fn_changes(self):
        with Emulator(state=default_state()) as e, Serve([kkt("a", e.connect, ", identity_interval: 1h")]) as s:
            s.wait("a", lambda d: d["state"] == "ok" and "organization_name" in d["metrics"].get("registration", {}))
            state = default_state()
            state["fn"]["serial"] = "9999078900000001"
            state["registration"]["organization_name"] = "Новая организация"
            e.set_state(state)
            seen = s.wait("a", lambda d: d["metrics"]["fn"]["serial"] == "9999078900000001"
                          and "organization_name" in d["metrics"].get("registration", {}))
            self.assertEqual(seen["metrics"]["registration"]["organization_name"], "Новая организация")

    def test_no_old_value_under_a_new_fn(self):
        """Between the change and the full poll the slow values are absent, never those of the old FN."""
        state = default_state()
        with Emulator(state=state) as e, Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            for round_number in range(5):
                state["fn"]["serial"] = f"999907890000010{round_number}"
                state["registration"]["organization_name"] = f"Организация {round_number}"
                e.set_state(state)
                while True:
                    d = s.document("a")
                    if d["metrics"]["fn"]["serial"] == state["fn"]["serial"]:
                        name = d["metrics"].get("registration", {}).get("organization_name")
                        self.assertIn(name, (None, f"Организация {round_number}"))
                        if name:
                            break
                    time.sleep(0.005)

    def test_loss_and_return_are_told_once(self):
        e = Emulator(state=default_state())
        port = int(e.address.rsplit(":", 1)[1])
        with Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            e.stop()
            lost = s.wait("a", lambda d: d["state"] == "unreachable")
            self.assertNotIn("metrics", lost)
            s.wait("a", lambda d: d["polled_ts"] > lost["polled_ts"] + 1, "two more polls of the dead")
            again = subprocess.Popen([emulator_program(), "--tcp", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL)
            try:
                back = s.wait("a", lambda d: d["state"] == "ok")
                s.wait("a", lambda d: d["polled_ts"] > back["polled_ts"], "the usual interval again", 5)
                self.assertIn("registration", s.document("a")["metrics"])
            finally:
                again.terminate()
                again.wait()
            self.assertEqual(s.log().count("a: lost:"), 1)
            self.assertEqual(s.log().count("a: back:"), 1)
        shutil.rmtree(e.folder, ignore_errors=True)

    def test_another_serial_number_is_an_error(self):
        serial = default_state()["device"]["serial"]
        with Emulator() as e, Serve([kkt("right", e.connect, f", serial: '{serial}'"),
                                     kkt("wrong", e.connect, ", serial: '00106100000000'")]) as s:
            wrong = s.wait("wrong", lambda d: d["state"] not in ("busy", "unreachable"))
            self.assertEqual(wrong["state"], "error")
            self.assertIn(serial, wrong["error"])
            self.assertNotIn("metrics", wrong)
            s.wait("right", lambda d: d["state"] == "ok")

    def test_opening_hours(self):
        hour = time.gmtime().tm_hour
        shut = f"{(hour + 3) % 23:02d}:00-{(hour + 3) % 23 + 1:02d}:00"
        with Emulator("--clients", "many") as e, Serve(
                [kkt("closed", e.connect, f", timezone: UTC, hours: '{shut}'"),
                 kkt("open", e.connect, ", timezone: UTC, hours: '00:00-24:00'")]) as s:
            first = s.wait("open", lambda d: d["state"] == "ok")
            s.wait("open", lambda d: d["polled_ts"] >= first["polled_ts"] + 3)
            self.assertIsNone(s.document("closed"))

    def test_reload_touches_only_what_changed(self):
        with Emulator("--clients", "many") as e, Emulator("--clients", "many") as other:
            with Serve([kkt("a", e.connect), kkt("b", e.connect), kkt("c", e.connect)]) as s:
                for name in "abc":
                    s.wait(name, lambda d: d["state"] == "ok")
                s.reload([kkt("a", e.connect), kkt("b", other.connect), kkt("d", e.connect)])
                self.assertIn("3 registers, 3 new, changed or gone", s.log())
                s.wait("b", lambda d: d["connect"] == other.connect and d["state"] == "ok")
                s.wait("d", lambda d: d["state"] == "ok")
                self.assertIsNone(s.document("c"))
                kept = s.document("a")
                s.wait("a", lambda d: d["polled_ts"] > kept["polled_ts"])
                s.reload(["{name: a}"])
                self.assertIn("the configuration stays as it was", s.log())
                self.assertIn("zabbix-atol.yaml:4: a register needs `connect`", s.log())
                later = s.document("a")
                s.wait("a", lambda d: d["polled_ts"] > later["polled_ts"])

    def test_wrong_configuration_is_exit_2(self):
        s = Serve(["{name: a, connect: tcp://h, speed: 1}"])
        done = subprocess.run([program(), "serve", "-c", s.config], capture_output=True, text=True)
        shutil.rmtree(s.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("zabbix-atol.yaml:4: unknown key \"speed\"", done.stderr)

    def test_stop_in_a_second_while_polls_hang(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(64)
            port = silent.getsockname()[1]
            with Serve([f"{{name: s{i}, connect: 'tcp://127.0.0.1:{port}', timeout: 60s}}" for i in range(20)]) as s:
                pid = s.process.pid
                wait_for("hanging polls", lambda: len(os.listdir(f"/proc/{pid}/fd")) > 25)
                self.assertLess(s.stop(), 1.0)
                self.assertEqual(s.process.returncode, 0)
                self.assertIsNone(s.document("s0"), "a poll that was ended by the stop is no result")

    def test_descriptors_are_bounded_by_the_limit(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(512)
            port = silent.getsockname()[1]
            with Serve([f"{{name: s{i}, connect: 'tcp://127.0.0.1:{port}', timeout: 3s}}" for i in range(200)],
                       "limits: {polls: 30}") as s:
                most = 0
                end = time.monotonic() + 6
                while time.monotonic() < end:
                    most = max(most, len(os.listdir(f"/proc/{s.process.pid}/fd")))
                    time.sleep(0.01)
                self.assertGreaterEqual(most, 30)
                self.assertLessEqual(most, 30 + 20)

    def test_notifications_for_systemd(self):
        folder = tempfile.mkdtemp(prefix="notify-")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
            box.bind(folder + "/socket")
            box.settimeout(30)
            env = {**os.environ, "NOTIFY_SOCKET": folder + "/socket", "WATCHDOG_USEC": "600000"}
            with Emulator() as e, Serve([kkt("a", e.connect)], env=env) as s:
                self.assertEqual(box.recv(100), b"READY=1")
                for _ in range(3):
                    self.assertEqual(box.recv(100), b"WATCHDOG=1")
                s.process.send_signal(signal.SIGTERM)
                while (word := box.recv(100)) == b"WATCHDOG=1":
                    pass
                self.assertEqual(word, b"STOPPING=1")
        shutil.rmtree(folder)

    def test_health(self):
        with Emulator() as e, Serve([kkt("a", e.connect), kkt("dead", "tcp://127.0.0.1:1")]) as s:
            health = wait_for("the health document", lambda: s.document("_serve"))
            self.assertEqual(health["registers"]["total"], 2)
            self.assertEqual(health["registers"]["ok"], 1)
            self.assertEqual(health["registers"]["unreachable"], 1)
            self.assertEqual(health["polls"]["late"], 0)
            self.assertGreater(health["polls"]["total"], 3)
            self.assertGreater(health["memory_kb"], 500)
            self.assertEqual(health["spool"], {"length": 0, "dropped": 0})
            self.assertLessEqual(health["poll_ms"]["p50"], health["poll_ms"]["p99"])

    def test_kill_9_at_any_moment(self):
        """A hundred lives of random length: what is on disk is whole, and the next life goes on."""
        count, lives, rng = 40, 100, random.Random(54)
        fleet = Emulator("--registers", count)
        port = fleet.address.rsplit(":", 1)[1]
        sender = "#!/bin/sh\nexit 1\n"      # Zabbix is away: everything stays in the spool
        s = Serve([])
        (s.folder / "sender").write_text(sender)
        (s.folder / "sender").chmod(0o755)
        spool = s.folder / "spool"
        s.configure([f"{{name: k{i:02d}, connect: 'tcp://127.0.0.{i + 1}:{port}', interval: 1s}}" for i in range(count)],
                    f"push: {{agent_config: /none, sender: {s.folder}/sender, spool: {spool}, batch: 7}}")
        lines, newest = 0, 0
        try:
            for life in range(lives):
                s.start()
                time.sleep(rng.uniform(0.005, 0.25))
                self.assertIsNone(s.process.poll(), s.log()[-500:])
                s.process.kill()
                s.process.wait()
                for path in s.state.glob("*.json"):
                    d = json.loads(path.read_text())
                    if not path.name.startswith("_"):
                        self.assertEqual(d["state"], "ok", path)
                        newest = max(newest, d["polled_ts"])
                seen = 0
                for path in sorted(spool.glob("*.values")):
                    text = path.read_text()
                    self.assertLessEqual(text.count("\n"), 7)
                    whole = text[:text.rfind("\n") + 1]
                    for line in whole.splitlines():
                        host, key, second, ns, value = line.split(" ", 4)
                        self.assertEqual(json.loads(json.loads(value))["name"], json.loads(host))
                        seen += 1
                self.assertGreaterEqual(seen, lines, "a value was lost")
                lines = seen
            s.start()
            s.wait("k00", lambda d: d["polled_ts"] > newest)
            self.assertEqual(list(s.state.glob("*.tmp*")), [])
            self.assertGreater(lines, lives)
        finally:
            s.__exit__()
            fleet.stop()


if __name__ == "__main__":
    unittest.main()
