"""The discovery template: one host per register of a collector, the collector's own health and its view of the whole chain (`serve`)."""
import re

from . import caches
from .catalogue import UNITS
from .names import HOSTS, SERVE_KEY, lower_first, technical, uuid

HISTORY = "30d"
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
    "spool.refused": ("count", "Values refused by Zabbix", "Значений, отклонённых Zabbix",
                      "No such host or item there: compare the names, look at the template; since the start of serve",
                      "Там нет такого узла или элемента: сверьте имена и шаблон; с запуска serve"),
    "memory_kb": ("KiB", "Memory", "Память", "", ""),
    "polled_ts": ("unixtime", "Time of the health document", "Время отчёта сборщика", "", ""),
}
# What the dashboards need of the whole chain
CHAIN = {
    "registers.total": ("count", "Registers", "Всего касс", "Registers of the configuration", "Кассы из настроек сборщика"),
    "severity.disaster": ("count", "Registers: disaster", "Касс: чрезвычайная", "By the worst reason of each", "По самой важной причине каждой"),
    "severity.high": ("count", "Registers: high", "Касс: высокая", "By the worst reason of each", "По самой важной причине каждой"),
    "severity.average": ("count", "Registers: average", "Касс: средняя", "By the worst reason of each", "По самой важной причине каждой"),
    "severity.warning": ("count", "Registers: warning", "Касс: предупреждение", "By the worst reason of each", "По самой важной причине каждой"),
    "severity.information": ("count", "Registers: information", "Касс: информация", "By the worst reason of each", "По самой важной причине каждой"),
    "registers.without_data": ("count", "Registers not read", "Касс без данных", "Not read since the start or for a day", "Не читались с запуска или сутки"),
    "fn.days_10": ("count", "FN: up to 10 days", "ФН: до 10 дней", "", ""),
    "fn.days_30": ("count", "FN: up to 30 days", "ФН: до 30 дней", "", ""),
    "fn.days_60": ("count", "FN: up to 60 days", "ФН: до 60 дней", "", ""),
    "ofd.waiting_1d": ("count", "OFD: registers that wait for more than a day", "ОФД: касс ждут дольше суток", "", ""),
    "ofd.unsent": ("count", "OFD: documents in all queues", "ОФД: документов в очередях", "", ""),
}
# Lists in the document, a discovery each: path -> (key of a row, its item in English and Russian, the rule in English and Russian)
LISTS = {"firmware": ("version", "Firmware {#VERSION}", "Прошивка {#VERSION}", "versions of firmware", "версии прошивок"),
         "fn_ends": ("month", "FN ends in {#MONTH}", "ФН истекает {#MONTH}", "months in which FN end", "месяцы, в которых кончаются ФН")}
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
# (id, severity, expression, manual close, English name, Russian, English event, Russian, English advice, Russian)
TRIGGERS = [
    ("serve.nodata", "HIGH", "nodata(polled_ts,{$KKT.SERVE.NODATA.TIME})=1", True,
     "Collector: silent", "Сборщик: молчит",
     "Collector: silent. Check the computer and the service zabbix-atol", "Сборщик: молчит. Проверьте компьютер и службу zabbix-atol",
     "Look at `systemctl status zabbix-atol` and its log; `push.host` of its configuration must be the name of this host.",
     "Посмотрите `systemctl status zabbix-atol` и журнал; `push.host` в его настройках должен быть именем этого узла."),
    ("serve.late", "WARNING", "min(polls.late,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.LATE.MAX}", False,
     "Collector: polls are late", "Сборщик: опросы опаздывают",
     "Collector: {1} polls are late. Raise the interval or limits.polls", "Сборщик: опоздало опросов: {1}. Увеличьте интервал или limits.polls",
     "Raise the interval or the limit of simultaneous polls.", "Увеличьте интервал или предел одновременных опросов."),
    ("serve.spool", "WARNING", "min(spool.length,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.SPOOL.MAX}", False,
     "Collector: values wait to be pushed", "Сборщик: очередь на отправку растёт",
     "Collector: {1} values wait to be pushed. Check the way to Zabbix", "Сборщик: ждут отправки {1} значений. Проверьте связь с Zabbix",
     "Check the way to the Zabbix server or proxy.", "Проверьте связь с сервером или прокси Zabbix."),
    ("serve.dropped", "AVERAGE", "change(spool.dropped)>0", False,
     "Collector: values are lost, the spool is full", "Сборщик: значения теряются, очередь полна",
     "Collector: {1} values lost, the spool is full. Check the way to Zabbix", "Сборщик: потеряно {1} значений, очередь полна. Проверьте связь с Zabbix",
     "Check the way to the Zabbix server or proxy; raise `push.spool_max`.",
     "Проверьте связь с сервером или прокси Zabbix; увеличьте `push.spool_max`."),
    ("serve.refused", "AVERAGE", "change(spool.refused)>0", False,
     "Collector: Zabbix refuses values", "Сборщик: Zabbix не принимает значения",
     "Collector: {1} values refused by Zabbix. Compare names of hosts and template", "Сборщик: Zabbix отклонил {1} значений. Сверьте имена узлов и шаблон",
     "Each register needs a host of its name with the trapper template; with a proxy, on that proxy.",
     "Для каждой кассы нужен узел с её именем и шаблоном траппера; с прокси — на этом прокси."),
    ("serve.unreachable", "HIGH", "min(registers.unreachable,{$KKT.SERVE.WINDOW})*100>{$KKT.UNREACHABLE.PERCENT.MAX}*(last(registers.ok)+"
     "last(registers.partial)+last(registers.busy)+last(registers.unreachable)+last(registers.error)+last(registers.prerequisite))", False,
     "Collector: many registers do not answer", "Сборщик: не отвечает много касс",
     "Collector: {1} registers do not answer. Check the network to the shops", "Сборщик: не отвечают {1} касс. Проверьте сеть до магазинов",
     "Look at the network between the collector and the shops.", "Проверьте сеть между сборщиком и магазинами."),
]
PREFIX = ("KKT collector: ", "Сборщик ККТ: ")
# What the configuration does not say is filled in; a text that is no JSON is the rule's error, in full
ROWS_SCRIPT = """var rows;
try { rows = JSON.parse(value); } catch (e) { throw value; }
(rows.data || rows).forEach(function (row) {
  row['{#KKT.TITLE}'] = row['{#KKT.TITLE}'] || row['{#KKT.NAME}'];
  row['{#KKT.SHOP}'] = row['{#KKT.SHOP}'] || '-';
  row['{#KKT.CITY}'] = row['{#KKT.CITY}'] || '-';
  row['{#KKT.LAT}'] = row['{#KKT.LAT}'] || '';
  row['{#KKT.LON}'] = row['{#KKT.LON}'] || '';
  row['{#KKT.TAGS}'] = row['{#KKT.TAGS}'] || '-';
});
return JSON.stringify(rows.data || rows);"""


