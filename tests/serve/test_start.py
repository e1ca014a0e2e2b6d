"""How serve starts, and what keeps it from starting: the words and the exit status."""
import os
import pty
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import PATIENCE, Emulator, program
from serving import Serve, wait_for

ENGLISH = {**os.environ, "ZABBIX_ATOL_LANG": "en"}


class StandardInput(unittest.TestCase):
    """serve --stop-on-eof."""

    def setUp(self):
        self.serve = Serve([])
        self.addCleanup(shutil.rmtree, self.serve.folder, True)
        self.command = [program(), "serve", "--stop-on-eof", "-c", str(self.serve.config)]

    def run_with(self, **standard_input):
        return subprocess.run(self.command, capture_output=True, text=True, env=ENGLISH, timeout=PATIENCE, **standard_input)

    def expect_refused(self, done):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--stop-on-eof: standard input is a file, a device or closed", done.stderr)
        self.assertFalse(self.serve.state.exists(), "a refused start leaves nothing")

    def test_what_has_no_end_to_wait_for_is_refused(self):
        self.expect_refused(self.run_with(stdin=subprocess.DEVNULL))
        self.expect_refused(self.run_with(preexec_fn=lambda: os.close(0)))
        with tempfile.TemporaryFile() as file:
            self.expect_refused(self.run_with(stdin=file))
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.expect_refused(self.run_with(stdin=folder))

    def expect_end(self, ours, theirs, end):
        with subprocess.Popen(self.command, stdin=theirs, stderr=subprocess.PIPE, text=True, env=ENGLISH) as process:
            os.close(theirs)
            wait_for("a document", lambda: (self.serve.state / "_serve.json").exists())
            self.assertIsNone(process.poll())
            end(ours)
            self.assertEqual(process.wait(PATIENCE), 0, process.stderr.read())
        (self.serve.state / "_serve.json").unlink()

    def test_the_end_of_a_pipe_a_socket_and_a_terminal_stops_it(self):
        read, write = os.pipe()
        self.expect_end(write, read, os.close)
        ours, theirs = socket.socketpair()
        self.expect_end(ours, os.dup(theirs.fileno()), lambda s: (theirs.close(), s.close()))
        leader, terminal = pty.openpty()
        self.expect_end(leader, terminal, lambda fd: os.write(fd, b"\x04"))
        os.close(leader)


class Snapshots(unittest.TestCase):
    def test_a_start_without_registers_removes_no_snapshot(self):
        """A trial with a file of comments uses the usual state_dir, where the real service has its snapshots."""
        with Emulator() as kkt, Serve([f"{{name: a, connect: '{kkt.connect}'}}"]) as serve:
            serve.wait("a", lambda d: d["state"] == "ok")
            serve.stop()
            before = (serve.state / "a.json").read_bytes()
            serve.config.write_text(f"state_dir: {serve.state}\n# nothing yet\n")
            serve.start()
            serve.wait_log("0 registers, ")
            serve.stop()
            self.assertEqual((serve.state / "a.json").read_bytes(), before)
            serve.configure([f"{{name: b, connect: '{kkt.connect}'}}"])
            serve.start()
            serve.wait("b", lambda d: d["state"] == "ok")
            self.assertIsNone(serve.document("a"), "a start with registers removes the others")
            serve.reload([])
            wait_for("no snapshot of b", lambda: serve.document("b") is None)


if __name__ == "__main__":
    unittest.main()
