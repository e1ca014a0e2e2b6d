"""Every fault of the emulator: the poll ends in time, and no value is ever a wrong one."""
import concurrent.futures
import time
import unittest

from harness import Emulator, default_state, flatten, run

# These move with the clock, so they are not compared with the state.
STATE_KEYS = ("shift.number", "shift.state", "ofd.unsent_count", "ofd.first_unsent_number", "fn.serial",
              "device.serial", "fn.last_document", "printer.paper_present", "registration.number",
              "registration.organization_inn", "fn.flags", "shift.receipt_number")
FAULT_STATE = {"shift": {"number": 777, "receipt_number": 99}, "ofd": {"unsent_count": 12, "first_unsent_number": 18001,
               "first_unsent": "2026-11-20T10:00:00"}, "fn": {"flags": 9, "last_document": 18555}}

# (fault, protocols, may the register be read in spite of it). "yes": whole or partial; "maybe": any honest end; "no".
FAULTS = [
    ("late:300*1", (3,), "yes"),
    ("pending:200*2", (3,), "yes"),
    ("progress:200*2", (3,), "yes"),
    ("lost-request*1", (3, 5), "yes"),
    ("lost-answer*1", (3, 5), "yes"),
    ("bad-crc*1", (3, 5), "yes"),
    ("empty*1", (3,), "yes"),
    ("wrong-id*1", (3, 5), "yes"),
    ("duplicate", (3, 5), "yes"),
    ("garbage*3", (3, 5), "yes"),
    ("split", (3, 5), "yes"),
    ("cut*1", (3, 5), "yes"),
    ("close*1", (3, 5), "yes"),
    ("busy*1", (3, 5), "yes"),
    ("no-fn", (3, 5), "yes"),
    ("delay:100*2", (3, 5), "yes"),
    ("full*1", (3,), "yes"),
    ("stopped*1", (3,), "yes"),
    ("exists*1", (3,), "yes"),
    ("mixed*1", (3, 5), "maybe"),
    ("other*1", (3, 5), "maybe"),
    ("few:1", (3, 5), "maybe"),
    ("few:0", (3, 5), "maybe"),
    ("many", (3, 5), "maybe"),
    ("notice", (5,), "yes"),
    ("transport:01*1", (5,), "maybe"),
    # At protocol 3 the probe's answer tells the firmware even then.
    ("lost-answer", (3,), "maybe"),
    ("bad-crc", (3,), "maybe"),
    ("lost-answer", (5,), "no"),
    ("bad-crc", (5,), "no"),
    # A register that keeps its tasks gives the answer over the next connection; platform 5 loses it with each.
    ("close", (3,), "yes"),
    ("cut", (3,), "yes"),
    ("close", (5,), "no"),
    ("cut", (5,), "no"),
    ("silence", (3, 5), "no"),
    ("other", (3, 5), "no"),
    ("error:8C", (3,), "maybe"),
    ("error:6a", (5,), "maybe"),
    ("busy", (3, 5), "maybe"),
    ("binary", (5,), "maybe"),
]


def state():
    whole = default_state()
    for group, values in FAULT_STATE.items():
        whole[group].update(values)
    return whole


# "many" puts three bytes behind the answer; the factory number (91 16) is digits to the end of its answer, so there the
# junk cannot be told from it (protocol-3.md §5).
UNTELLABLE = {("many", 3): {"device.serial"}}


def cases():
    for fault, protocols, readable in FAULTS:
        for protocol in protocols:
            for pty in (False, True):
                if not (pty and fault.startswith(("cut", "close"))):  # a pty has no connection to close
                    yield fault, protocol, pty, readable


def poll(case):
    fault, protocol, pty, _ = case
    with Emulator("--protocol", protocol, "--fault", fault, pty=pty, state=state()) as kkt:
        started = time.monotonic()
        result = run("get", kkt.connect, "--timeout", "6s")
        return result, time.monotonic() - started


