"""THE table of triggers: one row a trigger, of one register.

(id, severity, scope, expression, depends on, manual close, English name and value, Russian name and value, English advice,
Russian advice). A text is the name up to `|` (or `: {1}`) and the event name as a whole. In the expression `group.key` or an item of the poll stands for the item; `{1}` in a text is the value.
Every row depends on `unreachable` too, which depends on `nodata` (generate_templates.py adds it).
"""
OPEN = " and time()>={$KKT.OPEN.FROM} and time()<={$KKT.OPEN.TO}"
NOT_AUTONOMOUS = ' and count(registration.autonomous,#1,"eq","1")=0'
REPLACE = ("Order a new FN, close the archive and register the register with the new FN.",
           "Закажите новый ФН, закройте архив и перерегистрируйте ККТ с новым ФН.")
SERVICE = ("Restart the register; if the fault stays, call the service centre.",
           "Перезапустите ККТ; если ошибка осталась, вызовите сервисный центр.")
STOPPED = ("The register cannot sell. Call the service centre now.", "ККТ не может пробивать чеки. Срочно вызовите сервисный центр.")
OFD_ADVICE = ("Check the network of the register and the OFD's address; after 30 days the FN blocks.",
              "Проверьте сеть ККТ и адрес ОФД; через 30 дней ФН заблокируется.")
LOOK = ("Nothing is wrong if this was planned; otherwise find out who did it.", "Если замена плановая, делать ничего не нужно; иначе выясните, кто её сделал.")


FAULTS = (  # each Average
    ("no_serial_number", "Serial number is not entered", "Не введён заводской номер"), ("settings", "Settings fault", "Ошибка настроек"),
    ("counters", "Counters fault", "Ошибка счётчиков"), ("user_memory", "User memory fault", "Ошибка пользовательской памяти"),
    ("service_counters", "Service registers fault", "Ошибка сервисных регистров"), ("attributes", "Attributes fault", "Ошибка реквизитов"),
    ("memory_manager", "Memory manager fault", "Ошибка диспетчера памяти"), ("scripts", "Templates are damaged", "Шаблоны повреждены"),
    ("wait_for_reboot", "Register waits for a reboot", "Требуется перезагрузка ККТ"),
    ("universal_counters", "Universal counters fault", "Ошибка универсальных счётчиков"),
    ("commodities_table", "Commodities table fault", "Ошибка таблицы товаров"))


def not_read(state, window):
    return f'last(state)={state} and count(state,{window},"le","1")=0 and length(last(error))>0'


def unread_for(state, window):
    wanted = f"={state}" if state else ">=2"
    return f"last(state){wanted} and now()-last(read_ts)>{window} and length(last(error))>0"


def confirmed(key, value=1):
    return f'{"min" if value else "max"}({key},{{$KKT.CONFIRM}})={value}'


def fault(key, severity, english, russian, advice=SERVICE, after=()):
    return (key, severity, "availability", confirmed(key), list(after), False, english, russian, *advice)


def days(level, severity, after, key="fn.days_left", name=("FN expires", "Кончается срок ФН")):
    macro = f"{{$KKT.FN.DAYS.MIN.{level}}}"
    return (f"{key}.{level.lower()}", severity, "capacity", f"last({key})<={macro}", after, False,
            f"{name[0]}, limit {macro}|: {{1}} left", f"{name[1]}, порог {macro}|: осталось {{1}}", *REPLACE)


def age(level, severity, after):
    macro = f"{{$KKT.OFD.AGE.MAX.{level}}}"
    return (f"ofd.age.{level.lower()}", severity, "availability", f"min(ofd.first_unsent_age_s,{{$KKT.CONFIRM}})>={macro}{NOT_AUTONOMOUS}", after,
            False, f"Documents are not sent to the OFD, limit {macro}|: the first is {{1}} old",
            f"Документы не уходят в ОФД, порог {macro}|: первому {{1}}", *OFD_ADVICE)


def exchange(key, severity, english, russian, after=()):
    window = "{$KKT.OFD.ERROR.TIME}"
    return (f"ofd.{key}", severity, "availability",
            f'last(ofd.{key})<>0 and count(ofd.{key},{window},"eq","0")=0 and last(ofd.unsent_count)>0 and '
            f'length(last(ofd.{key}_text))>0{NOT_AUTONOMOUS}', list(after), False,
            f"{english}|: code {{1}}, {{4}} ({window})", f"{russian}|: код {{1}}, {{4}} ({window})", *OFD_ADVICE)


def changed(key, english, russian):
    return (f"{key}.changed", "INFO", "notice", f"last({key},#1)<>last({key},#2) and length(last({key}))>0", [], True,
            f"{english}|: now {{1}}", f"{russian}|: теперь {{1}}", *LOOK)


