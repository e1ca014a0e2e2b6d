"""What the tests of the Windows programs need: Wine, the programs of one architecture, a Wine profile of this run."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "integration"))
import harness  # noqa: E402

DRIVER = os.environ.get("ATOL_DRIVER_DIR")
BUILD = ROOT / "build" / "windows"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="wine-"))
PATIENCE = 300
WINE = ROOT / "tools/windows/wine.sh"
PLACES = {"zabbix-atol": "src/cli", "atol-emulator": "emulator", "holder": "tests/windows", "box": "tests/windows", "zabbix_agentd": "tests/windows", "installer": "src/winservice"}
# What depends on the moment of a poll, not on the way.
MOMENT = {"device.clock_drift_s", "device.time", "device.time_ts", "shift.left_s"}


def exe(arch, name="zabbix-atol"):
    return BUILD / arch / PLACES[name] / (f"{name}.dll" if name == "installer" else f"{name}.exe")


def of_wine(line):
    """Of a program of Wine's own session: winedevice falls over at times while it starts, and Wine tells whoever began the session."""
    return line.startswith("wine: Unhandled page fault")


def wine(arch, *command, check=False, **options):
    """Wine 8 for i386 itself dies of SIGSEGV, on a loaded machine once in 25 times, when a program ends while threads of its process start
    (a handler of its ntdll.so without thread-local data, below NtTerminateProcess). A fault of a Windows program ends with a status, not
    by a signal of Unix; so what ended by one runs again."""
    for _ in range(3):
        done = subprocess.run([WINE, arch, FOLDER / arch, *map(str, command)], capture_output=True, text=True, encoding="utf-8",
                              timeout=PATIENCE, **options)
        if done.returncode != -signal.SIGSEGV:
            break
    if check:
        done.check_returncode()
    done.stderr = "".join(line for line in done.stderr.splitlines(keepends=True) if not of_wine(line))
    return done


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def drive(arch):
    """C: of the Wine profile."""
    return FOLDER / arch / "drive_c"


def c_path(path):
    """The Windows path of a file on that drive."""
    parts = pathlib.Path(path).parts
    return "C:\\" + "\\".join(parts[parts.index("drive_c") + 1:])


def metrics(document):
    return {f"{group}.{key}": value for group, values in document["metrics"].items() for key, value in values.items()
            if f"{group}.{key}" not in MOMENT}


def linux(connect):
    return json.loads(subprocess.run([harness.program(), "get", connect], capture_output=True, text=True).stdout)


class Stage:
    """A test of both architectures: suite.py makes a class of each."""
    arch = ""

    def run_exe(self, *words, **options):
        return wine(self.arch, exe(self.arch), *words, **options)

    def get(self, connect, *options):
        done = self.run_exe("get", connect, *options)
        self.assertEqual(done.stderr.replace("\r", "").strip(), "")
        return json.loads(done.stdout)

    def start(self, name, *words, **options):
        """A program that goes on under Wine until the test ends."""
        options.setdefault("stderr", subprocess.DEVNULL)  # else the server of Wine keeps the suite's own and lists its objects at its end
        process = subprocess.Popen([WINE, self.arch, FOLDER / self.arch, exe(self.arch, name), *map(str, words)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.addCleanup(lambda: (process.stdin.close(), process.terminate(), process.wait(PATIENCE), process.stdout.close()))
        return process

    def start_kkt(self):
        """An emulator under Wine, which keeps the session alive; its process and its address."""
        kkt = self.start("atol-emulator", "--tcp", "127.0.0.1:0")
        address = kkt.stdout.readline().split()[1]
        kkt.stdout.readline()
        return kkt, address

    def emulator(self):
        return self.start_kkt()[1]

    def until(self, what, met):
        """Waits until met() gives something true; `what` says in words what did not come."""
        for _ in range(PATIENCE * 10):
            if found := met():
                return found
            threading.Event().wait(0.1)
        self.fail(f"did not come: {what}")

    def hold(self, path, how="hold"):
        """Another program has the file or the port open (tests/windows/holder.c)."""
        holder = self.start("holder", how, path)
        self.assertEqual(holder.stdout.readline().strip(), "held")
        return holder

    def driver(self, arch, name):
        """A copy of the vendor's driver as an installation has it: its INSTALL_DIR."""
        if not DRIVER:
            self.skipTest("ATOL_DRIVER_DIR is not set; ./run.sh test windows sets it")
        folder = FOLDER / name
        if not folder.exists():
            shutil.copytree(pathlib.Path(DRIVER) / f"win-{arch}", folder / "bin")
        return folder

    def wait_for(self, path):
        for _ in range(PATIENCE * 10):
            if path.exists():
                return json.loads(path.read_text(encoding="utf-8"))
            threading.Event().wait(0.1)
        self.fail(f"{path} does not appear")
