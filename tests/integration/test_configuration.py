"""What may be wrong with a configuration: the place is named, and no command waits for what never comes."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import PATIENCE, ClosedPort, program, run


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "z.yaml"

    def check(self, text):
        self.file.write_text(text, encoding="utf-8")
        return run("serve", "--check", "-c", self.file)

    def refused(self, text, line, what):
        done = self.check(text)
        self.assertEqual(2, done.status, text)
        self.assertIn(f"{self.file}:{line}: {what}", done.stderr)

    def accepted(self, text):
        done = self.check(text)
        self.assertEqual((0, ""), (done.status, done.stderr), text)


class Include(Folder):
    def test_an_empty_file_is_what_a_full_disk_leaves(self):
        more = self.folder / "more.yaml"
        for text in ("", "\n  \n"):
            more.write_text(text, encoding="utf-8")
            done = self.check("include: more.yaml\n")
            self.assertEqual(2, done.status, done.stderr)
            self.assertIn(f"{more}:1: the file is empty", done.stderr)
        more.write_text("# none yet\n", encoding="utf-8")
        self.accepted("include: more.yaml\n")

    def test_each_register_is_told_with_its_own_file_though_the_main_one_goes_on_behind_its_include(self):
        more = self.folder / "more.yaml"
        more.write_text("registers:\n- {name: a, connect: tcp://one}\n", encoding="utf-8")
        for name, connect, what in (("a", "two", 'the name "a"'), ("b", "one", 'the address "tcp://one"')):
            done = self.check(f"include: more.yaml\nregisters:\n- {{name: {name}, connect: tcp://{connect}}}\n")
            self.assertEqual(2, done.status)
            self.assertIn(f'{more}:2: {what} is taken already, at {self.file}:3 ("{name}")', done.stderr)
        self.refused("include: more.yaml\npush: {agent_config: a.conf}\nregisters:\n- {name: Касса, connect: tcp://two}\n", 4, 'name "Касса"')


class Nothing(Folder):
    """YAML has words for "nothing here": they are no texts."""
    WORDS = ("~", "null", "Null", "NULL", "")

    def test_it_is_no_value(self):
        for word in self.WORDS:
            self.refused(f"registers:\n- name: {word}\n  connect: tcp://a\n", 2, "name: expected a value, found nothing")
            self.refused(f"registers:\n- name: a\n  connect: tcp://a\n  serial: {word}\n", 4, "serial: expected a value, found nothing")
            self.refused(f"push:\n  agent_config: {word}\n", 2, "agent_config: expected a value, found nothing")

    def test_it_is_an_empty_list(self):
        for word in self.WORDS:
            self.accepted(f"registers: {word}\n")

    def test_a_quoted_word_is_a_text(self):
        self.accepted('registers:\n- {name: "null", connect: tcp://a, title: "~"}\n')


class Hosts(Folder):
    def test_what_no_host_can_be_called_is_refused_however_it_is_written(self):
        for host in ("a%20b", "a b", "a%2Fb", "u%40h", "h#x", "h%23", "a\\b"):
            self.refused(f"registers:\n- name: a\n  connect: '{'tcp://' + host}'\n", 3, f'The address "tcp://{host}" is wrong: this is not a host name')


class Unread(Folder):
    """What only a person can mend is status 2, with which systemd starts serve no more; what may be over soon is 1."""

    def told(self, path, status, words):
        for command in (("serve", "--check"), ("serve",), *([("check",)] if words != "exist" else []), ("get", "a")):
            done = run(*command, "-c", path, "--lang", "en")
            expected = 1 if command == ("check",) else status
            self.assertEqual(expected, done.status, (command, done.stderr))
            self.assertIn(words, done.stdout + done.stderr, command)

    def test_a_folder_and_no_file(self):
        self.told(self.folder, 2, f"{self.folder}: is a folder, expected a file")
        self.told(self.folder / "none.yaml", 2, "exist")

    def test_a_disk_that_fails_may_be_well_the_next_time(self):
        failing = "/proc/self/mem"  # a read of it is EIO
        self.told(failing, 1, f"{failing}: i/o error. The configuration may be right: try again.")
        self.file.write_text(f"include: {failing}\n", encoding="utf-8")
        self.told(self.file, 1, f"{failing}: i/o error. The configuration may be right: try again.")

    def test_what_may_not_be_read_says_who_has_to_be_allowed(self):
        self.file.write_text("registers:\n", encoding="utf-8")
        self.folder.chmod(0o755)
        self.file.chmod(0)
        done = run("serve", "--check", "-c", self.file, "--lang", "ru", user=65534)
        self.assertEqual(2, done.status)
        self.assertIn(f"{self.file}: нет прав. Разрешите чтение пользователю, от имени которого работает zabbix-atol.", done.stderr)


class Pipes(Folder):
    """A pipe that nobody writes, where a file is expected: as good as a share that is gone."""

    def test_every_command_ends_within_its_time(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with ClosedPort() as closed, subprocess.Popen([program(), "replay", pipe], stderr=subprocess.PIPE, text=True,
                                                      env={**os.environ, "ZABBIX_ATOL_LANG": "en"}) as replay:
            for words in (("check",), ("check", "a"), ("status",), ("show", "a"), ("get", "a"), ("discover",), ("discover", "--lld"),
                          ("discover", "--scan", "--yaml"), ("setup", "--dry-run"), ("beep", "a", "--yes", "--allow-control")):
                with self.subTest(words=words):
                    self.told(run(*words, "-c", pipe, "--timeout", "500ms"))
            with self.subTest("the agent's file"):
                self.told(run("check", closed, "--agent", pipe, "--timeout", "500ms"))
            with self.subTest("a trace"):
                self.assertIn("was not read within 15000 ms", replay.communicate(timeout=PATIENCE)[1])
                self.assertEqual(2, replay.returncode)

    def told(self, done):
        self.assertIn(done.status, (1, 2))
        self.assertIn("was not read within 500 ms", done.stdout + done.stderr)
