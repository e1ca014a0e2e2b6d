"""THE table of triggers of the core template: one row a trigger.

In an expression a bare item key stands for the item. A problem's name says `Subject: what is so, with its number. What to do`, in at most 90
letters; `{key}` in it is the value of that item, `{key/86400}` a part of it. Steps of one thing exclude each other by their limits, so that no
trigger needs a dependency.
"""
from typing import NamedTuple


class Row(NamedTuple):
    name: str
    severity: str
    expression: str
    title: tuple             # name of the trigger
    event: tuple             # name of the problem
    advice: tuple
    subject: tuple
    who: str                 # shop, it, service or buyer: who has to act
    recovery: str = ""
    agent: str = ""          # the expression in the agent template, where nobody counts how long
    sells: bool = True       # False: the register cannot sell
    manual: bool = False
    each: bool = False       # a new problem each time that the list changes


POLL, FN, OFD, KKT = ("Poll", "Опрос"), ("FN", "ФН"), ("OFD", "ОФД"), ("Register", "Касса")
UNREAD, BUSY, STALE = "{$KKT.UNREAD.TIME}", "{$KKT.BUSY.TIME}", "{$KKT.STALE.TIME}"


FAILS, BUSY_NOW = '(last(state)="error" or last(state)="prerequisite")', 'last(state)="busy"'


def unread(item, window):
    return f"last({item})>={window} and last({item})<{STALE}"


# By the agent's own polls. `last` of what was never read has no value, and all that hangs on it is unknown for ever; `sum` of it is 0.
READ, AGE = "count(read_ts,#1)>0", "last(polled_ts)-sum(read_ts,#1)"


def polls_span(window):
    """Half of the window: a gap (a computer that was off) is not waiting."""
    return f"last(polled_ts)-min(polled_ts,{window})>={window}/2"


AGENT_STALE = f"({AGE}>={STALE} and ({READ} or {polls_span(STALE)}))"


def agent_unread(condition, window):
    """Not read in the whole window."""
    return f'{condition} and count(state,{window},"regexp","^(ok|partial)$")=0 and {polls_span(window)} and not {AGENT_STALE}'


def agent_busy(window):
    return f"{BUSY_NOW} and {AGE}>={window} and ({READ} or {polls_span(window)}) and not {AGENT_STALE}"


def days(level, severity, above, who, english, russian):
    macro = f"{{$KKT.FN.DAYS.MIN.{level}}}"
    low = f"last(fn.left)>{{$KKT.FN.DAYS.MIN.{above}}}" if above else "last(fn.left)>=0"
    return Row(f"fn.left.{level.lower()}", severity, f"last(fn.left)<={macro} and {low}", (f"FN: up to {macro} days left", f"ФН: осталось до {macro} дн."),
               (f"FN: {{fn.left}} days left. {english}", f"ФН: осталось {{fn.left}} дн. {russian}"),
               ("Order a new FN in time, close the archive of the old one and register the register with the new one.",
                "Закажите новый ФН заранее, закройте архив старого и перерегистрируйте ККТ с новым."), FN, who)


def age(level, severity, below, who):
    macro = f"{{$KKT.OFD.AGE.MAX.{level}}}"
    high = f" and last(ofd.first_unsent_age_s)<{{$KKT.OFD.AGE.MAX.{below}}}" if below else ""
    return Row(f"ofd.age.{level.lower()}", severity, f"last(ofd.first_unsent_age_s)>={macro}{high}",
               (f"OFD: documents not sent for {macro}", f"ОФД: документы не уходят больше {macro}"),
               ("OFD: {ofd.unsent_count} not sent, the first waits {ofd.first_unsent_age_s/86400} of 30 days. Check network, OFD address",
                "ОФД: {ofd.unsent_count} док. не уходят, первый ждёт {ofd.first_unsent_age_s/86400} дн. из 30. Проверьте сеть кассы и адрес ОФД"),
               ("Check the network of the register and the OFD's address; after 30 days the FN blocks and the register does not sell.",
                "Проверьте сеть ККТ и адрес ОФД; через 30 дней ФН заблокируется и касса не сможет продавать."), OFD, who)


def listed(name, severity, who, english, russian, advice, sells=True):
    """All faults of one severity: a text that names each. The first value counts, and each that differs from the one before."""
    key = f"alarms.{name}"
    return Row(key, severity, f"length(last({key}))>0 and countunique({key},#2)=count({key},#2)", (english, russian),
               ("{ITEM.LASTVALUE1}", "{ITEM.LASTVALUE1}"), advice, ("{{ITEM.LASTVALUE1}.regsub(\"^([^:]*)\",\"\\1\")}",) * 2, who,
               recovery=f"length(last({key}))=0", sells=sells, each=True)


SERVICE = ("The problem's name says what is wrong and what to do. Zabbix opens a new problem when the list changes.",
           "Что случилось и что делать, сказано в названии проблемы. При изменении списка Zabbix открывает новую проблему.")
