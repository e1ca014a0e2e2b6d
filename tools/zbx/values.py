"""Value maps, macros and the items of the poll itself: (English, Russian) pairs."""


def lower_first(text):
    """For a text that follows a colon; an abbreviation stays."""
    return text[0].lower() + text[1:] if text[1].islower() else text


# name -> (English name, Russian name, {value: (English, Russian)})
VALUE_MAPS = {
    "state": ("KKT poll state", "ККТ: состояние опроса", {
        0: ("ok", "прочитана"), 1: ("partly read", "прочитана частично"), 2: ("busy", "занята"),
        3: ("does not answer", "не отвечает"), 4: ("error", "ошибка"), 5: ("cannot be polled", "опрос невозможен")}),
    "closed": ("KKT shop", "ККТ: магазин", {0: ("open", "открыт"), 1: ("closed", "закрыт")}),
    "fresh": ("KKT freshness", "ККТ: свежесть значений", {0: ("fresh", "свежие"), 1: ("shop closed", "магазин закрыт"), 2: ("OLD", "УСТАРЕЛИ")}),
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
              "ofd": ("OFD", "ОФД"), "faults": ("Fault", "Неисправность"), "registration": ("Registration", "Регистрация"),
              "counters": ("Counters", "Счётчики"), "power": ("Power", "Питание")}
INVENTORY = {"device.model": "MODEL", "device.serial": "SERIALNO_A", "device.firmware": "SOFTWARE", "fn.serial": "SERIALNO_B",
             "registration.number": "ASSET_TAG", "registration.organization_address": "LOCATION"}
LONG_TEXT = {"ofd.network_error_text", "ofd.ofd_error_text", "ofd.fn_error_text", "registration.organization_name",
             "registration.organization_address", "registration.payments_address", "registration.ofd_name",
             "registration.taxation_text", "registration.agent_text"}
UNITS = {"s": ("s", "s"), "unixtime": ("unixtime", "unixtime"), "days": ("!days", "!дн."), "documents": ("!docs", "!док."), "kopecks": ("!kop.", "!коп."),
         "mV": ("!mV", "!мВ"),
         "%": ("%", "%"), "°C": ("!°C", "!°C"), "ms": ("!ms", "!мс"), "KiB": ("!KiB", "!КиБ"), "/s": ("!/s", "!/с"),
         "count": ("!", "!"), "": ("", "")}
COUNT_UNITS = {"ofd.unsent_count": ("!docs", "!док."), "fn.free_documents_5y": ("!docs", "!док.")}

