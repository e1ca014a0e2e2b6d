"""tools/zabbix_setup.py on the real Zabbix: twice, with every option, an old dashboard brought up to date, and what it says when it may not."""
import subprocess
import sys

import zabbix_setup
from zbx import chain, extras
from zbx.api import Api


def twice(suite):
    """The first run sets up, the second changes nothing."""
    for language in ("en", "ru"):
        options = {"collector": f"collector-{language}", "services": True, "full": language == "ru",
                   "autoregister": language == "en"}  # of two languages both would take each till
        api = Api(suite.stack.url).login("Admin", "zabbix")
        first = zabbix_setup.Setup(api, language, **options).run()
        second = zabbix_setup.Setup(api, language, **options).run()
        if not first or second:
            return f"{language}: first {first}, second {second}"
    return ""


def sizes(suite):
    """60, 350 and more registers: other widgets, and each size stands."""
    api = Api(suite.stack.url).login("Admin", "zabbix")
    for count in (12, 312, 3000):
        zabbix_setup.Setup(api, "en", collector="collector-en", registers=count).run()
        again = zabbix_setup.Setup(api, "en", collector="collector-en", registers=count).run()
        pages = api("dashboard.get", {"filter": {"name": [chain.NAME[0]]}, "selectPages": "extend"})[0]["pages"]
        combs = [w for page in pages for w in page["widgets"] if w["type"] == "honeycomb" and page["name"] == "Now"]
        if again or (api.dialect.new and (bool(combs) != (count <= chain.CELLS) or (pages[0]["name"] == "Shops") != (count > chain.CELLS))):
            return f"{count}: again {again}, {len(combs)} honeycombs, first page {pages[0]['name']}"
    return ""


def many_shops(suite):
    """Each shop is in the list of shops, however many there are: a hundred by name, more by the group above them."""
    api = Api(suite.stack.url).login("Admin", "zabbix")
    for count in (chain.SHOPS, chain.SHOPS + 1):
        have = api("hostgroup.get", {"search": {"name": "ATOL KKT/"}, "startSearch": True, "output": ["groupid"]})
        api("hostgroup.create", [{"name": f"ATOL KKT/Shop {n}"} for n in range(len(have), count)])
        zabbix_setup.Setup(api, "en", collector="collector-en").run()
        pages = api("dashboard.get", {"filter": {"name": [chain.NAME[0]]}, "selectPages": "extend"})[0]["pages"]
        listed = {f["value"] for page in pages for w in page["widgets"] if w["type"] == "problemhosts" for f in w["fields"] if f["name"].startswith("groupids")}
        shops = {g["groupid"] for g in api("hostgroup.get", {"search": {"name": "ATOL KKT/"}, "startSearch": True, "output": ["groupid"]})}
        above = {api("hostgroup.get", {"filter": {"name": ["ATOL KKT"]}, "output": ["groupid"]})[0]["groupid"]}
        if listed != (shops if count == chain.SHOPS else above):
            return f"{count} shops: the list names {len(listed)} groups"
    return ""


def upgraded(suite):
    """A dashboard that another version of the tool, or of Zabbix, has made is brought up to date."""
    api = Api(suite.stack.url).login("Admin", "zabbix")
    board = api("dashboard.get", {"filter": {"name": [chain.NAME[1]]}})[0]["dashboardid"]
    api("dashboard.update", {"dashboardid": board, "pages": [{"name": "old", "widgets": [
        {"type": "clock", "x": 0, "y": 0, "width": 4, "height": 3, "fields": []}]}]})
    rule = api("correlation.get", {"filter": {"name": [extras.CORRELATION[1]]}})[0]["correlationid"]
    api("correlation.update", {"correlationid": rule, "filter": {"evaltype": 1, "conditions": [{"type": 3, "oldtag": "faults", "newtag": "faults"}]}})
    changed = zabbix_setup.Setup(api, "ru", collector="collector-ru", full=True).run()
    return "" if changed == [f"updated the event correlation {extras.CORRELATION[1]}", f"updated the dashboard {chain.NAME[1]}"] else f"{changed}"


def refusals(suite):
    """One sentence for each."""
    api = suite.api
    role = next(r["roleid"] for r in api("role.get", {"output": ["roleid", "type"]}) if r["type"] == "2")
    groups = api("usergroup.get", {"filter": {"name": ["Zabbix administrators"]}, "output": ["usrgrpid"]})
    if not api("user.get", {"filter": {"username": ["clerk"]}}):
        api("user.create", {"username": "clerk", "passwd": "Kassa-12-kassa", "roleid": role, "usrgrps": [{"usrgrpid": groups[0]["usrgrpid"]}]})
    web = suite.stack.url
    cases = [(["--url", web, "--user", "clerk", "--password", "Kassa-12-kassa"], "Super admin"),
             (["--url", web, "--token", "0" * 64], "does not know this token"),
             (["--url", web, "--user", "Admin", "--password", "no"], "does not know this user"),
             (["--url", web + "/nothing", "--token", "x"], "give the address of"),
             (["--url", "http://127.0.0.1:1", "--token", "x"], "cannot be reached"),
             (["--url", "zabbix.example", "--token", "x"], "is no address")]
    for options, words in cases:
        status = 2 if words == "is no address" else 1
        done = subprocess.run([sys.executable, zabbix_setup.__file__, *options, "--collector", "never"], capture_output=True, text=True)
        lines = done.stderr.strip().splitlines()
        if done.returncode != status or len(lines) != 1 or words not in lines[0]:
            return f"{options}: wanted '{words}', got {done.returncode} {done.stderr[-300:]}"
    return ""


def old_zabbix(_suite):
    from zbx.api import ApiError, dialect
    try:
        dialect("5.4.9")
    except ApiError as error:
        return "" if "6.0 or newer" in str(error) else str(error)
    return "5.4 was not refused"


def play(suite):
    for what, job in (("setup tool: with every option, the second run changes nothing", twice),
                      ("setup tool: dashboards for 12, 312 and 3,000 registers", sizes),
                      ("setup tool: more shops than a widget names one by one", many_shops),
                      ("setup tool: an old dashboard is brought up to date", upgraded),
                      ("setup tool: one sentence for a wrong right, token, password, address", refusals),
                      ("setup tool: Zabbix 5.4 is refused", old_zabbix)):
        suite.trial(what, lambda job=job: job(suite))
