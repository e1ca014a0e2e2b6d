"""A server whose CacheSize is nearly used up: a problem of the collector's host and a sentence of the setup tool; with room again both are gone."""
import subprocess
import sys

import zabbix_setup
from stack import CACHES, wait_for
from zbx import caches

HOST = "pushed-collector"


def short(suite):
    stack, mark = suite.stack, suite.events.mark(HOST)
    cache = stack.statistics()["rcache"]
    stack.restart_server(f"CacheSize={int((cache['total'] - cache['free']) * 1.2)}\nValueCacheSize=64M")
    ours = [e for e in suite.events.wait(HOST, mark, lambda events: any(e["name"].startswith("Zabbix: ") for e in events), 120) or []
            if e["name"].startswith("Zabbix: ")]
    if [e["severity"] for e in ours] != ["4"] or not ours[0]["name"].startswith("Zabbix: CacheSize is ") or "{" in ours[0]["name"]:
        return f"problems: {[(e['severity'], e['name']) for e in ours]}"
    said = subprocess.run([sys.executable, zabbix_setup.__file__, "--url", stack.url, "--user", "Admin", "--password", "zabbix", "--language", "en",
                           "--collector", "collector-en"], capture_output=True, text=True)
    warnings = [line for line in said.stdout.splitlines() if line.startswith("warning: ")]
    if said.returncode or len(warnings) != 1 or "of the server's CacheSize are used" not in warnings[0]:
        return f"the setup tool said: {said.returncode} {said.stdout} {said.stderr}"
    stack.restart_server(CACHES)
    closed = suite.events.wait(HOST, mark, lambda events: not [o for o in suite.events.open_problems_of(
        [e for e in events if e["objectid"] == ours[0]["objectid"]])], 120)
    if not closed:
        return "the problem did not end"
    wait_for("no warning", lambda: not list(caches.short_caches(suite.api)), 60, 1)
    return ""


def play(suite):
    if suite.wanted("cache"):
        suite.trial("a short CacheSize: a problem, a warning of the setup tool, and both end", lambda: short(suite))
