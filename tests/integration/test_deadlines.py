"""--timeout holds wherever a poll or a command may wait: in the look-up of a name, in connecting, beside a dead address.
What is missing on this computer is its own error and not the register's."""
import errno
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from harness import PATIENCE, Emulator, preload, program, run

HERE = pathlib.Path(__file__).parent


class Deadlines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.preload = preload(cls.folder, HERE / "fake_lookup.c")

    def with_names(self, *words, lookup):
        began = time.monotonic()
        result = run(*words, env={"LD_PRELOAD": self.preload, "FAKE_LOOKUP": lookup})
        return result, time.monotonic() - began

    def test_a_hung_look_up_of_a_name_holds_neither_poll_nor_control(self):
        for words in (("get",), ("beep", "--allow-control", "--yes")):
            with self.subTest(command=words[0]):
                result, elapsed = self.with_names(*words, "tcp://kassa.shop", "--timeout", "1s", lookup="hang")
                self.assertEqual(1, result.status)
                self.assertLess(elapsed, 8)
                self.assertIn("look-up of the name took too long", result.stdout + result.stderr)

    def test_a_dead_address_leaves_time_for_the_live_one_behind_it(self):
        with Emulator() as kkt:
            port = int(kkt.address.rsplit(":", 1)[1])
            # A listener that is full: connecting to it neither succeeds nor fails.
            with socket.socket() as dead:
                dead.bind(("127.0.0.2", port))
                dead.listen(0)
                fillers = [socket.socket() for _ in range(4)]
                for filler in fillers:
                    filler.setblocking(False)
                    filler.connect_ex(("127.0.0.2", port))
                result, _ = self.with_names("get", f"tcp://kassa.shop:{port}", "--groups", "printer", "--timeout", "2s",
                                            lookup="127.0.0.2,127.0.0.1")
                for filler in fillers:
                    filler.close()
        self.assertEqual("ok", result.document["state"], result.document["error"])

    def test_of_many_addresses_the_failure_that_tells_most_is_told(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            result, _ = self.with_names("get", f"tcp://kassa.shop:{closed.getsockname()[1]}", "--timeout", "3s",
                                        lookup="127.0.0.1,127.0.0.1")
        self.assertEqual("unreachable", result.document["state"])
        self.assertIn("refused", result.document["error"])


class Shortage(unittest.TestCase):
    def test_without_descriptors_the_computer_is_told_and_not_the_register(self):
        states = set()
        with Emulator() as kkt:
            for limit in range(5, 20):
                result = run("get", kkt.connect, "--groups", "printer",
                             preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
                document = result.document
                self.assertIn(document["state"], ("ok", "error"), document["error"])
                if document["state"] == "error":
                    self.assertRegex(document["error"], "This computer is out of|too many open files")
                states.add(document["state"])
        self.assertEqual({"ok", "error"}, states)

    def test_without_descriptors_for_the_driver_it_is_told_whole_in_each_language(self):
        advice = {"en": ("This computer is out of a resource that a poll needs: ", "ulimit -n"),
                  "ru": ("Этому компьютеру не хватает ресурсов для опроса: ", "ulimit -n")}
        for lang, (shortage, what_to_do) in advice.items():
            seen = ""
            for limit in range(12, 22):
                error = run("get", "driver:tcp/127.0.0.1:1?lib=/none", "--lang", lang,
                            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))).document["error"]
                if shortage in error:
                    self.assertIn(what_to_do, error)
                    seen += error
                else:
                    self.assertRegex(error, "^(The vendor's driver|Драйвер АТОЛ)")
                self.assertNotRegex(error if lang == "ru" else "", "(?i)too many|open files")
            self.assertIn({"en": "cannot start the driver's process: too many open files",
                           "ru": "не запускается процесс драйвера: у процесса слишком много открытых файлов"}[lang], seen)

    def test_without_buffers_or_rights_the_computer_is_told_and_not_the_register(self):
        with tempfile.TemporaryDirectory() as folder:
            library = preload(folder, HERE / "fake_connect.c")
            for number, says in ((errno.ENOBUFS, "This computer is out of a resource that a poll needs"), (errno.ENOMEM, "This computer is out of"),
                                 (errno.EADDRNOTAVAIL, "This computer is out of"), (errno.EPERM, "This computer blocks the connection"),
                                 (errno.EACCES, "This computer blocks the connection")):
                for register in ("tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"):
                    with self.subTest(errno.errorcode[number], register=register):
                        document = run("get", register, "--timeout", "5s",
                                       env={"LD_PRELOAD": library, "FAKE_CONNECT": str(number)}).document
                        self.assertEqual("error", document["state"], document["error"])
                        self.assertIn(says, document["error"])
                        self.assertIn("The register was not asked", document["error"])

    def test_a_real_kernel_without_ports_and_with_a_forbidden_route(self):
        if os.geteuid() != 0 or not shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin"):
            self.skipTest("needs root and ip")
        for register, says in (("tcp://127.0.0.1:5555", "is out of a resource that a poll needs: 127.0.0.1:5555: address not available"),
                               ("tcp://10.9.9.9", "blocks the connection: 10.9.9.9:5555")):
            with self.subTest(register):
                done = subprocess.run([sys.executable, HERE / "few_ports.py", program(), "get", register], capture_output=True, text=True,
                                      timeout=PATIENCE, check=False, env={**os.environ, "ZABBIX_ATOL_LANG": "en"})
                document = json.loads(done.stdout)
                self.assertEqual("error", document["state"], done.stderr)
                self.assertIn(says, document["error"])
