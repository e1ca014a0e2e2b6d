"""The service's life, and serve at a console."""
import fcntl
import os
import shutil
import signal
import subprocess
import termios

from stage import FOLDER, PATIENCE, WINE, Stage, exe, windows_path, wine


class ServiceTests(Stage):
    def serve_files(self, name):
        """A folder with a configuration of one emulated register, which runs under Wine and so keeps the session alive."""
        folder = FOLDER / f"Служба {name} {self.arch}"
        folder.mkdir()
        address = self.emulator()
        (folder / "zabbix-atol.yaml").write_text(
            f"state_dir: '{windows_path(folder / 'state')}'\ndefaults: {{interval: 2s}}\n"
            f"registers: [{{name: kassa-1, connect: 'tcp://{address}'}}]\n", encoding="utf-8")
        return folder

    def service(self, *words, status=0):
        done = self.run_exe("service", *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return (done.stdout + done.stderr).strip()

    def data_folder(self):
        """ProgramData\\zabbix-atol of the Wine profile."""
        return FOLDER / self.arch / "drive_c" / "ProgramData" / "zabbix-atol"

    def install(self, folder):
        said = self.service("install", "-c", windows_path(folder / "zabbix-atol.yaml"))
        self.addCleanup(self.run_exe, "service", "uninstall")
        return said

    def test_the_services_life(self):
        folder = self.serve_files("жизнь")
        self.assertEqual(self.service("status"), "not installed")
        self.assertIn("not installed", self.service("start", status=2))
        self.assertIn("service start", self.install(folder))
        self.assertIn("installed already", self.service("install", "-c", windows_path(folder / "zabbix-atol.yaml"), status=2))
        self.assertEqual(self.service("status"), "stopped")
        self.assertEqual(self.service("start", "--lang", "ru"), "Служба работает.")
        self.assertEqual(self.service("status"), "running")
        self.assertIn("runs already", self.service("start", status=2))
        self.assertEqual(self.wait_for(folder / "state" / "kassa-1.json")["state"], "ok")
        self.assertEqual(self.service("stop"), "The service has stopped.")
        self.assertEqual(self.service("status"), "stopped")
        self.assertEqual(self.service("uninstall", "--lang", "ru"), "Служба удалена.")
        self.assertEqual(self.service("status", "--lang", "ru"), "не установлена")
        log = (self.data_folder() / "zabbix-atol.log").read_text(encoding="utf-8")
        self.assertRegex(log, r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d zabbix-atol: info: stopped")

    def test_install_reads_the_configuration(self):
        folder = self.serve_files("ошибка")
        (folder / "zabbix-atol.yaml").write_text("registers:\n- {nam: x}\n")
        self.assertIn("zabbix-atol.yaml:2: unknown key", self.service("install", "-c", windows_path(folder / "zabbix-atol.yaml"), status=2))
        self.assertEqual(self.service("status"), "not installed")

    def test_a_relative_configuration_becomes_whole(self):
        folder = self.serve_files("относительно")
        shutil.copytree(folder, FOLDER / f"rel-{self.arch}")
        command = f"cd /d {windows_path(FOLDER)} && {windows_path(exe(self.arch))} service install -c rel-{self.arch}\\zabbix-atol.yaml"
        self.addCleanup(self.run_exe, "service", "uninstall")
        self.assertEqual(wine(self.arch, "cmd", "/c", command).returncode, 0)
        said = wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol", "/v", "ImagePath").stdout
        self.assertIn(f'-c "{windows_path(FOLDER)}\\rel-{self.arch}\\zabbix-atol.yaml"', said)

    def test_a_service_that_ends_at_once_is_told(self):
        folder = self.serve_files("сразу")
        self.install(folder)
        good = (folder / "zabbix-atol.yaml").read_text(encoding="utf-8")
        (folder / "zabbix-atol.yaml").write_text("registers: [\n")
        self.assertIn("its settings are wrong: exit status 2", self.service("start", status=2))
        (folder / "zabbix-atol.yaml").write_text(good.replace("state'", "нет\\state'").replace("state_dir: 'Z", "state_dir: 'Q"), encoding="utf-8")
        self.assertIn("ended at once: exit status 1", self.service("start", status=1))
        self.assertEqual(self.service("status"), "stopped")

    def test_the_log_is_rotated(self):
        folder = self.serve_files("журнал")
        self.install(folder)
        log = self.data_folder() / "zabbix-atol.log"
        log.write_bytes(b"old line\n" * 700000)
        for number in (1, 2, 3):
            log.with_name(f"zabbix-atol.log.{number}").write_text(f"file {number}\n")
        viewer = self.hold(windows_path(log), "view")
        self.service("start")
        self.wait_for(folder / "state" / "kassa-1.json")
        self.service("stop")
        older = [log.with_name(f"zabbix-atol.log.{number}").read_text()[:8] for number in (1, 2, 3)]
        self.assertEqual(older, ["file 1\n", "file 2\n", "file 3\n"])
        self.assertRegex(log.read_bytes()[-200:].decode(), "stopped")
        viewer.stdin.close()
        viewer.wait(PATIENCE)
        self.service("start")
        self.service("stop")
        older = [log.with_name(f"zabbix-atol.log.{number}").read_text()[:8] for number in (1, 2, 3)]
        self.assertEqual(older, ["old line", "file 1\n", "file 2\n"])
        self.assertLess(log.stat().st_size, 100000)

    def test_ctrl_c_ends_serve_cleanly(self):
        folder = self.serve_files("Ctrl+C")
        master, slave = os.openpty()
        process = subprocess.Popen([WINE, self.arch, FOLDER / self.arch, exe(self.arch), "serve", "-c",
                                    windows_path(folder / "zabbix-atol.yaml")], stdin=slave, stdout=slave, stderr=subprocess.PIPE,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.wait_for(folder / "state" / "kassa-1.json")
        os.write(master, b"\x03")
        said = process.stderr.read().decode()
        self.assertIn("stopped", said)
        # Wine kills a process at its own end now and then; what it said last is told by then.
        self.assertIn(process.wait(PATIENCE), (0, -signal.SIGKILL), said)
        process.stderr.close()
        os.close(master)

    def test_the_service_manager_is_needed_for_run(self):
        self.assertIn("service manager", self.service("run", status=2))
