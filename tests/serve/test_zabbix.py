"""serve and a real Zabbix 6.0: push by zabbix_sender with TLS-PSK, the server away and back; fifty registers behind a
Zabbix proxy, their hosts found by discovery."""
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import ROOT, Emulator, program
from serving import Serve, spool_texts, wait_for

import roots
import stack as zabbix

PROXY_CONF = """
Server=127.0.0.1:{server_port}
Hostname=proxy-1
ListenPort={port}
ListenIP=127.0.0.1
LogFile={folder}/proxy.log
PidFile={folder}/proxy.pid
SocketDir={folder}/proxy
DBName={folder}/proxy.db
AllowRoot=1
StartPollers=1
StartPollersUnreachable=1
StartTrappers=3
ConfigFrequency=3600
DataSenderFrequency=1
"""
# Keeps what was handed over, then hands it over: the truth to hold Zabbix against. serve reads what zabbix_sender says.
SENDER = """#!/bin/sh
for file; do :; done
cp "$file" {ledger}/
output=$(zabbix_sender "$@" 2>&1)
status=$?
echo "$output" | tee -a {ledger}/../sender.out
exit $status
"""


def handed_over(ledger):
    """(host, second, ns) of every value, in the order of the files and lines."""
    out = []
    for path in sorted(ledger.glob("*.values")):
        for line in path.read_text().splitlines():
            host, key, second, ns, _ = line.split(" ", 4)
            if json.loads(key) == "kkt.document":
                out.append((json.loads(host), int(second), int(ns)))
    return out


class ZabbixTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        roots.install_system()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="serve-zabbix-"))
        cls.folder.chmod(0o755)     # PostgreSQL runs as a user of its own
        cls.stack = zabbix.Stack(cls.folder / "stack")
        cls.stack.__enter__()
        cls.api = cls.stack.api
        cls.group = cls.api("hostgroup.create", {"name": "serve"})["groupids"][0]

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def stored(self, since=0):
        """(host, second, ns) of every document in Zabbix's database."""
        rows = self.stack.psql("zabbix", "SELECT h.host, t.clock, t.ns FROM history_text t JOIN items i USING (itemid) "
                               f"JOIN hosts h USING (hostid) WHERE i.key_ = 'kkt.document' AND t.clock >= {since}")
        return sorted((host, int(clock), int(ns)) for host, clock, ns in (row.split("|") for row in rows.splitlines()))

    def sender(self, name):
        ledger = self.folder / name / "ledger"
        ledger.mkdir(parents=True)
        script = self.folder / name / "sender"
        script.write_text(SENDER.format(ledger=ledger))
        script.chmod(0o755)
        return script, ledger

    def settle(self, serve, spool):
        """No more polls; waits until the spool is empty, then ends serve."""
        serve.reload([])
        wait_for("an empty spool", lambda: not any(spool_texts(spool)), 120)
        serve.stop()

    def test_push_with_tls_psk_and_the_server_away(self):
        key = secrets.token_hex(32)
        names = [f"psk-{i}" for i in range(5)]
        for name in names:
            host = self.api("host.create", {"host": name, "groups": [{"groupid": self.group}], "tls_connect": 1, "tls_accept": 2,
                                            "tls_psk_identity": "serve", "tls_psk": key})["hostids"][0]
            self.api("item.create", {"hostid": host, "name": "document", "key_": "kkt.document", "type": 2, "value_type": 4})
        self.stack.reload()
        script, ledger = self.sender("psk")
        folder = self.folder / "psk"
        (folder / "key").write_text(key + "\n")
        (folder / "agent.conf").write_text(f"ServerActive=127.0.0.1:{self.stack.server_port}\nHostname=x\nTLSConnect=psk\n"
                                           f"TLSPSKIdentity=serve\nTLSPSKFile={folder}/key\n")
        spool = folder / "spool"
        head = f"push: {{agent_config: {folder}/agent.conf, sender: {script}, spool: {spool}, interval: 1s}}"
        # The server knows the hosts once it takes a value.
        wait_for("the server's configuration", lambda: "failed: 0" in subprocess.run(
            ["zabbix_sender", "-c", folder / "agent.conf", "-s", "psk-0", "-k", "kkt.document", "-o", "first"],
            capture_output=True, text=True).stdout)
        begun = int(time.time()) + 1
        wait_for("the next second", lambda: time.time() >= begun)
        plain = subprocess.run(["zabbix_sender", "-z", "127.0.0.1", "-p", str(self.stack.server_port), "-s", "psk-0", "-k",
                                "kkt.document", "-o", "no"], capture_output=True, text=True)
        self.assertIn("failed: 1", plain.stdout, "without TLS the server refuses the value")
        with Emulator("--registers", 5) as fleet:
            port = fleet.address.rsplit(":", 1)[1]
            lines = [f"{{name: {n}, connect: 'tcp://127.0.0.{i + 1}:{port}', interval: 1s}}" for i, n in enumerate(names)]
            with Serve(lines, head) as serve:
                wait_for("values in Zabbix", lambda: len(self.stored(begun)) >= 20, 60)
                self.stack.server.terminate()
                self.stack.server.wait()
                serve.wait_log("Zabbix does not accept values")
                wait_for("sixty values in the spool", lambda: "".join(spool_texts(spool)).count("\n") >= 60, 60)
                self.stack.start_server()
                serve.wait_log("Zabbix accepts values again")
                mark = len(handed_over(ledger))
                wait_for("new values behind the old", lambda: len(handed_over(ledger)) > mark + 10)
                self.settle(serve, spool)
        given = handed_over(ledger)
        wait_for("all values in the database", lambda: len(self.stored(begun)) >= len(given), 60)
        self.assertGreater(len(given), 80)
        self.assertEqual(self.stored(begun), sorted(given), "none lost, none twice, each with its own time")
        for name in names:
            own = [v for v in given if v[0] == name]
            self.assertEqual(own, sorted(own), "in order")

    def test_fifty_registers_behind_a_proxy(self):
        rules = {name: {"createMissing": True, "updateExisting": True} for name in
                 ("templates", "items", "discoveryRules", "triggers", "valueMaps", "graphs", "templateDashboards")}
        rules["groups"] = {"createMissing": True}
        rules["templateLinkage"] = {"createMissing": True}
        for name in ("trapper", "discovery"):
            self.api("configuration.import", {"format": "yaml", "rules": rules, "source":
                                              (ROOT / "templates/6.0" / f"atol-kkt-{name}.en.yaml").read_text()})
        for item in self.api("item.get", {"templated": True, "filter": {"key_": ["kkt.document"]}, "output": ["itemid"]}):
            self.api("item.update", {"itemid": item["itemid"], "history": "1d"})  # to count them
        rule = self.api("discoveryrule.get", {"templated": True, "filter": {"key_": ["kkt.discovery"]},
                                              "output": ["itemid", "hostid"]})[0]
        folder = self.folder / "proxy"
        script, ledger = self.sender("proxy")
        (folder / "proxy").mkdir()
        proxy = str(self.stack.root.program("zabbix_proxy"))
        port = zabbix.free_port()
        (folder / "proxy.conf").write_text(PROXY_CONF.format(server_port=self.stack.server_port, port=port, folder=folder))
        proxyid = self.api("proxy.create", {"host": "proxy-1", "status": 5})["proxyids"][0]
        self.api("host.create", {"host": "collector-1", "groups": [{"groupid": self.group}], "proxy_hostid": proxyid,
                                 "templates": [{"templateid": rule["hostid"]}],
                                 "macros": [{"macro": "{$KKT.DISCOVERY.INTERVAL}", "value": "5s"}]})
        self.stack.reload()
        self.stack.start("proxy", [proxy, "-f", "-c", str(folder / "proxy.conf")])
        wait_for("the proxy", lambda: zabbix.listens(port))
        (folder / "agent.conf").write_text(f"ServerActive=127.0.0.1:{port}\nHostname=collector-1\n")
        spool = folder / "spool"
        head = (f"push: {{agent_config: {folder}/agent.conf, sender: {script}, spool: {spool}, interval: 1s, "
                "host: collector-1}")
        with Emulator("--registers", 60) as fleet:
            kkt_port = fleet.address.rsplit(":", 1)[1]

            def lines(moved=None):
                return [f"{{name: shop-{i:02d}, connect: 'tcp://127.0.0.{55 if i == moved else i + 1}:{kkt_port}', interval: 2s}}"
                        for i in range(50)]
            with Serve(lines(), head) as serve:
                (folder / "agentd.conf").write_text(
                    f"ServerActive=127.0.0.1:{port}\nHostname=collector-1\nStartAgents=0\nAllowRoot=1\nLogFile={folder}/agent.log\n"
                    f"PidFile={folder}/agent.pid\nRefreshActiveChecks=60\nBufferSend=1\n"
                    f"UserParameter=kkt.discovery,{program()} discover --lld -c {serve.config}\n")
                agent = None

                def push_configuration():
                    self.stack.reload()
                    subprocess.run([proxy, "-c", str(folder / "proxy.conf"), "-R", "config_cache_reload"], capture_output=True)

                def hosts():
                    return self.api("host.get", {"search": {"host": "shop-"}, "countOutput": True})
                end = time.monotonic() + 120
                while int(hosts()) < 50 and time.monotonic() < end:
                    push_configuration()
                    if agent:
                        agent.terminate()
                        agent.wait()
                    agent = self.stack.start("agent-1", ["/usr/sbin/zabbix_agentd", "-f", "-c", str(folder / "agentd.conf")])
                    time.sleep(8)   # an agent asks for its items once a minute at most: a fresh one asks at once
                self.assertEqual(int(hosts()), 50, "hosts by discovery")
                push_configuration()

                def all_hosts_have_values():
                    have = {host for host, _, _ in self.stored() if host.startswith("shop-")}
                    if len(have) < 50:
                        push_configuration()
                        time.sleep(1)
                    return len(have) == 50
                wait_for("values of all fifty", all_hosts_have_values, 900)
                begun = int(time.time()) + 1
                self.stack.server.terminate()
                self.stack.server.wait()
                wait_for("values while the server is away",
                         lambda: len([v for v in handed_over(ledger) if v[1] >= begun]) > 150)
                self.stack.start_server()
                serve.reload(lines(moved=7))
                serve.wait("shop-07", lambda d: "127.0.0.55" in d["connect"] and d["state"] == "ok")
                self.settle(serve, spool)
        given = sorted(v for v in handed_over(ledger) if v[1] >= begun)
        wait_for("all values in the database", lambda: len([v for v in self.stored(begun) if v[0].startswith("shop-")])
                 >= len(given), 60)
        self.assertEqual([v for v in self.stored(begun) if v[0].startswith("shop-")], given, "none lost, none twice")
        self.assertGreater(len(given), 150)
        self.assertTrue(self.api("item.get", {"host": "collector-1", "filter": {"key_": "kkt.serve.registers.ok"},
                                              "output": ["lastvalue"]})[0]["lastvalue"])


if __name__ == "__main__":
    unittest.main()
