"""discover: what answers, on the ports of this computer and in a network, and lines for the configuration.

Registers of a network stand at port 5555; each test has loopback addresses of its own, by the number of this process."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import default_state, emulator_program, run


class Network:
    """127.X.Y.0/29 with emulators at some of its hosts: {2: ["--protocol", "3"], …}; `state` is that of all."""

    used = 0

    def __init__(self, hosts, state=None):
        number = os.getpid() * 32 + Network.used  # 127.64.0.0 to 127.127.255.248
        Network.used += 1
        number %= 1 << 19
        self.base = f"127.{64 + (number >> 13)}.{number >> 5 & 255}.{(number & 31) * 8}"
        self.cidr = self.base + "/29"
        self.hosts, self.state, self.processes = hosts, state, []

    def host(self, place):
        first, _, last = self.base.rpartition(".")
        return f"{first}.{int(last) + place}"

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        options = []
        if self.state is not None:
            path = pathlib.Path(self.folder.name) / "state.json"
            path.write_text(json.dumps(self.state, ensure_ascii=False), encoding="utf-8")
            options = ["--state", str(path)]
        for place, more in self.hosts.items():
            process = subprocess.Popen([emulator_program(), "--tcp", self.host(place) + ":5555", *more, *options],
                                       stdout=subprocess.PIPE, text=True)
            self.processes.append(process)
            for line in process.stdout:
                if line.strip() == "ready":
                    break
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait(60)
            process.stdout.close()
        self.folder.cleanup()


class Networks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "zabbix-atol.yaml"

    def discover(self, *words, **options):
        return run("discover", *words, "-c", self.file, **options)

    def test_both_generations_are_found_and_who_is_no_register_is_told(self):
        with Network({2: [], 3: ["--protocol", "3"], 5: ["--fault", "silence"]}) as network:
            done = self.discover("--network", network.cidr, "--timeout", "1s")
        self.assertEqual(0, done.status, done.stderr)
        self.assertIn(f"tcp://{network.host(2)}\n    АТОЛ 30Ф, 00106112345678, protocol 5", done.stdout)
        self.assertIn(f"tcp://{network.host(3)}\n    АТОЛ 11Ф, 00106112345678, protocol 3", done.stdout)
        self.assertRegex(done.stdout, rf"tcp://{network.host(5)}\n    unreachable: ")
        self.assertIn(f"{network.cidr}: addresses that were tried: 6; with port 5555 open: 3", done.stdout)

    def test_yaml_is_a_configuration(self):
        with Network({2: [], 3: ["--protocol", "3"], 5: ["--fault", "silence"]}) as network:
            done = self.discover("--network", network.cidr, "--timeout", "1s", "--yaml")
            self.assertEqual(0, done.status, done.stderr)
            self.file.write_text(done.stdout, encoding="utf-8")
            listed = self.discover()
            self.assertEqual(f"kassa-1\ttcp://{network.host(2)}\t00106112345678\nkassa-2\ttcp://{network.host(3)}\t00106112345678\n",
                             listed.stdout, listed.stderr)
            self.assertEqual("ok", run("get", "kassa-2", "-c", self.file).document["state"])
        self.assertRegex(done.stdout, rf"(?m)^  # tcp://{network.host(5)}: unreachable: ")

    def test_yaml_names_nobody_twice_and_goes_on_behind_what_is_there(self):
        with Network({2: [], 3: []}) as network:
            there = f'registers:\n  - name: kassa-1\n    connect: "tcp://{network.host(2)}:5555"\n'
            self.file.write_text(there, encoding="utf-8")
            done = self.discover("--network", network.cidr, "--yaml")
            self.assertNotIn("registers:\n", done.stdout)
            self.file.write_text(there + done.stdout, encoding="utf-8")
            listed = self.discover()
        self.assertIn("in the configuration as kassa-1", done.stdout)
        self.assertEqual(["kassa-1", "kassa-2"], [line.split()[0] for line in listed.stdout.splitlines()], listed.stderr)

    def test_nobody_new_is_no_line(self):
        with Network({}) as network:
            done = self.discover("--network", network.cidr, "--yaml")
        self.assertEqual((0, "# No new register answered.\n"), (done.status, done.stdout))

    def test_a_wrong_configuration_is_not_added_to(self):
        self.file.write_text("register: []\n", encoding="utf-8")
        with Network({2: []}) as network:
            done = self.discover("--network", network.cidr, "--yaml")
            self.assertEqual((2, ""), (done.status, done.stdout))
            self.assertIn("zabbix-atol.yaml:1", done.stderr)
            self.assertIn("АТОЛ 30Ф", self.discover("--network", network.cidr).stdout, "without --yaml it is told all the same")

    def test_a_register_writes_no_line_of_the_configuration(self):
        """What it calls itself stands in a comment; a line break would end that (those of YAML alone, U+0085 and U+2028: test_text)."""
        for break_ in ("\n", "\r"):
            state = default_state()
            state["device"]["model"] = f"АТОЛ{break_}control: true"
            with self.subTest(repr(break_)), Network({2: []}, state) as network:
                done = self.discover("--network", network.cidr, "--yaml")
                self.assertIn("control: true", done.stdout, done.stderr)
                self.file.write_text(done.stdout, encoding="utf-8")
                self.assertEqual(0, run("serve", "--check", "-c", self.file).status)
                self.assertEqual(1, len(self.discover().stdout.splitlines()))
                self.file.unlink()

    def test_facts_as_json(self):
        with Network({2: [], 3: ["--fault", "silence"]}) as network:
            first, second = json.loads(self.discover("--network", network.cidr, "--timeout", "1s", "--json").stdout)
            row, = json.loads(self.discover("--network", network.cidr, "--timeout", "1s", "--lld").stdout)
        self.assertEqual({"connect": f"tcp://{network.host(2)}", "kind": "host", "model": "АТОЛ 30Ф", "serial": "00106112345678",
                          "protocol": "5", "state": "ok", "error": ""}, first)
        self.assertEqual("unreachable", second["state"])
        self.assertNotIn("serial", second)
        self.assertEqual(f"tcp://{network.host(2)}", row["{#KKT.CONNECT}"])

    def test_a_large_network_is_refused_and_the_bound_is_said(self):
        for cidr in ("10.0.0.0/8", "10.0.0.0/21", "10.0.0.0", "fe80::/64", "10.0.0.0/24x", "0/0"):
            for lang, words in (("en", "at most 1024 addresses (/22)"), ("ru", "не больше 1024 адресов (/22)")):
                with self.subTest(cidr, lang=lang):
                    done = self.discover("--network", cidr, "--lang", lang)
                    self.assertEqual((2, ""), (done.status, done.stdout))
                    self.assertIn(words, done.stderr)

    def test_forms_that_contradict_each_other(self):
        for words in (("--yaml", "--lld"), ("--yaml", "--json"), ("--lld", "--json")):
            done = self.discover("--scan", *words)
            self.assertEqual((2, ""), (done.status, done.stdout))
            self.assertIn("contradict", done.stderr)

    def test_yaml_alone_says_what_is_missing(self):
        done = self.discover("--yaml")
        self.assertEqual((2, ""), (done.status, done.stdout))
        self.assertIn("--scan", done.stderr)

    def test_the_configuration_as_json(self):
        self.file.write_text('registers: [{name: kassa-1, connect: "tcp://10.0.0.15", title: Хлеб}]\n', encoding="utf-8")
        self.assertEqual([{"name": "kassa-1", "connect": "tcp://10.0.0.15", "title": "Хлеб"}],
                         json.loads(self.discover("--json").stdout))
