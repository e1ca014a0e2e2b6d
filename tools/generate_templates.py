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
from zbx.triggers import TRIGGERS, Row  # noqa: E402

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
        tag = extra.pop("component")
        first = {"type": "JSONPATH", "parameters": [path], "error_handler": "DISCARD_VALUE"}
        numeric = value_type in ("UNSIGNED", "FLOAT")
        trends = {} if numeric and extra.pop("trend", True) else {"trends": "0"}
        extra.pop("trend", None)
        result = {"uuid": self.id("item", name), "name": PREFIX[self.i] + label, "type": "DEPENDENT", "key": self.key(name), "delay": "0",
                  "history": "30d", **trends}
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
        path, value_type, unit, value_map, *labels = row
        extra = {"component": "collector", "units": values.UNITS[unit][self.i], "trend": not (unit == "unixtime" or value_map)}
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
        item = self.item(name, value_type, values.lower_first(labels[self.i]), self.describe(name, labels[self.i]), path, **extra)
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
        if metric["rate"] != "quick" and name not in GRAPHED:
            extra["steps"] = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.SLOW}"]}]
        elif name not in WINDOWED and unit not in ("s", "unixtime") and kind not in ("time",):
            extra["steps"] = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.STATE}"]}]
        return self.item(name, value_type, f"{values.GROUP_NAME[metric['group']][self.i]}: {self.label(name, metric[self.language])}",
                         self.describe(name, metric[self.language]), f"$.metrics.{name}", **extra)

    def own_items(self):
        """Items that no document holds: what `serve` pushes beside it, and what Zabbix computes."""
        tags = [{"tag": "component", "value": "collector"}]
        for name, (kinds, source, value_map, *labels) in values.OWN_ITEMS.items():
            if self.kind in kinds:
                yield {"uuid": self.id("item", name), "name": PREFIX[self.i] + values.lower_first(labels[self.i]), **source[self.kind],
                       "key": self.key(name),
                       "history": "30d", "trends": "0", "description": self.describe(name, labels[self.i]),
                       "valuemap": {"name": values.VALUE_MAPS[value_map][self.i]}, "tags": tags}

    def label(self, name, text):
        """The catalogue's sentence up to its first `:` or `;`, begun small after the group's name; a flag's whole sentence."""
        if name in values.LABELS:
            return values.LABELS[name][self.i]
        text = text.replace(": ", ", ", 1) if re.match(r"(Flag|Флаг|Status bit|Бит) ?\d", text) else re.split("[;:]", text)[0].strip()
        return values.lower_first(text)

    def describe(self, name, text):
        more = values.DESCRIPTIONS.get(name)
        return f"{text}. {more[self.i]}" if more else f"{text}."

    def trigger(self, row):
        title, advice = row[LANGUAGE_FIELDS[self.i]], row[ADVICE_FIELDS[self.i]]
        expression = self.expression(row)
        after = [ROWS[n] for n in [*row.after, *([] if row.name in POLL_TRIGGERS else ["unreachable"])]]
        result = {"uuid": self.id("trigger", row.name), "expression": self.expand(expression), **self.recovery(row), "name": self.trigger_name(row),
                  "event_name": PREFIX[self.i] + self.placed(title.replace("|", ""), expression),
                  "opdata": self.placed(row.opdata[self.i], expression), "priority": row.severity, "description": advice}
        if row.recovery:
            result["recovery_mode"] = "RECOVERY_EXPRESSION"
        if row.manual:
            result["manual_close"] = "YES"
        if after:
            known = [{"name": self.trigger_name(r), "expression": self.expand(self.expression(r)), **self.recovery(r)} for r in after]
            result["dependencies"] = sorted(known, key=lambda d: (d["name"], d["expression"]))
        result["tags"] = [{"tag": "scope", "value": row.scope}]
        return result

    def expression(self, row):
        return row.pushed if row.pushed and self.kind == "trapper" else row.expression

    def recovery(self, row):
        return {"recovery_expression": self.expand(row.recovery)} if row.recovery else {}

    @staticmethod
    def placed(text, expression):
        """Zabbix counts the items of an expression by their places: `{1}`, or by name its first place."""
        places = re.findall(r"\b[a-z]+\(([a-z_]+(?:\.[a-z_0-9]+)?)(?=[,)])", expression)
        return re.sub(r"\{(\d|[a-z][a-z_.]*)\}", lambda m: "{ITEM.LASTVALUE%d}" % (int(m[1]) if m[1].isdigit() else places.index(m[1]) + 1), text)

    def trigger_name(self, row):
        title = row[LANGUAGE_FIELDS[self.i]]
        return PREFIX[self.i] + (title.split("|")[0] if "|" in title else title.removesuffix(": {1}"))

    def expand(self, expression):
        known = "|".join(sorted(map(re.escape, [*values.POLL_ITEMS, *values.OWN_ITEMS, *NAMES]), key=len, reverse=True))
        return re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{self.name}/{self.key(m[2])}", expression)

    def value_maps(self, used):
        return [{"uuid": self.id("valuemap", n), "name": names[self.i],
                 "mappings": [{"value": str(v), "newvalue": t[self.i]} for v, t in names[2].items()]}
                for n, names in values.VALUE_MAPS.items() if names[self.i] in used]

    def graph(self, english, russian, lines):
        return {"uuid": self.id("graph", english), "name": (english, russian)[self.i], **({"show_legend": "NO"} if len(lines) == 1 else {}),
                "graph_items": [{**({"sortorder": str(n)} if n else {}), "color": colour, "item": {"host": self.name, "key": self.key(key)}}
                                for n, (key, colour) in enumerate(lines)]}

    def export(self):
        i = self.i
        description = ("ATOL fiscal register, read by zabbix-atol. Generated: do not edit, run ./run.sh generate.",
                       "Фискальный регистратор АТОЛ, читает zabbix-atol. Файл создан программой: ./run.sh generate.")[i]
        template = {"uuid": self.id("template"), "template": self.name, "name": KINDS[self.kind][i], "description": description,
                    "groups": [{"name": GROUP}]}
        root = {"version": "5.4", "groups": [{"uuid": uuid("group", GROUP), "name": GROUP}]}
        if self.kind == "discovery":
            collector.fill(self, template, root)
        else:
            items = [self.poll_item(n, r) for n, r in values.POLL_ITEMS.items()] + [self.metric_item(m) for m in self.metrics]
            template["items"] = [self.master(), *items, *self.own_items()]
            template["tags"] = [{"tag": "class", "value": "hardware"}, {"tag": "target", "value": "atol"}, {"tag": "target", "value": "kkt"}]
            macros = {**({"{$KKT.NAME}": ("kassa-1", "Register: its name in zabbix-atol.yaml, or tcp://HOST:5555.",
                                          "ККТ: имя из zabbix-atol.yaml или tcp://АДРЕС:5555.")} if self.kind == "agent" else {}), **values.MACROS}
            if self.kind == "trapper":
                macros.pop("{$KKT.INTERVAL}")
            template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted(macros.items())]
            template["dashboards"] = [{"uuid": self.id("dashboard"), "name": ("ATOL register", "ККТ АТОЛ")[i],
                                       "pages": [{"widgets": dashboards.dashboard(self.name, i, self.key)}]}]
            template["valuemaps"] = self.value_maps({item["valuemap"]["name"] for item in template["items"] if "valuemap" in item})
            root["triggers"] = [self.trigger(row) for row in TRIGGERS]
            root["graphs"] = [self.graph(*row) for row in dashboards.GRAPHS]
        place_triggers(template, root)
        root["templates"] = [template]
        order = ("version", "groups", "templates", "triggers", "graphs")
        return {"zabbix_export": {k: root[k] for k in order if root.get(k)}}


