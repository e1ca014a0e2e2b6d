"""Unsent documents that no register dates: their age counts from the first poll of serve that saw the queue, a restart
notwithstanding, and ends with the queue."""
import unittest

from harness import Emulator, run
from serving import Serve
from test_serve import default_state, kkt


def queue(count):
    """Documents that nobody dates: neither the first one nor the last sending."""
    state = default_state()
    state["ofd"].update(unsent_count=count, first_unsent_number=1 if count else 0)
    for key in ("first_unsent", "last_sent"):
        state["ofd"].pop(key, None)
    return state


def age(document):
    return document["metrics"]["ofd"].get("first_unsent_age_s")


class Queue(unittest.TestCase):
    def test_its_age_grows_from_the_first_poll_that_saw_it_and_outlives_a_restart(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, state=queue(5)) as e:
                with Serve([kkt("a", e.connect)]) as s:
                    first = s.wait("a", lambda d: d["state"] == "ok")
                    later = s.wait("a", lambda d: d["polled_ts"] >= first["polled_ts"] + 3)
                    self.assertAlmostEqual(age(later), later["polled_ts"] - first["polled_ts"], delta=2)
                    s.stop()
                    s.start()
                    again = s.wait("a", lambda d: d["polled_ts"] > later["polled_ts"] + 1)
                    self.assertAlmostEqual(age(again), again["polled_ts"] - first["polled_ts"], delta=2)
                    # Sent: the age ends at once. A new queue begins anew.
                    e.set_state(queue(0))
                    self.assertEqual(age(s.wait("a", lambda d: d["metrics"]["ofd"]["unsent_count"] == 0)), 0)
                    e.set_state(queue(7))
                    seen = s.wait("a", lambda d: d["metrics"]["ofd"]["unsent_count"] == 7)
                    self.assertLess(age(seen), 3)

    def test_a_single_poll_knows_no_age(self):
        with Emulator(state=queue(5)) as e:
            document = run("get", e.connect).document
        self.assertIsNone(age(document))
        self.assertEqual(document["health"]["code"], 310)


if __name__ == "__main__":
    unittest.main()
