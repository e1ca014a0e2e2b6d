"""Recorded dialogues (tests/captures) tell the same document as when they were recorded, and no more than they may.

`python3 tests/integration/test_captures.py --build build-check --rebuild` records them anew from the emulator: needed when what a
poll asks has changed, which `replay` says with the line. With ATOL_DRIVER_DIR the dialogues of the vendor's driver too."""
import argparse
import json
import os
import pathlib
import re
import select
import shutil
import socket
import sys
import tempfile
import threading
import time
import unittest

import harness

import vendor

FOLDER = harness.ROOT / "tests" / "captures"
PASSWORD = "4711"

# Name: options of the emulator, options of get.
CAPTURES = {
    "3-quick": (["--protocol", 3], ["--groups", "quick"]),
    "3-full": (["--protocol", 3], ["--trace-private"]),
    "3-password": (["--protocol", 3], []),
    "3-damaged": (["--protocol", 3, "--fault", "bad-crc@45*2", "--fault", "bad-crc@E9*1"], []),
    # As independent clients of protocol 3 know registers: A2 and a pushed A6, B3 to the acknowledgement of an unknown task.
    "3-strict": (["--protocol", 3, "--buffer", "strict", "--fault", "lost-answer@3F*1"], []),
    "5-full": (["--protocol", 5], []),
    "5-refused": (["--protocol", 5, "--fault", "error:6a@11"], ["--groups", "quick"]),
    "5-cut": (["--protocol", 5, "--fault", "cut@02*1"], ["--groups", "quick"]),
}

# The organisation of the emulator's default state.
PERSONAL = ["ООО", "Ромашка", "Тверская", "kassa@", "Магазин", "nalog.gov.ru"]


def told(document):
    return {key: document.get(key) for key in ("name", "connect", "protocol", "state", "error", "polled_at", "poll", "metrics")}


def without_personal(document):
    """What the document of a poll tells when personal data are left out."""
    told_by = json.loads(json.dumps(document))
    for key in ("organization_name", "organization_inn", "organization_address", "organization_email", "payments_address",
                "machine_number", "fns_url"):
        told_by.get("metrics", {}).get("registration", {}).pop(key, None)
    return told_by


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="trace-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "trace")

    def text(self):
        return pathlib.Path(self.file).read_text(encoding="utf-8")

    def bytes_of(self, text, mark):
        return [bytes.fromhex(line.split(mark, 1)[1].split("#")[0]) for line in text.splitlines() if mark in line]


def record(name, file):
    emulator, options = CAPTURES[name]
    with harness.Emulator(*emulator) as kkt:
        if name != "3-password":
            return harness.run("get", kkt.connect, "--trace", file, "--timezone", "UTC", *options)
        config = file + ".yaml"
        pathlib.Path(config).write_text(
            f"registers:\n  - {{name: kassa-1, connect: '{kkt.connect}', password: '{PASSWORD}', timezone: UTC}}\n", encoding="utf-8")
        os.chmod(config, 0o600)
        done = harness.run("get", "kassa-1", "-c", config, "--trace", file, *options)
        os.unlink(config)
        return done


class Captures(Folder):
    def test_each_capture_tells_its_document_again(self):
        for name in CAPTURES:
            with self.subTest(name):
                replayed = harness.run("replay", FOLDER / f"{name}.trace", "--json")
                self.assertEqual((replayed.status, replayed.stderr), (0, ""), "see --rebuild in " + __file__)
                expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
                self.assertEqual(told(replayed.document), told(expected))

    def test_each_dialogue_replayed_tells_what_the_poll_told(self):
        for name, (_, options) in CAPTURES.items():
            with self.subTest(name):
                polled = record(name, self.file)
                replayed = harness.run("replay", self.file, "--json")
                self.assertEqual((replayed.status, replayed.stderr), (0, ""), self.text())
                document = polled.document if "--trace-private" in options else without_personal(polled.document)
                self.assertEqual(told(replayed.document), told(document))

    def test_personal_data_stand_in_a_private_trace_only(self):
        for name in ("3-full", "3-password", "3-damaged", "5-full"):
            with self.subTest(name):
                polled = record(name, self.file)
                personal = PERSONAL + [polled.document["metrics"]["registration"]["organization_inn"]]
                text = self.text()
                came = b"".join(self.bytes_of(text, " < ")).decode("cp866", "replace") + text
                found = [word for word in personal if word in came]
                self.assertEqual(found, personal if name == "3-full" else [])

    def test_the_password_is_in_no_trace(self):
        record("3-password", self.file)
        sent = self.bytes_of(self.text(), " > ")
        self.assertTrue(any(b"\xC1\x03" in line for line in sent))
        self.assertFalse(any(bytes.fromhex(PASSWORD) in line for line in sent))

    def test_a_person_reads_the_names_of_the_requests(self):
        record("5-full", self.file)
        story = harness.run("replay", self.file).stdout
        for words in (">       22 version", "<       44 1048 registration (masked)", '"state": "ok"'):
            self.assertIn(words, story)


