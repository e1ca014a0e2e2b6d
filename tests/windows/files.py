"""Files: names in Cyrillic, readers beside the writer, the program behind `--`."""
import json
import subprocess

from stage import FOLDER, Stage, exe, harness, of_wine, windows_path, wine


class FileTests(Stage):
    def test_a_cyrillic_folder_with_spaces(self):
        folder = FOLDER / f"Касса № 1 {self.arch}"
        folder.mkdir(exist_ok=True)
        with harness.Emulator() as kkt:
            done = self.run_exe("get", kkt.connect, "-o", windows_path(folder / "данные кассы.json"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        document = json.loads((folder / "данные кассы.json").read_text(encoding="utf-8"))
        self.assertEqual(document["metrics"]["device"]["model"], "АТОЛ 30Ф")
        self.assertEqual([p.name for p in folder.iterdir()], ["данные кассы.json"])

    def test_readers_that_share_for_reading_only(self):
        """An agent or an antivirus has the file open at the moment of the replacement, again and again."""
        target = FOLDER / f"atomic-{self.arch}.json"
        with harness.Emulator() as kkt:
            self.assertEqual(self.run_exe("get", kkt.connect, "-o", windows_path(target)).returncode, 0)
            reader = self.start("holder", "read", windows_path(target))
            for _ in range(6):
                done = self.run_exe("get", kkt.connect, "-o", windows_path(target))
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            said, _ = reader.communicate()
        self.assertRegex(said, r"^whole [1-9]\d* broken 0 gone 0$")

    def test_a_file_that_nobody_may_replace(self):
        target = FOLDER / f"held-{self.arch}.json"
        target.write_text("old")
        self.hold(windows_path(target))
        with harness.Emulator() as kkt:
            done = self.run_exe("get", kkt.connect, "-o", windows_path(target))
        self.assertEqual((done.returncode, target.read_text()), (1, "old"))
        self.assertIn(target.name, done.stderr)
        self.assertEqual(list(FOLDER.glob(f"held-{self.arch}.json.*")), [])

    def test_the_program_after_the_poll(self):
        marker = FOLDER / f"started-{self.arch}.json"
        with harness.Emulator() as kkt:
            done = self.run_exe("get", kkt.connect, "--", windows_path(exe(self.arch)), "get", kkt.connect, "-o",
                        windows_path(marker))
            self.assertEqual(done.returncode, 0)
            self.assertEqual(self.wait_for(marker)["state"], "ok")

    def test_the_program_may_be_a_shortcut(self):
        marker, shortcut = FOLDER / f"shortcut-{self.arch}.json", FOLDER / f"Касса {self.arch}.lnk"
        with harness.Emulator() as kkt:
            self.assertEqual(wine(self.arch, exe(self.arch, "holder"), "link", windows_path(shortcut), windows_path(exe(self.arch)),
                                  f'get {kkt.connect} -o "{windows_path(marker)}"').returncode, 0)
            done = self.run_exe("get", kkt.connect, "--", windows_path(shortcut))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(self.wait_for(marker)["state"], "ok")

    def test_the_program_may_be_a_document(self):
        """Opened by what the registry names for its kind, as a double click does."""
        marker, document = FOLDER / f"document-{self.arch}.json", FOLDER / f"смена {self.arch}.kkt"
        document.touch()
        classes = r"HKLM\Software\Classes"
        with harness.Emulator() as kkt:
            for key, value in ((r"\.kkt", "kktfile"), (r"\kktfile\shell\open\command",
                               f'"{windows_path(exe(self.arch))}" get {kkt.connect} -o "{windows_path(marker)}"')):
                wine(self.arch, "reg", "add", classes + key, "/ve", "/d", value, "/f", check=True)
            self.assertEqual(self.run_exe("get", kkt.connect, "--", windows_path(document)).returncode, 0)
            self.assertEqual(self.wait_for(marker)["state"], "ok")

    def test_a_program_that_is_not_there_is_told(self):
        """On stderr, and in a message box, which stays until somebody presses its button."""
        with harness.Emulator() as kkt:
            self.run_exe("--version")  # makes the profile
            process = self.start("zabbix-atol", "get", kkt.connect, "--lang", "ru", "--", r"C:\Нет\frontol.exe", stderr=subprocess.PIPE,
                                 encoding="utf-8")
            self.assertEqual(json.loads(process.stdout.readline())["state"], "ok")
            said = next(line for line in process.stderr if not of_wine(line))
            process.terminate()  # where there is a desktop the box waits
            process.stderr.close()
        self.assertRegex(said, r"Программа после `--` не запущена: C:\\Нет\\frontol.exe: [^a-z]+\(\d+\)\. Исправьте")

    def test_the_program_starts_with_a_broken_configuration(self):
        folder = FOLDER / f"broken {self.arch}"
        folder.mkdir()
        (folder / "a.yaml").write_text("registers: [{name: COM5, connect: 'tcp://h'}]\n")
        with harness.Emulator() as kkt:
            done = self.run_exe("get", "kassa-1", "-c", windows_path(folder / "a.yaml"), "--", windows_path(exe(self.arch)), "get",
                                kkt.connect, "-o", windows_path(folder / "started.json"))
            self.assertEqual(done.returncode, 2)
            self.assertIn("a.yaml:1: name \"COM5\"", done.stderr)
            self.assertEqual(self.wait_for(folder / "started.json")["state"], "ok")

    def test_the_emulators_files_in_a_cyrillic_folder(self):
        folder = FOLDER / f"Эмулятор {self.arch}"
        folder.mkdir()
        state = json.loads(wine(self.arch, exe(self.arch, "atol-emulator"), "--dump-state").stdout)
        state["device"]["model"] = "АТОЛ 27Ф"
        (folder / "состояние.json").write_text(json.dumps(state), encoding="utf-8")
        kkt = self.start("atol-emulator", "--tcp", "127.0.0.1:0", "--state", windows_path(folder / "состояние.json"), "--log",
                         windows_path(folder / "журнал"))
        address = kkt.stdout.readline().split()[1]
        self.assertEqual(kkt.stdout.readline().strip(), "ready")
        document = self.get(f"tcp://{address}")
        self.assertEqual(document["metrics"]["device"]["model"], "АТОЛ 27Ф")
        self.assertTrue((folder / "журнал").exists())
