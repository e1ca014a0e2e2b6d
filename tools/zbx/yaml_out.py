"""Writes dictionaries, lists and strings as YAML: all that the export format of Zabbix needs."""
import json
import re

PLAIN = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def scalar(text):
    if PLAIN.match(text) and text.lower() not in WORDS:
        return text
    if "\n" in text or "\t" in text:
        return json.dumps(text, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


def lines(value, indent=0):
    pad = "  " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield f"{pad}{key}:"
                yield from lines(inner, indent + 1)
            else:
                yield f"{pad}{key}: {scalar(str(inner))}"
    else:
        for inner in value:
            if isinstance(inner, (dict, list)):
                yield f"{pad}-"
                yield from lines(inner, indent + 1)
            else:
                yield f"{pad}- {scalar(str(inner))}"


def dump(value):
    return "\n".join(lines(value)) + "\n"
