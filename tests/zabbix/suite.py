#!/usr/bin/env python3
"""Zabbix end to end: a real Zabbix 6.0, both agents, emulated registers. `./run.sh test zabbix`.

Every trigger of the templates: its problem and its recovery, with severity and text and nothing else open. `--only NAME…` runs some
scenarios, `--keep` leaves the folder.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]
import generate_templates  # noqa: E402
from zbx import collector  # noqa: E402
from zbx.api import ApiError  # noqa: E402
from lanes import Events, Lane, Register, wait_value  # noqa: E402
from scenarios import AVERAGE, COLLECTOR, POLL_STATES, SCENARIOS  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
import seed_check  # noqa: E402
import setup_check  # noqa: E402

AGENTS = {"agent": ("5", "en"), "agent2": ("3", "ru")}  # agent -> protocol of its registers, language of its templates
LANES = 3
# A window of 4 s holds polls that span half of it even when one comes late.
# A slow value that comes with every poll would make Zabbix look at its trigger once more, for an older moment: hence 10 s.
MACROS = {"{$KKT.INTERVAL}": "1s", "{$KKT.HEARTBEAT.SLOW}": "10s", "{$KKT.HEARTBEAT.STATE}": "1s",
          "{$KKT.UNREACHABLE.TIME}": "4s", "{$KKT.OFD.ERROR.TIME}": "4s"}
PUSHED = {k: v for k, v in MACROS.items() if k != "{$KKT.INTERVAL}"}
TRAPPER = generate_templates.technical("trapper", "en")
STALE = {"{$KKT.STALE.TIME}": "3s", "{$KKT.UNREACHABLE.TIME}": "1h"}


def clock(hours):
    return time.strftime("%H%M%S", time.localtime(time.time() + hours * 3600))


# Hosts of the trapper template -> their macros
PUSHED_HOSTS = {
    "pushed": {**PUSHED, "{$KKT.BUSY.TIME}": "2s", "{$KKT.PARTIAL.TIME}": "4s"}, "pushed-values": PUSHED, "pushed-stale": {**PUSHED, **STALE},
    "pushed-silent": {**PUSHED, "{$KKT.NODATA.TIME}": "30s"}, "pushed-closed": {**PUSHED, "{$KKT.NODATA.TIME}": "30s"},
    "pushed-unread": PUSHED, "pushed-unread-busy": PUSHED, "pushed-defaults": {},
    "pushed-night": {**PUSHED, **STALE, "{$KKT.STALE.TIME}": "1h", "{$KKT.OPEN.FROM}": clock(-1), "{$KKT.OPEN.TO}": clock(-2)},
    "pushed-shut": {**PUSHED, "{$KKT.OPEN.FROM}": clock(1), "{$KKT.OPEN.TO}": clock(-1), "{$KKT.NODATA.TIME}": "10s"},
}
COLLECTOR_HOST = "pushed-collector"
COLLECTOR_MACROS = {"{$KKT.SERVE.WINDOW}": "#2", "{$KKT.SERVE.NODATA.TIME}": "30s"}


class Suite:
    def __init__(self, args):
        self.args, self.results, self.registers = args, [], []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-suite-"))
        self.folder.chmod(0o755)  # PostgreSQL runs as another user
        self.program = str(pathlib.Path(args.build) / "src/cli/zabbix-atol")

    def note(self, what, why="", seconds=0.0):
        self.results.append((what, why, seconds))
        print(f"{'ok  ' if not why else 'FAIL'} {what} {why}", flush=True)

    def trial(self, what, job):
        try:
            self.note(what, job() or "")
        except (AssertionError, ApiError, TimeoutError, RuntimeError, OSError, subprocess.SubprocessError, KeyError, IndexError) as error:
            self.note(what, f"{type(error).__name__}: {error}")

    def imports(self):
        """Each template is created, and imported again without anything to change."""
        for path in sorted((ROOT / "templates").glob("*.yaml"), key=lambda p: ("discovery" in p.name, p.name)):
            def twice(path=path):
                zabbix_setup.import_template(self.api, path)
                changes = zabbix_setup.pending(self.api, path)
                zabbix_setup.import_template(self.api, path)
                return f"the second import would change: {json.dumps(changes)[:300]}" if changes or zabbix_setup.pending(self.api, path) else ""
            self.trial(f"import twice {path.name}", twice)

    def host(self, name, template, macros):
        group = self.api("hostgroup.get", {"filter": {"name": "tests"}})
        group = group[0]["groupid"] if group else self.api("hostgroup.create", {"name": "tests"})["groupids"][0]
        template = self.api("template.get", {"filter": {"host": template}})[0]["templateid"]
        self.api("host.create", {"host": name, "groups": [{"groupid": group}], "templates": [{"templateid": template}], "inventory_mode": 1,
                                 "macros": [{"macro": m, "value": v} for m, v in macros.items()]})

    def prepare(self):
        self.stack.analyze()
        hostnames = {agent: [] for agent in AGENTS}
        self.lanes = []
        for agent, (protocol, language) in AGENTS.items():
            for n in range(LANES):
                name = f"{agent}-{n + 1}"
                register = Register(self.args.build, self.folder, name, protocol).start()
                self.registers.append(register)
                self.host(name, generate_templates.technical("agent", language), {**MACROS, "{$KKT.NAME}": register.address})
                hostnames[agent].append(name)
                lane = Lane(f"{agent} p{protocol}", self.events, name, generate_templates.PREFIX[generate_templates.LANGUAGES[language]])
                self.lanes.append((agent, lane, register))
        for name, macros in PUSHED_HOSTS.items():
            self.host(name, TRAPPER, macros)
        self.host(COLLECTOR_HOST, generate_templates.technical("discovery", "en"), COLLECTOR_MACROS)
        self.seed = seed_check.prepare(self.api, self.folder, self.program, self.registers[0].address)
        if self.seed["source"]:
            hostnames["agent"].append(self.seed["host"])
        self.good = self.document(self.registers[0].address)  # of a register without trouble
        self.stack.reload()
        for host in (h for names in hostnames.values() for h in names):
            wait_for(f"the server to know {host}", lambda: self.stack.active_checks(host), 60, 0.5)
        self.stack.start_agents(hostnames, ROOT / "zabbix_agentd.d/zabbix-atol.conf", pathlib.Path(self.program).parent)
        for _, lane, _ in self.lanes:
            wait_value(self.api, lane.host, "kkt.state", lambda v: v == "0", 120)

    def document(self, address, *options):
        return subprocess.run([self.program, "get", address, "--timeout", "2s", *options], capture_output=True, text=True).stdout.strip()

    def wanted(self, name):
        return not self.args.only or name in self.args.only

    def told(self, register):
        """The metrics that this register tells when all is well."""
        metrics = json.loads(self.document(register.address))["metrics"]
        return {f"{g}.{k}" for g in metrics for k in metrics[g]}

    def play(self):
        """Every scenario on each agent whose register tells the value; else on a pushed document."""
        jobs, pushed = [], set(SCENARIOS)
        for agent in AGENTS:
            lanes = [(lane, register) for a, lane, register in self.lanes if a == agent]
            told = self.told(lanes[0][1])
            rows = [n for n in SCENARIOS if self.wanted(n) and set(first_metrics(n)) <= told]
            pushed -= set(rows)
            for index, (lane, register) in enumerate(lanes):
                jobs.append((self.play_lane, lane, register, rows[index::len(lanes)]))
        jobs.append((self.play_pushed, [n for n in SCENARIOS if n in pushed and self.wanted(n)]))
        jobs += [(job,) for job in (self.play_states, self.play_hours, self.play_defaults, self.play_collector)]
        threads = [threading.Thread(target=self.guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def guarded(self, job, *args):
        """A job that breaks is a failure of the suite, not a line on stderr."""
        try:
            job(*args)
        except Exception as error:
            self.note(job.__name__, f"{type(error).__name__}: {error}")
            raise

    def play_lane(self, lane, register, rows):
        for name in rows:
            severity, text, changes, *companions = SCENARIOS[name]
            expected = [(severity, text), *(SCENARIOS[c][:2] for c in companions if register.protocol == "5")]
            if lane.prefix == generate_templates.PREFIX[1]:
                expected = [(SCENARIOS[n][0], self.russian(n)) for n in (name, *companions[:len(expected) - 1])]

            def revert():
                if name.endswith(".changed"):  # going back would be a change too
                    register.base = register.write(changes)
                else:
                    register.write({})
            lane.check(name, expected, lambda: register.write(changes), revert)
        self.results += lane.results

    @staticmethod
    def russian(name):
        """The Russian text of a trigger up to its first value."""
        return generate_templates.ROWS[name].ru.replace("|", "").split("{")[0]

    def push(self, host, text):
        document = json.loads(text)
        document["polled_ts"] = int(time.time())
        self.stack.send([(host, generate_templates.MASTER["trapper"], json.dumps(document, ensure_ascii=False, separators=(",", ":")))])

    def pusher(self, host, text=""):
        """Pushes box["text"] (and box["closed"]) to the host each half second, with a fresh time, until box["stop"]. With a good document it waits
        until it stands there and all is well."""
        box = {"text": text or self.good, "closed": None, "stop": False}

        def run():
            while not box["stop"]:
                if box["text"]:
                    self.push(host, box["text"])
                if box["closed"] is not None:
                    self.stack.send([(host, "kkt.closed", str(box["closed"]))])
                time.sleep(0.5)
        threading.Thread(target=run, daemon=True).start()
        if box["text"] == self.good:
            wait_value(self.api, host, "kkt.state", lambda v: v == "0", 60)
            self.events.wait(host, 0, lambda events: not self.events.open_problems_of(events), 90)  # "no data" of the time before
        return box

    def play_pushed(self, rows):
        """Values that neither emulated register tells: a good document with the value put in."""
        if not rows:
            return
        lane, box = Lane("pushed", self.events, "pushed-values"), self.pusher("pushed-values")
        good = box["text"]
        for name in rows:
            severity, text, changes, *_ = SCENARIOS[name]
            document = json.loads(good)
            healthy = json.loads(good)
            for key, value in changes.items():
                group, tail = key.split(".")
                document["metrics"].setdefault(group, {})[tail] = value
                healthy["metrics"].setdefault(group, {})[tail] = 100 if tail.endswith("percent") else 0
            lane.check(name, [(severity, text)], lambda: box.update(text=json.dumps(document)), lambda: box.update(text=json.dumps(healthy)))
        box["stop"] = True
        self.results += lane.results

    def play_states(self):
        """The poll's states, each with the document that `get` really gives then."""
        shut = self.pusher("pushed-closed")
        shut.update(text="", closed=1)  # from now on the shop is closed
        faulty = Register(self.args.build, self.folder, "faulty", "5")
        faulty.start("--fault", "error:03@A1*1000")
        busy = Register(self.args.build, self.folder, "busy", "5").start("--fault", "busy")
        noisy = Register(self.args.build, self.folder, "noisy", "5").start("--fault", "bad-crc")
        self.registers += [faulty, busy, noisy]
        situations = {"unreachable": self.document("tcp://127.0.0.1:1"), "error": self.document(noisy.address),
                      "prerequisite": self.document("driver:tcp/127.0.0.1:1?lib=/no/such/libfptr10.so"),
                      "busy": self.document(busy.address), "partial": self.document(faulty.address)}
        for want, text in situations.items():
            state = json.loads(text)["state"]
            self.note(f"get gives state {want}", "" if state == want else f"it gave {state}: {json.loads(text)['error']}")

        def expected(name, state):
            severity, text = POLL_STATES[name]
            return [(severity, text + json.loads(situations[state])["error"])]
        lane, box = Lane("pushed", self.events, "pushed"), self.pusher("pushed")
        for name, text in situations.items():
            if self.wanted(name) and json.loads(text)["state"] == name:
                lane.check(name, expected(name, name), lambda: box.update(text=text), lambda: box.update(text=self.good))
        box["stop"] = True
        stale, old = Lane("pushed", self.events, "pushed-stale"), self.pusher("pushed-stale")
        if self.wanted("stale"):
            stale.check("stale", expected("stale", "unreachable"), lambda: old.update(text=situations["unreachable"]),
                        lambda: old.update(text=self.good))
        old["stop"] = True
        # Never read: busy is busy, anything else is stale; both are told though there is no time of a reading.
        for host, name, state in (("pushed-unread", "stale", "unreachable"), ("pushed-unread-busy", "busy", "busy")):
            if self.wanted(name):
                unread, new = Lane("pushed", self.events, host), self.pusher(host, situations[state])
                severity, text = POLL_STATES[name]
                text = text.replace("2s", "1d").replace("3s", "3d") + json.loads(situations[state])["error"]
                unread.check(f"{name}, never read", [(severity, text)], lambda: None, lambda: new.update(text=self.good))
                new["stop"] = True
                self.results += unread.results
        silent, quiet = Lane("pushed", self.events, "pushed-silent"), self.pusher("pushed-silent")
        if self.wanted("nodata"):
            closed, mark = Lane("pushed", self.events, "pushed-closed"), self.events.mark("pushed-closed")
            silent.check("nodata", [POLL_STATES["nodata"]], lambda: quiet.update(text=""), lambda: quiet.update(text=self.good), timeout=120)
            names = [e["name"] for e in self.events.since("pushed-closed", mark)]
            self.note("nodata: none while the shop is closed", f"{names}" if names else "")
            closed.check("nodata, closed and silent", [POLL_STATES["nodata"]], lambda: shut.update(closed=None), lambda: shut.update(closed=1),
                         timeout=120)
            self.results += closed.results
        quiet["stop"] = shut["stop"] = True
        self.results += lane.results + stale.results + silent.results

    def play_hours(self):
        """Open hours over midnight: a problem inside them, which silence does not end; none outside, and none when they begin on an old value."""
        if not self.wanted("printer.paper"):
            return
        severity, text, _ = SCENARIOS["printer.paper"]
        document = json.loads(self.good)
        document["metrics"]["printer"]["paper_present"] = 0
        trouble, dead = json.dumps(document), self.document("tcp://127.0.0.1:1")
        shut, closed = self.pusher("pushed-shut"), Lane("pushed", self.events, "pushed-shut")
        mark = self.events.mark("pushed-shut")
        shut.update(text=trouble)
        wait_value(self.api, "pushed-shut", "kkt.printer.paper_present", lambda v: v == "0")
        settle(self.api, "pushed-shut")
        shut.update(text="", closed=1)
        read = wait_value(self.api, "pushed-shut", "kkt.read_ts", lambda v: True)
        wait_for("the value to be old", lambda: time.time() > int(read["lastclock"]) + 12, 30, 1)
        self.set_macros("pushed-shut", {"{$KKT.OPEN.FROM}": "000000", "{$KKT.OPEN.TO}": "235959"})  # the hours begin
        lane, box, end = Lane("pushed", self.events, "pushed-night"), self.pusher("pushed-night"), {}

        def silence():
            box.update(text=dead)
            wait_for("time() to be looked at again, each half minute", lambda: self.stands(lane.host, "3") > 35, 120, 1)
            end["silence"] = int(time.time())
            box.update(text=self.good)
        lane.check("hours over midnight, then silence", [(severity, text)], lambda: box.update(text=trouble), silence, timeout=120)
        early = [e["name"] for e in self.events.since(lane.host, 0) if e["value"] == "0" and e["name"].startswith("KKT: " + text)
                 and int(e["clock"]) < end["silence"]]
        self.note("silence does not end a problem of the open hours", f"{early}" if early else "")
        names = [e["name"] for e in self.events.since("pushed-shut", mark)]
        self.note("no paper problem outside the hours, nor when they begin on an old value", f"{names}" if names else "")
        closed.check("the hours have begun, the value is fresh", [(severity, text)], lambda: shut.update(text=trouble),
                     lambda: shut.update(text=self.good))
        box["stop"] = shut["stop"] = True
        self.results += lane.results + closed.results

    def set_macros(self, host, macros):
        hostid = self.api("host.get", {"filter": {"host": [host]}, "output": ["hostid"]})[0]["hostid"]
        for macro in self.api("usermacro.get", {"hostids": [hostid], "filter": {"macro": list(macros)}, "output": ["hostmacroid", "macro"]}):
            self.api("usermacro.update", {"hostmacroid": macro["hostmacroid"], "value": macros[macro["macro"]]})
        self.stack.reload()

    def stands(self, host, state):
        """For how many seconds the host has had this state of the poll."""
        item = self.api("item.get", {"host": host, "filter": {"key_": "kkt.state"}, "output": ["itemid"]})[0]["itemid"]
        values = self.api("history.get", {"itemids": [item], "history": 3, "output": ["clock", "value"]})
        clocks = [int(v["clock"]) for v in values if v["value"] == state]
        return max(clocks) - min(clocks) if clocks else 0

    def play_defaults(self):
        """The windows as shipped (15m), played with times of the past: after a gap one bad value is no trouble, nor are two at once."""
        if not self.wanted("unreachable"):
            return
        lane, now = Lane("pushed", self.events, "pushed-defaults"), int(time.time())
        dead = self.document("tcp://127.0.0.1:1")

        def at(minutes, text):
            document = json.loads(text)
            document["polled_ts"] = now - minutes * 60
            self.stack.send([(lane.host, "kkt.document", json.dumps(document), document["polled_ts"])])
            wait_value(self.api, lane.host, "kkt.polled_ts", lambda v: int(v) == document["polled_ts"])

        def trouble():
            for minutes, text in ((720, self.good), (40, dead), (39, dead), (37, dead), (30, dead), (29, dead)):
                at(minutes, text)
        expected = [(AVERAGE, f"The register does not answer (15m): {json.loads(dead)['error']}")]
        problems = lane.check("unreachable, 15m after a gap", expected, trouble, lambda: at(0, self.good))
        if problems:
            after = (now - int(problems[0]["clock"])) // 60
            self.note("the window of 15m waits after a gap", "" if after == 30 else f"fired {after} minutes ago, wanted 30")
        self.results += lane.results

    def play_collector(self):
        """The collector's own triggers, on the health document that `serve` pushes."""
        lane = Lane("collector", self.events, COLLECTOR_HOST, "KKT collector: ")
        well = {"registers": {"ok": 100, "partial": 0, "busy": 0, "unreachable": 0, "error": 0, "prerequisite": 0},
                "polls": {"late": 0, "per_s": 1.5},
                "spool": {"length": 0, "dropped": 0, "refused": 0}, "memory_kb": 9000}
        box = {"health": well, "stop": False}

        def run():
            while not box["stop"]:
                if box["health"]:
                    self.stack.send([(lane.host, "kkt.serve", json.dumps({**box["health"], "polled_ts": int(time.time())}))])
                time.sleep(1)
        threading.Thread(target=run, daemon=True).start()
        wait_value(self.api, lane.host, "kkt.serve.spool.refused", lambda v: v == "0", 60)
        self.events.wait(lane.host, 0, lambda events: not self.events.open_problems_of(events), 90)
        counters = {}  # they only grow

        def health(changes):
            return {key: {**part, **(counters if key == "spool" else {}), **changes.get(key, {})} if isinstance(part, dict) else part
                    for key, part in well.items()}
        for name, (severity, text, changes) in COLLECTOR.items():
            if self.wanted(name):
                trouble = changes and health(changes)
                counters.update({k: v for k, v in (changes or {}).get("spool", {}).items() if k != "length"})
                lane.check(name, [(severity, text)], lambda: box.update(health=trouble), lambda: box.update(health=health({})), timeout=120)
        box["stop"] = True
        self.results += lane.results

    def autonomous(self, lane, register):
        """An autonomous register with old unsent documents has no problem; so it is with the tag gone it has one."""
        mark = self.events.mark(lane.host)
        old = SCENARIOS["ofd.age.high"][2]
        register.write({"registration.autonomous": 1})
        wait_value(self.api, lane.host, "kkt.registration.autonomous", lambda v: v == "1")
        register.write({"registration.autonomous": 1, **old})
        wait_value(self.api, lane.host, "kkt.ofd.first_unsent_age_s", lambda v: float(v) > 1e6)
        settle(self.api, lane.host)
        assert not self.events.since(lane.host, mark), [e["name"] for e in self.events.since(lane.host, mark)]
        register.write({"registration.autonomous": 1})
        wait_value(self.api, lane.host, "kkt.ofd.first_unsent_age_s", lambda v: float(v) == 0)
        register.write({})
        wait_value(self.api, lane.host, "kkt.registration.autonomous", lambda v: v == "0")

    def never_told(self):
        """The age trigger works where registration.autonomous has never had a value."""
        lane, document = Lane("pushed", self.events, "never-told"), json.loads(self.good)
        self.host("never-told", TRAPPER, PUSHED)
        self.stack.reload()
        document["metrics"].pop("registration")
        good = json.dumps(document)
        document["metrics"]["ofd"].update(unsent_count=3, first_unsent_age_s=30 * 86400)
        wait_for("the new host", lambda: '"processed: 1;' in self.stack.send([("never-told", "kkt.document", good)]).replace("info: ", ""), 60, 1)
        box = self.pusher("never-told", good)
        lane.check("unsent age, autonomous never told", [(5, "Documents are not sent to the OFD, limit 27d")],
                   lambda: box.update(text=json.dumps(document)), lambda: box.update(text=good))
        box["stop"] = True
        self.results += lane.results

    def dead(self, lane, register):
        """Switched off: one problem, the last values stay, nothing else; back again: all is well."""
        watched = ("kkt.fn.days_left", "kkt.printer.paper_present", "kkt.ofd.unsent_count", "kkt.fn.serial")

        def values():
            items = self.api("item.get", {"host": lane.host, "filter": {"key_": watched}, "output": ["key_", "lastvalue"]})
            return {i["key_"]: i["lastvalue"] for i in items}
        before, mark = values(), self.events.mark(lane.host)
        register.stop()
        assert self.events.wait(lane.host, mark, lambda e: e), "no problem came"
        settle(self.api, lane.host)
        names = [e["name"] for e in self.events.since(lane.host, mark)]
        assert len(names) == 1 and ("does not answer" in names[0] or "не отвечает" in names[0]), names
        assert values() == before and len(before) == 4, "the last values did not stay"
        register.start()
        assert self.events.wait(lane.host, mark, lambda e: e and not self.events.open_problems(lane.host)), "it did not heal"
        assert len(self.events.since(lane.host, mark)) == 2

    def heals(self, lane, register):
        """Three troubles, then dead, then back and healthy: every problem ends."""
        mark = self.events.mark(lane.host)
        register.write({"printer.paper_present": 0, "fn.flags": 0x90, "printer.cover_opened": 1})
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 4), "the troubles did not come"
        register.stop()
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 5), "no problem of the dead register"
        register.write({})
        register.start()
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 10 and not self.events.open_problems(lane.host)), \
            [e["name"] for e in self.events.open_problems(lane.host)]
        assert len(self.events.since(lane.host, mark)) == 10

    def unsupported(self):
        bad = self.api("item.get", {"filter": {"state": 1, "status": 0}, "output": ["key_", "error"], "selectHosts": ["host"]})
        bad = [(i["hosts"][0]["host"], i["key_"], i["error"]) for i in bad if i["hosts"][0]["host"].split("-")[0] in ("agent", "agent2", "pushed")]
        return f"not supported: {bad[:3]}" if bad else ""

    def coverage(self):
        triggers = {*generate_templates.ROWS, *(row[0] for row in collector.TRIGGERS)}
        missing = triggers - set(SCENARIOS) - set(POLL_STATES) - set(COLLECTOR)
        assert not missing, f"triggers without a scenario: {missing}"
        if not self.args.only:
            done = {what for what, why, _ in self.results if not why}
            assert triggers <= done, f"not fired and recovered: {sorted(triggers - done)}"

    def run(self):
        generate_templates.load_metrics(self.args.build)
        self.trial("templates and docs are fresh", lambda: "" if subprocess.run(
            [sys.executable, ROOT / "tools/generate_templates.py", "--check", "--build", self.args.build], capture_output=True).returncode == 0
            else "run ./run.sh generate")
        with Stack(self.folder / "zabbix", self.args.version) as self.stack:
            self.api = self.stack.api
            self.events = Events(self.api)
            self.imports()
            self.prepare()
            self.play()
            first = {agent: next((l, r) for a, l, r in self.lanes if a == agent) for agent in AGENTS}
            for agent, (lane, register) in first.items():
                self.trial(f"{agent}: an autonomous register has no age problem", lambda: self.autonomous(lane, register))
                self.trial(f"{agent}: a dead register raises one problem, values stay", lambda: self.dead(lane, register))
                self.trial(f"{agent}: a register that comes back heals all", lambda: self.heals(lane, register))
            self.trial("unsent age where autonomous was never told", self.never_told)
            self.trial("the seed's own template shows each value that it has an item for",
                       lambda: seed_check.check(self.api, self.seed, self.program))
            self.trial("setup tool: first run changes, second run changes nothing", lambda: setup_check.twice(self.stack.url, ROOT / "templates"))
            self.trial("setup tool: what it says to Zabbix 5.4 to 7.2", lambda: setup_check.versions(self.api))
            self.trial("no item is unsupported", self.unsupported)
            self.trial("every trigger fired once and recovered once", self.coverage)
            self.events.stopped = True

    def close(self):
        for register in self.registers:
            register.stop()
        if not self.args.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def first_metrics(name):
    """The metrics that a scenario changes and the trigger reads first."""
    return re.findall(r"\(([a-z]+\.[a-z_0-9]+)[,)]", generate_templates.ROWS[name].expression)[:1]


