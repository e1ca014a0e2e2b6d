"""docs/security.md: every test that it names is there, in both languages alike; and the configuration holds no secret of Zabbix."""
import re
import tempfile
import unittest

from harness import ROOT, run


def named(page):
    return re.findall(r"`(tests/[\w./-]+)`", (ROOT / "docs" / page).read_text(encoding="utf-8"))


class Page(unittest.TestCase):
    def test_the_tests_that_it_names_are_there(self):
        tests = named("security.md")
        self.assertGreater(len(set(tests)), 25)
        for test in tests:
            with self.subTest(test):
                self.assertTrue((ROOT / test).exists())

    def test_both_languages_name_the_same(self):
        self.assertEqual(named("security.md"), named("security.ru.md"))

    def test_no_row_is_without_a_test_or_the_reason(self):
        for page, words in (("security.md", "no test"), ("security.ru.md", "нет теста")):
            rows = [line for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
            self.assertGreater(len(rows), 40)
            self.assertEqual([], [row for row in rows if words in row.rsplit("|", 2)[1]])


class StolenConfiguration(unittest.TestCase):
    def test_nothing_that_opens_zabbix_can_stand_in_it(self):
        for key in ("psk", "tls_psk", "tls_psk_file", "tls_key_file", "user", "password", "token", "api_token"):
            with self.subTest(key), tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
                file.write(f"registers: []\npush:\n  agent_config: /etc/zabbix/zabbix_agentd.conf\n  {key}: secret\n")
                file.flush()
                done = run("serve", "--check", "-c", file.name)
                self.assertEqual(2, done.status, done.stderr)
                self.assertIn(f"{file.name}:4: unknown key \"{key}\"", done.stderr)
