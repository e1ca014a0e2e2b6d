"""Right values and right alarms when the register's clock, its dates or its answers are not as expected (the cases of
people who do this work), at both protocols."""
import datetime
import json
import pathlib
import tempfile
import unittest

from harness import Emulator, default_state, flatten, run

DAY = 86400


def moment(**ago):
    return (datetime.datetime.now().replace(microsecond=0) - datetime.timedelta(**ago)).isoformat()


def day(**ahead):
    return (datetime.date.today() + datetime.timedelta(**ahead)).isoformat()


def in_trouble(clock=None):
    """12 documents unsent for 28 days, the FN ends in 2 days, 6 hours are left of the shift."""
    state = default_state()
    state["shift"].update(state=1, expires=moment(hours=-6))
    state["fn"].update(valid_until=day(days=2), last_document_time=moment(hours=10))
    state["fn"]["resource_days"] = 2
    state["ofd"].update(unsent_count=12, first_unsent_number=10, first_unsent=moment(days=28, hours=1), last_sent=moment(days=28, hours=2))
    if clock:
        state["device"]["time"] = clock
    return state


def get(protocol, state, *words):
    with Emulator("--protocol", protocol, state=state) as kkt:
        return run("get", kkt.connect, *words).document


class Clock(unittest.TestCase):
    def test_a_register_that_was_slow_before_it_told_its_time_is_not_fast(self):
        """The time is compared with the moment of its answer, not with that of the first byte: a slow register tells its time of
        before, and is never ahead."""
        with Emulator("--protocol", 3, "--latency-ms", 1400) as kkt:
            document = run("get", kkt.connect, "--groups", "device", "--timeout", "60s").document
        self.assertIn("clock_drift_s", document["metrics"]["device"], document["error"])
        self.assertLessEqual(document["metrics"]["device"]["clock_drift_s"], 0)

    def hold(self, clock, wrong):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol, clock=clock):
                document = get(protocol, in_trouble(clock))
                told = flatten(document["metrics"])
                self.assertEqual(told["fn.days_left"], 2)
                self.assertAlmostEqual(told["ofd.first_unsent_age_s"], 28 * DAY + 3600, delta=120)
                self.assertAlmostEqual(told["shift.left_s"], 6 * 3600, delta=120)
                self.assertEqual(told["shift.state"], 1)
                self.assertEqual(told["device.clock_wrong"], wrong)
                # The FN's own count is one to the moment that it is asked for: that of a wrong clock is none.
                self.assertEqual(told.get("fn.resource_days"), 2 if protocol == 5 and not wrong else None)
                self.assertEqual("fn.resource_days" in document["poll"]["undated"], protocol == 5 and clock is not None and clock[:4] != "1970")
                self.assertEqual((document["health"]["code"], document["health"]["level"]), (508, 5))
                self.assertIn("FN: 2 days left", document["health"]["text"])
                return document

    def test_one_that_is_right(self):
        self.assertNotIn("lock:", self.hold(None, 0)["health"]["text"])

    def test_one_that_stands_at_2000(self):
        self.assertIn("clock: wrong", self.hold("2000-01-01T00:05:00", 1)["health"]["text"])

    def test_one_that_stands_at_2099(self):
        self.assertIn("clock: wrong", self.hold("2099-01-01T00:00:00", 1)["health"]["text"])

    def test_one_that_tells_no_time(self):
        document = self.hold("1970-01-01T00:00:00", 1)
        self.assertNotIn("time", document["metrics"]["device"])
        self.assertIn("device.time", document["poll"]["undated"])
        self.assertIn("no clock", document["health"]["text"])
        # The FN's own count of days is asked for a moment, which is the register's.
        self.assertIn("FN 3B: not requested: the register reports no time", get(5, in_trouble("1970-01-01T00:00:00"))["error"])

    def test_a_group_alone_tells_what_the_whole_poll_tells(self):
        """Five hours back, the clock is wrong only by the last document, which the group itself may not have."""
        back = in_trouble()
        back["device"]["clock_drift_s"] = -5 * 3600
        back["fn"]["last_document_time"] = moment(minutes=10)
        back["shift"]["expires"] = moment(hours=1)
        # The clock stands at 2000; the last document was made while it stood at 2099.
        beyond = in_trouble("2000-01-01T00:00:00")
        beyond["fn"]["last_document_time"] = "2099-01-01T00:00:00"
        for protocol in (3, 5):
            for name, state in (("back", back), ("beyond", beyond)):
                whole = get(protocol, state)
                values = flatten(whole["metrics"])
                for groups in ("shift", "device", "shift,device", "ofd", "quick"):
                    with self.subTest(protocol=protocol, state=name, groups=groups):
                        document = get(protocol, state, "--groups", groups)
                        told = flatten(document["metrics"])
                        self.assertEqual((document["state"], document["poll"]["host_clock_wrong"]), ("ok", 0))
                        self.assertTrue(groups == "quick" or all(key.split(".")[0] in groups + ",registration" for key in told), told)
                        for key, delta in (("shift.state", 0), ("device.clock_wrong", 0), ("shift.left_s", 120), ("ofd.first_unsent_age_s", 120)):
                            if key.split(".")[0] in groups or groups == "quick":
                                self.assertIn(key, told)
                                self.assertAlmostEqual(told[key], values[key], delta=delta)

    def test_a_refused_last_document_does_not_make_a_clock_right(self):
        state = in_trouble()
        state["device"]["clock_drift_s"] = -5 * 3600
        for protocol, fault in ((3, "error:D4@A4-30"), (5, "error:14@FN-30")):
            for groups in ("quick,slow", "device"):
                with Emulator("--protocol", protocol, "--fault", fault, state=state) as kkt:
                    document = run("get", kkt.connect, "--groups", groups).document
                self.assertEqual(document["state"], "partial")
                self.assertNotIn("clock_wrong", document["metrics"]["device"])

    def test_the_seed_format_counts_by_the_computers_clock(self):
        for clock in ("2000-01-01T00:05:00", "2099-01-01T00:00:00", "1970-01-01T00:00:00"):
            seed = get(5, in_trouble(clock), "--format", "seed")
            self.assertEqual((seed["FNdeadline"], seed["AgeDaysFirstDontSendDocInFN"]), (1, 28))
            self.assertIn("T", seed["polledAt"])

    def test_the_seed_format_counts_a_queue_without_a_date_from_the_last_document_sent(self):
        """docs/seed.md, "Which keys are absent"."""
        for protocol in (3, 5):
            with self.subTest(protocol=protocol):
                state = in_trouble()
                del state["ofd"]["first_unsent"]
                seed = get(protocol, state, "--format", "seed")
                self.assertEqual(seed["AgeDaysFirstDontSendDocInFN"], 28)
                self.assertIs(seed["isPaperNearEnd"], False)  # also at protocol 3
                self.assertEqual("daysRemain" in seed, protocol == 5)
                del state["ofd"]["last_sent"]
                self.assertNotIn("AgeDaysFirstDontSendDocInFN", get(protocol, state, "--format", "seed"))


