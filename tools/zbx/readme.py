"""README of a folder of templates, in the layout of Zabbix's own: overview, requirements, setup, macros, items, triggers."""
from .names import KINDS, LANGUAGES, file_name

SEVERITIES = {"DISASTER": ("Disaster", "Чрезвычайная"), "HIGH": ("High", "Высокая"), "AVERAGE": ("Average", "Средняя"),
              "WARNING": ("Warning", "Предупреждение"), "INFO": ("Information", "Информация")}
TYPES = {"ZABBIX_ACTIVE": ("Zabbix agent (active)", "Zabbix агент (активный)"), "TRAP": ("Zabbix trapper", "Zabbix траппер"),
         "INTERNAL": ("Zabbix internal", "Zabbix внутренний"), "DEPENDENT": ("Dependent item", "Зависимый элемент"), "CALCULATED": ("Calculated", "Вычисляемый")}
USE = {"agent": ("a Zabbix agent beside the register polls it", "кассу опрашивает агент Zabbix рядом с ней"),
       "trapper": ("`zabbix-atol serve` polls many registers and pushes", "`zabbix-atol serve` опрашивает много касс и присылает данные"),
       "agent-full": ("the same with every value as an item, and lamps", "то же, каждый показатель — отдельный элемент, индикаторы"),
       "trapper-full": ("the same with every value as an item, and lamps", "то же, каждый показатель — отдельный элемент, индикаторы"),
       "discovery": ("the collector: a host for each register, its own health, the whole chain", "сборщик: узел на каждую кассу, его здоровье, вся сеть")}


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(out + ["| " + " | ".join(map(cell, row)) + " |" for row in rows])


STEPS = {"JSONPATH": ("JSON Path", "JSON Path"), "REGEX": ("Regular expression", "Регулярное выражение"), "JAVASCRIPT": ("JavaScript", "JavaScript"),
         "DISCARD_UNCHANGED_HEARTBEAT": ("Discard unchanged with heartbeat", "Отбрасывать неизменившееся с периодом"),
         "CHECK_NOT_SUPPORTED": ("Check for not supported value", "Проверка на неподдерживаемое значение")}
ON_FAIL = {"DISCARD_VALUE": ("Discard value", "Отбросить значение"), "CUSTOM_VALUE": ("Set value to", "Задать значение")}


def steps(item, i):
    """Key and preprocessing in one cell, as the official pages have them."""
    def say(english, russian):
        return (english, russian)[i]
    lines = [f"{say('Expression', 'Выражение')}: `{item['params']}`"] if "params" in item else []
    for step in item.get("preprocessing", []):
        what = STEPS[step["type"]][i]
        lines.append(what if step["type"] in ("JAVASCRIPT", "CHECK_NOT_SUPPORTED") else f"{what}: `{step['parameters'][0]}`")
        if "error_handler" in step:
            value = f" `{step['error_handler_params']}`" if "error_handler_params" in step else ""
            lines.append(f"{say('On fail', 'При ошибке')}: {ON_FAIL[step['error_handler']][i]}{value}")
    head = say("Preprocessing", "Предобработка") if "params" not in item else say("Additional info", "Дополнительно")
    return f"`{item['key']}`" + (f"<p>**{head}**</p><ul><li>" + "</li><li>".join(lines) + "</li></ul>" if lines else "")


def triggers_of(data):
    template = data["templates"][0]
    every = data.get("triggers", []) + [{**t, "tags": sorted(item["tags"] + t.get("tags", []), key=lambda tag: tag["tag"])}
                                        for item in template.get("items", []) for t in item.get("triggers", [])]
    order = list(SEVERITIES)
    return sorted(every, key=lambda t: (order.index(t["priority"]), t["name"]))


