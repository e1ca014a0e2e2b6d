"""The service's life, and serve at a console."""
import fcntl
import os
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
        done = wine(self.arch, exe(self.arch), "service", *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return (done.stdout + done.stderr).strip()

    def test_the_services_life(self):
        folder = self.serve_files("жизнь")
        self.assertEqual(self.service("status"), "not installed")
        self.assertIn("not installed", self.service("start", status=2))
        self.service("install", "-c", windows_path(folder / "zabbix-atol.yaml"))
        self.assertIn("installed already", self.service("install", status=2))
        self.assertEqual(self.service("status"), "stopped")
        self.service("start")
        self.assertEqual(self.service("status"), "running")
        self.assertEqual(self.wait_for(folder / "state" / "kassa-1.json")["state"], "ok")
        self.service("stop")
        self.assertEqual(self.service("status"), "stopped")
        self.service("uninstall")
        self.assertEqual(self.service("status"), "not installed")
        logs = list((FOLDER / self.arch / "drive_c").rglob("zabbix-atol.log"))
        self.assertTrue(logs)
        self.assertRegex(logs[0].read_text(encoding="utf-8"), r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d zabbix-atol: info: stopped")

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
        self.assertEqual(process.wait(PATIENCE), 0, said)
        self.assertIn("stopped", said)
        process.stderr.close()
        os.close(master)

    def test_the_service_manager_is_needed_for_run(self):
        self.assertIn("service manager", self.service("run", status=2))
