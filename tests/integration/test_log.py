"""What stands in the log: time, level, subsystem, register; priorities under the journal; no password, nothing that a terminal obeys."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

from harness import PATIENCE, Emulator, program, run

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"


class Log(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.file = self.folder / "zabbix-atol.yaml"

    def configure(self, *rows):
        self.file.write_text(f"state_dir: {self.folder}/state\nregisters:\n" + "".join(f"  - {{{row}}}\n" for row in rows))

    def serve(self, *words, until, env=None, then=()):
        """The lines of serve's log until one matches; then signals and more patterns, one after another."""
        lines = []
        with open(self.folder / "log", "w+", encoding="utf-8") as log, \
                subprocess.Popen([program(), "serve", "-c", self.file, *words], stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, "ZABBIX_ATOL_LANG": "en", **(env or {})}) as serve:
            steps = [(until, None), *then]
            late = threading.Timer(PATIENCE, serve.kill)  # a line that never comes ends the test, not the suite
            late.start()
            for pattern, before in steps:
                if before:
                    before(serve)
                for line in serve.stderr:
                    lines.append(line.rstrip("\n"))
                    if re.search(pattern, line):
                        break
            late.cancel()
            serve.send_signal(signal.SIGTERM)
            lines += serve.stderr.read().splitlines()
            self.assertEqual(0, serve.wait(PATIENCE), lines)
        return lines

    def test_a_command_says_who_speaks_and_a_service_when(self):
        self.assertRegex(run("show", "nowhere").stderr, r'^zabbix-atol: error: "nowhere" is')
        self.configure("name: kassa-1, connect: 'tcp://127.0.0.1:1', timeout: 1s")
        for line in self.serve(until="kassa-1"):
            self.assertRegex(line, rf"^{TIME} (error|warning|info|debug) [a-z]+: ")

    def test_the_journal_gets_priorities_and_no_time(self):
        self.configure("name: kassa-1, connect: 'tcp://127.0.0.1:1', timeout: 1s")
        code = ("import os,sys\ns=os.fstat(2)\nos.environ['JOURNAL_STREAM']=f'{s.st_dev}:{s.st_ino}'\n"
                "os.execv(sys.argv[1],sys.argv[1:])")
        with subprocess.Popen(["python3", "-c", code, program(), "serve", "-c", self.file], stderr=subprocess.PIPE, text=True) as serve:
            lines = []
            for line in serve.stderr:
                lines.append(line)
                if "kassa-1" in line:
                    break
            serve.send_signal(signal.SIGTERM)
            lines += serve.stderr.readlines()
        for line in lines:
            self.assertRegex(line, r"^<[3467]>[a-z]+: \S")
        self.assertTrue(any(line.startswith("<4>serve: kassa-1: ") for line in lines), lines)

    def test_each_line_of_the_wire_names_the_register_and_hides_the_password(self):
        with Emulator("--protocol", 3) as a, Emulator("--protocol", 5) as b:
            self.configure(f"name: kassa-1, connect: '{a.connect}', password: '4321'", f"name: kassa-2, connect: '{b.connect}'")
            for name in ("kassa-1", "kassa-2"):
                done = run("get", name, "-c", self.file, "-vv")
                wire = [line for line in done.stderr.splitlines() if " wire " in line]
                self.assertGreater(len(wire), 10)
                for line in wire:
                    self.assertRegex(line, rf"^{TIME} wire link: {name} [<>]( [0-9a-f]{{2}}| \*\*)+$")
            seen = run("get", "kassa-1", "-c", self.file, "-vv").stderr
            self.assertNotRegex(seen, r"> .*c1 \S\S \S\S 43 21")
            self.assertRegex(seen, r"> .*c1 \S\S \S\S \*\* \*\*")
            lines = self.serve("-vv", until="kassa-2 <")
            self.assertTrue({"kassa-1", "kassa-2"} <= {line.split(": ")[1].split(" ")[0] for line in lines if " wire " in line})

    def test_a_reload_says_which_registers(self):
        with Emulator() as kkt:
            self.configure(f"name: a-same, connect: '{kkt.connect}'", "name: b-gone, connect: 'tcp://127.0.0.1:1'",
                           "name: c-changed, connect: 'tcp://127.0.0.1:2'")

            def reload(serve):
                self.configure(f"name: a-same, connect: '{kkt.connect}'", "name: c-changed, connect: 'tcp://127.0.0.1:3'",
                               "name: d-new, connect: 'tcp://127.0.0.1:4'")
                serve.send_signal(signal.SIGHUP)

            lines = "\n".join(self.serve(until="3 registers", then=[("3 registers", reload)]))
        for text in ("b-gone: gone", "c-changed: changed", "d-new: new"):
            self.assertIn(f"info serve: {text}", lines)
        self.assertNotIn("a-same: changed", lines)

    def test_a_service_speaks_the_language_of_its_configuration(self):
        def configure(*rows):
            self.configure(*rows)
            self.file.write_text("language: ru\n" + self.file.read_text())

        def broken(serve):
            self.file.write_text("language: ru\nregisters: 5\n")
            serve.send_signal(signal.SIGHUP)

        with Emulator() as kkt:
            configure(f"name: a, connect: '{kkt.connect}'", "name: b, connect: 'tcp://127.0.0.1:1', timeout: 1s")
            lines = self.serve("-v", until="b: перестала отвечать", env={"ZABBIX_ATOL_LANG": ""}, then=[("настройки остались прежними", broken)])
        said = [line for line in lines if re.match(rf"{TIME} (error|warning|info) ", line)]
        self.assertGreater(len(said), 3, lines)
        for line in said:
            self.assertRegex(line, rf"^{TIME} \w+ \w+: .*[а-яё]{{3}}")
        done = run("show", "nowhere", "--lang", "ru")
        self.assertRegex(done.stderr, "^zabbix-atol: ошибка: «nowhere»")

    def test_what_a_terminal_would_obey_is_escaped(self):
        done = run("show", "a\033[2Jb\nerror: c")
        self.assertNotIn("\033", done.stderr)
        self.assertEqual(1, done.stderr.count("\n"))
        self.assertIn(r"a\x1b[2Jb\nerror: c", done.stderr)


if __name__ == "__main__":
    unittest.main()
