"""Unsent documents that no register dates: their age counts from the first poll of serve that saw the queue, a restart
notwithstanding, and ends with the queue."""
import json
import os
import pathlib
import subprocess
import tempfile
import time
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


def set_clock(folder, which):
    """The environment of a serve whose clock (set_clock.c) is as many seconds ahead as the file says."""
    source = pathlib.Path(__file__).with_name("set_clock.c")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", folder + "/clock.so", source, "-ldl"], check=True)
    ahead = pathlib.Path(folder, "clock")
    ahead.write_text("0")
    return {**os.environ, "LD_PRELOAD": folder + "/clock.so", which: str(ahead), "ASAN_OPTIONS": "verify_asan_link_order=0"}, ahead


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

    def test_a_computer_whose_clock_is_set_makes_nothing_old(self):
        """A till's computer with an empty battery begins in 2000; a moment later the network tells it the time."""
        state = queue(5)
        state["fn"]["open_document"] = 4
        with tempfile.TemporaryDirectory() as folder, Emulator("--clients", "many", state=state) as e:
            env, clock = set_clock(folder, "HOST_CLOCK")
            clock.write_text(str(946684800 - int(time.time())))
            with Serve([kkt("a", e.connect)], env=env) as s:
                first = s.wait("a", lambda d: d["state"] == "ok")
                self.assertEqual((2000, 1), (time.gmtime(first["polled_ts"]).tm_year, first["poll"]["host_clock_wrong"]))
                clock.write_text("0")
                for _ in range(2):
                    later = s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"] + 9)
                    self.assertLess(age(later), 60)
                    self.assertLess(later["metrics"]["fn"]["open_document_age_s"], 60)
                    self.assertEqual(0, later["health"]["level"], later["health"])
                    # What was kept while the clock was wrong says nothing of the time since then.
                    s.stop()
                    (s.state / "a.json").write_text(json.dumps(first))
                    s.start()

    def test_it_ages_while_the_computer_sleeps(self):
        with tempfile.TemporaryDirectory() as folder, Emulator("--clients", "many", state=queue(5)) as e:
            env, slept = set_clock(folder, "HOST_SLEPT")
            with Serve([kkt("a", e.connect)], env=env) as s:
                first = s.wait("a", lambda d: d["state"] == "ok")
                slept.write_text("86400")
                later = s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"])
                self.assertAlmostEqual(age(later), 86400 + later["polled_ts"] - first["polled_ts"], delta=2)

    def test_a_single_poll_knows_no_age(self):
        with Emulator(state=queue(5)) as e:
            document = run("get", e.connect).document
        self.assertIsNone(age(document))
        self.assertEqual(document["health"]["code"], 310)


if __name__ == "__main__":
    unittest.main()
