#!/usr/bin/env python3
"""Sets Zabbix 6.0 or newer up for a chain of ATOL registers: templates, groups, the host of the collector, dashboards.

    %(prog)s --url http://zabbix.example/zabbix --token TOKEN [--language ru] [--collector zabbix-atol]

Needs a Super admin: only he may import templates. Says what it changed; run again, it changes nothing. Run it once more when registers were added:
coordinates, services and the size of the dashboard follow them. The password may stand in ZABBIX_PASSWORD, the token in ZABBIX_TOKEN.
"""
import argparse
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zbx import caches, extras  # noqa: E402
from zbx.api import Api, ApiError, Items, UsageError  # noqa: E402
from zbx.chain import NAME, Chain  # noqa: E402
from zbx.names import COLLECTORS, HOSTS, KINDS, file_name, technical  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
WHOLE = {"createMissing": True, "updateExisting": True, "deleteMissing": True}
RULES = {**{k: WHOLE for k in ("discoveryRules", "graphs", "items", "templateDashboards", "triggers", "valueMaps")},
         "templates": {"createMissing": True, "updateExisting": True}, "templateLinkage": {"createMissing": True, "deleteMissing": True}}


def source(api, text):
    rules = {**RULES, **{group: {"createMissing": True} for group in api.dialect.groups}}
    return {"format": "yaml", "rules": rules, "source": text if isinstance(text, str) else pathlib.Path(text).read_text(encoding="utf-8")}


def import_template(api, text):
    api("configuration.import", source(api, text))


