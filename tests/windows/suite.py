#!/usr/bin/env python3
"""The Windows programs under Wine: both architectures, the vendor's real fptr10.dll, COM ports, files, imports.

`./run.sh test windows` builds them (tools/windows/build.sh) and runs this. x86 runs in a Debian i386 root of its own
(tools/windows/wine.sh), because wine32:i386 cannot be installed beside the amd64 packages."""
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import termios
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "integration"))
import harness  # noqa: E402

DRIVER = os.environ.get("ATOL_DRIVER_DIR")
BUILD = ROOT / "build" / "windows"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="wine-"))
PATIENCE = 300
# What depends on the moment of a poll, not on the way.
MOMENT = {"device.clock_drift_s", "device.time", "device.time_ts", "shift.left_s"}


def exe(arch, name="zabbix-atol"):
    return BUILD / arch / ("src/cmd" if name == "zabbix-atol" else "emulator") / f"{name}.exe"


def wine(arch, *command, **options):
    return subprocess.run([ROOT / "tools/windows/wine.sh", arch, FOLDER / arch, *map(str, command)], capture_output=True,
                          text=True, encoding="utf-8", timeout=PATIENCE, **options)


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def metrics(document):
    return {f"{group}.{key}": value for group, values in document["metrics"].items() for key, value in values.items()
            if f"{group}.{key}" not in MOMENT}


