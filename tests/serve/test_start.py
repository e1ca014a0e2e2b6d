"""How serve starts, and what keeps it from starting: the words and the exit status."""
import os
import pty
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import PATIENCE, program
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


if __name__ == "__main__":
    unittest.main()
