#!/usr/bin/env python3
"""Takes docs/pictures/*.png: a Zabbix of its own, 12 emulated registers in different trouble, Chromium at 1920x1080.

Called by tools/pictures.sh. The registers are read by `zabbix-atol get` and pushed as `serve` pushes them, as if every five minutes of
the last three hours; the macros are those of the templates.
"""
import argparse
import http.cookiejar
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/zabbix"), str(ROOT / "tools")]
from lanes import Register, wait_value  # noqa: E402
from scenarios import day, moment, unsent  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
import zabbix_setup  # noqa: E402

KASSAS = [("Тверская-1", {}), ("Тверская-2", {"shift.state": 0}), ("Арбат-1", {"fn.valid_until": day(2), "fn.resource_days": 2}),
          ("Арбат-2", {"fn.valid_until": day(8), "fn.resource_days": 8}), ("Химки-1", unsent(days=-8)), ("Химки-2", unsent(days=-2)),
          ("Казань-1", {"printer.paper_present": 0}), ("Казань-2", {"shift.state": 2, "shift.expires": moment(hours=-3)}),
          ("Пермь-1", {"device.firmware": "5.16.2", "fn.valid_until": day(25), "fn.resource_days": 25}),
          ("Пермь-2", {"fn.flags": 0x80, "fn.state": 3}), ("Омск-1", {"device.clock_drift_s": 420}), ("Омск-2", None)]


HOURS, TROUBLE_AT, STEP = 3, 2, 300  # how far back the pictures go, since when there is trouble (hours), and seconds between two polls
STATES = ("ok", "partial", "busy", "unreachable", "error", "prerequisite")


def picture(url, cookie, path, target, profile):
    """A screenshot of one page of the frontend; the session goes in by a page of our own that sets the cookie."""
    driver = ROOT / "tools/screenshot.py"
    subprocess.run([sys.executable, driver, url + path, cookie, str(target), str(profile)], check=True)


def push(stack, program, registers, moment_ts):
    """What `serve` does: reads each register, pushes its document, then its own counts; all at the given moment."""
    states, lines = dict.fromkeys(STATES, 0), []
    for name, register in registers.items():
        command = [program, "get", register.address, "--timeout", "2s", "--lang", "ru"]
        document = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
        document["polled_ts"] = moment_ts
        states[document["state"]] += 1
        lines.append((name, "kkt.document", json.dumps(document, ensure_ascii=False), moment_ts))
    lines.append(("zabbix-atol", "kkt.serve", json.dumps({"registers": states, "polled_ts": moment_ts}), moment_ts))
    return stack.send(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--to", default=str(ROOT / "docs/pictures"))
    parser.add_argument("--keep", action="store_true", help="leave the stack running until the folder gets a file `stop`")
    args = parser.parse_args()
    if not shutil.which("chromium"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True, stdout=subprocess.DEVNULL)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-pictures-"))
    folder.chmod(0o755)
    program = os.path.abspath(args.build) + "/src/cli/zabbix-atol"
    registers = {}
    with Stack(folder / "zabbix") as stack:
        api = stack.api
        print(*zabbix_setup.Setup(api, "ru").run(), sep="\n")
        stack.analyze()
        group = api("hostgroup.get", {"filter": {"name": ["ККТ АТОЛ"]}})[0]["groupid"]
        template = api("template.get", {"filter": {"host": ["ATOL KKT by Zabbix trapper RU"]}})[0]["templateid"]
        user = api("user.get", {"filter": {"username": "Admin"}})[0]["userid"]
        api("user.update", {"userid": user, "lang": "ru_RU", "theme": "blue-theme", "refresh": "0"})
        api("settings.update", {"blink_period": "0"})  # a problem that blinks has no colour in every other picture
        for n, (name, changes) in enumerate(KASSAS):
            technical = f"kassa-{n + 1}"
            api("host.create", {"host": technical, "name": name, "groups": [{"groupid": group}], "templates": [{"templateid": template}],
                                "inventory_mode": 1})
            register = Register(args.build, folder, technical, "3" if n in (0, 4, 9) else "5")
            register.base["device"]["serial"] = f"001061{10000000 + n * 7919}"
            register.base["fn"]["serial"] = f"99604403{10000000 + n * 104729}"
            registers[technical] = register.start()
        stack.reload()

        def stored(host, key):
            return api("item.get", {"host": host, "filter": {"key_": key}, "output": ["lastvalue"]})[0]["lastvalue"]
        try:
            now = int(time.time())
            wait_for("the server to know the hosts", lambda: "failed: 0" in push(stack, program, registers, now - HOURS * 3600), 120, 1)
            for ts in range(now - HOURS * 3600 + STEP, now + 1, STEP):
                if ts == now - TROUBLE_AT * 3600:
                    for (_, changes), register in zip(KASSAS, registers.values()):
                        register.stop() if changes is None else register.write(changes)
                push(stack, program, registers, ts)
                wait_for("the server to take the polls", lambda: int(stored("zabbix-atol", "kkt.serve.polled_ts")) == ts, 60, 0.2)
            expected = {"kassa-3", "kassa-4", "kassa-5", "kassa-6", "kassa-7", "kassa-8", "kassa-9", "kassa-10", "kassa-11", "kassa-12"}

            def in_trouble():
                triggers = api("trigger.get", {"filter": {"value": 1}, "groupids": [group], "selectHosts": ["host"], "monitored": True,
                                               "output": ["triggerid"]})
                return expected <= {h["host"] for t in triggers for h in t["hosts"]}
            wait_for("the troubles of 10 registers", in_trouble, 120, 1)
            fresh = api("item.get", {"groupids": [group], "filter": {"key_": "kkt.fresh"}, "output": ["itemid"]})
            api("task.create", [{"type": 6, "request": {"itemid": item["itemid"]}} for item in fresh])  # compute now
            wait_value(api, "kassa-1", "kkt.fresh", lambda v: v == "0", 60)
            wait_value(api, "kassa-12", "kkt.fresh", lambda v: v == "2", 60)
            chain = api("dashboard.get", {"filter": {"name": ["ККТ АТОЛ: вся сеть"]}})[0]["dashboardid"]
            host = api("host.get", {"filter": {"host": ["kassa-6"]}})[0]["hostid"]
            board = api("templatedashboard.get", {"templateids": [template]})[0]["dashboardid"]
            pages = {"chain.png": f"/zabbix.php?action=dashboard.view&dashboardid={chain}&kiosk=1",
                     "register.png": f"/zabbix.php?action=host.dashboard.view&hostid={host}&dashboardid={board}&from=now-3h&to=now",
                     "problems.png": f"/zabbix.php?action=problem.view&groupids%5B0%5D={group}&show_opdata=1&filter_set=1"}
            for name, path in pages.items():
                picture(stack.url, login(stack.url), path, pathlib.Path(args.to) / name, folder / "profile")
                print(pathlib.Path(args.to) / name, flush=True)
            while args.keep and not (folder / "stop").exists():
                time.sleep(1)
        finally:
            for register in registers.values():
                register.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def login(url):
    """The frontend's session cookie."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(url + "/index.php", urllib.parse.urlencode({"name": "Admin", "password": "zabbix", "enter": "Sign in"}).encode()).read()
    return next(c.value for c in jar if c.name == "zbx_session")


if __name__ == "__main__":
    sys.exit(main())
