"""The Prometheus file of `serve`, and what is made for it: alert rules equal to the triggers of the Zabbix templates, a dashboard."""
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from harness import ROOT, ClosedPort, Emulator, default_state, program

sys.path.insert(0, str(ROOT / "tools"))
from prom import rules as made_rules  # noqa: E402
from zbx import collector  # noqa: E402
from zbx.triggers import TRIGGERS  # noqa: E402

FOLDER = ROOT / "prometheus"
PATIENCE = 60


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


def families(text):
    """Of the text format: name -> {labels: value}."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = re.fullmatch(r'([a-z_0-9]+)(\{.*\})? (\S+)', line).groups()
            found.setdefault(name, {})[labels or ""] = float(value)
    return found


def two_days_left():
    state = default_state()
    state["fn"]["valid_until"] = time.strftime("%Y-%m-%d", time.localtime(time.time() + 2 * 86400 + 7200))
    return state


class Serving:
    def __init__(self, folder, registers, file="out.prom"):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "c.yaml"
        self.configure(registers, file)

    def configure(self, registers, file):
        push = "push: {agent_config: agent.conf, sender: /bin/false, spool: spool}"  # the series of the spool are there with it only
        rows = "".join(f"  - {{name: {name}, connect: \"{connect}\", interval: 1s{more}}}\n" for name, connect, more in registers)
        self.config.write_text(f"state_dir: state\nprometheus:\n  file: {file}\n{push}\nregisters:\n{rows}", encoding="utf-8")
        self.file = self.folder / file

    def text(self):
        return self.file.read_text(encoding="utf-8") if self.file.exists() else ""

    def __enter__(self):
        self.process = subprocess.Popen([program(), "serve", "-c", self.config], stderr=subprocess.PIPE, text=True)
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.errors = self.process.communicate(timeout=PATIENCE)[1]
        return self.errors

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.stop()


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
class File(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_all_registers_and_serve_itself_in_one_document(self):
        with Emulator() as well, Emulator("--protocol", "3", state=two_days_left()) as ill, ClosedPort() as nobody:
            rows = [("kassa-1", well.connect, ""), ("kassa-2", ill.connect, ", hours: always"), ("kassa-3", nobody, ""),
                    ("kassa-4", nobody.replace("127.0.0.1", "127.0.0.2"), ", hours: Mon-Sun 03:00-03:01")]
            with Serving(self.folder, rows) as serving:
                wait_for("the file with three registers", lambda: serving.text().count("kkt_up{") >= 3)
                text = serving.text()
                checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
                self.assertEqual((0, ""), (checked.returncode, checked.stdout + checked.stderr))
                helps = re.findall(r"(?m)^# HELP (\S+)", text)
                self.assertEqual(len(helps), len(set(helps)), "one HELP a family")
                told = families(text)
                self.assertEqual({'{name="kassa-1"}': 1, '{name="kassa-2"}': 1, '{name="kassa-3"}': 0}, {k: told["kkt_up"][k] for k in sorted(told["kkt_up"])[:3]})
                self.assertEqual({'{name="kassa-4"}': 1}, told["kkt_shop_closed"], "who has no hours, or is always open, is not told")
                self.assertIn('{name="kassa-2",reason="fn_days_disaster",severity="disaster"}', told["kkt_problem"])
                self.assertEqual(0, told["kkt_problems"]['{name="kassa-2",severity="disaster"}'], "its days speak for it")
                self.assertIn('{name="kassa-3",reason="unreachable",severity="average"}', told["kkt_problem"])
                self.assertFalse([n for n in told if not n.startswith(("kkt_up", "kkt_state", "kkt_unread", "kkt_health", "kkt_problem", "kkt_poll"))
                                  and any("kassa-3" in labels for labels in told[n])], "what was not read has no value")
                self.assertEqual(4, told["kkt_serve_registers_configured"][""])
                self.assertAlmostEqual(time.time(), told["kkt_serve_timestamp_seconds"][""], delta=70)
                self.assertFalse([line for line in text.splitlines() if "was refused" in line], "no texts of errors in labels")
                serving.stop()
                self.assertFalse(serving.file.exists(), "nobody is to take it for news")

    def test_no_file_is_left_behind_by_a_reload(self):
        with Emulator() as kkt, Serving(self.folder, [("kassa-1", kkt.connect, "")], "one.prom") as serving:
            wait_for("the first file", lambda: "kkt_up" in serving.text())
            first = serving.file
            serving.configure([("kassa-1", kkt.connect, "")], "two.prom")
            serving.process.send_signal(signal.SIGHUP)
            # The next one is written a minute later; at the end of serve neither is left.
            serving.stop()
            self.assertFalse(first.exists())
            self.assertFalse(serving.file.exists())

    def test_a_file_that_cannot_be_written_is_said_and_serve_goes_on(self):
        with Emulator() as kkt, Serving(self.folder, [("kassa-1", kkt.connect, "")], "no/such/folder/x.prom") as serving:
            line = ""
            while "the Prometheus file" not in line:
                line = serving.process.stderr.readline()
                self.assertTrue(line, "serve has ended")
            self.assertIn("no/such/folder/x.prom", line)
            self.assertIsNone(serving.process.poll())

    def test_only_a_name_that_a_collector_reads(self):
        config = pathlib.Path(self.folder) / "c.yaml"
        for written, said in (("file: /x/kkt.txt", ".prom"), ("{}", "needs `file`"), ("file: ''", ""), ("path: x.prom", "path")):
            config.write_text(f"prometheus: {{{written}}}\n" if written != "{}" else "prometheus: {}\n", encoding="utf-8")
            done = subprocess.run([program(), "serve", "--check", "--lang", "en", "-c", config], capture_output=True, text=True)
            self.assertEqual(2, done.returncode, written)
            self.assertIn(said, done.stderr)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def page(address):
    try:
        with urllib.request.urlopen("http://" + address, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


@unittest.skipUnless(shutil.which("prometheus") and shutil.which("prometheus-node-exporter"), "prometheus or its node exporter is not installed")
class Chain(unittest.TestCase):
    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)

    def test_from_the_register_to_the_alert(self):
        """serve writes, node_exporter collects through a link in its folder, as the documentation has it, Prometheus fires."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        collected = folder / "textfile"
        collected.mkdir()
        (collected / "zabbix-atol.prom").symlink_to(folder / "out.prom")
        exporter, prometheus = free_port(), free_port()
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(FOLDER / "zabbix-atol.rules.yml")],
                  "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}]}
        (folder / "p.yml").write_text(json.dumps(config), encoding="utf-8")
        kkt = self.enterContext(Emulator(state=two_days_left()))
        serving = self.enterContext(Serving(folder, [("kassa-1", kkt.connect, "")]))
        self.start("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                   f"--collector.textfile.directory={collected}", f"--web.listen-address=127.0.0.1:{exporter}")
        self.start("prometheus", f"--config.file={folder / 'p.yml'}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{prometheus}")
        wait_for("node_exporter", lambda: 'kkt_up{name="kassa-1"} 1' in page(f"127.0.0.1:{exporter}/metrics"))
        self.assertIn("node_textfile_scrape_error 0", page(f"127.0.0.1:{exporter}/metrics"))
        wait_for("the alert", lambda: "KktFnLeftCrit" in page(f"127.0.0.1:{prometheus}/api/v1/alerts"))
        alert, = json.loads(page(f"127.0.0.1:{prometheus}/api/v1/alerts"))["data"]["alerts"]
        self.assertEqual("kassa-1: FN: up to 3 days left", alert["annotations"]["summary"])
        serving.stop()


# What raises each alert: series (name, labels, values; "a+bxN" as promtool writes) over the hours, when it is looked at, and what then is there.
DAY = 86400


def series(name, values, **labels):
    return {"series": name + "{" + ",".join(f'{k}="{v}"' for k, v in {"name": "kassa-1", **labels}.items()) + "}", "values": values}


def serve_series(name, values, **labels):
    return {"series": name + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}", "values": values}


def fn(days, more=None):
    return [series("kkt_fn_validity_left_seconds", f"{days * DAY}x90"), *([series("kkt_fn_resource_left_seconds", f"{more * DAY}x90")] if more is not None else [])]


def queue(days, autonomous=0):
    return [series("kkt_ofd_first_unsent_age_seconds", f"{days * DAY}x90"), series("kkt_registration_autonomous", f"{autonomous}x90")]


def unread(seconds, state):
    return [series("kkt_unread_seconds", f"{seconds}x90"), series("kkt_state", "1x90", state=state), series("kkt_state_seconds", f"{seconds}x90")]


def polled(values):
    return series("kkt_poll_timestamp_seconds", values)


def served(values):
    return serve_series("kkt_serve_timestamp_seconds", values)


LAST_WORDS = [series("kkt_fn_validity_left_seconds", f"{2 * DAY}x60 stale"), series("kkt_unread_seconds", "0x60 stale"), polled("0+60x60 stale"),
              served("0+60x60 stale")]  # of an hour; the FN ends in two days
SHUT_AN_HOUR = series("kkt_shop_closed", "1x59 0x60")
GONE = ["KktNodata", "KktServeNodata"]
# (what is so, its series, minutes, the alerts that fire)
CASES = [
    ("all is well", [*fn(400), *queue(0), series("kkt_shift_state", "1x90"), series("kkt_problems", "0x90", severity="high"), *unread(0, "ok"),
                     series("kkt_poll_timestamp_seconds", "0+60x90")], 60, []),
    ("60 days", fn(60), 5, ["KktFnLeftInfo"]), ("61 days", fn(61), 5, []), ("30 days", fn(30), 5, ["KktFnLeftWarn"]), ("10 days", fn(10), 5, ["KktFnLeftHigh"]),
    ("3 days by its own count", fn(400, 3), 5, ["KktFnLeftCrit"]), ("expired: a fault tells it", fn(-1), 5, []),
    ("a day", queue(1), 5, ["KktOfdAgeInfo"]), ("less", [series("kkt_ofd_first_unsent_age_seconds", "86399x90")], 5, []),
    ("3 days", queue(3), 5, ["KktOfdAgeWarn"]), ("7 days", queue(7), 5, ["KktOfdAgeAverage"]), ("20 days", queue(20), 5, ["KktOfdAgeHigh"]),
    ("27 days", queue(27), 5, ["KktOfdAgeCrit"]), ("27 days, autonomous", queue(27, 1), 5, []),
    ("a shift of more than a day", [series("kkt_shift_state", "2x90")], 5, ["KktShiftExpired"]),
    ("that has ended", [series("kkt_shift_state", "2x10 0x80")], 20, []),
    ("a value that is not read any more stays", [series("kkt_shift_state", "2x10 stale _x79")], 80, ["KktShiftExpired"]),
    ("so does what is well", [series("kkt_problems", "1x5 0x5 stale _x79", severity="high")], 80, []),
    *((word, [series("kkt_problems", "1x90", severity=word)], 5, [f"KktAlarms{word.capitalize()}"])
      for word in ("disaster", "high", "average", "warning", "information")),
    ("no answer for 15 minutes", unread(900, "unreachable"), 5, ["KktUnreachable"]), ("for less", unread(899, "unreachable"), 5, []),
    ("a wrong answer", unread(900, "error"), 5, ["KktFailing"]), ("no driver", unread(900, "prerequisite"), 5, ["KktFailing"]),
    ("busy for a while is normal", unread(86399, "busy"), 5, []), ("busy for a day", unread(86400, "busy"), 5, ["KktFailing"]),
    ("three days", unread(3 * DAY, "unreachable"), 5, ["KktStale"]),
    ("read partly", [series("kkt_unread_seconds", "0x90"), series("kkt_state", "1x90", state="partial"), series("kkt_state_seconds", "3600x90")], 5, ["KktPartial"]),
    ("no document for half an hour", [series("kkt_poll_timestamp_seconds", "0x90")], 31, ["KktNodata"]),
    ("the computer is gone", [series("kkt_poll_timestamp_seconds", "0+60x10 stale _x79")], 50, ["KktNodata"]),
    ("the shop is closed", [series("kkt_poll_timestamp_seconds", "0x90"), series("kkt_shop_closed", "1x90")], 31, []),
    ("a shop opens: its first poll is to come", [polled("0x119"), SHUT_AN_HOUR], 61, []),
    ("a shop has opened, and nobody polls", [polled("0x119"), SHUT_AN_HOUR], 95, ["KktNodata"]),
    ("a shop opens after days", [polled(f"-{4 * DAY}x119"), SHUT_AN_HOUR], 61, []),
    ("taken out of the configuration", [polled("0+60x10 stale _x79"), served("0+60x90")], 60, []),
    ("one register is polled no more, serve goes on", [polled("0x90"), served("0+60x90")], 60, ["KktNodata"]),
    ("serve hangs, its file stays", [polled("0x90"), served("0x90")], 60, GONE),
    ("serve is gone for two days", LAST_WORDS, 48 * 60, [*GONE, "KktFnLeftCrit"]),
    ("for four days", LAST_WORDS, 96 * 60, [*GONE, "KktStale"]),
    ("for a hundred days: forgotten", LAST_WORDS, 100 * 24 * 60, []),
    ("serve is silent", [serve_series("kkt_serve_timestamp_seconds", "0x90")], 16, ["KktServeNodata"]),
    ("polls are late for ten minutes", [serve_series("kkt_serve_polls_late_total", "0+3x90")], 15, ["KktServeLate"]),
    ("late once", [serve_series("kkt_serve_polls_late_total", "0x5 3x80")], 12, []),
    ("the spool grows", [serve_series("kkt_serve_spool_documents", "1001x90")], 11, ["KktServeSpool"]),
    ("values are lost", [serve_series("kkt_serve_spool_dropped_total", "0x5 7x80")], 7, ["KktServeDropped"]),
    ("values are refused", [serve_series("kkt_serve_spool_refused_total", "0x5 7x80")], 7, ["KktServeRefused"]),
    ("one of three is silent", [serve_series("kkt_serve_registers", "1x90", state="unreachable"), serve_series("kkt_serve_registers", "2x90", state="ok")], 11, ["KktServeUnreachable"]),
    ("one of six", [serve_series("kkt_serve_registers", "1x90", state="unreachable"), serve_series("kkt_serve_registers", "5x90", state="ok")], 11, []),
]


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
class Rules(unittest.TestCase):
    def rules(self, language=""):
        return FOLDER / f"zabbix-atol.rules{language}.yml"

    def names(self):
        return re.findall(r"(?m)^      - alert: (\w+)$", self.rules().read_text(encoding="utf-8"))

    def test_they_are_good(self):
        for language in ("", ".ru"):
            done = subprocess.run(["promtool", "check", "rules", self.rules(language)], capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_each_trigger_has_its_alert_with_its_severity(self):
        wanted = {made_rules.alert_name(row.name): made_rules.SEVERITY[row.severity] for row in TRIGGERS}
        wanted.update({made_rules.alert_name(row[0]): made_rules.SEVERITY[row[1]] for row in collector.TRIGGERS})
        text = self.rules().read_text(encoding="utf-8")
        told = dict(re.findall(r"- alert: (\w+)\n.*?\n +severity: (\w+)\n", text, re.S))
        self.assertEqual(wanted, told)

    def test_each_fires_when_it_should_and_only_then(self):
        untried = set(self.names()) - {alert for *_, fires in CASES for alert in fires}
        self.assertFalse(untried, "no case raises them")
        self.assertFalse([wrong for case in CASES for wrong in self.wrong_alerts(*case)])

    def wrong_alerts(self, name, rows, minutes, fires):
        """promtool would hold labels and annotations too (test_an_alert_is_whole); here it is told that nothing fires, and says what does."""
        test = {"name": name, "interval": "1m", "input_series": rows,
                "alert_rule_test": [{"eval_time": f"{minutes}m", "alertname": alert, "exp_alerts": []} for alert in self.names()]}
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "t.yml"
            every = "1m" if minutes < 24 * 60 else "20m"
            file.write_text(json.dumps({"rule_files": [str(self.rules())], "evaluation_interval": every, "tests": [test]}), encoding="utf-8")
            done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
        said = done.stdout + done.stderr
        if "parse" in said or ("FAILED" in said) != bool(fires):
            return [(name, said[:600])]
        fired = set(re.findall(r"alertname: ?(\w+)", said))
        return [] if fired == set(fires) else [(name, sorted(fired), fires)]

    def test_an_alert_is_whole(self):
        """Its labels and its sentences, with the register's name and the reasons in them."""
        test = {"interval": "1m", "input_series": [series("kkt_problems", "1x9", severity="disaster"),
                                                   series("kkt_problem", "1x9", severity="disaster", reason="blocked")],
                "alert_rule_test": [{"eval_time": "5m", "alertname": "KktAlarmsDisaster", "exp_alerts": [{
                    "exp_labels": {"severity": "disaster", "who": "service", "sells": "no", "name": "kassa-1"},
                    "exp_annotations": {"summary": "kassa-1: Register: does not sell or is about to stop: blocked ", "value": "1",
                                        "description": next(row.advice[0] for row in TRIGGERS if row.name == "alarms.disaster")}}]}]}
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "t.yml"
            file.write_text(json.dumps({"rule_files": [str(self.rules())], "evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
            done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
class Dashboard(unittest.TestCase):
    """No Grafana is in Debian: the file is held against what its schema says, each query is parsed by Prometheus, each metric is one that exists."""

    def pages(self):
        for tail in ("", ".ru"):
            yield json.loads((FOLDER / f"zabbix-atol.dashboard{tail}.json").read_text(encoding="utf-8"))

    def test_panels_have_their_places_and_sources(self):
        for page in self.pages():
            self.assertGreaterEqual(page["schemaVersion"], 36)
            ids = [panel["id"] for panel in page["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            taken = set()
            variables = {v["name"] for v in page["templating"]["list"]}
            self.assertEqual({"datasource", "name"}, variables)
            for panel in page["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(cells & taken, f"{panel['title']} lies over another panel")
                taken |= cells
                self.assertIn(panel["type"], ("stat", "table", "timeseries"))
                refs = [t["refId"] for t in panel["targets"]]
                self.assertEqual(len(refs), len(set(refs)))
                for target in panel["targets"]:
                    self.assertEqual({"type": "prometheus", "uid": "${datasource}"}, target["datasource"])
                    self.assertFalse(set(re.findall(r"\$(\w+)", target["expr"])) - variables, target["expr"])

    def test_an_autonomous_register_waits_for_nobody(self):
        queries = [t["expr"].replace("$name", ".*") for page in self.pages() for panel in page["panels"] for t in panel["targets"]
                   if panel["type"] != "table" and "kkt_ofd_" in t["expr"]]
        rows = [{"series": f'{metric}{{name="{name}"}}', "values": f"{value}x5"} for name, autonomous in (("alone", 1), ("shop", 0))
                for metric, value in (("kkt_ofd_first_unsent_age_seconds", 2 * DAY), ("kkt_ofd_unsent_documents", 9), ("kkt_registration_autonomous", autonomous))]
        self.assertEqual(4, len(queries), "a number and a graph in two languages")
        tests = [{"expr": f"sum({query})", "eval_time": "5m", "exp_samples": [{"labels": "{}", "value": 9 if "topk" in query else 1}]} for query in queries]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "t.yml"
            file.write_text(json.dumps({"tests": [{"interval": "1m", "input_series": rows, "promql_expr_test": tests}]}), encoding="utf-8")
            done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_each_query_is_parsed_and_each_metric_exists(self):
        queries = {t["expr"].replace("$name", ".*") for page in self.pages() for panel in page["panels"] for t in panel["targets"]}
        self.assertGreater(len(queries), 15)
        with tempfile.TemporaryDirectory() as folder, Emulator("--protocol", "5") as kkt:
            file = pathlib.Path(folder) / "q.yml"
            rules = [{"record": f"q{n}", "expr": query} for n, query in enumerate(sorted(queries))]
            file.write_text(json.dumps({"groups": [{"name": "q", "rules": rules}]}), encoding="utf-8")
            done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            with Serving(folder, [("kassa-1", kkt.connect, ", hours: Mon-Sun 03:00-03:01")]) as serving:
                wait_for("the file", lambda: "kkt_serve_" in serving.text())
                closed = serving.text()
            with Serving(folder, [("kassa-1", kkt.connect, "")]) as serving:
                wait_for("the file", lambda: "kkt_up" in serving.text())
                text = serving.text() + closed
        exist = set(re.findall(r"(?m)^# HELP (\S+)", text))
        rules_text = "".join((FOLDER / f"zabbix-atol.rules{tail}.yml").read_text(encoding="utf-8") for tail in ("", ".ru"))
        exist |= set(re.findall(r"record: (\S+)", rules_text))
        conditions = " ".join(re.findall(r"expr: >-\n +(.*)", rules_text)) + " ".join(queries)
        used = set(re.findall(r"\bkkt[_:][a-z_:]+", conditions))
        used.discard("kkt_problem")  # only while something is wrong; test_all_registers_… has it
        self.assertFalse(used - exist, "no serve writes them")
        self.assertGreater(len(used), 15)
