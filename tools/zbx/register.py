"""Dashboard of one register, a part of its template: what is wrong and what to do, its numbers, its problems. Fits 1366x768 and 1920x1080."""
from .widgets import (AGE, CLOCK, DAYS, GOOD, HEALTH, INK, LAMP_OFF, PAPER, SEVERITY, SHIFT, as_yaml, card, card60, gauge, graph60, honeycomb, line,
                      problems, steps, words)

NAME = ("ATOL register", "ККТ АТОЛ: касса")
ALL_NAME = ("ATOL register: all values", "ККТ АТОЛ: все показатели")
STORY = "{HOST.NAME}\n{INVENTORY.SOFTWARE.FULL}"
PASSPORT = ("{INVENTORY.MODEL}, serial {INVENTORY.SERIALNO.A}\nFN {INVENTORY.SERIALNO.B}\nRegistration {INVENTORY.ASSET.TAG}\nFirmware {INVENTORY.SOFTWARE}",
            "{INVENTORY.MODEL}, зав. № {INVENTORY.SERIALNO.A}\nФН № {INVENTORY.SERIALNO.B}\nРНМ {INVENTORY.ASSET.TAG}\nПрошивка {INVENTORY.SOFTWARE}")
# Graphs of 6.0: (key, English, Russian, [(item, colour)])
GRAPHS = [("fn", "KKT: FN days left", "ККТ: дней до конца ФН", [("fn.left", "2E7D32")]),
          ("ofd", "KKT: OFD queue", "ККТ: очередь в ОФД", [("ofd.unsent_count", "C62828")]),
          ("clock", "KKT: clock drift", "ККТ: расхождение часов", [("device.clock_drift_s", "6A1B9A")])]
DAY = {"time_period__from": "now-24h", "time_period__to": "now"}
MONTH = {"time_period__from": "now-30d", "time_period__to": "now"}
LAMP = '{{ITEM.NAME}.regsub("^[^:]*: [^:]*: ([^ ,]+)", "\\1")}\n{{ITEM.NAME}.regsub("^[^:]*: [^:]*: [^ ,]+,? (.*)$", "\\1")}'


def paint(limits):
    return steps(SEVERITY, limits, GOOD)


def new(i):
    """7.0: 72 columns, rows of 70 pixels."""
    def t(english, russian):
        return (english, russian)[i]
    return [
        words(0, 0, 46, 2, "health", STORY, HEALTH, size=14, desc_bold=1), words(46, 0, 26, 2, "device.model", PASSPORT[i], size=14),
        gauge(0, 2, 14, 4, "fn.left", t("FN: days left", "ФН: осталось дней"), 0, 90,
              [(0, SEVERITY[5]), (4, SEVERITY[4]), (11, SEVERITY[2]), (31, SEVERITY[1]), (61, "66BB6A")], units=t("days", "дн.")),
        card(14, 2, 11, 2, "ofd.first_unsent_age_s", t("OFD waits", "ОФД ждёт"), paint(AGE), size=20),
        card(25, 2, 9, 2, "ofd.unsent_count", t("In the queue", "В очереди"), size=22),
        card(34, 2, 11, 2, "shift.state", t("Shift", "Смена"), paint(SHIFT), size=15),
        words(45, 2, 9, 2, "shift.expires_ts", t("24 hours at\n{ITEM.LASTVALUE}", "24 ч. смены\n{ITEM.LASTVALUE}"), size=12, centred=True),
        card(54, 2, 9, 2, "printer.paper_present", t("Paper", "Бумага"), paint(PAPER), size=13),
        card(63, 2, 9, 2, "device.clock_drift_s", t("Clock", "Часы"), paint(CLOCK), size=20),
        problems(14, 4, 40, 3, t("Problems", "Проблемы"), []),
        line(54, 4, 18, 3, t("Queue to the OFD, a day", "Очередь в ОФД, сутки"), [("ofd.unsent_count", SEVERITY[4])], legend=0,
             show_problems=1, graph_item_problems=1, reference="QUEUE", **DAY),
        words(0, 6, 14, 1, "fn.valid_until", t("FN until {ITEM.LASTVALUE}", "Срок ФН {ITEM.LASTVALUE}"), size=40, centred=True),
        line(0, 7, 36, 3, t("Clock drift, a day", "Расхождение часов, сутки"), [("device.clock_drift_s", "6A1B9A")], legend=0, reference="CLOCK", floor="", **DAY),
        line(36, 7, 36, 3, t("FN: days left, a month", "ФН: осталось дней, месяц"), [("fn.left", "2E7D32")], legend=0, reference="FNDAY", **MONTH),
    ]


