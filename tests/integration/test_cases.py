"""The inputs that failed once (tests/data/cases), each for a kind of fault: the table says what is right, and which tests hold
the whole kind. A case whose input is a file is played here as it came."""
import ast
import datetime
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

from harness import PATIENCE, ROOT, Emulator, default_state, flatten, program, run

CASES = ROOT / "tests/data/cases"
HERE = "tests/integration/"

# (the kind, what is right, who holds it: file and tests; "here": below)
TABLE = (
    ("a register's clock that stands at 2000, at 2099 or reports nothing",
     "ages and days by the computer's clock, the wrong clock is told, no alarm ends; the seed format as the seed",
     {"here": ("Clocks",), HERE + "test_truth.py": ("Clock",), "tests/unit/test_derive.c": ("",), "tests/zabbix/case_check.py": ("",)}),
    ("an FN that is not yet fiscal and tells 2000-01-01",
     "it has no term; a date before 2016 is none",
     {"here": ("FreshFn",), HERE + "test_truth.py": ("Dates.test_a_fresh_fn_has_no_term",), "tests/unit/test_form.c": ("",)}),
    ("a queue of unsent documents that nobody dates",
     "it is told: by the last sending, by the first poll of serve that saw it, or as of unknown age",
     {"here": ("QueueWithoutDate",), HERE + "test_truth.py": ("Dates",), "tests/serve/test_queue.py": ("Queue",)}),
    ("an open shift whose opening is zeros or 01.01.70, a close date of zeros",
     "what has no date has no end, in the three ways alike",
     {"here": ("ShiftWithoutDate",), "tests/fptr/suite.py": ("ClockThroughDriver",)}),
    ("one request that is always answered with \"busy\"",
     "partial within a second or two, all other values",
     {"here": ("Busy",), HERE + "test_faults.py": ("SomeRequestsFail",), "tests/unit/test_session_failures.c": ("one_busy_request",)}),
    ("item keys that are options, addresses, libraries, programs",
     "a document that refuses; nothing is touched, loaded or contacted",
     {HERE + "test_item_keys.py": ("CommandLine", "Agents"), "tests/windows/suite.py": ("",)}),
    ("a name that no host of Zabbix can have",
     "left out of the discovery with a sentence, said by check",
     {"here": ("Names",), HERE + "test_names.py": ("Names.test_a_name_that_no_host_can_have_is_left_out_of_the_discovery",)}),
    ("one address under two names",
     "an error with file and line, links and usual ports resolved",
     {"here": ("OneAddressTwice",), "tests/serve/test_serve.py": ("ServeTest.test_one_address_twice_is_exit_2",),
      "tests/unit/test_connect.c": ("",)}),
    ("a converter that speaks telnet",
     "recognised by its first bytes and told",
     {HERE + "test_harmless.py": ("Limits.test_telnet_is_recognised",), "tests/unit/test_session.c": ("elnet",)}),
    ("a TCP register that serves somebody else",
     "busy; two polls of our own wait for each other or say who has it",
     {HERE + "test_neighbours.py": ("ServesSomebodyElse", "OwnPolls")}),
    ("a serial port that another program has open",
     "busy with name and pid of the holder, nothing is written",
     {"here": ("HeldPorts",), HERE + "test_neighbours.py": ("SerialPorts",), "tests/unit/test_holder.c": ("",)}),
    ("a name in other letters, too long, or not even UTF-8",
     "cut at a character; the sentence stays whole",
     {"here": ("LongNames",), HERE + "test_names.py": ("Names.test_a_document_has_its_sentence_whatever_the_name_is",)}),
    ("lines in the spool that Zabbix cannot take",
     "set aside, counted and named; the rest goes on",
     {"tests/serve/test_push.py": ("PushTest.test_poison_in_the_spool_keeps_nothing_back",), "tests/unit/test_spool_send.c": ("",)}),
    ("a link in the state folder or at -o, planted by another user",
     "one of our own folder is replaced, a foreign one refused",
     {HERE + "test_process.py": ("Places.test_a_link_of_another_user_in_an_open_folder_is_refused",),
      "tests/serve/test_push.py": ("PushTest.test_links_in_the_spool_and_the_state_folder_are_not_followed",)}),
    ("a FIFO or a dead share at -o, --trace, -c or in place of a snapshot",
     "ended within the time-out, and the till's program starts",
     {HERE + "test_process.py": ("Places", "DeadShare")}),
    ("a register that sends for ever",
     "a budget of bytes a poll, then state error",
     {HERE + "test_harmless.py": ("Limits.test_a_register_that_sends_for_ever_is_an_error_at_once",)}),
    ("200 registers and 64 descriptors, or hardly any",
     "fewer polls at once, said; a shortage is this computer's error; no abort",
     {"tests/serve/test_serve.py": ("ServeTest.test_polls_are_bounded_by_the_descriptors",
                                    "ServeTest.test_too_few_descriptors_are_a_sentence_and_no_abort"),
      HERE + "test_deadlines.py": ("Shortage",)}),
    ("a umask of 077 and a file of mode 0664", "mode and owner stay", {HERE + "test_process.py": ("Places.test_mode_and_owner_stay",)}),
    ("no /proc", "a state; the till's program starts", {"tests/fptr/suite.py": ("WhatALibraryCanDo.test_without_proc_there_is_a_document",),
                                                        "here": ("NoProc",)}),
    ("the program is replaced while serve runs", "driver polls go on",
     {"tests/fptr/suite.py": ("WhatALibraryCanDo.test_goes_on_after_the_program_was_replaced_on_the_disk",)}),
    ("a language that the environment names and nobody speaks", "a document",
     {"here": ("Environment",), HERE + "test_get.py": ("Arguments.test_a_wrong_environment_is_a_document_too",)}),
    ("FFD 1.2: one tag 1290 and none of the single signs", "the signs are read from it",
     {"here": ("SignsOfFfd12",), "tests/unit/test_atol3_real.c": ("1290",)}),
)


