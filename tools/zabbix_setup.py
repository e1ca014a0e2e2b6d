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
from zbx import chain  # noqa: E402
from zbx.collector import HOSTS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
WHOLE = {"createMissing": True, "updateExisting": True, "deleteMissing": True}
RULES = {**{k: WHOLE for k in ("discoveryRules", "graphs", "items", "templateDashboards", "triggers", "valueMaps")},
         "templates": {"createMissing": True, "updateExisting": True}, "templateLinkage": {"createMissing": True, "deleteMissing": True}}
FILES = ("atol-kkt-agent-active", "atol-kkt-trapper", "atol-kkt-discovery")  # the discovery links the trapper template


def source(api, path):
    rules = {**RULES, **{group: {"createMissing": True} for group in api.dialect.groups}}
    return {"format": "yaml", "rules": rules, "source": pathlib.Path(path).read_text()}


def import_template(api, path):
    api("configuration.import", source(api, path))


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
    return changes(api("configuration.importcompare", source(api, path)))


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
        if self.api.dialect.chain:
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
            self.changed.append(f"created the host {self.collector}; push.host of its zabbix-atol.yaml must be the same name")
            return self.api("host.create", {"host": self.collector, "groups": [{"groupid": self.group}],
                                            "templates": [{"templateid": template}]})["hostids"][0]
        if template not in [t["templateid"] for t in found[0]["parentTemplates"]]:
            self.api("host.massadd", {"hosts": [{"hostid": found[0]["hostid"]}], "templates": [{"templateid": template}]})
            self.changed.append(f"linked {technical} to {self.collector}")
        return found[0]["hostid"]

    def ensure_dashboard(self):
        technical = "ATOL KKT by Zabbix trapper" + (" RU" if self.language == "ru" else "")
        names = {i["key_"]: i["name"] for key in ({"host": technical, "templated": True}, {"hostids": [self.host]})
                 for i in self.api("item.get", {**key, "output": ["key_", "name"]})}
        name, widgets = chain.NAME[self.i], chain.widgets(self.i, names, self.group, self.host)
        wanted = {"pages": [{"widgets": widgets}], "private": 0, "auto_start": 0}
        found = self.api("dashboard.get", {"filter": {"name": [name]}, "selectPages": "extend"})
        if not found:
            self.api("dashboard.create", {"name": name, **wanted})
            self.changed.append(f"created the dashboard {name}")
        elif shape(found[0]["pages"][0]["widgets"]) != shape(widgets) or found[0]["private"] != "0":
            self.api("dashboard.update", {"dashboardid": found[0]["dashboardid"], **wanted})
            self.changed.append(f"updated the dashboard {name}")


def shape(widgets):
    return sorted(json.dumps({"place": [str(w[k]) for k in ("type", "name", "x", "y", "width", "height")],
                              "fields": sorted([f["name"], str(f["value"])] for f in w["fields"])}, sort_keys=True) for w in widgets)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the frontend's address, without /api_jsonrpc.php")
    parser.add_argument("--token", default=os.environ.get("ZABBIX_TOKEN"), help="an API token")
    parser.add_argument("--user")
    parser.add_argument("--password", default=os.environ.get("ZABBIX_PASSWORD"))
    parser.add_argument("--language", choices=("en", "ru"), default="ru")
    parser.add_argument("--collector", default="zabbix-atol", help="the host of `zabbix-atol serve`: push.host of its configuration")
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
    if not api.dialect.chain:
        print(f"the dashboard of the chain is left out: its widgets are those of Zabbix 6.0 to 6.4, this is {api.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
