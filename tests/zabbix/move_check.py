"""Two collectors with their agents: the discovery makes hosts as the configuration says, and a register that moves from one collector to the other
keeps its host, its history and its peace."""
import json
import os
import signal
import time

from lanes import Register
from proxy_check import gaps_of, stored_clocks
from stack import AGENT_CONF, free_port, wait_for
from zbx.names import technical
import zabbix_setup

STEP = 5  # seconds between two polls
# name -> what the configuration says of it, and what the host must show
REGISTERS = {"moved-1": ("Касса у входа", "Магазин 7", "Казань", "55.7963", "49.1088", {"region": "север", "chain": "Весна"}),
             "moved-2": ("Касса 2 «большая»", "Магазин 7", "Казань", "55.7963", "49.1088", {}),
             "moved-3": ("Киоск", "Рынок", "Омск", "54.9885", "73.3242", {"region": "восток"})}


class Collector:
    """`serve` with its agent, which tells Zabbix the registers of the configuration."""

    def __init__(self, suite, name, place):
        self.suite, self.name, self.stack = suite, name, suite.stack
        self.folder = place / name
        self.folder.mkdir(parents=True)
        (self.folder / "state").mkdir()
        (self.folder / "sender.conf").write_text(f"ServerActive=127.0.0.1:{self.stack.server_port}\nHostname={name}\n")
        self.process = None

    def configure(self, registers):
        lines = "".join(f"- {json.dumps(row, ensure_ascii=False)}\n" for row in registers) or "[]\n"
        text = (f"state_dir: {self.folder}/state\nlanguage: en\npush: {{agent_config: {self.folder}/sender.conf, spool: {self.folder}/spool, interval: 1s, "
                f"host: {self.name}}}\nregisters:\n{lines}")
        new = self.folder / "new"
        new.write_text(text)
        new.rename(self.folder / "serve.yaml")
        if self.process:
            self.process.send_signal(signal.SIGHUP)

    def start(self):
        config = self.folder / "serve.yaml"
        self.process = self.stack.start(f"serve-{self.name}", [self.suite.program, "serve", "-c", config])
        include = self.folder / "include.conf"
        include.write_text(f"UserParameter=kkt.discovery,{self.suite.program} discover --lld -c {config}\n")
        conf = self.folder / "agent.conf"
        conf.write_text(AGENT_CONF.format(folder=self.folder, name="agent", server_port=self.stack.server_port, port=free_port(), hostnames=self.name,
                                          include=include, extra="AllowRoot=1\nStartAgents=1\nRefreshActiveChecks=60"))
        self.agent = self.stack.start(f"agent-{self.name}", ["/usr/sbin/zabbix_agentd", "-f", "-c", conf], env={**os.environ})

    def stop(self):
        for process in (self.process, self.agent):
            self.stack.stop(process)


def row(name, register):
    title, shop, city, lat, lon, tags = REGISTERS[name]
    return {"name": name, "title": title, "shop": shop, "tags": tags, "connect": register.address, "interval": f"{STEP}s",
            "location": {"city": city, "lat": float(lat), "lon": float(lon)}}


def shown(suite, name):
    """What Zabbix shows of a host: visible name, groups, tags, coordinates, id, status."""
    groups = "selectHostGroups" if suite.api.dialect.new else "selectGroups"
    found = suite.api("host.get", {"filter": {"host": [name]}, "output": ["hostid", "name", "status"], groups: ["name"], "selectTags": ["tag", "value"],
                                   "selectInventory": ["location_lat", "location_lon"]})
    if not found:
        return None
    host = found[0]
    place = host["inventory"] or {"location_lat": "", "location_lon": ""}
    return {"title": host["name"], "groups": {g["name"] for g in host.get("hostgroups", host.get("groups"))}, "status": host["status"],
            "tags": {t["tag"]: t["value"] for t in host["tags"]}, "place": (place["location_lat"], place["location_lon"]), "hostid": host["hostid"]}


