#!/usr/bin/env python3
"""Takes docs/pictures/*.png: a Zabbix of its own, 12 emulated registers in different trouble, Chromium at 1920x1080.

Called by tools/pictures.sh. The registers are read by `zabbix-atol get` and pushed as `serve` pushes them.
"""
import argparse
import datetime
import http.cookiejar
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/zabbix"), str(ROOT / "tools")]
from lanes import Register, wait_value  # noqa: E402
from scenarios import day, moment, unsent  # noqa: E402
from stack import Stack, install, wait_for  # noqa: E402
import zabbix_setup  # noqa: E402

KASSAS = [("Тверская-1", {}), ("Тверская-2", {"shift.state": 0}), ("Арбат-1", {"fn.valid_until": day(2), "fn.resource_days": 2}),
          ("Арбат-2", {"fn.valid_until": day(8), "fn.resource_days": 8}), ("Химки-1", {**unsent(days=-8), "ofd.network_error": 5}), ("Химки-2", unsent(days=-2)),
          ("Казань-1", {"printer.paper_present": 0}), ("Казань-2", {"shift.state": 2, "shift.expires": moment(hours=-3)}),
          ("Пермь-1", {"device.firmware": "5.16.2", "fn.valid_until": day(25), "fn.resource_days": 25}), ("Пермь-2", {"fn.flags": 0x80, "fn.state": 3}),
          ("Омск-1", {"device.clock_drift_s": 420, "printer.cover_opened": 1}), ("Омск-2", None)]


def picture(url, cookie, path, target, profile):
    """A screenshot of one page of the frontend; the session goes in by a page of our own that sets the cookie."""
    driver = ROOT / "tools/screenshot.py"
    subprocess.run([sys.executable, driver, url + path, cookie, str(target), str(profile)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--to", default=str(ROOT / "docs/pictures"))
    parser.add_argument("--keep", action="store_true", help="leave the stack running until the folder gets a file `stop`")
    args = parser.parse_args()
    install()
    if not shutil.which("chromium"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True, stdout=subprocess.DEVNULL)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-pictures-"))
    folder.chmod(0o755)
    program = os.path.abspath(args.build) + "/src/cmd/zabbix-atol"
    registers = {}
    with Stack(folder / "zabbix") as stack:
        api = stack.api
        print(*zabbix_setup.Setup(api, "ru").run(), sep="\n")
        stack.analyze()
        group = api("hostgroup.get", {"filter": {"name": ["ККТ АТОЛ"]}})[0]["groupid"]
        template = api("template.get", {"filter": {"host": ["ATOL KKT by Zabbix trapper RU"]}})[0]["templateid"]
        user = api("user.get", {"filter": {"username": "Admin"}})[0]["userid"]
        api("user.update", {"userid": user, "lang": "ru_RU", "theme": "blue-theme", "refresh": "0"})
        for n, (name, changes) in enumerate(KASSAS):
            technical = f"kassa-{n + 1}"
            api("host.create", {"host": technical, "name": name, "groups": [{"groupid": group}], "templates": [{"templateid": template}], "inventory_mode": 1,
                                "macros": [{"macro": "{$KKT.UNREACHABLE.TIME}", "value": "#2"}, {"macro": "{$KKT.OFD.ERROR.TIME}", "value": "#2"}]})
            register = Register(args.build, folder, technical, "3" if n in (0, 4, 9) else "5")
            register.base["device"]["serial"] = f"001061{10000000 + n * 7919}"
            register.base["fn"]["serial"] = f"99604403{10000000 + n * 104729}"
            register.write(changes or {})
            registers[technical] = register.start()
        stack.reload()
        stop = threading.Event()

        def push():
            """What `serve` does: reads each register, pushes its document, then its own counts."""
            dead = False
            while not stop.is_set():
                states, lines = {}, []
                for name, register in registers.items():
                    text = subprocess.run([program, "get", register.address, "--timeout", "2s", "--lang", "ru"], capture_output=True, text=True).stdout.strip()
                    states[json.loads(text)["state"]] = states.get(json.loads(text)["state"], 0) + 1
                    lines.append((name, "kkt.document", text))
                names = ("ok", "partial", "busy", "unreachable", "error", "prerequisite")
                lines.append(("zabbix-atol", "kkt.serve", json.dumps({"registers": {s: states.get(s, 0) for s in names}, "polled_ts": int(time.time())})))
                stack.send(lines)
                stop.wait(1)
        threading.Thread(target=push, daemon=True).start()
        try:
            wait_value(api, "kassa-12", "kkt.state", lambda v: v == "0", 120)
            registers["kassa-12"].stop()
            expected = {"kassa-3", "kassa-4", "kassa-5", "kassa-6", "kassa-7", "kassa-8", "kassa-9", "kassa-10", "kassa-11", "kassa-12"}

            def in_trouble():
                triggers = api("trigger.get", {"filter": {"value": 1}, "groupids": [group], "selectHosts": ["host"], "monitored": True, "output": ["triggerid"]})
                return expected <= {h["host"] for t in triggers for h in t["hosts"]}
            wait_for("the troubles of 10 registers", in_trouble, 120, 1)
            settle = int(wait_value(api, "kassa-1", "kkt.polled_ts", lambda v: True)["lastvalue"])
            wait_value(api, "kassa-1", "kkt.polled_ts", lambda v: int(v) > settle + 60, 180)  # a minute of history for the graphs
            chain = api("dashboard.get", {"filter": {"name": ["ККТ АТОЛ: вся сеть"]}})[0]["dashboardid"]
            host = api("host.get", {"filter": {"host": ["kassa-6"]}})[0]["hostid"]
            board = api("templatedashboard.get", {"templateids": [template]})[0]["dashboardid"]
            pages = {"chain.png": f"/zabbix.php?action=dashboard.view&dashboardid={chain}&kiosk=1",
                     "register.png": f"/zabbix.php?action=host.dashboard.view&hostid={host}&dashboardid={board}&from=now-5m&to=now",
                     "problems.png": f"/zabbix.php?action=problem.view&groupids%5B0%5D={group}&show_opdata=1&filter_set=1"}
            for name, path in pages.items():
                picture(stack.url, login(stack.url), path, pathlib.Path(args.to) / name, folder / "profile")
                print(pathlib.Path(args.to) / name, flush=True)
            while args.keep and not (folder / "stop").exists():
                time.sleep(1)
        finally:
            stop.set()
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