# Items of the poll: key -> (JSONPATH, type, unit, value map, English, Russian)
POLL_ITEMS = {
    "state": ("$.state", "UNSIGNED", "", "state", "State of the poll", "Состояние опроса"),
    "error": ("$.error", "TEXT", "", "", "What is wrong and what to do", "Что не так и что делать"),
    "polled_ts": ("$.polled_ts", "UNSIGNED", "unixtime", "", "Time of the poll", "Время опроса"),
    "read_ts": ("", "UNSIGNED", "unixtime", "", "Last time the register was read", "Когда ККТ прочитана последний раз"),
    "protocol": ("$.protocol", "CHAR", "", "", "Protocol of the register (3, 5)", "Протокол ККТ (3, 5)"),
    "connect": ("$.connect", "CHAR", "", "", "Address of the register", "Адрес подключения ККТ"),
    "version": ("$.version", "CHAR", "", "", "Version of zabbix-atol", "Версия zabbix-atol"),
    "poll.duration_ms": ("$.poll.duration_ms", "UNSIGNED", "ms", "", "Duration of the poll", "Длительность опроса"),
    "poll.port_held_ms": ("$.poll.port_held_ms", "UNSIGNED", "ms", "", "Time for which the port was held", "Сколько порт был занят опросом"),
    "poll.requests": ("$.poll.requests", "UNSIGNED", "count", "", "Requests of the poll", "Запросов за опрос"),
    "poll.retries": ("$.poll.retries", "UNSIGNED", "count", "", "Repeated requests of the poll", "Повторов за опрос"),
    "poll.unsupported": ("$.poll.unsupported", "TEXT", "", "", "Values that this register does not tell", "Чего эта ККТ не сообщает"),
}
# Items outside the document: key -> (the kinds of template that have it, kind -> what they are, value map, English, Russian)
COMPUTED = {"type": "CALCULATED", "delay": "{$KKT.FRESH.INTERVAL}"}
NOT_FRESH = "(count(//kkt.read_ts,{$KKT.NODATA.TIME})=0)"
OWN_ITEMS = {
    "closed": (("trapper",), {"trapper": {"type": "TRAP", "delay": "0"}}, "closed", "The shop is closed", "Магазин закрыт"),
    "fresh": (("agent", "trapper"), {
        "agent": {**COMPUTED, "params": f"2*{NOT_FRESH}"},
        "trapper": {**COMPUTED, "params": f'{NOT_FRESH}*(2-(count(//kkt.closed,{{$KKT.NODATA.TIME}},"eq","1")>0))'}},
        "fresh", "Age of the values", "Свежесть значений"),
}
# Names of items where the catalogue's sentence makes a poor one
LABELS = {
    "shift.state": ("state", "состояние"), "device.blocked": ("blocked", "блокировка"), "fn.present": ("presence", "наличие"),
    "fn.days_left": ("days left", "осталось дней"), "fn.resource_days": ("days of resource left", "осталось дней ресурса"),
    "fn.release": ("production FN", "серийный ФН"), "ofd.status": ("state of the exchange, bit mask", "состояние обмена, битовая маска"),
    "printer.paper_present": ("paper", "бумага"), "printer.cover_opened": ("cover", "крышка"),
    "printer.drawer_opened": ("cash drawer", "денежный ящик"),
    "registration.taxation": ("taxation systems, bit mask (tag 1062)", "системы налогообложения, битовая маска (тег 1062)"),
}
# What a value means and what to do, where the name alone does not tell: item -> (English, Russian); added to the item's description
DESCRIPTIONS = {
    "state": ("0 read; 1 some requests failed; 2 another program has the port; 3 no answer; 4 a wrong answer; 5 no driver, service or right",
              "0 прочитана; 1 часть запросов не прошла; 2 порт занят программой; 3 нет ответа; 4 неверный ответ; 5 нет драйвера, службы, прав"),
    "error": ("Empty when all is well", "Пусто, если всё в порядке"),
    "read_ts": ("Other values are as old as this when the register is not read", "Если касса не читается, остальные значения не новее этого времени"),
    "closed": ("`serve` pushes 1 every ten minutes outside the register's `hours` and 0 at opening; without it silence is a problem",
               "`serve` присылает 1 раз в десять минут вне `hours` кассы и 0 при открытии; без этого молчание — проблема"),
    "fresh": ("Computed by Zabbix: was the register read within {$KKT.NODATA.TIME}", "Вычисляет Zabbix: читалась ли касса за {$KKT.NODATA.TIME}"),
    "poll.port_held_ms": ("The till's program cannot use the port during this time", "В это время кассовая программа не может занять порт"),
    "poll.retries": ("Many repeats: a bad cable or network", "Много повторов: плохой кабель или сеть"),
    "poll.unsupported": ("Their items stay empty: that is no fault", "Их элементы пусты, это не ошибка"),
    "device.clock_drift_s": ("More than 5 minutes on a receipt is punishable: set the clock with the shift closed",
                             "Больше 5 минут на чеке наказуемо: выставьте часы при закрытой смене"),
    "device.uptime_s": ("Falls back to zero after a restart", "Обнуляется при перезапуске"),
    "device.blocked": ("A blocked register does not sell: the `Fault` items name the cause",
                       "Заблокированная касса не продаёт: причина — в элементах «Неисправность»"),
    "device.fiscal": ("0: not registered, receipts have no fiscal sign", "0: касса не зарегистрирована, чеки без фискального признака"),
    "printer.connection_lost": ("Restart the register", "Перезапустите кассу"),
    "shift.state": ("Beyond 24 hours receipts are refused: close the shift", "Свыше 24 часов чеки не пробиваются: закройте смену"),
    "shift.left_s": ("Absent while the shift is closed", "Пока смена закрыта, значения нет"),
    "fn.state": ("3 is the working phase; from 7 the archive is closed and the FN must be replaced",
                 "Рабочая фаза — 3; с 7 архив закрыт, нужен новый ФН"),
    "fn.valid_until": ("Order a new FN in time: after this date the register does not sell",
                       "Закажите новый ФН заранее: после этой даты касса не продаёт"),
    "fn.resource_days": ("Its own count may end before the date does", "Этот счёт может закончиться раньше срока"),
    "fn.flags": ("Bit 0 replace, 1 resource, 2 memory, 3 OFD timeout, 4 format control, 5 set-up, 6 OFD annulled, 7 critical; each bit is an item",
                 "Бит 0 замена, 1 ресурс, 2 память, 3 ожидание ОФД, 4 ФЛК, 5 настройка, 6 ОФД аннулирован, 7 критическая ошибка; каждый — элемент"),
    "fn.registrations_left": ("At 0 the register can be registered only with a new FN", "При 0 перерегистрация возможна только с новым ФН"),
    "fn.free_documents_5y": ("At 0 the FN takes no more documents", "При 0 ФН больше не принимает документы"),
    "fn.release": ("0 is a debug one (МГМ): its receipts have no legal force", "0 — отладочный (МГМ): его чеки не имеют юридической силы"),
    "ofd.status": ("0 means idle and healthy; alerts look at the age of the first unsent document",
                   "0 — покой, всё в порядке; тревоги смотрят на возраст документа"),
    "ofd.connected": ("0 between sendings is normal", "0 между отправками — норма"),
    "ofd.unsent_count": ("A few for a short time are normal; watch their age", "Немного и недолго — норма; важен их возраст"),
    "ofd.first_unsent_age_s": ("At 30 days the FN blocks: check the network and the OFD's address",
                               "На 30-й день ФН блокируется: проверьте сеть и адрес ОФД"),
    "ofd.network_error": ("0: none; it stays after the exchange is well again, look at the unsent documents too",
                          "0: нет; остаётся и после восстановления обмена, смотрите и непереданные документы"),
    "ofd.error_document": ("Look for it in the OFD's cabinet", "Найдите его в кабинете ОФД"),
    "ofd.error_command": ("For the service centre", "Пригодится сервисному центру"),
    "registration.autonomous": ("1: documents are not sent, their age is not watched", "1: документы не передаются, их возраст не проверяется"),
    "registration.ffd_version": ("105 is 1.05, 120 is 1.2", "105 — это 1.05, 120 — 1.2"),
    "registration.taxation": ("The next item tells it in words", "Словами — в соседнем элементе"),
    "registration.agent": ("The next item tells it in words", "Словами — в соседнем элементе"),
    "power.on_battery": ("Connect the mains", "Подключите сеть"),
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
    "{$KKT.UNREACHABLE.TIME}": ("15m", "The register was not read for so long (a time, not #N): does not answer, error, prerequisite.",
                                "ККТ не прочитана столько времени (именно время, не #N): не отвечает, ошибка, опрос невозможен."),
    "{$KKT.BUSY.TIME}": ("1d", "The port was used by another program for so long. Being busy is normal in trade hours.",
                         "Порт занят другой программой столько времени. В часы торговли это норма."),
    "{$KKT.STALE.TIME}": ("3d", "The register was not read for so long, whatever the reason.", "ККТ не прочитана столько времени по любой причине."),
    "{$KKT.PARTIAL.TIME}": ("1h", "Some requests have been failing for so long; a time, not #N.", "Часть запросов не проходит столько времени; время, не #N."),
    "{$KKT.FN.DAYS.MIN.CRIT}": ("3", "Days to the end of the FN: disaster.", "Дней до конца срока ФН: порог важности «Чрезвычайная»."),
    "{$KKT.FN.DAYS.MIN.HIGH}": ("10", "Days to the end of the FN: high.", "Дней до конца срока ФН: порог важности «Высокая»."),
    "{$KKT.FN.DAYS.MIN.WARN}": ("30", "Days to the end of the FN: warning.", "Дней до конца срока ФН: порог важности «Предупреждение»."),
    "{$KKT.FN.DAYS.MIN.INFO}": ("60", "Days to the end of the FN: information.", "Дней до конца срока ФН: порог важности «Информация»."),
    "{$KKT.FRESH.INTERVAL}": ("5m", "How often Zabbix looks how old the values are.", "Как часто Zabbix проверяет, не устарели ли значения."),
    "{$KKT.FN.DOCUMENTS.MIN}": ("10000", "Room left in the FN's 5-year storage, documents.", "Остаток 5-летнего хранения ФН, документов."),
    "{$KKT.OFD.AGE.MAX.CRIT}": ("27d", "Age of the first unsent document: disaster; the FN blocks at 30 days.",
                                "Возраст первого непереданного документа: порог важности «Чрезвычайная»; на 30-й день ФН блокируется."),
    "{$KKT.OFD.AGE.MAX.HIGH}": ("20d", "Age of the first unsent document: high.",
                                "Возраст первого непереданного документа: порог важности «Высокая»."),
    "{$KKT.OFD.AGE.MAX.AVERAGE}": ("7d", "Age of the first unsent document: average.",
                                   "Возраст первого непереданного документа: порог важности «Средняя»."),
    "{$KKT.OFD.AGE.MAX.WARN}": ("3d", "Age of the first unsent document: warning.",
                                "Возраст первого непереданного документа: порог важности «Предупреждение»."),
    "{$KKT.OFD.AGE.MAX.INFO}": ("24h", "Age of the first unsent document: information.",
                                "Возраст первого непереданного документа: порог важности «Информация»."),
    "{$KKT.OFD.ERROR.TIME}": ("1h", "An error of the exchange with the OFD must last so long; a time, not #N.", "Сколько должна держаться ошибка обмена с ОФД; время, не #N."),
    "{$KKT.SHIFT.LEFT.MIN}": ("2h", "Warn when less than this is left to 24 hours of the shift.",
                              "Предупредить, когда до 24 часов смены осталось меньше."),
    "{$KKT.OPEN.FROM}": ("000000",
                         "The shop opens, HHMMSS, server's clock: paper, cover and shift matter from then; may be later than closing: over midnight.",
                         "Магазин открывается, ЧЧММСС по часам сервера: с этого времени важны бумага, крышка, смена; может быть позже закрытия (через полночь)."),
    "{$KKT.OPEN.TO}": ("235959", "The shop closes, HHMMSS, server's clock.", "Магазин закрывается, ЧЧММСС по часам сервера."),
    "{$KKT.CLOCK.MAX.HIGH}": ("300", "Clock error in seconds: high; more than 5 minutes is punishable.",
                              "Расхождение часов в секундах: порог важности «Высокая»; свыше 5 минут наказуемо."),
    "{$KKT.CLOCK.MAX.WARN}": ("120", "Clock error in seconds: warning.", "Расхождение часов в секундах: порог важности «Предупреждение»."),
    "{$KKT.BATTERY.MIN}": ("15", "Battery charge in per cent.", "Заряд аккумулятора в процентах."),
}
