"""What `zabbix-atol metrics --format json` says: groups, words of values, reasons of health, metrics."""
import json
import pathlib
import re
import subprocess

from . import core

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEALTH_MAP = ("KKT health", "ККТ: здоровье")
STATE_MAP = ("KKT poll state", "ККТ: состояние опроса")
UNITS = {"s": ("s", "s"), "unixtime": ("unixtime", "unixtime"), "days": ("!days", "!дн."), "documents": ("!docs", "!док."),
         "kopecks": ("!kop.", "!коп."), "mV": ("!mV", "!мВ"), "%": ("%", "%"), "°C": ("!°C", "!°C"), "ms": ("!ms", "!мс"), "KiB": ("!KiB", "!КиБ"),
         "/s": ("!/s", "!/с"), "count": ("!", "!"), "": ("", "")}


class Catalogue:
    def __init__(self, build):
        program = pathlib.Path(build) / "src/cli/zabbix-atol"
        data = json.loads(subprocess.run([program, "metrics", "--format", "json"], check=True, capture_output=True).stdout)
        self.groups = {group["name"]: group for group in data["groups"]}
        self.words = {words["name"]: words for words in data["words"]}
        self.reasons = data["reasons"]
        # polled only when asked for: their items would stay empty
        self.metrics = [m for m in data["metrics"] if m["rate"] != "extra"]
        self.template_version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1].split("-")[0]

    @staticmethod
    def name(metric):
        return f"{metric['group']}.{metric['key']}"

    def map_name(self, name, i):
        special = {"health": HEALTH_MAP, "state": STATE_MAP}
        return (special.get(name) or self.words[name]["title"])[i]

    def maps(self, i):
        """(name, [(value, text)]) of every value map."""
        yield "state", [(row[0], row[1 + i]) for row in core.STATES]
        yield "health", [(0, ("well", "норма")[i]), *((r["code"], r["short"][i]) for r in self.reasons)]
        for name, words in self.words.items():
            yield name, [(word["value"], word["text"][i]) for word in words["words"]]
