"""The service's life, and serve at a console."""
import datetime
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import termios
import time

from stage import FOLDER, PATIENCE, WINE, Stage, c_path, drive, exe, windows_path, wine

TRANSCRIPT = os.environ.get("TRANSCRIPT")  # 1: prints the log of a register that was switched off
RUNNING, RESTS, ABSENT = 0, 3, 4  # exit statuses of `service status`


class ServiceTests(Stage):
    def program(self):
        """The program where an administrator puts it."""
        place = drive(self.arch) / "Program Files" / "zabbix-atol" / "zabbix-atol.exe"
        if not place.exists():
            self.run_exe("--version")  # makes the profile
            place.parent.mkdir(parents=True)
            shutil.copy(exe(self.arch), place)
        return place

    def serve_files(self, name, count=1):
        """A folder with a configuration of emulated registers, which run under Wine and so keep the session alive."""
        self.program()
        folder = drive(self.arch) / f"Служба {name}"
        folder.mkdir()
        self.kkts = [self.start_kkt() for _ in range(count)]
        self.write_config(folder, [address for _, address in self.kkts])
        return folder

    def write_config(self, folder, addresses):
        rows = "".join(f"- {{name: kassa-{i}, connect: 'tcp://{address}'}}\n" for i, address in enumerate(addresses, 1))
        (folder / "zabbix-atol.yaml").write_text(
            f"state_dir: '{c_path(folder / 'state')}'\ndefaults: {{interval: 1s, timeout: 2s}}\nregisters:\n{rows}", encoding="utf-8")

    def service(self, *words, status=0):
        done = wine(self.arch, self.program(), "service", *words)
        self.assertEqual(done.returncode, status, (done.stdout, done.stderr))
        return (done.stdout + done.stderr).replace("\r", "").strip()

    def start_program(self, *words):
        """The installed program, which is not waited for."""
        return subprocess.Popen([WINE, self.arch, FOLDER / self.arch, self.program(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8")

    def state(self, *words, status):
        """The first line of `service status`."""
        return self.service("status", *words, status=status).split("\n")[0]

    def setting(self, name):
        """A number that the service manager keeps of the service; 0 when it has none of that name."""
        said = wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol", "/v", name).stdout
        return int(said.split("REG_DWORD")[1], 16) if "REG_DWORD" in said else 0

    def data_folder(self):
        """ProgramData\\zabbix-atol of the Wine profile."""
        return drive(self.arch) / "ProgramData" / "zabbix-atol"

    def log(self):
        path = self.data_folder() / "log" / "zabbix-atol.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def install(self, folder):
        self.addCleanup(shutil.rmtree, self.data_folder(), ignore_errors=True)
        self.addCleanup(wine, self.arch, self.program(), "service", "uninstall")
        return self.service("install", "-c", c_path(folder / "zabbix-atol.yaml"))

    def has_open(self, process, path):
        """By inode: a process in another root has other paths."""
        for file in pathlib.Path(f"/proc/{process}/fd").iterdir():
            try:
                if file.samefile(path):
                    return True
            except OSError:  # closed meanwhile
                continue
        return False

    def serve_process(self):
        """The pid, as Linux counts, of the `serve` that the service has started."""
        mine = f"{FOLDER / self.arch}\0".encode()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if b"\0serve\0" in (folder / "cmdline").read_bytes() and mine in (folder / "environ").read_bytes():
                    return int(folder.name)
            except OSError:
                continue
        return None

    def test_the_services_life(self):
        folder = self.serve_files("жизнь")
        self.assertEqual(self.service("status", status=ABSENT), "not installed")
        self.assertIn("not installed", self.service("start", status=2))
        self.assertIn("service start", self.install(folder))
        self.assertIn("service start", self.service("install"), "a second time, with the configuration of the first")
        self.assertEqual(self.state(status=RESTS), "stopped")
        self.assertEqual((self.setting("Start"), self.setting("DelayedAutostart")), (2, 0), "with Windows at once: before a log-on")
        self.assertEqual(self.service("start", "--lang", "ru"), "Служба работает.")
        said = self.service("status", status=RUNNING)
        self.assertTrue(said.startswith("running\n"), said)
        self.assertIn(f"configuration: {c_path(folder / 'zabbix-atol.yaml')}", said)
        self.assertIn(r"account: NT SERVICE\zabbix-atol", said)
        self.assertIn(f"log: {c_path(self.data_folder() / 'log' / 'zabbix-atol.log')}", said)
        self.assertEqual(self.service("start"), "The service is running.")
        self.assertEqual(self.wait_for(folder / "state" / "kassa-1.json")["state"], "ok")
        self.assertEqual(self.service("stop"), "The service has stopped.")
        self.assertEqual(self.service("stop"), "The service has stopped.")
        self.assertEqual(self.state(status=RESTS), "stopped")
        self.assertEqual(self.service("uninstall", "--lang", "ru"), "Служба удалена.")
        self.assertEqual(self.service("uninstall", "--lang", "ru"), "Служба удалена.")
        self.assertEqual(self.service("status", "--lang", "ru", status=ABSENT), "не установлена")
        self.assertRegex(self.log(), r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info \w+: stopped")

    def document_unless_ok(self, path):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # at the moment of its replacement
            return None
        return document if document["state"] != "ok" else None

    def test_the_log_tells_while_the_service_runs_and_after_it_was_killed(self):
        folder = self.serve_files("две кассы", count=2)
        self.install(folder)
        self.service("start")
        self.wait_for(folder / "state" / "kassa-2.json")
        switched_off = time.time()
        self.kkts[1][0].terminate()
        failed = self.until("a failed poll", lambda: self.document_unless_ok(folder / "state" / "kassa-2.json"))
        line = self.until("the register that was switched off", lambda: next((x for x in self.log().split("\n") if "kassa-2: " in x), None))
        ended = failed["polled_ts"] + failed["poll"]["duration_ms"] / 1000
        told = datetime.datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S").timestamp()
        self.assertLess(told - ended, 2, "a line is in the file when the poll that it tells of has ended")
        self.assertNotIn("kassa-1: ", self.log())
        if TRANSCRIPT:
            print(f"\n{self.arch}: kassa-2 switched off at {datetime.datetime.fromtimestamp(switched_off):%H:%M:%S.%f}; the log {time.time() - switched_off:.1f} s later:")
            print(self.log().rstrip())
        os.kill(self.serve_process(), signal.SIGKILL)
        self.until("the second start", lambda: "started again" in self.log() or self.log().count("kassa-2: ") > 1)
        self.assertIn("service: `serve` has ended", self.log())
        self.until("a poll after the second start", lambda: self.serve_process())
        self.assertEqual(self.state(status=RUNNING), "running")

    def test_a_serve_that_hangs_is_started_again(self):
        if self.arch == "x86":
            self.skipTest("takes half a minute; the code is the same")
        folder = self.serve_files("зависла")
        self.install(folder)
        self.service("start")
        self.wait_for(folder / "state" / "kassa-1.json")
        hung = self.serve_process()
        os.kill(hung, signal.SIGSTOP)
        self.until("the end of the one that hung", lambda: "has not responded for 30 seconds" in self.log())
        self.until("another serve", lambda: self.serve_process() not in (None, hung))

    def test_reload(self):
        folder = self.serve_files("перечитать", count=2)
        first, second = (address for _, address in self.kkts)
        self.write_config(folder, [first])
        self.install(folder)
        self.assertIn("is not running", self.service("reload", status=2))
        self.service("start")
        self.wait_for(folder / "state" / "kassa-1.json")
        process = self.serve_process()
        self.write_config(folder, [first, second])
        self.service("reload")
        self.wait_for(folder / "state" / "kassa-2.json")
        (folder / "zabbix-atol.yaml").write_text("registers:\n- {nam: x}\n")
        self.assertIn("zabbix-atol.yaml:2: unknown key", self.service("reload", status=2))
        self.assertEqual(self.serve_process(), process)

    def test_install_reads_the_configuration(self):
        folder = self.serve_files("ошибка")
        (folder / "zabbix-atol.yaml").write_text("registers:\n- {nam: x}\n")
        self.assertIn("zabbix-atol.yaml:2: unknown key",
                      self.service("install", "-c", c_path(folder / "zabbix-atol.yaml"), status=2))
        self.assertEqual(self.state(status=ABSENT), "not installed")

    def test_a_relative_configuration_becomes_whole(self):
        folder = self.serve_files("относительно")
        shutil.copytree(folder, drive(self.arch) / "rel")
        command = rf"set PATH={c_path(self.program().parent)};%PATH%&& cd /d C:\&& zabbix-atol service install -c rel\zabbix-atol.yaml"
        self.addCleanup(wine, self.arch, self.program(), "service", "uninstall")
        done = wine(self.arch, "cmd", "/c", command)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = wine(self.arch, "reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\zabbix-atol", "/v", "ImagePath").stdout
        self.assertIn(r'-c "C:\rel\zabbix-atol.yaml"', said)

    def test_what_others_may_change_is_refused(self):
        """Wine shows the rights of Linux: a folder that all may write, a file with a second name."""
        folder = self.serve_files("чужая")
        config = ("install", "-c", c_path(folder / "zabbix-atol.yaml"))
        data = self.data_folder()
        self.addCleanup(shutil.rmtree, data, ignore_errors=True)
        self.addCleanup(wine, self.arch, self.program(), "service", "uninstall")
        for open_path, said in ((folder, c_path(folder)), (folder / "zabbix-atol.yaml", "zabbix-atol.yaml"),
                                (self.program(), "zabbix-atol.exe"), (self.program().parent, "zabbix-atol"), (data, r"ProgramData\zabbix-atol")):
            open_path.mkdir(exist_ok=True) if open_path == data else None
            mode = open_path.stat().st_mode
            with self.subTest(said):
                open_path.chmod(mode | 0o022)
                refusal = self.service(*config, "--lang", "ru", status=2)
                open_path.chmod(mode)
                self.assertIn(said, refusal)
                self.assertIn("Менять это могут не только администраторы", refusal)
        planted = data / "state"
        planted.mkdir()
        victim = folder / "чужой файл"
        victim.write_text("x")
        victim.chmod(0o600)
        os.link(victim, planted / "kassa-1.json")
        self.assertIn("has a second name", self.service(*config, status=2))
        self.assertEqual(victim.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.state(status=ABSENT), "not installed")

    def test_a_service_that_ends_at_once_is_told(self):
        folder = self.serve_files("сразу")
        self.install(folder)
        good = (folder / "zabbix-atol.yaml").read_text(encoding="utf-8")
        (folder / "zabbix-atol.yaml").write_text("registers: [\n")
        self.assertIn("its settings are wrong: exit status 2", self.service("start", status=2))
        self.assertIn("its settings are wrong: exit status 2", self.service("start", status=2))
        self.assertEqual(self.log().count("`serve` has ended, exit status 2"), 2, "a wrong configuration is not tried again")
        self.assertIn("zabbix-atol.yaml:", self.log())
        self.assertIn("exited with status 2", self.service("status", status=RESTS))
        (folder / "zabbix-atol.yaml").write_text(good.replace("state_dir: 'C", "state_dir: 'Q"), encoding="utf-8")
        self.assertIn("код 1", self.service("start", "--lang", "ru", status=1))
        self.assertEqual(self.state(status=RESTS), "stopped")

    def test_a_serve_that_never_gets_ready_ends_the_start(self):
        """It stands still while it reads its configuration, a pipe that keeps it there until it is stopped by a signal of Linux."""
        folder = self.serve_files("не готова")
        self.install(folder)
        config = folder / "zabbix-atol.yaml"
        config.unlink()
        os.mkfifo(config)
        held_open = os.open(config, os.O_RDWR)
        self.addCleanup(os.close, held_open)
        began = time.monotonic()
        start = self.start_program("service", "start")
        stuck = self.until("serve", self.serve_process)
        # Stopped before that, it would keep the service in CreateProcess: Wine waits there for the new process.
        self.until("serve to read its configuration", lambda: self.has_open(stuck, config))
        os.kill(stuck, signal.SIGSTOP)
        self.addCleanup(os.kill, stuck, signal.SIGCONT)  # else Wine's own way to end it waits for that
        self.assertEqual(self.state(status=RESTS), "starting")
        said = start.communicate(timeout=PATIENCE)[1]
        took = time.monotonic() - began
        self.assertEqual((start.returncode, self.state(status=RESTS)), (1, "stopped"), said)
        self.assertIn("The service did not start", said)
        self.assertIn("service: `serve` has not polled for 60 seconds. Log: C:", self.log())
        self.assertGreater(took, 55)
        self.assertLess(took, 100, "no second minute")

    def test_the_log_is_rotated(self):
        folder = self.serve_files("журнал")
        self.install(folder)
        log = self.data_folder() / "log" / "zabbix-atol.log"
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
                                    c_path(folder / "zabbix-atol.yaml")], stdin=slave, stdout=slave, stderr=subprocess.PIPE,
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