class Both:
    arch = ""

    def get(self, connect, *options):
        done = wine(self.arch, exe(self.arch), "get", connect, *options)
        self.assertEqual(done.stderr.replace("\r", "").strip(), "")
        return json.loads(done.stdout)

    def linux(self, connect):
        return json.loads(subprocess.run([harness.program(), "get", connect], capture_output=True, text=True).stdout)

    def test_unit_tests(self):
        programs = sorted((BUILD / self.arch / "tests" / "unit").glob("test_*.exe"))
        self.assertGreater(len(programs), 15)
        for program in programs:
            with self.subTest(program.stem):
                done = wine(self.arch, program)
                self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-2000:])
                self.assertRegex(done.stderr + done.stdout, r"PASSED")

    def test_native_over_tcp_equals_linux(self):
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol) as kkt:
                document = self.get(kkt.connect)
                self.assertEqual((document["state"], document["protocol"]), ("ok", protocol))
                self.assertEqual(metrics(document), metrics(self.linux(kkt.connect)))

    def test_vendors_driver_equals_native(self):
        if not DRIVER:
            self.skipTest("ATOL_DRIVER_DIR is not set; ./run.sh test windows sets it")
        library = pathlib.Path(DRIVER) / f"win-{self.arch}" / "fptr10.dll"
        copy = FOLDER / f"driver-{self.arch}"
        if not copy.exists():
            shutil.copytree(library.parent, copy)
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol) as kkt:
                told = self.get(f"driver:tcp/{kkt.address}?lib={windows_path(copy / 'fptr10.dll')}")
                self.assertEqual((told["state"], told["protocol"]), ("ok", protocol))
                native = metrics(self.linux(kkt.connect))
                # The driver 10.8 tells the low 16 bits of these two only (tests/differential/suite.py).
                for key in ("fn.free_documents_5y", "fn.free_memory_30d"):
                    native.pop(key, None)
                self.assertEqual(metrics(told), native)

    def test_the_other_bitness_is_told_apart_from_absence(self):
        if not DRIVER:
            self.skipTest("ATOL_DRIVER_DIR is not set; ./run.sh test windows sets it")
        other = {"x64": "x86", "x86": "x64"}[self.arch]
        copy = FOLDER / f"other-{self.arch}"
        if not copy.exists():
            shutil.copytree(pathlib.Path(DRIVER) / f"win-{other}", copy)
        done = wine(self.arch, exe(self.arch), "get", f"driver:tcp/127.0.0.1:9?lib={windows_path(copy / 'fptr10.dll')}")
        document = json.loads(done.stdout)
        self.assertEqual((done.returncode, document["state"]), (1, "prerequisite"))
        self.assertIn(f"zabbix-atol-{other}.exe", document["error"])
        done = wine(self.arch, exe(self.arch), "get", "driver:usb?lib=C:\\nothing\\fptr10.dll")
        self.assertIn("no such file", json.loads(done.stdout)["error"])

    def test_a_com_port(self):
        wine(self.arch, exe(self.arch), "--version")  # makes the profile
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol, pty=True) as kkt:
                device = FOLDER / self.arch / "dosdevices" / "com5"
                device.unlink(missing_ok=True)
                device.symlink_to(os.path.realpath(kkt.device))
                document = self.get("serial:COM5")
                self.assertEqual((document["state"], document["protocol"]), ("ok", protocol))
                self.assertEqual(metrics(document), metrics(self.linux(kkt.connect)))
                device.unlink()

    def test_a_com_port_that_is_not_there(self):
        done = wine(self.arch, exe(self.arch), "get", "serial:COM77")
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (1, "unreachable"))

    def test_a_cyrillic_folder_with_spaces(self):
        folder = FOLDER / f"Касса № 1 {self.arch}"
        folder.mkdir(exist_ok=True)
        with harness.Emulator() as kkt:
            done = wine(self.arch, exe(self.arch), "get", kkt.connect, "-o", windows_path(folder / "данные кассы.json"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        document = json.loads((folder / "данные кассы.json").read_text(encoding="utf-8"))
        self.assertEqual(document["metrics"]["device"]["model"], "АТОЛ 30Ф")
        self.assertEqual([p.name for p in folder.iterdir()], ["данные кассы.json"])

    def test_messages_are_utf8(self):
        done = wine(self.arch, exe(self.arch), "--lang", "ru", "get", "serial:COM77")
        self.assertIn("Такого порта нет: COM77", json.loads(done.stdout)["error"])
        self.assertNotIn("\r", done.stdout)

    def test_a_reader_sees_the_old_document_or_the_new_one(self):
        target = FOLDER / f"atomic-{self.arch}.json"
        seen, stop, wrong = set(), threading.Event(), []

        def read():
            while not stop.is_set():
                try:
                    seen.add(json.loads(target.read_text(encoding="utf-8"))["polled_ts"])
                except FileNotFoundError:
                    if seen:
                        wrong.append("gone")
                except ValueError as error:
                    wrong.append(str(error))

        reader = threading.Thread(target=read)
        reader.start()
        with harness.Emulator() as kkt:
            for _ in range(4):
                self.assertEqual(wine(self.arch, exe(self.arch), "get", kkt.connect, "-o", windows_path(target)).returncode, 0)
        stop.set()
        reader.join()
        self.assertEqual(wrong, [])
        self.assertTrue(seen)

    def test_the_program_after_the_poll(self):
        marker = FOLDER / f"started-{self.arch}.json"
        with harness.Emulator() as kkt:
            done = wine(self.arch, exe(self.arch), "get", kkt.connect, "--", windows_path(exe(self.arch)), "get", kkt.connect, "-o",
                        windows_path(marker))
            self.assertEqual(done.returncode, 0)
            for _ in range(PATIENCE * 10):
                if marker.exists():
                    break
                threading.Event().wait(0.1)
        self.assertEqual(json.loads(marker.read_text(encoding="utf-8"))["state"], "ok")

    def test_a_mistake_ends_with_2(self):
        done = wine(self.arch, exe(self.arch), "get", "nonsense://x")
        self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_the_emulator(self):
        done = wine(self.arch, exe(self.arch, "atol-emulator"), "--pty", "x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Windows has no ptys", done.stderr)
        process = subprocess.Popen([ROOT / "tools/windows/wine.sh", self.arch, FOLDER / self.arch,
                                    exe(self.arch, "atol-emulator"), "--tcp", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        address = process.stdout.readline().split()[1]
        process.stdout.readline()
        self.assertEqual(self.linux(f"tcp://{address}")["state"], "ok")
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()

    def serve_files(self, name):
        """A folder with a configuration of one emulated register, which runs under Wine and so keeps the session alive."""
        folder = FOLDER / f"Служба {name} {self.arch}"
        folder.mkdir()
        kkt = subprocess.Popen([ROOT / "tools/windows/wine.sh", self.arch, FOLDER / self.arch,
                                exe(self.arch, "atol-emulator"), "--tcp", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        address = kkt.stdout.readline().split()[1]
        kkt.stdout.readline()
        (folder / "zabbix-atol.yaml").write_text(
            f"state_dir: '{windows_path(folder / 'state')}'\ndefaults: {{interval: 2s}}\n"
            f"registers: [{{name: kassa-1, connect: 'tcp://{address}'}}]\n", encoding="utf-8")
        self.addCleanup(lambda: (kkt.terminate(), kkt.wait(PATIENCE), kkt.stdout.close()))
        return folder

    def wait_for(self, path):
        for _ in range(PATIENCE * 10):
            if path.exists():
                return json.loads(path.read_text(encoding="utf-8"))
            threading.Event().wait(0.1)
        self.fail(f"{path} does not appear")

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
        process = subprocess.Popen([ROOT / "tools/windows/wine.sh", self.arch, FOLDER / self.arch, exe(self.arch), "serve", "-c",
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

    def test_imports_are_those_on_record(self):
        found = set()
        for name in ("zabbix-atol", "atol-emulator"):
            listing = subprocess.run([{"x64": "x86_64", "x86": "i686"}[self.arch] + "-w64-mingw32-objdump", "-p", exe(self.arch, name)],
                                     capture_output=True, text=True, check=True).stdout
            library = ""
            for line in listing.splitlines():
                if match := re.match(r"\s*DLL Name: (\S+)", line):
                    library = match.group(1)
                elif match := re.match(r"\s+[0-9a-f]+\s+\d+\s+(\w+)\s*$", line):
                    found.add(f"{library} {match.group(1)}")
        record = HERE / f"imports-{self.arch}.recorded"
        if os.environ.get("RECORD_IMPORTS"):
            record.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")
        self.assertEqual(found - set(record.read_text(encoding="utf-8").split("\n")), set())
        self.assertGreater(len(found), 100)


class X64(Both, unittest.TestCase):
    arch = "x64"


class X86(Both, unittest.TestCase):
    arch = "x86"


def main():
    subprocess.run([ROOT / "tools/windows/wine.sh", "prepare"], check=True)
    suite = unittest.TestLoader().loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors)
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}")
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"{max(result.testsRun - failed - len(result.skipped), 0)} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
