"""THE table of triggers: one row a trigger, of one register.

A text is the name up to `|` (or `: {1}`) and the event name as a whole. In an expression `group.key` or an item of the poll stands for the
item; in a text `{1}` is the value of the first item of the expression, `{error}` or `{group.key}` that of the named one.
Every row depends on `unreachable` too, which depends on `nodata` (generate_templates.py adds it).
"""
from typing import NamedTuple


class Row(NamedTuple):
    name: str
    severity: str
    scope: str
    expression: str
    after: list              # the rows that hide this one
    manual: bool             # may be closed by hand
    en: str
    ru: str
    advice_en: str
    advice_ru: str
    recovery: str = ""       # recovery expression
    pushed: str = ""         # the expression in the trapper template, where it is another one
    opdata: tuple = ("{1}", "{1}")


# Works over midnight too: of the three comparisons two are true in the open hours, one outside them.
HOURS = "(time()>={$KKT.OPEN.FROM})+(time()<={$KKT.OPEN.TO})+({$KKT.OPEN.FROM}>{$KKT.OPEN.TO})"
NOT_AUTONOMOUS = ' and count(registration.autonomous,#1,"eq","1")=0'
REPLACE = ("Order a new FN, close the archive and register the register with the new FN.",
           "Закажите новый ФН, закройте архив и перерегистрируйте ККТ с новым ФН.")
SERVICE = ("Restart the register; if the fault stays, call the service centre.",
           "Перезапустите ККТ; если ошибка осталась, вызовите сервисный центр.")
STOPPED = ("The register cannot sell. Call the service centre now.", "ККТ не может пробивать чеки. Срочно вызовите сервисный центр.")
OFD_ADVICE = ("Check the network of the register and the OFD's address; after 30 days the FN blocks.",
              "Проверьте сеть ККТ и адрес ОФД; через 30 дней ФН заблокируется.")
LOOK = ("Nothing is wrong if this was planned; otherwise find out who did it.",
        "Если замена плановая, делать ничего не нужно; иначе выясните, кто её сделал.")


FAULTS = (  # each Average
    ("no_serial_number", "Serial number is not entered", "не введён заводской номер"), ("settings", "Settings fault", "ошибка настроек"),
    ("counters", "Counters fault", "ошибка счётчиков"), ("user_memory", "User memory fault", "ошибка пользовательской памяти"),
    ("service_counters", "Service registers fault", "ошибка сервисных регистров"), ("attributes", "Attributes fault", "ошибка реквизитов"),
    ("memory_manager", "Memory manager fault", "ошибка диспетчера памяти"), ("scripts", "Templates are damaged", "шаблоны повреждены"),
    ("wait_for_reboot", "Register waits for a reboot", "требуется перезагрузка ККТ"),
    ("universal_counters", "Universal counters fault", "ошибка универсальных счётчиков"),
    ("commodities_table", "Commodities table fault", "ошибка таблицы товаров"))


def lasting(key, value, window, clock):
    """At least `value` for the whole window. A gap (closed shop, silent agent) does not count as waiting: the values of the window span half of it,
    by the times in `clock`, or polls are rarer than the window; and {$KKT.CONFIRM} looks at the value before the gap. Rows that use it end by a
    recovery expression: an irregular poll must not end them."""
    return (f"min({key},{window})>={value} and min({key},{{$KKT.CONFIRM}})>={value} and "
            f"(count({key},{window})=1 or last({clock})-min({clock},{window})>={window}/2)")


def not_read(state):
    return f"last(state)={state} and length(last(error))>0 and " + lasting("state", 3, "{$KKT.UNREACHABLE.TIME}", "polled_ts")


def unread_for(states, window, never):
    """Not read for `window`, by the times of the polls; or never (or so long ago that its history is gone), and that lasts."""
    return (f"last(state){states} and length(last(error))>0 and (last(polled_ts)-last(read_ts)>{window} or "
            f"count(read_ts,#1)=0 and {lasting('state', never, '{$KKT.UNREACHABLE.TIME}', 'polled_ts')})")


def confirmed(key, value=1):
    return f'{"min" if value else "max"}({key},{{$KKT.CONFIRM}})={value}'


