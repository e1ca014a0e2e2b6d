"""How serve starts, and what keeps it from starting: the words and the exit status."""
import contextlib
import os
import pathlib
import pty
import shutil
import signal
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


class Process(unittest.TestCase):
    """What comes from outside while serve starts and runs."""

    def test_a_reload_that_comes_before_the_start_is_over_is_done_afterwards(self):
        """The configuration is being read, and has changed since."""
        with Emulator() as kkt, Serve([f"{{name: a, connect: '{kkt.connect}'}}"]) as serve:
            serve.wait("a", lambda d: True)
            serve.stop()
            text = serve.config.read_text()
            serve.config.unlink()
            os.mkfifo(serve.config)
            serve.start()
            writer = os.open(serve.config, os.O_WRONLY)     # when serve has opened it too
            serve.process.send_signal(signal.SIGHUP)
            serve.config.unlink()
            serve.config.write_text(text + f"- {{name: b, connect: '{kkt.connect.replace('127.0.0.1', '127.0.0.2')}'}}\n")
            os.write(writer, text.encode())
            os.close(writer)
            serve.wait("b", lambda d: True)

    def test_more_networks_than_are_counted_are_told(self):
        def networks(letter):
            return "networks:\n" + "".join(f"  {letter}{i}: 1\n" for i in range(40000))
        with Serve([], networks("a")) as serve:
            serve.wait_log("0 registers, ")
            serve.reload([], networks("b"))
            serve.wait_log("14465 networks have no limit of polls at once")

    def test_a_log_that_nobody_reads_holds_nothing_up(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write, b"x" * 4096)
        os.set_blocking(write, True)
        with Emulator() as kkt, Serve([]) as serve:
            serve.stop()
            serve.configure([f"{{name: a, connect: '{kkt.connect}', interval: 1s}}"])
            with subprocess.Popen([program(), "serve", "-vv", "-c", str(serve.config)], stderr=write, env=ENGLISH) as process:
                try:
                    first = wait_for("a document", lambda: serve.document("a"))
                    wait_for("the next one", lambda: serve.document("a")["polled_ts"] > first["polled_ts"])
                    os.set_blocking(read, False)
                    text = b""

                    def told():
                        nonlocal text
                        with contextlib.suppress(BlockingIOError):
                            text += os.read(read, 1 << 20)
                        return b"lines of the log were lost, nobody read them: " in text
                    wait_for("the loss in the log", told)
                finally:
                    process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)
        os.close(read)
        os.close(write)

    def test_a_link_of_the_administrator_stays_and_the_page_goes(self):
        with Serve([]) as serve:
            serve.stop()
            page, link = serve.folder / "page.prom", serve.folder / "link.prom"
            link.symlink_to(page)
            serve.configure([], f"prometheus: {{file: {link}}}")
            serve.start()
            wait_for("the page", page.exists)
            serve.stop()
            self.assertFalse(page.exists())
            self.assertTrue(link.is_symlink())


class Snapshots(unittest.TestCase):
    def test_another_folder_gets_the_snapshots_of_registers_that_are_not_polled_soon(self):
        """And the same one, written in another way, is the same one."""
        with Emulator() as kkt, Serve([f"{{name: a, connect: '{kkt.connect}', interval: 1h}}"]) as serve:
            seen = serve.wait("a", lambda d: d["state"] == "ok")["polled_ts"]
            old = serve.state
            for state in (f"{old}/", f"{old.parent}/./{old.name}"):
                serve.state = state
                serve.reload([f"{{name: a, connect: '{kkt.connect}', interval: 1h}}"])
            self.assertNotIn("stays in use", serve.log())
            serve.state = serve.folder / "elsewhere"
            serve.reload([f"{{name: a, connect: '{kkt.connect}', interval: 1h}}"])
            self.assertEqual(serve.document("a")["polled_ts"], seen)
            self.assertFalse((old / "a.json").exists())
            if os.access("/dev/shm", os.W_OK):    # another file system
                with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
                    serve.state = pathlib.Path(other)
                    serve.reload([f"{{name: a, connect: '{kkt.connect}', interval: 1h}}"])
                    self.assertEqual(serve.document("a")["polled_ts"], seen)
                    serve.stop()

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
