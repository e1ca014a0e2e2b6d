"""The full template: the core one and every other value as an item of its own, lamps, changes and errors of the exchange, for those who want it."""
from . import core, register
from .catalogue import UNITS
from .names import lower_first

FLAGS = ("need_replacement", "resource_exhausted", "memory_overflow", "ofd_timeout", "flc_refusal", "needs_setup", "ofd_annulled", "critical_error")
# Short names of the 23 lamps, so that a cell holds them
LAMPS = {"faults.no_serial_number": ("serial number", "зав. номер"), "faults.rtc": ("clock", "часы"), "faults.settings": ("settings", "настр."),
         "faults.counters": ("counters", "счётчик"), "faults.user_memory": ("user memory", "память польз."),
         "faults.service_counters": ("service registers", "регистр."), "faults.attributes": ("attributes", "реквиз."), "faults.fn": ("FN", "ФН"),
         "faults.wrong_fn": ("other FN", "чужой ФН"), "faults.hardware": ("hardware", "аппарат."), "faults.memory_manager": ("memory", "память"),
         "faults.scripts": ("templates", "шаблоны"), "faults.wait_for_reboot": ("reboot", "рестарт"),
         "faults.universal_counters": ("universal counters", "унив. счётч."), "faults.commodities_table": ("commodities", "товары"),
         "fn.need_replacement": ("replace FN", "замена ФН"), "fn.resource_exhausted": ("FN resource", "ресурс ФН"),
         "fn.memory_overflow": ("FN archive", "архив ФН"), "fn.ofd_timeout": ("OFD answer", "ответ ОФД"), "fn.flc_refusal": ("FLK refusal", "отказ ФЛК"),
         "fn.needs_setup": ("set-up", "настр. ККТ"), "fn.ofd_annulled": ("OFD annulled", "ОФД аннул."), "fn.critical_error": ("critical error", "крит. ошибка")}
PARTS = ("registration", "faults")  # they hardly ever change: one step discards a whole group
# key -> (JSONPath, type, unit, English, Russian, English description, Russian, the core templates that lack it)
POLL = {
    "state": ("$.state", "CHAR", "", "state of the poll", "состояние опроса", "", "", ("trapper",)),
    "polled_ts": ("$.polled_ts", "UNSIGNED", "unixtime", "time of the poll", "время опроса", "", "", ("trapper",)),
    "error": ("$.error", "TEXT", "", "what is wrong with the poll and what to do", "что не так с опросом и что делать",
              "Empty when all is well", "Пусто, если всё в порядке", core.BOTH),
    "protocol": ("$.protocol", "CHAR", "", "protocol of the register (3, 5)", "протокол ККТ (3, 5)", "", "", core.BOTH),
    "connect": ("$.connect", "CHAR", "", "address of the register", "адрес подключения ККТ", "", "", core.BOTH),
    "version": ("$.version", "CHAR", "", "version of zabbix-atol", "версия zabbix-atol", "", "", core.BOTH),
    "poll.duration_ms": ("$.poll.duration_ms", "UNSIGNED", "ms", "duration of the poll", "длительность опроса", "", "", core.BOTH),
    "poll.port_held_ms": ("$.poll.port_held_ms", "UNSIGNED", "ms", "time for which the port was held", "сколько порт был занят опросом",
                          "The till's program cannot use the port during this time", "В это время кассовая программа не может занять порт", core.BOTH),
    "poll.requests": ("$.poll.requests", "UNSIGNED", "count", "requests of the poll", "запросов за опрос", "", "", core.BOTH),
    "poll.retries": ("$.poll.retries", "UNSIGNED", "count", "repeated requests of the poll", "повторов за опрос",
                     "Many repeats: a bad cable or network", "Много повторов: плохой кабель или сеть", core.BOTH),
    "poll.unsupported": ("$.poll.unsupported", "TEXT", "", "values that this register does not tell", "чего эта ККТ не сообщает",
                         "Their items stay empty: that is no fault", "Их элементы пусты, это не ошибка", core.BOTH),
}
# What serve counts, which an agent's poll cannot: each value is stored, a window looks at them
WATCHED = ("fn.open_document",)
AGENT_MACROS = {"{$KKT.DOCUMENT.TIME}": ("1h", "The FN has had a document open for so long.", "Документ в ФН не завершён столько времени.")}
MACROS = {"{$KKT.OFD.ERROR.TIME}": ("1h", "An error of the exchange with the OFD counts when documents have waited so long.",
                                    "Ошибка обмена с ОФД важна, когда документы ждут столько времени.")}
