"""The core template: what alarms, dashboards and the passport of a register need, and nothing more. One row is one item.

Texts are (English, Russian) pairs. `kinds`: the templates that have the item; `keep`: how an unchanged value is discarded (None: each value is
stored). The limits of weight are held by tests: 35 items, 20 triggers, JSONPATH only.
"""
from typing import NamedTuple

BOTH = ("agent", "trapper")
# How long a state has lasted, in one number, so that a trigger needs no second item, which may be stored a moment later; 0: it is another state
LASTS = "$[?({state})].{key}.first()"
READ = "$[?(@.{group}.{key} >= 0 && !(@.registration.autonomous == 1))].{group}.{key}.first()"


class Item(NamedTuple):
    key: str
    path: str                # JSONPath in the document, or a formula of a calculated item
    type: str                # UNSIGNED FLOAT CHAR TEXT
    units: tuple
    words: str               # value map
    keep: str                # "slow", "state", "graph" or ""
    trends: bool
    inventory: str
    component: str
    name: tuple
    about: tuple
    kinds: tuple = BOTH
    how: str = "json"        # json, trap, calculated; `lasts`: 0 without the path; `read`: the time of the poll, only when the register was read


NONE = ("", "")
S, DAYS, DOCS, UNIX = ("s", "s"), ("!days", "!дн."), ("!docs", "!док."), ("unixtime", "unixtime")


def state(key, path, kind, name, about, **more):
    row = {"units": NONE, "words": "", "keep": "", "trends": False, "inventory": "", "component": "collector", **more}
    return Item(key, path, kind, row.pop("units"), row.pop("words"), row.pop("keep"), row.pop("trends"), row.pop("inventory"), row.pop("component"),
                name, about, **row)


def metric(key, kind, name, about, component, keep="", path="", **more):
    keep = keep or ("graph" if more.get("trends") else "state")
    return state(key, path or f"$.metrics.{key}", kind, name, about, component=component, keep=keep, **more)


UNREAD = "(count(//kkt.{clock},{{$KKT.NODATA.TIME}})=0)"
SHUT = '(count(//kkt.closed,{$KKT.NODATA.TIME},"eq","1")>0)'
# `max` of a list without values has no result: the number of values stands in for the values that never came
LAST = "sum(//kkt.health.read,#1)"
HEALTH = {"agent": f"max({LAST},301*{UNREAD.format(clock='polled_ts')})",
          # closed and without data: at most 1
          "trapper": f"min(max({LAST},301*{UNREAD.format(clock='poll.unread_for_s')}),1001-1000*{UNREAD.format(clock='poll.unread_for_s')}*{SHUT})"}

