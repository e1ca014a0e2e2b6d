#!/usr/bin/env python3
"""Zabbix end to end: a real Zabbix 6.0, both agents, emulated registers. `./run.sh test zabbix`.

Every trigger of the templates: its problem and its recovery, with severity and text and nothing else open. `--only NAME…` runs some
scenarios, `--keep` leaves the folder.
"""
import argparse
import json
import os
import pathlib
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
from zbx.api import ApiError  # noqa: E402
from lanes import Events, Lane, Register, wait_value  # noqa: E402
from scenarios import POLL_STATES, SCENARIOS  # noqa: E402
from stack import Stack, install, wait_for  # noqa: E402
import zabbix_setup  # noqa: E402
import seed_check  # noqa: E402

AGENTS = {"agent": ("5", "en"), "agent2": ("3", "ru")}  # agent -> protocol of its registers, language of its templates
LANES = 3
# A slow value that comes with every poll would make Zabbix look at its trigger once more, for an older moment: hence 10 s.
MACROS = {"{$KKT.INTERVAL}": "1s", "{$KKT.HEARTBEAT.SLOW}": "10s", "{$KKT.HEARTBEAT.STATE}": "1s", "{$KKT.UNREACHABLE.TIME}": "#2", "{$KKT.OFD.ERROR.TIME}": "#2"}
POLL_MACROS = {"{$KKT.BUSY.TIME}": "2s", "{$KKT.PARTIAL.TIME}": "#2"}