TRIGGERS = (
    Row("nodata", "AVERAGE", "nodata(poll.unread_for_s,{$KKT.NODATA.TIME})=1 and nodata(closed,{$KKT.NODATA.TIME})=1",
        ("Poll: no data", "Опрос: нет данных"), ("Poll: no data. Check the computer, the agent or the service zabbix-atol",
                                                  "Опрос: нет данных. Проверьте компьютер, агент или службу zabbix-atol"),
        ("Is the computer on, does the Zabbix agent or `zabbix-atol serve` run there, does the way to Zabbix work?",
         "Включён ли компьютер, работает ли на нём агент Zabbix или `zabbix-atol serve`, есть ли связь с Zabbix?"), POLL, "it",
        agent="nodata(polled_ts,{$KKT.NODATA.TIME})=1", manual=True),
    Row("unreachable", "AVERAGE", unread("poll.silent_for_s", UNREAD),
        ("Register: does not answer", "Касса: не отвечает"),
        ("Register: does not answer. Check its power, cable and network", "Касса: не отвечает. Проверьте питание, кабель и сеть"),
        ("The last values are kept. `zabbix-atol check NAME` on the computer names the place where the way ends.",
         "Последние значения сохранены. `zabbix-atol check ИМЯ` на компьютере скажет, где обрывается связь."), KKT, "shop",
        agent=agent_unread('last(state)="unreachable"', UNREAD)),
    Row("failing", "AVERAGE", f'{unread("poll.failing_for_s", UNREAD)} or {unread("poll.busy_for_s", BUSY)}',
        ("Poll: fails", "Опрос: не удаётся"),
        ("Poll: fails: {health.short}. Run `zabbix-atol check` on the computer", "Опрос: не удаётся: {health.short}. Запустите на компьютере zabbix-atol check"),
        ("Driver, its architecture, the UEMA service, the right to the port, a wrong answer: the item `what is wrong and what to do` says which. A port that "
         "is busy all day: start the till's program through `zabbix-atol get … -- PROGRAM`, or poll by TCP.",
         "Драйвер, его разрядность, служба UEMA, права на порт, неверный ответ: что именно и что делать, сказано в элементе «что не так и что делать». "
         "Если порт занят целый день, запускайте кассовую программу через `zabbix-atol get … -- ПРОГРАММА` или опрашивайте по TCP."),
        POLL, "it", agent=f'{agent_unread(FAILS, UNREAD)} or {agent_busy(BUSY)}'),
    Row("stale", "HIGH", f"last(poll.unread_for_s)>={STALE}", ("Poll: not read for long", "Опрос: касса давно не читалась"),
        ("Poll: the register has not been read for long. Send somebody there", "Опрос: касса давно не читалась. Отправьте туда специалиста"),
        ("The state of the FN and of the OFD queue is unknown.", "Состояние ФН и очереди в ОФД неизвестно."), POLL, "it",
        agent=f'last(state)<>"ok" and last(state)<>"partial" and {AGENT_STALE}'),
    Row("partial", "WARNING", "last(poll.partial_for_s)>={$KKT.PARTIAL.TIME}",
        ("Poll: some requests fail", "Опрос: часть запросов не проходит"),
        ("Poll: some requests fail. Run `zabbix-atol check`", "Опрос: часть запросов не проходит. Запустите zabbix-atol check"),
        ("The values of the requests that fail are not shown.", "Значений тех запросов, что не прошли, нет."), POLL, "it",
        agent='last(state)="partial" and count(state,{$KKT.PARTIAL.TIME},"ne","partial")=0 and ' + polls_span("{$KKT.PARTIAL.TIME}")),

    days("CRIT", "DISASTER", "", "service", "Replace it: close its archive, register the register anew",
         "Замените ФН: закройте архив, перерегистрируйте ККТ"),
    days("HIGH", "HIGH", "CRIT", "service", "Set a day for its replacement", "Назначьте замену"),
    days("WARN", "WARNING", "HIGH", "buyer", "Order a new FN", "Закажите новый ФН"),
    days("INFO", "INFO", "WARN", "buyer", "Plan its replacement", "Запланируйте замену ФН"),

    age("CRIT", "DISASTER", "", "it"), age("HIGH", "HIGH", "CRIT", "it"), age("AVERAGE", "AVERAGE", "HIGH", "it"),
    age("WARN", "WARNING", "AVERAGE", "it"), age("INFO", "INFO", "WARN", "it"),

    Row("shift.expired", "HIGH", "last(shift.state)=2", ("Shift: open for more than 24 hours", "Смена: открыта больше 24 ч"),
        ("Shift: open for more than 24 hours, receipts are refused. Close it (Z report)", "Смена: открыта больше 24 ч, чеки не пробиваются. Закройте Z-отчётом"),
        ("Close the shift (Z report) and open a new one.", "Закройте смену (Z-отчёт) и откройте новую."), ("Shift", "Смена"), "shop",
        sells=False),
    listed("disaster", "DISASTER", "service", "Register: does not sell or is about to stop", "Касса: не продаёт или вот-вот остановится",
           SERVICE, sells=False),
    listed("high", "HIGH", "service", "Register: a serious fault", "Касса: серьёзная неисправность", SERVICE),
    listed("average", "AVERAGE", "service", "Register: a fault", "Касса: неисправность", SERVICE),
    listed("warning", "WARNING", "shop", "Register: wants somebody's hand", "Касса: нужно вмешательство", SERVICE),
    listed("information", "INFO", "shop", "Register: good to know", "Касса: к сведению", SERVICE),
)
ROWS = {row.name: row for row in TRIGGERS}
