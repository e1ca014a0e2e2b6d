"""The installer: msiexec /i, an upgrade over an edited configuration, /x; and what it leaves."""
import os
import re
import shutil
import subprocess

from service import RESTS, RUNNING
from stage import BUILD, FOLDER, PATIENCE, ROOT, WINE, drive, windows_path, wine

LATER = "1.0.1"


class InstallerTests:
    """Beside ServiceTests, whose helpers it uses."""

    def msi(self):
        return next(BUILD.glob(f"zabbix-atol-*-windows-{self.arch}.msi"))

    def later_msi(self):
        folder = FOLDER / f"later-{self.arch}"
        folder.mkdir(exist_ok=True)
        subprocess.run([ROOT / "tools/windows/msi.sh", self.arch], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "VERSION": LATER, "MSI_FOLDER": str(folder)})
        return folder / f"zabbix-atol-{LATER}-windows-{self.arch}.msi"

    def msiexec(self, how, package, *properties):
        # Not by pipes: the shell that it starts keeps them open for as long as the session lasts.
        done = subprocess.run([WINE, self.arch, FOLDER / self.arch, "msiexec", how, windows_path(package), "/qn", *properties],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0)

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
        self.msiexec("/x", later)
        self.assertEqual(config.read_bytes(), edited)
        self.assertEqual(self.versions(), [])
        self.assertFalse(self.place().exists())
        self.assertEqual(list(drive(self.arch).rglob("zabbix-atol*.lnk")), [])
        said = wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol")
        self.assertNotEqual(said.returncode, 0)

        self.msiexec("/i", later)
        self.msiexec("/x", later, "PURGE=1")
        self.assertFalse(self.data_folder().exists())
        self.assertFalse(self.place().exists())

    def test_the_installers_are_the_same_again(self):
        """The same source gives the same bytes."""
        folder = FOLDER / f"again-{self.arch}"
        folder.mkdir()
        before = self.msi().read_bytes()
        subprocess.run([ROOT / "tools/windows/msi.sh", self.arch], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "MSI_FOLDER": str(folder)})
        self.assertEqual(next(folder.glob("*.msi")).read_bytes(), before)
