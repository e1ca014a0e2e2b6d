"""`serve` behind a proxy that goes away and comes back; on 7.0 behind a group of two proxies. Every value arrives, each once with its own time."""
import signal
import time

from lanes import Register
from stack import wait_for
from zbx.names import technical

SECONDS = 150
HOSTS = [f"behind-{n}" for n in range(1, 5)]


class Behind:
    def __init__(self, suite):
        self.suite, self.api, self.stack = suite, suite.api, suite.stack
        self.folder = suite.folder / "behind"
        self.folder.mkdir()

    def hosts(self, **where):
        for name in HOSTS:
            self.suite.host(name, technical("trapper", "en"), {}, **where)
        self.stack.reload()

    def serve(self, port, registers, interval):
        """In the root: zabbix_sender of that version follows the group's redirect."""
        (self.folder / "agent.conf").write_text(f"ServerActive=127.0.0.1:{port}\nHostname=behind\n")
        rows = "".join(f"  - {{name: {name}, connect: '{r.address}', interval: 5s}}\n" for name, r in zip(HOSTS, registers))
        (self.folder / "serve.yaml").write_text(
            f"state_dir: {self.folder}/state\npush: {{agent_config: {self.folder}/agent.conf, spool: {self.folder}/spool, interval: {interval}}}\n"
            f"registers:\n{rows}")
        (self.folder / "state").mkdir(exist_ok=True)
        return self.stack.start("serve", [self.suite.program, "serve", "-c", self.folder / "serve.yaml"])

    def stored(self):
        """host -> times of the polls that Zabbix has, by the item that each document fills."""
        rows = self.stack.psql("zabbix", "SELECT h.host, t.clock FROM history_uint t JOIN items i USING (itemid) JOIN hosts h USING (hostid) "
                               "WHERE i.key_ = 'kkt.poll.unread_for_s' ORDER BY t.clock")
        found = {name: [] for name in HOSTS}
        for row in rows.splitlines():
            host, clock = row.split("|")
            if host in found:
                found[host].append(int(clock))
        return found

    def gaps(self, begun, ended, step=5):
        """No two values of a register are further apart than two polls."""
        for host, clocks in self.stored().items():
            clocks = [c for c in clocks if begun <= c <= ended]
            steps = [b - a for a, b in zip([begun, *clocks], [*clocks, ended])]
            if max(steps) > 2 * step + 2 or len(clocks) < (ended - begun) // step - 2:
                return f"{host}: {len(clocks)} values in {ended - begun} s, longest gap {max(steps)} s"
        return ""

    def play(self, ports, away):
        registers = [Register(self.suite.args.build, self.suite.folder, name, "5").start() for name in HOSTS]
        self.suite.registers += registers
        process = self.serve(ports[0], registers, "20s" if len(ports) > 1 else "2s")
        try:
            wait_for("values of all registers", lambda: all(self.stored().values()), 120, 1)
            begun = int(time.time())
            away(begun)
            wait_for("the time to be over", lambda: time.time() > begun + SECONDS, SECONDS + 10, 1)
            ended = int(time.time())
            wait_for("the last values", lambda: all(c and c[-1] >= ended for c in self.stored().values()), 90, 1)
            return self.gaps(begun, ended)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)

    def one_proxy(self):
        process, port = self.stack.start_proxy("proxy-1")
        if self.stack.version == "7.0":
            self.api("proxy.create", {"name": "proxy-1", "operating_mode": 0})
            where = {"monitored_by": 1, "proxyid": self.api("proxy.get", {"filter": {"name": "proxy-1"}})[0]["proxyid"]}
        else:
            where = {"proxy_hostid": self.api("proxy.create", {"host": "proxy-1", "status": 5})["proxyids"][0]}
        self.hosts(**where)
        return self.play([port], lambda begun: self.leave("proxy-1", process, begun, port))

    def group_of_two(self):
        group = self.api("proxygroup.create", {"name": "group", "failover_delay": "10s", "min_online": "1"})["proxy_groupids"][0]
        started = {}
        for name in ("member-1", "member-2"):
            process, port = self.stack.start_proxy(name)
            started[name] = (process, port)
            self.api("proxy.create", {"name": name, "operating_mode": 0, "proxy_groupid": group, "local_address": "127.0.0.1", "local_port": str(port)})
        self.hosts(monitored_by=2, proxy_groupid=group)

        def spread():
            rows = self.api("host.get", {"filter": {"host": HOSTS}, "output": ["assigned_proxyid"]})
            return len({r["assigned_proxyid"] for r in rows} - {"0"}) == 2
        try:
            wait_for("hosts on both proxies", spread, 60, 1)
        except TimeoutError:
            pass  # the server's own choice
        return self.play([port for _, port in started.values()], lambda begun: None)

    def leave(self, name, process, begun, port):
        """Goes away for 30 s in the middle, and comes back on the same port."""
        wait_for("some values", lambda: time.time() > begun + 30, 60, 1)
        self.stack.stop(process)
        wait_for("an absence", lambda: time.time() > begun + 60, 60, 1)
        self.stack.start_proxy(name, port)


def play(suite):
    if not suite.wanted("proxy"):
        return
    behind = Behind(suite)
    if suite.stack.version == "7.0":
        suite.trial("proxy group of two: every value of 150 s arrives", behind.group_of_two)
    else:
        suite.trial("proxy that goes away and comes back: every value of 150 s arrives", behind.one_proxy)