def fault(key, severity, english, russian, advice=SERVICE, after=()):
    return (key, severity, "availability", confirmed(key), list(after), False, english, russian, *advice)


def in_hours(key, severity, scope, problem, good, after, *texts):
    """Only in the open hours and on a fresh value: Zabbix looks at time() again while the register is not read, and an old value shall neither
    open a problem nor close it."""
    return Row(key, severity, scope, f"{problem} and last(state)<=1 and now()-last(read_ts)<{{$KKT.NODATA.TIME}} and {HOURS}>=2", after, False, *texts,
               recovery=f"({good} and last(state)<=1) or {HOURS}<2")


def days(level, severity, after, key="fn.days_left", name=("FN expires", "истекает срок ФН")):
    macro = f"{{$KKT.FN.DAYS.MIN.{level}}}"
    return (f"{key}.{level.lower()}", severity, "capacity", f"last({key})<={macro}", after, False,
            f"{name[0]}, limit {macro}|: {{1}} left", f"{name[1]}, порог {macro}|: осталось {{1}}", *REPLACE)


def age(level, severity, after):
    macro = f"{{$KKT.OFD.AGE.MAX.{level}}}"
    return (f"ofd.age.{level.lower()}", severity, "availability", f"min(ofd.first_unsent_age_s,{{$KKT.CONFIRM}})>={macro}{NOT_AUTONOMOUS}", after,
            False, f"Documents are not sent to the OFD, limit {macro}|: the first is {{1}} old",
            f"документы не уходят в ОФД, порог {macro}|: старший ждёт {{1}}", *OFD_ADVICE)


def exchange(key, severity, english, russian, after=()):
    window = "{$KKT.OFD.ERROR.TIME}"
    return (f"ofd.{key}", severity, "availability",
            f"last(ofd.{key})>0 and length(last(ofd.{key}_text))>0 and min(ofd.unsent_count,{window})>0 and "
            f"{lasting(f'ofd.{key}', 1, window, 'read_ts')}{NOT_AUTONOMOUS}", list(after), False,
            f"{english}|: code {{1}}, {{ofd.{key}_text}} ({window})", f"{russian}|: код {{1}}, {{ofd.{key}_text}} ({window})", *OFD_ADVICE,
            f'last(ofd.{key})=0 or last(ofd.unsent_count)=0 or count(registration.autonomous,#1,"eq","1")=1')


def clock(level, severity, after):
    macro = f"{{$KKT.CLOCK.MAX.{level}}}"
    return (f"device.clock.{level.lower()}", severity, "notice",
            f"min(device.clock_drift_s,{{$KKT.CONFIRM}})>{macro} or max(device.clock_drift_s,{{$KKT.CONFIRM}})<-{macro}", after, False,
            f"Clock is wrong, limit {macro} s|: by {{1}}", f"часы ККТ неверны, порог {macro} с|: расхождение {{1}}",
            "Close the shift and set the register's clock to the time of the shop.", "Закройте смену и выставьте часы ККТ по времени магазина.")


def changed(key, english, russian):
    return (f"{key}.changed", "INFO", "notice", f"last({key},#1)<>last({key},#2) and length(last({key}))>0", [], True,
            f"{english}|: now {{1}}", f"{russian}|: теперь {{1}}", *LOOK)


