"""On a terminal of 80 or 60 columns no line is wider, and no word is broken: show, check, status, discover."""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import PATIENCE, ROOT, Emulator, program
from terminal import run_on_terminal

LONG = "tcp://a-register-with-a-long-name-in-the-branch-office-of-the-far-east.shop.example:5555"


def on_terminal(columns, *words):
    """What a terminal of so many columns shows, without colours."""
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    _, text = run_on_terminal([program(), *words], columns, environment, PATIENCE)
    return re.sub(r"\033\[[0-9;]*[A-Za-z]", "", text).replace("\r", "")


def words_of(text):
    """How often each word stands there; what depends on the moment has digits."""
    return collections.Counter(word for word in text.split() if not re.search(r"\d", word))


class Columns(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.file = self.folder / "zabbix-atol.yaml"

    def holds(self, *words, whole_words=True):
        for lang in ("en", "ru"):
            widest = on_terminal(1000, *words, "--lang", lang)
            self.assertGreater(len(widest), 30)
            for columns in (80, 60):
                with self.subTest(words=words, lang=lang, columns=columns):
                    text = on_terminal(columns, *words, "--lang", lang)
                    for line in text.splitlines():
                        self.assertTrue(len(line) <= columns or len(line.split()) == 1, f"{len(line)}: {line}")
                    if whole_words:
                        self.assertEqual(words_of(widest), words_of(text))

    def test_show(self):
        with Emulator(state=json.loads((ROOT / "tests/data/demo-state.json").read_text())) as kkt:
            self.holds("show", kkt.connect, "--groups", "all")

    def test_show_of_a_register_that_does_not_answer(self):
        self.holds("show", "tcp://127.0.0.1:1")

    def test_a_value_wider_than_its_column_stays_whole_on_a_line_of_its_own(self):
        name = "kassa@" + "a-very-long-name." * 3 + "example"
        with Emulator(state={"registration": {"organization_email": name}}) as kkt:
            for columns in (80, 60):
                lines = on_terminal(columns, "show", kkt.connect, "--groups", "registration").splitlines()
                self.assertIn(f"    {name}", lines)

    def test_the_column_of_names_takes_half_of_the_line_at_most(self):
        with Emulator() as kkt:
            for line in on_terminal(80, "show", kkt.connect, "--groups", "fn", "--lang", "en").splitlines():
                if found := re.match(r"  Serial number of the fiscal storage +", line):
                    self.assertLessEqual(found.end(), 42)
                    return
        self.fail("no line of the serial number")

    def test_check(self):
        self.file.write_text(f"registers:\n  - {{name: a, connect: '{LONG}', timeout: 1s}}\n")
        self.holds("check", "tcp://127.0.0.1:1", "-c", str(self.file))

    def test_status(self):
        with Emulator() as kkt:
            self.file.write_text(f"registers:\n  - {{name: a, title: Касса у входа в торговый зал, connect: '{kkt.connect}'}}\n"
                                 "  - {name: b, connect: 'tcp://127.0.0.1:1', timeout: 1s}\n")
            # A cell that is too wide ends with an ellipsis: what it says stands whole in `show`.
            self.holds("status", "-c", str(self.file), whole_words=False)
            for columns in (59, 45, 44, 40, 34, 33, 20):
                for lang in ("en", "ru"):
                    text = on_terminal(columns, "status", "-c", str(self.file), "--lang", lang)
                    self.assertEqual([], [line for line in text.splitlines() if len(line) > columns], f"{columns} {lang}")
                    self.assertIn("no answ" if lang == "en" else "не отве", text)

    def test_a_terminal_without_escape_sequences_gets_none(self):
        self.file.write_text("registers:\n  - {name: b, connect: 'tcp://127.0.0.1:1', timeout: 1s}\n")
        for words in (("show", "tcp://127.0.0.1:1"), ("status", "-c", self.file), ("check", "-c", self.file)):
            for name, value, coloured in (("TERM", "dumb", False), ("NO_COLOR", "1", False), ("TERM", "xterm", words[0] != "check")):
                environment = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", name: value}
                text = run_on_terminal([program(), *words], 80, environment, PATIENCE)[1]
                self.assertEqual(coloured, "\033[" in text, (words, name, value))

    def test_discover(self):
        self.holds("discover", "--scan", "--network", "127.9.8.0/30")  # 127.0.0.1 has others' registers that come and go

    def test_what_is_not_for_a_screen_stays_one_line(self):
        done = subprocess.run([program(), "check", "tcp://127.0.0.1:1", "--lang", "en"], capture_output=True, text=True, check=False)
        self.assertTrue(any(len(line) > 80 for line in done.stdout.splitlines()))

    def test_COLUMNS_says_how_wide(self):
        with Emulator() as kkt:
            done = subprocess.run([program(), "show", kkt.connect], capture_output=True, text=True, check=True,
                                  env={**os.environ, "COLUMNS": "50"})
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 50)


if __name__ == "__main__":
    unittest.main()
