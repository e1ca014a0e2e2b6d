"""What a Zabbix server can make an agent do: every key of tests/data/item-keys.txt through the real agents with the file
that we ship, and straight through the command line. No file is touched, nothing is contacted, and the answer is a document."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import PATIENCE, ROOT, Emulator, program, run

KEYS = (ROOT / "tests/data/item-keys.txt").read_text(encoding="utf-8").splitlines()
AGENTS = {"zabbix_agentd": "AllowRoot=1\n", "zabbix_agent2": "ControlSocket={folder}/agent2.sock\n"}
SHIPPED = {"linux": ROOT / "zabbix_agentd.d/zabbix-atol.conf", "windows": ROOT / "packaging/windows/zabbix-atol.conf"}


class Witness:
    """A listener that must see no connection."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        return self

    def contacted(self):
        try:
            self.socket.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def __exit__(self, *_):
        self.socket.close()


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.victim = self.folder / "victim"
        self.victim.write_text("untouched")
        self.library = self.folder / "evil.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", self.library], check=True, text=True, timeout=PATIENCE,
                       input="#include <stdio.h>\n__attribute__((constructor)) static void loaded(void)\n"
                             f"{{ FILE *f = fopen(\"{self.folder}/loaded\", \"w\"); if (f) fclose(f); }}\n")
        self.config = self.folder / "zabbix-atol.yaml"

    def configure(self, connect):
        self.config.write_text(f"registers: [{{name: kassa-1, connect: '{connect}'}}]\n")

    def real(self, text, witness):
        return (text.replace("VICTIM", str(self.victim)).replace("/srv/evil.so", str(self.library))
                .replace("127.0.0.1:22", f"127.0.0.1:{witness.port}"))

    def untouched(self, witness, key):
        self.assertEqual("untouched", self.victim.read_text(), key)
        self.assertFalse((self.folder / "loaded").exists(), f"{key}: a library was loaded")
        self.assertFalse(witness.contacted(), f"{key}: a connection was made")
        self.assertEqual({"victim", "evil.so", "zabbix-atol.yaml"} | self.agents_files, set(os.listdir(self.folder)), key)

    agents_files = frozenset()

    def refused(self, document, key):
        self.assertEqual("prerequisite", document["state"], key)
        self.assertNotEqual("", document["error"], key)
        self.assertNotIn("metrics", document)


class CommandLine(Keys):
    def test_every_key_is_refused_with_a_document(self):
        self.configure("tcp://127.0.0.1:1")
        self.assertGreater(len(KEYS), 12)
        with Witness() as witness:
            for line in KEYS:
                word = re.fullmatch(r"kkt\.get\[(.*)\]", self.real(line, witness)).group(1)
                with self.subTest(word=word):
                    done = run("get", f"--register={word}", "--configured", "-c", self.config, cwd=self.folder)
                    self.assertEqual(2, done.status, done.stderr)
                    self.refused(done.document, word)
                    self.untouched(witness, word)

    def test_the_words_of_the_keys_as_arguments_do_no_harm_either(self):
        """As an agent's file of an earlier version has them: get "$1"."""
        self.configure("tcp://127.0.0.1:1")
        with Witness() as witness:
            for word in ("--output=VICTIM", "-oVICTIM", "--config=VICTIM", "--trace=VICTIM", "--format=seed", "", " "):
                word = self.real(word, witness)
                with self.subTest(word=word):
                    done = run("get", word, "--timeout", "12s", cwd=self.folder)
                    self.assertEqual(2, done.status, done.stderr)
                    self.refused(done.document, word)
                    self.untouched(witness, word)

    def test_a_configured_name_is_read(self):
        with Emulator() as kkt:
            self.configure(kkt.connect)
            done = run("get", "--register=kassa-1", "--configured", "-c", self.config)
        self.assertEqual(0, done.status, done.stderr)
        self.assertEqual(("kassa-1", "ok"), (done.document["name"], done.document["state"]))

    def test_a_near_name_is_named_and_an_address_said_to_be_one(self):
        self.configure("tcp://127.0.0.1:1")
        near = run("get", "--register=kassa1", "--configured", "-c", self.config).document
        self.assertIn('Did you mean "kassa-1"?', near["error"])
        address = run("get", "--register=tcp://127.0.0.1:1", "--configured", "-c", self.config).document
        self.assertIn("only names of the configuration", address["error"])

    def test_no_name_of_the_configuration_begins_with_a_dash(self):
        for name in ("-o", "-", "--output=x"):
            self.config.write_text(f"registers: [{{name: '{name}', connect: 'tcp://127.0.0.1:1'}}]\n")
            done = run("get", "--register=kassa-1", "--configured", "-c", self.config)
            self.assertEqual(2, done.status)
            self.assertIn("zabbix-atol.yaml:1", done.document["error"])


