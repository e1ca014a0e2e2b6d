"""Starts what the integration tests need: the emulator on a free port or a pty, the program, a process that holds a port.

Nothing sleeps: the emulator says `ready`, and processes are waited for."""
import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "tools"))  # what several suites use
PATIENCE = int(os.environ.get("PATIENCE", "60"))  # seconds until a hung process counts as a failure; no test waits for it when all is well


def build_folder():
    return pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()


def program():
    return build_folder() / "src" / "cli" / "zabbix-atol"


def emulator_program():
    return build_folder() / "emulator" / "atol-emulator"


def preload(folder, *sources):
    """The value of LD_PRELOAD for these C files, compiled into the folder. A sanitized program wants its own library first;
    of a program that is a script (`./run.sh valgrind`) nothing is asked."""
    needed = subprocess.run(["ldd", program()], capture_output=True, text=True, check=False).stdout
    made = [line.split()[2] for line in needed.splitlines() if "libasan" in line]
    for source in map(pathlib.Path, sources):
        made.append(str(pathlib.Path(folder) / f"{source.stem}.so"))
        subprocess.run(["cc", "-shared", "-fPIC", "-o", made[-1], source, "-ldl"], check=True)
    return " ".join(made)


class Emulator:
    """with Emulator("--protocol", "3") as kkt: kkt.connect -> "tcp://127.0.0.1:PORT" (pty=True: "serial:LINK")."""

    def __init__(self, *options, pty=False, state=None):
        self.folder = tempfile.mkdtemp(prefix="kkt-")
        self.log = os.path.join(self.folder, "log")
        command = [emulator_program(), "--log", self.log, *map(str, options)]
        if state is not None:
            self.state_file = os.path.join(self.folder, "state.json")
            self.set_state(state)
            command += ["--state", self.state_file]
        if pty:
            self.device = os.path.join(self.folder, "tty")
            self.connect = "serial:" + self.device
            command += ["--pty", self.device]
        else:
            command += ["--tcp", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if not pty and line.startswith("listening "):
                self.address = line.split()[1]
                self.connect = "tcp://" + self.address
            if line.strip() == "ready":
                return
        raise RuntimeError("the emulator did not start: " + self.process.stderr.read())

    def set_state(self, state):
        """Replaces the state file at once, as an editor would."""
        with open(self.state_file + ".new", "w", encoding="utf-8") as f:
            json.dump(state, f, ensure_ascii=False)
        os.replace(self.state_file + ".new", self.state_file)

    def at(self, place):
        """The register at 127.0.0.PLACE: with "--registers", or "--tcp" of any address, one emulator has many."""
        return f"tcp://127.0.0.{place}:{self.address.rsplit(':', 1)[1]}"

    def frames(self):
        """The lines of the log."""
        with open(self.log, encoding="utf-8") as f:
            return f.read().splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def default_state():
    return json.loads(subprocess.run([emulator_program(), "--dump-state"], check=True, capture_output=True).stdout)


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr

    @property
    def document(self):
        return json.loads(self.stdout)


def powerless():
    """Options of subprocess that take root's rights away: who is somebody else has none to take."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def run(*words, env=None, stdin="", timeout=PATIENCE, **options):
    """zabbix-atol with these words; stdin is not a terminal."""
    environment = {**os.environ, "ZABBIX_ATOL_LANG": "en", **(env or {})}
    done = subprocess.run([program(), *map(str, words)], input=stdin, capture_output=True, text=True, timeout=timeout,
                          env=environment, check=False, **options)
    if done.returncode < 0 or "Sanitizer" in done.stderr:
        raise AssertionError(f"{words}: status {done.returncode}\n{done.stderr}")
    return Result(done)


class ClosedPort:
    """An address of this host at which nobody listens: the port is bound and so is nobody else's."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        return "tcp://127.0.0.1:%d" % self.socket.getsockname()[1]

    def __exit__(self, *_):
        self.socket.close()


class Silence:
    """A listener that takes connections and never says a word."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        return "tcp://127.0.0.1:%d" % self.socket.getsockname()[1]

    def __exit__(self, *_):
        self.socket.close()


class Talker:
    """A listener that is no register: it sends these bytes to whoever connects, then waits for the end."""

    def __init__(self, words):
        self.code = ("import socket,sys\ns=socket.create_server(('127.0.0.1',0))\nprint(s.getsockname()[1],flush=True)\n"
                     "while True:\n c,_=s.accept()\n try:\n  c.sendall(bytes.fromhex(sys.argv[1]))\n"
                     "  while c.recv(4096): pass\n except OSError: pass\n c.close()\n")
        self.words = words

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.code, self.words.hex()], stdout=subprocess.PIPE,
                                        text=True)
        return "tcp://127.0.0.1:" + self.process.stdout.readline().strip()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def flatten(metrics):
    return {f"{group}.{key}": value for group, row in metrics.items() for key, value in row.items()}


def main(*modules):
    """Runs test modules and ends with the line that run.sh reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("-k", action="append", default=None, help="only tests whose name holds this")
    options = parser.parse_args()
    os.environ["BUILD"] = str(pathlib.Path(options.build).resolve())
    loader = unittest.TestLoader()
    if options.k:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in options.k]
    suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in modules)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    sys.stderr.flush()
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)
    sys.exit(1 if failed else 0)
