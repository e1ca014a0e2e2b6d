"""The generated tables of docs/zabbix*.md: macros, items, triggers, between marker lines."""
import re

HEADS = {"macros": (("Macro", "Default", "What"), ("Макрос", "Значение", "Смысл")),
         "items": (("Item", "Key", "Type", "Preprocessing"), ("Элемент", "Ключ", "Тип", "Предобработка")),
         "triggers": (("Trigger", "Severity", "Expression", "Depends on", "What to do"),
                      ("Триггер", "Важность", "Выражение", "Зависит от", "Что делать"))}


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(out + ["| " + " | ".join(map(cell, row)) + " |" for row in rows])


def insert(text, export, language):
    i = 0 if language == "en" else 1
    data = export["zabbix_export"]
    template = data["templates"][0]
    name = template["template"]
    triggers = data["triggers"] + [t for item in template["items"] for t in item.get("triggers", [])]
    rows = {
        "macros": [(f"`{m['macro']}`", f"`{m['value']}`", m["description"]) for m in template["macros"]],
        "items": [(t["name"], f"`{t['key']}`", t.get("value_type", "UNSIGNED").lower(),
                   ", ".join(s["type"] + (f" `{s['parameters'][0]}`" if s["type"] != "JAVASCRIPT" else "")
                             for s in t.get("preprocessing", [])) or t["type"]) for t in template["items"]],
        "triggers": [(t["event_name"], t["priority"], f"`{t['expression'].replace('/' + name + '/', '//')}`",
                      "; ".join(d["name"] for d in t.get("dependencies", [])), t["description"]) for t in triggers],
    }
    for part, body in rows.items():
        pattern = re.compile(rf"(<!-- generated: {part} -->\n).*?(<!-- end -->)", re.S)
        if not pattern.search(text):
            raise SystemExit(f"docs: no place for the table '{part}'")
        text = pattern.sub(lambda m: m[1] + "\n" + table(HEADS[part][i], body) + "\n\n" + m[2], text)
    return text
