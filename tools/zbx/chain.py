"""Dashboard of the chain, for 1920x1080 and the widgets of Zabbix 6.0 to 6.4: counts by state, all registers, those that need somebody first."""

# One palette for every table: red is High or Disaster, amber less, blue a pause that is no fault; what is nothing has no colour.
GOOD, PAUSE, WARN, BAD = "C8E6C9", "90CAF9", "FFD54F", "EF7C78"
NAME = ("ATOL registers: the chain", "ККТ АТОЛ: вся сеть")
# States of the poll as `kkt.state` numbers them: (health item, English, Russian, colour)
STATES = [("registers.ok", "Read", "Прочитано", GOOD), ("registers.partial", "Partly", "Частично", WARN),
          ("registers.busy", "Busy", "Занято", PAUSE), ("registers.unreachable", "Do not answer", "Не отвечает", BAD),
          ("registers.error", "In error", "С ошибкой", BAD), ("registers.prerequisite", "Cannot be polled", "Опрос невозможен", BAD)]
FLAGS_BAD = 1 << 0 | 1 << 2 | 1 << 6 | 1 << 7  # the bits of fn.flags whose triggers are High or Disaster
DAYS = [(-10000, BAD), (11, WARN), (31, GOOD)]
AGE = [(0, GOOD), (86400, WARN), (20 * 86400, BAD)]


def flags():
    """A colour for each value of the byte, as thresholds."""
    colours = [GOOD if not n else BAD if n & FLAGS_BAD else WARN for n in range(256)]
    return [(n, c) for n, c in enumerate(colours) if not n or c != colours[n - 1]]


# Columns: (English, Russian, item, thresholds); the first of a table is the register.
STATE = ("State", "Состояние", "state", [(n, row[3]) for n, row in enumerate(STATES)])
FN_DAYS, FN_RESOURCE = ("FN, days", "ФН, дней", "fn.days_left", DAYS), ("FN resource", "Ресурс ФН", "fn.resource_days", DAYS)
FRESH, READ = ("Values", "Значения", "fresh", [(0, GOOD), (1, PAUSE), (2, WARN)]), ("Last read", "Прочитана", "read_ts", [])
UNSENT, OLDEST = ("Unsent", "Не передано", "ofd.unsent_count", []), ("Oldest unsent", "Возраст первого", "ofd.first_unsent_age_s", AGE)
ALL = [STATE, FRESH, READ,
       ("Blocking", "Блокировка", "device.blocked", [(0, GOOD), (1, BAD)]),
       ("FN", "ФН", "fn.present", [(0, BAD), (1, GOOD)]),
       ("FN phase", "Фаза ФН", "fn.state", [(0, WARN), (3, GOOD), (7, BAD)]),
       ("FN flags", "Флаги ФН", "fn.flags", flags()),
       FN_DAYS, FN_RESOURCE, UNSENT, OLDEST,
       ("Shift", "Смена", "shift.state", [(0, GOOD), (2, BAD)]),
       ("Clock", "Часы", "device.clock_drift_s", [(-10 ** 9, BAD), (-300, WARN), (-120, GOOD), (121, WARN), (301, BAD)]),
       ("Paper", "Бумага", "printer.paper_present", [(0, WARN), (1, GOOD)]),
       ("Firmware", "Прошивка", "device.firmware", [])]
TOP, BOTTOM = 2, 3
# Tables: (English, Russian, place, column to sort by, order, rows, columns). Of the first: old values, which always have a number, stand above.
TABLES = [
    ("Registers", "Кассы", (0, 2, 24, 7), "fresh", TOP, 100, ALL),
    ("The FN that ends first", "ФН заканчивается раньше всех", (13, 9, 5, 6), "fn.days_left", BOTTOM, 10, [FN_DAYS, FN_RESOURCE, STATE]),
    ("The oldest unsent documents", "Дольше всех ждут отправки", (18, 9, 6, 6), "ofd.first_unsent_age_s", TOP, 10, [OLDEST, UNSENT, STATE]),
]


def field(name, value, kind=None):
    return {"type": kind if kind is not None else 0 if isinstance(value, int) else 1, "name": name, "value": value}


def widget(kind, name, place, fields):
    return {"type": kind, "name": name, **dict(zip(("x", "y", "width", "height"), place)), "view_mode": 0, "fields": fields}


def column(n, name, item, thresholds):
    parts = {"name": name, "data": 1, "item": item, "aggregate_function": 0, "display": 1, "history": 1, "timeshift": "", "base_color": ""}
    return [field(f"columns.{part}.{n}", value) for part, value in parts.items()] + [
        field(f"columnsthresholds.{part}.{n}.{t}", value)
        for t, (limit, colour) in enumerate(thresholds) for part, value in (("color", colour), ("threshold", str(limit)))]


def table(name, place, where, sort, order, rows, head, columns):
    """`where` names the group or the host; `head`: the fields of a first column, or none; `columns`: (name, item's name, thresholds)."""
    fields = [where, field("column", sort), field("order", order), field("count", rows), *head]
    return widget("tophosts", name, place, fields + [f for n, c in enumerate(columns, 1 if head else 0) for f in column(n, *c)])


def widgets(i, names, group, host):
    """`names`: key of an item -> its name; the tables of Zabbix find items by name."""
    in_group = field("groupids", group, 2)
    register = [field("columns.name.0", ("Register", "Касса")[i]), field("columns.data.0", 2), field("columns.aggregate_function.0", 0),
                field("columns.base_color.0", "")]
    result = [
        table(("Registers by state", "Кассы по состояниям")[i], (0, 0, 12, 2), field("hostids", host, 3), 0, TOP, 1, [],
              [(row[1 + i], names[f"kkt.serve.{row[0]}"], [(1, row[3])]) for row in STATES]),
        widget("problemsbysv", ("Problems by severity", "Проблемы по важности")[i], (12, 0, 12, 2), [in_group, field("show_type", 1)]),
        widget("problems", ("Problems", "Проблемы")[i], (0, 9, 13, 6), [
            in_group, field("show", 3), field("show_lines", 100), field("sort_triggers", 1), field("show_opdata", 0), field("show_timeline", 0)])]
    for *texts, place, sort, order, rows, columns in TABLES:
        at = next(n for n, c in enumerate(columns, 1) if c[2] == sort)
        result.append(table(texts[i], place, in_group, at, order, rows, register, [(c[i], names[f"kkt.{c[2]}"], c[3]) for c in columns]))
    return result