def old(i):
    """6.0: 24 columns; a tile has no colours, a template's dashboard no problems."""
    def t(english, russian):
        return (english, russian)[i]
    return [
        card60(0, 0, 15, 2, "health", STORY, value=False, small=14, left=True, bold=1),
        card60(15, 0, 9, 2, "device.model", PASSPORT[i], value=False, small=14, left=True),
        card60(0, 2, 4, 2, "fn.left", t("FN", "ФН")), card60(4, 2, 4, 2, "ofd.first_unsent_age_s", t("OFD waits", "ОФД ждёт"), size=20),
        card60(8, 2, 3, 2, "ofd.unsent_count", t("In the queue", "В очереди"), size=22), card60(11, 2, 4, 2, "shift.state", t("Shift", "Смена"), size=15),
        card60(15, 2, 3, 2, "printer.paper_present", t("Paper", "Бумага"), size=13),
        card60(18, 2, 3, 2, "device.clock_drift_s", t("Clock", "Часы"), size=20),
        card60(21, 2, 3, 2, "fn.valid_until", t("FN until\n{ITEM.LASTVALUE}", "Срок ФН\n{ITEM.LASTVALUE}"), value=False, small=12),
        *(graph60(x, 4, 8, 5, row[1 + i]) for x, row in zip((0, 8, 16), GRAPHS)),
    ]


def dashboard(t):
    widgets = new(t.i) if t.new else old(t.i)
    return {"uuid": t.id("dashboard"), "name": NAME[t.i], "pages": [{"widgets": [as_yaml(w, t.name, t.key, t.new) for w in widgets]}]}


def all_values(t, lamps):
    """Lamps of faults and flags, and how the polls go; `lamps`: the items of the lamps."""
    def say(english, russian):
        return (english, russian)[t.i]
    if t.new:
        items = [say("KKT: Fault: *", "ККТ: Неисправность: *"), say("KKT: FN flag: *", "ККТ: Флаг ФН: *")]
        widgets = [
            honeycomb(0, 0, 72, 4, say("Faults and FN flags: red is on", "Неисправности и флаги ФН: красное горит"), [], items=items,
                      primary_label=LAMP, primary_label_color=INK, show=[1], thresholds=[(0, LAMP_OFF), (1, SEVERITY[5])], bg_color=LAMP_OFF,
                      reference="LAMPS"),
            line(0, 4, 36, 4, say("Time of the poll, ms", "Время опроса, мс"),
                 [("poll.duration_ms", "EF6C00"), ("poll.port_held_ms", "00838F")], reference="POLLS"),
            line(36, 4, 36, 4, say("Repeated requests", "Повторов за опрос"), [("poll.retries", SEVERITY[4])], legend=0, reference="TRIES")]
    else:
        widgets = [card60(n % 8 * 3, n // 8 * 2, 3, 2, key, label, size=13, small=11) for n, (key, label) in enumerate(lamps)]
    return {"uuid": t.id("dashboard", "all"), "name": ALL_NAME[t.i], "pages": [{"widgets": [as_yaml(w, t.name, t.key, t.new) for w in widgets]}]}