ITEMS = (
    state("state", "$.state", "CHAR", ("state of the poll", "состояние опроса"),
          ("`ok` read; `partial` some requests failed; `busy` another program has the port; `unreachable` no answer; `error` a wrong answer; "
           "`prerequisite` no driver, service or right.",
           "`ok` прочитана; `partial` часть запросов не прошла; `busy` порт занят программой; `unreachable` нет ответа; `error` неверный ответ; "
           "`prerequisite` нет драйвера, службы или прав."), words="state", kinds=("agent",)),  # `serve` says it by health and how long it lasts
    state("polled_ts", "$.polled_ts", "UNSIGNED", ("time of the poll", "время опроса"),
          ("When the program asked the register, whatever came of it.", "Когда программа обращалась к кассе, с любым результатом."),
          units=UNIX, kinds=("agent",)),
    state("read_ts", "", "UNSIGNED", ("last time the register was read", "когда касса прочитана последний раз"),
          ("Other values are as old as this when the register is not read.", "Если касса не читается, остальные значения не новее этого времени."),
          units=UNIX, how="read", kinds=("agent",)),
    state("poll.unread_for_s", "$.poll.unread_for_s", "UNSIGNED", ("not read for", "не читается"),
          ("0: just read. Counted by `serve` since the last time the register was read, else since its first poll.",
           "0: только что прочитана. `serve` считает с последнего чтения, а если его не было, с первого опроса."), units=S, kinds=("trapper",)),
    *(state(f"poll.{name}_for_s", LASTS.format(state=" || ".join(f"$.state == '{word}'" for word in of), key=key), "UNSIGNED", title,
            ("0: it is in another state.", "0: состояние другое."), units=S, keep="state", kinds=("trapper",), how="lasts")
      for name, of, key, title in (
          ("silent", ("unreachable",), "unread_for_s", ("does not answer for", "не отвечает")),
          ("failing", ("error", "prerequisite"), "unread_for_s", ("the poll fails for", "опрос не удаётся")),
          ("busy", ("busy",), "unread_for_s", ("the port is busy for", "порт занят")),
          ("partial", ("partial",), "state_for_s", ("read partly for", "читается частично")))),
    state("closed", "", "UNSIGNED", ("the shop is closed", "магазин закрыт"),
          ("`serve` pushes 1 every ten minutes outside the register's `hours` and 0 at opening; without it silence is a problem.",
           "`serve` присылает 1 раз в десять минут вне `hours` кассы и 0 при открытии; без этого молчание — проблема."),
          words="yes", kinds=("trapper",), how="trap"),

    state("health.read", "$.health.code", "UNSIGNED", ("health by what was read", "здоровье по показаниям"),
          ("The worst reason: severity × 100 + number; 0 is well.", "Самая важная причина: важность × 100 + номер; 0 — норма."),
          words="health", keep="state", component="health"),
    state("health.short", "$.health.short", "CHAR", ("the worst problem in short", "главная неполадка кратко"),
          ("For a cell; `+2`: so many more.", "Для ячейки; `+2`: есть и другие."), keep="state", inventory="SOFTWARE_APP_A", component="health"),
    state("health.text", "$.health.lines", "TEXT", ("what is wrong and what to do", "что не так и что делать"),
          ("The two worst in full, the others in short.", "Две самые важные причины целиком, остальные кратко."), keep="state",
          inventory="SOFTWARE_FULL", component="health"),
    state("health", "", "UNSIGNED", ("health", "здоровье"),
          ("As of now, with what only Zabbix knows: no data (301), shop closed (1). It tells what is; a problem tells what has been confirmed.",
           "На сейчас, вместе с тем, что знает только Zabbix: нет данных (301), магазин закрыт (1). Здесь то, что есть; проблема — то, что подтвердилось."),
          words="health", keep="state", component="health", how="calculated"),
    *(state(f"alarms.{name}", f"$.health.alarms.{name}", "TEXT", (f"faults and flags: {english}", f"неисправности и флаги: {russian}"),
            ("Each fault, flag or mistake of this severity that has no number of its own, and what to do; empty when there is none.",
             "Все неисправности, флаги и ошибки этой важности, у которых нет своего числа, и что делать; пусто, если их нет."),
            keep="state", component="health")
      for name, english, russian in (("disaster", "disaster", "чрезвычайная"), ("high", "high", "высокая"), ("average", "average", "средняя"),
                                     ("warning", "warning", "предупреждение"), ("information", "information", "информация"))),

    metric("fn.left", "FLOAT", ("FN: days left", "ФН: осталось дней"),
           ("The smaller one of the days to the end of its term and of the FN's own count; negative: it has expired.",
            "Меньшее из дней до конца срока и собственного счёта ФН; меньше нуля: срок вышел."), "fiscal-storage", units=DAYS, trends=True,
           path="$.metrics.fn['days_left','resource_days'].min()"),
    metric("fn.valid_until", "CHAR", ("FN: end of its term", "ФН: срок действия"),
           ("Order a new FN in time: after this date the register does not sell.", "Закажите новый ФН заранее: после этой даты касса не продаёт."),
           "fiscal-storage", "slow"),
    metric("fn.serial", "CHAR", ("FN: serial number", "ФН: заводской номер"), ("Serial number of the fiscal storage.", "Заводской номер ФН."),
           "fiscal-storage", "slow", inventory="SERIALNO_B"),

    metric("ofd.unsent_count", "UNSIGNED", ("OFD: documents not sent", "ОФД: не передано документов"),
           ("A few for a short time are normal; watch their age.", "Немного и недолго — норма; важен их возраст."), "ofd", units=DOCS, trends=True),
    metric("ofd.first_unsent_age_s", "UNSIGNED", ("OFD: the first one waits for", "ОФД: первый документ ждёт"),
           ("At 30 days the FN blocks: check the network and the OFD's address. Not watched on an autonomous register.",
            "На 30-й день ФН блокируется: проверьте сеть и адрес ОФД. У автономной кассы не проверяется."), "ofd", units=S, trends=True,
           path=READ.format(group="ofd", key="first_unsent_age_s")),
    metric("shift.state", "UNSIGNED", ("shift", "смена"), ("Beyond 24 hours receipts are refused: close the shift.",
                                                          "Свыше 24 часов чеки не пробиваются: закройте смену."), "shift", words="shift"),
    metric("shift.expires_ts", "UNSIGNED", ("shift reaches 24 hours", "смена достигнет 24 часов"),
           ("When the open shift must be closed.", "Когда открытую смену пора закрыть."), "shift", units=UNIX),
    metric("printer.paper_present", "UNSIGNED", ("paper", "бумага"), ("0: put in a new roll.", "0: поставьте новый рулон."), "paper", words="paper"),
    metric("device.clock_drift_s", "FLOAT", ("clock drift", "расхождение часов"),
           ("More than 5 minutes on a receipt is punishable: set the clock with the shift closed.",
            "Больше 5 минут на чеке наказуемо: выставьте часы при закрытой смене."), "device", units=S, trends=True),

    metric("device.model", "CHAR", ("model", "модель"), ("Model name.", "Модель."), "device", "slow", inventory="MODEL"),
    metric("device.serial", "CHAR", ("serial number", "заводской номер"), ("Factory serial number of the register.", "Заводской номер ККТ."),
           "device", "slow", inventory="SERIALNO_A"),
    metric("device.firmware", "CHAR", ("firmware", "прошивка"), ("Firmware version.", "Версия прошивки."), "device", "slow", inventory="SOFTWARE"),
    metric("registration.number", "CHAR", ("registration number", "регистрационный номер"),
           ("Registration number of the register (РНМ, tag 1037).", "Регистрационный номер ККТ (РНМ, тег 1037)."), "registration", "slow",
           inventory="ASSET_TAG"),
)
KEYS = tuple(item.key for item in ITEMS)
STATES = (("ok", "read", "прочитана"), ("partial", "read partly", "прочитана частично"), ("busy", "port busy", "порт занят"),
          ("unreachable", "does not answer", "не отвечает"), ("error", "wrong answer", "ошибка ответа"),
          ("prerequisite", "cannot be polled", "опрос невозможен"), ("usage", "mistake in its settings", "ошибка в настройках"))

