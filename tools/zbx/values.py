"""Value maps, macros and the items of the poll itself: (English, Russian) pairs."""

# name -> (English name, Russian name, {value: (English, Russian)})
VALUE_MAPS = {
    "state": ("KKT poll state", "ККТ: состояние опроса", {
        0: ("ok", "прочитана"), 1: ("partly read", "прочитана частично"), 2: ("busy", "занята"),
        3: ("does not answer", "не отвечает"), 4: ("error", "ошибка"), 5: ("prerequisite missing", "нет нужного для опроса")}),
    "yes": ("Yes or no", "Да или нет", {0: ("No", "Нет"), 1: ("Yes", "Да")}),
    "fault": ("Fault", "Неисправность", {0: ("OK", "Норма"), 1: ("FAULT", "ОШИБКА")}),
    "flag": ("FN flag", "Флаг ФН", {0: ("Not set", "Не установлен"), 1: ("SET", "УСТАНОВЛЕН")}),
    "paper": ("Paper", "Бумага", {0: ("Out of paper", "Закончилась"), 1: ("Present", "Есть")}),
    "paper_end": ("Paper near its end", "Бумага заканчивается", {0: ("No", "Нет"), 1: ("Running out", "Мало бумаги")}),
    "cover": ("Cover", "Крышка", {0: ("Closed", "Закрыта"), 1: ("Open", "Открыта")}),
    "fn_present": ("FN presence", "Наличие ФН", {0: ("NOT FOUND", "НЕ НАЙДЕН"), 1: ("Present", "Есть")}),
    "shift": ("Shift", "Смена", {0: ("Closed", "Закрыта"), 1: ("Open", "Открыта"), 2: ("EXPIRED (> 24 h)", "ИСТЕКЛА (> 24 ч)")}),
    "fn_state": ("FN life phase", "Фаза жизни ФН", {
        0: ("Setup", "Настройка"), 1: ("Ready for activation", "Готов к фискализации"), 3: ("Fiscal", "Фискальный режим"),
        7: ("Post-fiscal", "Постфискальный режим"), 15: ("Archive reading", "Чтение архива")}),
    "ffd": ("Fiscal data format", "Версия ФФД", {0: ("unknown", "неизвестна"), 100: ("1.0", "1.0"), 105: ("1.05", "1.05"),
                                                110: ("1.1", "1.1"), 120: ("1.2", "1.2")}),
    "channel": ("OFD channel", "Канал обмена с ОФД", {
        0: ("none", "нет"), 1: ("USB", "USB (EoU)"), 2: ("Ethernet", "Ethernet"), 3: ("Wi-Fi", "Wi-Fi"), 4: ("GSM", "GSM"),
        5: ("exchange protocol", "протокол обмена (EoT)")}),
}
MAP_OF = {"shift.state": "shift", "fn.state": "fn_state", "fn.present": "fn_present", "ofd.channel": "channel",
          "registration.ffd_version": "ffd", "device.ffd_version_max": "ffd", "fn.ffd_version_max": "ffd",
          "printer.paper_present": "paper", "printer.paper_near_end": "paper_end", "printer.cover_opened": "cover",
          "printer.drawer_opened": "cover", "printer.error": "fault", "printer.cutter_error": "fault",
          "printer.overheat": "fault", "printer.connection_lost": "fault", "device.blocked": "fault"}
MAP_OF_GROUP = {"faults": "fault", "fn": "flag"}
NOT_A_FLAG = {"fn.release": "yes"}

# group -> tag `component`
COMPONENT = {"device": "device", "printer": "paper", "shift": "shift", "fn": "fiscal-storage", "ofd": "ofd", "faults": "device",
             "registration": "registration", "counters": "device", "power": "device"}
GROUP_NAME = {"device": ("Device", "Устройство"), "printer": ("Printer", "Принтер"), "shift": ("Shift", "Смена"), "fn": ("FN", "ФН"),
              "ofd": ("OFD", "ОФД"), "faults": ("Fault", "Отказ"), "registration": ("Registration", "Регистрация"),
              "counters": ("Counters", "Счётчики"), "power": ("Power", "Питание")}
