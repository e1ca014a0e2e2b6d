"""What no pty and no loopback does by itself: a port with settings of its own, one that takes a byte at a time or sends slowly, a
connection that is reset before anybody looks (fake_calls.c)."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import PATIENCE, ClosedPort, Emulator, preload, program, run
from test_neighbours import TURN_AWAY

HERE = pathlib.Path(__file__).parent

MARK = """
import fcntl, os, sys, termios
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "flock":
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
else:
    fcntl.ioctl(fd, termios.TIOCEXCL)
print("held", flush=True)
sys.stdin.read()
"""


def wait_for_close(kkt):
    """Until the register has seen the end of the connection."""
    end = time.monotonic() + PATIENCE
    while not any(line.split()[2:4] == ["-", "close"] for line in kkt.frames()):
        if time.monotonic() > end:
            raise AssertionError("the connection stays open")
        time.sleep(0.01)


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.preload = preload(cls.folder, HERE / "fake_calls.c", HERE / "fake_lookup.c")

    def get(self, *words, **fake):
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        result = run("get", *words, env={"LD_PRELOAD": self.preload, "FAKE_LOG": str(log), **{k: str(v) for k, v in fake.items()}})
        return result.document, log.read_text().splitlines() if log.exists() else []


class Serial(Calls):
    def test_settings_of_another_program_are_changed(self):
        with Emulator(pty=True) as kkt:
            document, calls = self.get(kkt.connect, FAKE_PORT="odd")
        self.assertEqual("ok", document["state"], document["error"])
        for line in ("parity 0", "stop bits 1", "flow control 0", "XON/XOFF 0"):
            self.assertIn(line, calls)

    def test_a_port_that_keeps_its_settings_is_an_error(self):
        """tcsetattr says that all went well when any of it did."""
        with Emulator(pty=True) as kkt:
            document, _ = self.get(kkt.connect, FAKE_PORT="stubborn")
        self.assertEqual("error", document["state"])
        self.assertIn("does not accept the settings", document["error"])

    def test_what_others_have_left_in_the_port_is_dropped_before_anything_is_sent(self):
        with Emulator(pty=True) as kkt:
            document, calls = self.get(kkt.connect)
        self.assertEqual("ok", document["state"], document["error"])
        self.assertLess(calls.index("parity 0"), calls.index("both buffers dropped 2"))

    def test_what_was_written_is_sent_before_the_port_is_closed(self):
        """The last acknowledgement, for one."""
        with Emulator("--protocol", 3, pty=True) as kkt:
            document, calls = self.get(kkt.connect, FAKE_OUTPUT=5)
        self.assertEqual("ok", document["state"], document["error"])
        self.assertEqual(["bytes left 100"] * 5 + ["bytes left 0"], [line for line in calls if line.startswith("bytes left")])
        self.assertLess(calls.index("bytes left 0"), calls.index("output dropped 1"))

    def test_a_port_that_never_sends_its_last_bytes_is_closed_in_the_end(self):
        with Emulator("--protocol", 3, pty=True) as kkt:
            begun = time.monotonic()
            document, calls = self.get(kkt.connect, FAKE_OUTPUT=1000000)
        self.assertEqual("ok", document["state"], document["error"])
        self.assertIn("output dropped 1", calls)
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_port_that_takes_a_few_bytes_at_a_time_is_read(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, pty=True) as kkt:
                document, _ = self.get(kkt.connect, FAKE_WRITE=3)
                self.assertEqual("ok", document["state"], document["error"])
                self.assertEqual(0, document["poll"]["retries"])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root and unshare")
    def test_a_port_that_is_marked_is_busy_though_nobody_is_seen_to_have_it(self):
        """As from another container: no process is to be seen that has the port open, but its marks are."""
        for way in ("flock", "TIOCEXCL"):
            with self.subTest(way=way), Emulator(pty=True) as kkt:
                with subprocess.Popen([sys.executable, "-c", MARK, kkt.device, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
                    try:
                        self.assertEqual("held\n", holder.stdout.readline())
                        done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", program(), "get", kkt.connect, "--timeout", "5s"],
                                              capture_output=True, text=True, timeout=60, check=False)
                    finally:
                        holder.kill()
                self.assertIn('"busy"', done.stdout, done.stderr)
                self.assertEqual([], [line for line in kkt.frames() if line.split()[2] == ">"])


class Sides(unittest.TestCase):
    def test_who_has_both_sides_of_a_pseudo_terminal_is_its_other_end_and_no_rival(self):
        """A converter of the network to a port keeps the port's own side open, so that it stays."""
        master, slave = os.openpty()
        try:
            document = run("get", f"serial:{os.ttyname(slave)}", "--timeout", "2s").document
        finally:
            os.close(master)
            os.close(slave)
        self.assertEqual("unreachable", document["state"], document["error"])


class Network(Calls):
    def test_a_connection_that_is_reset_before_anybody_looks_was_open(self):
        with subprocess.Popen([sys.executable, "-c", TURN_AWAY, "", "reset"], stdout=subprocess.PIPE, text=True) as server:
            try:
                begun = time.monotonic()
                document, _ = self.get(f"tcp://127.0.0.1:{server.stdout.readline().strip()}", "--timeout", "20s", FAKE_CONNECT_MS=300)
            finally:
                server.kill()
        self.assertEqual("busy", document["state"], document["error"])
        self.assertLess(time.monotonic() - begun, 15)

    def test_what_was_written_is_sent_before_the_connection_is_closed(self):
        """The last acknowledgement, for one, when the connection takes a few bytes at a time."""
        frames = []
        for fake in ({}, {"FAKE_WRITE": 3}):
            with Emulator("--protocol", 3) as kkt:
                document, _ = self.get(kkt.connect, **fake)
                self.assertEqual("ok", document["state"], document["error"])
                self.assertEqual(0, document["poll"]["retries"])
            with Emulator("--protocol", 3) as kkt:
                self.get(kkt.connect, "--groups", "printer", **fake)
                wait_for_close(kkt)
                frames.append([line.split()[3] for line in kkt.frames() if line.split()[2] == ">"])
        self.assertEqual(*frames)

    def test_of_many_addresses_the_failure_that_tells_most_is_told(self):
        """Refused tells more than "no route": somebody is there."""
        with ClosedPort() as closed:
            for lookup in ("127.0.0.1,127.0.0.3", "127.0.0.3,127.0.0.1"):
                document, _ = self.get(f"tcp://kassa.shop:{closed.rsplit(':', 1)[1]}", "--timeout", "5s", FAKE_LOOKUP=lookup, FAKE_NO_ROUTE="127.0.0.3")
                self.assertIn("refused", document["error"], lookup)


if __name__ == "__main__":
    unittest.main()
