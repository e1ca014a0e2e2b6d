"""What --help says, the manual pages say too, in both languages; a sentence about a missing value has an example, no placeholder."""
import re
import subprocess
import unittest

import harness
from test_completion import commands, options

PAGES = ("man/{}.1", "man/ru/{}.1")


def page(template, name):
    return (harness.ROOT / template.format(name)).read_text(encoding="utf-8").replace("\\-", "-")


class Manuals(unittest.TestCase):
    def test_each_command_and_each_option_stands_in_both_manuals(self):
        """An option under OPTIONS, or in bold in what is said of its command."""
        self.assertGreater(len(commands()), 13)
        for template in PAGES:
            parts = re.split(r"(?m)^\.TP\n", page(template, "zabbix-atol"))[1:]
            headings = "\n".join(part.splitlines()[0] for part in parts)
            for command in commands():
                of = [part for part in parts if re.match(rf"\.B (?:.*, )?{command}(?:,|\n)", part)]
                self.assertEqual(1, len(of), f"{template}: {command}")
                for letter, name, _ in options(command):
                    for word in filter(None, (letter, name)):
                        self.assertTrue(re.search(rf"(^|\s){word}(?![-\w])", headings) or re.search(rf"\\fB{word}(?![-\w])", of[0]),
                                        f"{template}: {command} {word}")

    def test_the_manuals_name_no_option_that_there_is_not(self):
        known = {word for command in commands() for letter, name, _ in options(command) for word in (letter, name)} | {"-vv"}
        for template in PAGES:
            for heading in re.findall(r"(?m)^\.TP\n(.*)", page(template, "zabbix-atol")):
                for word in re.findall(r"(?:^|\s)(--?[a-z][\w-]*)", heading):
                    self.assertIn(word, known, template)

    def test_json_names_each_command_that_has_it(self):
        having = {command for command in commands() if any(name == "--json" for _, name, _ in options(command))}
        for template in PAGES:
            sentence = re.search(r"(?m)^\.B --json\n(.*)", page(template, "zabbix-atol"))[1]
            self.assertEqual(having, set(re.findall(r"\\fB(\w+)\\fR", sentence)), template)

    def test_the_emulator(self):
        said = subprocess.run([harness.emulator_program(), "--help"], capture_output=True, text=True, check=True).stdout
        words = re.findall(r"(?m)^  (--[a-z-]+)", said)
        self.assertGreater(len(words), 12)
        for template in PAGES:
            text = page(template, "atol-emulator")
            for word in (*words, "--help", "--version"):
                self.assertRegex(text, rf"{word}(?![-\w])", template)

    def test_both_languages_have_the_same_sections(self):
        for name in ("zabbix-atol", "atol-emulator", "zabbix-atol-zabbix-setup"):
            counts = [(len(re.findall(r"(?m)^\.SH ", page(t, name))), len(re.findall(r"(?m)^\.TP$", page(t, name)))) for t in PAGES]
            self.assertEqual(counts[0], counts[1], name)


class Values(unittest.TestCase):
    def test_a_missing_value_has_an_example_and_no_placeholder(self):
        seen = 0
        for command in commands():
            for letter, name, value in options(command):
                if not value or "|" in value:
                    continue
                for words in filter(None, ((name,), (letter,) if letter else None, (name + "=",) if name != "--register" else None)):
                    for lang in ("en", "ru"):
                        seen += 1
                        done = harness.run(command, "--lang", lang, *words)
                        self.assertEqual(2, done.status, (command, words))
                        sentence = done.stderr.splitlines()[0]
                        self.assertIn(name, sentence)
                        self.assertNotRegex(sentence, rf"(?<![\w-]){re.escape(value)}(?!\w)", sentence)
                        self.assertNotIn("..", sentence)
        self.assertGreater(seen, 60)

    def test_examples_are_taken(self):
        for command, option, example in (("get", "--timezone", "Europe/Moscow"), ("get", "--timezone", "+03:00"), ("get", "--max-age", "5m"),
                                         ("get", "--groups", "printer,fn"), ("setup", "--network", "10.0.12.0/24")):
            self.assertIn(example, harness.run(command, option).stderr)
        with harness.Emulator() as kkt:
            done = harness.run("get", kkt.connect, "--timezone", "Europe/Moscow", "--groups", "printer,fn", "--max-age", "5m")
        # `registration` comes with fn: its limits hang on whether the register is autonomous.
        self.assertEqual((0, {"printer", "fn", "registration"}), (done.status, set(done.document["metrics"])))