def case(name):
    """The state of a case over the emulator's usual one."""
    state = default_state()
    for group, values in json.loads((CASES / name).read_text(encoding="utf-8")).items():
        state.setdefault(group, {}).update(values)
    return state


def without(state, group, *keys):
    for key in keys:
        state[group].pop(key, None)
    return state


def get(protocol, state, *words, fault=None):
    with Emulator("--protocol", protocol, *(("--fault", fault) if fault else ()), state=state) as kkt:
        return run("get", kkt.connect, *words).document


class Table(unittest.TestCase):
    def test_each_kind_is_held_by_tests_that_exist(self):
        for kind, right, holders in TABLE:
            for path, tests in holders.items():
                text = (pathlib.Path(__file__) if path == "here" else ROOT / path).read_text(encoding="utf-8")
                names = {""}
                if path == "here" or path.endswith(".py"):
                    for row in ast.parse(text).body:
                        if isinstance(row, ast.ClassDef):
                            names |= {row.name} | {f"{row.name}.{f.name}" for f in row.body if isinstance(f, ast.FunctionDef)}
                for test in tests:
                    with self.subTest(kind=kind, right=right, test=f"{path}: {test}"):
                        self.assertTrue(test in names or (path.endswith(".c") and test in text))


class Clocks(unittest.TestCase):
    def test_the_alarms_stay_and_the_clock_is_told(self):
        for name in ("clock-2000.json", "clock-2099.json", "clock-zero.json"):
            state = case(name)
            since = datetime.datetime.fromisoformat(state["ofd"]["first_unsent"])
            until = datetime.date.fromisoformat(state["fn"]["valid_until"][:10])
            for protocol in (3, 5):
                with self.subTest(name, protocol=protocol):
                    document = get(protocol, state)
                    told = flatten(document["metrics"])
                    self.assertEqual(told["device.clock_wrong"], 1)
                    self.assertAlmostEqual(told["ofd.first_unsent_age_s"], (datetime.datetime.now() - since).total_seconds(), delta=120)
                    self.assertEqual(told["fn.days_left"], (until - datetime.date.today()).days)
                    self.assertEqual(document["health"]["level"], 5)
                    self.assertRegex(document["health"]["text"], "(?i)clock")


class FreshFn(unittest.TestCase):
    def test_it_has_no_term_and_raises_no_disaster(self):
        for protocol in (3, 5):
            for date in ("2000-01-01", "1970-01-01", "2015-12-31", "2001-02-03"):
                with self.subTest(protocol=protocol, date=date):
                    state = case("fresh-fn.json")
                    state["fn"]["valid_until"] = date
                    document = get(protocol, state)
                    for key in ("fn.valid_until", "fn.days_left"):
                        self.assertNotIn(key, flatten(document["metrics"]))
                    self.assertLess(document["health"]["level"], 5)


class QueueWithoutDate(unittest.TestCase):
    def test_it_is_told_without_an_age(self):
        for protocol in (3, 5):
            for date in (None, "1970-01-01T00:00:00", "2000-01-01T00:00:00"):
                with self.subTest(protocol=protocol, date=date):
                    state = without(case("unsent-without-date.json"), "ofd", "first_unsent", "last_sent")
                    if date:
                        state["ofd"]["first_unsent"] = date
                    document = get(protocol, state)
                    self.assertNotIn("first_unsent_age_s", document["metrics"]["ofd"])
                    self.assertEqual((document["metrics"]["ofd"]["unsent_count"], document["health"]["code"]), (5000, 310))