LOOK = ("Nothing is wrong if this was planned; otherwise find out who did it.", "Если изменение плановое, делать ничего не нужно; иначе выясните, кто его сделал.")
EXCHANGE = ("Check the network of the register and the OFD's address; the OFD's cabinet names the document.",
            "Проверьте сеть ККТ и адрес ОФД; документ — в кабинете ОФД.")
# Changes: item -> (subject, English, Russian)
CHANGES = {"device.serial": (("Register", "Касса"), "another register: {0}", "подключена другая ККТ: {0}"),
           "fn.serial": (("FN", "ФН"), "replaced: {0}", "заменён: {0}"),
           "device.firmware": (("Register", "Касса"), "firmware changed: {0}", "прошивка изменена: {0}"),
           "registration.number": (("Register", "Касса"), "registration number changed: {0}", "регистрационный номер изменён: {0}")}
ERRORS = {"ofd.network_error": ("WARNING", "network error", "ошибка сети"), "ofd.ofd_error": ("AVERAGE", "error of the OFD", "ошибка ОФД"),
          "ofd.fn_error": ("AVERAGE", "error of the FN", "ошибка ФН")}


def keys(catalogue):
    return [*POLL, *(catalogue.name(m) for m in catalogue.metrics)]


def metric_item(t, metric):
    name, i = t.catalogue.name(metric), t.i
    numeric, unit = metric["type"] in ("int", "bool"), metric["unit"]
    hints = metric["zabbix"]
    value_map = hints.get("value_map", "")
    units = UNITS[unit][i]
    if metric["type"] == "int" and not units and not value_map and not name.endswith("_error"):
        units = "!"
    kind = "FLOAT" if metric["type"] == "int" and unit in ("s", "days", "°C") else "UNSIGNED" if numeric else "TEXT" if hints.get("long_text") else "CHAR"
    label = lower_first(metric["label"][i])
    group = t.catalogue.groups[metric["group"]]["prefix"][i]
    if name in LAMPS:
        label, group = LAMPS[name][i], ("FN flag", "Флаг ФН")[i] if metric["group"] == "fn" else group
    part = metric["group"] in PARTS
    path = f"$.{metric['key']}" if part else f"$.metrics.{name}"
    keep = [] if unit in ("s", "unixtime") or metric["type"] == "time" or t.base == "agent" and name in WATCHED else \
        [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT." + hints["heartbeat"].upper() + "}"]}]
    note = metric.get("note")
    about = metric["en" if i == 0 else "ru"] + "." + (f" {note[i]}" if note else "")
    return t.dependent(name, kind, f"{group}: {label}", about, [{"type": "JSONPATH", "parameters": [path], "error_handler": "DISCARD_VALUE"}, *keep],
                       hints["component"], units=units, words=value_map, inventory=hints.get("inventory", ""), trends=metric["type"] == "int" and unit != "unixtime" and not value_map,
                       master=t.key(f"part.{metric['group']}") if part else "")


def part_item(t, group):
    name = t.catalogue.groups[group]["prefix"][t.i]
    return {**t.dependent(f"part.{group}", "TEXT", f"{name}: " + ("the whole group", "вся группа")[t.i],
                          ("Its items are made only when something in it has changed.", "Её элементы обновляются, только когда в группе что-то изменилось.")[t.i],
                          [{"type": "JSONPATH", "parameters": [f"$.metrics.{group}"], "error_handler": "DISCARD_VALUE"},
                           {"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.SLOW}"]}], "raw"), "history": "0"}