class Suite:
    def __init__(self, args):
        self.args, self.results, self.registers = args, [], []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-suite-"))
        self.folder.chmod(0o755)  # PostgreSQL runs as another user
        self.program = str(pathlib.Path(args.build) / "src/cmd/zabbix-atol")

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
                self.lanes.append((agent, Lane(f"{agent} p{protocol}", self.events, name, language), register))
        trapper = generate_templates.technical("trapper", "en")
        for name, more in (("pushed", POLL_MACROS), ("pushed-values", {}), ("pushed-stale", {"{$KKT.STALE.TIME}": "3s", "{$KKT.UNREACHABLE.TIME}": "1h"}),
                           ("pushed-silent", {"{$KKT.NODATA.TIME}": "30s"})):
            self.host(name, trapper, {**{k: v for k, v in MACROS.items() if k != "{$KKT.INTERVAL}"}, **more})
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
        threads, pushed = [], set(SCENARIOS)
        for agent in AGENTS:
            lanes = [(lane, register) for a, lane, register in self.lanes if a == agent]
            told = self.told(lanes[0][1])
            rows = [n for n in SCENARIOS if self.wanted(n) and set(first_metrics(n)) <= told]
            pushed -= set(rows)
            for index, (lane, register) in enumerate(lanes):
                threads.append(threading.Thread(target=self.play_lane, args=(lane, register, rows[index::len(lanes)])))
        threads.append(threading.Thread(target=self.play_pushed, args=([n for n in SCENARIOS if n in pushed and self.wanted(n)],)))
        threads.append(threading.Thread(target=self.play_states))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def play_lane(self, lane, register, rows):
        for name in rows:
            severity, text, changes = SCENARIOS[name]

            def revert():
                if name.endswith(".changed"):  # going back would be a change too
                    register.base = register.write(changes)
                else:
                    register.write({})
            lane.check(name, (severity, text), lambda: register.write(changes), revert, self.russian(name) if lane.language == "ru" else None)
        self.results += lane.results

    @staticmethod
    def russian(name):
        title = generate_templates.ROWS[name][7]
        return "ККТ: " + (title.split("|")[0] if "|" in title else title.removesuffix("{1}")).split("{$")[0]

    def pusher(self, host):
        """Pushes `box["text"]` to the host each half second, with a fresh time, until box["stop"]."""
        box = {"text": self.good, "stop": False}

        def run():
            while not box["stop"]:
                if box["text"]:
                    document = json.loads(box["text"])
                    document["polled_ts"] = int(time.time())
                    self.stack.send([(host, generate_templates.MASTER["trapper"], json.dumps(document, ensure_ascii=False, separators=(",", ":")))])
                time.sleep(0.5)
        threading.Thread(target=run, daemon=True).start()
        wait_value(self.api, host, "kkt.state", lambda v: v == "0", 60)
        self.events.wait(host, 0, lambda events: not self.events.open_problems_of(events), 90)  # "no data" of the time before
        return box

    def play_pushed(self, rows):
        """Values that neither emulated register tells: a good document with the value put in."""
        if not rows:
            return
        lane, box = Lane("pushed", self.events, "pushed-values", "en"), self.pusher("pushed-values")
        good = box["text"]
        for name in rows:
            severity, text, changes = SCENARIOS[name]
            document = json.loads(good)
            healthy = json.loads(good)
            for key, value in changes.items():
                group, tail = key.split(".")
                document["metrics"].setdefault(group, {})[tail] = value
                healthy["metrics"].setdefault(group, {})[tail] = 100 if tail.endswith("percent") else 0
            lane.check(name, (severity, text), lambda: box.update(text=json.dumps(document)), lambda: box.update(text=json.dumps(healthy)))
        box["stop"] = True
        self.results += lane.results

    def play_states(self):
        """The poll's states, each with the document that `get` really gives then."""
        faulty = Register(self.args.build, self.folder, "faulty", "5")
        faulty.start("--fault", "error:61@A1*1000")
        busy = Register(self.args.build, self.folder, "busy", "5").start("--fault", "busy")
        noisy = Register(self.args.build, self.folder, "noisy", "5").start("--fault", "bad-crc")
        self.registers += [faulty, busy, noisy]
        situations = {"unreachable": self.document("tcp://127.0.0.1:1"), "error": self.document(noisy.address),
                      "prerequisite": self.document("driver:tcp/127.0.0.1:1?lib=/no/such/libfptr10.so"),
                      "busy": self.document(busy.address), "partial": self.document(faulty.address)}
        for want, text in situations.items():
            state = json.loads(text)["state"]
            self.note(f"get gives state {want}", "" if state == want else f"it gave {state}: {json.loads(text)['error']}")
        lane, box = Lane("pushed", self.events, "pushed", "en"), self.pusher("pushed")
        good = box["text"]
        for name, text in situations.items():
            if self.wanted(name) and json.loads(text)["state"] == name:
                lane.check(name, POLL_STATES[name], lambda: box.update(text=text), lambda: box.update(text=good))
        box["stop"] = True
        stale, old = Lane("pushed", self.events, "pushed-stale", "en"), self.pusher("pushed-stale")
        if self.wanted("stale"):
            stale.check("stale", POLL_STATES["stale"], lambda: old.update(text=situations["unreachable"]), lambda: old.update(text=good))
        old["stop"] = True
        silent, quiet = Lane("pushed", self.events, "pushed-silent", "en"), self.pusher("pushed-silent")
        if self.wanted("nodata"):
            silent.check("nodata", POLL_STATES["nodata"], lambda: quiet.update(text=""), lambda: quiet.update(text=good), timeout=120)
        quiet["stop"] = True
        self.results += lane.results + stale.results + silent.results

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
        box, lane = self.pusher("pushed-values"), Lane("pushed", self.events, "never-told", "en")
        document = json.loads(box["text"])
        box["stop"] = True
        self.host("never-told", generate_templates.technical("trapper", "en"), {k: v for k, v in MACROS.items() if k != "{$KKT.INTERVAL}"})
        self.stack.reload()
        document["metrics"].pop("registration")
        good = json.dumps(document)
        document["metrics"]["ofd"].update(unsent_count=3, first_unsent_age_s=30 * 86400)
        wait_for("the new host", lambda: '"processed: 1;' in self.stack.send([("never-told", "kkt.document", good)]).replace("info: ", ""), 60, 1)
        box = self.pusher("never-told")
        box["text"] = good
        lane.check("unsent age, autonomous never told", (5, "Documents are not sent to the OFD, limit 27d"), lambda: box.update(text=json.dumps(document)),
                   lambda: box.update(text=good))
        box["stop"] = True
        self.results += lane.results

    def dead(self, lane, register):
        """Switched off: one problem, the last values stay, nothing else; back again: all is well."""
        watched = ("kkt.fn.days_left", "kkt.printer.paper_present", "kkt.ofd.unsent_count", "kkt.fn.serial")

        def values():
            return {i["key_"]: i["lastvalue"] for i in self.api("item.get", {"host": lane.host, "filter": {"key_": watched}, "output": ["key_", "lastvalue"]})}
        before, mark = values(), self.events.mark(lane.host)
        register.stop()
        assert self.events.wait(lane.host, mark, lambda e: e), "no problem came"
        settle(self.api, lane.host)
        names = [e["name"] for e in self.events.since(lane.host, mark)]
        assert len(names) == 1 and ("does not answer" in names[0] or "Не отвечает" in names[0]), names
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
        missing = set(generate_templates.ROWS) - set(SCENARIOS) - set(POLL_STATES)
        assert not missing, f"triggers without a scenario: {missing}"
        if not self.args.only:
            done = {what for what, why, _ in self.results if not why}
            assert set(generate_templates.ROWS) <= done, f"not fired and recovered: {sorted(set(generate_templates.ROWS) - done)}"

    def run(self):
        generate_templates.load_metrics(self.args.build)
        self.trial("templates and docs are fresh", lambda: "" if subprocess.run(
            [sys.executable, ROOT / "tools/generate_templates.py", "--check", "--build", self.args.build], capture_output=True).returncode == 0
            else "run ./run.sh generate")
        with Stack(self.folder / "zabbix") as self.stack:
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
            self.trial("the seed's own template shows each value that it has an item for", lambda: seed_check.check(self.api, self.seed, self.program))
            self.trial("setup tool: first run changes, second run changes nothing", lambda: zabbix_setup.self_check(self.stack.url, ROOT / "templates"))
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
    import re
    return re.findall(r"\(([a-z]+\.[a-z_0-9]+)[,)]", generate_templates.ROWS[name][3])[:1]


def settle(api, host, polls=4):
    """Waits until so many more polls have arrived."""
    now = int(wait_value(api, host, "kkt.polled_ts", lambda v: True)["lastvalue"])
    wait_value(api, host, "kkt.polled_ts", lambda v: int(v) >= now + polls)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    install()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    suite = Suite(args)
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