def more(trigger, i):
    """Name of the problem, tags, manual close; no trigger depends on another one."""
    def say(english, russian):
        return (english, russian)[i]
    lines = [f"**{say('Problem', 'Проблема')}**: {trigger['event_name']}",
             f"**{say('Tags', 'Теги')}**: " + ", ".join(f"{tag['tag']}: {tag['value']}" for tag in trigger["tags"])]
    if "manual_close" in trigger:
        lines.append(f"**{say('Manual close', 'Ручное закрытие')}**: {say('yes', 'да')}")
    return "<br>".join(lines)


def part(kind, export, i):
    data = export["zabbix_export"]
    template = data["templates"][0]
    own = f"/{template['template']}/"

    def say(english, russian):
        return (english, russian)[i]

    def expression(t):
        text = f"`{t['expression'].replace(own, '//')}`"
        return text + (say("; ends: ", "; заканчивается: ") + f"`{t['recovery_expression'].replace(own, '//')}`" if "recovery_expression" in t else "")
    out = [f"## {template['template']}\n", f"`{file_name(kind, 'en' if i == 0 else 'ru')}`: {USE[kind][i]}.\n"]
    items = say(("Name", "Description", "Type", "Key and additional info"), ("Имя", "Описание", "Тип", "Ключ и дополнительно"))
    rows = [(t["name"], t["description"], TYPES[t["type"]][i], steps(t, i)) for t in template["items"]]
    out += [f"### {say('Macros used', 'Макросы')}\n",
            table(say(("Name", "Description", "Default"), ("Макрос", "Описание", "Значение")),
                  [(m["macro"], m["description"], f"`{m['value']}`") for m in template["macros"]]),
            f"\n### {say('Items', 'Элементы данных')}\n", table(items, rows)]
    rows = [(t["name"], t["description"], expression(t), SEVERITIES[t["priority"]][i], more(t, i)) for t in triggers_of(data)]
    out += [f"\n### {say('Triggers', 'Триггеры')}\n",
            table(say(("Name", "Description", "Expression", "Severity", "Dependencies and additional info"),
                      ("Имя", "Описание", "Выражение", "Важность", "Зависимости и дополнительно")), rows)]
    for rule in template.get("discovery_rules", []):
        out += [f"\n### {say('LLD rule', 'Правило обнаружения')}: {rule['name']}\n",
                table(items, [(rule["name"], rule.get("description", ""), TYPES[rule["type"]][i], steps(rule, i))])]
        out += [f"\n#### {say('Item prototypes', 'Прототипы элементов')}: {rule['name']}\n",
                table(items, [(p["name"], p["description"], TYPES[p["type"]][i], steps(p, i)) for p in rule["item_prototypes"]])] \
            if rule.get("item_prototypes") else []
        out += [f"\n#### {say('Host prototypes', 'Прототипы узлов')}: {rule['name']}\n",
                table(say(("Name", "Visible name", "Templates", "Groups", "Tags"), ("Имя", "Видимое имя", "Шаблоны", "Группы", "Теги")),
                      [(p["host"], p["name"], ", ".join(x["name"] for x in p["templates"]),
                        ", ".join([*(g["group"]["name"] for g in p["group_links"]), *(g["name"] for g in p["group_prototypes"])]),
                        ", ".join(f"{tag['tag']}: {tag['value']}" for tag in p["tags"])) for p in rule["host_prototypes"]])] \
            if rule.get("host_prototypes") else []
    return "\n".join(out) + "\n"