def poll_item(t, key, row):
    path, kind, unit, *texts, _ = row
    about = texts[t.i][0].upper() + texts[t.i][1:] + "." + (f" {texts[2 + t.i]}." if texts[2 + t.i] else "")
    keep = [{"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": ["{$KKT.HEARTBEAT.SLOW}"]}] if kind != "UNSIGNED" else []
    return t.dependent(key, kind, texts[t.i], about, [{"type": "JSONPATH", "parameters": [path], "error_handler": "DISCARD_VALUE"}, *keep], "collector",
                       units=UNITS[unit][t.i], words="state" if key == "state" else "", trends=kind == "UNSIGNED" and unit != "unixtime")


def trigger(t, name, severity, expression, title, event, advice, subject, who, manual=False):
    return {"uuid": t.id("trigger", name), "expression": t.expand(expression), "name": title, "event_name": t.event(event), "opdata": "{ITEM.LASTVALUE1}",
            "priority": severity, "description": advice, **({"manual_close": "YES"} if manual else {}),
            "tags": [{"tag": "subject", "value": subject}, {"tag": "who", "value": who}]}


def triggers(t):
    i = t.i
    for key, (subject, *texts) in CHANGES.items():
        text = texts[i]
        yield trigger(t, f"{key}.changed", "INFO", f"last({key})<>last({key},#2) and length(last({key}))>0", f"{subject[i]}: {text.split(': ')[0]}",
                      f"{subject[i]}: " + text.replace("{0}", "{ITEM.LASTVALUE1}"), LOOK[i], subject[i], "it", manual=True)
    ffd = ("FFD changed", "версия ФФД изменена")[i]
    yield trigger(t, "registration.ffd_version.changed", "INFO", "last(registration.ffd_version)<>last(registration.ffd_version,#2)",
                  f"{('Register', 'Касса')[i]}: {ffd}", f"{('Register', 'Касса')[i]}: {ffd}: {{ITEM.LASTVALUE1}}", LOOK[i], ("Register", "Касса")[i], "it",
                  manual=True)
    for key, (severity, *texts) in ERRORS.items():
        title = f"{('OFD', 'ОФД')[i]}: {texts[i]}"
        yield trigger(t, key, severity, f"last({key})>0 and last(ofd.first_unsent_age_s)>={{$KKT.OFD.ERROR.TIME}}", title,
                      title + ": {" + key + "_text}", EXCHANGE[i], ("OFD", "ОФД")[i], "it")


def stays_open(t):
    """The polls that saw it open span half of the window."""
    window = "{$KKT.DOCUMENT.TIME}"
    title = ("FN: a document stays open", "ФН: документ не завершён")
    event = ("FN: a document has stayed open. Finish or cancel it on the till", "ФН: документ не завершён. Завершите или аннулируйте его на кассе")
    advice = ("While it is open the shift cannot be closed: look what the till's program waits for.",
              "Пока он не завершён, смену не закрыть: посмотрите, чего ждёт кассовая программа.")
    return trigger(t, "fn.open_document", "WARNING",
                   f"min(fn.open_document,{window})>0 and count(fn.open_document,{window})*{{$KKT.INTERVAL}}>={window}/2", title[t.i], event[t.i], advice[t.i],
                   ("FN", "ФН")[t.i], "shop")


def extend(t, template, root):
    rest = [m for m in t.catalogue.metrics if t.catalogue.name(m) not in core.KEYS]
    template["items"] += [*(part_item(t, group) for group in PARTS), *(poll_item(t, k, r) for k, r in POLL.items() if t.base in r[-1]),
                          *(metric_item(t, m) for m in rest)]
    macros = {**MACROS, **(AGENT_MACROS if t.base == "agent" else {})}
    template["macros"] += [{"macro": m, "value": r[0], "description": r[1 + t.i]} for m, r in macros.items()]
    template["macros"].sort(key=lambda m: m["macro"])
    have = {t.catalogue.name(m) for m in rest}
    template["dashboards"].append(register.all_values(t, [(key, texts[t.i]) for key, texts in LAMPS.items() if key in have]))
    root["triggers"] += [*triggers(t), *([stays_open(t)] if t.base == "agent" else [])]
