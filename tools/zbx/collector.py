"""The discovery template: one host per register of a collector, and the collector's own health (`serve`)."""
import re

from . import values
from .values import lower_first

DOCUMENT_KEY = "kkt.document"   # what `serve` pushes for each register
HEALTH_KEY = "kkt.serve"        # what `serve` pushes for itself
HOSTS = ("ATOL KKT", "ККТ АТОЛ")

# JSON path -> (unit, English, Russian, English description, Russian description); a path that a document does not have gives no value
HEALTH = {
    "registers.ok": ("count", "Registers read", "ККТ прочитано", "", ""),
    "registers.partial": ("count", "Registers partly read", "ККТ прочитано частично", "Some requests failed", "Часть запросов не прошла"),
    "registers.busy": ("count", "Registers busy", "Занятых ККТ", "Another program has the port", "Порт у другой программы"),
    "registers.unreachable": ("count", "Registers that do not answer", "ККТ не отвечает", "Check power and network", "Проверьте питание и сеть"),
    "registers.error": ("count", "Registers in error", "ККТ с ошибкой", "They answer, but wrongly", "Отвечают, но неверно"),
    "registers.prerequisite": ("count", "Registers that cannot be polled", "ККТ, где опрос невозможен", "Driver, service or right is missing",
                               "Нет драйвера, службы или прав"),
    "polls.late": ("count", "Late polls", "Опоздавших опросов", "Since the document before", "С прошлого отчёта"),
    "polls.per_s": ("/s", "Polls per second", "Опросов в секунду", "", ""),
    "poll_ms.p50": ("ms", "Poll time, median", "Время опроса, медиана", "", ""),
    "poll_ms.p95": ("ms", "Poll time, 95 %", "Время опроса, 95 %", "", ""),
    "poll_ms.p99": ("ms", "Poll time, 99 %", "Время опроса, 99 %", "", ""),
    "spool.length": ("count", "Documents that wait to be pushed", "Документов в очереди на отправку", "It grows while Zabbix cannot be reached",
                     "Растёт, пока нет связи с Zabbix"),
    "spool.dropped": ("count", "Values dropped", "Потеряно значений", "The spool was full; since the spool exists",
                      "Очередь была полна; за всё время очереди"),
    "spool.refused": ("count", "Values refused by Zabbix", "Zabbix не принял значений",
                      "No such host or item there: compare the names, look at the template; since the start of serve",
                      "Там нет такого узла или элемента: сверьте имена и шаблон; с запуска serve"),
    "memory_kb": ("KiB", "Memory", "Память", "", ""),
    "polled_ts": ("unixtime", "Time of the health document", "Время отчёта сборщика", "", ""),
}
MACROS = {
    "{$KKT.DISCOVERY.INTERVAL}": ("10m", "How often the list of registers is read.", "Как часто читать список ККТ."),
    "{$KKT.ID.MATCHES}": ("^.*$", "Registers to watch, by name.", "Какие ККТ наблюдать, по имени."),
    "{$KKT.ID.NOT_MATCHES}": ("CHANGE_IF_NEEDED", "Registers to leave out, by name.", "Какие ККТ пропускать, по имени."),
    "{$KKT.SERVE.NODATA.TIME}": ("15m", "No health document for so long.", "Нет отчёта сборщика столько времени."),
    "{$KKT.SERVE.LATE.MAX}": ("0", "Late polls since the last document.", "Опоздавших опросов с прошлого отчёта."),
    "{$KKT.SERVE.SPOOL.MAX}": ("1000", "Documents that wait to be pushed.", "Документов в очереди на отправку."),
    "{$KKT.SERVE.WINDOW}": ("10m", "A trouble of the collector must last so long.", "Сколько должна держаться неполадка сборщика."),
    "{$KKT.UNREACHABLE.PERCENT.MAX}": ("20", "Per cent of registers that do not answer at once.", "Процент ККТ, не отвечающих одновременно."),
}
# (id, severity, expression, manual close, English, Russian, English advice, Russian advice); the name is the text up to `|`
TRIGGERS = [
    ("serve.nodata", "HIGH", "nodata(polled_ts,{$KKT.SERVE.NODATA.TIME})=1", True,
     "The collector is silent| for {$KKT.SERVE.NODATA.TIME}", "сборщик молчит| дольше {$KKT.SERVE.NODATA.TIME}",
     "Look at `systemctl status zabbix-atol` and its log; `push.host` of its configuration must be the name of this host.",
     "Посмотрите `systemctl status zabbix-atol` и журнал; `push.host` в его настройках должен быть именем этого узла."),
    ("serve.late", "WARNING", "min(polls.late,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.LATE.MAX}", False,
     "Polls are late|, limit {$KKT.SERVE.LATE.MAX}: {1}", "опросы опаздывают|, порог {$KKT.SERVE.LATE.MAX}: {1}",
     "Raise the interval or the limit of simultaneous polls.", "Увеличьте интервал или предел одновременных опросов."),
    ("serve.spool", "WARNING", "min(spool.length,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.SPOOL.MAX}", False,
     "Values wait to be pushed|, limit {$KKT.SERVE.SPOOL.MAX}: {1}", "очередь на отправку растёт|, порог {$KKT.SERVE.SPOOL.MAX}: {1}",
     "Check the way to the Zabbix server or proxy.", "Проверьте связь с сервером или прокси Zabbix."),
    ("serve.dropped", "AVERAGE", "change(spool.dropped)>0", False,
     "Values are lost, the spool is full|, in all: {1}", "значения теряются, очередь полна|, всего: {1}",
     "Check the way to the Zabbix server or proxy; raise `push.spool_max`.",
     "Проверьте связь с сервером или прокси Zabbix; увеличьте `push.spool_max`."),
    ("serve.refused", "AVERAGE", "change(spool.refused)>0", False,
     "Zabbix refuses values|, since the start: {1}", "Zabbix не принимает значения|, с запуска: {1}",
     "Each register needs a host of its name with the trapper template; with a proxy, on that proxy.",
     "Для каждой кассы нужен узел с её именем и шаблоном траппера; с прокси — на этом прокси."),
    ("serve.unreachable", "HIGH", "min(registers.unreachable,{$KKT.SERVE.WINDOW})*100>{$KKT.UNREACHABLE.PERCENT.MAX}*(last(registers.ok)+"
     "last(registers.partial)+last(registers.busy)+last(registers.unreachable)+last(registers.error)+last(registers.prerequisite))", False,
     "Many registers do not answer|, more than {$KKT.UNREACHABLE.PERCENT.MAX} %: {1}",
     "не отвечает много касс|, больше {$KKT.UNREACHABLE.PERCENT.MAX} %: {1}",
     "Look at the network between the collector and the shops.", "Проверьте сеть между сборщиком и магазинами."),
]
PREFIX = ("KKT collector: ", "Сборщик ККТ: ")


