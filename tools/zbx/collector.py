"""The discovery template: one host per register of a collector, and the collector's own health (`serve`)."""
from . import values

DOCUMENT_KEY = "kkt.document"   # what `serve` pushes for each register
HEALTH_KEY = "kkt.serve"        # what `serve` pushes for itself
HOSTS = ("ATOL KKT", "ККТ АТОЛ")

# JSON path -> (units, English, Russian)
HEALTH = {
    "registers.ok": ("!", "Registers read", "ККТ прочитано"), "registers.partial": ("!", "Registers partly read", "ККТ прочитано частично"),
    "registers.busy": ("!", "Registers busy", "ККТ занято"), "registers.unreachable": ("!", "Registers that do not answer", "ККТ не отвечает"),
    "registers.error": ("!", "Registers in error", "ККТ с ошибкой"),
    "registers.prerequisite": ("!", "Registers without what the poll needs", "ККТ без нужного для опроса"),
    "polls.late": ("!", "Late polls", "Опозданий опроса"), "polls.per_s": ("!/s", "Polls per second", "Опросов в секунду"),
    "poll_ms.p50": ("!ms", "Poll time, median", "Время опроса, медиана"), "poll_ms.p95": ("!ms", "Poll time, 95 %", "Время опроса, 95 %"),
    "poll_ms.p99": ("!ms", "Poll time, 99 %", "Время опроса, 99 %"), "spool.length": ("!", "Documents that wait to be pushed", "Документов ждёт отправки"),
    "memory_kb": ("!KiB", "Memory", "Память"), "polled_ts": ("unixtime", "Time of the health document", "Время отчёта сборщика"),
}
MACROS = {
    "{$KKT.DISCOVERY.INTERVAL}": ("10m", "How often the list of registers is read.", "Как часто читать список ККТ."),
    "{$KKT.ID.MATCHES}": ("^.*$", "Registers to watch, by name.", "Какие ККТ наблюдать, по имени."),
    "{$KKT.ID.NOT_MATCHES}": ("CHANGE_IF_NEEDED", "Registers to leave out, by name.", "Какие ККТ пропускать, по имени."),
    "{$KKT.SERVE.NODATA.TIME}": ("15m", "No health document for so long.", "Нет отчёта сборщика столько времени."),
    "{$KKT.SERVE.LATE.MAX}": ("0", "Late polls since the last document.", "Опозданий опроса с прошлого отчёта."),
    "{$KKT.SERVE.SPOOL.MAX}": ("1000", "Documents that wait to be pushed.", "Документов ждёт отправки."),
    "{$KKT.SERVE.WINDOW}": ("10m", "A trouble of the collector must last so long.", "Сколько должна держаться неполадка сборщика."),
    "{$KKT.UNREACHABLE.PERCENT.MAX}": ("20", "Per cent of registers that do not answer at once.", "Процент ККТ, не отвечающих одновременно."),
}
# (id, severity, expression, manual close, English, Russian, English advice, Russian advice)
TRIGGERS = [
    ("serve.nodata", "HIGH", "nodata(polled_ts,{$KKT.SERVE.NODATA.TIME})=1", True, "The collector is silent for {$KKT.SERVE.NODATA.TIME}",
     "Сборщик молчит {$KKT.SERVE.NODATA.TIME}", "Look at `systemctl status zabbix-atol` and its log.", "Посмотрите `systemctl status zabbix-atol` и журнал."),
    ("serve.late", "WARNING", "min(polls.late,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.LATE.MAX}", False, "Polls are late: {ITEM.LASTVALUE1} (limit {$KKT.SERVE.LATE.MAX})",
     "Опросы опаздывают: {ITEM.LASTVALUE1} (порог {$KKT.SERVE.LATE.MAX})", "Raise the interval or the limit of simultaneous polls.",
     "Увеличьте интервал или предел одновременных опросов."),
    ("serve.spool", "WARNING", "min(spool.length,{$KKT.SERVE.WINDOW})>{$KKT.SERVE.SPOOL.MAX}", False,
     "Values wait to be pushed: {ITEM.LASTVALUE1} (limit {$KKT.SERVE.SPOOL.MAX})", "Значения ждут отправки: {ITEM.LASTVALUE1} (порог {$KKT.SERVE.SPOOL.MAX})",
     "Check the way to the Zabbix server or proxy.", "Проверьте связь с сервером или прокси Zabbix."),
    ("serve.unreachable", "HIGH", "min(registers.unreachable,{$KKT.SERVE.WINDOW})*100>{$KKT.UNREACHABLE.PERCENT.MAX}*(last(registers.ok)+last(registers.partial)"
     "+last(registers.busy)+last(registers.unreachable)+last(registers.error)+last(registers.prerequisite))", False,
     "Many registers do not answer: {ITEM.LASTVALUE1} (limit {$KKT.UNREACHABLE.PERCENT.MAX} %)",
     "Не отвечает много ККТ: {ITEM.LASTVALUE1} (порог {$KKT.UNREACHABLE.PERCENT.MAX} %)",
     "Look at the network between the collector and the shops.", "Проверьте сеть между сборщиком и магазинами."),
]


def fill(t, template, root):
    """Puts the collector's items, triggers and the discovery rule into `template`."""
    import re
    i = t.i
    tags = [{"tag": "component", "value": "collector"}]
    template["items"] = [{
        "uuid": t.id("item", "health"), "name": ("KKT collector: health", "Сборщик ККТ: отчёт")[i], "type": "TRAP", "key": HEALTH_KEY, "delay": "0",
        "history": "0", "trends": "0", "value_type": "TEXT", "tags": [{"tag": "component", "value": "raw"}],
        "description": ("The health document of `zabbix-atol serve`.", "Отчёт `zabbix-atol serve` о себе.")[i]}]
    for path, (units, *labels) in HEALTH.items():
        template["items"].append({
            "uuid": t.id("item", path), "name": ("KKT collector: ", "Сборщик ККТ: ")[i] + labels[i], "type": "DEPENDENT", "key": f"kkt.serve.{path}",
            "delay": "0", "history": "31d", **({"trends": "0"} if units == "unixtime" else {}), "value_type": "FLOAT", "units": units,
            "description": labels[i] + ".", "preprocessing": [{"type": "JSONPATH", "parameters": ["$." + path], "error_handler": "DISCARD_VALUE"}],
            "master_item": {"key": HEALTH_KEY}, "tags": tags})
    for item in template["items"]:
        if item.get("value_type") == "FLOAT" and item["units"] == "unixtime":
            item.pop("value_type")
    prefix = ("KKT collector: ", "Сборщик ККТ: ")[i]
    known = "|".join(sorted(map(re.escape, HEALTH), key=len, reverse=True))

    def trigger(row):
        name, severity, expression, manual, *texts = row
        full = re.sub(rf"\b(\w+)\(({known})(?=[,)])", lambda m: f"{m[1]}(/{t.name}/kkt.serve.{m[2]}", expression)
        short = re.sub(r"(: \{ITEM.*| (for )?\{\$.*)$", "", texts[i])
        result = {"uuid": t.id("trigger", name), "expression": full, "name": prefix + short, "event_name": prefix + texts[i],
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
            "macros": [{"macro": "{$KKT.NAME}", "value": "{#KKT.NAME}"}], "inventory_mode": "AUTOMATIC"}]}]
    template["tags"] = [{"tag": "class", "value": "hardware"}, {"tag": "target", "value": "atol"}, {"tag": "target", "value": "kkt-collector"}]
    template["macros"] = [{"macro": m, "value": r[0], "description": r[1 + i]} for m, r in sorted(MACROS.items())]
