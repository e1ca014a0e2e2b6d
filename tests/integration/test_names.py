"""Registers by the name that the configuration gives them."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

from harness import ClosedPort, Emulator, default_state, program, run


class Names(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "zabbix-atol.yaml")

    def configure(self, connect, *lines, head=()):
        text = "\n".join([f"state_dir: {self.folder}", *head, "registers:", "  - name: kassa-1",
                          f"    connect: {connect}", *("    " + line for line in lines)]) + "\n"
        pathlib.Path(self.file).write_text(text, encoding="utf-8")

    def get(self, *words):
        return run("get", "kassa-1", "-c", self.file, *words)

    def test_get_and_show_by_name(self):
        with Emulator() as kkt:
            self.configure(kkt.connect)
            result = self.get()
            self.assertEqual(result.status, 0, result.stderr)
            self.assertEqual((result.document["name"], result.document["connect"]), ("kassa-1", kkt.connect))
            self.assertIn("kassa-1", run("show", "kassa-1", "-c", self.file).stdout)

    def test_another_register_is_an_error_without_values(self):
        with Emulator() as kkt:
            self.configure(kkt.connect, 'serial: "00106199999999"')
            result = self.get()
        self.assertEqual(result.status, 1)
        self.assertEqual(result.document["state"], "error")
        self.assertIn("00106199999999", result.document["error"])
        self.assertIn("00106112345678", result.document["error"])
        self.assertNotIn("metrics", result.document)

    def test_a_register_that_does_not_tell_its_number_is_not_taken_for_the_expected_one(self):
        for protocol, request in ((3, "91-16"), (5, "21")):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, "--fault", f"error:{'8C' if protocol == 3 else '6a'}@{request}") as kkt:
                self.configure(kkt.connect, 'serial: "00106112345678"')
                document = self.get().document
                self.assertEqual("error", document["state"])
                self.assertNotIn("metrics", document)

    def test_the_expected_register_is_read(self):
        with Emulator() as kkt:
            self.configure(kkt.connect, 'serial: "00106112345678"')
            document = self.get("--groups", "shift").document
        self.assertEqual(document["state"], "ok")
        self.assertEqual(list(document["metrics"]), ["shift"])

    def test_an_unknown_name_and_a_missing_file_are_2(self):
        self.configure("tcp://127.0.0.1:1")
        unknown = run("get", "kassa-9", "-c", self.file)
        self.assertEqual((unknown.status, unknown.document["state"]), (2, "prerequisite"))
        self.assertIn("kassa-9", unknown.stderr)
        missing = run("get", "kassa-1", "-c", self.file + ".no")
        self.assertEqual((missing.status, missing.document["state"]), (2, "prerequisite"))
        self.assertIn(".no", missing.stderr)

    def test_a_wrong_file_is_2_and_names_the_line(self):
        self.configure("tcp://127.0.0.1:1", "colour: red")
        result = self.get()
        self.assertEqual((result.status, result.document["state"]), (2, "prerequisite"))
        self.assertIn("zabbix-atol.yaml:5", result.document["error"])
        self.assertIn("password", result.stderr)
        check = run("check", "-c", self.file)
        self.assertEqual(check.status, 1)
        self.assertIn("zabbix-atol.yaml:5", check.stdout)

    def test_max_age_answers_from_the_snapshot_if_it_is_young_enough(self):
        snapshot = os.path.join(self.folder, "kassa-1.json")
        with Emulator() as kkt, ClosedPort() as closed:
            self.configure(kkt.connect)
            self.assertEqual(self.get("-o", snapshot).status, 0)
            kept = json.loads(pathlib.Path(snapshot).read_text(encoding="utf-8"))
            self.configure(closed)
            kept["connect"] = closed
            pathlib.Path(snapshot).write_text(json.dumps(kept), encoding="utf-8")
            young = self.get("--max-age", "10m")
            self.assertEqual(young.status, 0, young.stdout)
            self.assertEqual(young.document["metrics"], kept["metrics"])
            self.assertGreaterEqual(young.document["age_s"], 0)
            # The same values an hour later are too old: the register is asked, and it is away.
            kept["polled_ts"] -= 3600
            pathlib.Path(snapshot).write_text(json.dumps(kept), encoding="utf-8")
            self.assertEqual(self.get("--max-age", "10m").document["state"], "unreachable")
            old = self.get("--max-age", "2h")
            self.assertEqual(old.status, 0)
            self.assertAlmostEqual(old.document["age_s"], time.time() - kept["polled_ts"], delta=5)
            # A damaged one is no answer.
            pathlib.Path(snapshot).write_text("{", encoding="utf-8")
            self.assertEqual(self.get("--max-age", "2h").document["state"], "unreachable")

    def test_a_snapshot_of_another_register_is_no_answer(self):
        """The configuration may have changed since: another address, another register, another name."""
        snapshot = pathlib.Path(self.folder, "kassa-1.json")
        with Emulator() as kkt, ClosedPort() as closed:
            self.configure(kkt.connect)
            self.assertEqual(self.get("-o", str(snapshot)).status, 0)
            kept = json.loads(snapshot.read_text(encoding="utf-8"))
            for connect, lines, told in ((closed, (), {}), (kkt.connect, ('serial: "00106199999999"',), {"connect": kkt.connect}),
                                         (closed, (), {"connect": closed, "name": "kassa-2"})):
                with self.subTest(connect=connect, lines=lines, told=told):
                    self.configure(connect, *lines)
                    snapshot.write_text(json.dumps({**kept, **told}), encoding="utf-8")
                    self.assertNotIn("metrics", self.get("--max-age", "10m").document)
                    row = json.loads(run("status", "--json", "-c", self.file).stdout)["registers"][0]
                    self.assertEqual("poll", row["source"])
            self.configure(kkt.connect, 'serial: "00106112345678"')
            snapshot.write_text(json.dumps({**kept, "polled_ts": int(time.time()) - 5}), encoding="utf-8")
            self.assertGreaterEqual(self.get("--max-age", "10m").document["age_s"], 5)

    def test_a_drawer_whose_switch_is_the_other_way_round(self):
        """What it tells depends on the drawer: the configuration may turn it, and nothing else."""
        for protocol in (3, 5):
            for opened in (0, 1):
                state = default_state()
                state["printer"]["drawer_opened"] = opened
                for inverted in ("false", "true"):
                    with self.subTest(protocol=protocol, opened=opened, inverted=inverted), \
                            Emulator("--protocol", protocol, state=state) as kkt:
                        with open(self.file, "w", encoding="utf-8") as f:
                            f.write(f"registers:\n- {{name: k, connect: '{kkt.connect}', drawer_inverted: {inverted}}}\n")
                        told = run("get", "k", "-c", self.file).document["metrics"]["printer"]
                        self.assertEqual(told["drawer_opened"], opened ^ (inverted == "true"))
                        self.assertEqual(told["cover_opened"], 0)

    def test_discover_lists_the_registers(self):
        self.configure("tcp://10.0.0.15", 'serial: "00106112345678"')
        lld = json.loads(run("discover", "--lld", "-c", self.file).stdout)
        self.assertEqual(lld, [{"{#KKT.NAME}": "kassa-1", "{#KKT.CONNECT}": "tcp://10.0.0.15",
                                "{#KKT.SERIAL}": "00106112345678"}])
        self.assertIn("kassa-1\ttcp://10.0.0.15", run("discover", "-c", self.file).stdout)
        missing = run("discover", "--lld", "-c", self.file + ".no")
        self.assertEqual((missing.status, missing.stdout), (2, ""))

    def test_title_shop_tags_and_location_reach_the_discovery(self):
        self.configure("tcp://10.0.0.15", "title: Касса у входа\n    shop: Магазин 12\n    tags: {region: север, IT-line: 2}\n"
                       "    location: {city: Казань, address: 'Баумана, 1', lat: 55.79, lon: 49.12}")
        row, = json.loads(run("discover", "--lld", "-c", self.file).stdout)
        self.assertEqual(row, {"{#KKT.NAME}": "kassa-1", "{#KKT.CONNECT}": "tcp://10.0.0.15", "{#KKT.TITLE}": "Касса у входа",
                               "{#KKT.SHOP}": "Магазин 12", "{#KKT.CITY}": "Казань", "{#KKT.ADDRESS}": "Баумана, 1",
                               "{#KKT.LAT}": "55.79", "{#KKT.LON}": "49.12", "{#KKT.TAGS}": "region=север, IT-line=2",
                               "{#KKT.TAG.REGION}": "север", "{#KKT.TAG.IT_LINE}": "2"})

    def test_all_tags_that_the_configuration_takes_reach_the_discovery(self):
        tags = {"город": "я" * 124, **{f"t{i}": "ю" * 20 for i in range(5)}}
        text = ", ".join(f"{name}={value}" for name, value in tags.items())
        self.assertEqual(255, len(text))
        self.configure("tcp://10.0.0.15", f"tags: {json.dumps(tags, ensure_ascii=False)}")
        row, = json.loads(run("discover", "--lld", "-c", self.file).stdout)
        self.assertEqual(text, row["{#KKT.TAGS}"])
        self.assertEqual([tags[f"t{i}"] for i in range(5)], [row[f"{{#KKT.TAG.T{i}}}"] for i in range(5)])
        self.assertNotIn("{#KKT.TAG.ГОРОД}", row)

    def test_a_name_that_no_host_can_have_is_left_out_of_the_discovery(self):
        with open(self.file, "w", encoding="utf-8") as f:
            f.write("registers:\n  - {name: Касса, connect: 'tcp://127.0.0.1:5555'}\n  - {name: kassa-1, connect: 'tcp://127.0.0.1:5556'}\n")
        found = run("discover", "--lld", "-c", self.file)
        self.assertEqual([row["{#KKT.NAME}"] for row in json.loads(found.stdout)], ["kassa-1"])
        self.assertIn('"Касса" is left out', found.stderr)
        self.assertIn("Касса: No host of Zabbix can have that name; the discovery of registers leaves it out. (name-no-host)",
                      run("check", "-c", self.file).stdout)
        # An agent takes both outputs for the value.
        one = subprocess.run([program(), "discover", "--lld", "-c", self.file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(len(json.loads(one.stdout)), 1)

    def test_serve_check_only_reads_the_configuration(self):
        """What the unit of systemd does before a reload."""
        self.configure("tcp://127.0.0.1:1")
        good = run("serve", "--check", "-c", self.file)
        self.assertEqual((good.status, good.stdout, good.stderr), (0, "", ""))
        self.configure("tcp://127.0.0.1:1", "colour: red")
        wrong = run("serve", "--check", "-c", self.file)
        self.assertEqual((wrong.status, wrong.stdout), (2, ""))
        self.assertIn("zabbix-atol.yaml:5", wrong.stderr)

    def test_control_may_be_allowed_for_a_register(self):
        with Emulator("--protocol", 3, state=default_state()) as kkt:
            self.configure(kkt.connect)
            self.assertEqual(run("beep", "kassa-1", "--yes", "-c", self.file).status, 2)
            self.configure(kkt.connect, "control: true")
            self.assertEqual(run("beep", "kassa-1", "--yes", "-c", self.file).status, 0)

    def test_a_document_has_its_sentence_whatever_the_name_is(self):
        """The sentence is cut at characters, not replaced, and what a terminal would obey is escaped."""
        self.configure("tcp://127.0.0.1:1")
        for name in ("Касса 1 магазин на Тверской улице", "я" * 300, "a" + "я" * 300, "касса\033[31m-1", "\u202eкасса"):
            for config in (self.file, self.file + ".no"):
                with self.subTest(name=name, config=config):
                    done = run("get", name, "-c", config)
                    self.assertEqual(2, done.status)
                    for piece in ("tcp://10.0.0.15", "configuration"):
                        self.assertIn(piece, done.document["error"])
                    self.assertNotRegex(done.document["error"] + done.stderr, "[\033\u202e\ufffd]")
                    russian = run("get", name, "-c", config, "--lang", "ru").document["error"]
                    self.assertIn("настроек", russian)
        raw = os.fsencode(name) + b"\xff\xd0"
        done = subprocess.run([program(), b"get", raw, b"-c", os.fsencode(self.file)], capture_output=True, check=False)
        self.assertIn("\\xff", json.loads(done.stdout)["error"])

    def test_a_wrong_name_in_the_configuration_is_told_whole(self):
        for name in ("_Касса 1 магазин на Тверской улице, дом 12 строение 3, первый этаж", "касса/" + "я" * 60):
            pathlib.Path(self.file).write_text(f"registers:\n  - {{name: '{name}', connect: 'tcp://127.0.0.1:1'}}\n", encoding="utf-8")
            error = run("get", "kassa-1", "-c", self.file).document["error"]
            self.assertIn("zabbix-atol.yaml:2", error)
            self.assertIn("at most 128 bytes", error)
            self.assertIn(name[:15], error)

    def test_the_language_of_the_configuration(self):
        with ClosedPort() as address:
            self.configure(address, head=("language: ru",))
            russian = run("get", "kassa-1", "-c", self.file).document
            self.assertIn("Соединение отклонено", russian["error"])
            english = run("get", "kassa-1", "-c", self.file, "--lang", "en").document
            self.assertIn("refused", english["error"])

    def test_every_sentence_is_in_the_language_of_the_configuration(self):
        """Before the environment's, behind that of --lang; where the error stands makes no difference."""
        with ClosedPort() as address, tempfile.TemporaryDirectory() as folder:
            self.configure(address, head=("language: ru",))
            with Emulator() as kkt:
                pathlib.Path(self.file).write_text(pathlib.Path(self.file).read_text(encoding="utf-8") + f"  - {{name: alive, connect: '{kkt.connect}', control: true}}\n",
                                                   encoding="utf-8")
                for words in (("get", "kassa-1", "-o", f"{folder}/out"), ("get", "nosuch"), ("get", "kassa-1", "--groups", "shif"), ("show", "nosuch"),
                              ("show", "kassa-1", "--timezone", "x"), ("check",), ("check", "nosuch"), ("status",), ("beep", "kassa-1"),
                              ("beep", "kassa-1", "--allow-control", "--yes"), ("beep", "alive", "--yes"), ("set-clock", "alive", "--yes"),
                              ("setup", "--dry-run", address), ("discover", "--serial"), ("discover", "--yaml", "--network", "127.0.0.0/30")):
                    with self.subTest(words=words):
                        done = run(*words, "-c", self.file, env={"LC_ALL": "C"})
                        self.assertRegex(done.stdout + done.stderr, "[а-яё]{3}")
                        self.assertNotRegex(done.stdout + done.stderr, r"\b(the|is|are|was|not|of|and|neither|bits|next|error:|warning:|Registers?|Clock)(\b|$)")
                english = run("check", "-c", self.file, "--lang", "en")
                self.assertNotRegex(re.sub("АТОЛ.*", "", english.stdout), "[а-яё]{3}")