def discovered(suite):
    """The host is as the configuration says: title, shop, city, tags; after the setup tool coordinates too."""
    try:
        wait_for("three hosts", lambda: all(shown(suite, name) for name in REGISTERS), 180, 1)
    except TimeoutError as error:
        rules = suite.api("discoveryrule.get", {"filter": {"key_": "kkt.discovery", "status": "0"}, "output": ["state", "error"], "selectHosts": ["host"]})
        return f"{error}; the rules say {[(r['hosts'][0]['host'], r['state'], r['error']) for r in rules]}"
    zabbix_setup.Setup(suite.api, "en", collector="collector-a").run()
    for name, (title, shop, city, lat, lon, tags) in REGISTERS.items():
        wanted = {"title": title, "groups": {"ATOL KKT", f"ATOL KKT/{shop}"}, "tags": {"city": city, "shop": shop, "tags": ", ".join(f"{k}={v}" for k, v in tags.items()) or "-"}, "place": (lat, lon)}
        try:  # a list that came while the templates were imported anew may be of both; the next one comes in 5 s
            wait_for("the host as wanted", lambda: all(shown(suite, name)[key] == value for key, value in wanted.items()), 60, 1)
        except TimeoutError:
            return f"{name}: wanted {wanted}, got {shown(suite, name)}"
    return ""


def moves(suite, a, b, registers):
    """moved-2 goes from collector a to b."""
    before = {name: shown(suite, name)["hostid"] for name in REGISTERS}
    wait_for("values of all", lambda: all(stored_clocks(suite.stack, REGISTERS).values()), 90, 1)
    marks = {name: suite.events.mark(name) for name in REGISTERS}
    begun = int(time.time())
    wait_for("some polls", lambda: time.time() > begun + 15, 30, 0.5)
    a.configure([row("moved-1", registers["moved-1"])])
    b.configure([row(name, registers[name]) for name in ("moved-3", "moved-2")])
    moved = int(time.time())
    # Three lists of each agent, which tells one each 5 s, and the polls of that time
    wait_for("lists and polls after the move", lambda: time.time() > moved + 30, 60, 0.5)
    ended = int(time.time())
    wait_for("the last values", lambda: all(c and c[-1] >= ended for c in stored_clocks(suite.stack, REGISTERS).values()), 90, 1)
    after = {name: shown(suite, name) for name in REGISTERS}
    for name in REGISTERS:
        if not after[name] or after[name]["hostid"] != before[name] or after[name]["status"] != "0":
            return f"{name}: was {before[name]}, is {after[name]}"
        problems = [e["name"] for e in suite.events.since(name, marks[name]) if e["value"] == "1"]
        if problems:
            return f"{name}: {problems}"
    twice = suite.api("host.get", {"search": {"host": "moved-"}, "output": ["host"]})
    if len(twice) != len(REGISTERS):
        return f"hosts: {[h['host'] for h in twice]}"
    return gaps_of(stored_clocks(suite.stack, REGISTERS), begun, ended, STEP)


def play(suite):
    if not suite.wanted("move"):
        return
    registers = {name: Register(suite.args.build, suite.folder, name, "5").start() for name in REGISTERS}
    suite.registers += registers.values()
    a, b = (Collector(suite, name, suite.folder / "move") for name in ("collector-a", "collector-b"))
    for collector in (a, b):
        suite.host(collector.name, technical("discovery", "en"), {"{$KKT.DISCOVERY.INTERVAL}": "5s"})
    a.configure([row(name, registers[name]) for name in ("moved-1", "moved-2")])
    b.configure([row("moved-3", registers["moved-3"])])
    suite.stack.reload()
    for collector in (a, b):
        wait_for(f"the server to know {collector.name}", lambda: suite.stack.active_checks(collector.name), 60, 0.5)
        collector.start()
    suite.trial("move: discovered hosts have title, shop, city, tags and coordinates", lambda: discovered(suite))
    suite.stack.reload()
    suite.trial("move: a register goes to another collector: its host stays, no gap, no problem, nothing twice", lambda: moves(suite, a, b, registers))
    a.stop()
    b.stop()
