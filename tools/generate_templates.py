#!/usr/bin/env python3
"""Writes templates/*.yaml and the tables of docs/zabbix*.md from `zabbix-atol metrics --format json` and the tables of
tools/zbx. `--check` writes nothing and fails when a committed file is not what would be written."""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zbx import collector, dashboards, values, yaml_out  # noqa: E402
from zbx.triggers import TRIGGERS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
LANGUAGES = {"en": 0, "ru": 1}
GROUP = "Templates/ATOL KKT"
PREFIX = ("KKT: ", "ККТ: ")
KINDS = {"agent": ("ATOL KKT by Zabbix agent active", "ККТ АТОЛ: активный агент Zabbix"),
         "trapper": ("ATOL KKT by Zabbix trapper", "ККТ АТОЛ: траппер Zabbix"),
         "discovery": ("ATOL KKT discovery", "ККТ АТОЛ: обнаружение")}
MASTER = {"agent": "kkt.get[{$KKT.NAME}]", "trapper": collector.DOCUMENT_KEY}


def uuid(*parts):
    """The same names always give the same identifier, of the shape of UUIDv4."""
    h = list(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32])
    h[12], h[16] = "4", "89ab"[int(h[16], 16) % 4]
    return "".join(h)


def technical(kind, language):
    return KINDS[kind][0] + (" RU" if language == "ru" else "")