class ShiftWithoutDate(unittest.TestCase):
    def test_it_is_open_and_has_no_end(self):
        for protocol in (3, 5):
            for date in ("1970-01-01T00:00:00", "1970-01-02T00:00:00", "2070-01-01T00:00:00", "2070-01-02T00:00:00"):
                with self.subTest(protocol=protocol, date=date):
                    state = default_state()
                    state["shift"].update(state=1, expires=date)
                    told = flatten(get(protocol, state)["metrics"])
                    self.assertEqual(told["shift.state"], 1)
                    for key in ("shift.expires", "shift.left_s"):
                        self.assertNotIn(key, told)


class Busy(unittest.TestCase):
    REQUESTS = {3: ("3F", "45", "A4-30", "A4-20", "91-12", "91-15", "91-2B", "91-39", "91-16", "91-1A", "91-30", "91-26"),
                5: ("A1", "01", "02", "FN-30", "FN-20", "11", "05", "21", "33", "32", "31")}

    def test_any_request_costs_its_own_values_and_little_time(self):
        for protocol, requests in self.REQUESTS.items():
            whole = set(flatten(get(protocol, default_state())["metrics"]))
            for request in requests:
                with self.subTest(protocol=protocol, request=request):
                    document = get(protocol, default_state(), "--timeout", "15s", fault=f"busy@{request}")
                    self.assertLess(document["poll"]["duration_ms"], 3000)
                    if document["state"] == "busy":  # the register refuses to begin
                        self.assertIn(request, self.REQUESTS[protocol][:1])
                        continue
                    self.assertEqual(document["state"], "partial")
                    self.assertGreater(len(whole & set(flatten(document["metrics"]))), 0.7 * len(whole))


class Names(unittest.TestCase):
    def test_the_others_are_discovered_and_check_says_it(self):
        found = run("discover", "--lld", "-c", CASES / "names.yaml")
        self.assertEqual(["kassa-1"], [row["{#KKT.NAME}"] for row in json.loads(found.stdout)])
        self.assertIn('"Касса" is left out', found.stderr)
        self.assertIn("(name-no-host)", run("check", "-c", CASES / "names.yaml").stdout)


