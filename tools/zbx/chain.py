"""Dashboards of the whole chain, made by the setup tool: what is wrong now, the FN and the OFD, shops, one register, the collector.

The rule of size: up to 60 registers each has a cell with its name, up to 350 a cell; above, the honeycomb would hide some, and the page of the
shops comes first.
"""
import math

from .caches import CACHES, FULL
from .register import PASSPORT, STORY, paint
from .widgets import (AGE, CLOCK, DAY, DAYS, GOOD, GROUP, HEALTH, HEALTH_TABLE, HOST, INK, LAMP_OFF, MIDDLE, PAPER, PAUSE, SEVERITY, SHIFT, Widget,
                      as_api, card, column, field, fields, honeycomb, line, problems, simple, steps, table, table60, words)

NAME = ("ATOL registers: the chain", "ККТ АТОЛ: вся сеть")
DAY_BACK = {"time_period__from": "now-24h", "time_period__to": "now"}
NAMED, CELLS = 60, 350   # registers whose cells have room for a name; that fit a honeycomb at all
CELLS_A_ROW = 25         # of a honeycomb as wide as a page of 1366
SHOPS = 100              # groups that a widget names one by one; of more it names the one above them, which then is a row of its own


class Chain:
    """`names`: key of a register's item -> its name; `own`: key of an item of the collector -> (itemid, name); `sample`: key -> itemid of any
    register: a tile names an item and takes that of the chosen host."""

    def __init__(self, i, names, own, sample, group, host, count, new, shops):
        self.i, self.names, self.own, self.sample, self.group, self.host, self.count, self.new = i, names, own, sample, group, host, count, new
        self.shops = shops if len(shops) <= SHOPS else []

    def say(self, english, russian):
        return (english, russian)[self.i]

    def here(self):
        return [field("groupids.0" if self.new else "groupids", self.group, GROUP)]

    def serve(self, path):
        return self.own[f"kkt.serve.{path}"][0]

    def name(self, key):
        return self.names[f"kkt.{key}"]

    # ------------------------------------------------------------ parts
    def registers(self, brief=False):
        """Columns of a table of registers; the third is the one to sort by."""
        quiet = [(limit, colour) for limit, colour in steps(MIDDLE, DAYS, "")]
        columns = [column(self.say("Register", "Касса"), host=True),
                   column(self.say("What is wrong and what to do", "Что не так и что делать"), text="{INVENTORY.SOFTWARE.FULL}"),
                   column(self.say("Health", "Важность"), self.name("health"), HEALTH_TABLE),
                   column(self.say("FN, days", "ФН, дн."), self.name("fn.left"), quiet),
                   column(self.say("Unsent", "Ждут ОФД"), self.name("ofd.unsent_count"))]
        if not brief:
            columns += [column(self.say("First waits", "Первый ждёт"), self.name("ofd.first_unsent_age_s"), steps(MIDDLE, AGE, "")[1:]),
                        column(self.say("Shift", "Смена"), self.name("shift.state"), [(2, MIDDLE[4])]),
                        column(self.say("Paper", "Бумага"), self.name("printer.paper_present"), [(0, MIDDLE[2]), (1, "")]),
                        column(self.say("Clock", "Часы"), self.name("device.clock_drift_s"), steps(MIDDLE, CLOCK, ""))]
        return columns + [column(self.say("Not read for", "Не читается"), self.name("poll.unread_for_s"), [(900, MIDDLE[3]), (3 * DAY, MIDDLE[4])])]

    def cards(self, y=0):
        row = (("registers.total", "Registers", "Всего касс", None), ("severity.disaster", "Disaster", "Чрезвычайная", 5),
               ("severity.high", "High", "Высокая", 4), ("severity.average", "Average", "Средняя", 3), ("severity.warning", "Warning", "Предупрежд.", 2),
               ("registers.without_data", "Not read", "Без данных", 3), ("fn.days_30", "FN ≤ 30 days", "ФН ≤ 30 дней", 2),
               ("ofd.waiting_1d", "OFD > 1 day", "ОФД > 1 дня", 2))
        return [card(n * 9, y, 9, 2, self.serve(path), self.say(*texts), [(0, GOOD), (1, SEVERITY[severity])] if severity else [], size=36, small=14,
                     units_show=0) for n, (path, *texts, severity) in enumerate(row)]

    # ------------------------------------------------------------ pages of 7.0
    def now(self):
        few = self.count <= NAMED
        height = max(7, math.ceil(0.8 * math.ceil(self.count / CELLS_A_ROW)))
        place = (0, 2, 30, 7) if few else (0, 4, 72, height)
        label = {"primary_label": "{HOST.NAME}", "primary_label_bold": 1, "primary_label_size_type": 1, "primary_label_size": 22,
                 "primary_label_color": INK, "secondary_label_type": 0, "secondary_label": "{INVENTORY.SOFTWARE.APP.A}", "secondary_label_bold": 0,
                 "secondary_label_size_type": 1, "secondary_label_size": 18, "secondary_label_color": INK} if few else \
            {"primary_label": "\u00a0", "show": [1]}  # a name would be cut; one label there must be
        comb = honeycomb(*place, self.say("Registers: the colour is the severity, a click tells what to do", "Кассы: цвет — важность, щелчок — что делать"),
                         self.here(), items=[self.name("health")], reference="HONEY", thresholds=HEALTH, bg_color=PAUSE, **label)
        follow = "HONEY._hostid"
        title = self.say("Registers: the worst first", "Кассы: худшие сверху")
        left = (30, 30) if few else (0, 60)
        story = [words(left[0], 2, left[1], 2, self.sample["kkt.health"], STORY, HEALTH, size=13, follows=follow, desc_bold=1),
                 card(60, 2, 6, 2, self.sample["kkt.fn.left"], self.say("FN", "ФН"), paint(DAYS), follows=follow, size=20),
                 card(66, 2, 6, 2, self.sample["kkt.ofd.unsent_count"], self.say("Unsent", "Ждут ОФД"), follows=follow, size=20)]
        heading = self.say("Problems: the worst first", "Проблемы: важные сверху")
        if few:
            return [*self.cards(), comb, *story, problems(30, 4, 42, 5, heading, self.here()), table(0, 9, 72, 6, title, self.here(), 2, 2, 100, self.registers())]
        if self.count <= CELLS:
            return [*self.cards(), *story, comb, problems(0, 4 + height, 72, 5, heading, self.here()),
                    table(0, 9 + height, 72, 7, title, self.here(), 2, 2, 100, self.registers())]
        return [*self.cards(), problems(0, 2, 72, 5, heading, self.here()), table(0, 7, 72, 8, title, self.here(), 2, 2, 100, self.registers())]

    def park(self):
        def many(n, path, english, russian, severity):
            return card(38, n * 2, 8, 2, self.serve(path), self.say(english, russian), [(0, GOOD), (1, SEVERITY[severity])], size=36, units_show=0)
        series = [(self.serve(f"severity.{name}"), SEVERITY[n]) for name, n in (("disaster", 5), ("high", 4), ("average", 3), ("warning", 2))]
        return [
            honeycomb(0, 0, 38, 4, self.say("FN to be replaced: registers in each month", "Замена ФН: сколько касс в каждом месяце"),
                      [field("hostids.0", self.host, HOST)], items=[self.say("FN ends in *", "ФН истекает *")],
                      primary_label='{{ITEM.NAME}.regsub("([0-9]{4})-([0-9]{2})", "\\2.\\1")}', primary_label_color=INK, secondary_label_color=INK,
                      secondary_label_type=1, secondary_label_decimal_places=0, secondary_label_units_show=0, reference="MONTH",
                      thresholds=[(0, LAMP_OFF), (1, SEVERITY[1])]),
            many(0, "fn.days_10", "FN ≤ 10 days", "ФН ≤ 10 дней", 4), many(1, "fn.days_60", "FN ≤ 60 days", "ФН ≤ 60 дней", 1),
            Widget("piechart", 46, 0, 26, 4, self.say("Firmware: how many registers", "Прошивки: сколько касс"), fields(
                ds__0__dataset_type=1, ds__0__hosts__0=self.own["host"], ds__0__items__0=self.say("Firmware *", "Прошивка *"), ds__0__color="5C9DED",
                ds__0__aggregate_function=7, ds__0__dataset_aggregation=0, draw_type=1, width=40, total_show=1, decimal_places=0, legend_columns=1,
                legend_lines=4, legend_value=1), True),
            table(0, 4, 36, 6, self.say("FN: these end first", "ФН: заканчиваются раньше всех"), self.here(), 1, 3, 20, [
                column(self.say("Register", "Касса"), host=True), column(self.say("FN, days", "ФН, дн."), self.name("fn.left"), steps(MIDDLE, DAYS, "")),
                column(self.say("Until", "Срок"), self.name("fn.valid_until")), column(self.say("FN", "ФН №"), self.name("fn.serial"))]),
            table(36, 4, 36, 6, self.say("OFD: these wait longest", "ОФД: дольше всех ждут отправки"), self.here(), 1, 2, 20, [
                column(self.say("Register", "Касса"), host=True),
                column(self.say("First waits", "Первый ждёт"), self.name("ofd.first_unsent_age_s"), steps(MIDDLE, AGE, "")[1:]),
                column(self.say("Unsent", "Ждут"), self.name("ofd.unsent_count")),
                column(self.say("What is wrong", "Что не так"), text="{INVENTORY.SOFTWARE.APP.A}")]),
            line(0, 10, 36, 4, self.say("Registers with trouble by severity, a day", "Кассы с проблемами по важности, сутки"), series, stacked=True,
                 legend_lines=1, legend_columns=4, reference="TREND", **DAY_BACK),
            line(36, 10, 36, 4, self.say("Documents in all queues to the OFD, a day", "Документы в очередях в ОФД, вся сеть, сутки"),
                 [(self.serve("ofd.unsent"), SEVERITY[4])], legend=0, reference="UNSNT", **DAY_BACK)]

    def by_shop(self):
        chosen = [field("groupids._reference", "SHOPS._hostgroupids")]
        shops = self.here() if not self.shops else [field(f"groupids.{n}", shop, GROUP) for n, shop in enumerate(self.shops)]
        return [
            Widget("problemhosts", 0, 0, 22, 14, self.say("Shops with problems", "Магазины с проблемами"),
                   shops + fields(hide_empty_groups=1, reference="SHOPS"), True),
            table(22, 0, 50, 5, self.say("Registers of the chosen shop: the worst first", "Кассы выбранного магазина: худшие сверху"), chosen, 2, 2, 100,
                  self.registers(brief=True)),
            problems(22, 5, 50, 4, self.say("Problems of the chosen shop", "Проблемы выбранного магазина"), chosen),
            Widget("geomap", 22, 9, 50, 5, self.say("Where the registers are", "Где стоят кассы"), self.here() + fields(default_view="56.5,60,3", reference="GEOMP"), True)]

    def one(self):
        follow = "HNAVI._hostid"
        chosen = [field("hostids._reference", follow)]

        def tile(x, width, key, english, russian, thresholds=(), size=22):
            return card(x, 2, width, 2, self.sample[f"kkt.{key}"], self.say(english, russian), thresholds, size=size, follows=follow)
        return [
            Widget("hostnavigator", 0, 0, 14, 12, self.say("Shops and registers", "Магазины и кассы"), self.here() + fields(
                problems=1, show_lines=9999, reference="HNAVI", host_tags__0__tag="shop", host_tags__0__operator=4, host_tags__0__value="",
                group_by__0__attribute=1, group_by__0__tag_name="city", group_by__1__attribute=1, group_by__1__tag_name="shop"), True),
            words(14, 0, 36, 2, self.sample["kkt.health"], STORY, HEALTH, size=14, follows=follow, desc_bold=1),
            words(50, 0, 22, 2, self.sample["kkt.device.model"], PASSPORT[self.i], size=13, follows=follow),
            tile(14, 10, "fn.left", "FN", "ФН", paint(DAYS)), tile(24, 10, "ofd.unsent_count", "Unsent", "Ждут ОФД"),
            tile(34, 10, "ofd.first_unsent_age_s", "First waits", "Первый ждёт", paint(AGE), size=20),
            tile(44, 10, "shift.state", "Shift", "Смена", paint(SHIFT), size=15), tile(54, 9, "printer.paper_present", "Paper", "Бумага", paint(PAPER), size=13),
            tile(63, 9, "device.clock_drift_s", "Clock", "Часы", paint(CLOCK), size=20),
            problems(14, 4, 34, 4, self.say("Problems of the register", "Проблемы кассы"), chosen),
            *(simple(x, y, width, 4, self.say(*texts), self.sample[f"kkt.{key}"], follow, since, reference)
              for x, y, width, key, reference, since, *texts in (
                  (48, 4, 24, "ofd.unsent_count", "ONEQU", "now-24h", "Queue to the OFD, a day", "Очередь в ОФД, сутки"),
                  (14, 8, 29, "fn.left", "ONEFN", "now-30d", "FN: days left, a month", "ФН: осталось дней, месяц"),
                  (43, 8, 29, "device.clock_drift_s", "ONECL", "now-24h", "Clock drift, a day", "Расхождение часов, сутки")))]

    def collector(self):
        def tile(n, path, english, russian, bad=None, at=1):
            return card(n * 12, 0, 12, 2, self.serve(path), self.say(english, russian), [(0, GOOD), (at, SEVERITY[bad])] if bad else [], size=28, units_show=0)
        return [
            words(0, 0, 12, 2, self.serve("polled_ts"), self.say("Last report\n{ITEM.LASTVALUE}", "Последний отчёт\n{ITEM.LASTVALUE}"), size=14, centred=True),
            tile(1, "registers.ok", "Registers read", "Прочитано касс"), tile(2, "registers.unreachable", "Do not answer", "Не отвечают", 3),
            tile(3, "polls.late", "Late polls", "Опоздало опросов", 2), tile(4, "spool.length", "Wait to be pushed", "Ждут отправки в Zabbix", 2, 1000),
            tile(5, "spool.refused", "Refused by Zabbix", "Отклонено Zabbix", 3),
            problems(0, 2, 36, 5, self.say("Problems of the collector", "Проблемы сборщика"), [field("hostids.0", self.host, HOST)]),
            line(36, 2, 36, 5, self.say("Time of a poll, a day", "Время опроса, сутки"),
                 [(self.serve(f"poll_ms.{p}"), c) for p, c in (("p50", "66BB6A"), ("p95", "FFA726"), ("p99", "EF5350"))], fill=0, legend_lines=3,
                 legend_columns=1, reference="PTIME", **DAY_BACK),
            *(card(n * 14, 7, 14 if n < 4 else 16, 2, self.own[cache.key][0], cache.name, [(0, GOOD), (FULL, SEVERITY[3])], size=24)
              for n, cache in enumerate(CACHES)),
            line(0, 9, 36, 4, self.say("Documents that wait to be pushed, a day", "Документы ждут отправки в Zabbix, сутки"),
                 [(self.serve("spool.length"), SEVERITY[3])], legend=0, reference="SPOOL", **DAY_BACK),
            line(36, 9, 36, 4, self.say("Registers that do not answer, a day", "Кассы не отвечают, сутки"),
                 [(self.serve("registers.unreachable"), SEVERITY[4])], legend=0, reference="SILNT", **DAY_BACK)]

    # ------------------------------------------------------------ 6.0
    def old(self):
        row = (("registers.total", "Registers", "Всего", None), ("severity.disaster", "Disaster", "Чрезвычайная", 5), ("severity.high", "High", "Высокая", 4),
               ("severity.average", "Average", "Средняя", 3), ("severity.warning", "Warning", "Предупреждение", 2),
               ("severity.information", "Information", "Информация", 1), ("registers.without_data", "Not read", "Без данных", 3),
               ("fn.days_10", "FN ≤ 10 days", "ФН ≤ 10 дней", 4), ("fn.days_30", "FN ≤ 30 days", "ФН ≤ 30 дней", 2),
               ("ofd.waiting_1d", "OFD > 1 day", "ОФД > 1 дня", 2), ("ofd.unsent", "Documents in queues", "Документов в очередях", None))
        counters = [column(self.say(*texts), self.own[f"kkt.serve.{path}"][1], [(1, MIDDLE[severity])] if severity else []) for path, *texts, severity in row]
        shops = self.here() if not self.shops else [field("groupids", shop, GROUP) for shop in self.shops]
        return [
            table60(0, 0, 24, 2, self.say("Registers by severity", "Касс по важности"), [field("hostids", self.host, HOST)], 0, 2, 1, counters),
            table60(0, 2, 24, 7, self.say("Registers: the worst first", "Кассы: худшие сверху"), self.here(), 2, 2, 100, self.registers()),
            problems(0, 9, 24, 6, self.say("Problems: the worst first", "Проблемы: важные сверху"), self.here()),
            Widget("problemhosts", 0, 15, 10, 6, self.say("Shops with problems", "Магазины с проблемами"), shops + fields(hide_empty_groups=1), True),
            Widget("geomap", 10, 15, 14, 6, self.say("Where the registers are", "Где стоят кассы"), self.here() + fields(default_view="56.5,60,3"), True)]

    def pages(self):
        """As the API takes them."""
        if not self.new:
            return [{"name": "", "widgets": [as_api(w) for w in self.old()]}]
        pages = [(self.say("Now", "Сейчас"), self.now()), (self.say("FN, OFD, firmware", "ФН, ОФД, парк"), self.park()),
                 (self.say("Shops", "Магазины"), self.by_shop()), (self.say("Register", "Касса"), self.one()),
                 (self.say("Collector", "Сборщик"), self.collector())]
        if self.count > CELLS:
            pages.insert(0, pages.pop(2))
        return [{"name": name, "widgets": [as_api(w) for w in widgets]} for name, widgets in pages]