class Template:
    """One template of one kind in one language."""

    def __init__(self, kind, language, metrics):
        self.kind, self.language, self.i = kind, language, LANGUAGES[language]
        self.name, self.metrics = technical(kind, language), metrics

    def id(self, *parts):
        return uuid(self.name, *parts)

    def key(self, name):
        return f"kkt.{name}"

    def item(self, name, value_type, label, description, path, **extra):
        steps = extra.pop("steps", [])
        handler = {} if extra.pop("keep_error", False) else {"error_handler": "DISCARD_VALUE"}
        tag = extra.pop("component")
        first = {"type": "JSONPATH", "parameters": [path], **handler}
        numeric = value_type in ("UNSIGNED", "FLOAT")
        trends = {} if numeric and extra.pop("trend", True) else {"trends": "0"}
        extra.pop("trend", None)
        result = {"uuid": self.id("item", name), "name": PREFIX[self.i] + label, "type": "DEPENDENT", "key": self.key(name), "delay": "0",
                  "history": "31d", **trends}
        if value_type != "UNSIGNED":
            result["value_type"] = value_type
        result.update({k: v for k, v in extra.items() if v})
        result["description"] = description
        result["preprocessing"] = ([first] if path else []) + steps
        result["master_item"] = {"key": MASTER[self.kind]}
        result["tags"] = [{"tag": "component", "value": tag}]
        return result

    def master(self):
        texts = (("KKT: document of the poll", "The JSON document of zabbix-atol; every other item is taken from it."),
                 ("ККТ: документ опроса", "JSON-документ zabbix-atol; все остальные элементы берутся из него."))[self.i]
        kind = {"agent": {"type": "ZABBIX_ACTIVE"}, "trapper": {"type": "TRAP"}}[self.kind]
        return {"uuid": self.id("item", "master"), "name": texts[0], **kind, "key": MASTER[self.kind],
                "delay": "{$KKT.INTERVAL}" if self.kind == "agent" else "0", "history": "{$KKT.RAW.HISTORY}", "trends": "0",
                "value_type": "TEXT", "description": texts[1], "tags": [{"tag": "component", "value": "raw"}]}

    def poll_item(self, name, row):
        path, value_type, units, value_map, *labels = row
        extra = {"component": "collector", "units": units, "trend": not (units == "unixtime" or value_map)}
        heartbeat = {"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.SLOW}"]}
        if name == "state":
            extra["steps"] = [{"type": "JAVASCRIPT", "parameters": [values.STATE_SCRIPT]}]
        elif name == "read_ts":
            extra["steps"] = [{"type": "REGEX", "parameters": [values.READ_PATTERN, "\\1"], "error_handler": "DISCARD_VALUE"}]
        elif name == "error":
            extra["steps"] = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.STATE}"]}]
        elif value_type != "UNSIGNED":
            extra["steps"] = [heartbeat]
        if value_map:
            extra["valuemap"] = {"name": values.VALUE_MAPS[value_map][self.i]}
        item = self.item(name, value_type, labels[self.i], labels[self.i] + ".", path, **extra)
        if name == "error":
            item["preprocessing"][0]["error_handler"] = "CUSTOM_VALUE"  # an empty one
        return item

    def metric_item(self, metric):
        name = f"{metric['group']}.{metric['key']}"
        kind, unit = metric["type"], metric["unit"]
        numeric = kind in ("int", "bool")
        value_map = values.MAP_OF.get(name) or values.NOT_A_FLAG.get(name)
        if kind == "bool" and not value_map:
            value_map = values.MAP_OF_GROUP.get(metric["group"], "yes")
        units = (values.COUNT_UNITS.get(name) or values.UNITS[unit])[self.i]
        if kind == "int" and not units and not value_map and not name.endswith("_error"):
            units = "!"
        value_type = "FLOAT" if kind == "int" and unit in ("s", "days", "°C") else "UNSIGNED" if numeric else \
            "TEXT" if name in values.LONG_TEXT else "CHAR"
        extra = {"component": values.COMPONENT[metric["group"]], "units": units if numeric else "",
                 "inventory_link": values.INVENTORY.get(name, ""), "trend": kind == "int" and unit != "unixtime" and not value_map}
        if value_map:
            extra["valuemap"] = {"name": values.VALUE_MAPS[value_map][self.i]}
        if metric["rate"] != "quick":
            extra["steps"] = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.SLOW}"]}]
        elif name not in WINDOWED and unit not in ("s", "unixtime") and kind not in ("time",):
            extra["steps"] = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.STATE}"]}]
        head = re.split(r"[;:]", metric[self.language])[0].strip()
        if re.match(r"(Flag|Флаг|Status bit|Бит) ?\d?", metric[self.language]):
            head = metric[self.language]
        short = f"{values.GROUP_NAME[metric['group']][self.i]}: {head}"
        return self.item(name, value_type, short, metric[self.language] + ".", f"$.metrics.{name}", **extra)

    def trigger(self, row):
        name, severity, scope, expression, after, manual, *texts = row
        title, advice = texts[self.i], texts[2 + self.i]
        event = re.sub(r"\{(\d)\}", r"{ITEM.LASTVALUE\1}", title.replace("|", ""))
        opdata = "{ITEM.LASTVALUE1}"
        functions = re.findall(r"\b\w+\((error|ofd\.\w+_text)\b", expression)
        if functions:
            names = re.findall(r"\b(?:last|min|max|count|nodata|length\(last)\(([a-z_]+(?:\.[a-z_0-9]+)?)", expression.replace("length(last(", "last("))
            opdata = "{ITEM.LASTVALUE%d}" % (names.index(functions[0]) + 1)
        after = [*after, *([] if name in POLL_TRIGGERS else ["unreachable"])]
        result = {"uuid": self.id("trigger", name), "expression": self.expand(expression), "name": self.trigger_name(name),
                  "event_name": PREFIX[self.i] + event, "opdata": opdata, "priority": severity, "description": advice}
        if manual:
            result["manual_close"] = "YES"
        if after:
            result["dependencies"] = [{"name": self.trigger_name(d), "expression": self.expand(ROWS[d][3])} for d in sorted(after, key=lambda d: (self.trigger_name(d), self.expand(ROWS[d][3])))]
        result["tags"] = [{"tag": "scope", "value": scope}]
        return result

    def trigger_name(self, name):
        title = ROWS[name][6 + self.i]
        return PREFIX[self.i] + (title.split("|")[0] if "|" in title else title.removesuffix(": {1}"))

    def expand(self, expression):
        known = "|".join(sorted(map(re.escape, list(values.POLL_ITEMS) + NAMES), key=len, reverse=True))
        return re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{self.name}/{self.key(m[2])}", expression)

    def export(self):
        i = self.i
        description = ("ATOL fiscal register, read by zabbix-atol. Generated: do not edit, run ./run.sh generate.",
                       "Фискальный регистратор АТОЛ, читает zabbix-atol. Файл создан программой: ./run.sh generate.")[i]
        template = {"uuid": self.id("template"), "template": self.name, "name": KINDS[self.kind][i], "description": description,
                    "groups": [{"name": GROUP}]}
        used = ["state"]
        root = {"version": "5.4", "groups": [{"uuid": uuid("group", GROUP), "name": GROUP}]}
        if self.kind == "discovery":
            collector.fill(self, template, root)
        else:
            items = [self.poll_item(n, r) for n, r in values.POLL_ITEMS.items()] + [self.metric_item(m) for m in self.metrics]
            template["items"] = [self.master()] + items
            template["tags"] = [{"tag": "class", "value": "hardware"}, {"tag": "target", "value": "atol"}, {"tag": "target", "value": "kkt"}]
            macros = {**({"{$KKT.NAME}": ("kassa-1", "Register: its name in zabbix-atol.yaml, or tcp://HOST:5555.",
                                          "ККТ: имя из zabbix-atol.yaml или tcp://АДРЕС:5555.")} if self.kind == "agent" else {}), **values.MACROS}
            if self.kind == "trapper":
                macros.pop("{$KKT.INTERVAL}")
            template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted(macros.items())]
            template["dashboards"] = [{"uuid": self.id("dashboard"), "name": ("ATOL register", "ККТ АТОЛ")[i], "pages": [
                {"widgets": dashboards.dashboard(self.name, i, self.key)}]}]
            used = list(values.VALUE_MAPS)
            root["triggers"] = [self.trigger(row) for row in TRIGGERS]
            root["graphs"] = [{"uuid": self.id("graph", g[0]), "name": g[i], "show_legend": "NO", "graph_items": [
                {**({"sortorder": str(n)} if n else {}), "color": colour, "item": {"host": self.name, "key": self.key(key)}}
                for n, (key, colour) in enumerate(g[2])]} for g in dashboards.GRAPHS]
        if self.kind != "discovery":
            template["valuemaps"] = [{"uuid": self.id("valuemap", n), "name": values.VALUE_MAPS[n][i], "mappings": [
                {"value": str(v), "newvalue": t[i]} for v, t in values.VALUE_MAPS[n][2].items()]} for n in used]
        place_triggers(template, root)
        root["templates"] = [template]
        order = ("version", "groups", "templates", "triggers", "graphs")
        return {"zabbix_export": {k: root[k] for k in order if root.get(k)}}


