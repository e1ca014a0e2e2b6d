"""`with Serve(...) as serve:` runs `zabbix-atol serve` in a folder of its own. Nothing sleeps for a fixed time: files
and lines of the log are waited for."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from harness import PATIENCE, program

# Seconds until serve has stopped: less than one where it has a core, and far less than the polls take that hang meanwhile.
STOPS_WITHIN = 15


def wait_for(what, condition, timeout=PATIENCE):
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for: {what}")
        time.sleep(0.02)


def spool_texts(spool, kinds=("values",)):
    """The texts of the files that stand in the spool. One that is sent, or that is empty when serve starts, goes meanwhile."""
    for path in sorted(path for kind in kinds for path in spool.glob(f"*.{kind}")):
        with contextlib.suppress(FileNotFoundError):
            yield path.read_text(errors="replace")  # the last line may be half written


class Serve:
    """registers: lines of YAML for `registers:`; head: other keys."""

    def __init__(self, registers, head="", env=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-"))
        self.state = self.folder / "state"
        self.config = self.folder / "zabbix-atol.yaml"
        self.log_file = self.folder / "log"
        self.head, self.env, self.process = head, env, None
        self.configure(registers)

    def configure(self, registers, head=None):
        self.head = self.head if head is None else head
        self.config.write_text(f"state_dir: {self.state}\n{self.head}\nregisters:\n" +
                               "".join(f"- {line}\n" for line in registers))

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([program(), "serve", "-c", str(self.config)], stdout=log, stderr=log,
                                            env=self.env)
        return self

    def log(self):
        return self.log_file.read_text()

    def document(self, name):
        try:
            return json.loads((self.state / f"{name}.json").read_text())
        except FileNotFoundError:
            return None

    def wait(self, name, condition, what=None, timeout=PATIENCE):
        """The first document of the register that fulfils the condition."""
        def fulfilled():
            assert self.process.poll() is None, self.log()
            d = self.document(name)
            return d if d and condition(d) else None
        return wait_for(what or f"a document of {name}", fulfilled, timeout)

    def wait_log(self, text, count=1):
        wait_for(f"{text!r} in the log", lambda: self.log().count(text) >= count)

    def reload(self, registers, head=None):
        self.configure(registers, head)
        before = self.log().count(" registers, ") + self.log().count("stays in use")
        self.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.log().count(" registers, ") + self.log().count("stays in use") > before)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        self.process.wait(PATIENCE)
        return time.monotonic() - begun

    def __enter__(self):
        return self.start()

    def end(self):
        """A build with sanitizers speaks at its end, so it is told to stop; another one is killed."""
        if os.environ.get("SANITIZE"):
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.end()
        text = self.log() if self.log_file.exists() else ""
        shutil.rmtree(self.folder, ignore_errors=True)
        for words in ("Sanitizer", "runtime error:", "is still open"):
            if words in text:
                raise AssertionError(text[max(0, text.index(words) - 500):][:6000])
