"""The generated tables of docs/zabbix*.md: macros, items, triggers, between marker lines."""
import re

HEADS = {"macros": (("Macro", "Default", "What"), ("Макрос", "Значение", "Смысл")),
         "items": (("Item", "Key", "Type", "Preprocessing", "What it means"), ("Элемент", "Ключ", "Тип", "Предобработка", "Что значит")),
         "triggers": (("Trigger", "Severity", "Expression; what ends it", "Depends on", "What to do"),
                      ("Триггер", "Важность", "Выражение; чем заканчивается", "Зависит от", "Что делать"))}
SEVERITIES = {"DISASTER": ("Disaster", "Чрезвычайная"), "HIGH": ("High", "Высокая"), "AVERAGE": ("Average", "Средняя"),
              "WARNING": ("Warning", "Предупреждение"), "INFO": ("Information", "Информация")}
TYPES = {"UNSIGNED": ("integer", "целое"), "FLOAT": ("number", "число"), "CHAR": ("text", "текст"), "TEXT": ("long text", "длинный текст")}
ENDS = ("; ends: ", "; заканчивается: ")


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(out + ["| " + " | ".join(map(cell, row)) + " |" for row in rows])


def steps(item):
    done = [s["type"] + (f" `{s['parameters'][0]}`" if s["type"] != "JAVASCRIPT" else "") for s in item.get("preprocessing", [])]
    return ", ".join(done) or (f"`{item['params'].replace('//', '')}`" if "params" in item else item["type"])


def rows_of(export, i):
    data = export["zabbix_export"]
    template = data["templates"][0]
    name = f"/{template['template']}/"
    order = list(SEVERITIES)
    triggers = sorted(data["triggers"] + [t for item in template["items"] for t in item.get("triggers", [])],
                      key=lambda t: (order.index(t["priority"]), t["name"]))

    def expression(trigger):
        text = f"`{trigger['expression'].replace(name, '//')}`"
        return text + (f"{ENDS[i]}`{trigger['recovery_expression'].replace(name, '//')}`" if "recovery_expression" in trigger else "")
    return {
        "macros": [(f"`{m['macro']}`", f"`{m['value']}`", m["description"]) for m in template["macros"]],
        "items": [(t["name"], f"`{t['key']}`", TYPES[t.get("value_type", "UNSIGNED")][i], steps(t), t["description"]) for t in template["items"]],
        "triggers": [(t["event_name"], SEVERITIES[t["priority"]][i], expression(t), "; ".join(d["name"] for d in t.get("dependencies", [])),
                      t["description"]) for t in triggers]}


def insert(text, exports, language):
    """`exports`: prefix of the marker -> the template whose tables stand there."""
    i = 0 if language == "en" else 1
    for prefix, export in exports.items():
        for part, rows in rows_of(export, i).items():
            pattern = re.compile(rf"(<!-- generated: {prefix}{part} -->\n).*?(<!-- end -->)", re.S)
            if not pattern.search(text):
                raise SystemExit(f"docs: no place for the table '{prefix}{part}'")
            text = pattern.sub(lambda m: m[1] + "\n" + table(HEADS[part][i], rows) + "\n\n" + m[2], text)
    return text
