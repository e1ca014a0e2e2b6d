"""`serve` and a way to Zabbix that goes away and comes back: a proxy, a member of a 7.0 group of two, the server itself. Every value arrives, each once
with its own time."""
import contextlib
import signal
import time

from lanes import Register
from stack import wait_for
from zbx.names import technical

STEP = 5  # seconds between two polls


def stored_clocks(stack, hosts):
    """host -> times of the polls that Zabbix has, by the item that each document fills, to the millisecond: two collectors
    may poll a register that moves within one second."""
    rows = stack.psql("zabbix", "SELECT h.host, t.clock, t.ns FROM history_uint t JOIN items i USING (itemid) JOIN hosts h USING (hostid) "
                      "WHERE i.key_ = 'kkt.poll.unread_for_s' ORDER BY t.clock, t.ns")
    found = {name: [] for name in hosts}
    for row in rows.splitlines():
        host, clock, ns = row.split("|")
        if host in found:
            found[host].append(int(clock) + int(ns) / 1e9)
    return found


def gaps_of(stored, begun, ended, step):
    """No two values of a register are further apart than two polls, and none is there twice."""
    for host, clocks in stored.items():
        clocks = [c for c in clocks if begun <= c <= ended]
        steps = [b - a for a, b in zip([begun, *clocks], [*clocks, ended])]
        if max(steps) > 2 * step + 2 or len(clocks) < (ended - begun) // step - 3:
            return f"{host}: {len(clocks)} values in {ended - begun} s, longest gap {max(steps):.1f} s"
        if len(set(clocks)) < len(clocks):
            return f"{host}: {len(clocks) - len(set(clocks))} values twice"
    return ""


class Behind:
    """`serve` with four registers that pushes to `servers`, as ServerActive names them."""

    def __init__(self, suite, name):
        self.suite, self.api, self.stack = suite, suite.api, suite.stack
        self.names = [f"{name}-{n}" for n in range(1, 5)]
        self.folder = suite.folder / name
        self.folder.mkdir()

    def hosts(self, **where):
        for name in self.names:
            self.suite.host(name, technical("trapper", "en"), {}, **where)
        self.stack.reload()

    def serve(self, servers, registers, interval):
        """In the root: zabbix_sender of that version follows the group's redirect."""
        (self.folder / "agent.conf").write_text(f"ServerActive={servers}\nHostname=behind\n")
        rows = "".join(f"  - {{name: {name}, connect: '{r.address}', interval: {STEP}s}}\n" for name, r in zip(self.names, registers))
        (self.folder / "serve.yaml").write_text(
            f"state_dir: {self.folder}/state\npush: {{agent_config: {self.folder}/agent.conf, spool: {self.folder}/spool, interval: {interval}}}\n"
            f"registers:\n{rows}")
        (self.folder / "state").mkdir(exist_ok=True)
        return self.stack.start(f"serve-{self.folder.name}", [self.suite.program, "serve", "-c", self.folder / "serve.yaml"])

    def stored(self):
        return stored_clocks(self.stack, self.names)

    def gaps(self, begun, ended):
        """What Zabbix has not got, once `serve` has sent again what a member of a group refused: two minutes later."""
        with contextlib.suppress(TimeoutError):
            wait_for("all values", lambda: not gaps_of(self.stored(), begun, ended, STEP), 240, 1)
        return gaps_of(self.stored(), begun, ended, STEP)

    def play(self, servers, seconds, away, interval="2s"):
        registers = [Register(self.suite.args.build, self.suite.folder, name, "5").start() for name in self.names]
        self.suite.registers += registers
        process = self.serve(servers, registers, interval)
        try:
            wait_for("values of all registers", lambda: all(self.stored().values()), 180, 1)
            begun = int(time.time())
            away(begun)
            wait_for("the time to be over", lambda: time.time() > begun + seconds, seconds + 60, 1)
            ended = int(time.time())
            wait_for("the last values", lambda: all(c and c[-1] >= ended for c in self.stored().values()), 240, 1)
            return self.gaps(begun, ended)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def at(self, begun, second):
        wait_for(f"second {second}", lambda: time.time() > begun + second, second + 60, 0.5)


def proxy(suite):
    behind = Behind(suite, "proxied")
    process, port = suite.stack.start_proxy("proxy-1")
    if suite.stack.version == "7.0":
        suite.api("proxy.create", {"name": "proxy-1", "operating_mode": 0})
        where = {"monitored_by": 1, "proxyid": suite.api("proxy.get", {"filter": {"name": "proxy-1"}})[0]["proxyid"]}
    else:
        where = {"proxy_hostid": suite.api("proxy.create", {"host": "proxy-1", "status": 5})["proxyids"][0]}
    behind.hosts(**where)

    def leave(begun):
        behind.at(begun, 20)
        suite.stack.stop(process)
        behind.at(begun, 50)
        suite.stack.start_proxy("proxy-1", port)
    return behind.play(f"127.0.0.1:{port}", 80, leave)


def group(suite):
    """The member that `push.agent_config` names first goes away for a minute; the other takes its hosts over."""
    behind = Behind(suite, "grouped")
    number = suite.api("proxygroup.create", {"name": "group", "failover_delay": "10s", "min_online": "1"})["proxy_groupids"][0]
    started = {}
    for name in ("member-1", "member-2"):
        started[name] = suite.stack.start_proxy(name)
        suite.api("proxy.create", {"name": name, "operating_mode": 0, "proxy_groupid": number, "local_address": "127.0.0.1",
                                   "local_port": str(started[name][1])})
    behind.hosts(monitored_by=2, proxy_groupid=number)

    def assigned():
        return {row["assigned_proxyid"] for row in suite.api("host.get", {"filter": {"host": behind.names}, "output": ["assigned_proxyid"]})} - {"0"}
    wait_for("every host at a member", lambda: assigned() and all(
        row["assigned_proxyid"] != "0" for row in suite.api("host.get", {"filter": {"host": behind.names}, "output": ["assigned_proxyid"]})), 120, 1)

    def leave(begun):
        behind.at(begun, 20)
        suite.stack.stop(started["member-1"][0])
        wait_for("the other member to have all hosts", lambda: len(assigned()) == 1, 120, 1)
        behind.at(begun, 80)
        suite.stack.start_proxy("member-1", started["member-1"][1])
    servers = ";".join(f"127.0.0.1:{port}" for _, port in started.values())
    return behind.play(servers, 150, leave)


def server(suite):
    behind = Behind(suite, "direct")
    behind.hosts()

    def leave(begun):
        behind.at(begun, 15)
        suite.stack.stop_server()
        behind.at(begun, 45)
        suite.stack.start_server()
    return behind.play(f"127.0.0.1:{suite.stack.server_port}", 70, leave)


def play(suite):
    if suite.wanted("proxy"):
        suite.trial("proxy that is away for half a minute: every value arrives, each once", lambda: proxy(suite))
    if suite.stack.version == "7.0" and suite.wanted("group"):
        suite.trial("proxy group, the first member away for a minute: every value of 150 s arrives, each once", lambda: group(suite))
    if suite.wanted("server away"):
        suite.trial("server away for half a minute: every value arrives, each once", lambda: server(suite))