HEAD = ("""# ATOL fiscal registers for Zabbix {version}

In Russian: [README.ru.md](README.ru.md).

<!-- Generated by ./run.sh generate: do not edit. -->

## Overview

These templates watch ATOL fiscal registers (KKT) by [zabbix-atol](../../README.md): the fiscal storage (FN) and its end, documents that have not
reached the tax data operator (OFD), shift, paper, faults, clock. One master item a register holds the JSON document; all else depends on it. A value
that was not read is not there: a gap, never a zero.

## Requirements

Zabbix version: {major}; zabbix-atol {program}.

## Tested versions

{tested}; registers of protocol 3 and of platform 5, made of software. `./run.sh test zabbix` plays every trigger, its problem and its recovery.

## Configuration

Zabbix should be configured as its documentation says in
[Templates out of the box](https://www.zabbix.com/documentation/{version}/manual/config/templates_out_of_the_box).

## Setup

1. Import `atol-kkt-agent-active.en.yaml` (or `atol-kkt-trapper.en.yaml`, then `atol-kkt-discovery.en.yaml`); a Super admin may do that. Or let
   `zabbix-atol-zabbix-setup` do it (in the sources: `tools/zabbix_setup.py`).
2. Link the template to the host and set `{{$KKT.NAME}}` to the register's name in `zabbix-atol.yaml`. Agent and trapper templates exclude each other
   on one host; a full template is linked instead of its core one, not beside it.
3. More: [docs/zabbix.md](../../docs/zabbix.md).

| File | Template | Use |
|---|---|---|
{files}
""", """# Фискальные регистраторы АТОЛ для Zabbix {version}

По-английски: [README.md](README.md).

<!-- Создано ./run.sh generate, не редактируйте. -->

## Обзор

Шаблоны следят за ККТ АТОЛ с помощью [zabbix-atol](../../README.ru.md): фискальный накопитель (ФН) и его срок, документы, не переданные в ОФД, смена,
бумага, неисправности, часы. В основном элементе каждой кассы лежит JSON-документ, все остальные зависят от него. Чего не прочитали, того нет: пропуск,
а не ноль.

## Требования

Версия Zabbix: {major}; zabbix-atol {program}.

## Проверено

{tested}; эмуляторы касс протокола 3 и платформы 5. `./run.sh test zabbix` проверяет каждый триггер: его проблему и её конец.

## Настройка

Zabbix настраивают, как сказано в его документации:
[Templates out of the box](https://www.zabbix.com/documentation/{version}/manual/config/templates_out_of_the_box).

## Установка

1. Импортируйте `atol-kkt-agent-active.ru.yaml` (или `atol-kkt-trapper.ru.yaml`, затем `atol-kkt-discovery.ru.yaml`); нужны права Super admin.
   Или поручите это `zabbix-atol-zabbix-setup` (в исходном коде `tools/zabbix_setup.py`).
2. Привяжите шаблон к узлу и задайте `{{$KKT.NAME}}` — имя кассы в `zabbix-atol.yaml`. Шаблоны агента и траппера на одном узле исключают друг друга;
   полный шаблон привязывают вместо основного, а не рядом с ним.
3. Подробнее: [docs/zabbix.ru.md](../../docs/zabbix.ru.md).

| Файл | Шаблон | Для чего |
|---|---|---|
{files}
""")
MAJOR = {"6.0": ("6.0, 6.2, 6.4", "6.0, 6.2, 6.4"), "7.0": ("7.0 and higher", "7.0 и новее")}
TESTED = {"6.0": ("Zabbix 6.0.14 of Debian 12", "Zabbix 6.0.14 из Debian 12"), "7.0": ("Zabbix 7.0.22 of Debian 13", "Zabbix 7.0.22 из Debian 13")}


def text(version, language, exports):
    i = LANGUAGES[language]
    files = "\n".join(f"| `{file_name(kind, language)}` | {exports[kind]['zabbix_export']['templates'][0]['template']} | {USE[kind][i]} |" for kind in KINDS)
    program = exports["agent"]["zabbix_export"]["templates"][0].get("vendor", {}).get("version", "-1.0").split("-")[1]
    head = HEAD[i].format(version=version, major=MAJOR[version][i], program=program, tested=TESTED[version][i], files=files)
    feedback = ("\n## Feedback\n\nSee [README.md](../../README.md).\n", "\n## Обратная связь\n\nСм. [README.ru.md](../../README.ru.md).\n")[i]
    return head + "\n" + "\n".join(part(kind, exports[kind], i) for kind in KINDS) + feedback
