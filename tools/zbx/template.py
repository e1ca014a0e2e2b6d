"""One template of one version, kind and language as the dictionary of its export."""
import re

from . import collector, core, full, register
from .names import GROUP, KINDS, LANGUAGES, MASTER, PREFIX, VENDOR, lower_first, technical, uuid
from .triggers import TRIGGERS

HEARTBEAT = {keep: f"{{$KKT.HEARTBEAT.{keep.upper()}}}" for keep in ("slow", "state", "graph")}
# The time of the poll, only when the document holds metrics; a quote inside a text stands as \\" there.
READ_PATTERN = r'(?s)^(?=.*"metrics": ?\{).*?"polled_ts": ?([0-9]+)'
HISTORY = "30d"  # not Zabbix's own default: its export leaves that out, and each import would find a change
TIMEOUT = "15s"  # 7.0 tells the agent how long an active check may take; its own default of 3 s ends many polls


class Template:
    def __init__(self, version, kind, language, catalogue):
        self.version, self.kind, self.language, self.i, self.catalogue = version, kind, language, LANGUAGES[language], catalogue
        self.new = version != "6.0"
        self.name = technical(kind, language)
        self.base = kind.split("-")[0]                       # how the documents come, whatever more the template has
        self.full = kind.endswith("-full")

    def id(self, *parts):
        return uuid(self.name, *parts)

    @staticmethod
    def key(name):
        return f"kkt.{name}"

    # ------------------------------------------------------------------ items
    def master(self):
        texts = (("KKT: document of the poll", "The JSON document of zabbix-atol; every other item is taken from it."),
                 ("ККТ: документ опроса", "JSON-документ zabbix-atol; все остальные элементы берутся из него."))[self.i]
        active = self.base == "agent"
        return {"uuid": self.id("item", "master"), "name": texts[0], "type": "ZABBIX_ACTIVE" if active else "TRAP", "key": MASTER[self.base],
                "delay": "{$KKT.INTERVAL}" if active else "0", "history": "{$KKT.RAW.HISTORY}", "trends": "0", "value_type": "TEXT",
                "description": texts[1], **({"timeout": TIMEOUT} if active and self.new else {}), "tags": component("raw")}

    def dependent(self, name, value_type, label, about, steps, tag, *, units="", words="", trends=False, inventory="", master=""):
        """A dependent item; what is Zabbix's default is left out, as its export does."""
        numeric = value_type in ("UNSIGNED", "FLOAT")
        return {"uuid": self.id("item", name), "name": PREFIX[self.i] + label, "type": "DEPENDENT", "key": self.key(name), "delay": "0",
                "history": HISTORY, **({} if numeric and trends else {"trends": "0"}),
                **({"value_type": value_type} if value_type != "UNSIGNED" else {}), **({"units": units} if units and numeric else {}),
                "description": about, **({"inventory_link": inventory} if inventory else {}),
                **({"valuemap": {"name": self.catalogue.map_name(words, self.i)}} if words else {}),
                "preprocessing": steps, "master_item": {"key": master or MASTER[self.base]}, "tags": component(tag)}

    def core_item(self, row):
        heartbeat = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": [HEARTBEAT[row.keep]]}] if row.keep else []
        if row.key == "state" and self.base == "agent":
            heartbeat = []  # its triggers count the values of a window
        if row.how in ("json", "read", "lasts"):
            first = {"json": {"type": "JSONPATH", "parameters": [row.path], "error_handler": "DISCARD_VALUE"},
                     "lasts": {"type": "JSONPATH", "parameters": [row.path], "error_handler": "CUSTOM_VALUE", "error_handler_params": "0"},
                     "read": {"type": "REGEX", "parameters": [READ_PATTERN, "\\1"], "error_handler": "DISCARD_VALUE"}}[row.how]
            return self.dependent(row.key, row.type, row.name[self.i], row.about[self.i], [first, *heartbeat], row.component,
                                  units=row.units[self.i], words=row.words, trends=row.trends, inventory=row.inventory)
        source = {"type": "TRAP", "delay": "0"} if row.how == "trap" else \
            {"type": "CALCULATED", "delay": "{$KKT.HEALTH.INTERVAL}", "params": core.HEALTH[self.base]}
        return {"uuid": self.id("item", row.key), "name": PREFIX[self.i] + row.name[self.i], "type": source.pop("type"), "key": self.key(row.key),
                **source, "history": HISTORY, "trends": "0", "description": row.about[self.i],
                "valuemap": {"name": self.catalogue.map_name(row.words, self.i)}, **({"preprocessing": heartbeat} if heartbeat else {}),
                "tags": component(row.component)}

    # --------------------------------------------------------------- triggers
    def trigger(self, row):
        expression = row.agent if row.agent and self.base == "agent" else row.expression
        result = {"uuid": self.id("trigger", row.name), "expression": self.expand(expression)}
        if row.recovery:
            result.update(recovery_mode="RECOVERY_EXPRESSION", recovery_expression=self.expand(row.recovery))
        result.update(name=row.title[self.i], event_name=self.event(row.event[self.i]), opdata=self.opdata(row), priority=row.severity,
                      description=row.advice[self.i])
        if row.each:
            result["type"] = "MULTIPLE"
        if row.manual:
            result["manual_close"] = "YES"
        tags = {"subject": row.subject[self.i], "who": row.who, **({} if row.sells else {"sells": "no"}),
                **({"supersedes": f"{{HOST.HOST}} {row.severity.lower()}"} if row.each else {})}
        result["tags"] = [{"tag": t, "value": v} for t, v in sorted(tags.items())]
        return result

    def opdata(self, row):
        """The exact value; of a list, which the name tells already, how to learn more."""
        return f"zabbix-atol check {'{$KKT.NAME}' if self.base == 'agent' else '{HOST.HOST}'}" if row.each else "{ITEM.LASTVALUE1}"

    def event(self, text):
        """`{key}` and `{key/86400}` as expression macros."""
        def place(m):
            last = f"last(/{{HOST.HOST}}/{self.key(m[1])})"
            return f"{{?floor({last}/{m[2]})}}" if m[2] else f"{{?{last}}}"
        return re.sub(r"\{([a-z][a-z_.]*)(?:/(\d+))?\}", place, text)

    def expand(self, expression):
        known = "|".join(sorted(map(re.escape, [*core.KEYS, *full.keys(self.catalogue)]), key=len, reverse=True))
        return re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{self.name}/{self.key(m[2])}", expression)

    # ----------------------------------------------------------------- export
    def value_maps(self, items):
        used = {item["valuemap"]["name"] for item in items if "valuemap" in item}
        return [{"uuid": self.id("valuemap", name), "name": self.catalogue.map_name(name, self.i),
                 "mappings": [{"value": str(value), "newvalue": text} for value, text in mappings]}
                for name, mappings in self.catalogue.maps(self.i) if self.catalogue.map_name(name, self.i) in used]

    def graph(self, key, english, russian, lines):
        return {"uuid": self.id("graph", english), "name": (english, russian)[self.i], **({"show_legend": "NO"} if len(lines) == 1 else {}),
                "graph_items": [{**({"sortorder": str(n)} if n else {}), "color": colour, "item": {"host": self.name, "key": self.key(item)}}
                                for n, (item, colour) in enumerate(lines)]}

    def export(self):
        i = self.i
        about = ("ATOL fiscal register, read by zabbix-atol. Generated: do not edit, run ./run.sh generate.",
                 "Фискальный регистратор АТОЛ, читает zabbix-atol. Файл создан программой: ./run.sh generate.")[i]
        template = {"uuid": self.id("template"), "template": self.name, "name": KINDS[self.kind][i], "description": about,
                    **({"vendor": {"name": VENDOR, "version": f"{self.version}-{self.catalogue.template_version}"}} if self.new else {}),
                    "groups": [{"name": GROUP}]}
        group = {"uuid": uuid("group", GROUP), "name": GROUP}
        root = {"version": self.version, "template_groups" if self.new else "groups": [group]}
        if self.kind == "discovery":
            collector.fill(self, template, root)
        else:
            rows = [row for row in core.ITEMS if self.base in row.kinds]
            template["items"] = [self.master(), *map(self.core_item, rows)]
            template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted(core.MACROS.items()) if self.base in r[3]]
            template["dashboards"] = [register.dashboard(self)]
            root["triggers"] = [self.trigger(row) for row in TRIGGERS]
            if not self.new:
                root["graphs"] = [self.graph(*row) for row in register.GRAPHS]
            if self.full:
                full.extend(self, template, root)
        if template.get("items"):
            template["valuemaps"] = self.value_maps(template["items"])
        if not template.get("valuemaps"):
            template.pop("valuemaps", None)
        place_triggers(template, root)
        root["templates"] = [template]
        order = ("version", "template_groups", "host_groups", "groups", "templates", "triggers", "graphs")
        return {"zabbix_export": {k: root[k] for k in order if root.get(k)}}


