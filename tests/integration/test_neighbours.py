"""Who else is at the register: another program at the port, one that a register or a converter serves already, another
poll of our own. None of them is disturbed, and each is told apart from a register that is off."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from harness import PATIENCE, Emulator, powerless, program, run

HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
if sys.argv[2] == "fcntl":
    fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("held", flush=True)
if sys.argv[2] == "reader":
    os.read(fd, 64)
sys.stdin.read()
"""

# A listener that serves somebody already: what it says to whoever comes second, and how it ends the connection.
TURN_AWAY = """
import socket, struct, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    client.sendall(bytes.fromhex(sys.argv[1]))
    if sys.argv[2] == "reset":
        if sys.argv[1]:
            client.recv(1)  # a reset before the connection is seen to stand takes the text along
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if sys.argv[2] == "keep":
        while client.recv(4096):
            pass
    client.close()
"""


def received(kkt):
    """What came in at the register."""
    return [line for line in kkt.frames() if line.split()[2] == ">"]


class SerialPorts(unittest.TestCase):
    def busy(self, kkt, pid):
        before = received(kkt)
        document = run("get", kkt.connect, "--timeout", "5s").document
        self.assertEqual("busy", document["state"], document["error"])
        self.assertIn(f"(pid {pid})", document["error"])
        self.assertNotIn("metrics", document)
        self.assertEqual(before, received(kkt), "something was written into a port that another program has open")

    def test_a_port_that_another_program_has_open_is_left_alone(self):
        for way in ("open", "fcntl", "reader"):
            with self.subTest(way=way), Emulator(pty=True) as kkt:
                with subprocess.Popen([sys.executable, "-c", HOLD, kkt.device, way], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True) as holder:
                    try:
                        self.assertEqual("held\n", holder.stdout.readline())
                        self.busy(kkt, holder.pid)
                    finally:
                        holder.kill()
                self.assertEqual("ok", run("get", kkt.connect).document["state"])

    def test_a_lock_file_of_a_live_process_counts_and_a_dead_one_does_not(self):
        if not os.access("/var/lock", os.W_OK):
            self.skipTest("/var/lock is not writable")
        with Emulator(pty=True) as kkt:
            lock = pathlib.Path("/var/lock/LCK.." + os.path.realpath(kkt.device).removeprefix("/dev/").replace("/", "_"))
            self.addCleanup(lock.unlink, missing_ok=True)
            for content in (b"%10d\n" % os.getpid(), os.getpid().to_bytes(4, sys.byteorder)):
                with self.subTest(content=content):
                    lock.write_bytes(content)
                    self.busy(kkt, os.getpid())
            dead = subprocess.Popen(["true"])
            dead.wait()
            lock.write_text(f"{dead.pid:10d}\n")
            self.assertEqual("ok", run("get", kkt.connect).document["state"])


