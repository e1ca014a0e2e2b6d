"""Widgets, told once: for a template's file (`as_yaml`) and for the API (`as_api`), in the fields of Zabbix 7.0 or of 6.0.

A colour never says something alone: tiles carry fixed dark text, so that both themes read alike, and a threshold for every value; tables, whose
text takes the theme's colour, use colours of middle brightness, and none for what is well.
"""
from typing import NamedTuple

INT, STR, GROUP, HOST, ITEM, GRAPH = 0, 1, 2, 3, 4, 6
YAML = {INT: "INTEGER", STR: "STRING", GROUP: "GROUP", HOST: "HOST", ITEM: "ITEM", GRAPH: "GRAPH"}
INK, GOOD, PAUSE, LAMP_OFF = "1F2C33", "A5D6A7", "B0BEC5", "DCE3E7"
SEVERITY = {1: "7499FF", 2: "FFC859", 3: "FFA059", 4: "E97659", 5: "E45959"}   # Zabbix's own, for tiles
MIDDLE = {1: "5B86EA", 2: "B88700", 3: "CF7020", 4: "DC522C", 5: "EA3F3F"}     # read in both themes, for tables
DAY = 86400
HEALTH = [(0, GOOD), (1, PAUSE), *((100 * n, colour) for n, colour in SEVERITY.items())]
HEALTH_TABLE = [(100 * n, colour) for n, colour in MIDDLE.items()]


def steps(colours, limits, well):
    """Thresholds: [(from, severity)]; severity 0 is what is well."""
    return [(at, colours[severity] if severity else well) for at, severity in limits]


DAYS = [(-10000, 5), (4, 4), (11, 2), (31, 1), (61, 0)]
AGE = [(0, 0), (DAY, 1), (3 * DAY, 2), (7 * DAY, 3), (20 * DAY, 4), (27 * DAY, 5)]
CLOCK = [(-10 ** 9, 4), (-300, 2), (-120, 0), (121, 2), (301, 4)]
SHIFT, PAPER = [(0, 0), (2, 4)], [(0, 2), (1, 0)]


class Field(NamedTuple):
    name: str
    value: object
    kind: int


class Widget(NamedTuple):
    kind: str
    x: int
    y: int
    width: int
    height: int
    name: str
    fields: list
    head: bool


def field(name, value, kind=None):
    return Field(name, value, kind if kind is not None else INT if isinstance(value, int) else STR)


def fields(**values):
    """name=value; a list becomes name.0, name.1; thresholds=[(from, colour)]; a `_` at the end is left off, `__` stands for a dot."""
    out = []
    for name, value in values.items():
        name = name.replace("__", ".")
        if name == "thresholds":
            for n, (limit, colour) in enumerate(value):
                out += [field(f"thresholds.{n}.color", colour), field(f"thresholds.{n}.threshold", str(limit))]
        elif isinstance(value, (list, tuple)):
            out += [field(f"{name}.{n}", inner) for n, inner in enumerate(value)]
        else:
            out.append(field(name, value))
    return out


def follow(reference):
    return [field("override_hostid._reference", reference)] if reference else []


# ---------------------------------------------------------------------- 7.0
def card(x, y, width, height, item, text, thresholds=(), size=26, small=13, follows="", **more):
    """A number with a short label."""
    out = [field("itemid.0", item, ITEM)] + fields(show=[1, 2], description=text, desc_v_pos=0, desc_size=small, value_size=size,
                                                   units_size=max(size - 10, 8), decimal_places=0, thresholds=list(thresholds), **more)
    if thresholds:
        out += fields(desc_color=INK, value_color=INK, units_color=INK)
    return Widget("item", x, y, width, height, "", out + follow(follows), False)


def words(x, y, width, height, item, text, thresholds=(), size=14, follows="", centred=False, **more):
    """Lines of text with macros; the value itself is not shown, it only colours."""
    out = [field("itemid.0", item, ITEM)] + fields(show=[1], description=text, desc_v_pos=1, desc_h_pos=1 if centred else 0, desc_size=size,
                                                   thresholds=list(thresholds), **more)
    if thresholds:
        out += fields(desc_color=INK)
    return Widget("item", x, y, width, height, "", out + follow(follows), False)


def gauge(x, y, width, height, item, text, low, high, thresholds, **more):
    return Widget("gauge", x, y, width, height, "", [field("itemid.0", item, ITEM)] + fields(
        min=str(low), max=str(high), description=text, desc_v_pos=0, desc_size=9, decimal_places=0, value_size=24, value_bold=1, units_size=14,
        scale_size=9, thresholds=thresholds, th_show_arc=1, th_arc_size=7, value_arc_size=18, **more), False)


def line(x, y, width, height, name, items, stacked=False, fill=3, reference="", floor="0", **more):
    """A graph: items is [(item, colour)]; `floor`: where its axis begins, "" by the values. Data sets of their own do not stack: of a stack all lines
    are in one. It cannot follow a chosen host (`simple` can)."""
    out = []
    sets = [items] if stacked else [[one] for one in items]
    for n, rows in enumerate(sets):
        for k, (item, colour) in enumerate(rows):
            out += [field(f"ds.{n}.itemids.{k}", item, ITEM), field(f"ds.{n}.color.{k}", colour)]
        values = {"dataset_type": 0, "type": 2, "stacked": int(stacked), "width": 0 if stacked else 2, "transparency": 0 if stacked else 3,
                  "fill": 10 if stacked else fill, "axisy": 0, "missingdatafunc": 3}
        out += [field(f"ds.{n}.{key}", value) for key, value in values.items()]
    out += fields(righty=0, **({"lefty_min": floor} if floor else {}), **({"reference": reference} if reference else {}), **more)
    return Widget("svggraph", x, y, width, height, name, out, True)