def settle(api, host, polls=4):
    """Waits until so many more polls have arrived."""
    now = int(wait_value(api, host, "kkt.polled_ts", lambda v: True)["lastvalue"])
    wait_value(api, host, "kkt.polled_ts", lambda v: int(v) >= now + polls)


def both(arguments):
    """The suite on each version; their lines begin with the version, the last line counts the tests of all."""
    free = int(next(line for line in open("/proc/meminfo") if line.startswith("MemAvailable")).split()[1]) // 1024
    counts, lock = [0, 0, 0], threading.Lock()

    def play(version):
        process = subprocess.Popen([sys.executable, __file__, "--version", version, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        last = ""
        for line in process.stdout:
            with lock:
                print(f"{version} {line}", end="", flush=True)
            last = line if line.strip() else last
        found = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped\n", last)
        numbers = [int(n) for n in found.groups()] if found else [0, 1, 0]
        if process.wait() and not numbers[1]:
            numbers[1] = 1
        with lock:
            counts[:] = [a + b for a, b in zip(counts, numbers)]
    threads = [threading.Thread(target=play, args=(version,)) for version in roots.RELEASES]
    for thread in threads:
        thread.start()
        if free < 3000:  # MiB; a Zabbix with its agents and registers takes some 700
            thread.join()
    for thread in threads:
        thread.join()
    print("{} passed, {} failed, {} skipped".format(*counts))
    return 1 if counts[1] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--version", choices=list(roots.RELEASES), help="of Zabbix; without it each, side by side where memory allows")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    if not args.version:
        return both(sys.argv[1:])
    roots.enter(args.version)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    suite = Suite(args)
    roots.Root(args.version).bind(suite.folder, ROOT, args.build)
    try:
        suite.run()
    finally:
        suite.close()
    skipped = [r for r in suite.results if r[1].startswith("skip: ")]
    failed = [r for r in suite.results if r[1] and r not in skipped]
    for what, why, _ in failed:
        print(f"FAILED {what}: {why}")
    print(f"{len(suite.results) - len(failed) - len(skipped)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
