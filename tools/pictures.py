#!/usr/bin/env python3
"""Takes docs/pictures/VERSION/*.png: a Zabbix of its own, 12 emulated registers in different trouble, Chromium, both themes and sizes.

Called by tools/pictures.sh. The registers are read by `zabbix-atol get` and pushed as `serve` pushes them, as if in the last
24 hours, and the collector's report with them; the macros are those of the templates. `--registers 312` shows that many (copies of the twelve).
"""
import argparse
import http.cookiejar
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/zabbix"), str(ROOT / "tools")]
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
from lanes import Register, wait_value  # noqa: E402
from scenarios import day, moment, unsent  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
from zbx.chain import NAME  # noqa: E402
from zbx.names import DOCUMENT_KEY, SERVE_KEY, technical  # noqa: E402

KASSAS = [("Тверская-1", {}), ("Тверская-2", {"shift.state": 0}), ("Арбат-1", {"fn.valid_until": day(2), "fn.resource_days": 2}),
          ("Арбат-2", {"fn.valid_until": day(8), "fn.resource_days": 8}), ("Химки-1", unsent(days=-8)), ("Химки-2", unsent(days=-2)),
          ("Казань-1", {"printer.paper_present": 0}), ("Казань-2", {"shift.state": 2, "shift.expires": moment(hours=-3)}),
          ("Пермь-1", {"device.firmware": "5.16.2", "fn.valid_until": day(25), "fn.resource_days": 25}),
          ("Пермь-2", {"fn.flags": 0x80, "fn.state": 3}), ("Омск-1", {"device.clock_drift_s": 420}), ("Омск-2", None)]
PLACES = {"Тверская": ("Москва", "55.7649", "37.6050"), "Арбат": ("Москва", "55.7494", "37.5912"), "Химки": ("Химки", "55.8970", "37.4297"),
          "Казань": ("Казань", "55.7963", "49.1088"), "Пермь": ("Пермь", "58.0105", "56.2502"), "Омск": ("Омск", "54.9885", "73.3242")}
TROUBLE_AT = 2  # hours since when there is trouble
LEVELS = ("well", "information", "warning", "average", "high", "disaster")


def documents(program, registers, lang="ru"):
    """What `get` says of each register now."""
    return {name: json.loads(subprocess.run([program, "get", r.address, "--timeout", "2s", "--lang", lang], capture_output=True, text=True).stdout)
            for name, r in registers.items()}


def report(found, ts):
    """The collector's document about the whole chain, as `serve` counts it."""
    count = {"severity": dict.fromkeys(LEVELS, 0), "fn": {"days_10": 0, "days_30": 0, "days_60": 0}, "ofd": {"waiting_1d": 0, "unsent": 0}}
    states = dict.fromkeys(("ok", "partial", "busy", "unreachable", "error", "prerequisite"), 0)
    firmware, month = {}, {}
    for d in found:
        states[d["state"]] += 1
        count["severity"][LEVELS[d["health"]["level"]]] += 1
        m = d.get("metrics")
        if not m:
            continue
        left = min(m["fn"].get("days_left", 999), m["fn"].get("resource_days", 999))
        for n in (10, 30, 60):
            count["fn"][f"days_{n}"] += left <= n
        count["ofd"]["waiting_1d"] += m["ofd"]["first_unsent_age_s"] > 86400
        count["ofd"]["unsent"] += m["ofd"]["unsent_count"]
        firmware[m["device"]["firmware"]] = firmware.get(m["device"]["firmware"], 0) + 1
        end = m["fn"]["valid_until"][:7]
        month[end] = month.get(end, 0) + 1
    return {"registers": {"total": len(found), **states, "without_data": sum(states.values()) - states["ok"] - states["partial"]}, **count,
            "polls": {"late": 0, "per_s": round(len(found) / 300, 2)}, "poll_ms": {"p50": 212, "p95": 401, "p99": 455},
            "spool": {"length": 0, "dropped": 0, "refused": 0}, "memory_kb": 9000, "polled_ts": ts,
            "firmware": [{"version": v, "count": n} for v, n in sorted(firmware.items())],
            "fn_ends": [{"month": v, "count": n} for v, n in sorted(month.items())]}