class Bits(unittest.TestCase):
    def test_each_bit_of_the_exchange_is_its_own(self):
        bits = ("connected", "has_message", "waits_ticket", "has_command", "settings_changed", "waits_answer")
        for protocol in (3, 5):
            for bit in bits:
                state = default_state()
                state["ofd"] = {key: value for key, value in state["ofd"].items() if key not in (*bits, "status")} | {bit: 1}
                with self.subTest(protocol=protocol, bit=bit), Emulator("--protocol", protocol, state=state) as kkt:
                    told = run("get", kkt.connect, "--groups", "ofd").document["metrics"]["ofd"]
                    self.assertEqual([bit], [one for one in bits if told[one]])


class Dates(unittest.TestCase):
    def test_a_fresh_fn_has_no_term(self):
        state = default_state()
        state["device"]["fiscal"] = 0
        state["fn"].update(state=1, valid_until="2000-01-01", last_document=0, last_document_time="2000-01-01T00:00:00")
        for protocol in (3, 5):
            told = flatten(get(protocol, state)["metrics"])
            for key in ("fn.valid_until", "fn.days_left", "fn.resource_days", "fn.last_document_time"):
                self.assertNotIn(key, told)

    def test_a_fiscal_fn_that_tells_no_term_is_told(self):
        state = default_state()
        state["fn"].update(state=3, valid_until="2000-01-01")
        state["fn"].pop("resource_days", None)
        document = get(3, state)
        self.assertEqual(document["state"], "partial")
        self.assertIn("reports no expiry date", document["error"])
        self.assertEqual(document["health"]["code"], 311)

    def test_a_term_of_decades_is_unreadable(self):
        """It would hide the end of the FN for ever."""
        state = default_state()
        state["fn"]["valid_until"] = "2098-02-12"
        for protocol in (3, 5):
            document = get(protocol, state)
            self.assertEqual(document["state"], "partial")
            self.assertIn("fn.valid_until unreadable (2098-02-12)", document["error"])
            self.assertFalse({"valid_until", "days_left"} & set(document["metrics"]["fn"]))

    def test_an_inn_of_zeros_is_none(self):
        state = default_state()
        state["registration"].update(organization_inn="0000000000", ofd_inn="000000000000")
        for protocol in (3, 5):
            document = get(protocol, state)
            self.assertEqual(document["state"], "ok", document["error"])
            self.assertFalse({"organization_inn", "ofd_inn"} & set(document["metrics"]["registration"]))

    def test_a_queue_without_a_date_is_as_old_as_the_last_sending(self):
        state = default_state()
        state["ofd"].update(unsent_count=5000, first_unsent_number=1, last_sent=moment(days=9))
        state["ofd"].pop("first_unsent", None)
        for protocol in (3, 5):
            document = get(protocol, state)
            self.assertAlmostEqual(document["metrics"]["ofd"]["first_unsent_age_s"], 9 * DAY, delta=120)
            self.assertEqual(document["health"]["code"], 305)

    def test_a_first_unsent_document_of_2099_has_no_date(self):
        state = default_state()
        state["ofd"].update(unsent_count=5, first_unsent_number=state["fn"]["last_document"] - 4, first_unsent="2099-01-01T00:00:00",
                            last_sent=moment(days=9))
        for protocol in (3, 5):
            document = get(protocol, state)
            self.assertFalse({"first_unsent", "first_unsent_ts"} & set(document["metrics"]["ofd"]))
            self.assertIn("ofd.first_unsent", document["poll"]["undated"])
            self.assertAlmostEqual(document["metrics"]["ofd"]["first_unsent_age_s"], 9 * DAY, delta=120)

    def test_one_without_any_date_is_told_all_the_same(self):
        state = default_state()
        state["ofd"].update(unsent_count=5000, first_unsent_number=1)
        state["ofd"].pop("first_unsent", None)
        state["ofd"].pop("last_sent", None)
        for protocol in (3, 5):
            document = get(protocol, state)
            self.assertNotIn("first_unsent_age_s", document["metrics"]["ofd"])
            self.assertEqual(document["health"]["code"], 310)
            self.assertIn("5000 documents", document["health"]["text"])


