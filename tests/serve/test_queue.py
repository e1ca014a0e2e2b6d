"""Unsent documents that no register dates: their age counts from the first poll of serve that saw the queue, a restart
notwithstanding, and ends with the queue."""
import json
import os
import pathlib
import socket
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


def unused_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


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

    def test_another_document_at_its_head_is_another_queue(self):
        """A till that sells all day always has something unsent, and nothing of it is late. A restart changes nothing."""
        state = queue(5)
        state["fn"]["serial"] = "9960440300000001"
        with Emulator("--clients", "many", state=state) as e, Serve([kkt("a", e.connect)]) as s:
            def later(first, seconds=4):
                return s.wait("a", lambda d: d["polled_ts"] >= first["polled_ts"] + seconds)
            first = s.wait("a", lambda d: d["state"] == "ok")
            self.assertIn("days_left", first["metrics"]["fn"], "all that is computed is there")
            self.assertGreaterEqual(age(later(first)), 3)
            for changed in ({"ofd": {"first_unsent_number": 2}}, {"fn": {"serial": "9960440300000002"}}):
                for stopped in (False, True):
                    with self.subTest(changed=changed, stopped=stopped):
                        before = s.document("a")
                        if stopped:
                            s.stop()
                        for group, values in changed.items():
                            for key, value in values.items():
                                state[group][key] = value
                                changed[group][key] = value[:-1] + "3" if isinstance(value, str) else value + 1
                        e.set_state(state)
                        if stopped:
                            s.start()
                        seen = s.wait("a", lambda d: d["polled_ts"] > before["polled_ts"] and all(
                            d["metrics"][g].get(k) == state[g][k] for g, values in changed.items() for k in values))
                        self.assertLess(age(seen), 3)
                        self.assertGreaterEqual(age(later(seen)), 3)

    def test_a_clock_from_before_this_program_was_built_makes_no_silence_old(self):
        """A register that could not be read says nothing of the computer's clock."""
        with Serve([kkt("a", f"tcp://127.0.0.1:{unused_port()}")]) as s:
            first = s.wait("a", lambda d: d["state"] == "unreachable")
            s.stop()
            first["polled_ts"] -= 9 * 365 * 86400
            first["polled_at"] = first["polled_at"].replace(first["polled_at"][:4], "2017", 1)
            (s.state / "a.json").write_text(json.dumps(first))
            s.start()
            later = s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"] + 86400)
            self.assertLess(later["poll"]["unread_for_s"], 60)
            self.assertLess(later["poll"]["state_for_s"], 60)

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