TRIGGERS = [
    ("nodata", "AVERAGE", "availability", "nodata(state,{$KKT.NODATA.TIME})=1", [], True,
     "No data| for {$KKT.NODATA.TIME}", "Нет данных| {$KKT.NODATA.TIME}",
     "Check that the computer is on, that the Zabbix agent or `zabbix-atol serve` runs there, and its Timeout.",
     "Проверьте, что компьютер включён, что на нём работает агент Zabbix или `zabbix-atol serve`, и Timeout агента."),
    ("unreachable", "AVERAGE", "availability", not_read(3, "{$KKT.UNREACHABLE.TIME}"), ["nodata", "stale"], False,
     "The register does not answer| ({$KKT.UNREACHABLE.TIME})", "Не отвечает| ({$KKT.UNREACHABLE.TIME})",
     "Check its power, cable and network; the operational data say more. The last values are kept.",
     "Проверьте питание, кабель и сеть; подробности в оперативных данных. Последние значения сохранены."),
    ("error", "AVERAGE", "availability", not_read(4, "{$KKT.UNREACHABLE.TIME}"), ["nodata", "stale"], False,
     "The register answers wrongly| ({$KKT.UNREACHABLE.TIME})", "Отвечает не так, как должна| ({$KKT.UNREACHABLE.TIME})",
     "Do what the operational data say; run `zabbix-atol check NAME` on the computer.",
     "Сделайте то, что сказано в оперативных данных; запустите `zabbix-atol check ИМЯ` на компьютере."),
    ("prerequisite", "AVERAGE", "availability", not_read(5, "{$KKT.UNREACHABLE.TIME}"), ["nodata", "stale"], False,
     "What the poll needs is missing| ({$KKT.UNREACHABLE.TIME})", "Нет нужного для опроса| ({$KKT.UNREACHABLE.TIME})",
     "The driver, its bitness, the UEMA service or the right to the port: the operational data say which and what to do.",
     "Драйвер, его разрядность, служба UEMA или права на порт: что именно и что делать, сказано в оперативных данных."),
    ("busy", "AVERAGE", "availability", unread_for(2, "{$KKT.BUSY.TIME}"), ["nodata", "stale"], False,
     "The port is used by another program| ({$KKT.BUSY.TIME})", "Порт ККТ занят другой программой| ({$KKT.BUSY.TIME})",
     "Start the till's program through zabbix-atol (get … -- PROGRAM) or poll by TCP.",
     "Запускайте кассовую программу через zabbix-atol (get … -- ПРОГРАММА) или опрашивайте по TCP."),
    ("stale", "HIGH", "availability", unread_for("", "{$KKT.STALE.TIME}"), ["nodata"], False,
     "The register was not read| for {$KKT.STALE.TIME}", "Не прочитана| {$KKT.STALE.TIME}",
     "The state of the FN and of the OFD queue is unknown. Send somebody there.",
     "Состояние ФН и очереди в ОФД неизвестно. Отправьте туда специалиста."),
    ("partial", "WARNING", "availability", 'last(state)=1 and count(state,{$KKT.PARTIAL.TIME},"ne","1")=0 and '
     'length(last(error))>0', ["nodata"], False,
     "Some requests fail| ({$KKT.PARTIAL.TIME})", "Часть запросов не проходит| ({$KKT.PARTIAL.TIME})",
     "The operational data name the requests; their values are not shown.", "Какие именно, сказано в оперативных данных; их значений нет."),

    ("fn.expired", "DISASTER", "availability", "last(fn.days_left)<0", ["fn.present"], False,
     "FN has expired: {1}", "Срок ФН истёк: {1}", *REPLACE),
    days("CRIT", "DISASTER", ["fn.expired"]),
    days("HIGH", "HIGH", ["fn.days_left.crit", "fn.expired"]),
    days("WARN", "WARNING", ["fn.days_left.high", "fn.days_left.crit", "fn.expired"]),
    days("INFO", "INFO", ["fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired"]),
    days("HIGH", "HIGH", ["fn.days_left.high", "fn.days_left.crit", "fn.expired"], "fn.resource_days", ("Resource of the FN ends", "Кончается ресурс ФН")),
    days("WARN", "WARNING", ["fn.resource_days.high", "fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired"],
         "fn.resource_days", ("Resource of the FN ends", "Кончается ресурс ФН")),
    ("fn.present", "DISASTER", "availability", confirmed("fn.present", 0), [], False, "FN is not found: {1}", "ФН не найден: {1}", *STOPPED),
    ("fn.phase", "DISASTER", "availability", "last(fn.state)>=7", [], False,
     "FN is closed: {1}", "ФН закрыт: {1}", *STOPPED),
    ("fn.new", "INFO", "notice", "last(fn.state)<=1", [], False, "FN is not activated: {1}", "ФН не активирован: {1}",
     "Register the register with this FN.", "Зарегистрируйте ККТ с этим ФН."),
    ("fn.debug", "WARNING", "notice", "last(fn.release)=0", [], False, "Debug FN (МГМ) is installed|; a production one: {1}", "Установлен отладочный ФН (МГМ)|; серийный: {1}",
     "Receipts of a debug FN have no legal force: install a production FN.", "Чеки с отладочным ФН не имеют силы: поставьте серийный ФН."),
    fault("fn.critical_error", "DISASTER", "FN flag 7, critical error: {1}", "Флаг ФН 7, критическая ошибка: {1}", STOPPED),
    fault("fn.need_replacement", "DISASTER", "FN flag 0, replace the FN now (3 days): {1}", "Флаг ФН 0, срочно замените ФН (3 дня): {1}", REPLACE,
          ["fn.days_left.crit", "fn.expired"]),
    fault("fn.resource_exhausted", "WARNING", "FN flag 1, resource ends (30 days): {1}", "Флаг ФН 1, ресурс исчерпан (30 дней): {1}", REPLACE,
          ["fn.need_replacement", "fn.days_left.warn", "fn.days_left.high", "fn.days_left.crit", "fn.expired", "fn.resource_days.warn", "fn.resource_days.high"]),
    fault("fn.memory_overflow", "HIGH", "FN flag 2, archive is full (90-99 %): {1}", "Флаг ФН 2, архив переполнен (90–99 %): {1}", REPLACE),
    fault("fn.ofd_timeout", "INFO", "FN flag 3, OFD has not answered in time: {1}", "Флаг ФН 3, превышено ожидание ответа ОФД: {1}", OFD_ADVICE,
          ["ofd.age.info", "ofd.age.warn", "ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    fault("fn.flc_refusal", "AVERAGE", "FN flag 4, format control refused a document: {1}", "Флаг ФН 4, отказ форматно-логического контроля: {1}",
          ("Look in the OFD's cabinet which document was refused; correct the settings of the till's program.",
           "Посмотрите в кабинете ОФД, какой документ отклонён; поправьте настройки кассовой программы.")),
    fault("fn.needs_setup", "AVERAGE", "FN flag 5, OFD asks to set the register up: {1}", "Флаг ФН 5, требуется настройка ККТ: {1}",
          ("Look in the OFD's cabinet what is asked; check the OFD's address and INN.", "Посмотрите требование в кабинете ОФД; проверьте адрес и ИНН ОФД.")),
    fault("fn.ofd_annulled", "HIGH", "FN flag 6, OFD annulled: {1}", "Флаг ФН 6, ОФД аннулирован: {1}",
          ("Conclude a contract with another OFD and register the register anew.", "Заключите договор с другим ОФД и перерегистрируйте ККТ.")),
    ("fn.documents", "WARNING", "capacity", "last(fn.free_documents_5y)<={$KKT.FN.DOCUMENTS.MIN}", ["fn.memory_overflow"], False,
     "FN fills up|: room for {1} (limit {$KKT.FN.DOCUMENTS.MIN})", "Память ФН заполняется|: осталось {1} (порог {$KKT.FN.DOCUMENTS.MIN})", *REPLACE),

    age("CRIT", "DISASTER", []),
    age("HIGH", "HIGH", ["ofd.age.crit"]),
    age("AVERAGE", "AVERAGE", ["ofd.age.high", "ofd.age.crit"]),
    age("WARN", "WARNING", ["ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    age("INFO", "INFO", ["ofd.age.warn", "ofd.age.average", "ofd.age.high", "ofd.age.crit"]),
    exchange("network_error", "WARNING", "Network error of the exchange with the OFD", "Ошибка сети при обмене с ОФД"),
    exchange("ofd_error", "AVERAGE", "Error of the OFD", "Ошибка ОФД"),
    exchange("fn_error", "AVERAGE", "Error of the FN in the exchange with the OFD", "Ошибка ФН при обмене с ОФД"),

    ("shift.expired", "HIGH", "availability", confirmed("shift.state", 2) + OPEN, [], False,
     "Shift is open for more than 24 hours: {1}", "Смена открыта больше 24 часов: {1}",
     "Receipts are refused: close the shift (Z report) and open a new one.", "Чеки не пробиваются: закройте смену (Z-отчёт) и откройте новую."),
    ("shift.expires", "WARNING", "availability", "max(shift.left_s,{$KKT.CONFIRM})<{$KKT.SHIFT.LEFT.MIN} and max(shift.state,{$KKT.CONFIRM})=1" + OPEN, ["shift.expired"], False,
     "Shift reaches 24 hours soon|: in {1} (limit {$KKT.SHIFT.LEFT.MIN})", "Смена скоро достигнет 24 часов|: через {1} (порог {$KKT.SHIFT.LEFT.MIN})",
     "Close the shift (Z report) before it expires.", "Закройте смену (Z-отчёт), пока она не истекла."),

    ("printer.paper", "WARNING", "availability", confirmed("printer.paper_present", 0) + OPEN, [], False,
     "Out of paper: {1}", "Кончилась бумага: {1}", "Put in a new roll.", "Поставьте новый рулон."),
    ("printer.paper_near_end", "INFO", "notice", confirmed("printer.paper_near_end") + OPEN, ["printer.paper"], False,
     "Paper is near its end: {1}", "Бумага заканчивается: {1}", "Prepare a new roll.", "Приготовьте новый рулон."),
    ("printer.cover", "INFO", "notice", confirmed("printer.cover_opened") + OPEN, [], False,
     "Cover is open: {1}", "Крышка открыта: {1}", "Close the cover.", "Закройте крышку."),
    fault("printer.error", "AVERAGE", "Printer fault: {1}", "Ошибка печатающего механизма: {1}"),
    fault("printer.cutter_error", "AVERAGE", "Cutter fault: {1}", "Ошибка отрезчика: {1}"),
    fault("printer.overheat", "AVERAGE", "Print head is overheated: {1}", "Перегрев печатающей головки: {1}"),
    fault("printer.connection_lost", "AVERAGE", "No connection with the printer: {1}", "Нет связи с печатающим механизмом: {1}"),

    # at platform 5 every fault blocks the register: the fault itself is the problem to show
    fault("device.blocked", "DISASTER", "Register is blocked: {1}", "Заблокирована: {1}", STOPPED,
          ["fn.present", "faults.fn", "faults.wrong_fn", "faults.hardware", "faults.rtc", *(f"faults.{key}" for key, *_ in FAULTS)]),
    fault("faults.fn", "DISASTER", "Fatal fault of the FN: {1}", "Фатальная ошибка ФН: {1}", STOPPED),
    fault("faults.wrong_fn", "DISASTER", "FN of another register: {1}", "Установлен ФН из другой ККТ: {1}", STOPPED),
    fault("faults.hardware", "DISASTER", "Fatal hardware fault: {1}", "Фатальная аппаратная ошибка: {1}", STOPPED),
    fault("faults.rtc", "HIGH", "Clock fault: {1}", "Ошибка часов ККТ: {1}"),
    *[fault(f"faults.{key}", "AVERAGE", f"{english}: {{1}}", f"{russian}: {{1}}") for key, english, russian in FAULTS],

    *[(f"device.clock.{level.lower()}", severity, "notice",
       f"min(device.clock_drift_s,{{$KKT.CONFIRM}})>{{$KKT.CLOCK.MAX.{level}}} or max(device.clock_drift_s,{{$KKT.CONFIRM}})<-{{$KKT.CLOCK.MAX.{level}}}",
       after, False, f"Clock is wrong, limit {{$KKT.CLOCK.MAX.{level}}} s|: by {{1}}", f"Часы ККТ неверны, порог {{$KKT.CLOCK.MAX.{level}}} с|: расхождение {{1}}",
       "Close the shift and set the register's clock to the time of the shop.", "Закройте смену и выставьте часы ККТ по времени магазина.")
      for level, severity, after in (("HIGH", "HIGH", ["faults.rtc"]), ("WARN", "WARNING", ["device.clock.high", "faults.rtc"]))],
    ("power.battery", "WARNING", "capacity", "last(power.battery_percent)<={$KKT.BATTERY.MIN} and last(power.on_battery)=1", [], False,
     "Battery is low|: {1} (limit {$KKT.BATTERY.MIN} %)", "Разряжен аккумулятор|: {1} (порог {$KKT.BATTERY.MIN} %)",
     "Connect the register to the mains.", "Подключите ККТ к сети питания."),

    changed("device.serial", "Another register", "Подключена другая касса"),
    changed("fn.serial", "FN was replaced", "ФН заменён"),
    changed("device.firmware", "Firmware was changed", "Прошивка изменена"),
    changed("registration.number", "Registration number was changed", "Изменён регистрационный номер"),
    ("registration.ffd_version.changed", "INFO", "notice", "last(registration.ffd_version,#1)<>last(registration.ffd_version,#2)", [], True,
     "Fiscal data format was changed|: now {1}", "Версия ФФД изменена|: теперь {1}", *LOOK),
]
