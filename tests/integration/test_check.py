"""check with `push` in the configuration: what serve and zabbix_sender will need is tried before they need it."""
import os
import pathlib
import shutil
import tempfile
import unittest

from harness import powerless, run


class CheckPush(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="check-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.agent = self.folder / "agent.conf"
        self.agent.write_text(f"ServerActive=10.0.0.1,10.0.0.2\nTLSPSKFile={self.folder}/psk\n")
        (self.folder / "psk").write_text("00\n")
        (self.folder / "sender").write_text("#!/bin/sh\n")
        (self.folder / "sender").chmod(0o755)
        self.keys = {"agent_config": self.agent, "sender": self.folder / "sender", "spool": self.folder / "state" / "spool"}
        self.state = self.folder / "state"

    def check(self, *words):
        path = self.folder / "zabbix-atol.yaml"
        push = ", ".join(f"{key}: {value}" for key, value in self.keys.items())
        path.write_text(f"state_dir: {self.state}\npush: {{{push}}}\nregisters: []\n")
        return run("check", "-c", path, *words)

    def expect(self, line, *words):
        result = self.check(*words)
        self.assertEqual(result.status, 1, result.stdout)
        self.assertIn(line, result.stdout)

    def test_all_is_there(self):
        result = self.check()
        self.assertEqual(result.status, 0, result.stdout)
        for line in (f"[ok] Zabbix agent's file: {self.agent}, ServerActive: 2", f"[ok] TLSPSKFile: {self.folder}/psk",
                     f"[ok] zabbix_sender: {self.folder}/sender", f"[ok] state_dir: {self.state}",
                     f"[ok] spool: {self.state}/spool"):
            self.assertIn(line, result.stdout)
        self.assertFalse(self.state.exists(), "check makes nothing")

    def test_the_program_is_looked_for_along_path(self):
        self.keys["sender"] = "sender"
        self.expect("[!!] zabbix_sender: sender: no such file or directory")
        path = f"/nonexistent:{self.folder}:{os.environ['PATH']}"
        file = self.folder / "zabbix-atol.yaml"
        self.assertIn(f"[ok] zabbix_sender: {self.folder}/sender", run("check", "-c", file, env={"PATH": path}).stdout)

    def test_each_thing_that_lacks_is_named(self):
        (self.folder / "psk").unlink()
        self.expect(f"[!!] TLSPSKFile: {self.folder}/psk: no such file or directory")
        self.agent.write_text("Server=10.0.0.1\n")
        self.expect("ServerActive: 0")
        self.agent.unlink()
        self.expect(f"[!!] Файл агента Zabbix: Отказ системы: {self.agent}", "--lang", "ru")
        self.state = self.folder / "no" / "state"
        self.keys["spool"] = "/proc/none/spool"
        self.expect(f"[!!] state_dir: {self.state}: no such file or directory")
        self.expect("[!!] spool: /proc/none/spool: no such file or directory")

    def test_rights(self):
        self.check()
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o700)
        result = run("check", "-c", self.folder / "zabbix-atol.yaml", **powerless())
        self.assertEqual(result.status, 1, result.stdout)
        self.assertIn("Run `check` as the user of serve", result.stdout)


if __name__ == "__main__":
    unittest.main()