INVENTORY = {"device.model": "MODEL", "device.serial": "SERIALNO_A", "device.firmware": "SOFTWARE", "fn.serial": "SERIALNO_B",
             "registration.number": "ASSET_TAG", "registration.organization_address": "LOCATION"}
LONG_TEXT = {"ofd.network_error_text", "ofd.ofd_error_text", "ofd.fn_error_text", "registration.organization_name",
             "registration.organization_address", "registration.payments_address", "registration.ofd_name",
             "registration.taxation_text", "registration.agent_text"}
UNITS = {"s": ("s", "s"), "unixtime": ("unixtime", "unixtime"), "days": ("!days", "!дн."), "kopecks": ("!kop.", "!коп."),
         "mV": ("!mV", "!мВ"), "%": ("%", "%"), "°C": ("!°C", "!°C"), "": ("", "")}
COUNT_UNITS = {"ofd.unsent_count": ("!docs", "!док."), "fn.free_documents_5y": ("!docs", "!док.")}

# Items of the poll: key -> (JSONPATH, type, units, value map, English, Russian)
POLL_ITEMS = {
    "state": ("$.state", "UNSIGNED", "", "state", "State of the poll", "Состояние опроса"),
    "error": ("$.error", "TEXT", "", "", "What is wrong and what to do", "Что не так и что делать"),
    "polled_ts": ("$.polled_ts", "UNSIGNED", "unixtime", "", "Time of the poll", "Время опроса"),
    "read_ts": ("", "UNSIGNED", "unixtime", "", "Last time the register was read", "Когда ККТ прочитана последний раз"),
    "protocol": ("$.protocol", "CHAR", "", "", "Protocol of the register (3, 5)", "Протокол ККТ (3, 5)"),
    "connect": ("$.connect", "CHAR", "", "", "Address of the register", "Адрес подключения ККТ"),
    "version": ("$.version", "CHAR", "", "", "Version of zabbix-atol", "Версия zabbix-atol"),
    "poll.duration_ms": ("$.poll.duration_ms", "UNSIGNED", "!ms", "", "Duration of the poll", "Длительность опроса"),
    "poll.port_held_ms": ("$.poll.port_held_ms", "UNSIGNED", "!ms", "", "Time for which the port was held", "Сколько порт был занят опросом"),
    "poll.requests": ("$.poll.requests", "UNSIGNED", "!", "", "Requests of the poll", "Запросов за опрос"),
    "poll.retries": ("$.poll.retries", "UNSIGNED", "!", "", "Repeated requests of the poll", "Повторов за опрос"),
    "poll.unsupported": ("$.poll.unsupported", "TEXT", "", "", "Values that this register does not tell", "Чего эта ККТ не сообщает"),
}
STATE_SCRIPT = ("var n = ['ok', 'partial', 'busy', 'unreachable', 'error', 'prerequisite'].indexOf(value);\n"
                "if (n < 0) { throw 'unknown state: ' + value; }\nreturn n;")
# The time of the poll, only when the document holds metrics; a quote inside a text stands as \\" there.
READ_PATTERN = r'(?s)^(?=.*"metrics": ?\{).*?"polled_ts": ?([0-9]+)'