class OneAddressTwice(unittest.TestCase):
    def refused(self, first, second):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(f"registers:\n- {{name: a, connect: '{first}'}}\n- {{name: b, connect: '{second}'}}\n")
            file.flush()
            done = run("serve", "-c", file.name)
            self.assertEqual(2, done.status, done.stderr)
            self.assertIn(f"{file.name}:3: the address", done.stderr)

    def test_the_file_and_the_line_are_named(self):
        for command in ("serve", "check"):
            done = run(command, "-c", CASES / "one-address-twice.yaml")
            self.assertIn("one-address-twice.yaml:4: the address \"serial:/dev/ttyACM0\" is taken already", done.stdout + done.stderr)

    def test_links_usual_ports_and_letters_are_the_same_address(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink("/dev/ttyS0", folder + "/till")
            self.refused("serial:/dev/ttyS0", f"serial:{folder}/till")
        self.refused("tcp://10.0.0.1", "tcp://10.0.0.1:5555")
        self.refused("tcp://KASSA.shop", "tcp://kassa.shop:5555")
        self.refused("serial:/dev/ttyS0?baud=9600", "serial:/dev/ttyS0")
        self.refused("tcp://[::1]", "tcp://[::1]:5555")
        self.refused("tcp://[::1]", "tcp://[0:0:0:0:0:0:0:1]")
        self.refused("tcp://[2001:DB8::1]", "driver:tcp/[2001:db8:0::1]")
        self.refused("tcp://10.0.0.1", "tcp://[::ffff:10.0.0.1]")
        self.refused("tcp://kassa.shop.", "tcp://kassa.shop")
        self.refused("tcp://[fe80::1%25eth0]", "tcp://[FE80:0::1%25eth0]")

    def test_a_device_that_is_away_is_the_same_by_its_links_and_its_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(f"{folder}/ttyAway", f"{folder}/one")
            os.symlink("one", f"{folder}/two")
            os.symlink(folder, f"{folder}/here")
            for other in ("one", "two", "here/ttyAway", "here/two", "./ttyAway", "/ttyAway", "here/../" + os.path.basename(folder) + "/one"):
                self.refused(f"serial:{folder}/ttyAway", f"serial:{folder}/{other}")

    def test_hosts_of_two_networks_are_two(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write("registers:\n- {name: a, connect: 'tcp://[fe80::1%25eth0]'}\n- {name: b, connect: 'tcp://[fe80::1%25eth1]'}\n")
            file.flush()
            self.assertEqual(0, run("serve", "--check", "-c", file.name).status)


class HeldPorts(unittest.TestCase):
    """hold_port.py: the ways in which a program has a port open."""
    HOLD = ("import fcntl,os,sys,termios\nfd=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY|os.O_NONBLOCK)\nm=sys.argv[2]\n"
            "if m=='excl': fcntl.ioctl(fd,termios.TIOCEXCL)\nif m=='flock': fcntl.flock(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)\n"
            "if m=='fcntl': fcntl.lockf(fd,fcntl.LOCK_EX|fcntl.LOCK_NB)\nprint('up',flush=True)\nsys.stdin.read()\n")

    def test_each_is_busy_and_named(self):
        for way in ("open", "excl", "flock", "fcntl"):
            for protocol in (3, 5):
                with self.subTest(way, protocol=protocol), Emulator("--protocol", protocol, pty=True) as kkt, \
                        subprocess.Popen([sys.executable, "-c", self.HOLD, os.path.realpath(kkt.device), way],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
                    self.assertEqual("up\n", holder.stdout.readline())
                    document = run("get", kkt.connect, "--timeout", "5s").document
                    holder.kill()
                    self.assertEqual("busy", document["state"])
                    self.assertIn(f"(pid {holder.pid})", document["error"])
                    self.assertEqual([], [line for line in kkt.frames() if line.split()[2] == ">"])


class LongNames(unittest.TestCase):
    def test_the_sentence_stays_and_holds_nothing_that_a_terminal_obeys(self):
        for name in ("Касса 1 магазин на Тверской улице", "Касса" * 200, "é" * 300, "日本語" * 100, "👩‍👩‍👧" * 50, "x" * 5000, b"a\x80b",
                     b"\x9b31m", "\u202eabc", "\u2028b", "\x85", "\x1b[2J", "касса-1\n", "../../etc/passwd", "'\"\\"):
            with self.subTest(name=name):
                done = subprocess.run([program(), "get", name], capture_output=True, timeout=PATIENCE, check=False,
                                      env={**os.environ, "ZABBIX_ATOL_LANG": "en"})
                document = json.loads(done.stdout.decode("utf-8"))
                self.assertIn("is not an address (for example tcp://10.0.0.15)", document["error"])
                for text in (document["error"], done.stderr.decode("utf-8").rstrip("\n")):
                    self.assertNotRegex(text, "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


class NoProc(unittest.TestCase):
    def test_a_poll_and_the_tills_program(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for a mount of its own")
        with Emulator("--protocol", "5") as kkt, tempfile.TemporaryDirectory() as folder:
            script = 'mount -t tmpfs none /proc && exec "$@"'
            done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", program(), "get", kkt.connect, "--", "touch",
                                   folder + "/started"], capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual("ok", json.loads(done.stdout)["state"], done.stderr)
            end = datetime.datetime.now() + datetime.timedelta(seconds=PATIENCE)
            while not os.path.exists(folder + "/started") and datetime.datetime.now() < end:
                os.sched_yield()
            self.assertTrue(os.path.exists(folder + "/started"))


class Environment(unittest.TestCase):
    def test_there_is_a_document(self):
        for language in ("fr", "", "RU", "ru_RU.UTF-8", "x" * 300, "../ru", "\x1b"):
            with self.subTest(language=language), socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                done = run("get", "tcp://127.0.0.1:%d" % closed.getsockname()[1], env={"ZABBIX_ATOL_LANG": language})
                self.assertIn(done.document["state"], ("unreachable", "prerequisite"))
                self.assertNotEqual("", done.document["error"])


class SignsOfFfd12(unittest.TestCase):
    SIGNS = ("internet", "service", "bso", "lottery", "gambling", "excise", "vending_printer", "marked", "pawnshop", "insurance",
             "vending", "catering", "wholesale")

    def test_each_sign_alone_and_all(self):
        for protocol in (3, 5):
            for on in (*((sign,) for sign in self.SIGNS), self.SIGNS, ()):
                state = default_state()
                state["registration"].update(ffd_version=120, **{sign: int(sign in on) for sign in self.SIGNS})
                with self.subTest(protocol=protocol, on=on):
                    told = get(protocol, state, "--groups", "registration")["metrics"]["registration"]
                    self.assertEqual({sign: int(sign in on) for sign in self.SIGNS}, {sign: told.get(sign) for sign in self.SIGNS})
