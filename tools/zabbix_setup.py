#!/usr/bin/env python3
"""Sets Zabbix 6.0 or newer up for a chain of ATOL registers: templates, groups, the host of the collector, the dashboard of the chain.

    zabbix_setup.py --url http://zabbix.example/zabbix --token TOKEN [--language ru] [--collector zabbix-atol]

Says what it changed; run again, it changes nothing. The password may stand in ZABBIX_PASSWORD, the token in ZABBIX_TOKEN.
"""
import argparse
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zbx.api import Api, ApiError  # noqa: E402
from zbx.collector import HOSTS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
WHOLE = {"createMissing": True, "updateExisting": True, "deleteMissing": True}
RULES = {**{k: WHOLE for k in ("discoveryRules", "graphs", "items", "templateDashboards", "triggers", "valueMaps")},
         "templates": {"createMissing": True, "updateExisting": True}, "groups": {"createMissing": True},
         "templateLinkage": {"createMissing": True, "deleteMissing": True}}
FILES = ("atol-kkt-agent-active", "atol-kkt-trapper", "atol-kkt-discovery")
RED, AMBER, GREEN, BLUE = "E53935", "FFB300", "43A047", "1E88E5"
# Columns of the table, one row a register: (English, Russian, item, thresholds)
COLUMNS = [
    ("State", "Состояние", "state", [(0, GREEN), (1, AMBER), (3, RED)]),
    ("FN, days", "ФН, дней", "fn.days_left", [(-10000, RED), (11, AMBER), (31, GREEN)]),
    ("Unsent", "Не передано", "ofd.unsent_count", [(0, GREEN), (1, AMBER), (100, RED)]),
    ("Oldest unsent", "Старший", "ofd.first_unsent_age_s", [(0, GREEN), (86400, AMBER), (604800, RED)]),
    ("Shift", "Смена", "shift.state", [(0, GREEN), (2, RED)]),
    ("Paper", "Бумага", "printer.paper_present", [(0, RED), (1, GREEN)]),
    ("Last sent to OFD", "Передано в ОФД", "ofd.last_sent_ts", []),
    ("Firmware", "Прошивка", "device.firmware", []),
    ("Model", "Модель", "device.model", []),
]
STATES = [("registers.ok", "Read", "Прочитано", GREEN), ("registers.partial", "Partly read", "Частично", AMBER), ("registers.busy", "Busy", "Занято", BLUE),
          ("registers.unreachable", "Do not answer", "Не отвечает", RED), ("registers.error", "In error", "С ошибкой", RED),
          ("registers.prerequisite", "Not ready", "Не готово", AMBER)]


def import_template(api, path):
    api("configuration.import", {"format": "yaml", "rules": RULES, "source": pathlib.Path(path).read_text()})