class Faults(unittest.TestCase):
    """One test a fault, protocol and link, made from the table above. The polls mostly wait, so they run side by
    side beforehand."""

    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            cls.polls = {case: pool.submit(poll, case) for case in cases()}

    def check(self, case):
        fault, protocol, _, readable = case
        want = flatten(state())
        result, elapsed = self.polls[case].result()
        document = result.document
        self.assertLess(elapsed, 9, "the deadline did not hold")
        self.assertEqual(result.status == 0, document["state"] in ("ok", "partial"), document)
        self.assertEqual(document["state"] == "ok", document["error"] == "", document)
        if readable != "maybe":
            self.assertEqual(result.status, 0 if readable == "yes" else 1, document["error"])
        values = flatten(document.get("metrics", {}))
        wrong = {key: (values[key], want[key]) for key in STATE_KEYS
                 if key in values and key in want and values[key] != want[key]
                 and key not in UNTELLABLE.get((fault, protocol), ())}
        if fault == "no-fn":
            self.assertEqual(values.get("fn.present", 0), 0)
        self.assertEqual(wrong, {})


def add_tests():
    for case in cases():
        fault, protocol, pty, _ = case
        name = "".join(c if c.isalnum() else "_" for c in fault)
        setattr(Faults, f"test_{name}_at_protocol_{protocol}_over_{'pty' if pty else 'tcp'}",
                lambda self, case=case: self.check(case))


add_tests()


class SomeRequestsFail(unittest.TestCase):
    def test_a_refused_request_costs_only_its_own_values(self):
        for protocol, request in ((3, "A4 20"), (5, "11")):
            with self.subTest(protocol=protocol):
                code = "8C" if protocol == 3 else "6a"
                with Emulator("--protocol", protocol, "--fault", f"error:{code}@{request}") as kkt:
                    document = run("get", kkt.connect).document
                self.assertIn(document["state"], ("ok", "partial"))
                self.assertIn("registration", document["metrics"])

    def test_a_request_that_is_always_busy_costs_its_own_values_and_little_time(self):
        for protocol, request, lost in ((3, "91-39", "last_sent"), (5, "11", None)):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol) as kkt:
                whole = flatten(run("get", kkt.connect).document["metrics"])
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, "--fault", f"busy@{request}") as kkt:
                document = run("get", kkt.connect, "--timeout", "15s").document
                self.assertEqual(document["state"], "partial")
                self.assertLess(document["poll"]["duration_ms"], 3000)
                missing = set(whole) - set(flatten(document["metrics"]))
                expected = {"ofd.last_sent", "ofd.last_sent_ts"} if lost else {"shift.number", "shift.receipt_number"}
                self.assertEqual(missing, expected)

    def test_in_progress_for_ever_is_busy_and_not_silent(self):
        with Emulator("--protocol", 3, "--fault", "progress:600000") as kkt:
            document = run("get", kkt.connect, "--timeout", "2s").document
        self.assertEqual(document["state"], "busy")
        self.assertIn("in progress", document["error"])

    def test_what_was_read_before_it_became_busy_is_kept(self):
        with Emulator("--protocol", 3, "--fault", "progress:600000@91-2B") as kkt:
            document = run("get", kkt.connect, "--timeout", "2s").document
        self.assertEqual(document["state"], "partial")
        self.assertIn("91 2B: still in progress; not asked: 91 39", document["error"])
        self.assertIn("unsent_count", document["metrics"]["ofd"])

    def test_refusals_that_are_normal_make_no_partial(self):
        for code, request in (("66", "46-13-01"), ("91", "46-13-02"), ("A8", "91-1A"), ("7A", "91-43")):
            with self.subTest(code, request=request), Emulator("--protocol", 3, "--fault", f"error:{code}@{request}") as kkt:
                document = run("get", kkt.connect).document
                self.assertEqual((document["state"], document["error"]), ("ok", ""))
                self.assertTrue(document["poll"]["unsupported"])
