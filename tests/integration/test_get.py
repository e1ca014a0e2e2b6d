"""get and show against emulated registers: what comes out, whatever happens, and with which exit status."""
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

from harness import (PATIENCE, ClosedPort, Emulator, Silence, Talker, default_state, flatten, powerless, program,
                     run)
from terminal import run_on_terminal

TOP_KEYS = ["schema", "version", "name", "connect", "protocol", "state", "error", "health", "polled_at", "polled_ts", "age_s",
            "poll"]


def scan_finds_a_register():
    return "exchange port of an ATOL register" in run("discover", "--scan").stdout


class Healthy(unittest.TestCase):
    """A register that is well, both generations, both links."""

    def test_the_document_has_the_keys_of_the_contract_in_their_order(self):
        with Emulator("--protocol", 5) as kkt:
            result = run("get", kkt.connect)
        self.assertEqual(result.status, 0, result.stdout)
        document = result.document
        self.assertEqual(list(document), TOP_KEYS + ["metrics"])
        self.assertEqual(document["schema"], 1)
        self.assertEqual(document["connect"], kkt.connect)
        self.assertEqual(document["protocol"], "5")
        self.assertIn(document["state"], ("ok", "partial"))
        self.assertLess(abs(document["polled_ts"] - time.time()), 30)
        self.assertEqual(list(document["poll"]),
                         ["duration_ms", "port_held_ms", "requests", "retries", "unsupported", "undated", "host_clock_wrong"])
        self.assertEqual(result.stderr, "")

    def test_values_are_those_of_the_state(self):
        for protocol in (3, 5):
            state = default_state()
            state["shift"]["number"] = 777
            state["ofd"].update(unsent_count=5, first_unsent_number=18240, first_unsent="2026-11-20T10:00:00")
            state["printer"]["cover_opened"] = 1
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, state=state) as kkt:
                values = flatten(run("get", kkt.connect).document["metrics"])
                self.assertEqual(values["shift.number"], 777)
                self.assertEqual(values["ofd.unsent_count"], 5)
                self.assertEqual(values["ofd.first_unsent"], "2026-11-20T10:00:00")
                self.assertGreater(values["ofd.first_unsent_age_s"], 0)
                self.assertEqual(values["printer.cover_opened"], 1)
                self.assertEqual(values["device.serial"], "00106112345678")

    def test_serial_and_tcp_tell_the_same(self):
        moving = {"device.time", "device.time_ts", "device.clock_drift_s", "device.uptime_s", "shift.left_s",
                  "shift.expires", "shift.expires_ts", "fn.last_document_time", "fn.last_document_ts", "ofd.last_sent",
                  "ofd.last_sent_ts"}
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol) as tcp, \
                    Emulator("--protocol", protocol, pty=True) as pty:
                over_tcp, over_pty = run("get", tcp.connect), run("get", pty.connect)
                self.assertEqual((over_tcp.status, over_pty.status), (0, 0), over_pty.stdout)
                a, b = flatten(over_tcp.document["metrics"]), flatten(over_pty.document["metrics"])
                self.assertEqual(set(a), set(b))
                self.assertEqual({k: v for k, v in a.items() if k not in moving},
                                 {k: v for k, v in b.items() if k not in moving})

    def test_clock_drift_is_told(self):
        state = default_state()
        state["device"]["clock_drift_s"] = -600
        with Emulator(state=state) as kkt:
            drift = run("get", kkt.connect, "--groups", "device").document["metrics"]["device"]["clock_drift_s"]
        self.assertLessEqual(abs(drift + 600), 1)

    def test_the_zone_of_the_register_counts(self):
        with Emulator() as kkt:
            here = run("get", kkt.connect, "--timezone", "+00:00", env={"TZ": "UTC"}).document
            there = run("get", kkt.connect, "--timezone", "Asia/Yekaterinburg", env={"TZ": "UTC"}).document
        self.assertTrue(there["polled_at"].endswith("+05:00"))
        apart = there["metrics"]["device"]["clock_drift_s"] - here["metrics"]["device"]["clock_drift_s"]
        self.assertLessEqual(abs(apart + 5 * 3600), 1)

    def test_groups_bring_what_they_name_and_nothing_else(self):
        with Emulator() as kkt:
            document = run("get", kkt.connect, "--groups", "printer,shift").document
            quick = run("get", kkt.connect, "--groups", "quick").document
            everything = run("get", kkt.connect, "--groups", "all").document
        self.assertEqual(set(document["metrics"]), {"printer", "shift"})
        self.assertNotIn("registration", quick["metrics"])
        self.assertLess(document["poll"]["requests"], quick["poll"]["requests"])
        self.assertLess(quick["poll"]["requests"], everything["poll"]["requests"])
        self.assertIn("ffd_version_max", everything["metrics"]["device"])
        self.assertNotIn("ffd_version_max", quick["metrics"]["device"])

    def test_an_autonomous_register_has_no_old_queue_whatever_is_asked(self):
        state = default_state()
        state["registration"]["autonomous"] = 1
        state["ofd"].update(unsent_count=300, first_unsent="2026-06-01T10:00:00")
        with Emulator("--clients", "many", state=state) as kkt:
            for groups in ("ofd", "ofd,fn", "quick,slow"):
                document = run("get", kkt.connect, "--groups", groups).document
                self.assertEqual((document["health"]["code"], document["metrics"]["registration"]["autonomous"]), (0, 1), groups)

    def test_a_poll_leaves_the_register_to_the_next_one(self):
        with Emulator() as kkt:
            for _ in range(5):
                self.assertEqual(run("get", kkt.connect).status, 0)