class Health(unittest.TestCase):
    def nine_troubles(self):
        state = in_trouble()
        state["printer"].update(paper_present=0, cover_opened=1, cutter_error=1)
        state["shift"].update(state=2, expires=moment(hours=1))
        state["device"]["clock_drift_s"] = 400
        state["fn"]["valid_until"] = moment(days=-2, seconds=-400)[:10]  # in two days of the register, whose next day begins sooner
        state["fn"]["flags"] = 0b01110000
        return state

    def test_show_begins_with_what_is_wrong_worst_first(self):
        for protocol in (3, 5):
            with Emulator("--protocol", protocol, state=self.nine_troubles()) as kkt:
                lines = run("show", kkt.connect, "--lang", "ru", env={"COLUMNS": "1000"}).stdout.splitlines()
            self.assertTrue(lines[0].startswith("ОФД: не передано 12 док., первый ждёт 28 дн."), lines[:4])
            self.assertTrue(lines[1].startswith("ФН: осталось 2 дн., срок "), lines[:4])
            self.assertEqual(lines[2], "Ещё: часы: > 5 мин; смена: > 24 ч; ОФД аннулирован; принтер; нужна настройка; отказ ФЛК; "
                             "нет бумаги; крышка открыта.")

    def test_limits_of_the_configuration_are_those_of_health(self):
        state = default_state()
        state["fn"].update(valid_until=day(days=45))
        with Emulator(state=state) as kkt, tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "zabbix-atol.yaml"
            text = f"state_dir: {folder}\nregisters:\n  - name: kassa-1\n    connect: {kkt.connect}\n"
            file.write_text(text, encoding="utf-8")
            document = run("get", "kassa-1", "-c", file).document
            self.assertEqual((document["health"]["code"], document["health"]["short"]), (101, "FN: up to 60 days"))
            file.write_text("limits:\n  fn_days: {warning: 45, information: none}\n" + text, encoding="utf-8")
            document = run("get", "kassa-1", "-c", file).document
            self.assertEqual((document["health"]["code"], document["health"]["short"]), (203, "FN: up to 45 days"))

    def test_a_register_that_was_not_read_says_its_error(self):
        result = run("get", "tcp://127.0.0.1:1")
        document = json.loads(result.stdout)
        self.assertEqual((document["health"]["code"], document["health"]["short"]), (302, "no answer"))
        self.assertEqual(document["health"]["text"], document["error"])
