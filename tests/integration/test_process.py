"""The program among its neighbours: broken connections, signals, closed descriptors, files that are no files."""
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from harness import PATIENCE, ClosedPort, Emulator, Silence, program, run

ABORTED = bytes.fromhex("fe010000a32e")  # how a register of protocol 3 answers the probe


def start(*words, **options):
    return subprocess.Popen([program(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="kkt-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def wait_for(self, path):
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(path) and time.monotonic() < deadline:
            os.sched_yield()
        self.assertTrue(os.path.exists(path), path)


class Connections(unittest.TestCase):
    def test_an_answer_and_a_reset_at_once_end_the_poll_and_not_the_program(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(PATIENCE)
            poll = start("get", "tcp://127.0.0.1:%d" % server.getsockname()[1], "--timeout", "3s")
            client, _ = server.accept()
            client.recv(4096)
            os.kill(poll.pid, signal.SIGSTOP)
            os.waitpid(poll.pid, os.WUNTRACED)
            client.sendall(ABORTED)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()  # nobody takes the connection that the program tries next
            os.kill(poll.pid, signal.SIGCONT)
            out, err = poll.communicate(timeout=PATIENCE)
        self.assertEqual(1, poll.returncode, err)
        self.assertEqual("unreachable", json.loads(out)["state"])


class Signals(Folder):
    def test_a_signal_ends_the_poll_with_a_document_and_the_program_is_started(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), socket.create_server(("127.0.0.1", 0)) as silent:
                silent.settimeout(PATIENCE)
                mark = self.path(f"started-{number}")
                poll = start("get", "tcp://127.0.0.1:%d" % silent.getsockname()[1], "--", "touch", mark)
                client, _ = silent.accept()
                client.recv(1)  # the poll is on its way
                poll.send_signal(number)
                out, err = poll.communicate(timeout=PATIENCE)
                client.close()
                self.assertEqual(-number, poll.returncode, err)  # as a shell expects of Ctrl+C
                document = json.loads(out)
                self.assertEqual("error", document["state"])
                self.assertIn("was interrupted", document["error"])
                self.wait_for(mark)

    def test_a_mistake_in_the_configuration_does_not_keep_the_till_shut(self):
        with open(self.path("bad.yaml"), "w", encoding="utf-8") as f:
            f.write("registers:\n  - nam: kassa-1\n")
        result = run("get", "kassa-1", "-c", self.path("bad.yaml"), "--", "touch", self.path("started"))
        self.assertEqual((2, "prerequisite"), (result.status, result.document["state"]))
        self.assertIn("bad.yaml:2", result.document["error"])
        self.wait_for(self.path("started"))

    def test_a_mistake_in_the_command_line_does_not_keep_the_till_shut(self):
        for number, words in enumerate((("get", "tcp://127.0.0.1:1", "--bogus"), ("get", "--groups", "none", "tcp://127.0.0.1:1"),
                                        ("--lang", "de", "get", "tcp://127.0.0.1:1"), ("get",))):
            with self.subTest(words=words):
                mark = self.path(f"opened-{number}")
                self.assertEqual(2, run(*words, "--", "touch", mark).status)
                self.wait_for(mark)

    def test_a_forgotten_or_another_command_does_not_keep_the_till_shut(self):
        for i, words in enumerate(((), ("--timeout", "5s"), ("--bogus",), ("--tim", "5s"), ("gett", "X"), ("status",), ("show", "X"), ("check",), ("service",),
                                   ("--lang", "xx"), ("serve", "--bogus"))):
            with self.subTest(words=words):
                mark = self.path(f"started-{i}")
                self.assertEqual(2, run(*words, "--", "touch", mark).status)
                self.wait_for(mark)
        mark = self.path("by-environment")
        self.assertEqual(2, run("status", "--", "touch", mark, env={"ZABBIX_ATOL_LANG": "xx"}).status)
        self.wait_for(mark)


class Descriptors(Folder):
    def closed(self, number, *words):
        """The program with one standard descriptor closed."""
        code = f"import os,sys\nos.close({number})\nos.execv(sys.argv[1], sys.argv[1:])"
        return subprocess.run([sys.executable, "-c", code, program(), *map(str, words)], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def test_closed_descriptors_are_no_reason_to_crash(self):
        with Emulator() as kkt:
            for number, status in ((0, 0), (1, 1), (2, 0)):
                with self.subTest(descriptor=number):
                    done = self.closed(number, "get", kkt.connect)
                    self.assertEqual(status, done.returncode, done.stderr)
            done = self.closed(1, "get", kkt.connect, "-o", self.path("a.json"))
            self.assertEqual(0, done.returncode, done.stderr)
            with open(self.path("a.json"), encoding="utf-8") as f:
                self.assertEqual("ok", json.load(f)["state"])

    def test_a_reader_that_has_had_enough_is_no_fault(self):
        for words in (("metrics",), ("metrics", "--json"), ("--help",), ("get", "--help")):
            with self.subTest(command=words):
                end, begin = os.pipe()
                os.close(end)
                done = subprocess.run([program(), *words], stdout=begin, stderr=subprocess.PIPE, text=True, check=False)
                os.close(begin)
                self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_output_that_cannot_be_written_is_no_success_and_is_told_once(self):
        dead = self.path("dead.yaml")
        pathlib.Path(dead).write_text('registers: [{name: till, connect: "tcp://127.0.0.1:1"}]\n', encoding="utf-8")
        pathlib.Path(self.path("empty.yaml")).write_text("# nothing yet\n", encoding="utf-8")
        with Emulator() as kkt, open("/dev/full", "w", encoding="utf-8") as full:
            for status, words in ((1, ("get", kkt.connect)), (1, ("show", kkt.connect)), (1, ("metrics",)), (1, ("--help",)), (1, ("--version",)),
                                  (1, ("get", "--help")), (1, ("get", "tcp://127.0.0.1:1")), (1, ("show", "tcp://127.0.0.1:1")),
                                  (1, ("status", "-c", dead)), (1, ("check", "-c", dead)), (1, ("check", "-c", self.path("empty.yaml"))),
                                  (2, ("get", "tcp://127.0.0.1:1", "--nonsense")), (2, ())):
                for lang, sentence in (("en", "stdout cannot be written"), ("ru", "Записать в stdout не удалось")):
                    with self.subTest(command=words, lang=lang):
                        env = {**os.environ, "ZABBIX_ATOL_LANG": lang}
                        done = subprocess.run([program(), *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=env)
                        self.assertEqual((status, 1), (done.returncode, done.stderr.count(sentence)), done.stderr)
        done = self.closed(1, "check", "-c", self.path("empty.yaml"))
        self.assertEqual(1, done.returncode)
        self.assertIn("stdout", done.stderr)


class Places(Folder):
    """-o writes where it was told to, whatever stands there."""

    def setUp(self):
        super().setUp()
        self.kkt = Emulator()
        self.addCleanup(self.kkt.stop)

    def test_a_link_is_followed(self):
        os.symlink("target.json", self.path("link.json"))
        for _ in range(2):  # without the target, then with it
            self.assertEqual(0, run("get", self.kkt.connect, "-o", self.path("link.json")).status)
            self.assertTrue(os.path.islink(self.path("link.json")))
            with open(self.path("target.json"), encoding="utf-8") as f:
                self.assertEqual("ok", json.load(f)["state"])
        self.assertEqual({"link.json", "target.json"}, set(os.listdir(self.folder)))

    def test_a_pipe_is_written_into(self):
        os.mkfifo(self.path("pipe"))
        poll = start("get", self.kkt.connect, "-o", self.path("pipe"))
        with open(self.path("pipe"), encoding="utf-8") as f:
            self.assertEqual("ok", json.load(f)["state"])
        self.assertEqual("", poll.communicate(timeout=PATIENCE)[1])
        self.assertEqual(0, poll.returncode)
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))

    def test_a_pipe_without_a_reader_holds_neither_the_poll_nor_the_till(self):
        os.mkfifo(self.path("pipe"))
        mark = self.path("started")
        began = time.monotonic()
        done = run("get", self.kkt.connect, "--timeout", "1500ms", "-o", self.path("pipe"), "--", "touch", mark)
        took = time.monotonic() - began
        self.assertEqual(1, done.status, done.stderr)
        self.assertRegex(done.stderr, r"pipe was not written within \d+ ms: .*a pipe without a reader")
        self.assertLess(took, 10)  # ten seconds of a loaded computer; without the deadline it is for ever
        self.wait_for(mark)
        russian = run("get", self.kkt.connect, "--timeout", "1s", "-o", self.path("pipe"), "--lang", "ru").stderr
        self.assertIn("канал без читателя", russian)

    def test_a_snapshot_that_is_a_pipe_is_not_waited_for(self):
        os.mkfifo(self.path("kassa-1.json"))
        with open(self.path("conf.yaml"), "w", encoding="utf-8") as f:
            f.write(f"state_dir: {self.folder}\nregisters: [{{name: kassa-1, connect: '{self.kkt.connect}'}}]\n")
        done = run("get", "kassa-1", "-c", self.path("conf.yaml"), "--max-age", "1m")
        self.assertEqual((0, "ok"), (done.status, done.document["state"]))

    def test_a_link_of_another_user_in_an_open_folder_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to be two users")
        target = self.path("target.json")
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o1777)
        for kind, content in (("file", "mine"), ("nothing", None)):
            with self.subTest(target=kind):
                if content:
                    with open(target, "w", encoding="utf-8") as f:
                        f.write(content)
                else:
                    os.unlink(target)
                link = self.path("open/kassa.json")
                os.symlink(target, link)
                os.lchown(link, 65534, 65534)
                done = run("get", self.kkt.connect, "-o", link)
                self.assertEqual(1, done.status)
                self.assertIn("a link that another user made", done.stderr)
                self.assertEqual(bool(content), os.path.exists(target))
                if content:
                    with open(target, encoding="utf-8") as f:
                        self.assertEqual(content, f.read())
                # The folder's owner may send us on, and we ourselves.
                os.lchown(link, 0, 0)
                self.assertEqual(0, run("get", self.kkt.connect, "-o", link).status)
                self.assertTrue(os.path.islink(link))
                os.unlink(link)

    def test_a_folder_behind_a_link_of_another_user_is_none_either(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to be two users")
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o1777)
        os.symlink(self.folder, self.path("open/planted"))
        os.symlink("open/planted", self.path("ours"))
        os.symlink("open/planted/b.json", self.path("file"))
        for owner, status in ((65534, 1), (0, 0)):
            os.lchown(self.path("open/planted"), owner, owner)
            for way in ("open/planted/a.json", "ours/a.json", "file"):
                with self.subTest(owner=owner, way=way):
                    done = run("get", self.kkt.connect, "-o", self.path(way))
                    self.assertEqual(status, done.status, done.stderr)
                    self.assertEqual(bool(status), "a link that another user made" in done.stderr)
            self.assertEqual(not status, os.path.exists(self.path("a.json")))

    def test_links_to_links_are_followed_and_circles_are_not(self):
        os.symlink("two", self.path("one"))
        os.symlink(self.path("three.json"), self.path("two"))
        self.assertEqual(0, run("get", self.kkt.connect, "-o", self.path("one")).status)
        self.assertTrue(os.path.isfile(self.path("three.json")))
        os.symlink("circle", self.path("circle"))
        done = run("get", self.kkt.connect, "-o", self.path("circle"))
        self.assertEqual(1, done.status)
        self.assertIn("too many symbolic links", done.stderr)

    def test_too_long_a_path_is_an_error_and_is_not_cut(self):
        deep = self.path("x" * 200 + "/") * 21
        done = run("get", self.kkt.connect, "-o", deep)
        self.assertEqual(1, done.status)
        self.assertIn("name too long", done.stderr)
        self.assertEqual([], os.listdir(self.folder))

    def test_the_document_and_the_trace_are_two_files(self):
        os.mkdir(self.path("out"))
        os.symlink("out", self.path("way"))
        os.symlink("a", self.path("out/link"))
        with open(self.path("out/a"), "w", encoding="utf-8") as file:
            file.write("old")
        os.symlink("new", self.path("out/to-new"))
        for document, trace in (("out/a", "./out/a"), ("out/a", "out/../out/a"), ("out/a", "way/a"), ("out/a", "out/link"), ("out/new", "out/to-new"), ("b", "./b")):
            with self.subTest(document=document, trace=trace):
                done = run("get", self.kkt.connect, "-o", document, "--trace", trace, cwd=self.folder)
                self.assertEqual(2, done.status)
                self.assertIn("name the same file", done.stderr)
                self.assertEqual("prerequisite", done.document["state"])
        self.assertEqual((["a", "link", "to-new"], "old"), (sorted(os.listdir(self.path("out"))), pathlib.Path(self.path("out/a")).read_text(encoding="utf-8")))
        self.assertEqual(0, run("get", self.kkt.connect, "-o", "out/c", "--trace", "c", cwd=self.folder).status)

    def test_a_place_where_no_file_can_stand_is_refused_before_the_poll_and_the_till_starts(self):
        pathlib.Path(self.path("file")).write_text("old", encoding="utf-8")
        before = self.kkt.frames()
        for path, words, russian in ((".", "is a folder", "папка: укажите"), ("no/x", "its folder does not exist", "такой папки нет"),
                                     ("file/x", "its folder does not exist", "такой папки нет")):
            for option in ("--output", "--trace"):
                with self.subTest(option, path=path):
                    mark = self.path(f"started{option}{len(path)}")
                    done = run("get", self.kkt.connect, option, self.path(path), "--", "mkdir", mark)
                    self.assertEqual((2, "prerequisite"), (done.status, done.document["state"]), done.stderr)
                    self.assertIn(words, done.document["error"])
                    self.assertIn(words, done.stderr)
                    self.wait_for(mark)
                    self.assertIn(russian, run("get", self.kkt.connect, option, self.path(path), "--lang", "ru").document["error"])
        self.assertEqual(before, self.kkt.frames())
        self.assertEqual("old", pathlib.Path(self.path("file")).read_text(encoding="utf-8"))

    def test_what_its_file_does_not_take_is_printed(self):
        done = run("get", self.kkt.connect, "-o", "/dev/full")
        self.assertEqual((1, "ok"), (done.status, done.document["state"]))
        self.assertIn("/dev/full: no space left on device", done.stderr)
        self.assertIn("Check its path, its rights and the room on the disk.", done.stderr)

    def test_a_device_stays_one(self):
        self.assertEqual(0, run("get", self.kkt.connect, "-o", "/dev/null").status)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_standard_output_by_its_name(self):
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            with self.subTest(name):
                self.assertEqual("ok", run("get", self.kkt.connect, "-o", name).document["state"])

    def test_a_limit_of_the_files_size_is_an_error_of_that_file(self):
        """The signal that comes with it (SIGXFSZ) would end the program, with half a file and the till shut."""
        with open(self.path("a.json"), "w", encoding="utf-8") as f:
            f.write("old")
        limit = f"ulimit -f 1; exec {program()} get {self.kkt.connect} -o {self.path('a.json')} -- mkdir {self.path('started')}"
        done = subprocess.run(["sh", "-c", limit], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("a.json: file too large", done.stderr)
        self.wait_for(self.path("started"))
        self.assertEqual({"a.json", "started"}, set(os.listdir(self.folder)))
        with open(self.path("a.json"), encoding="utf-8") as f:
            self.assertEqual("old", f.read())

    def test_mode_and_owner_stay(self):
        with open(self.path("a.json"), "w", encoding="utf-8"):
            pass
        os.chmod(self.path("a.json"), 0o664)
        owner = (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        os.chown(self.path("a.json"), *owner)
        self.assertEqual(0, run("get", self.kkt.connect, "-o", self.path("a.json"), umask=0o077).status)
        now = os.stat(self.path("a.json"))
        self.assertEqual((0o664, *owner), (stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid))


class DeadShare(Folder):
    """A network folder whose server is gone (tests/integration/dead_share.py): every call on it waits for ever."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
            self.skipTest("needs root and /dev/fuse")
        os.mkdir(self.path("share"))
        self.kkt = Emulator()
        self.addCleanup(self.kkt.stop)

    def get(self, register, *words):
        """The poll there; it must end soon behind its two seconds, and the till's program must be started."""
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dead_share.py")
        mark = self.path("started")
        began = time.monotonic()
        done = subprocess.run([sys.executable, script, self.path("share"), program(), "get", register, "--timeout", "2s", *words,
                               "--", "touch", mark], capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env={**os.environ, "ZABBIX_ATOL_LANG": "en"})
        self.assertLess(time.monotonic() - began, 15, "the poll hung")
        self.wait_for(mark)
        return done

    def configure(self, state):
        with open(self.path("z.yaml"), "w", encoding="utf-8") as f:
            f.write(f"state_dir: {state}\nregisters:\n- {{name: k, connect: '{self.kkt.connect}'}}\n")

    def test_at_o_and_at_the_trace_it_is_told(self):
        for words in (("-o", "share/a.json"), ("-o", "share"), ("--trace", "share/t")):
            with self.subTest(words=words):
                done = self.get(self.kkt.connect, words[0], self.path(words[1]))
                self.assertEqual(1, done.returncode, done.stderr)
                self.assertIn("was not written within", done.stderr)

    def test_in_place_of_the_configuration_it_is_told(self):
        done = self.get("k", "-c", self.path("share/z.yaml"))
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual("prerequisite", json.loads(done.stdout)["state"])
        self.assertIn("share/z.yaml was not read within 2000 ms", done.stdout)

    def test_in_place_of_the_snapshots_the_register_is_asked(self):
        self.configure(self.path("share"))
        done = self.get("k", "--max-age", "60s", "-c", self.path("z.yaml"))
        self.assertEqual("ok", json.loads(done.stdout)["state"], done.stderr)

    def test_a_pipe_that_nobody_writes_is_no_configuration(self):
        os.mkfifo(self.path("pipe"))
        done = run("get", "k", "--timeout", "500ms", "-c", self.path("pipe"), "--", "touch", self.path("opened"))
        self.assertEqual(1, done.status)
        self.assertIn("was not read within 500 ms", done.document["error"])
        self.wait_for(self.path("opened"))


class Auto(unittest.TestCase):
    def test_the_port_was_held_as_long_as_the_ways_together(self):
        with Silence() as address:
            result = run("get", address.replace("tcp://", "auto://"), "--timeout", "3s")
        poll = result.document["poll"]
        self.assertEqual("unreachable", result.document["state"])
        self.assertGreater(poll["port_held_ms"], 500)
        self.assertLessEqual(poll["port_held_ms"], poll["duration_ms"])

    def test_a_closed_port_holds_nothing(self):
        with ClosedPort() as address:
            poll = run("get", address.replace("tcp://", "auto://")).document["poll"]
        self.assertEqual(0, poll["port_held_ms"])
