"""What `serve` knows of this computer's clock by the clocks of all registers."""
import tempfile
import time
import unittest

from harness import Emulator
from serving import Serve
from test_hours import shut
from test_queue import set_clock
from test_serve import default_state, kkt

DAY = 86400
YEAR = 365 * DAY


def moment(ahead_s):
    return time.strftime("%Y-%m-%dT%H:%M:00", time.localtime(time.time() + ahead_s))


def with_queue(first_unsent_s, last_document_s, end_s=400 * DAY):
    """Three documents wait; the moments are seconds from now."""
    state = default_state()
    state["fn"].update(last_document_time=moment(last_document_s), valid_until=moment(end_s)[:10])
    state["ofd"].update(unsent_count=3, first_unsent_number=state["fn"]["last_document"] - 2, first_unsent=moment(first_unsent_s))
    return state


class Clock(unittest.TestCase):
    def test_one_register_that_has_sold_a_year_ahead_is_itself_wrong(self):
        ahead = with_queue(-3600, YEAR - 3600)
        ahead["device"]["clock_drift_s"] = YEAR
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--registers", 4, "--protocol", protocol) as well, \
                    Emulator("--protocol", protocol, state=ahead) as e, \
                    Serve([kkt(f"k{i}", well.at(i + 1)) for i in range(4)] + [kkt("ahead", e.connect)]) as s:
                d = s.wait("ahead", lambda d: d["metrics"]["device"]["clock_wrong"] == 1)
                self.assertEqual(0, d["poll"].get("host_clock_wrong", 0))
                self.assertAlmostEqual(d["metrics"]["device"]["clock_drift_s"], YEAR, delta=60)
                self.assertEqual(400, d["metrics"]["fn"]["days_left"])
                self.assertAlmostEqual(d["metrics"]["ofd"]["first_unsent_age_s"], 3600, delta=120)
                self.assertEqual(410, d["health"]["code"], d["health"])

    def test_closed_shops_do_not_hide_that_this_computers_clock_is_wrong(self):
        """Theirs were read before it was set wrong: they differ from it now as those of the open ones do."""
        with tempfile.TemporaryDirectory() as folder, Emulator("--registers", 5) as e:
            env, clock = set_clock(folder, "HOST_CLOCK")
            rows = [kkt(f"k{i}", e.at(i + 1), shut() if i < 2 else "") for i in range(5)]
            with Serve(rows, env=env) as s:
                for i in range(5):
                    s.wait(f"k{i}", lambda d: d["state"] == "ok")
                clock.write_text("3600")
                told = s.wait("_serve", lambda d: d["clock"]["host_wrong"] == 1)
                self.assertAlmostEqual(told["clock"]["drift_s"], -3600, delta=5)
                seen = s.document("k4")["polled_ts"]
                d = s.wait("k4", lambda d: d["polled_ts"] > seen + 1)
                self.assertNotIn("clock_drift_s", d["metrics"]["device"], "no register is blamed")

    def test_a_clock_of_this_computer_that_is_set_is_not_confirmed_any_more(self):
        """Set a year back, it is before the last documents: no age may become less because it was right a moment ago. (All
        is a year later than the build of the program, before which no clock is right.)"""
        well, ahead = with_queue(YEAR - 28 * DAY, YEAR - 600, 2 * YEAR), with_queue(YEAR - 28 * DAY, YEAR + 3 * DAY, 2 * YEAR)
        well["device"]["clock_drift_s"], ahead["device"]["clock_drift_s"] = YEAR, YEAR + 4 * DAY
        with tempfile.TemporaryDirectory() as folder, Emulator("--registers", 4, state=well) as e, Emulator(state=ahead) as other:
            env, clock = set_clock(folder, "HOST_CLOCK")
            clock.write_text(str(YEAR))
            with Serve([kkt(f"k{i}", e.at(i + 1)) for i in range(4)] + [kkt("ahead", other.connect)], env=env) as s:
                s.wait("ahead", lambda d: d["metrics"]["device"]["clock_wrong"] == 1)  # confirmed by the others
                clock.write_text("0")
                last = 0
                for _ in range(4):
                    d = s.wait("k0", lambda d, last=last: last < d["polled_ts"] < time.time() + DAY)
                    last = d["polled_ts"]
                    self.assertEqual((1, 0), (d["poll"]["host_clock_wrong"], d["metrics"]["device"]["clock_wrong"]), d)
                    self.assertAlmostEqual(d["metrics"]["ofd"]["first_unsent_age_s"], 28 * DAY, delta=120)
                    self.assertEqual(5, d["health"]["level"], d["health"])


if __name__ == "__main__":
    unittest.main()
