#!/usr/bin/env python3
"""The Windows programs under Wine: both architectures, the vendor's real fptr10.dll, COM ports, files, the service, imports.

`./run.sh test windows` builds them (tools/windows/build.sh) and runs this; `suite.py PATTERN…` runs the tests whose names
match. x86 runs in a Debian i386 root of its own (tools/windows/wine.sh), because wine32:i386 cannot be installed beside the
amd64 packages."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import hardening  # noqa: E402
from desktop import DesktopTests
from driver import DriverTests
from files import FileTests
from installer import InstallerTests
from ports import PortTests
from service import ServiceTests
from setup import SetupTests
from stage import BUILD, FOLDER, HERE, PATIENCE, ROOT, WINE, Stage, exe, harness, linux, metrics, windows_path, wine


class ProgramTests(Stage):
    def test_unit_tests(self):
        programs = sorted((BUILD / self.arch / "tests" / "unit").glob("test_*.exe"))
        self.assertGreater(len(programs), 15)
        for program in programs:
            with self.subTest(program.stem):
                done = wine(self.arch, program)
                self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-2000:])
                self.assertRegex(done.stderr + done.stdout, r"PASSED")

    def test_native_over_tcp_equals_linux(self):
        self.run_exe("--version")  # makes the profile, about which Wine says something
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol) as kkt:
                document = self.get(kkt.connect)
                self.assertEqual((document["state"], document["protocol"]), ("ok", protocol))
                self.assertEqual(metrics(document), metrics(linux(kkt.connect)))

    def test_messages_are_utf8(self):
        done = wine(self.arch, exe(self.arch), "--lang", "ru", "get", "serial:COM77")
        self.assertIn("Такого порта нет: COM77", json.loads(done.stdout)["error"])
        self.assertNotIn("\r", done.stdout)

    def test_a_mistake_ends_with_2(self):
        done = wine(self.arch, exe(self.arch), "get", "nonsense://x")
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (2, "prerequisite"))

    def test_item_keys_are_refused_and_touch_nothing(self):
        """What the agent's line makes of each key: get --register="KEY" --configured."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=FOLDER))
        self.addCleanup(shutil.rmtree, folder, True)
        victim, config = folder / "victim", folder / "zabbix-atol.yaml"
        victim.write_text("untouched")
        config.write_text("registers: []\n")
        for line in (HERE.parent / "data" / "item-keys.txt").read_text().splitlines():
            word = line.removeprefix("kkt.get[").removesuffix("]").replace("VICTIM", windows_path(victim))
            with self.subTest(word):
                done = wine(self.arch, exe(self.arch), "get", f"--register={word}", "--configured", "-c", windows_path(config))
                self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (2, "prerequisite"))
                self.assertEqual(("untouched", 2), (victim.read_text(), len(list(folder.iterdir()))))

    def test_the_emulator(self):
        done = wine(self.arch, exe(self.arch, "atol-emulator"), "--pty", "x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Windows has no ptys", done.stderr)
        self.assertEqual(linux(f"tcp://{self.emulator()}")["state"], "ok")

    def test_the_manifest(self):
        for name in ("zabbix-atol", "atol-emulator"):
            program = exe(self.arch, name).read_bytes()
            self.assertIn(b'level="asInvoker"', program)
            self.assertIn(b"8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a", program)

    def test_a_console_gets_whole_characters(self):
        """Wine's console draws on a terminal of Linux; redrawn or not, a word comes out as a word."""
        master, slave = os.openpty()
        process = subprocess.Popen([WINE, self.arch, FOLDER / self.arch, exe(self.arch), "--lang", "ru", "--help"], stdin=slave,
                                   stdout=slave, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(slave)
        said = b""
        try:
            while chunk := os.read(master, 65536):
                said += chunk
        except OSError:
            pass
        process.wait(PATIENCE)
        os.close(master)
        self.assertIn("каталог", said.decode("utf-8", "replace"))

    def test_the_package(self):
        """The sample is a good configuration without a register and lies beside where an edited one may be; all that the page names is there."""
        archive = next(BUILD.glob(f"zabbix-atol-*-windows-{self.arch}.zip"))
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(FOLDER / f"package-{self.arch}")
        folder = FOLDER / f"package-{self.arch}" / "zabbix-atol"
        done = wine(self.arch, folder / "zabbix-atol.exe", "check", "-c", windows_path(folder / "zabbix-atol.sample.yaml"))
        self.assertRegex(done.stdout, r"\[ok\] Configuration: .*registers: 0")
        self.assertFalse((folder / "zabbix-atol.yaml").exists())
        page = (folder / "README.ru.txt").read_bytes()
        for name in re.findall(r"templates\\([\w.-]+)", page.decode("utf-8-sig")):
            self.assertTrue((folder / "templates" / name).exists(), name)
        for name in ("README.ru.txt", "LICENSE.txt", "third-party.txt", "zabbix-atol.conf", "zabbix-atol.sample.yaml"):
            text = (folder / name).read_bytes()
            self.assertEqual(text.count(b"\n"), text.count(b"\r\n"), name)
        notices = (folder / "third-party.txt").read_text(encoding="utf-8")
        for owner in ("libuv project contributors", "Petri Lehtinen", "Kirill Simonov"):
            self.assertIn(owner, notices)

    def test_the_sizes_on_the_page(self):
        done = subprocess.run([ROOT / "tools/windows/sizes.py", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_hardening(self):
        for name in ("zabbix-atol", "atol-emulator"):
            self.assertEqual(hardening.missing(exe(self.arch, name)), [], name)

    def test_item_keys_are_never_options(self):
        """Every key of tests/data/item-keys.txt, as the shipped agent's file hands it over: a document that refuses, no file
        touched, nothing contacted."""
        folder = FOLDER / f"ключи {self.arch}"
        folder.mkdir()
        victim = folder / "victim"
        victim.write_text("untouched")
        (folder / "zabbix-atol.yaml").write_text("registers: [{name: kassa-1, connect: 'tcp://127.0.0.1:9'}]\n")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            for key in (ROOT / "tests/data/item-keys.txt").read_text(encoding="utf-8").splitlines():
                word = key[key.index("[") + 1:-1].replace("VICTIM", windows_path(victim)).replace(":22", f":{listener.getsockname()[1]}")
                done = self.run_exe("get", f"--register={word}", "--configured", "-c", windows_path(folder / "zabbix-atol.yaml"))
                document = json.loads(done.stdout)
                self.assertEqual((done.returncode, document["state"]), (2, "prerequisite"), key)
                self.assertNotEqual(document["error"], "", key)
            self.assertRaises(BlockingIOError, listener.accept)
        self.assertEqual(victim.read_text(), "untouched")
        self.assertEqual({p.name for p in folder.iterdir()}, {"victim", "zabbix-atol.yaml"})

    def test_imports_are_those_on_record(self):
        found = set()
        for name in ("zabbix-atol", "atol-emulator", "installer"):
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


TESTS = (ProgramTests, PortTests, DriverTests, DesktopTests, FileTests, InstallerTests, ServiceTests, SetupTests)


class X64(*TESTS, unittest.TestCase):
    arch = "x64"


class X86(*TESTS, unittest.TestCase):
    arch = "x86"


def main(patterns):
    subprocess.run([WINE, "prepare"], check=True)
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    suite = loader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors)
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}")
    for arch in {test.arch for test in (X64, X86) if (FOLDER / test.arch).exists()}:
        wine(arch, "wineboot", "--kill")  # what is left of this profile's session
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"{max(result.testsRun - failed - len(result.skipped), 0)} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