def item(t, path, row, tag):
    unit, *texts = row
    label, more = texts[t.i], texts[2 + t.i]
    clock = unit == "unixtime"
    name = label if tag == "chain" else PREFIX[t.i] + lower_first(label)
    return {"uuid": t.id("item", path), "name": name, "type": "DEPENDENT", "key": f"{SERVE_KEY}.{path}", "delay": "0", "history": HISTORY,
            **({"trends": "0"} if clock else {"value_type": "FLOAT"}), "units": UNITS[unit][t.i], "description": f"{label}. {more}." if more else f"{label}.",
            "preprocessing": [{"type": "JSONPATH", "parameters": ["$." + path], "error_handler": "DISCARD_VALUE"}],
            "master_item": {"key": SERVE_KEY}, "tags": [{"tag": "component", "value": tag}]}


def list_rule(t, path, row):
    """A discovery over a list of the document; what is not in the list any more counts 0 until its item goes."""
    key, *texts = row
    macro = f"{{#{key.upper()}}}"
    steps = [{"type": "JSONPATH", "parameters": [f"$.{path}[?(@.{key}=='{macro}')].count.first()"], "error_handler": "CUSTOM_VALUE",
              "error_handler_params": "0"}]
    return {"uuid": t.id("rule", path), "name": PREFIX[t.i] + texts[2 + t.i], "type": "DEPENDENT", "key": f"{SERVE_KEY}.discovery.{path}", "delay": "0",
            "lifetime": "1d",
            "description": ("An item for each, with the number of registers.", "По элементу на каждую строку: сколько касс.")[t.i],
            "item_prototypes": [{
                "uuid": t.id("prototype", path), "name": texts[t.i], "type": "DEPENDENT", "key": f"{SERVE_KEY}.{path}[{macro}]", "delay": "0",
                "history": HISTORY, "value_type": "FLOAT", "units": "!", "description": texts[t.i] + ".", "preprocessing": steps,
                "master_item": {"key": SERVE_KEY}, "tags": [{"tag": "component", "value": "chain"}]}],
            "master_item": {"key": SERVE_KEY}, "lld_macro_paths": [{"lld_macro": macro, "path": f"$.{key}"}],
            "preprocessing": [{"type": "JSONPATH", "parameters": [f"$.{path}"], "error_handler": "DISCARD_VALUE"}]}