def simple(x, y, width, height, name, item, follows, since, reference):
    """A simple graph of the item of the chosen host."""
    return Widget("graph", x, y, width, height, name, [field("itemid.0", item, ITEM)] + fields(
        source_type=1, show_legend=0, time_period__from=since, time_period__to="now", reference=reference) + follow(follows), True)


def honeycomb(x, y, width, height, name, where, **more):
    return Widget("honeycomb", x, y, width, height, name, list(where) + fields(**more), True)


def problems(x, y, width, height, name, where, **more):
    return Widget("problems", x, y, width, height, name,
                  list(where) + fields(show=3, show_lines=100, sort_triggers=1, show_timeline=0, show_opdata=0, **more), True)


def column(name, item="", thresholds=(), text="", host=False):
    return name, item, thresholds, text, host


def table(x, y, width, height, name, where, sort, order, rows, columns):
    """Top hosts; `sort`: number of the column, order 2 greatest first, 3 least first."""
    out = list(where) + fields(column=sort, order=order, show_lines=rows)
    for n, (title, item, thresholds, text, host) in enumerate(columns):
        out += [field(f"columns.{n}.name", title), field(f"columns.{n}.data", 2 if host else 3 if text else 1), field(f"columns.{n}.base_color", "")]
        if text:
            out.append(field(f"columns.{n}.text", text))
        elif not host:
            out += [field(f"columns.{n}.item", item), field(f"columns.{n}.decimal_places", 0), field(f"columns.{n}.display", 1),
                    field(f"columns.{n}.history", 1)]
        for t, (limit, colour) in enumerate(thresholds):
            out += [field(f"columnsthresholds.{n}.color.{t}", colour), field(f"columnsthresholds.{n}.threshold.{t}", str(limit))]
    return Widget("tophosts", x, y, width, height, name, out, True)


# ---------------------------------------------------------------------- 6.0
def card60(x, y, width, height, item, text, value=True, size=26, small=13, left=False, bold=0):
    """A tile of 6.0: it has no thresholds."""
    out = [field("itemid", item, ITEM)] + fields(adv_conf=1, description=text, desc_size=small, desc_bold=bold, decimal_places=0, value_size=size,
                                                 units_size=max(8, size - 10), desc_v_pos=0 if value else 1, desc_h_pos=0 if left else 1)
    out += [field("show", part) for part in ((1, 2) if value else (1,))]
    return Widget("item", x, y, width, height, "", out, False)


def graph60(x, y, width, height, name):
    return Widget("graph", x, y, width, height, "", [field("source_type", 0), field("graphid", name, GRAPH)], True)


def table60(x, y, width, height, name, where, sort, order, rows, columns):
    out = list(where) + fields(column=sort, order=order, count=rows)
    for n, (title, item, thresholds, text, host) in enumerate(columns):
        parts = {"name": title, "data": 2 if host else 3 if text else 1, "aggregate_function": 0, "base_color": ""}
        parts.update({"text": text} if text else {} if host else {"item": item, "display": 1, "history": 1, "timeshift": ""})
        out += [field(f"columns.{part}.{n}", value) for part, value in parts.items()]
        for t, (limit, colour) in enumerate(thresholds):
            out += [field(f"columnsthresholds.color.{n}.{t}", colour), field(f"columnsthresholds.threshold.{n}.{t}", str(limit))]
    return Widget("tophosts", x, y, width, height, name, out, True)


# ---------------------------------------------------------------- two writers
KIND60 = {"item": "ITEM", "graph": "GRAPH_CLASSIC"}


def as_yaml(widget, template, key_of, new):
    """For a template's file; what is the format's default is left out, as Zabbix's own export does."""
    place = {"x": (widget.x, 0), "y": (widget.y, 0), "width": (widget.width, 1), "height": (widget.height, 2)}
    value = {ITEM: lambda v: {"host": template, "key": key_of(v)}, GRAPH: lambda v: {"host": template, "name": v}}
    return {"type": widget.kind if new else KIND60[widget.kind], **({"name": widget.name} if widget.name else {}),
            **{key: str(v) for key, (v, default) in place.items() if v != default}, **({} if widget.head else {"hide_header": "YES"}),
            "fields": [{"type": YAML[f.kind], "name": f.name, "value": value.get(f.kind, str)(f.value)} for f in widget.fields]}


def as_api(widget, item_id=None):
    """For the API; `item_id`: how an item that a field names becomes an id."""
    kind = "graph" if widget.kind == "graph" else widget.kind
    return {"type": kind, "name": widget.name, "x": widget.x, "y": widget.y, "width": widget.width, "height": widget.height,
            "view_mode": 0 if widget.head else 1,
            "fields": [{"type": f.kind, "name": f.name, "value": item_id(f.value) if f.kind == ITEM and item_id else f.value} for f in widget.fields]}
