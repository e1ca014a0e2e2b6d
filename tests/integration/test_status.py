"""status: all registers of the configuration, one line each, the worst first."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import PATIENCE, ClosedPort, Emulator, default_state, program, run
from terminal import run_on_terminal


class Status(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kkt-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.file = self.folder / "zabbix-atol.yaml"

    def emulator(self, *words, **options):
        kkt = Emulator(*words, **options)
        self.addCleanup(kkt.__exit__)
        return kkt

    def configure(self, *registers):
        rows = "".join(f"  - {{name: '{name}', connect: '{connect}'{more}}}\n" for name, connect, more in registers)
        self.file.write_text(f"state_dir: {self.folder}\nregisters:\n{rows}" if rows else f"state_dir: {self.folder}\nregisters: []\n")

    def status(self, *words, **options):
        return run("status", "-c", self.file, *words, **options)

    def three(self):
        ill = default_state()
        ill["printer"]["paper_present"] = 0
        ill["ofd"].update(unsent_count=12, first_unsent=time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() - 60)))
        good, bad = self.emulator(), self.emulator(state=ill)
        closed = ClosedPort()
        address = closed.__enter__()
        self.addCleanup(closed.__exit__)
        self.configure(("a-good", good.connect, ""), ("b-ill", bad.connect, ", title: 'Касса у входа в торговый зал магазина на Тверской'"),
                       ("c-away", address, ""))
        return address

    def test_the_worst_stands_first_and_decides_the_exit_status(self):
        address = self.three()
        done = self.status("--json")
        self.assertEqual((1, ""), (done.status, done.stderr))
        rows = done.document["registers"]
        self.assertEqual(["c-away", "b-ill", "a-good"], [row["name"] for row in rows])
        self.assertEqual(done.document["worst"], rows[0]["health"]["code"])
        self.assertEqual(("unreachable", "poll", address), (rows[0]["state"], rows[0]["source"], rows[0]["connect"]))
        self.assertIn("refused", rows[0]["health"]["text"])
        self.assertEqual((12, 1), (rows[1]["unsent_count"], rows[1]["shift_state"]))
        self.assertEqual(0, rows[2]["health"]["code"])
        # What is not known is not there.
        for key in ("fn_days_left", "unsent_count", "shift_state", "serial"):
            self.assertNotIn(key, rows[0])
        self.configure(("a-good", rows[2]["connect"], ""))
        self.assertEqual(0, self.status().status)

    def test_eighty_columns_hold_each_line_in_both_languages(self):
        self.three()
        for lang, head in (("en", "REGISTER"), ("ru", "КАССА")):
            lines = self.status("--lang", lang).stdout.splitlines()
            self.assertTrue(lines[0].startswith(head))
            self.assertEqual(5, len(lines))
            for line in lines:
                self.assertLessEqual(len(line), 80, line)
            self.assertRegex(lines[2], "^b-ill Касса .*…")
            self.assertEqual({len(line) for line in lines[:4]}, {len(lines[0])}, "the columns are aligned")

    def test_a_snapshot_is_old_after_three_intervals_unless_the_shop_is_closed(self):
        kkt = self.emulator()
        other_day = time.strftime("%a", time.localtime(time.time() + 3 * 86400))
        for hours, source in (("", "poll"), (", hours: '00:00-24:00'", "poll"), (f", hours: '{other_day} 10:00-11:00'", "serve")):
            with self.subTest(hours=hours):
                self.configure(("kassa-1", kkt.connect, f", interval: 60s{hours}"))
                self.assertEqual(0, run("get", "kassa-1", "-c", self.file, "-o", self.folder / "kassa-1.json").status)
                old = json.loads((self.folder / "kassa-1.json").read_text())
                self.assertEqual("serve", self.status("--json").document["registers"][0]["source"], "a fresh one")
                (self.folder / "kassa-1.json").write_text(json.dumps({**old, "polled_ts": old["polled_ts"] - 6600}))
                self.assertEqual(source, self.status("--json").document["registers"][0]["source"])

    def test_a_wide_terminal_shows_the_whole_title(self):
        self.three()
        status, text = run_on_terminal([program(), "status", "-c", self.file], 200, {**os.environ, "ZABBIX_ATOL_LANG": "en"}, PATIENCE)
        self.assertEqual(1, status)
        self.assertIn("Касса у входа в торговый зал магазина на Тверской", text)
        self.assertIn("\033[33mno answer", text)

    def snapshot(self, name, document, age):
        (self.folder / f"{name}.json").write_text(json.dumps({**document, "name": name, "polled_ts": int(time.time()) - age}))

    def test_a_fresh_snapshot_of_serve_is_taken_and_an_old_one_is_not(self):
        kkt = self.emulator()
        document = run("get", kkt.connect).document
        kkt.stop()
        self.configure(("kassa-1", kkt.connect, ""))
        self.snapshot("kassa-1", document, 60)
        row = self.status("--json").document["registers"][0]
        self.assertEqual(("serve", "ok"), (row["source"], row["state"]))
        self.assertAlmostEqual(60, row["age_s"], delta=5)
        for age, words in ((3600, ()), (60, ("--max-age", "30s"))):
            self.snapshot("kassa-1", document, age)
            row = self.status("--json", *words).document["registers"][0]
            self.assertEqual(("poll", "unreachable"), (row["source"], row["state"]))
        # A snapshot of another register, and one from the future, are no answer.
        self.snapshot("kassa-2", document, 0)
        os.replace(self.folder / "kassa-2.json", self.folder / "kassa-1.json")
        self.assertEqual("poll", self.status("--json").document["registers"][0]["source"])

    def test_registers_are_polled_side_by_side(self):
        kkts = [self.emulator("--latency-ms", 20) for _ in range(6)]
        self.configure(*((f"kassa-{i:02}", kkt.connect, "") for i, kkt in enumerate(kkts)))
        rows = self.status("--json").document["registers"]
        # Each begins before the first is done: a poll takes a second or so.
        self.assertEqual(["ok"] * 6, [row["state"] for row in rows])
        frames = [line.split() for kkt in kkts for line in (kkt.frames()[0], kkt.frames()[-1])]
        begins, ends = [float(f[0]) for f in frames[::2]], [float(f[0]) for f in frames[1::2]]
        self.assertLess(max(begins), min(ends))

    def test_prometheus_has_one_help_a_family_for_all_registers(self):
        self.three()
        text = self.status("--format", "prometheus").stdout
        helps = re.findall(r"^# HELP (\S+)", text, re.M)
        self.assertEqual(len(helps), len(set(helps)))
        self.assertEqual(3, len(re.findall(r"^kkt_up\{", text, re.M)))
        self.assertIn('kkt_health{name="c-away"} 302', text)
        lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((0, ""), (lint.returncode, lint.stdout + lint.stderr))

    def test_watch_goes_on_until_ctrl_c_which_ends_it_as_a_signal(self):
        self.three()
        for words in (("status", "-c", self.file, "--watch"), ("show", "a-good", "-c", self.file, "-w")):
            with self.subTest(command=words[0]), subprocess.Popen([program(), *words], stdout=subprocess.PIPE, text=True,
                                                                  env={**os.environ, "ZABBIX_ATOL_LANG": "en"}) as watch:
                seen = 0
                for line in watch.stdout:
                    seen += line.startswith("REGISTER") or "Connected by" in line
                    if seen == 2:
                        break
                watch.send_signal(signal.SIGINT)
                watch.stdout.read()
                self.assertEqual(-signal.SIGINT, watch.wait(PATIENCE))

    def test_no_registers_and_no_configuration(self):
        self.configure()
        done = self.status()
        self.assertEqual(0, done.status)
        self.assertIn("Registers: 0", done.stdout)
        self.assertEqual({"registers": [], "worst": 0}, self.status("--json").document)
        self.assertEqual(2, run("status", "-c", str(self.file) + ".no").status)


if __name__ == "__main__":
    unittest.main()