class Agents(Keys):
    """`zabbix-atol` in PATH is a script that gives the real program the configuration of the test."""
    agents_files = frozenset({"zabbix-atol", "zabbix_agentd.conf", "zabbix_agent2.conf"})

    def setUp(self):
        super().setUp()
        script = self.folder / "zabbix-atol"
        script.write_text(f'#!/bin/sh\nexec "{program()}" "$@" -c "{self.config}"\n')
        script.chmod(0o755)
        for name, extra in AGENTS.items():
            (self.folder / f"{name}.conf").write_text("LogType=console\nServer=127.0.0.1\nHostname=test\n" +
                                                      extra.format(folder=self.folder) + f"Include={SHIPPED['linux']}\n")

    def ask(self, agent, key):
        done = subprocess.run([shutil.which(agent, path=os.environ["PATH"] + ":/usr/sbin"), "-c", self.folder / f"{agent}.conf", "-t", key],
                              capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=self.folder,
                              env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "ZABBIX_ATOL_LANG": "en"})
        found = re.search(r"\[([a-z])\|(.*)\]\s*\Z", done.stdout, re.S)
        self.assertIsNotNone(found, f"{agent} {key}: {done.stdout}{done.stderr}")
        return found.group(1), found.group(2)

    def test_every_key(self):
        self.configure("tcp://127.0.0.1:1")
        with Witness() as witness:
            for agent in AGENTS:
                for line in KEYS:
                    key = self.real(line, witness)
                    with self.subTest(agent=agent, key=key):
                        kind, value = self.ask(agent, key)
                        if "?" in key:
                            # The agent itself lets no such character into a command.
                            self.assertEqual("m", kind, value)
                            self.assertRegex(value, "(?i)special characters|not allowed")
                        else:
                            self.assertIn(kind, "ts", value)
                            self.refused(json.loads(value), key)
                        self.untouched(witness, key)

    def test_a_configured_register_is_read(self):
        with Emulator() as kkt:
            self.configure(kkt.connect)
            for agent in AGENTS:
                with self.subTest(agent=agent):
                    kind, value = self.ask(agent, "kkt.get[kassa-1]")
                    self.assertIn(kind, "ts", value)
                    self.assertEqual("ok", json.loads(value)["state"])
                    self.assertEqual("kassa-1", json.loads(self.ask(agent, "kkt.discovery")[1])[0]["{#KKT.NAME}"])


class ShippedFiles(unittest.TestCase):
    def test_both_are_ascii_and_let_nothing_but_configured_names_through(self):
        for system, path in SHIPPED.items():
            with self.subTest(system=system):
                text = path.read_bytes().decode("ascii")
                self.assertNotIn("system.run", text)
                active = [line for line in text.splitlines() if line.startswith("UserParameter=kkt.get")]
                self.assertEqual(1, len(active))
                self.assertIn('get --register="$1" --configured', active[0])
                self.assertIn('#UserParameter=kkt.get[*],', text)
                discovery, = [line for line in text.splitlines() if line.startswith("UserParameter=kkt.discovery,")]
                self.assertRegex(discovery, "discover --lld$", "what is wrong with the configuration shall stand at the rule")
