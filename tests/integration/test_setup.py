"""setup, as far as it changes nothing: what it says of registers that moved, and what it refuses. What it writes is tried in systems of their
own (tests/package/setup_check.py)."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import ClosedPort, Emulator, program, run

HEADER = "## Written by `zabbix-atol setup`; `zabbix-atol setup --remove` takes it away.\n"


class Setup(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "zabbix-atol.yaml"
        self.own = self.file.parent / "registers.d/setup.yaml"


# This computer may have agents: where the program runs there are none.
NO_AGENT = 'set -e; mount -t tmpfs none /etc/zabbix; exec "$@"'


def run_without_agents(*words):
    os.makedirs("/etc/zabbix", exist_ok=True)
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", NO_AGENT, "sh", program(), *map(str, words)],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ZABBIX_ATOL_LANG": "en"})


class Addresses(Setup):
    def test_as_many_as_a_shop_has_and_one_too_many_is_called_so(self):
        self.file.write_text("registers: []\n", encoding="utf-8")
        with Emulator("--registers", 6) as kkt:
            addresses = [kkt.at(place) for place in range(1, 7)]
            done = run("setup", "--dry-run", *addresses, "-c", self.file)
        for address in addresses:
            self.assertIn(f" = {address}", done.stdout, done.stderr)
        many = [f"tcp://10.0.0.{i}" for i in range(1, 66)]
        for lang, sentence in (("en", "setup takes at most 64 addresses at a time, \"tcp://10.0.0.65\""), ("ru", "setup принимает не больше 64 адресов за раз, «tcp://10.0.0.65»")):
            done = run("setup", "--dry-run", *many, "-c", self.file, "--lang", lang)
            self.assertEqual((2, ""), (done.status, done.stdout))
            self.assertIn(sentence, done.stderr)


class RegistersThatMove(Setup):
    def moved(self, text, *words):
        """`setup` of a register that the configuration has at an address where it does not answer any more."""
        self.file.write_text(text, encoding="utf-8")
        with Emulator() as kkt:
            return kkt.connect, run("setup", "--dry-run", kkt.connect, "-c", self.file, "--timeout", "5s", *words)

    def test_a_register_that_moved_is_not_called_configured(self):
        with ClosedPort() as old:
            text = f'registers:\n  - name: kassa-1\n    connect: "{old}"\n    serial: "00106112345678"\n'
            new, done = self.moved(text)
            russian_new, russian = self.moved(text, "--lang", "ru")
        self.assertEqual(1, done.status, done.stdout)
        self.assertIn(f"[!!] kassa-1 stands in the configuration with {old}; it now answers at {new}: correct `connect` ({self.file}:3)\n",
                      done.stdout)
        self.assertNotIn("[=] Register", done.stdout)
        self.assertEqual(1, russian.status)
        self.assertIn(f"[!!] kassa-1 записана в настройках с адресом {old}; теперь она отвечает по адресу {russian_new}: исправьте `connect`",
                      russian.stdout)

    def test_setup_would_correct_the_address_in_its_own_file(self):
        self.own.parent.mkdir()
        with ClosedPort() as old:
            self.own.write_text(f'{HEADER}registers:\n  - name: kassa-1\n    connect: "{old}"\n    serial: "00106112345678"\n', encoding="utf-8")
            new, done = self.moved("include: registers.d/*.yaml\n")
        self.assertIn(f"[+] Register, another address: kassa-1 = {new}; until now: {old}\n", done.stdout, done.stderr)
        self.assertIn(f"[ ] Would correct the addresses of registers that moved: {self.own}\n", done.stdout)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root and unshare")
    def test_setup_corrects_the_address_in_its_own_file(self):
        rows = ('registers:\n  - name: kassa-1\n    connect: "{}"\n    serial: "00106112345678"\n'
                '  - name: kassa-2\n    connect: "tcp://10.0.0.15"\n')
        self.own.parent.mkdir()
        self.file.write_text("include: registers.d/*.yaml\n", encoding="utf-8")
        with ClosedPort() as old, Emulator() as kkt:
            self.own.write_text(HEADER + rows.format(old), encoding="utf-8")
            words = ("setup", kkt.connect, "-c", self.file, "--timeout", "5s", "--yes")
            done = run_without_agents(*words)
            again = run_without_agents(*words)
        self.assertIn(f"[+] Addresses corrected: {self.own}\n", done.stdout, done.stderr)
        self.assertEqual(HEADER + rows.format(kkt.connect), self.own.read_text(encoding="utf-8"))
        self.assertIn(f"[=] Register, configured: kassa-1 = {kkt.connect}\n", again.stdout)

    def test_a_register_with_two_ways_to_it_did_not_move(self):
        with Emulator() as kkt:
            self.file.write_text(f'registers: [{{name: till, connect: "{kkt.connect}", serial: "00106112345678"}}]\n', encoding="utf-8")
            other = kkt.connect.replace("127.0.0.1", "localhost")
            done = run("setup", "--dry-run", other, "-c", self.file, "--timeout", "5s")
        self.assertIn(f"[=] Register, configured: till = {kkt.connect}; it answers at another address, too: {other}\n", done.stdout, done.stderr)


class RemovesAllOrNothing(Setup):
    def remove(self, *words):
        return run("setup", "--remove", "--dry-run", "-c", self.file, *words)

    def test_an_address_is_refused(self):
        for words in (("tcp://127.0.0.1:1",), ("garbage",), ("--network", "10.0.0.0/24"), ("--network", "10.0.0.0/24", "garbage")):
            for lang, sentence in (("en", "--remove takes no address (it removes all that `setup` added)"),
                                   ("ru", "--remove не принимает адресов (убирается всё, что добавил `setup`)")):
                done = self.remove(*words, "--lang", lang)
                self.assertEqual((2, ""), (done.status, done.stdout), words)
                self.assertIn(sentence, done.stderr)

    def test_what_the_installer_asks_for_is_not_ignored_either(self):
        for words, sentence in ((("--dry-run",), "--installer and --dry-run contradict"), (("--remove", "--dry-run"), "--installer and --dry-run contradict"),
                                (("--network", "10.0.0.0/24"), "--installer and --network contradict"), (("tcp://a", "tcp://b"), "takes one address")):
            done = run("setup", "--installer", "-c", self.file, *words)
            self.assertEqual((2, ""), (done.status, done.stdout), words)
            self.assertIn(sentence, done.stderr)

    def test_a_plan_names_what_is_there_alone(self):
        self.assertNotIn(str(self.folder.name), self.remove().stdout)
        self.own.parent.mkdir()
        self.own.write_text(f"{HEADER}registers: []\n", encoding="utf-8")
        self.assertIn(f"[ ] Would remove the registers that `setup` added: {self.own}\n", self.remove().stdout)
        self.own.write_text("registers: []\n", encoding="utf-8")
        done = self.remove()
        self.assertEqual(1, done.status)
        self.assertIn(f"[!!] Not written by `setup`, would be left: {self.own}\n", done.stdout)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root and unshare")
class Asks(Setup):
    def test_who_cannot_be_asked_is_told_why(self):
        with Emulator() as kkt:
            for lang, words in (("en", "nobody can be asked: standard input is not a terminal. Add --yes"),
                                ("ru", "спросить некого: стандартный ввод — не терминал. Добавьте --yes")):
                done = run_without_agents("setup", kkt.connect, "-c", self.file, "--lang", lang)
                self.assertEqual(2, done.returncode)
                self.assertIn(words, done.stderr)
                self.assertFalse(self.file.exists())