def component(value):
    return [{"tag": "component", "value": value}]


def place_triggers(template, root):
    """A trigger of one item stands at its item, as Zabbix itself exports it: then an import has nothing to change."""
    at = {item["key"]: item for item in template.get("items", [])}
    rest = []
    for trigger in sorted(root.get("triggers", []), key=lambda t: (t["name"], t["expression"])):
        keys = set(re.findall(r"\(/[^/]+/([a-z_0-9.]+(?:\[[^]]*\])?)", trigger["expression"] + trigger.get("recovery_expression", "")))
        if len(keys) == 1 and (key := next(iter(keys))) in at:
            at[key].setdefault("triggers", []).append(trigger)
        else:
            rest.append(trigger)
    root["triggers"] = rest
    share_tags(template["items"] if "items" in template else [], rest)


def share_tags(items, rest):
    """A tag that all triggers of an item have stands at the item, from which problems inherit it: in the server's memory it costs half as much."""
    for item in items:
        own = item.get("triggers", [])
        users = own + [t for t in rest if f"/{item['key']}" in t["expression"]]
        for tag in [tag for tag in (own[0]["tags"] if own else []) if tag["tag"] != "sells" and "{" not in tag["value"] and all(tag in t["tags"] for t in users)]:
            item["tags"].append(tag)
            for trigger in own:
                trigger["tags"] = [t for t in trigger["tags"] if t != tag]
        item["tags"].sort(key=lambda t: t["tag"])
        for trigger in own:
            if not trigger["tags"]:
                del trigger["tags"]


__all__ = ["Template", "component", "lower_first"]