def ordered(value):
    if isinstance(value, dict):
        return {k: ordered(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((ordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def pending(api, text):
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
    return changes(api("configuration.importcompare", source(api, text)))


class Setup:
    def __init__(self, api, language, templates=ROOT / "templates", collector="zabbix-atol", full=False, services=False, autoregister=False,
                 registers=None):
        self.api, self.language, self.i, self.collector = api, language, ("en", "ru").index(language), collector
        self.templates = pathlib.Path(templates) / api.dialect.templates
        self.full, self.services, self.autoregister, self.registers = full, services, autoregister, registers
        self.changed = []

    def run(self):
        for kind in KINDS:
            if kind.endswith("-full") and not self.full:
                continue
            text = self.template_file(kind)
            if pending(self.api, text):
                import_template(self.api, text)
                self.changed.append(f"imported {self.api.dialect.templates}/{file_name(kind, self.language)}")
        self.group, self.collectors = self.ensure_group(HOSTS[self.i]), self.ensure_group(COLLECTORS[self.i])
        self.host = self.ensure_collector()
        extras.correlation(self)
        extras.coordinates(self)
        if self.services:
            extras.services(self)
        if self.autoregister:
            extras.autoregister(self)
        self.ensure_dashboard()
        return self.changed

    def template_file(self, kind):
        text = (self.templates / file_name(kind, self.language)).read_text(encoding="utf-8")
        if kind == "discovery" and self.full:  # its hosts get the full template
            text = text.replace(f"name: '{technical('trapper', self.language)}'", f"name: '{technical('trapper-full', self.language)}'")
        return text

    def ensure_group(self, name):
        found = self.api("hostgroup.get", {"filter": {"name": [name]}, "output": ["groupid"]})
        if found:
            return found[0]["groupid"]
        self.changed.append(f"created the group {name}")
        return self.api.created("hostgroup.create", {"name": name}, "groupids")

    def ensure_collector(self):
        name = technical("discovery", self.language)
        template = self.api.first("template.get", {"filter": {"host": [name]}}, f"the template {name}")["templateid"]
        found = self.api("host.get", {"filter": {"host": [self.collector]}, "selectParentTemplates": ["templateid"],
                                      **{"selectHostGroups" if self.api.dialect.new else "selectGroups": ["groupid"]}})
        if not found:
            self.changed.append(f"created the host {self.collector}; push.host of its zabbix-atol.yaml must be the same name")
            return self.api.created("host.create", {"host": self.collector, "groups": [{"groupid": self.collectors}],
                                                    "templates": [{"templateid": template}]}, "hostids")
        if template not in [t["templateid"] for t in found[0]["parentTemplates"]]:
            self.api("host.massadd", {"hosts": [{"hostid": found[0]["hostid"]}], "templates": [{"templateid": template}]})
            self.changed.append(f"linked {name} to {self.collector}")
        if self.group in [g["groupid"] for g in found[0].get("hostgroups", found[0].get("groups", []))]:  # it is no register
            self.api("hostgroup.massadd", {"groups": [{"groupid": self.collectors}], "hosts": [{"hostid": found[0]["hostid"]}]})
            self.api("hostgroup.massremove", {"groupids": [self.group], "hostids": [found[0]["hostid"]]})
            self.changed.append(f"moved {self.collector} into the group {COLLECTORS[self.i]}")
        return found[0]["hostid"]

    def ensure_dashboard(self):
        items = self.api("item.get", {"host": technical("trapper", self.language), "templated": True, "output": ["itemid", "key_", "name"]})
        own = Items(f"the host {self.collector}", {i["key_"]: (i["itemid"], i["name"]) for i in self.api(
            "item.get", {"hostids": [self.host], "output": ["itemid", "key_", "name"]})})
        own["host"] = self.api.first("host.get", {"hostids": [self.host], "output": ["name"]}, f"the host {self.collector}")["name"]
        count = self.registers
        if count is None:
            count = int(self.api("host.get", {"groupids": [self.group], "countOutput": True}))
        shops = sorted(g["groupid"] for g in self.api("hostgroup.get", {"search": {"name": HOSTS[self.i] + "/"}, "startSearch": True, "output": ["groupid"]}))
        names, samples = (Items(f"the template {technical('trapper', self.language)}", {i["key_"]: i[of] for i in items}) for of in ("name", "itemid"))
        chain = Chain(self.i, names, own, samples, self.group, self.host, count, self.api.dialect.new, shops)
        pages = chain.pages()
        wanted = {"pages": pages, "private": 0, "auto_start": 0}
        found = self.api("dashboard.get", {"filter": {"name": [NAME[self.i]]}, "selectPages": "extend", "output": "extend"})
        if not found:
            self.api("dashboard.create", {"name": NAME[self.i], **wanted})
            self.changed.append(f"created the dashboard {NAME[self.i]}")
        elif shape(found[0]["pages"]) != shape(pages) or found[0]["private"] != "0":
            self.api("dashboard.update", {"dashboardid": found[0]["dashboardid"], **wanted})
            self.changed.append(f"updated the dashboard {NAME[self.i]}")


def shape(pages):
    """What a person sees of a dashboard, so that two can be compared."""
    def widget(w):
        return json.dumps({"place": [str(w[k]) for k in ("type", "name", "x", "y", "width", "height", "view_mode")],
                           "fields": sorted([f["name"], str(f["value"])] for f in w["fields"] if str(f["value"]) != "")}, sort_keys=True)
    return [(page["name"], sorted(map(widget, page["widgets"]))) for page in pages]


def explain(error):
    """One sentence for what goes wrong most often."""
    text = str(error)
    if isinstance(error, UsageError):
        return text
    if "No permissions" in text or "no permissions" in text:
        return f"Zabbix says: {text}. Only a Super admin may import templates: give the token or the password of one"
    if "Not authori" in text or "Session terminated" in text or "API token" in text:
        return "Zabbix does not know this token: make one in Users, API tokens, for a Super admin, and give it whole"
    if "name or password" in text:
        return "Zabbix does not know this user and password"
    return text


def main():
    name = os.environ.get("ZABBIX_ATOL_PROGRAM", "zabbix_setup.py")  # the installed command has another
    parser = argparse.ArgumentParser(prog=name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the frontend's address, as a browser opens it")
    parser.add_argument("--token", default=os.environ.get("ZABBIX_TOKEN"), help="an API token of a Super admin")
    parser.add_argument("--user")
    parser.add_argument("--password", default=os.environ.get("ZABBIX_PASSWORD"))
    parser.add_argument("--language", choices=("en", "ru"), default="ru", help="language of the templates and the dashboard; ru by default")
    parser.add_argument("--collector", default="zabbix-atol", help="the host of `zabbix-atol serve`: push.host of its configuration")
    parser.add_argument("--full", action="store_true", help="every value as an item, lamps: some five times as heavy for the server")
    parser.add_argument("--services", action="store_true", help="a service for each city: is there a register that cannot sell")
    parser.add_argument("--autoregister", action="store_true", help=f"agents with HostMetadata={extras.METADATA} become hosts by themselves")
    parser.add_argument("--registers", type=int, help="for how many registers the dashboard is made; without it, as many as there are")
    args = parser.parse_args()
    if not args.token and not (args.user and args.password):
        parser.error("give --token, or --user and --password")
    try:
        api = Api(args.url, args.token)
        if not args.token:
            api.login(args.user, args.password)
        changed = Setup(api, args.language, collector=args.collector, full=args.full, services=args.services, autoregister=args.autoregister,
                        registers=args.registers).run()
        warnings = list(caches.short_caches(api))
    except (ApiError, OSError) as error:
        print(f"{name}: {explain(error)}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    print("\n".join(changed) if changed else "nothing to change")
    for warning in warnings:
        print(warning)
    return 0


if __name__ == "__main__":
    sys.exit(main())