# macro -> (value, English, Russian)
MACROS = {
    "{$KKT.INTERVAL}": ("5m", "How often the register is polled.", "Как часто опрашивать ККТ."),
    "{$KKT.RAW.HISTORY}": ("0", "How long to keep the raw document; 0: not at all; 1h helps to look into a problem.",
                           "Сколько хранить исходный документ; 0: не хранить; 1h поможет при разборе."),
    "{$KKT.HEARTBEAT.SLOW}": ("6h", "An unchanged identity or registration value is stored again after this time.",
                              "Через сколько снова записать неизменившееся значение (номера, версии, регистрация)."),
    "{$KKT.HEARTBEAT.STATE}": ("1h", "An unchanged state is stored again after this time.", "Через сколько снова записать неизменившееся состояние."),
    "{$KKT.CONFIRM}": ("#2", "A trouble must be seen in so many polls (#2) or for so long (10m).",
                       "Сколько опросов подряд (#2) или какое время (10m) должна держаться неполадка."),
    "{$KKT.NODATA.TIME}": ("30m", "No document for so long: the agent or the collector is silent; at least three polls.",
                           "Нет документа столько времени: молчит агент или сборщик; не меньше трёх опросов."),
    "{$KKT.UNREACHABLE.TIME}": ("15m", "The register was not read for so long: does not answer, error, prerequisite.",
                                "ККТ не прочитана столько времени: не отвечает, ошибка, нет нужного."),
    "{$KKT.BUSY.TIME}": ("1d", "The port was used by another program for so long. Being busy is normal in trade hours.",
                         "Порт занят другой программой столько времени. В часы торговли это норма."),
    "{$KKT.STALE.TIME}": ("3d", "The register was not read for so long, whatever the reason.", "ККТ не прочитана столько времени по любой причине."),
    "{$KKT.PARTIAL.TIME}": ("1h", "Some requests have been failing for so long.", "Часть запросов не проходит столько времени."),
    "{$KKT.FN.DAYS.MIN.CRIT}": ("3", "Days to the end of the FN: disaster.", "Дней до конца срока ФН: чрезвычайная."),
    "{$KKT.FN.DAYS.MIN.HIGH}": ("10", "Days to the end of the FN: high.", "Дней до конца срока ФН: высокая."),
    "{$KKT.FN.DAYS.MIN.WARN}": ("30", "Days to the end of the FN: warning.", "Дней до конца срока ФН: предупреждение."),
    "{$KKT.FN.DAYS.MIN.INFO}": ("60", "Days to the end of the FN: information.", "Дней до конца срока ФН: информация."),
    "{$KKT.FN.DOCUMENTS.MIN}": ("10000", "Room left in the FN's 5-year storage, documents.", "Остаток 5-летнего хранения ФН, документов."),
    "{$KKT.OFD.AGE.MAX.CRIT}": ("27d", "Age of the first unsent document: disaster; the FN blocks at 30 days.",
                                "Возраст первого непереданного документа: чрезвычайная; на 30-й день ФН блокируется."),
    "{$KKT.OFD.AGE.MAX.HIGH}": ("20d", "Age of the first unsent document: high.", "Возраст первого непереданного документа: высокая."),
    "{$KKT.OFD.AGE.MAX.AVERAGE}": ("7d", "Age of the first unsent document: average.", "Возраст первого непереданного документа: средняя."),
    "{$KKT.OFD.AGE.MAX.WARN}": ("3d", "Age of the first unsent document: warning.", "Возраст первого непереданного документа: предупреждение."),
    "{$KKT.OFD.AGE.MAX.INFO}": ("24h", "Age of the first unsent document: information.", "Возраст первого непереданного документа: информация."),
    "{$KKT.OFD.ERROR.TIME}": ("1h", "An error of the exchange with the OFD must last so long.", "Сколько должна держаться ошибка обмена с ОФД."),
    "{$KKT.SHIFT.LEFT.MIN}": ("2h", "Warn when less than this is left to 24 hours of the shift.", "Предупредить, когда до 24 часов смены осталось меньше."),
    "{$KKT.OPEN.FROM}": ("000000", "The shop opens, HHMMSS, server's clock: paper, cover and shift matter from then.",
                         "Магазин открывается, ЧЧММСС по часам сервера: с этого времени важны бумага, крышка, смена."),
    "{$KKT.OPEN.TO}": ("235959", "The shop closes, HHMMSS, server's clock.", "Магазин закрывается, ЧЧММСС по часам сервера."),
    "{$KKT.CLOCK.MAX.HIGH}": ("300", "Clock error in seconds: high; more than 5 minutes is punishable.",
                              "Расхождение часов в секундах: высокая; свыше 5 минут наказуемо."),
    "{$KKT.CLOCK.MAX.WARN}": ("120", "Clock error in seconds: warning.", "Расхождение часов в секундах: предупреждение."),
    "{$KKT.BATTERY.MIN}": ("15", "Battery charge in per cent.", "Заряд аккумулятора в процентах."),
}