def ordered(value):
    if isinstance(value, dict):
        return {k: ordered(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((ordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def pending(api, path):
    """What an import would change, as Zabbix compares it; the order of lists, which means nothing, is not a change."""
    def changes(node):
        if isinstance(node, list):
            return [c for inner in node for c in changes(inner)]
        if not isinstance(node, dict):
            return []
        found = [{key: node[key]} for key in ("added", "removed") if node.get(key)]
        if "before" in node and "after" in node and ordered(node["before"]) != ordered(node["after"]):
            found.append({"before": node["before"], "after": node["after"]})
        return found + [c for key, inner in node.items() if key not in ("before", "after", "added", "removed") for c in changes(inner)]
    return changes(api("configuration.importcompare", {"format": "yaml", "rules": RULES, "source": pathlib.Path(path).read_text()}))


class Setup:
    def __init__(self, api, language, templates=ROOT / "templates", collector="zabbix-atol"):
        self.api, self.language, self.i, self.templates, self.collector = api, language, ("en", "ru").index(language), templates, collector
        self.changed = []

    def run(self):
        for name in FILES:
            path = self.templates / f"{name}.{self.language}.yaml"
            if pending(self.api, path):
                import_template(self.api, path)
                self.changed.append(f"imported {path.name}")
        self.group = self.ensure_group(HOSTS[self.i])
        self.host = self.ensure_collector()
        self.ensure_dashboard()
        return self.changed

    def ensure_group(self, name):
        found = self.api("hostgroup.get", {"filter": {"name": [name]}})
        if found:
            return found[0]["groupid"]
        self.changed.append(f"created the group {name}")
        return self.api("hostgroup.create", {"name": name})["groupids"][0]

    def ensure_collector(self):
        technical = "ATOL KKT discovery" + (" RU" if self.language == "ru" else "")
        template = self.api("template.get", {"filter": {"host": [technical]}})[0]["templateid"]
        found = self.api("host.get", {"filter": {"host": [self.collector]}, "selectParentTemplates": ["templateid"]})
        if not found:
            self.changed.append(f"created the host {self.collector}")
            return self.api("host.create", {"host": self.collector, "groups": [{"groupid": self.group}], "templates": [{"templateid": template}]})["hostids"][0]
        if template not in [t["templateid"] for t in found[0]["parentTemplates"]]:
            self.api("host.massadd", {"hosts": [{"hostid": found[0]["hostid"]}], "templates": [{"templateid": template}]})
            self.changed.append(f"linked {technical} to {self.collector}")
        return found[0]["hostid"]

    def field(self, name, value, kind=None):
        return {"type": kind if kind is not None else 0 if isinstance(value, int) else 1, "name": name, "value": value}

    def widgets(self):
        items = {i["key_"]: i["itemid"] for i in self.api("item.get", {"hostids": [self.host], "output": ["key_"]})}
        result = []
        for n, (path, *labels, colour) in enumerate(STATES):
            result.append({"type": "item", "name": labels[self.i], "x": n * 2, "y": 0, "width": 2, "height": 2, "view_mode": 0, "fields": [
                self.field("itemid", items[f"kkt.serve.{path}"], 4), self.field("show", 2), self.field("bg_color", colour), self.field("adv_conf", 1),
                self.field("units_show", 0), self.field("value_size", 60), self.field("decimal_places", 0), self.field("value_color", "FFFFFF")]})
        result.append({"type": "problemsbysv", "name": ("Problems by severity", "Проблемы по важности")[self.i], "x": 12, "y": 0, "width": 12, "height": 2,
                       "view_mode": 0, "fields": [self.field("groupids", self.group, 2), self.field("show_type", 1)]})
        fields = [self.field("groupids", self.group, 2), self.field("column", 2), self.field("order", 3), self.field("count", 25),
                  self.field("columns.name.0", ("Register", "Касса")[self.i]), self.field("columns.data.0", 2), self.field("columns.base_color.0", "")]
        fields.append(self.field("columns.aggregate_function.0", 0))
        technical = "ATOL KKT by Zabbix trapper" + (" RU" if self.language == "ru" else "")
        names = {i["key_"]: i["name"] for i in self.api("item.get", {"host": technical, "templated": True, "output": ["key_", "name"]})}
        for n, (*texts, item, thresholds) in enumerate(COLUMNS, 1):
            fields += [self.field(f"columns.name.{n}", texts[self.i]), self.field(f"columns.data.{n}", 1), self.field(f"columns.item.{n}", names[f"kkt.{item}"]),
                       self.field(f"columns.aggregate_function.{n}", 0), self.field(f"columns.display.{n}", 1), self.field(f"columns.history.{n}", 1),
                       self.field(f"columns.timeshift.{n}", ""), self.field(f"columns.base_color.{n}", "")]
            for t, (limit, colour) in enumerate(thresholds):
                fields += [self.field(f"columnsthresholds.color.{n}.{t}", colour), self.field(f"columnsthresholds.threshold.{n}.{t}", str(limit))]
        result.append({"type": "tophosts", "name": ("Registers", "Кассы")[self.i], "x": 0, "y": 2, "width": 15, "height": 10, "view_mode": 0, "fields": fields})
        result.append({"type": "problems", "name": ("Problems", "Проблемы")[self.i], "x": 15, "y": 2, "width": 9, "height": 10, "view_mode": 0, "fields": [
            self.field("groupids", self.group, 2), self.field("show", 3), self.field("show_lines", 25), self.field("show_opdata", 0),
            self.field("show_timeline", 0)]})
        return result

    def ensure_dashboard(self):
        name = ("ATOL registers: the chain", "ККТ АТОЛ: вся сеть")[self.i]
        widgets = self.widgets()
        found = self.api("dashboard.get", {"filter": {"name": [name]}, "selectPages": "extend"})
        if not found:
            self.api("dashboard.create", {"name": name, "pages": [{"widgets": widgets}], "auto_start": 0})
            self.changed.append(f"created the dashboard {name}")
        elif shape(found[0]["pages"][0]["widgets"]) != shape(widgets):
            self.api("dashboard.update", {"dashboardid": found[0]["dashboardid"], "pages": [{"widgets": widgets}]})
            self.changed.append(f"updated the dashboard {name}")


def shape(widgets):
    return sorted(json.dumps({"place": [str(w[k]) for k in ("type", "name", "x", "y", "width", "height")],
                              "fields": sorted([f["name"], str(f["value"])] for f in w["fields"])}, sort_keys=True) for w in widgets)


def self_check(url, templates):
    """The first run sets up, the second changes nothing (used by the suite)."""
    api = Api(url).login("Admin", "zabbix")
    for language in ("en", "ru"):
        first = Setup(api, language, templates, f"collector-{language}").run()
        second = Setup(api, language, templates, f"collector-{language}").run()
        if not first or second:
            return f"{language}: first {first}, second {second}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the frontend's address, without /api_jsonrpc.php")
    parser.add_argument("--token", default=os.environ.get("ZABBIX_TOKEN"), help="an API token")
    parser.add_argument("--user")
    parser.add_argument("--password", default=os.environ.get("ZABBIX_PASSWORD"))
    parser.add_argument("--language", choices=("en", "ru"), default="ru")
    parser.add_argument("--collector", default="zabbix-atol", help="the host of `zabbix-atol serve`")
    args = parser.parse_args()
    if not args.token and not (args.user and args.password):
        parser.error("give --token, or --user and --password")
    try:
        api = Api(args.url, args.token)
        if not args.token:
            api.login(args.user, args.password)
        changed = Setup(api, args.language, collector=args.collector).run()
    except (ApiError, OSError) as error:
        print(f"zabbix_setup: {error}", file=sys.stderr)
        return 1
    print("\n".join(changed) if changed else "nothing to change")
    return 0


if __name__ == "__main__":
    sys.exit(main())