TRIGGERS = [Row(*row) for row in (
    Row("nodata", "AVERAGE", "availability", "nodata(state,{$KKT.NODATA.TIME})=1", [], True,
        "No data| for {$KKT.NODATA.TIME}", "нет данных| дольше {$KKT.NODATA.TIME}",
        "Check that the computer is on, that the Zabbix agent or `zabbix-atol serve` runs there, and its Timeout.",
        "Проверьте, что компьютер включён, что на нём работает агент Zabbix или `zabbix-atol serve`, и Timeout агента.",
        pushed="nodata(state,{$KKT.NODATA.TIME})=1 and nodata(closed,{$KKT.NODATA.TIME})=1", opdata=("last state: {1}", "последнее состояние: {1}")),
    ("unreachable", "AVERAGE", "availability", not_read(3), ["nodata", "stale"], False,
     "The register does not answer| ({$KKT.UNREACHABLE.TIME}): {error}", "касса не отвечает| ({$KKT.UNREACHABLE.TIME}): {error}",
     "Check its power, cable and network. The last values are kept.",
     "Проверьте питание, кабель и сеть. Последние значения сохранены.", "last(state)<>3"),
    ("error", "AVERAGE", "availability", not_read(4), ["nodata", "stale"], False,
     "The register answers wrongly| ({$KKT.UNREACHABLE.TIME}): {error}", "касса отвечает с ошибкой| ({$KKT.UNREACHABLE.TIME}): {error}",
     "Do what the problem's text says; run `zabbix-atol check NAME` on the computer.",
     "Сделайте то, что сказано в тексте проблемы; запустите `zabbix-atol check ИМЯ` на компьютере.", "last(state)<>4"),
    ("prerequisite", "AVERAGE", "availability", not_read(5), ["nodata", "stale"], False,
     "What the poll needs is missing| ({$KKT.UNREACHABLE.TIME}): {error}",
     "опрос невозможен: нет драйвера, службы или прав| ({$KKT.UNREACHABLE.TIME}): {error}",
     "The driver, its bitness, the UEMA service or the right to the port: the problem's text says which and what to do.",
     "Драйвер, его разрядность, служба UEMA или права на порт: что именно и что делать, сказано в тексте проблемы.", "last(state)<>5"),
    ("busy", "AVERAGE", "availability", unread_for("=2", "{$KKT.BUSY.TIME}", 2), ["nodata", "stale"], False,
     "The port is used by another program| for {$KKT.BUSY.TIME} or from the beginning: {error}",
     "порт ККТ занят другой программой| дольше {$KKT.BUSY.TIME} или с самого начала: {error}",
     "Start the till's program through zabbix-atol (get … -- PROGRAM) or poll by TCP.",
     "Запускайте кассовую программу через zabbix-atol (get … -- ПРОГРАММА) или опрашивайте по TCP.", "last(state)<>2"),
    ("stale", "HIGH", "availability", unread_for(">=2", "{$KKT.STALE.TIME}", 3), ["nodata"], False,
     "The register was not read| for {$KKT.STALE.TIME} or has never been: {error}",
     "касса не прочитана| дольше {$KKT.STALE.TIME} или ни разу: {error}",
     "The state of the FN and of the OFD queue is unknown. Send somebody there.",
     "Состояние ФН и очереди в ОФД неизвестно. Отправьте туда специалиста.", "last(state)<2"),
    ("partial", "WARNING", "availability", "last(state)=1 and length(last(error))>0 and max(state,{$KKT.PARTIAL.TIME})=1 and "
     + lasting("state", 1, "{$KKT.PARTIAL.TIME}", "polled_ts"), ["nodata"], False,
     "Some requests fail| ({$KKT.PARTIAL.TIME}): {error}", "часть запросов не проходит| ({$KKT.PARTIAL.TIME}): {error}",
     "The problem's text names the requests; their values are not shown.",
     "Какие именно, сказано в тексте проблемы; их значений нет.", "last(state)<>1"),

    ("fn.expired", "DISASTER", "availability", "last(fn.days_left)<0", ["fn.present"], False,
     "FN has expired: {1}", "срок ФН истёк: {1}", *REPLACE),
    days("CRIT", "DISASTER", ["fn.expired"]),
    days("HIGH", "HIGH", ["fn.days_left.crit", "fn.expired"]),
    days("WARN", "WARNING", ["fn.days_left.high", "fn.days_left.crit", "fn.expired"]),
    days("INFO", "INFO", ["fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired"]),
    days("HIGH", "HIGH", ["fn.days_left.high", "fn.days_left.crit", "fn.expired"], "fn.resource_days",
         ("Resource of the FN ends", "заканчивается ресурс ФН")),
    days("WARN", "WARNING", ["fn.resource_days.high", "fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired"],
         "fn.resource_days", ("Resource of the FN ends", "заканчивается ресурс ФН")),
    ("fn.present", "DISASTER", "availability", confirmed("fn.present", 0), [], False, "FN is not found: {1}", "ФН не найден: {1}", *STOPPED),
    ("fn.phase", "DISASTER", "availability", "last(fn.state)>=7", [], False,
     "FN is closed: {1}", "ФН закрыт: {1}", *STOPPED),
    ("fn.new", "INFO", "notice", "last(fn.state)<=1", [], False, "FN is not activated: {1}", "ФН не активирован: {1}",
     "Register the register with this FN.", "Зарегистрируйте ККТ с этим ФН."),
    ("fn.debug", "WARNING", "notice", "last(fn.release)=0", [], False, "Debug FN (МГМ) is installed|; a production one: {1}",
     "установлен отладочный ФН (МГМ)|; серийный: {1}",
     "Receipts of a debug FN have no legal force: install a production FN.",
     "Чеки с отладочным ФН не имеют юридической силы: поставьте серийный ФН."),
    fault("fn.critical_error", "DISASTER", "FN flag 7, critical error: {1}", "флаг ФН 7, критическая ошибка: {1}", STOPPED),
    fault("fn.need_replacement", "DISASTER", "FN flag 0, replace the FN now (3 days): {1}", "флаг ФН 0, срочно замените ФН (3 дня): {1}", REPLACE,
          ["fn.days_left.crit", "fn.expired"]),
    fault("fn.resource_exhausted", "WARNING", "FN flag 1, resource ends (30 days): {1}", "флаг ФН 1, ресурс исчерпан (30 дней): {1}", REPLACE,
          ["fn.need_replacement", "fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired", "fn.resource_days.warn",
           "fn.resource_days.high"]),
    fault("fn.memory_overflow", "HIGH", "FN flag 2, archive is full (90-99 %): {1}", "флаг ФН 2, архив переполнен (90–99 %): {1}", REPLACE),
    fault("fn.ofd_timeout", "INFO", "FN flag 3, OFD has not answered in time: {1}", "флаг ФН 3, превышено время ожидания ответа ОФД: {1}", OFD_ADVICE,
          ["ofd.age.info", "ofd.age.warn", "ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    fault("fn.flc_refusal", "AVERAGE", "FN flag 4, format control refused a document: {1}", "флаг ФН 4, отказ форматно-логического контроля: {1}",
          ("Look in the OFD's cabinet which document was refused; correct the settings of the till's program.",
           "Посмотрите в кабинете ОФД, какой документ отклонён; поправьте настройки кассовой программы.")),
    fault("fn.needs_setup", "AVERAGE", "FN flag 5, OFD asks to set the register up: {1}", "флаг ФН 5, требуется настройка ККТ: {1}",
          ("Look in the OFD's cabinet what is asked; check the OFD's address and INN.",
           "Посмотрите требование в кабинете ОФД; проверьте адрес и ИНН ОФД.")),
    fault("fn.ofd_annulled", "HIGH", "FN flag 6, OFD annulled: {1}", "флаг ФН 6, ОФД аннулирован: {1}",
          ("Conclude a contract with another OFD and register the register anew.", "Заключите договор с другим ОФД и перерегистрируйте ККТ.")),
    ("fn.documents", "WARNING", "capacity", "last(fn.free_documents_5y)<={$KKT.FN.DOCUMENTS.MIN}", ["fn.memory_overflow"], False,
     "FN fills up|: room for {1} (limit {$KKT.FN.DOCUMENTS.MIN})", "память ФН заполняется|: осталось {1} (порог {$KKT.FN.DOCUMENTS.MIN})", *REPLACE),

    age("CRIT", "DISASTER", []),
    age("HIGH", "HIGH", ["ofd.age.crit"]),
    age("AVERAGE", "AVERAGE", ["ofd.age.high", "ofd.age.crit"]),
    age("WARN", "WARNING", ["ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    age("INFO", "INFO", ["ofd.age.warn", "ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    exchange("network_error", "WARNING", "Network error of the exchange with the OFD", "ошибка сети при обмене с ОФД"),
    exchange("ofd_error", "AVERAGE", "Error of the OFD", "ошибка ОФД"),
    exchange("fn_error", "AVERAGE", "Error of the FN in the exchange with the OFD", "ошибка ФН при обмене с ОФД"),

    in_hours("shift.expired", "HIGH", "availability", confirmed("shift.state", 2), "last(shift.state)<2", [],
     "Shift is open for more than 24 hours: {1}", "смена открыта больше 24 часов: {1}",
     "Receipts are refused: close the shift (Z report) and open a new one.", "Чеки не пробиваются: закройте смену (Z-отчёт) и откройте новую."),
    in_hours("shift.expires", "WARNING", "availability",
             "max(shift.left_s,{$KKT.CONFIRM})<{$KKT.SHIFT.LEFT.MIN} and max(shift.state,{$KKT.CONFIRM})=1",
     "(last(shift.left_s)>={$KKT.SHIFT.LEFT.MIN} or last(shift.state)<>1)", ["shift.expired"],
     "Shift reaches 24 hours soon|: in {1} (limit {$KKT.SHIFT.LEFT.MIN})", "смена скоро достигнет 24 часов|: через {1} (порог {$KKT.SHIFT.LEFT.MIN})",
     "Close the shift (Z report) before it expires.", "Закройте смену (Z-отчёт), пока она не истекла."),

    in_hours("printer.paper", "WARNING", "availability", confirmed("printer.paper_present", 0), "last(printer.paper_present)=1", [],
     "Out of paper: {1}", "закончилась бумага: {1}", "Put in a new roll.", "Поставьте новый рулон."),
    in_hours("printer.paper_near_end", "INFO", "notice", confirmed("printer.paper_near_end"), "last(printer.paper_near_end)=0", ["printer.paper"],
     "Paper is near its end: {1}", "бумага заканчивается: {1}", "Prepare a new roll.", "Приготовьте новый рулон."),
    in_hours("printer.cover", "INFO", "notice", confirmed("printer.cover_opened"), "last(printer.cover_opened)=0", [],
     "Cover is open: {1}", "крышка открыта: {1}", "Close the cover.", "Закройте крышку."),
    fault("printer.error", "AVERAGE", "Printer fault: {1}", "ошибка печатающего механизма: {1}"),
    fault("printer.cutter_error", "AVERAGE", "Cutter fault: {1}", "ошибка отрезчика: {1}"),
    fault("printer.overheat", "AVERAGE", "Print head is overheated: {1}", "перегрев печатающей головки: {1}"),
    fault("printer.connection_lost", "AVERAGE", "No connection with the printer: {1}", "нет связи с печатающим механизмом: {1}"),

    # at platform 5 every fault blocks the register: only a cause of the same severity may hide it
    fault("device.blocked", "DISASTER", "Register is blocked: {1}", "касса заблокирована: {1}", STOPPED,
          ["fn.present", "faults.fn", "faults.wrong_fn", "faults.hardware"]),
    fault("faults.fn", "DISASTER", "Fatal fault of the FN: {1}", "фатальная ошибка ФН: {1}", STOPPED),
    fault("faults.wrong_fn", "DISASTER", "FN of another register: {1}", "установлен ФН из другой ККТ: {1}", STOPPED),
    fault("faults.hardware", "DISASTER", "Fatal hardware fault: {1}", "фатальная аппаратная ошибка: {1}", STOPPED),
    fault("faults.rtc", "HIGH", "Clock fault: {1}", "ошибка часов ККТ: {1}"),
    *[fault(f"faults.{key}", "AVERAGE", f"{english}: {{1}}", f"{russian}: {{1}}") for key, english, russian in FAULTS],

    clock("HIGH", "HIGH", ["faults.rtc"]),
    clock("WARN", "WARNING", ["device.clock.high", "faults.rtc"]),
    ("power.battery", "WARNING", "capacity", "last(power.battery_percent)<={$KKT.BATTERY.MIN} and last(power.on_battery)=1", [], False,
     "Battery is low|: {1} (limit {$KKT.BATTERY.MIN} %)", "разряжен аккумулятор|: {1} (порог {$KKT.BATTERY.MIN} %)",
     "Connect the register to the mains.", "Подключите ККТ к сети питания."),

    changed("device.serial", "Another register", "подключена другая касса"),
    changed("fn.serial", "FN was replaced", "ФН заменён"),
    changed("device.firmware", "Firmware was changed", "прошивка изменена"),
    changed("registration.number", "Registration number was changed", "изменён регистрационный номер"),
    ("registration.ffd_version.changed", "INFO", "notice", "last(registration.ffd_version,#1)<>last(registration.ffd_version,#2)", [], True,
     "Fiscal data format was changed|: now {1}", "версия ФФД изменена|: теперь {1}", *LOOK),
)]