class Scene:
    def __init__(self, stack, build, folder, count):
        self.stack, self.api, self.folder, self.count = stack, stack.api, folder, count
        self.program = os.path.abspath(build) + "/src/cli/zabbix-atol"
        self.registers, self.groups, self.build = {}, {}, build
        # How far back the pictures go, seconds between two polls
        self.hours, self.step = (23, 900) if count <= 12 else (3, 1200) if count <= 350 else (2.4, 2400)

    def prepare(self):
        self.setup()
        user = self.api("user.get", {"filter": {"username": "Admin"}})[0]["userid"]
        self.api("user.update", {"userid": user, "lang": "ru_RU", "refresh": "0"})
        self.api("settings.update", {"blink_period": "0"})  # a problem that blinks has no colour in every other picture
        self.group = self.api("hostgroup.get", {"filter": {"name": ["ККТ АТОЛ"]}})[0]["groupid"]
        self.template = self.api("template.get", {"filter": {"host": [technical("trapper", "ru")]}})[0]["templateid"]
        for n, (_, changes) in enumerate(KASSAS):
            register = Register(self.build, self.folder, f"kassa-{n + 1}", "3" if n in (0, 4, 9) else "5")
            register.base["device"]["serial"] = f"001061{10000000 + n * 7919}"
            register.base["fn"]["serial"] = f"99604403{10000000 + n * 104729}"
            self.registers[f"kassa-{n + 1}"] = register.start()
        for start in range(0, self.count, 100):
            self.api("host.create", [self.host(n) for n in range(start, min(start + 100, self.count))])
        self.setup()
        self.stack.analyze()
        self.stack.reload()

    def host(self, n):
        """As the discovery makes it: group of the shop, tags, coordinates."""
        shop, till = KASSAS[n % 12][0].split("-")
        city, lat, lon = PLACES[shop]
        if n >= 12:
            shop = f"{shop} {n // 12 + 1}"
        name = f"ККТ АТОЛ/{shop}"
        if name not in self.groups:
            self.groups[name] = self.api("hostgroup.create", {"name": name})["groupids"][0]
        return {"host": f"kassa-{n + 1}", "name": f"{shop}-{till}", "groups": [{"groupid": self.group}, {"groupid": self.groups[name]}],
                "templates": [{"templateid": self.template}], "inventory_mode": 1, "tags": [{"tag": "shop", "value": shop}, {"tag": "city", "value": city}],
                "macros": [{"macro": "{$KKT.LAT}", "value": lat}, {"macro": "{$KKT.LON}", "value": lon}]}

    def setup(self):
        print(*zabbix_setup.Setup(self.api, "ru", registers=self.count).run(), sep="\n")

    def of_all(self, found, ts, since):
        """The document of each register."""
        of_all = []
        for n in range(self.count):
            # Of copies only each fifth shop is in trouble: a chain is not all red
            d = json.loads(json.dumps(found["kassa-1" if n >= 12 and n // 12 % 5 else f"kassa-{n % 12 + 1}"]))
            d["polled_ts"] = ts
            unread = 0 if d["state"] in ("ok", "partial") else ts - since
            d.setdefault("poll", {}).update(unread_for_s=unread, state_for_s=ts - since)
            of_all.append(d)
        return of_all

    def push(self, found, ts, since):
        of_all = self.of_all(found, ts, since)
        rows = [(f"kassa-{n + 1}", DOCUMENT_KEY, json.dumps(d, ensure_ascii=False), ts) for n, d in enumerate(of_all)]
        rows.append(("zabbix-atol", SERVE_KEY, json.dumps(report(of_all, ts)), ts))
        answers = [self.stack.send(rows[k:k + 250]) for k in range(0, len(rows), 250)]
        return all("failed: 0" in a for a in answers)

    def play(self):
        now = int(time.time())
        well = documents(self.program, self.registers)
        wait_for("the server to know the hosts", lambda: self.push(well, now - int(self.hours * 3600), now - 86400), 200, 2)
        wait_for("the lists of firmware and months", lambda: len(self.api("item.get", {"host": "zabbix-atol", "search": {"key_": "kkt.serve.fn_ends["},
                                                                                       "output": ["itemid"]})) > 0, 60, 1)
        self.stack.reload()
        wait_for("the server to know their items", lambda: self.push(well, now - int(self.hours * 3600), now - 86400) and self.known("kkt.serve.firmware[5.17.0]"), 90, 2)
        if self.hours < 23:  # of the hours before the chain's own report is enough: graphs of a day
            of_all = self.of_all(well, now, now - 86400)
            for ts in range(now - 23 * 3600, now - int(self.hours * 3600), 900):
                assert "failed: 0" in self.stack.send([("zabbix-atol", SERVE_KEY, json.dumps(report(of_all, ts)), ts)])
        trouble = None
        for ts in range(now - int(self.hours * 3600) + self.step, now + 1, self.step):
            if ts >= now - TROUBLE_AT * 3600 and trouble is None:
                for (_, changes), register in zip(KASSAS, self.registers.values()):
                    register.stop()
                    if changes is not None:
                        register.write(changes)
                        register.start()
                trouble = documents(self.program, self.registers)
                self.push(trouble, ts - 1, now - TROUBLE_AT * 3600)  # so that the lists bring their new items
                wait_for("the items of the lists", lambda: self.api("item.get", {"host": "zabbix-atol", "filter": {"key_": "kkt.serve.firmware[5.16.2]"}}), 60, 1)
                time.sleep(3)
                self.stack.reload()
                time.sleep(6)
            assert self.push(trouble or well, ts, now - TROUBLE_AT * 3600 if trouble else now - 86400)
            wait_value(self.api, "zabbix-atol", "kkt.serve.polled_ts", lambda v: int(v) == ts, 600)
        for n in range(1, 13):
            want = str(trouble[f"kassa-{n}"]["health"]["code"])
            wait_value(self.api, f"kassa-{n}", "kkt.health", lambda v: v == want, 600)

    def known(self, key):
        return self.api("item.get", {"host": "zabbix-atol", "filter": {"key_": key}, "output": ["lastclock"]})[0]["lastclock"] != "0"

    def pages(self):
        """Name -> address."""
        chain = self.api("dashboard.get", {"filter": {"name": [NAME[1]]}, "selectPages": ["dashboard_pageid"]})[0]
        host = self.api("host.get", {"filter": {"host": ["kassa-3"]}})[0]["hostid"]
        board = self.api("templatedashboard.get", {"templateids": [self.template]})[0]["dashboardid"]
        found = {f"chain-{n}": f"/zabbix.php?action=dashboard.view&dashboardid={chain['dashboardid']}&page={n}&kiosk=1" for n in range(1, len(chain["pages"]) + 1)}
        found["register"] = f"/zabbix.php?action=host.dashboard.view&hostid={host}&dashboardid={board}&from=now-3h&to=now&kiosk=1"
        found["problems"] = f"/zabbix.php?action=problem.view&groupids%5B0%5D={self.group}&show_opdata=1&filter_set=1&kiosk=1"
        return found


def login(url):
    """The frontend's session cookie."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(url + "/index.php", urllib.parse.urlencode({"name": "Admin", "password": "zabbix", "enter": "Sign in"}).encode()).read()
    return next(c.value for c in jar if c.name == "zbx_session")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--to", default=str(ROOT / "docs/pictures"))
    parser.add_argument("--version", choices=list(roots.RELEASES), default="7.0")
    parser.add_argument("--registers", type=int, default=12)
    parser.add_argument("--keep", action="store_true", help="leave the stack running until the folder gets a file `stop`")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    roots.enter(args.version)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the Zabbix ends with it
    if not shutil.which("chromium"):
        roots.apt("chromium")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-pictures-"))
    folder.chmod(0o755)
    roots.Root(args.version).bind(folder, ROOT, args.build)
    with Stack(folder / "zabbix", args.version, "CacheSize=384M\nHistoryIndexCacheSize=32M\nHistoryCacheSize=64M\nValueCacheSize=64M") as stack:
        scene = Scene(stack, args.build, folder, args.registers)
        try:
            scene.prepare()
            scene.play()
            user = scene.api("user.get", {"filter": {"username": "Admin"}})[0]["userid"]
            for theme, size in (("light", "1920x1080"), ("dark", "1366x768")):
                scene.api("user.update", {"userid": user, "theme": {"light": "blue-theme", "dark": "dark-theme"}[theme]})
                for name, path in scene.pages().items():
                    many = "" if args.registers == 12 else f"{args.registers}-"
                    target = pathlib.Path(args.to) / args.version / f"{many}{name}-{theme}-{size.split('x')[0]}.png"
                    subprocess.run([sys.executable, ROOT / "tools/screenshot.py", stack.url + path, login(stack.url), target, folder / "profile", size],
                                   check=True)
                    print(target, flush=True)
            while args.keep and not (folder / "stop").exists():
                time.sleep(1)
        finally:
            for register in scene.registers.values():
                register.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
