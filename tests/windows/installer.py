"""The installer: msiexec /i, an upgrade over an edited configuration, /x; and what it leaves."""
import os
import pathlib
import re
import shutil
import subprocess

from agents import LINUX, AgentsMixin
from service import RESTS, RUNNING
from setup import LINE
from stage import BUILD, FOLDER, PATIENCE, ROOT, WINE, c_path, drive, exe, windows_path, wine

LATER = "1.0.1"


class InstallerTests(AgentsMixin):
    """Beside ServiceTests, whose helpers it uses."""

    def msi(self):
        return next(BUILD.glob(f"zabbix-atol-*-windows-{self.arch}.msi"))

    def later_msi(self):
        folder = FOLDER / f"later-{self.arch}"
        folder.mkdir(exist_ok=True)
        subprocess.run([ROOT / "tools/windows/msi.sh", self.arch], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "VERSION": LATER, "MSI_FOLDER": str(folder)})
        return folder / f"zabbix-atol-{LATER}-windows-{self.arch}.msi"

    def msiexec(self, how, package, *properties, refused=False):
        """What stands in the installer's log. Not by pipes: the shell that it starts keeps them open for as long as the session lasts."""
        log = FOLDER / f"msi-{self.arch}.log"
        log.unlink(missing_ok=True)
        done = subprocess.run([WINE, self.arch, FOLDER / self.arch, "msiexec", how, windows_path(package), "/qn", "/l*v", windows_path(log),
                               *properties], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        said = log.read_bytes().decode("utf-16" if log.read_bytes()[:2] == b"\xff\xfe" else "utf-8", "replace") if log.exists() else ""
        self.assertEqual(done.returncode != 0, refused, said[-3000:])
        return said.replace("\r", "")

    def versions(self):
        """Versions by the list of installed programs."""
        said = wine(self.arch, "reg", "query", r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall", "/s").stdout
        rows = said.replace("\r", "").split("HKEY_LOCAL_MACHINE")
        return [row.split("DisplayVersion")[1].split()[1] for row in rows if "zabbix-atol" in row]

    def place(self):
        return drive(self.arch) / "Program Files" / "zabbix-atol"

    def clean(self):
        shutil.rmtree(self.place(), ignore_errors=True)
        shutil.rmtree(self.data_folder(), ignore_errors=True)

    def test_install_upgrade_and_removal(self):
        self.run_exe("--version")  # makes the profile
        self.clean()
        self.addCleanup(self.clean)
        kkt, address = self.start_kkt()
        self.msiexec("/i", self.msi())
        self.assertEqual(len(self.versions()), 1)
        for name in ("zabbix-atol.exe", "zabbix-atol.conf", "zabbix-atol.sample.yaml", "README.ru.txt", "third-party.txt"):
            self.assertTrue((self.place() / name).exists(), name)
        self.assertTrue(list(drive(self.arch).rglob("zabbix-atol check.lnk")))
        config = self.data_folder() / "zabbix-atol.yaml"
        config.parent.mkdir()
        self.write_config(config.parent, [address])
        edited = config.read_bytes() + "# правка администратора\r\n".encode()
        config.write_bytes(edited)
        self.service("install")
        self.service("start")
        self.wait_for(config.parent / "state" / "kassa-1.json")
        first = self.serve_process()

        later = self.later_msi()
        self.msiexec("/i", later)
        self.assertEqual(self.versions(), [LATER])
        self.assertEqual(config.read_bytes(), edited)
        self.assertEqual(self.state(status=RUNNING), "running")
        self.assertNotEqual(self.serve_process(), first)
        self.assertEqual(len(re.findall(r"info \w+: stopped", self.log())), 1, "the upgrade stopped it in order")

        self.service("stop")
        self.assertEqual(self.state(status=RESTS), "stopped")
        self.msiexec("/x", later, "KEEP=1")
        self.assertEqual(config.read_bytes(), edited)
        self.assertTrue((config.parent / "state").exists())
        self.assertEqual(self.versions(), [])
        self.assertFalse(self.place().exists())
        self.assertEqual(list(drive(self.arch).rglob("zabbix-atol*.lnk")), [])
        said = wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol")
        self.assertNotEqual(said.returncode, 0)

        self.msiexec("/i", later)
        self.msiexec("/x", later)
        self.nothing_is_left()

    def nothing_is_left(self):
        self.assertFalse(self.data_folder().exists())
        self.assertFalse(self.place().exists())
        self.assertEqual(self.versions(), [])
        for key in (r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol", r"HKLM\SOFTWARE\zabbix-atol\Upgrade",
                    r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\zabbix-atol"):
            self.assertNotEqual(wine(self.arch, "reg", "query", key).returncode, 0, key)

    def test_properties_set_up_register_agent_and_service(self):
        """And an upgrade leaves them; a removal leaves an agent that starts, and nothing else."""
        self.run_exe("--version")
        self.clean()
        self.addCleanup(self.clean)
        config = self.add_agent()
        fresh, first = config.read_bytes(), self.agent_process()
        address = f"tcp://{self.emulator()}"
        said = self.msiexec("/i", self.msi(), "NAME=kassa 7", f"CONNECT={address}", "AGENT=1", "SERVICE=1")
        self.assertIn("(+) Registers written", said, "what setup did stands in the installer's log")
        rows = self.data_folder() / "registers.d" / "setup.yaml"
        self.assertIn(f'  - name: "kassa 7"\n    connect: "{address}"\n', rows.read_text(encoding="utf-8"))
        self.assertEqual(config.read_bytes(), fresh + LINE.encode())
        self.assertNotIn(self.agent_process(), (None, first))
        self.assertEqual(self.wait_for(self.data_folder() / "state" / "kassa 7.json")["state"], "ok")
        self.assertIn('"state":"ok"', self.asked_by_linux(config, "kkt.get[kassa 7]").replace(" ", "").replace('": ', '":'))

        before = {path: path.read_bytes() for path in (rows, config, self.data_folder() / "zabbix-atol.yaml")}
        later = self.later_msi()
        self.msiexec("/i", later, "NAME=other", "CONNECT=tcp://127.0.0.1:1", "AGENT=1")
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        self.assertEqual(self.state(status=RUNNING), "running")

        self.msiexec("/x", later)
        self.assertEqual(config.read_bytes(), fresh)
        self.nothing_is_left()
        self.assertIsNotNone(self.agent_process())
        for program in LINUX:
            self.assertRegex(self.asked_by_linux(config, "agent.ping", program), r"\|1\]")

    def table(self, msi, name):
        """Rows of a table of the installer."""
        said = subprocess.run(["msiinfo", "export", msi, name], capture_output=True, text=True, check=True).stdout.replace("\r", "")
        return [line.split("\t") for line in said.splitlines()[3:]]

    def test_the_other_bitness_of_the_same_version_is_found(self):
        """By attribute 512 of the table of upgrades: its version itself counts."""
        for msi in BUILD.glob("zabbix-atol-*-windows-*.msi"):
            upgrade = {row[-1]: row for row in self.table(msi, "Upgrade")}["WIX_UPGRADE_DETECTED"]
            self.assertEqual([upgrade[2], upgrade[4]], [msi.name.split("-")[2], "513"], msi.name)

    def other_bitness(self):
        """This Wine has one bitness, so another product of ours, in the folder of the other, stands in for it."""
        msi = FOLDER / "other.msi"
        shutil.copy(self.msi(), msi)
        queries = ("UPDATE `Property` SET `Value`='{0D5A8B2E-6F0C-4B1B-9E53-6A1D54F0C0DE}' WHERE `Property`='ProductCode'",
                   "INSERT INTO `Directory` (`Directory`, `Directory_Parent`, `DefaultDir`) VALUES ('ProgramFilesFolder', 'TARGETDIR', 'PFiles')",
                   "UPDATE `Directory` SET `Directory_Parent`='ProgramFilesFolder' WHERE `Directory`='INSTALLDIR'")
        subprocess.run(["msibuild", msi, *(word for query in queries for word in ("-q", query))], check=True)
        return msi

    def test_x64_is_refused_beside_x86(self):
        """They would share configuration, service and the agents' lines, and the removal of one would take those of the other."""
        if self.arch == "x86":
            self.skipTest("its Windows has no 64 bits")
        self.run_exe("--version")
        other, there = self.other_bitness(), drive(self.arch) / "Program Files (x86)" / "zabbix-atol"
        self.clean()
        self.addCleanup(self.clean)
        self.addCleanup(shutil.rmtree, there, True)
        self.msiexec("/i", other)
        self.assertTrue((there / "zabbix-atol.exe").exists())
        said = self.msiexec("/i", self.msi(), refused=True)
        self.assertRegex(said, "zabbix-atol: MSI: zabbix-atol (of the other bitness|другой разрядности).*(Nothing was changed|Ничего не изменено)")
        self.assertEqual((len(self.versions()), self.place().exists(), (there / "zabbix-atol.exe").exists()), (1, False, True))
        self.msiexec("/x", other)
        self.assertFalse(there.exists())
        self.msiexec("/i", self.msi())
        self.msiexec("/x", self.msi())
        self.nothing_is_left()

    def test_no_service_is_asked_for(self):
        self.run_exe("--version")
        self.clean()
        self.addCleanup(self.clean)
        self.msiexec("/i", self.msi(), "SERVICE=0")
        self.assertNotEqual(wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol").returncode, 0)
        self.msiexec("/x", self.msi())
        self.nothing_is_left()

    def test_the_line_that_was_made_by_hand_goes_too(self):
        self.run_exe("--version")
        self.clean()
        self.addCleanup(self.clean)
        self.msiexec("/i", self.msi())
        config = self.add_agent(text=f"Server=a\r\nInclude={c_path(self.place())}\\zabbix-atol.conf\r\n")
        self.msiexec("/x", self.msi())
        self.assertEqual(config.read_bytes(), b"Server=a\r\n")
        self.assertIsNotNone(self.agent_process())
        self.nothing_is_left()

    def test_wrong_properties_change_nothing(self):
        """One sentence in the installer's log; no file, no service, no agent's line."""
        self.run_exe("--version")
        self.clean()
        self.addCleanup(self.clean)
        for properties, sentence in (
                (["CONNECT=nonsense://x"], "CONNECT: "), (["CONNECT=serial:"], "CONNECT: "), (["NAME=kassa-1"], "NAME: "),
                (["NAME=a/b", "CONNECT=tcp://10.0.0.15"], "NAME: "), (["NAME=--remove", "CONNECT=tcp://10.0.0.15"], "NAME: "),
                (["AGENT=1"], "AGENT: "), (["AGENT=C:\\nothing.conf"], "AGENT: "), (["SERVICE=1"], "SERVICE: "), (["SERVICE=yes"], "SERVICE: ")):
            with self.subTest(properties):
                said = self.msiexec("/i", self.msi(), *properties, refused=True)
                self.assertRegex(said, rf"zabbix-atol: {sentence}.*(Nothing was changed|Ничего не изменено)")
                self.nothing_is_left()

    def test_the_installers_are_the_same_again(self):
        """The same source gives the same bytes."""
        folder = FOLDER / f"again-{self.arch}"
        folder.mkdir()
        before = self.msi().read_bytes()
        subprocess.run([ROOT / "tools/windows/msi.sh", self.arch], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "MSI_FOLDER": str(folder)})
        self.assertEqual(next(folder.glob("*.msi")).read_bytes(), before)

    def test_signed_with_a_certificate(self):
        """SIGN_CERT: a program and an installer that osslsigncode verifies; one changed byte, and it does not."""
        folder = FOLDER / f"signed-{self.arch}"
        folder.mkdir()
        for command in (["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
                         "-subj", "/CN=tests", "-addext", "extendedKeyUsage=codeSigning"],
                        ["openssl", "pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "cert.p12", "-passout", "file:password"]):
            (folder / "password").write_text("secret\n")
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        environment = {**os.environ, "SIGN_CERT": str(folder / "cert.p12"), "SIGN_PASS_FILE": str(folder / "password"), "MSI_FOLDER": str(folder)}
        subprocess.run([ROOT / "tools/windows/msi.sh", self.arch], check=True, stdout=subprocess.DEVNULL, env=environment)
        program = pathlib.Path(shutil.copy(exe(self.arch), folder))
        subprocess.run(["bash", "-c", '. tools/windows/common.sh; sign "$1"', "sign", program], cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
                       env=environment)
        for signed in (program, next(folder.glob("*.msi"))):
            self.assertEqual(self.verified(signed, folder), 0, signed)
            damaged = bytearray(signed.read_bytes())
            damaged[damaged.index(b"zabbix")] ^= 1
            signed.write_bytes(damaged)
            self.assertNotEqual(self.verified(signed, folder), 0, signed)

    def verified(self, file, folder):
        return subprocess.run(["osslsigncode", "verify", "-CAfile", folder / "cert.pem", "-in", file], capture_output=True).returncode