def fill(t, template, root):
    """Puts the collector's items, triggers and the discovery rule into `template`."""
    i = t.i
    tags = [{"tag": "component", "value": "collector"}]
    template["items"] = [{
        "uuid": t.id("item", "health"), "name": PREFIX[i] + ("health", "отчёт")[i], "type": "TRAP", "key": HEALTH_KEY, "delay": "0",
        "history": "0", "trends": "0", "value_type": "TEXT", "tags": [{"tag": "component", "value": "raw"}],
        "description": ("The health document of `zabbix-atol serve`.", "Отчёт `zabbix-atol serve` о себе.")[i]}]
    for path, (unit, *texts) in HEALTH.items():
        label, more = texts[i], texts[2 + i]
        clock = unit == "unixtime"
        template["items"].append({
            "uuid": t.id("item", path), "name": PREFIX[i] + lower_first(label), "type": "DEPENDENT", "key": f"{HEALTH_KEY}.{path}",
            "delay": "0", "history": "30d", **({"trends": "0"} if clock else {"value_type": "FLOAT"}), "units": values.UNITS[unit][i],
            "description": f"{label}. {more}." if more else f"{label}.",
            "preprocessing": [{"type": "JSONPATH", "parameters": ["$." + path], "error_handler": "DISCARD_VALUE"}],
            "master_item": {"key": HEALTH_KEY}, "tags": tags})
    known = "|".join(sorted(map(re.escape, HEALTH), key=len, reverse=True))

    def trigger(row):
        name, severity, expression, manual, *texts = row
        full = re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{t.name}/{HEALTH_KEY}.{m[2]}", expression)
        result = {"uuid": t.id("trigger", name), "expression": full, "name": PREFIX[i] + texts[i].split("|")[0],
                  "event_name": PREFIX[i] + t.placed(texts[i].replace("|", ""), expression),
                  "opdata": "{ITEM.LASTVALUE1}", "priority": severity, "description": texts[2 + i]}
        if manual:
            result["manual_close"] = "YES"
        return result
    first = trigger(TRIGGERS[0])
    root["triggers"] = []
    for row in TRIGGERS:
        result = trigger(row)
        if row is not TRIGGERS[0]:
            result["dependencies"] = [{"name": first["name"], "expression": first["expression"]}]
        result["tags"] = [{"tag": "scope", "value": "availability"}]
        root["triggers"].append(result)
    from generate_templates import technical, uuid
    group = HOSTS[i]
    root["groups"].append({"uuid": uuid("group", group), "name": group})
    template["discovery_rules"] = [{
        "uuid": t.id("rule"), "name": ("KKT: registers of the collector", "ККТ: кассы сборщика")[i], "type": "ZABBIX_ACTIVE", "key": "kkt.discovery",
        "delay": "{$KKT.DISCOVERY.INTERVAL}",
        "filter": {"evaltype": "AND", "conditions": [
            {"macro": "{#KKT.NAME}", "value": "{$KKT.ID.MATCHES}", "formulaid": "A"},
            {"macro": "{#KKT.NAME}", "value": "{$KKT.ID.NOT_MATCHES}", "operator": "NOT_MATCHES_REGEX", "formulaid": "B"}]},
        "description": ("One host for each register of the configuration.", "По узлу на каждую ККТ из настроек.")[i],
        "host_prototypes": [{
            "uuid": t.id("host"), "host": "{#KKT.NAME}", "name": "{#KKT.NAME}", "group_links": [{"group": {"name": group}}],
            "templates": [{"name": technical("trapper", t.language)}],
            "inventory_mode": "AUTOMATIC"}]}]
    template["tags"] = [{"tag": "class", "value": "hardware"}, {"tag": "target", "value": "atol"}, {"tag": "target", "value": "kkt-collector"}]
    template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted(MACROS.items())]