# macro -> (default, English, Russian, the templates that have it)
MACROS = {
    "{$KKT.NAME}": ("kassa-1", "Register: its name in zabbix-atol.yaml.", "Касса: её имя в zabbix-atol.yaml.", ("agent",)),
    "{$KKT.INTERVAL}": ("5m", "How often the register is polled; {$KKT.UNREAD.TIME}, {$KKT.PARTIAL.TIME}, {$KKT.NODATA.TIME}: at least three times as long.",
                        "Как часто опрашивать кассу; {$KKT.UNREAD.TIME}, {$KKT.PARTIAL.TIME}, {$KKT.NODATA.TIME} — не меньше трёх таких промежутков.", ("agent",)),
    "{$KKT.RAW.HISTORY}": ("0", "How long to keep the raw document; 0: not at all; 1h helps to look into a problem.",
                           "Сколько хранить исходный документ; 0: не хранить; 1h поможет при разборе.", BOTH),
    "{$KKT.HEARTBEAT.SLOW}": ("1d", "An unchanged number, version or address is stored again after this time.",
                              "Через сколько снова записать неизменившийся номер, версию или адрес.", BOTH),
    "{$KKT.HEARTBEAT.STATE}": ("3h", "Any other unchanged value is stored again after this time.",
                               "Через сколько снова записать любое другое неизменившееся значение.", BOTH),
    "{$KKT.HEARTBEAT.GRAPH}": ("1h", "An unchanged value that a graph shows is stored again after this time.",
                               "Через сколько снова записать неизменившееся значение, которое есть на графике.", BOTH),
    "{$KKT.HEALTH.INTERVAL}": ("1m", "How often Zabbix looks whether data still come.", "Как часто Zabbix проверяет, приходят ли данные.", BOTH),
    "{$KKT.NODATA.TIME}": ("30m", "No document for so long: the agent or the collector is silent; at least three polls.",
                           "Нет документа столько времени: молчит агент или сборщик; не меньше трёх опросов.", BOTH),
    "{$KKT.UNREAD.TIME}": ("15m", "The register was not read for so long: it does not answer, answers wrongly, cannot be polled; at least three polls.",
                           "Касса не прочитана столько времени: не отвечает, отвечает с ошибкой, опрос невозможен; не меньше трёх опросов.", BOTH),
    "{$KKT.BUSY.TIME}": ("1d", "The port was used by another program for so long. Being busy is normal in trade hours.",
                         "Порт занят другой программой столько времени. В часы торговли это норма.", BOTH),
    "{$KKT.STALE.TIME}": ("3d", "The register was not read for so long, whatever the reason.", "Касса не прочитана столько времени по любой причине.", BOTH),
    "{$KKT.PARTIAL.TIME}": ("1h", "Some requests have been failing for so long; at least three polls.",
                            "Часть запросов не проходит столько времени; не меньше трёх опросов.", BOTH),
    "{$KKT.FN.DAYS.MIN.CRIT}": ("3", "Days left to the FN: disaster.", "Дней до конца ФН: порог важности «Чрезвычайная».", BOTH),
    "{$KKT.FN.DAYS.MIN.HIGH}": ("10", "Days left to the FN: high.", "Дней до конца ФН: порог важности «Высокая».", BOTH),
    "{$KKT.FN.DAYS.MIN.WARN}": ("30", "Days left to the FN: warning.", "Дней до конца ФН: порог важности «Предупреждение».", BOTH),
    "{$KKT.FN.DAYS.MIN.INFO}": ("60", "Days left to the FN: information.", "Дней до конца ФН: порог важности «Информация».", BOTH),
    "{$KKT.OFD.AGE.MAX.CRIT}": ("27d", "Age of the first unsent document: disaster; the FN blocks at 30 days.",
                                "Возраст первого непереданного документа: порог важности «Чрезвычайная»; на 30-й день ФН блокируется.", BOTH),
    "{$KKT.OFD.AGE.MAX.HIGH}": ("20d", "Age of the first unsent document: high.", "Возраст первого непереданного документа: порог важности «Высокая».", BOTH),
    "{$KKT.OFD.AGE.MAX.AVERAGE}": ("7d", "Age of the first unsent document: average.",
                                   "Возраст первого непереданного документа: порог важности «Средняя».", BOTH),
    "{$KKT.OFD.AGE.MAX.WARN}": ("3d", "Age of the first unsent document: warning.",
                                "Возраст первого непереданного документа: порог важности «Предупреждение».", BOTH),
    "{$KKT.OFD.AGE.MAX.INFO}": ("24h", "Age of the first unsent document: information.",
                                "Возраст первого непереданного документа: порог важности «Информация».", BOTH),
}
