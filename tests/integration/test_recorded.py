"""Documents of 50 random states, recorded once: what `get` prints must not change unless a change is named here.

tests/data/states.recorded holds a line a state: the protocol, the state, and the document as commit 43bf2c4 printed it.
`python3 tests/integration/test_recorded.py --build build --record` writes it anew: only when a difference was meant."""
import argparse
import datetime
import json
import os
import pathlib
import select
import signal
import sys
import unittest

import harness

FILE = harness.ROOT / "tests" / "data" / "states.recorded"
STATES_EACH = 25
GROUPS = "device,printer,shift,fn,ofd,faults,registration,counters,power"

# What no two polls have alike.
VOLATILE = {"version", "name", "connect", "polled_at", "polled_ts", "age_s", "poll.duration_ms", "poll.port_held_ms",
            "metrics.device.clock_drift_s"}

def always(_):
    return True


def clock_is_far(state):
    """The states' clocks lie in 2016 to 2099: the host's counts then (design.md §3, "Now")."""
    return "time" in state["device"]


def not_fiscal_yet(state):
    """Before phase 3 an FN has no term."""
    return state["fn"]["state"] < 3


def without_fn(state):
    """What the register itself keeps is told then."""
    return state["fn"]["present"] == 0


def term_is_far(state):
    """No FN has a term of more than five years: it is unreadable."""
    return state["fn"].get("valid_until", "") > (datetime.date.today() + datetime.timedelta(5 * 365)).isoformat()


def not_fiscal_yet_or_without_fn_or_far(state):
    return not_fiscal_yet(state) or without_fn(state) or term_is_far(state)


def not_fiscal_yet_or_clock_is_far(state):
    """The FN counts its days to the moment that it is asked for."""
    return not_fiscal_yet(state) or clock_is_far(state)


def shiftless(state):
    """A register of protocol 3 that is not fiscalised is not asked for its shift."""
    return "faults" not in state and state["device"]["fiscal"] == 0


def clock_is_far_or_shiftless(state):
    return clock_is_far(state) or shiftless(state)


# Differences that are meant: the path in the document -> in which states.
INTENDED = {
    **dict.fromkeys(("health.code", "health.level", "health.short", "health.text", "health.lines", "poll.undated", "poll.host_clock_wrong"), always),
    **dict.fromkeys((f"health.alarms.{name}" for name in ("information", "warning", "average", "high", "disaster")), always),
    # Protocol 3 asks for the configuration and the last registration as well; what is new is told or is unsupported.
    **dict.fromkeys(("poll.requests", "poll.unsupported", "metrics.device.mode", "metrics.device.submode", "metrics.device.clock_battery_low",
                     "metrics.printer.paper_near_end", "metrics.fn.open_document", "metrics.fn.open_document_age_s",
                     "metrics.registration.date"), always),
    **dict.fromkeys(("metrics.device.clock_wrong", "metrics.fn.days_left", "metrics.ofd.first_unsent_age_s", "metrics.ofd.first_unsent", "metrics.ofd.first_unsent_ts"), clock_is_far),
    **dict.fromkeys(("metrics.shift.left_s", "metrics.shift.state"), clock_is_far_or_shiftless),
    **dict.fromkeys(("metrics.shift.number", "metrics.shift.expires", "metrics.shift.expires_ts"), shiftless),
    "state": term_is_far, "error": term_is_far, "metrics.fn.valid_until": not_fiscal_yet_or_without_fn_or_far, "metrics.fn.resource_days": not_fiscal_yet_or_clock_is_far,
    **dict.fromkeys(("metrics.ofd.last_sent", "metrics.ofd.last_sent_ts", "metrics.ofd.host", "metrics.ofd.port", "metrics.ofd.channel"),
                    without_fn),
}


class Register:
    """An emulator that goes from state to state."""

    def __init__(self, protocol):
        self.emulator = harness.Emulator("--protocol", protocol, state={})

    def get(self, state):
        self.emulator.set_state(state)
        self.emulator.process.send_signal(signal.SIGHUP)
        out = self.emulator.process.stdout
        while select.select([out], [], [], harness.PATIENCE)[0]:
            if out.readline().strip() == "state":
                break
        else:
            raise RuntimeError("the emulator did not take the state")
        return harness.run("get", self.emulator.connect, "--groups", GROUPS, "--timezone", "UTC").document

    def stop(self):
        self.emulator.__exit__()


def flat(document, path=""):
    """Path -> value, in the order of the document."""
    found = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{path}{key}."))
        else:
            found[path + key] = value
    return found


def stable(document):
    return {key: value for key, value in flat(document).items() if key not in VOLATILE}


def lines():
    with open(FILE, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


class Recorded(unittest.TestCase):
    def test_the_documents_of_fifty_states_are_as_recorded(self):
        rows = lines()
        self.assertEqual(len(rows), 2 * STATES_EACH)
        registers = {}
        self.addCleanup(lambda: [register.stop() for register in registers.values()])
        for number, row in enumerate(rows):
            protocol = row["protocol"]
            register = registers.get(protocol) or registers.setdefault(protocol, Register(protocol))
            document = stable(register.get(row["state"]))
            with self.subTest(line=number + 1):
                self.assertEqual(list(self.unchanged(document, row["state"]).items()),
                                 list(self.unchanged(row["document"], row["state"]).items()))

    @staticmethod
    def unchanged(document, state):
        return {key: value for key, value in document.items() if not INTENDED.get(key, lambda _: False)(state)}


def record():
    sys.path.insert(0, str(harness.ROOT / "tests" / "differential"))
    import states
    with open(FILE, "w", encoding="utf-8") as f:
        for protocol in (3, 5):
            register = Register(protocol)
            for seed in range(1, STATES_EACH + 1):
                state = states.random_state(seed, protocol)
                row = {"protocol": protocol, "state": state, "document": stable(register.get(state))}
                f.write(json.dumps(row, ensure_ascii=False) + "\n")
            register.stop()
    print(f"recorded: {FILE.relative_to(harness.ROOT)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--record", action="store_true", required=True)
    os.environ["BUILD"] = str(pathlib.Path(parser.parse_args().build).resolve())
    record()
