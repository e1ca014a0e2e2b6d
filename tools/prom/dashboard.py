"""A Grafana dashboard over what `serve` writes for Prometheus: the chain at a glance, all registers, the collector."""
import json

COLOURS = ["green", "#7499FF", "#FFC859", "#FFA059", "#E97659", "#E45959"]  # by severity, those of Zabbix
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
PICK = '{name=~"$name"}'
WITH_OFD = "unless kkt_registration_autonomous == 1"  # without an OFD nothing waits


def target(expression, ref="A", legend="{{name}}", table=False):
    return {"datasource": SOURCE, "expr": expression, "refId": ref, "legendFormat": legend,
            **({"instant": True, "range": False, "format": "table"} if table else {"instant": False, "range": True})}


def steps(*pairs):
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in pairs]}


class Page:
    def __init__(self, i):
        self.i, self.panels = i, []

    def add(self, kind, title, x, y, w, h, targets, defaults, **more):
        self.panels.append({"id": len(self.panels) + 1, "type": kind, "title": title[self.i], "datasource": SOURCE,
                            "gridPos": {"x": x, "y": y, "w": w, "h": h}, "targets": targets,
                            "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])}, **more})

    def number(self, title, x, expression, colour):
        self.add("stat", title, x, 0, 3, 4, [target(expression, legend="")],
                 {"unit": "none", "thresholds": steps((None, "green" if colour != "text" else "text"), *([] if colour == "text" else [(1, colour)]))},
                 options={"colorMode": "background" if colour != "text" else "none", "graphMode": "none",
                          "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}})

    def lines(self, title, x, y, targets, unit):
        self.add("timeseries", title, x, y, 12, 8, targets, {"unit": unit, "custom": {"lineWidth": 1, "fillOpacity": 5}},
                 options={"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}})


# name of the column -> (query, unit, English, Russian)
COLUMNS = {"health": (f"kkt_health{PICK}", "none", "Health", "Состояние"),
           "fn": (f"kkt:fn_left:days{PICK}", "none", "FN, days left", "ФН, осталось дней"),
           "queue": (f"kkt_ofd_unsent_documents{PICK}", "none", "Not sent", "Не передано"),
           "age": (f"kkt_ofd_first_unsent_age_seconds{PICK}", "s", "The first waits", "Первый ждёт"),
           "shift": (f"kkt_shift_state{PICK}", "none", "Shift", "Смена"),
           "polled": (f"time() - kkt_poll_timestamp_seconds{PICK}", "s", "Polled before", "Опрошена назад")}


def mapping(values):
    return [{"type": "value", "options": {str(value): {"text": text, "color": colour, "index": n} for n, (value, text, colour) in enumerate(values)}}]


def table(page, catalogue):
    i, refs = page.i, "ABCDEF"
    health = mapping([(0, ("well", "норма")[i], COLOURS[0]), *((r["code"], r["short"][i], COLOURS[r["code"] // 100]) for r in catalogue.reasons)])
    words = catalogue.words["shift"]["words"]
    shift = mapping([(w["value"], w["text"][i], COLOURS[4] if w["value"] == 2 else "text") for w in words])
    overrides = []
    for ref, (key, (_, unit, *titles)) in zip(refs, COLUMNS.items()):
        properties = [{"id": "displayName", "value": titles[i]}, {"id": "unit", "value": unit}]
        if key in ("health", "shift"):
            properties += [{"id": "mappings", "value": health if key == "health" else shift},
                           {"id": "custom.cellOptions", "value": {"type": "color-background" if key == "health" else "color-text"}}]
        overrides.append({"matcher": {"id": "byName", "options": f"Value #{ref}"}, "properties": properties})
    hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
    page.add("table", ("Registers, the worst first", "Кассы, худшие первыми"), 0, 4, 24, 12,
             [target(row[0], ref, table=True) for ref, row in zip(refs, COLUMNS.values())], {"custom": {"filterable": True}}, overrides=overrides,
             options={"showHeader": True, "sortBy": [{"displayName": COLUMNS["health"][2 + i], "desc": True}]},
             transformations=[{"id": "merge", "options": {}}, {"id": "organize", "options": {"excludeByName": hidden, "renameByName": {"name": ("Register", "Касса")[i]}}}])


def dashboard(language, catalogue):
    i = ("en", "ru").index(language)
    page = Page(i)
    page.number(("Registers", "Касс"), 0, "count(kkt_up)", "text")
    page.number(("Not read", "Не читаются"), 3, "count(kkt_up == 0) or vector(0)", COLOURS[3])
    for n, (level, titles) in enumerate(((5, ("Disaster", "Чрезвычайная")), (4, ("High", "Высокая")), (3, ("Average", "Средняя")), (2, ("Warning", "Предупреждение")))):
        page.number(titles, 6 + 3 * n, f"count(kkt_health_level == {level}) or vector(0)", COLOURS[level])
    page.number(("OFD: waiting over a day", "ОФД: ждут дольше суток"), 18, f"count(kkt_ofd_first_unsent_age_seconds > 86400 {WITH_OFD}) or vector(0)", COLOURS[2])
    page.number(("FN: up to 30 days", "ФН: до 30 дней"), 21, "count(kkt:fn_left:days <= 30) or vector(0)", COLOURS[2])
    table(page, catalogue)
    page.lines(("FN: days left, the least ten", "ФН: осталось дней, меньше всех"), 0, 16, [target(f"bottomk(10, kkt:fn_left:days{PICK})")], "none")
    page.lines(("OFD: documents not sent, the longest ten queues", "ОФД: не передано, самые длинные очереди"), 12, 16,
               [target(f"topk(10, kkt_ofd_unsent_documents{PICK} {WITH_OFD})")], "none")
    page.lines(("Clock drift, the worst ten", "Расхождение часов, худшие"), 0, 24, [target(f"topk(10, abs(kkt_device_clock_drift_seconds{PICK}))")], "s")
    page.lines(("Port held by a poll, the longest ten", "Порт занят опросом, дольше всех"), 12, 24,
               [target(f"topk(10, kkt_poll_port_held_seconds{PICK})")], "s")
    page.lines(("Collector: registers by state", "Сборщик: кассы по состоянию"), 0, 32, [target("sum by (state) (kkt_serve_registers)", legend="{{state}}")], "none")
    page.lines(("Collector: polls, late ones, lost and refused values", "Сборщик: опросы, опоздания, потерянные и отклонённые значения"), 12, 32,
               [target("sum(rate(kkt_serve_polls_total[5m]))", "A", ("polls a second", "опросов в секунду")[i]),
                target("sum(rate(kkt_serve_polls_late_total[5m]))", "B", ("late", "опоздало")[i]),
                target("sum(rate(kkt_serve_spool_dropped_total[5m]))", "C", ("lost", "потеряно")[i]),
                target("sum(rate(kkt_serve_spool_refused_total[5m]))", "D", ("refused", "отклонено")[i])], "none")
    variables = [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": ("Source", "Источник")[i]},
                 {"name": "name", "type": "query", "datasource": SOURCE, "query": {"query": "label_values(kkt_up, name)", "refId": "name"}, "refresh": 2,
                  "includeAll": True, "multi": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}, "label": ("Register", "Касса")[i]}]
    return {"uid": f"zabbix-atol-{language}", "title": ("ATOL fiscal registers", "ККТ АТОЛ")[i], "tags": ["zabbix-atol"], "schemaVersion": 39, "version": 1,
            "editable": True, "refresh": "1m", "time": {"from": "now-24h", "to": "now"}, "timezone": "browser", "templating": {"list": variables},
            "annotations": {"list": []}, "links": [], "panels": page.panels}


def text(language, catalogue):
    return json.dumps(dashboard(language, catalogue), ensure_ascii=False, indent=1) + "\n"
