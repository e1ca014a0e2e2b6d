"""discover: what answers, on the ports of this computer and in a network, and lines for the configuration.

Registers of a network stand at port 5555; each test has loopback addresses of its own, by the number of this process."""
import json
import os
import pathlib
import select
import socket
import subprocess
import tempfile
import threading
import unittest

from harness import Emulator, default_state, emulator_program, run


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
            if not any(line.strip() == "ready" for line in process.stdout):
                self.__exit__()
                raise RuntimeError(f"no emulator at {self.host(place)}:5555: does another program listen at port 5555 of all addresses?")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait(60)
            process.stdout.close()
        self.folder.cleanup()


class Together:
    """Stands at port 5555 of a network's hosts, before registers {place: emulator}; nothing passes until all of them were asked."""

    def __init__(self, network, registers):
        self.left, self.all_asked = set(registers), threading.Event()
        self.threads = []
        self.listeners = []
        for place, register in registers.items():
            listener = socket.create_server((network.host(place), 5555))
            self.listeners.append(listener)
            self.threads.append(threading.Thread(target=self.stand, args=(listener, place, register)))
            self.threads[-1].start()

    def stand(self, listener, place, register):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            with client:
                question = client.recv(4096)
                if not question:  # the scan connects and says nothing
                    continue
                self.left.discard(place)
                if not self.left:
                    self.all_asked.set()
                if self.all_asked.wait(20):
                    self.carry(client, register, question)

    @staticmethod
    def carry(client, register, question):
        host, port = register.address.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as far:
            far.sendall(question)
            while True:
                for here in select.select([client, far], [], [])[0]:
                    data = here.recv(4096)
                    if not data:
                        return
                    (far if here is client else client).sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self.threads:
            thread.join(60)


class Networks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "zabbix-atol.yaml"
        self.file.write_text("registers: []\n")

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

    def test_a_configuration_that_is_wrong_or_not_there_is_told(self):
        """What was found would be told as new. The usual place needs not be there, and --yaml writes one."""
        for words in ((), ("--json",), ("--lld",)):
            with self.subTest(words=words):
                self.file.unlink(missing_ok=True)
                missing = self.discover("--network", "127.0.0.0/30", *words)
                self.file.write_text("registers:\n  - {nam: kassa-1}\n")
                broken = self.discover("--network", "127.0.0.0/30", *words)
                self.assertEqual((2, 2), (missing.status, broken.status))
                self.assertIn(f"The configuration {self.file} does not exist", missing.stderr)
                self.assertIn("zabbix-atol.yaml:2", broken.stderr)
        self.file.unlink()
        self.assertEqual(0, self.discover("--network", "127.0.0.0/30", "--yaml").status)

    def test_a_name_of_128_bytes_is_told_whole(self):
        name = "k" * 128
        with Network({2: []}) as network:
            self.file.write_text(f'registers:\n  - name: {name}\n    connect: "tcp://{network.host(2)}:5555"\n', encoding="utf-8")
            row = self.discover("--network", network.cidr, "--json").document[0]
            self.assertIn(f"in the configuration: {name}\n", self.discover("--network", network.cidr).stdout)
            planned = run("setup", "-c", self.file, "--network", network.cidr, "--dry-run")
        self.assertEqual(name, row["name"])
        self.assertIn(name, planned.stdout, planned.stderr)

    def test_a_register_that_the_configuration_has_elsewhere_is_told_with_both_addresses(self):
        self.file.write_text('registers: [{name: till, connect: "tcp://10.99.0.1", serial: "00106112345678"}]\n', encoding="utf-8")
        with Network({2: []}) as network:
            for lang, words in (("en", "till, with another address: tcp://10.99.0.1"), ("ru", "till, с другим адресом: tcp://10.99.0.1")):
                for form in ((), ("--yaml",)):
                    self.assertIn(words, self.discover("--network", network.cidr, "--lang", lang, *form).stdout)
            [row] = json.loads(self.discover("--network", network.cidr, "--json").stdout)
            self.assertEqual(("till", "tcp://10.99.0.1"), (row["name"], row["configured_connect"]))
            self.file.write_text(f'registers: [{{name: till, connect: "tcp://{network.host(2)}:5555", serial: "00106112345678"}}]\n', encoding="utf-8")
            self.assertNotIn("another address", self.discover("--network", network.cidr).stdout)

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


class SetupFindsAsDiscoverDoes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "zabbix-atol.yaml"

    def dry_run(self, network, *words):
        return run("setup", "--dry-run", "--network", network.cidr, "-c", self.file, *words)

    def test_hosts_of_a_network_are_asked_at_the_same_time(self):
        state, registers = default_state(), {}
        for place in (1, 2, 3, 4, 5):
            state["device"]["serial"] = f"0010611234567{place}"
            registers[place] = self.enterContext(Emulator(state=state))
        network = Network({})
        with Together(network, registers):
            done = self.dry_run(network, "--timeout", "10s")
        for place in registers:
            self.assertIn(f"Register, new: kassa-{place} = tcp://{network.host(place)}, АТОЛ 30Ф, 0010611234567{place}\n", done.stdout, done.stderr)

    def test_a_register_of_the_configuration_is_not_asked_again(self):
        log = pathlib.Path(self.folder.name) / "frames"
        with Network({2: ["--log", str(log)], 3: []}) as network:
            self.file.write_text(f'registers: [{{name: till, connect: "tcp://{network.host(2)}:5555"}}]\n', encoding="utf-8")
            done = self.dry_run(network)
        self.assertIn(f"Register, configured: till = tcp://{network.host(2)}\n", done.stdout, done.stderr)
        self.assertIn(f"Register, new: kassa-1 = tcp://{network.host(3)}, ", done.stdout)
        opened = [line.split(maxsplit=2)[2] for line in log.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(["+ open", "- close"], opened, "the scan of the network, and no question")

    def test_an_address_of_the_configuration_is_known_however_it_is_written(self):
        self.file.write_text('registers: [{name: till, connect: "tcp://127.0.0.1"}]\n', encoding="utf-8")
        done = run("setup", "--dry-run", "tcp://127.0.0.1:5555", "-c", self.file)
        self.assertIn("Register, configured: till = tcp://127.0.0.1:5555\n", done.stdout, done.stderr)

    def test_who_is_no_register_is_left_out_and_a_named_one_that_is_silent_is_told(self):
        with Network({2: [], 3: ["--fault", "silence"]}) as network:
            done = self.dry_run(network, f"tcp://{network.host(4)}", "--timeout", "1s")
        self.assertNotIn(network.host(3), done.stdout, done.stderr)
        self.assertIn(f"A register that is not read: tcp://{network.host(4)}. ", done.stdout)
        self.assertIn(f"Register, new: kassa-1 = tcp://{network.host(2)}, ", done.stdout)