def place_triggers(template, root):
    """A trigger of one item stands at its item, as Zabbix itself exports it: then an import has nothing to change."""
    at = {item["key"]: item for item in template["items"]}
    rest = []
    for trigger in sorted(root["triggers"], key=lambda t: (t["name"], t["expression"])):
        keys = set(re.findall(r"\(/[^/]+/([a-z_0-9.]+)", trigger["expression"]))
        if len(keys) == 1:
            at[keys.pop()].setdefault("triggers", []).append(trigger)
        else:
            rest.append(trigger)
    root["triggers"] = rest


ROWS = {row[0]: row for row in TRIGGERS}
POLL_TRIGGERS = {"nodata", "stale", "unreachable", "error", "prerequisite", "busy"}  # `unreachable` does not stand above these
NAMES = []
WINDOWED = set()


def load_metrics(build):
    program = pathlib.Path(build) / "src/cmd/zabbix-atol"
    metrics = json.loads(subprocess.run([program, "metrics", "--format", "json"], check=True, capture_output=True).stdout)
    metrics = [m for m in metrics if m["rate"] != "extra"]  # polled only when asked for: their items would stay empty
    NAMES.extend(f"{m['group']}.{m['key']}" for m in metrics)
    for row in TRIGGERS:
        WINDOWED.update(re.findall(r"\b(?:min|max|avg|nodata)\(([a-z_.0-9]+),", row[3]))
        WINDOWED.update(re.findall(r"\bcount\(([a-z_.0-9]+),\{", row[3]))
    if len(ROWS) != len(TRIGGERS):
        raise SystemExit("two triggers of one name")
    return metrics


def outputs(metrics):
    from zbx import tables
    files = {}
    for kind in KINDS:
        for language in LANGUAGES:
            name = {"agent": "atol-kkt-agent-active", "trapper": "atol-kkt-trapper", "discovery": "atol-kkt-discovery"}[kind]
            files[ROOT / "templates" / f"{name}.{language}.yaml"] = yaml_out.dump(Template(kind, language, metrics).export())
    for language in LANGUAGES:
        path = ROOT / "docs" / ("zabbix.md" if language == "en" else "zabbix.ru.md")
        if path.exists():
            files[path] = tables.insert(path.read_text(), Template("agent", language, metrics).export(), language)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"), help="folder of the built programs")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a committed file is stale")
    args = parser.parse_args()
    stale = []
    for path, text in outputs(load_metrics(args.build)).items():
        if not path.exists() or path.read_text() != text:
            stale.append(path.relative_to(ROOT))
            if not args.check:
                path.write_text(text)
    for path in stale:
        print(("stale: " if args.check else "wrote ") + str(path))
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