class OtherUsersPrograms(unittest.TestCase):
    """`serve` has a user of its own, to whom Linux shows no descriptors of others. A lock of any kind is seen all the same;
    a port that was opened without one is not (docs/security.md says so)."""
    HOLD = ("import fcntl,os,sys,termios\nfd=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY)\nm=sys.argv[2]\n"
            "if m=='excl': fcntl.ioctl(fd,termios.TIOCEXCL)\nif m=='flock': fcntl.flock(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)\n"
            "if m=='fcntl': fcntl.lockf(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)\nprint('held',flush=True)\nsys.stdin.read()\n")

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be two users")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.program = shutil.copy(program(), self.folder)  # the build's folder may be closed to others

    def get(self, way):
        with Emulator(pty=True) as kkt:
            device = os.path.realpath(kkt.device)
            os.chmod(device, 0o666)
            with subprocess.Popen([sys.executable, "-c", self.HOLD, device, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True) as holder:
                try:
                    self.assertEqual("held\n", holder.stdout.readline())
                    done = subprocess.run([self.program, "get", f"serial:{device}", "--timeout", "5s"], capture_output=True, text=True,
                                          timeout=PATIENCE, check=False, cwd="/", **powerless())
                finally:
                    holder.kill()
            return json.loads(done.stdout), received(kkt)

    def test_a_lock_is_seen_and_nothing_is_written(self):
        for way in ("excl", "flock", "fcntl"):
            with self.subTest(way):
                document, written = self.get(way)
                self.assertEqual(("busy", []), (document["state"], written), document["error"])

    def test_an_open_port_without_any_lock_is_not_seen(self):
        self.assertEqual("ok", self.get("open")[0]["state"])


class ServesSomebodyElse(unittest.TestCase):
    def get(self, text, end="close", lang="en"):
        with subprocess.Popen([sys.executable, "-c", TURN_AWAY, text.hex(), end], stdout=subprocess.PIPE, text=True) as server:
            try:
                address = "tcp://127.0.0.1:" + server.stdout.readline().strip()
                return run("get", address, "--timeout", "5s", "--lang", lang).document
            finally:
                server.kill()

    def test_accepted_and_closed_is_busy(self):
        for end in ("close", "reset"):
            document = self.get(b"", end)
            self.assertEqual("busy", document["state"])
            self.assertIn("accepts a connection and closes it at once", document["error"])

    def test_closed_behind_a_text_is_busy_and_the_text_is_told(self):
        document = self.get(b"Port already in use\r\n", lang="ru")
        self.assertEqual("busy", document["state"])
        self.assertIn("отвечает «Port already in use» и закрывает соединение", document["error"])

    def test_the_text_may_be_in_any_letters(self):
        for end in ("close", "reset"):
            document = self.get("Порт занят другой программой\r\n".encode(), end)
            self.assertEqual("busy", document["state"])
            self.assertIn('answers "Порт занят другой программой"', document["error"])

    def test_a_converters_text_is_told_whatever_its_letters_and_its_end(self):
        for charset in ("utf-8", "cp1251", "cp866"):
            for text, end in (("Порт занят\r\n", "close"), ("\r\nПорт используется\r\n", "close"), ("Порт занят", "close"),
                              ("Порт занят\r\n", "keep"), ("\r\nPort already in use\r\n", "keep")):
                with self.subTest(charset=charset, text=text, end=end):
                    document = self.get(text.encode(charset), end)
                    self.assertEqual("busy", document["state"], document["error"])
                    self.assertIn(f'answers "{text.strip()}"', document["error"])

    def test_what_sends_lines_all_the_time_is_not_a_busy_register(self):
        document = self.get(b"ST,GS,+000.0kg\r\n" * 2, "keep")
        self.assertEqual("error", document["state"], document["error"])

    def test_another_service_is_no_busy_register(self):
        for text in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"):
            document = self.get(text)
            self.assertEqual("error", document["state"])
            self.assertIn("not an ATOL register", document["error"])

    def test_a_register_that_speaks_and_closes_is_not_busy(self):
        """It has answered as one, so nobody was turned away."""
        document = self.get(bytes.fromhex("fe010000a32e"))
        self.assertEqual("unreachable", document["state"], document["error"])

    def test_what_is_no_text_is_no_sentence(self):
        for answer in (b"\x00\x01\x02\x03", bytes.fromhex("15030300020246"), bytes.fromhex("d0d1d2b6"), b"\x1b[2Jbusy"):
            document = self.get(answer)
            self.assertEqual("error", document["state"])
            self.assertIn(f"not an ATOL register: it answers the probe with {answer[:4].hex(' ').upper()}", document["error"])


class OwnPolls(unittest.TestCase):
    def together(self, *words, polls=3):
        """The documents of some polls that begin at once."""
        results = [None] * polls

        def poll(i):
            results[i] = run(*words).document

        threads = [threading.Thread(target=poll, args=(i,)) for i in range(polls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_polls_of_one_register_wait_for_each_other(self):
        for pty in (False, True):
            with self.subTest(pty=pty), Emulator("--latency-ms", 20, pty=pty) as kkt:
                documents = self.together("get", kkt.connect, "--groups", "quick", "--timeout", "30s")
                self.assertEqual(["ok"] * 3, [d["state"] for d in documents], [d["error"] for d in documents])
                self.assertEqual([0] * 3, [d["poll"]["retries"] for d in documents])

    def test_two_names_of_one_register_are_one(self):
        for name in ("localhost", "[::ffff:127.0.0.1]", "[0:0:0:0:0:FFFF:7F00:1]"):
            with self.subTest(name), Emulator("--latency-ms", 20) as kkt:
                port = kkt.address.rsplit(":", 1)[1]
                other = subprocess.Popen([program(), "get", f"tcp://{name}:{port}", "--groups", "quick"], stdout=subprocess.PIPE)
                document = run("get", kkt.connect, "--groups", "quick").document
                self.assertEqual("ok", json.loads(other.communicate(timeout=PATIENCE)[0])["state"])
                self.assertEqual(("ok", 0), (document["state"], document["poll"]["retries"]))

    def test_who_waits_until_the_end_of_its_time_is_told_who_has_it(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "tcp://127.0.0.1:%d" % silent.getsockname()[1]
            first = subprocess.Popen([program(), "get", address, "--timeout", "60s"], stdout=subprocess.PIPE)
            client, _ = silent.accept()
            document = run("get", address, "--timeout", "700ms", "--lang", "ru").document
            first.kill()
            first.communicate()
            client.close()
        self.assertEqual("busy", document["state"])
        self.assertIn(f"другой опрос этого компьютера: zabbix-atol (pid {first.pid})", document["error"])
        self.assertNotIn("metrics", document)

    def test_no_lock_file_is_left_and_a_planted_link_is_not_followed(self):
        if os.geteuid() != 0:
            self.skipTest("needs the rights to plant a link for everybody")
        with Emulator() as kkt:
            name = "zabbix-atol-tcp-" + kkt.address.replace(":", "-") + ".lock"
            places = [pathlib.Path(folder) / name for folder in ("/run/lock", "/run/zabbix-atol")]
            self.assertEqual("ok", run("get", kkt.connect).document["state"])
            self.assertEqual([], [p for p in places if p.exists()])
            victim = pathlib.Path(kkt.folder) / "victim"
            places[0].symlink_to(victim)
            self.addCleanup(places[0].unlink, missing_ok=True)
            self.assertEqual("ok", run("get", kkt.connect).document["state"])
            self.assertFalse(victim.exists())
