#!/usr/bin/env python3
"""Zabbix end to end, on 6.0 and on 7.0: a real server, both agents, proxies, emulated registers. `./run.sh test zabbix`.

Every trigger of the templates: its problem and its recovery, with severity and text and nothing else open. `--only WORD…` plays the scenarios
whose name holds a word, and of the rest what is named so (register, never, log-on, clock, seed, setup, "second fault", unsupported, till, move, proxy, group,
"server away", cache, check); `--keep` leaves the folder, `--version` one version.
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]
from zbx import collector, full  # noqa: E402
from zbx.api import ApiError  # noqa: E402
from zbx.names import KINDS, LANGUAGES, file_name, technical  # noqa: E402
from zbx.triggers import ROWS  # noqa: E402
from lanes import Events, Lane, Register, wait_value  # noqa: E402
from play import Played, settle  # noqa: E402
from pushed import FAST, Pushed, PUSHED_HOSTS  # noqa: E402
from scenarios import COLLECTOR, FULL, SCENARIOS, STATES  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
import cache_check  # noqa: E402
import case_check  # noqa: E402
import faults_check  # noqa: E402
import move_check  # noqa: E402
import proxy_check  # noqa: E402
import roots  # noqa: E402
import seed_check  # noqa: E402
import setup_check  # noqa: E402
import till_check  # noqa: E402
import zabbix_setup  # noqa: E402

AGENTS = {"agent": ("5", "en"), "agent2": ("3", "ru")}  # agent -> protocol of its registers, language of its templates
LANES = 3
# A poll a second; windows of 4 s hold polls that span half of them even when one comes late.
MACROS = {"{$KKT.INTERVAL}": "1s", "{$KKT.UNREAD.TIME}": "4s", "{$KKT.PARTIAL.TIME}": "4s", "{$KKT.HEALTH.INTERVAL}": "5s"}
FULL_MACROS = {"{$KKT.HEARTBEAT.SLOW}": "15s", "{$KKT.DOCUMENT.TIME}": "6s"}
NEVER, NEVER_MACROS = "agent-never", {"{$KKT.STALE.TIME}": "24s", "{$KKT.NAME}": "tcp://127.0.0.1:1"}
COLLECTOR_HOST, COLLECTOR_MACROS = "pushed-collector", {"{$KKT.SERVE.WINDOW}": "#2", "{$KKT.SERVE.NODATA.TIME}": "30s", "{$KKT.CACHE.INTERVAL}": "5s"}
HEAVY = {"items": 35, "triggers": 20}


class Suite(Played, Pushed):
    def __init__(self, args):
        self.args, self.results, self.registers = args, [], []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-suite-"))
        self.folder.chmod(0o755)  # PostgreSQL runs as another user
        self.program = str(pathlib.Path(args.build) / "src/cli/zabbix-atol")
        self.reports = self.folder / "sanitizer"  # what a build with sanitizers says, whoever started it
        self.reports.mkdir()
        self.reports.chmod(0o1777)
        for sanitizer in ("ASAN", "UBSAN", "TSAN"):
            os.environ[f"{sanitizer}_OPTIONS"] = f"log_path={self.reports}/{sanitizer}"

    def note(self, what, why="", seconds=0.0):
        self.results.append((what, why, seconds))
        print(f"{'ok  ' if not why else 'FAIL'} {what} {why}", flush=True)

    def trial(self, what, job):
        try:
            self.note(what, job() or "")
        except (AssertionError, ApiError, TimeoutError, RuntimeError, OSError, subprocess.SubprocessError, KeyError, IndexError) as error:
            self.note(what, f"{type(error).__name__}: {error}")

    def wanted(self, name):
        return not self.args.only or any(word in name for word in self.args.only)

    def imports(self):
        """Each template is created, and imported again without anything to change."""
        for kind in KINDS:
            for language in LANGUAGES:
                path = ROOT / "templates" / self.args.version / file_name(kind, language)

                def twice(path=path):
                    zabbix_setup.import_template(self.api, path)
                    changes = zabbix_setup.pending(self.api, path)
                    zabbix_setup.import_template(self.api, path)
                    return f"the second import would change: {json.dumps(changes)[:300]}" if changes or zabbix_setup.pending(self.api, path) else ""
                self.trial(f"import twice {path.name}", twice)

    def light(self):
        """What a register costs stands or falls with the number of items and triggers."""
        for kind in ("agent", "trapper"):
            template = self.api("template.get", {"filter": {"host": [technical(kind, "en")]}, "selectItems": ["key_", "type"], "selectTriggers": ["triggerid"]})[0]
            have = {"items": len(template["items"]), "triggers": len(template["triggers"])}
            if any(have[what] > HEAVY[what] for what in HEAVY):
                return f"{kind}: {have}, at most {HEAVY}"
            scripts = self.api("item.get", {"templateids": [template["templateid"]], "output": ["key_", "preprocessing"], "selectPreprocessing": ["type"]})
            scripts = [i["key_"] for i in scripts if any(step["type"] == "21" for step in i["preprocessing"])]
            if scripts:
                return f"{kind}: JavaScript in {scripts}"
        return ""

    def host(self, name, template, macros, **more):
        group = self.api("hostgroup.get", {"filter": {"name": "tests"}})
        group = group[0]["groupid"] if group else self.api("hostgroup.create", {"name": "tests"})["groupids"][0]
        template = self.api("template.get", {"filter": {"host": template}})[0]["templateid"]
        self.api("host.create", {"host": name, "groups": [{"groupid": group}], "templates": [{"templateid": template}], "inventory_mode": 1,
                                 "macros": [{"macro": m, "value": v} for m, v in macros.items()], **more})

    def prepare(self):
        self.stack.analyze()
        hostnames = {agent: [] for agent in AGENTS}
        self.lanes = []
        for agent, (protocol, language) in AGENTS.items():
            for n in range(LANES):
                name = f"{agent}-{n + 1}"
                register = Register(self.args.build, self.folder, name, protocol).start()
                self.registers.append(register)
                kind, more = ("agent-full", FULL_MACROS) if n == 2 else ("agent", {})
                self.host(name, technical(kind, language), {**MACROS, **more, "{$KKT.NAME}": register.address})
                hostnames[agent].append(name)
                self.lanes.append((agent, Lane(f"{agent} p{protocol}", self.events, name), register))
        for name, macros in PUSHED_HOSTS.items():
            self.host(name, technical("trapper", "en"), macros)
        if self.wanted("never"):
            self.host(NEVER, technical("agent", "en"), {**MACROS, **NEVER_MACROS})
            hostnames["agent"].append(NEVER)
        self.host("pushed-full", technical("trapper-full", "en"), {**FAST, **FULL_MACROS})
        self.host(COLLECTOR_HOST, technical("discovery", "en"), COLLECTOR_MACROS)
        self.seed = seed_check.prepare(self.api, self.folder, self.program, self.registers[0].address)
        if self.seed["source"]:
            hostnames["agent"].append(self.seed["host"])
        self.good = self.document(self.registers[0].address)  # of a register without trouble
        self.stack.reload()
        for host in (h for names in hostnames.values() for h in names):
            wait_for(f"the server to know {host}", lambda: self.stack.active_checks(host), 60, 0.5)
        self.stack.start_agents(hostnames, ROOT / "zabbix_agentd.d/zabbix-atol.conf", pathlib.Path(self.program).parent, {agent: {"ZABBIX_ATOL_LANG": row[1]} for agent, row in AGENTS.items()})
        for _, lane, _ in self.lanes:
            wait_value(self.api, lane.host, "kkt.state", lambda v: v == "ok", 120)

    def document(self, address, *options, lang="en"):
        return subprocess.run([self.program, "get", address, "--timeout", "2s", "--lang", lang, *options], capture_output=True, text=True).stdout.strip()

    def guarded(self, job, *args):
        """A job that breaks is a failure of the suite, not a line on stderr."""
        try:
            job(*args)
        except Exception as error:
            self.note(getattr(job, "__name__", str(job)), f"{type(error).__name__}: {error}")
            raise

    def play(self):
        """Every scenario on each agent whose register tells the value; the poll's states, the lists and the collector's as `serve` pushes them."""
        jobs = []
        for agent in AGENTS:
            lanes = [(lane, register) for a, lane, register in self.lanes if a == agent]
            told = self.told(lanes[0][1])
            rows = [n for n in SCENARIOS if self.wanted(n) and set(SCENARIOS[n][3]) <= told]
            for index, (lane, register) in enumerate(lanes):
                jobs.append((self.play_lane, lane, register, rows[index::len(lanes)], AGENTS[agent][1], index == 2))
        jobs += [(job,) for job in (self.play_values, self.play_pushed_full, self.play_states, self.play_silence, self.play_collector)]
        threads = [threading.Thread(target=self.guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def whole_registers(self):
        """What happens to a register as a whole, on each agent."""
        first = {agent: next((l, r) for a, l, r in self.lanes if a == agent) for agent in AGENTS}
        for agent, (lane, register) in first.items():
            self.trial(f"{agent}: an autonomous register has no age problem", lambda: self.autonomous(lane, register))
            self.trial(f"{agent}: a dead register raises one problem, values stay", lambda: self.dead(lane, register))
            self.trial(f"{agent}: a register that comes back heals all", lambda: self.heals(lane, register))
        lane, register = first["agent"]
        self.trial("agent: wrong answers, a busy port, a partly read register", lambda: self.faulty(lane, register))

    def read_at_log_on(self):
        """The trigger that README.ru.txt gives for a document that is written at log-on only: old, and read again."""
        lane, register = next((l, r) for a, l, r in self.lanes if a == "agent")
        told, = re.findall(r"(?m)^ +(now\(\).*)$", (ROOT / "packaging/windows/README.ru.txt").read_text(encoding="utf-8"))
        ours, mark = "not read since the last log-on", self.events.mark(lane.host)
        trigger = self.api("trigger.create", {"description": ours, "priority": 3, "expression": told.replace("УЗЕЛ", lane.host).replace("93600", "20")})
        try:
            self.stack.reload()
            register.stop()
            assert self.events.wait(lane.host, mark, lambda e: any(x["name"] == ours and x["value"] == "1" for x in e), 120), "an old document is no problem"
            register.start()
            assert self.events.wait(lane.host, mark, lambda e: any(x["name"] == ours and x["value"] == "0" for x in e), 120), "it did not end"
        finally:
            self.api("trigger.delete", trigger["triggerids"])

    def never_read(self):
        """Nothing answers from the first poll on: it does not answer, and after so long it is High alone, for as long as it is so."""
        wanted = ("Register: does not answer", 3), ("Poll: the register has not been read for long", 4)
        assert self.events.wait(NEVER, 0, lambda e: any(x["value"] == "1" and int(x["severity"]) == 4 for x in e), 120), self.events.since(NEVER, 0)
        assert self.events.wait(NEVER, 0, lambda e: len(e) >= 3), "the first problem did not end"
        begun = [(e["name"], int(e["severity"])) for e in self.events.since(NEVER, 0) if e["value"] == "1"]
        assert len(begun) == 2 and all(b[0].startswith(w[0]) and b[1] == w[1] for b, w in zip(begun, wanted)), begun
        settle(self.api, NEVER, 8)
        assert [e["severity"] for e in self.events.open_problems(NEVER)] == ["4"], self.events.open_problems(NEVER)

    def seeds(self):
        self.trial("the seed's own template shows each value that it has an item for", lambda: seed_check.check(self.api, self.seed, self.program))
        self.trial("the seed's template with the guard of docs/seed.md: an old file is a problem, a fresh one ends it", lambda: seed_check.old_file(self))

    def faults(self):
        """`check` beside this server; it is stopped once, so nothing else plays meanwhile."""
        register = Register(self.args.build, self.folder, faults_check.HOST, "5").start()
        self.registers.append(register)
        faults_check.play(self.stack, self.api, self.program, register, self.folder / "faults", self.trial)

    def unsupported(self):
        bad = self.api("item.get", {"filter": {"state": 1, "status": 0}, "output": ["key_", "error"], "selectHosts": ["host"]})
        bad = [(i["hosts"][0]["host"], i["key_"], i["error"]) for i in bad if i["hosts"][0]["host"].split("-")[0] in ("agent", "agent2", "pushed")]
        return f"not supported: {bad[:3]}" if bad else ""

    def coverage(self):
        """Every trigger of the tables has fired and recovered."""
        played = {row[0]: name for table in (SCENARIOS, STATES, FULL) for name, row in table.items()}
        more = {f"{key}.changed" for key in full.CHANGES} | {"registration.ffd_version.changed", "fn.open_document", *full.ERRORS}
        missing = {*ROWS, *more, *(row[0] for row in collector.TRIGGERS)} - set(played) - set(COLLECTOR) - {"nodata"}
        assert not missing, f"triggers without a scenario: {missing}"
        if not self.args.only:
            done = {what for what, why, _ in self.results if not why}
            names = {*SCENARIOS, *STATES, *FULL, *COLLECTOR, "no data"}
            assert names <= done, f"not fired and recovered: {sorted(names - done)}"

    def run(self):
        check = subprocess.run([sys.executable, ROOT / "tools/generate_templates.py", "--check", "--build", self.args.build], capture_output=True, text=True)
        self.trial("templates are fresh", lambda: "" if check.returncode == 0 else f"run ./run.sh generate: {check.stdout[:200]}")
        with Stack(self.folder / "zabbix", self.args.version) as self.stack:
            self.api = self.stack.api
            self.events = Events(self.api)
            self.imports()
            self.trial("core templates are light", self.light)
            self.prepare()
            self.play()
            for word, job in (("register", self.whole_registers), ("never", lambda: self.trial("a register that was never read: High after so long", self.never_read)),
                              ("clock", lambda: case_check.play(self)), ("seed", self.seeds), ("setup", lambda: setup_check.play(self)),
                              ("log-on", lambda: self.trial("a document written at log-on: the trigger of README.ru.txt sees that it is old", self.read_at_log_on)),
                              ("second fault", lambda: self.trial("a second fault is named while the first is open, and one problem stands", self.second_fault)),
                              ("unsupported", lambda: self.trial("no item is unsupported", self.unsupported)),
                              ("", lambda: till_check.play(self)),
                              ("", lambda: move_check.play(self)), ("", lambda: proxy_check.play(self)), ("", lambda: cache_check.play(self)),
                              ("check", self.faults)):
                if not word or self.wanted(word):
                    job()
            self.trial("every trigger fired once and recovered once", self.coverage)
            self.events.stopped = True

    def close(self):
        for register in self.registers:
            register.stop()
        said = "".join(path.read_text(errors="replace") for path in sorted(self.reports.iterdir()))
        self.note("no program said a word of a sanitizer", said[:3000])
        if not self.args.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


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
    parser.add_argument("--build-6.0", dest="build_6_0", help="another one for Zabbix 6.0: that with sanitizers")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--version", choices=list(roots.RELEASES), help="of Zabbix; without it each, side by side where memory allows")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build_6_0 if args.version == "6.0" and args.build_6_0 else args.build)
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
