"""`setup` on Windows: agents by their services, the line of their files, registers, the configuration."""
import json
import re
import shutil

from agents import LINUX, SECOND, AgentsMixin
from ports import USB
from stage import BUILD, FOLDER, c_path, drive, exe, harness, windows_path, wine

LINE = "Include=C:\\ProgramData\\zabbix-atol\\zabbix-atol.conf\r\n"


class SetupTests(AgentsMixin):
    """Beside ServiceTests and PortTests, whose helpers it uses."""

    def setup(self, *words, status=0):
        done = wine(self.arch, self.whole_program(), "setup", "--lang", "en", *words)
        self.assertEqual(done.returncode, status, (done.stdout, done.stderr))
        return (done.stdout + done.stderr).replace("\r", "")

    def whole_program(self):
        """The program with the file for the agent beside it, and no configuration."""
        program = self.program()
        shutil.copy(BUILD / "package" / self.arch / "zabbix-atol" / "zabbix-atol.conf", program.parent)
        self.addCleanup(shutil.rmtree, self.data_folder(), ignore_errors=True)
        return program

    def everything(self):
        """All that `setup` may touch."""
        folders = (drive(self.arch) / "ProgramData" / "zabbix-atol", *sorted((drive(self.arch) / "Program Files").glob("Zabbix Agent*")))
        return {path: path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}

    def another_register(self):
        """One with a serial number of its own."""
        state = json.loads(wine(self.arch, exe(self.arch, "atol-emulator"), "--dump-state").stdout)
        state["device"]["serial"] = "00106100000002"
        path = FOLDER / f"another-{self.arch}.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        kkt = self.start("atol-emulator", "--tcp", "127.0.0.1:0", "--state", windows_path(path))
        return kkt.stdout.readline().split()[1]

    def changes_nothing(self, *words, status, said):
        before = self.everything()
        self.assertIn(said, self.setup(*words, status=status))
        self.assertEqual(self.everything(), before)

    def test_setup_with_an_agent(self):
        self.program()
        config = self.add_agent()
        fresh, first = config.read_bytes(), self.agent_process()
        address = f"tcp://{self.emulator()}"
        self.changes_nothing(address, "--dry-run", status=0, said="Would include the user parameters in the agent's file: C:\\Program Files\\Zabbix Agent")
        self.changes_nothing(address, status=2, said="Add --yes")
        self.changes_nothing("--yes", status=1, said="No register was found")
        self.changes_nothing("tcp://127.0.0.1:1", "--yes", status=1, said="refused")
        said = self.setup(address, "--yes")
        for part in ("Registers written", "User parameters written", "included in the agent's file", "Agent restarted: Zabbix Agent",
                     "kkt.get[kassa-1] = ok, АТОЛ 30Ф", "Program Files\\zabbix-atol\\templates"):
            self.assertIn(part, said)
        self.assertEqual(config.read_bytes(), fresh + LINE.encode())
        self.assertNotIn(self.agent_process(), (None, first))
        for program in LINUX:
            answer = self.asked_by_linux(config, "kkt.get[kassa-1]", program)
            self.assertIn('"state":"ok"', answer)
        self.assertEqual(self.asked_by_linux(config, "kkt.discovery").count("kassa-1"), 1)
        self.changes_nothing(address, "--yes", status=0, said="Nothing to change")
        self.assertIn(f"[ok] Zabbix agent: {c_path(config)}", wine(self.arch, self.program(), "check", "--lang", "en").stdout)

        second = f"tcp://{self.another_register()}"
        main = self.data_folder() / "zabbix-atol.yaml"
        edited = main.read_bytes() + "# правка администратора\r\n".encode()
        main.write_bytes(edited)
        self.assertIn("kkt.get[kassa-2] = ok", self.setup(second, "--yes"))
        self.assertEqual(main.read_bytes(), edited, "only the file of setup gets the new register")

        said = self.setup("--remove", "--yes")
        for part in ("Registers removed", "User parameters removed", "Agent restarted"):
            self.assertIn(part, said)
        self.assertEqual(config.read_bytes(), fresh)
        self.assertIsNotNone(self.agent_process())
        self.assertIn("[s|1]", re.sub(r"\[u\|1\]", "[s|1]", self.asked_by_linux(config, "agent.ping")))
        self.changes_nothing("--remove", "--yes", status=0, said="Nothing to change")

    def test_setup_finds_a_register_on_usb_and_agent_2(self):
        """By its USB ids; the port's number may have two digits."""
        self.emulator()  # keeps Wine's session, and with it the keys of HKLM HARDWARE
        self.program()
        self.add_agent("Zabbix Agent 2", "zabbix_agent2", SECOND, "-c")
        with harness.Emulator("--protocol", "5", pty=True) as kkt:
            self.map_port(kkt.device, "com25")
            self.add(USB.format(interface=0), "PortName", "COM25")
            self.add(r"HKLM\HARDWARE\DEVICEMAP\SERIALCOMM", r"\Device\USBSER0", "COM25")
            said = self.setup("--yes", "--timeout", "60s")
            self.assertIn("kassa-1 = serial:COM25, АТОЛ", said)
            self.assertIn("Agent restarted: Zabbix Agent 2", said)
            self.assertIn("kkt.get[kassa-1] = ok", said)
        rows = (self.data_folder() / "registers.d" / "setup.yaml").read_text(encoding="utf-8")
        self.assertIn('connect: "serial:COM25"', rows)

    def test_an_agent_that_would_not_start_keeps_its_file(self):
        """Its own kkt.get stands in the way; it is asked before it is stopped."""
        self.program()
        config = self.add_agent(text="UserParameter=kkt.get[*],echo mine\r\n")
        before, process = config.read_bytes(), self.agent_process()
        said = self.setup(f"tcp://{self.emulator()}", "--yes", status=1)
        self.assertIn("key already exists", said)
        self.assertIn("see [!!] above", said)
        self.assertEqual((config.read_bytes(), self.agent_process()), (before, process))
        self.assertFalse((self.data_folder() / "zabbix-atol.conf").exists())

    def test_an_agents_file_from_notepad(self):
        """A byte order mark, at which the agent stops, goes; UTF-16 is told and left."""
        self.program()
        config = self.add_agent(text="Server=a\r\n".encode("utf-16"), start=False)
        before = config.read_bytes()
        self.assertIn("UTF-16", self.setup(f"tcp://{self.emulator()}", "--yes", status=1))
        self.assertEqual(config.read_bytes(), before)
        config.write_bytes(b"\xef\xbb\xbfServer=a\r\n")
        self.assertIn("kkt.get[kassa-1] = ok", self.setup("--yes"))
        self.assertEqual(config.read_bytes(), b"Server=a\r\n" + LINE.encode())

    def test_an_agent_that_includes_a_folder_or_our_file(self):
        """The parameters go where the agent looks already; a line made by hand gives way, else every key were there twice."""
        self.program()
        by_hand = f"Include={c_path(self.program().parent)}\\zabbix-atol.conf\r\n"
        config = self.add_agent(text="Server=a\r\nInclude=C:\\Program Files\\Zabbix Agent\\conf.d\\*.conf\r\n" + by_hand, start=False)
        (config.parent / "conf.d").mkdir()
        self.assertIn("kkt.get[kassa-1] = ok", self.setup(f"tcp://{self.emulator()}", "--yes"))
        self.assertTrue((config.parent / "conf.d" / "zabbix-atol.conf").exists())
        self.assertNotIn("zabbix-atol", config.read_text())
        self.setup("--remove", "--yes")
        self.assertEqual(list((config.parent / "conf.d").iterdir()), [])

    def test_without_an_agent_its_installer_is_told(self):
        said = self.setup(f"tcp://{self.emulator()}", "--yes", status=1)
        self.assertIn('INCLUDE="C:\\ProgramData\\zabbix-atol\\zabbix-atol.conf"', said)
        text = (self.data_folder() / "zabbix-atol.conf").read_bytes()
        self.assertEqual(text, text.decode("ascii").encode())
        self.assertIn(c_path(self.program()).encode(), text)

    def test_a_folder_that_others_may_write_is_refused(self):
        self.whole_program()
        self.data_folder().mkdir()
        self.data_folder().chmod(0o777)
        said = self.setup(f"tcp://{self.emulator()}", "--yes", status=1)
        self.assertIn("Others than administrators may change this", said)
        self.assertEqual(list(self.data_folder().iterdir()), [])