def place_triggers(template, root):
    """A trigger of one item stands at its item, as Zabbix itself exports it: then an import has nothing to change."""
    at = {item["key"]: item for item in template["items"]}
    rest = []
    for trigger in sorted(root["triggers"], key=lambda t: (t["name"], t["expression"])):
        keys = set(re.findall(r"\(/[^/]+/([a-z_0-9.]+)", trigger["expression"] + trigger.get("recovery_expression", "")))
        if len(keys) == 1:
            at[keys.pop()].setdefault("triggers", []).append(trigger)
        else:
            rest.append(trigger)
    root["triggers"] = rest


ROWS = {row.name: row for row in TRIGGERS}
LANGUAGE_FIELDS, ADVICE_FIELDS = [[Row._fields.index(f"{what}{language}") for language in LANGUAGES] for what in ("", "advice_")]
POLL_TRIGGERS = {"nodata", "stale", "unreachable", "error", "prerequisite", "busy"}  # `unreachable` does not stand above these
NAMES = []
WINDOWED = set()
GRAPHED = {item for *_, lines in dashboards.GRAPHS for item, _ in lines}  # a graph of six hours needs more than one point


def load_metrics(build):
    program = pathlib.Path(build) / "src/cli/zabbix-atol"
    metrics = json.loads(subprocess.run([program, "metrics", "--format", "json"], check=True, capture_output=True).stdout)["metrics"]
    metrics = [m for m in metrics if m["rate"] != "extra"]  # polled only when asked for: their items would stay empty
    NAMES.extend(f"{m['group']}.{m['key']}" for m in metrics)
    for row in TRIGGERS:
        WINDOWED.update(re.findall(r"\b(?:min|max|nodata)\(([a-z_.0-9]+),", row.expression))
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
            exports = {prefix: Template(kind, language, metrics).export() for prefix, kind in (("", "agent"), ("collector-", "discovery"))}
            files[path] = tables.insert(path.read_text(), exports, language)
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