class Failures(Folder):
    def test_a_poll_that_failed_leaves_a_trace(self):
        with harness.ClosedPort() as connect:
            polled = harness.run("get", connect, "--trace", self.file)
        self.assertEqual(polled.status, 1)
        self.assertEqual(told(harness.run("replay", self.file, "--json").document), told(polled.document))

    def test_silence_and_a_stranger_are_replayed(self):
        with harness.Silence() as connect:
            polled = harness.run("get", connect, "--trace", self.file, "--timeout", "2500ms")
        self.assertEqual(told(harness.run("replay", self.file, "--json").document), told(polled.document))
        with harness.Talker(b"HTTP/1.0 400 Bad Request\r\n") as connect:
            polled = harness.run("get", connect, "--trace", self.file, "--timeout", "2500ms")
        self.assertEqual(told(harness.run("replay", self.file, "--json").document), told(polled.document))

    def test_a_refused_command_line_writes_no_trace(self):
        for words in (["driver:usb"], ["tcp://127.0.0.1:1", "--max-age", "1m"], ["tcp://127.0.0.1:1", "-o", self.file],
                      ["tcp://127.0.0.1:1", "--nonsense"], ["tcp://127.0.0.1:1", "--groups", "nothing"]):
            with self.subTest(words):
                done = harness.run("get", *words, "--trace", self.file)
                self.assertEqual(done.status, 2, done.stderr)
                self.assertFalse(os.path.exists(self.file))
        self.assertEqual(harness.run("get", "tcp://127.0.0.1:1", "--trace-private").status, 2)

    def test_a_trace_that_cannot_be_written_is_told_and_the_document_is_printed(self):
        with harness.Emulator("--protocol", 5) as kkt:
            done = harness.run("get", kkt.connect, "--trace", "/dev/full")
        self.assertEqual((1, "ok"), (done.status, done.document["state"]))
        self.assertIn("/dev/full: no space left on device", done.stderr)

    def test_a_trace_of_a_stranger_prints_no_control_characters(self):
        text = (FOLDER / "5-cut.trace").read_text(encoding="utf-8")
        evil = "\x1b[2Jtcp://\u202eh\x07"
        for old in re.findall(r"^(?:name|address|used): (.*)|connect \d+ (.*)$", text, re.M):
            text = text.replace(": " + (old[0] or old[1]) + "\n", f": {evil}\n").replace(f" {old[0] or old[1]}\n", f" {evil}\n")
        pathlib.Path(self.file).write_text(text, encoding="utf-8")
        for words in ([], ["--json"]):
            done = harness.run("replay", self.file, *words)
            self.assertEqual((done.status, done.stderr), (0, ""))
            self.assertEqual([c for c in done.stdout if (c < " " and c != "\n") or c == "\x7f"], [])
        self.assertIn("\\x1b[2Jtcp://\\u202eh\\x07", harness.run("replay", self.file).stdout)

    def test_a_trace_that_went_through_notepad_or_the_mail_tells_the_same(self):
        for name in ("3-full", "5-full"):
            text = (FOLDER / f"{name}.trace").read_bytes()
            plain = harness.run("replay", FOLDER / f"{name}.trace")
            for way, changed in {"a mark of UTF-8": b"\xef\xbb\xbf" + text, "CRLF": text.replace(b"\n", b"\r\n"),
                                 "both": b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n")}.items():
                with self.subTest(name, way=way):
                    pathlib.Path(self.file).write_bytes(changed)
                    done = harness.run("replay", self.file)
                    self.assertEqual((0, plain.stdout), (done.status, done.stdout), done.stderr)

    def test_a_trace_that_is_cut_anywhere_is_refused_with_its_line(self):
        text = (FOLDER / "5-cut.trace").read_bytes()
        for cut in range(0, len(text) - 1, len(text) // 40):
            with self.subTest(cut):
                pathlib.Path(self.file).write_bytes(text[:cut])
                done = harness.run("replay", self.file)
                self.assertEqual((done.status, done.stdout), (2, ""))
                self.assertIn(f"{self.file}: line {text[:cut].count(10) + 1}: ", done.stderr)

    def test_a_file_that_is_no_trace_is_refused_with_its_line(self):
        text = (FOLDER / "5-full.trace").read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        other = [line.replace(" > 24 40 0D 00 20", " > 24 40 0D 00 21") for line in lines]
        for content, where in (("", "line 1:"), ("{}\n", "line 1:"), (text[:2000], "line "), ("".join(other), "line "),
                               (text + "more\n", f"line {len(lines) + 1}:")):
            pathlib.Path(self.file).write_text(content, encoding="utf-8")
            for words in ([], ["--json"]):
                done = harness.run("replay", self.file, *words)
                self.assertEqual((done.status, done.stdout), (2, ""))
                self.assertIn(where, done.stderr)
        self.assertEqual(harness.run("replay", self.folder + "/none").status, 2)
        self.assertEqual(harness.run("replay").status, 2)


class Recorder(threading.Thread):
    """A line between a client and a register, one connection after another, that writes down what goes over it."""

    def __init__(self, register):
        super().__init__(daemon=True)
        self.register, self.lines = register.rsplit(":", 1), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        began = time.monotonic()
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.create_connection((self.register[0], int(self.register[1]))) as kkt:
                other = {client: (kkt, ">"), kkt: (client, "<")}
                while other:
                    for side in select.select(list(other), [], [])[0]:
                        try:
                            data = side.recv(4096)
                        except ConnectionResetError:
                            data = b""
                        if not data:
                            other = {}
                            break
                        to, mark = other[side]
                        self.lines.append(f"{int(1000 * (time.monotonic() - began))} {mark} {data.hex(' ').upper()}")
                        to.sendall(data)


def rebuild_driver():
    """The vendor's driver reads the emulator: the dialogue, and the document that follows. tests/unit/test_driver_dialogue.c."""
    for protocol in (3, 5):
        with harness.Emulator("--protocol", protocol, "--clients", "many") as kkt:
            recorder = Recorder(kkt.address)
            recorder.start()
            done = harness.run("get", f"driver:tcp/127.0.0.1:{recorder.port}?lib={vendor.library()}", "--timezone", "UTC", "--timeout", "60s")
            recorder.listener.close()
        if done.document["state"] != "ok":
            sys.exit(f"the driver at protocol {protocol}: {done.document['error']}")
        (FOLDER / f"driver-{protocol}.dialogue").write_text("\n".join(recorder.lines) + "\n", encoding="utf-8")
        (FOLDER / f"driver-{protocol}.json").write_text(json.dumps(done.document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rebuild():
    for name in CAPTURES:
        record(name, str(FOLDER / f"{name}.trace"))
        replayed = harness.run("replay", FOLDER / f"{name}.trace", "--json")
        if replayed.status != 0:
            sys.exit(f"{name}: {replayed.stderr}")
        text = json.dumps(told(replayed.document), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(CAPTURES)} captures recorded in {FOLDER}")
    if os.environ.get("ATOL_DRIVER_DIR"):
        rebuild_driver()
        print("and two dialogues of the vendor's driver")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--rebuild", action="store_true")
    options = parser.parse_args()
    os.environ["BUILD"] = str(pathlib.Path(options.build).resolve())
    if options.rebuild:
        rebuild()
    else:
        sys.argv = [sys.argv[0], "--build", options.build]
        harness.main(sys.modules[__name__])
