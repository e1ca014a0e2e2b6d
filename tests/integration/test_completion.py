"""What bash and zsh offer after `zabbix-atol`: it comes from the program's own --help."""
import json
import os
import pathlib
import pty
import re
import select
import shlex
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


# `say` is completed as zabbix-atol is, and prints what the shell has made of its words.
NAMES = ("Till 12", "$(touch${IFS}PWNED)", "`touch${IFS}PWNED`", "o'clock; touch PWNED", "Касса 3", "a{b,c}~", "!!")
SAY = 'say() { printf "<%s>" "$@"; printf "\\n"; exit; }'
START = {"bash": ("bash", "--noprofile", "--norc", "-i"), "zsh": ("zsh", "-f", "-i")}
LOAD = {"bash": f"source {shlex.quote(str(BASH))}; complete -F _zabbix_atol say",
        "zsh": f"fpath+={shlex.quote(str(ZSH.parent))}; autoload -Uz compinit; compinit -u -D; compdef _zabbix-atol say; setopt no_beep"}


def typed(shell, keys, names=NAMES):
    """Words of the line that these keys make at a terminal, Enter last, and what stands in the folder then."""
    with tempfile.TemporaryDirectory() as folder:
        rows = "".join(f"  - {{name: {json.dumps(name)}, connect: 'tcp://127.0.0.1:{port}'}}\n" for port, name in enumerate(names, 1))
        inside = pathlib.Path(folder, "inside")
        inside.mkdir()
        pathlib.Path(folder, "c.yaml").write_text("registers:\n" + rows, encoding="utf-8")
        program = pathlib.Path(folder, "zabbix-atol")  # it finds that configuration
        program.write_text(f'#!/bin/sh\nif [ "$1" = discover ]; then set -- "$@" -c {folder}/c.yaml; fi\nexec {shlex.quote(str(harness.program()))} "$@"\n')
        program.chmod(0o755)
        env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PS1": "READY>", "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": folder, "HISTFILE": ""}
        master, slave = pty.openpty()
        with subprocess.Popen(START[shell], stdin=slave, stdout=slave, stderr=slave, cwd=inside, env=env, start_new_session=True) as child:
            os.close(slave)
            os.write(master, f"{LOAD[shell]}; {SAY}; PS1=READY''NOW\n".encode())
            seen, sent = b"", False
            try:
                while select.select([master], [], [], harness.PATIENCE)[0] and (piece := os.read(master, 65536)):
                    seen += piece
                    if not sent and b"READYNOW" in seen:
                        os.write(master, keys.encode())
                        sent = True
            except OSError:  # the shell has ended
                pass
            child.kill()
        os.close(master)
        words = re.findall(r"(?m)^((?:<.*>)+)\r$", seen.decode())
        return (words[-1] if words else seen.decode()), sorted(os.listdir(inside))


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


class Names(unittest.TestCase):
    """A name of the configuration is any text: the shell offers it whole and runs nothing of it."""

    def test_of_a_register(self):
        for shell in filter(shutil.which, START):
            self.assertEqual([], typed(shell, "say get \t\x15exit\r")[1], "a list of them")
            for keys, name in (("Ti\t", "Till 12"), ("Ка\t", "Касса 3"), ("\\$\t", "$(touch${IFS}PWNED)"), ("\\`\t", "`touch${IFS}PWNED`"),
                               ("o\t", "o'clock; touch PWNED"), ("a{\t" if shell == "bash" else "a\\{\t", "a{b,c}~")):
                with self.subTest(shell=shell, keys=keys):
                    self.assertEqual((f"<get><{name}>", []), typed(shell, f"say get {keys}\r"))

    def test_of_a_file(self):
        for shell in filter(shutil.which, START):
            made = "touch 'x $(touch PWNED)'\r"
            with self.subTest(shell=shell):
                self.assertEqual(("<replay><x $(touch PWNED)>", ["x $(touch PWNED)"]), typed(shell, f"{made}say replay x\t\r"))


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
            self.assertEqual(["*:register:compadd -a known"], rest(command), command)
        for command in ("status", "serve", "discover", "metrics"):
            self.assertEqual([], rest(command), command)
        self.assertEqual(["1:file:_files"], rest("replay"))
        self.assertEqual(["1:action:(install uninstall start stop reload status)"], rest("service"))
        self.assertEqual(rest("get"), rest("--lang", "ru", "get"))
        self.assertIn("discover", rest("help")[0])
