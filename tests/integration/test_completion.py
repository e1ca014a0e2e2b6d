"""What bash and zsh offer after `zabbix-atol`: it comes from the program's own --help."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

BASH = harness.ROOT / "packaging/completion/zabbix-atol.bash"
ZSH = harness.ROOT / "packaging/completion/_zabbix-atol"
# zsh's own helpers print what they would offer.
HELPERS = """
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "${(@P)2}" }
compadd() { print -rl -- "$@" }
_files() { print -r -- FILES }
"""


def said(*command, env):
    return subprocess.run([*map(str, command)], env={**os.environ, **env, "PATH": f"{harness.program().parent}:{os.environ['PATH']}"}, text=True,
                          capture_output=True, check=True).stdout


def offered(*words, folder="."):
    """bash's completions of the last word."""
    script = 'cd "$1"; source "$2"; shift 2; COMP_WORDS=(zabbix-atol "$@"); COMP_CWORD=$#; _zabbix_atol; printf "%s\\n" "${COMPREPLY[@]}"'
    return said("bash", "-c", script, "bash", folder, BASH, *words, env={}).split()


def zsh_offers(*words, lang="en"):
    """The lines that zsh's helpers are given."""
    script = HELPERS + 'functions[complete_it]=$(<$1); shift; words=(zabbix-atol "$@"); CURRENT=$#words; complete_it'
    return said("zsh", "-f", "-c", script, "zsh", ZSH, *words, env={"ZABBIX_ATOL_LANG": lang}).splitlines()


def help_of(*words):
    return harness.run(*words, "--help").stdout


def commands():
    return re.findall(r"(?m)^  zabbix-atol ([a-z-]+)", help_of())


def options(command):
    """(letter or "", name, value or "") of each option."""
    return re.findall(r"(?m)^  (?:(-[a-z]), )?(--[a-z-]+)(?: (\S+))?  ", help_of(command))


class Bash(unittest.TestCase):
    def test_commands(self):
        self.assertEqual({*commands(), "--help", "--version", "--lang"}, set(offered("")))
        self.assertEqual(["show"], offered("sho"))

    def test_options_before_the_command(self):
        for words in (("--lang", "ru"), ("--lang", "=", "ru"), ("-v",), ("-c", "/tmp/get"), ("--timeout", "5s", "-v")):
            self.assertEqual(["get"], offered(*words, "ge"), words)
        self.assertEqual({"en", "ru"}, set(offered("--lang", "")))
        self.assertEqual(["ru"], offered("--lang", "=", "r"))

    def test_each_option_of_each_command_and_no_other(self):
        for command in commands():
            wanted = {word for letter, name, _ in options(command) for word in (letter, name) if word}
            self.assertEqual(wanted, set(offered(command, "-")), command)

    def test_choices_of_an_option(self):
        for command in commands():
            for letter, name, value in options(command):
                if "|" in value:
                    for word in filter(None, (letter, name)):
                        self.assertEqual(set(value.split("|")), set(offered(command, word, "")), (command, word))

    def test_what_a_command_is_given(self):
        for command in ("get", "show", "beep", "set-clock", "check", "setup"):
            self.assertIn("tcp://", offered(command, ""), command)
        for command in ("status", "serve", "discover", "metrics"):
            self.assertEqual([], offered(command, ""), command)
        self.assertEqual({"install", "uninstall", "start", "stop", "reload", "status"}, set(offered("service", "")))
        self.assertEqual(set(commands()), set(offered("help", "")))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "kassa.trace"), "w", encoding="utf-8"):
                pass
            for words in (("replay", "ka"), ("get", "tcp://h", "-o", "ka"), ("get", "tcp://h", "--trace", "ka"), ("serve", "--config", "=", "ka")):
                self.assertEqual(["kassa.trace"], offered(*words, folder=folder), words)
        self.assertEqual([], offered("get", "--timeout", ""), "a free value")
        self.assertIn("root", offered("check", "--user", "roo"))


@unittest.skipUnless(shutil.which("zsh"), "needs zsh")
class Zsh(unittest.TestCase):
    def test_commands(self):
        offers = zsh_offers("")
        self.assertEqual(set(commands()), {line.split(":")[0] for line in offers})
        self.assertIn("status:all registers of the configuration, one line each, the worst first", offers)
        self.assertEqual(offers, zsh_offers("--lang", "ru", "ge"), "behind an option with a value")
        self.assertEqual(["en", "ru"], zsh_offers("--lang", ""))

    def test_each_option_of_each_command_and_no_other(self):
        for command in commands():
            for lang in ("en", "ru"):
                offers = zsh_offers(command, "", lang=lang)
                for letter, name, value in options(command):
                    for word in filter(None, (letter, name)):
                        found = [line for line in offers if line.startswith(word + "[")]
                        self.assertEqual(1, len(found), (command, word, found))
                        if value == "FILE":
                            self.assertTrue(found[0].endswith(":file:_files"), found)
                        if "|" in value:
                            self.assertTrue(found[0].endswith(f":value:({value.replace('|', ' ')})"), found)
                self.assertEqual(len([n for n in sum(([a, b] for a, b, _ in options(command)), []) if n]),
                                 len([line for line in offers if line.startswith("-")]), (command, offers))

    def test_what_a_command_is_given(self):
        def rest(*words):
            return [line for line in zsh_offers(*words, "") if not line.startswith("-")]
        for command in ("get", "show", "beep", "set-clock", "check", "setup"):
            self.assertIn("tcp://", "".join(rest(command)), command)
        for command in ("status", "serve", "discover", "metrics"):
            self.assertEqual([], rest(command), command)
        self.assertEqual(["1:file:_files"], rest("replay"))
        self.assertEqual(["1:action:(install uninstall start stop reload status)"], rest("service"))
        self.assertEqual(rest("get"), rest("--lang", "ru", "get"))
        self.assertIn("discover", rest("help")[0])
