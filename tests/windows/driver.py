"""The vendor's driver: found as its wrappers find it, read by our program."""
import json
import pathlib
import shutil

from stage import DRIVER, FOLDER, Stage, exe, harness, linux, metrics, windows_path, wine

OTHER = {"x64": "x86", "x86": "x64"}
KEY = r"HKLM\SOFTWARE\ATOL\Drivers\10.0\KKT"
OWN_VIEW = {"x64": "64", "x86": "32"}
OTHER_VIEW = {"x64": "32", "x86": "64"}


class DriverTests(Stage):
    def test_vendors_driver_equals_that_of_linux(self):
        """tests/differential compares the driver of Linux with the native clients."""
        library = self.driver(self.arch, f"driver-{self.arch}") / "bin" / "fptr10.dll"
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol) as kkt:
                told = self.get(f"driver:tcp/{kkt.address}?lib={windows_path(library)}")
                self.assertEqual((told["state"], told["protocol"]), ("ok", protocol))
                same = f"driver:tcp/{kkt.address}?lib={pathlib.Path(DRIVER) / 'linux-x64' / 'libfptr10.so'}"
                self.assertEqual(metrics(told), metrics(linux(same)))

    def test_the_other_bitness_is_told_apart_from_absence(self):
        other = OTHER[self.arch]
        library = self.driver(other, f"driver-{other}") / "bin" / "fptr10.dll"
        done = self.run_exe("get", f"driver:tcp/127.0.0.1:9?lib={windows_path(library)}")
        document = json.loads(done.stdout)
        self.assertEqual((done.returncode, document["state"]), (1, "prerequisite"))
        self.assertIn(f"-windows-{other}.zip", document["error"])
        done = self.run_exe("get", "driver:usb?lib=C:\\nothing\\fptr10.dll")
        self.assertIn("no such file", json.loads(done.stdout)["error"])

    def installed(self, view, folder):
        """INSTALL_DIR in one view of the registry, until the test ends; "" as an installer leaves it behind."""
        folder = windows_path(folder) if folder else ""
        wine(self.arch, "reg", "add", KEY, "/v", "INSTALL_DIR", "/t", "REG_SZ", "/d", folder, "/f", f"/reg:{view}", check=True)
        self.addCleanup(wine, self.arch, "reg", "delete", KEY, "/f", f"/reg:{view}")

    def loaded(self):
        """What `check` says of the driver."""
        done = self.run_exe("check", "driver:usb")
        return next(line for line in done.stdout.splitlines() if "vendor's driver" in line)

    def test_the_registry_of_the_own_view_comes_first(self):
        own = self.driver(self.arch, f"driver-{self.arch}")
        if self.arch == "x64":  # the prefix of the x86 programs is a 32-bit Windows: its two views are one
            self.installed(OTHER_VIEW[self.arch], self.driver(OTHER[self.arch], f"driver-{OTHER[self.arch]}"))
        self.installed(OWN_VIEW[self.arch], own)
        self.assertIn(windows_path(own / "bin" / "fptr10.dll"), self.loaded())

    def test_a_fitting_driver_is_found_behind_one_of_the_other_bitness(self):
        if self.arch == "x86":
            self.skipTest("the prefix of the x86 programs is a 32-bit Windows: its two views are one")
        own = self.driver(self.arch, f"driver-{self.arch}")
        other = self.driver(OTHER[self.arch], f"driver-{OTHER[self.arch]}")
        self.installed(OWN_VIEW[self.arch], other)
        self.assertIn(f"-windows-{OTHER[self.arch]}.zip", self.loaded())
        self.installed(OTHER_VIEW[self.arch], own)
        self.assertIn(windows_path(own / "bin" / "fptr10.dll"), self.loaded())

    def test_an_empty_view_is_passed_over(self):
        own = self.driver(self.arch, f"driver-{self.arch}")
        self.installed(OWN_VIEW[self.arch], None)
        self.assertIn("not in the vendor's folders", self.loaded())
        if self.arch == "x64":
            self.installed(OTHER_VIEW[self.arch], own)
            self.assertIn(windows_path(own / "bin" / "fptr10.dll"), self.loaded())

    def test_the_current_folder_and_path_plant_no_driver(self):
        folder = self.driver(self.arch, f"driver-{self.arch}") / "bin"
        command = f"cd /d {windows_path(folder)} && set PATH={windows_path(folder)};%PATH% && {windows_path(exe(self.arch))} check driver:usb"
        self.assertIn("not in the vendor's folders", wine(self.arch, "cmd", "/c", command).stdout)

    def test_the_folder_of_the_program_is_looked_into(self):
        folder = FOLDER / f"beside {self.arch}"
        shutil.copytree(self.driver(self.arch, f"driver-{self.arch}") / "bin", folder)
        shutil.copy(exe(self.arch), folder)
        done = wine(self.arch, folder / "zabbix-atol.exe", "check", "driver:usb")
        self.assertIn(windows_path(folder / "fptr10.dll"), done.stdout)

    def test_a_cyrillic_profile(self):
        """The program, its driver's worker and the driver in a Cyrillic profile."""
        profile = FOLDER / f"Кассир № 1 {self.arch}"
        shutil.copytree(self.driver(self.arch, f"driver-{self.arch}"), profile / "Драйвер ККТ")
        shutil.copy(exe(self.arch), profile)
        (profile / "Temp").mkdir()
        library = windows_path(profile / "Драйвер ККТ" / "bin" / "fptr10.dll")
        for key, name, value in (("Volatile Environment", "USERPROFILE", profile), ("Volatile Environment", "APPDATA", profile),
                                 ("Environment", "TEMP", profile / "Temp"), ("Environment", "TMP", profile / "Temp")):
            wine(self.arch, "reg", "add", f"HKCU\\{key}", "/v", name, "/d", windows_path(value), "/f", check=True)
            self.addCleanup(wine, self.arch, "reg", "delete", f"HKCU\\{key}", "/v", name, "/f")
        with harness.Emulator() as kkt:
            done = wine(self.arch, profile / "zabbix-atol.exe", "get", f"driver:tcp/{kkt.address}?lib={library}", "-o",
                        windows_path(profile / "Temp" / "данные.json"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            document = json.loads((profile / "Temp" / "данные.json").read_text(encoding="utf-8"))
            self.assertEqual(metrics(document)["device.model"], metrics(linux(kkt.connect))["device.model"])