def host_rule(t, linked):
    i, group = t.i, HOSTS[t.i]
    return {
        "uuid": t.id("rule"), "name": ("KKT: registers of the collector", "ККТ: кассы сборщика")[i], "type": "ZABBIX_ACTIVE", "key": "kkt.discovery",
        "delay": "{$KKT.DISCOVERY.INTERVAL}",
        "filter": {"evaltype": "AND", "conditions": [
            {"macro": "{#KKT.NAME}", "value": "{$KKT.ID.MATCHES}", "formulaid": "A"},
            {"macro": "{#KKT.NAME}", "value": "{$KKT.ID.NOT_MATCHES}", "operator": "NOT_MATCHES_REGEX", "formulaid": "B"}]},
        "description": ("One host for each register of the configuration.", "По узлу на каждую ККТ из настроек.")[i],
        "host_prototypes": [{
            "uuid": t.id("host"), "host": "{#KKT.NAME}", "name": "{#KKT.TITLE}", "group_links": [{"group": {"name": group}}],
            "group_prototypes": [{"name": group + "/{#KKT.SHOP}"}],
            "macros": [{"macro": "{$KKT.LAT}", "value": "{#KKT.LAT}"}, {"macro": "{$KKT.LON}", "value": "{#KKT.LON}"}],
            "templates": [{"name": technical(linked, t.language)}],
            "tags": [{"tag": "city", "value": "{#KKT.CITY}"}, {"tag": "shop", "value": "{#KKT.SHOP}"},
                     {"tag": "tags", "value": "{#KKT.TAGS}"}],  # in one: a host is not made at all when one of its tags has no name
            "inventory_mode": "AUTOMATIC"}],
        **({"timeout": "15s", "lifetime_type": "DELETE_NEVER", "enabled_lifetime_type": "DISABLE_NEVER"} if t.new else {"lifetime": "9125d"}),
        "preprocessing": [{"type": "JAVASCRIPT", "parameters": [ROWS_SCRIPT]}]}


def fill(t, template, root):
    """Puts the collector's items, triggers and the discovery rules into `template`."""
    i = t.i
    template["items"] = [{
        "uuid": t.id("item", "health"), "name": PREFIX[i] + ("health", "отчёт")[i], "type": "TRAP", "key": SERVE_KEY, "delay": "0",
        "history": "0", "trends": "0", "value_type": "TEXT", "tags": [{"tag": "component", "value": "raw"}],
        "description": ("The health document of `zabbix-atol serve`.", "Отчёт `zabbix-atol serve` о себе.")[i]},
        *(item(t, path, row, "collector") for path, row in HEALTH.items()), *(item(t, path, row, "chain") for path, row in CHAIN.items()),
        *(caches.item(t, cache) for cache in caches.CACHES)]
    known = "|".join(sorted(map(re.escape, HEALTH), key=len, reverse=True))

    def trigger(row):
        name, severity, expression, manual, *texts = row
        first = re.search(rf"\b\w+\(({known})(?=[,)])", expression)[1]
        full = re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{t.name}/{SERVE_KEY}.{m[2]}", expression)
        return {"uuid": t.id("trigger", name), "expression": full, "name": texts[i], "event_name": texts[2 + i].replace("{1}", f"{{?last(/{{HOST.HOST}}/{SERVE_KEY}.{first})}}"),
                "opdata": "{ITEM.LASTVALUE1}", "priority": severity, "description": texts[4 + i], **({"manual_close": "YES"} if manual else {}),
                "tags": [{"tag": "subject", "value": ("Collector", "Сборщик")[i]}, {"tag": "who", "value": "it"}]}
    root["triggers"] = [*(trigger(row) for row in TRIGGERS), *(caches.trigger(t, cache) for cache in caches.CACHES)]
    group = {"uuid": uuid("group", HOSTS[i]), "name": HOSTS[i]}
    if t.new:
        root["host_groups"] = [group]
    else:
        root["groups"].append(group)
    template["discovery_rules"] = [host_rule(t, "trapper"), *(list_rule(t, path, row) for path, row in LISTS.items())]
    template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted({**MACROS, **caches.MACROS}.items())]