class Failing(unittest.TestCase):
    """Every failure is a state and a sentence; no metrics then."""

    def fails(self, result, state, *pieces):
        self.assertEqual(result.status, 1, result.stdout)
        document = result.document
        self.assertEqual(list(document), TOP_KEYS)
        self.assertEqual(document["state"], state)
        for piece in pieces:
            self.assertIn(piece, document["error"])
        self.assertEqual(result.stderr, "")

    def test_refused_connection(self):
        with ClosedPort() as address:
            self.fails(run("get", address), "unreachable", "refused", address.removeprefix("tcp://"), "Check that")

    def test_the_sentence_in_russian(self):
        with ClosedPort() as address:
            self.fails(run("get", address, "--lang", "ru"), "unreachable", "Соединение отклонено")
            self.fails(run("get", address, env={"ZABBIX_ATOL_LANG": "ru"}), "unreachable", "Соединение отклонено")

    def test_unknown_host(self):
        self.fails(run("get", "tcp://no-such-host.invalid", "--timeout", "5s"), "unreachable", "no-such-host.invalid")

    def test_silence_ends_at_the_timeout(self):
        for what in ("tcp", "pty"):
            with self.subTest(what=what):
                started = time.monotonic()
                if what == "tcp":
                    with Silence() as address:
                        result = run("get", address, "--timeout", "700ms")
                else:
                    with Emulator("--fault", "silence", pty=True) as kkt:
                        result = run("get", kkt.connect, "--timeout", "2s")
                elapsed = time.monotonic() - started
                self.fails(result, "unreachable", "does not answer")
                self.assertGreater(elapsed, 0.6)
                self.assertLess(result.document["poll"]["duration_ms"], 3500)

    def test_what_answers_is_no_register(self):
        for words in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 64, b"\xfe\xff\xff" * 30, b"\xaa\x55" * 40):
            with self.subTest(words=words), Talker(words) as address:
                result = run("get", address, "--timeout", "2s")
                self.assertEqual(result.status, 1)
                self.assertIn(result.document["state"], ("error", "unreachable"))
                self.assertNotEqual(result.document["error"], "")
                self.assertNotIn("metrics", result.document)

    def test_missing_port(self):
        self.fails(run("get", "serial:/dev/ttyNOSUCH7"), "unreachable", "/dev/ttyNOSUCH7", "discover --scan")

    def test_what_is_no_serial_port(self):
        self.fails(run("get", "serial:/dev/null"), "error", "no serial port: /dev/null. Correct `connect`")

    def test_no_rights_names_user_group_and_mode(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become another user")
        with Emulator(pty=True) as kkt:
            os.chmod(kkt.folder, 0o755)
            os.chmod(os.path.realpath(kkt.device), 0o600)
            done = run("get", kkt.connect, **powerless())
        self.assertEqual(done.status, 1, done.stderr)
        document = done.document
        self.assertEqual(document["state"], "prerequisite")
        for piece in ("nobody", "owner root", "mode 0600", "dialout"):
            self.assertIn(piece, document["error"])

    def test_a_busy_port_is_busy_and_its_holder_is_named(self):
        hold = ("import fcntl,os,sys,termios\nfd=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY)\n"
                "fcntl.flock(fd,fcntl.LOCK_EX) if sys.argv[2]=='flock' else fcntl.ioctl(fd,termios.TIOCEXCL)\n"
                "print('held',flush=True)\nsys.stdin.read()\nTIOCGEXCL=0x80045440\n"
                "print(int.from_bytes(fcntl.ioctl(fd,TIOCGEXCL,bytes(4)),sys.byteorder))\n"
                "fcntl.ioctl(fd,termios.TIOCNXCL)\n")
        for lock in ("flock", "exclusive"):
            with self.subTest(lock=lock), Emulator(pty=True) as kkt:
                with subprocess.Popen(["python3", "-c", hold, kkt.device, lock], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True) as holder:
                    self.assertEqual(holder.stdout.readline(), "held\n")
                    busy = run("get", kkt.connect)
                    holder.stdin.close()
                    self.assertEqual("1" if lock == "exclusive" else "0", holder.stdout.readline().strip(), "the lock was touched")
                    holder.wait(PATIENCE)
                self.fails(busy, "busy", kkt.device, f"python3 (pid {holder.pid})")
                self.assertEqual(run("get", kkt.connect).status, 0)

    def test_the_register_dies_in_the_middle(self):
        with Emulator("--latency-ms", 50) as kkt:
            with subprocess.Popen([program(), "get", kkt.connect, "--timeout", "4s"], stdout=subprocess.PIPE,
                                  text=True) as get:
                # The poll is under way once its first request is in the log.
                while not any(" > " in line or " < " in line or line for line in kkt.frames()):
                    pass
                kkt.process.kill()
                output = get.stdout.read()
                get.wait(PATIENCE)
        document = json.loads(output)
        self.assertIn(document["state"], ("unreachable", "partial"))
        self.assertNotEqual(document["error"], "")


class Output(unittest.TestCase):
    """-o, --format, -- PROGRAM."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = os.path.join(self.folder.name, "Касса 1.json")

    def read(self):
        return pathlib.Path(self.file).read_text(encoding="utf-8")

    def test_o_writes_the_document_and_nothing_to_stdout(self):
        with Emulator() as kkt:
            result = run("get", kkt.connect, "-o", self.file)
        self.assertEqual((result.status, result.stdout), (0, ""))
        self.assertEqual(list(json.loads(self.read())), TOP_KEYS + ["metrics"])
        self.assertEqual(os.listdir(self.folder.name), ["Касса 1.json"])

    def test_o_writes_failures_too_and_says_them(self):
        with ClosedPort() as address:
            result = run("get", address, "-o", self.file)
        self.assertEqual(result.status, 1)
        self.assertIn("refused", result.stderr)
        self.assertEqual(json.loads(self.read())["state"], "unreachable")

    def test_o_is_atomic_under_a_looping_reader(self):
        stop = threading.Event()
        seen = {"whole": 0, "broken": []}

        def reader():
            while not stop.is_set():
                try:
                    text = self.read()
                    json.loads(text)
                    seen["whole"] += 1
                except FileNotFoundError:
                    continue
                except ValueError:
                    seen["broken"].append(text)

        with Emulator() as kkt:
            self.assertEqual(run("get", kkt.connect, "-o", self.file).status, 0)
            thread = threading.Thread(target=reader)
            thread.start()
            try:
                for i in range(40):
                    groups = "printer" if i % 2 else "all"
                    self.assertEqual(run("get", kkt.connect, "--groups", groups, "-o", self.file).status, 0)
            finally:
                stop.set()
                thread.join()
        self.assertEqual(seen["broken"], [])
        self.assertGreater(seen["whole"], 40)

    def test_seed_has_65_keys_and_its_file_survives_a_failure(self):
        state = default_state()
        state["device"]["uptime_s"] = 5
        with Emulator("--protocol", 5) as kkt:
            self.assertEqual(run("get", kkt.connect, "--format", "seed", "-o", self.file).status, 0)
        good = self.read()
        values = json.loads(good)
        self.assertEqual(values["SerNKKT"], "00106112345678")
        self.assertIs(values["isPaperPresent"], True)
        self.assertEqual(values["ErrRtcFault"], "False")
        self.assertIsInstance(values["FNdeadline"], int)
        with ClosedPort() as address:
            failed = run("get", address, "--format", "seed", "-o", self.file)
            printed = run("get", address, "--format", "seed")
        self.assertEqual(failed.status, 1)
        self.assertIn("refused", failed.stderr)
        self.assertEqual(self.read(), good)
        self.assertEqual((printed.status, printed.document), (1, {}))

    def test_prometheus_passes_promtool(self):
        try:
            subprocess.run(["promtool", "--version"], capture_output=True, check=True)
        except FileNotFoundError:
            self.skipTest("promtool is not installed (Debian: prometheus)")
        with Emulator("--protocol", 5) as five, Emulator("--protocol", 3) as three, ClosedPort() as closed:
            for address, up in ((five.connect, 1), (three.connect, 1), (closed, 0)):
                with self.subTest(address=address):
                    text = run("get", address, "--format", "prometheus", "--groups", "all").stdout
                    self.assertIn(f'kkt_up{{name="{address}"}} {up}\n', text)
                    lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                                          check=False)
                    self.assertEqual((lint.returncode, lint.stdout + lint.stderr), (0, ""))

    def test_the_program_starts_once_the_port_is_free(self):
        # It says whether it could lock the port and which argument it got.
        script = ("import fcntl,os,sys\nfd=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY)\n"
                  "fcntl.flock(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)\n"
                  "open(sys.argv[2]+'.new','w').write(sys.argv[3])\nos.rename(sys.argv[2]+'.new',sys.argv[2])\n")
        with Emulator(pty=True) as kkt:
            result = run("get", kkt.connect, "--", "python3", "-c", script, kkt.device, self.file, "а б")
            self.wait_for_file()
        self.assertEqual(result.status, 0)
        self.assertIn("metrics", result.document)
        self.assertEqual(self.read(), "а б")

    def wait_for_file(self):
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self.file) and time.monotonic() < deadline:
            os.sched_yield()

    def test_the_program_starts_after_a_failure_too(self):
        with ClosedPort() as address:
            result = run("get", address, "--", "cp", "/etc/hostname", self.file)
            self.wait_for_file()
        self.assertEqual(result.status, 1)
        self.assertTrue(os.path.exists(self.file))

    def test_get_does_not_wait_for_the_program(self):
        with Emulator() as kkt:
            started = time.monotonic()
            result = run("get", kkt.connect, "--", "sleep", "20")
        self.assertEqual(result.status, 0)
        self.assertLess(time.monotonic() - started, 10)

    def test_a_program_that_does_not_exist_is_told_beside_the_document(self):
        with Emulator() as kkt:
            result = run("get", kkt.connect, "--", "/no/such/program")
        self.assertEqual(result.status, 1)
        self.assertIn("metrics", result.document)
        self.assertIn("/no/such/program", result.stderr)


class Arguments(unittest.TestCase):
    def refuses(self, *words, says):
        """Status 2 and a sentence on stderr; `get` prints its document all the same."""
        result = run(*words)
        self.assertEqual(result.status, 2, words)
        for piece in says:
            self.assertIn(piece, result.stderr)
        if "get" in words:
            self.assertEqual("prerequisite", result.document["state"])
            self.assertIn(result.document["error"], result.stderr)
            self.assertNotIn("metrics", result.document)
        else:
            self.assertEqual("", result.stdout)

    def test_usage_errors_are_2_and_say_what_is_expected(self):
        self.refuses("get", says=["needs a register"])
        self.refuses("get", "kassa-1", says=["kassa-1", "tcp://"])
        self.refuses("get", "tcp://h:99999", says=["99999", "1 to 65535"])
        self.refuses("get", "http://h", says=["http://h", "tcp://HOST"])
        self.refuses("get", "tcp://h", "--format", "xml", says=["xml", "json|seed|prometheus"])
        self.refuses("get", "tcp://h", "--groups", "fn,paper", says=["paper", "device", "registration", "quick"])
        self.refuses("get", "tcp://h", "--groups", "", says=["--groups"])
        self.refuses("get", "tcp://h", "--timeout", "soon", says=["soon", "15s"])
        self.refuses("get", "tcp://h", "--timezone", "Mars/Base", says=["Mars/Base", "Europe/Moscow"])
        self.refuses("get", "tcp://h", "--no-such", says=["--no-such", "--help"])
        self.refuses("frobnicate", says=["frobnicate", "--help"])
        self.refuses("--lang", "de", "get", says=["de", "en or ru"])

    def test_a_wrong_environment_is_a_document_too(self):
        with ClosedPort() as address:
            for lang in ("fr", "ru_RU.UTF-8", "EN"):
                done = run("get", address, env={"ZABBIX_ATOL_LANG": lang})
                self.assertEqual((2, "prerequisite"), (done.status, done.document["state"]))
                self.assertIn(f'ZABBIX_ATOL_LANG is "{lang}": expected en or ru', done.document["error"])
                self.assertEqual(1, run("get", address, "--lang", "en", env={"ZABBIX_ATOL_LANG": lang}).status)

    def test_a_refused_command_line_writes_no_file_and_contacts_nothing(self):
        with tempfile.TemporaryDirectory() as folder, Emulator() as kkt:
            for words in (("--bogus",), ("--format", "xml"), ("second",), ("--timeout=0s",), ("--groups", "none"), ("--timezone", "Mars/Base")):
                file = os.path.join(folder, "out.json")
                done = run("get", kkt.connect, "-o", file, *words)
                self.assertEqual((2, "prerequisite"), (done.status, done.document["state"]), words)
                self.assertEqual([], os.listdir(folder), words)
            self.assertEqual([], kkt.frames())

    def test_the_system_may_speak_russian(self):
        env = {"ZABBIX_ATOL_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "ru_RU.UTF-8"}
        self.assertIn("прочитать ККТ", run("--help", env=env).stdout)
        self.assertIn("read a register", run("--help", env={**env, "LC_ALL": "C.UTF-8"}).stdout)
        self.assertIn("read a register", run("--help", env={**env, "ZABBIX_ATOL_LANG": "en"}).stdout)
        self.assertIn("read a register", run("--help", env={**env, "LANG": "run"}).stdout)

    def test_near_misses_are_named(self):
        self.refuses("get", "tcp://h", "--timout", "5s", says=["--timout", "Did you mean --timeout?"])
        self.refuses("shwo", "tcp://h", says=["shwo", "Did you mean `show`?"])
        self.refuses("show", "tcp://h", "--max_age", "5s", "--lang=ru", says=["Возможно, имелось в виду --max-age?"])

    def test_big_letters_are_a_near_miss(self):
        self.refuses("GET", "tcp://h", says=["Did you mean `get`?"])
        self.refuses("show", "tcp://h", "--TIMEOUT", "5s", says=["Did you mean --timeout?"])

    def test_a_beginning_that_several_options_have_names_them(self):
        self.refuses("get", "tcp://h", "--tim", "5s", says=['"--tim" is short for several options: --timeout, --timezone.'])
        self.refuses("discover", "--s", "--lang=ru", says=["«--s» — сокращение сразу нескольких параметров: --scan, --serial."])
        self.assertEqual(1, run("get", "tcp://127.0.0.1:1", "--timeo", "5s").status)

    def test_the_word_that_is_not_for_people_is_told_in_their_language(self):
        self.refuses("worker", says=["use get or show"])
        self.refuses("worker", "--lang=ru", says=["для людей есть get и show"])

    def test_options_stand_anywhere(self):
        with Emulator() as kkt:
            for words in (("--timeout", "9s", "get", kkt.connect), ("-v", "get", "--groups=fn", kkt.connect), ("get", "-vv", kkt.connect, "--json")):
                done = run(*words)
                self.assertEqual((0, "ok"), (done.status, done.document["state"]), done.stderr)
        self.assertEqual(0, run("get", "--version").status)
        self.assertEqual(run("help", "get").stdout, run("get", "-h").stdout)

    def test_no_line_of_a_help_is_wider_than_80_columns(self):
        for lang in ("en", "ru"):
            for command in ("get", "show", "serve", "discover", "check", "metrics", "beep", "--help"):
                for line in run(command, "-h", "--lang", lang).stdout.splitlines():
                    self.assertLessEqual(len(line), 80, line)

    def test_no_command_prints_the_help_and_is_2(self):
        result = run()
        self.assertEqual(result.status, 2)
        self.assertIn("zabbix-atol get", result.stdout)

    def test_help_and_version(self):
        self.assertRegex(run("--version").stdout, r"^zabbix-atol \d+\.\d+\.\d+\n$")
        for command in ("get", "show", "discover", "check", "metrics"):
            result = run(command, "--help")
            self.assertEqual(result.status, 0)
            self.assertIn("--lang", result.stdout)
        self.assertIn("прочитать ККТ", run("--lang", "ru", "--help").stdout)


class Show(unittest.TestCase):
    def test_a_table_without_colour_into_a_pipe(self):
        with Emulator() as kkt:
            english, russian = run("show", kkt.connect), run("show", kkt.connect, "--lang", "ru")
        self.assertEqual(english.status, 0)
        self.assertIn("Fiscal storage (FN)", english.stdout)
        self.assertIn("Фискальный накопитель (ФН)", russian.stdout)
        self.assertIn("АТОЛ 30Ф", english.stdout)
        self.assertNotIn("\033", english.stdout)

    def on_terminal(self, *words, env=None):
        return run_on_terminal([program(), *words], env={**os.environ, **(env or {})}, patience=PATIENCE)

    def test_colour_on_a_terminal_unless_no_color(self):
        with ClosedPort() as address:
            status, text = self.on_terminal("show", address)
            self.assertEqual(status, 1)
            self.assertIn("\033[1;31munreachable", text)
            _, plain = self.on_terminal("show", address, env={"NO_COLOR": "1"})
            self.assertNotIn("\033", plain)


class Auto(unittest.TestCase):
    def test_auto_finds_the_protocol_at_an_address_and_at_a_port(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol) as tcp, \
                    Emulator("--protocol", protocol, pty=True) as pty:
                by_host = run("get", "auto://" + tcp.address).document
                by_device = run("get", "auto:" + pty.device).document
                self.assertEqual((by_host["connect"], by_host["protocol"]), (tcp.connect, str(protocol)))
                self.assertEqual((by_device["connect"], by_device["protocol"]), (pty.connect, str(protocol)))
                self.assertEqual(by_host["name"], "auto://" + tcp.address)

    def test_a_refused_address_is_told_as_that(self):
        with ClosedPort() as address:
            document = run("get", "auto://" + address.removeprefix("tcp://")).document
        self.assertEqual(document["state"], "unreachable")
        self.assertIn("refused", document["error"])


class Metrics(unittest.TestCase):
    def test_auto_does_not_say_that_it_asked_a_driver_that_is_not_installed(self):
        if scan_finds_a_register():
            self.skipTest("a register is on USB here")
        for lang, sentence in (("en", "No register was found: no exchange port of ATOL (2912:0005) here; the vendor's driver is not installed."),
                               ("ru", "ККТ не найдена: здесь нет порта обмена АТОЛ (2912:0005); драйвер АТОЛ не установлен.")):
            document = run("get", "auto?lib=/nonexistent/libfptr10.so", "--lang", lang).document
            self.assertEqual("unreachable", document["state"])
            self.assertIn(sentence, document["error"])

    def test_words_of_the_system_stand_in_quotation_marks_in_a_russian_sentence(self):
        error = run("get", "driver:usb?lib=/etc/passwd", "--lang", "ru").document["error"]
        self.assertIn("не загружается: «/etc/passwd: ", error)

    def test_the_catalogue_as_json_names_sources(self):
        rows = json.loads(run("metrics", "--format", "json").stdout)["metrics"]
        by_key = {f'{row["group"]}.{row["key"]}': row for row in rows}
        self.assertEqual(by_key["fn.days_left"]["origin"], "derived")
        self.assertIn("fn.valid_until", by_key["fn.days_left"]["sources"]["derived_from"])
        self.assertTrue(by_key["ofd.unsent_count"]["sources"]["protocol3"])
        self.assertTrue(by_key["ofd.unsent_count"]["sources"]["protocol5"])
        with Emulator() as kkt:
            told = flatten(run("get", kkt.connect, "--groups", "all").document["metrics"])
        self.assertEqual(set(told) - set(by_key), set())

    def test_docs_metrics_md_is_fresh(self):
        path = pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
        self.assertEqual(path.read_text(encoding="utf-8"), run("metrics").stdout,
                         "run: ./run.sh generate (or zabbix-atol metrics > docs/metrics.md)")

    def test_the_page_is_russian_for_a_russian(self):
        page = run("metrics", "--lang", "ru").stdout
        self.assertTrue(page.startswith("# Показатели\n"))
        self.assertIn("| ключ | тип |", page)
        for words in ("Generated", "Rates", "Sources", "from device"):
            self.assertNotIn(words, page)


class Check(unittest.TestCase):
    def test_a_register_that_is_well(self):
        with Emulator() as kkt:
            result = run("check", kkt.connect)
        self.assertIn("[ok] " + kkt.connect, result.stdout)
        self.assertIn("00106112345678", result.stdout)

    def test_a_register_that_is_away_has_advice(self):
        with ClosedPort() as address:
            result = run("check", address, "--lang", "ru")
        self.assertEqual(result.status, 1)
        self.assertIn("[!!] " + address, result.stdout)
        self.assertIn("Проверьте, что ККТ включена", result.stdout)
