"""The differential test: on one random state of the emulated register, the vendor's driver alone, `get driver:` and
`get tcp://` must tell the same, and it must be what the state holds.

  python3 tests/differential/suite.py --build build [--states 500] [--alone 200] [--protocol 3] [--seed 1]

A failing state is minimised against the emulator's default one and printed."""
import argparse
import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "tools")]
import harness  # noqa: E402
import states  # noqa: E402
import vendor  # noqa: E402

GROUPS = "device,printer,shift,fn,ofd,faults,registration,counters,power"

# What the two ways cannot both give, by name, with the reason. Nothing else may differ.
ALWAYS = {"device.clock_drift_s": "the host's clock goes on between two readings"}
# The states' clocks are far from the host's, so these count by the host's, which goes on between two readings.
BY_THE_HOST = {"shift.left_s", "ofd.first_unsent_age_s"}
SECONDS_BETWEEN = 60
NOT_THROUGH_DRIVER = {
    3: {**{key: "the driver ignores these bits and bytes (docs/protocol-3.md §4)" for key in (
            "printer.paper_near_end", "device.mode", "device.submode", "device.clock_battery_low")},
        "fn.open_document": "no query of the driver tells it", "fn.open_document_age_s": "counted from fn.open_document"},
    5: {"fn.open_document": "no query of the driver tells it", "fn.open_document_age_s": "counted from fn.open_document",
        "fn.ffd_version_max": "the driver says 105 for every FN",
        "fn.free_documents_5y": "the driver gives only the low 16 bits of the number",
        "fn.free_memory_30d": "the driver gives only the low 16 bits of the number"},
}
NOT_NATIVE = {3: {}, 5: {}}
# What the register itself keeps is told without an FN too.
WITHOUT_FN = ("fn.valid_until", "ofd.last_sent", "ofd.host", "ofd.port", "ofd.channel", "registration.date")
# What the state holds and a protocol has no known words for.
NOT_TOLD = {3: {}, 5: {}}
# What the vendor's driver by itself tells wrongly, seen here; our reading through it does not take these values over.
ALONE_WRONG = {3: {}, 5: {"shift.receipt_number": "0 as soon as certain faults are there",
                          "shift.state": "1 for a shift that has expired",
                          "printer.temperature_c": "a number without a sign: 4294967256 for -40",
                          "fn.free_memory_30d": "the low 16 bits only"}}


def by_state(state, protocol):
    """More that the driver cannot tell, in certain states only."""
    allowed = {}
    if state["device"]["model_code"] in {3: (66, 70, 87, 95), 5: (66, 70, 72, 75, 76)}[protocol]:
        for key in ("ofd.host", "ofd.port", "ofd.channel"):
            allowed[key] = "the driver reads no settings of this model"
    version = state.get("registration", {}).get("ffd_version")
    if version is None:
        allowed["registration.ffd_version"] = "the driver by itself says 110 where no registration was read"
    if version in (110, 120):
        for key in ("ffd_version", *states.SIGNS):
            allowed["registration." + key] = "the driver says 110 for FFD 1.2 too, and 0 for signs that are not there"
    if version == 120:
        for key in ("marked", "pawnshop", "insurance", "vending", "catering", "wholesale"):
            allowed["registration." + key] = "the driver 10.8 does not know the tag 1290"
    if protocol == 5 and (version == 120 or any(key not in state.get("registration", {}) for key in states.SIGNS)):
        allowed[".state"] = allowed[".error"] = "the driver 10.8 fails at a registration that lacks certain tags: error 6"
        for key in ("ffd_version", *states.REGISTRATION):
            allowed["registration." + key] = "the driver 10.8 fails at a registration that lacks certain tags: error 6"
    for key in states.SIGNS:
        if key not in state.get("registration", {}):
            allowed["registration." + key] = "the driver says 0 for a sign whose tag is missing"
    if protocol == 5 and state["fn"]["present"] == 0:
        allowed["device.ffd_version_max"] = "the driver asks the FN in the same query"
    return allowed


class Register:
    """One emulator, one long-lived process with the vendor's driver, at one protocol."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.emulator = harness.Emulator("--protocol", protocol, state={})
        self.port = int(self.emulator.address.rsplit(":", 1)[1])
        self.alone = None

    def hold(self, state):
        """Gives the register a state, and is back when it holds."""
        self.emulator.set_state(state)
        self.emulator.process.send_signal(signal.SIGHUP)
        out = self.emulator.process.stdout
        while select.select([out], [], [], harness.PATIENCE)[0]:
            line = out.readline()
            if line.strip() == "state":
                return
            if not line:
                break
        self.emulator.process.kill()
        raise RuntimeError("the emulator did not take the state: " + self.emulator.process.stderr.read())

    def get(self, connect):
        result = harness.run("get", connect, "--groups", GROUPS, "--timeout", "120s", "--timezone", "UTC")
        document = result.document
        found = states.flatten(document.get("metrics", {}))
        found[".state"], found[".error"] = document["state"], document["error"]
        return found

    def native(self):
        return self.get(f"tcp://127.0.0.1:{self.port}")

    def driver(self):
        return self.get(f"driver:tcp/127.0.0.1:{self.port}?lib={vendor.library()}")

    def vendor(self):
        """What the vendor's driver alone reads. Now and then it crashes or hangs by itself: then another one is asked, once."""
        for _ in range(2):
            if self.alone is None:
                self.alone = subprocess.Popen([sys.executable, HERE / "vendor_read.py", str(self.protocol)],
                                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                              env={**os.environ, "HOME": "/dev/null"})
            with contextlib.suppress(OSError):
                self.alone.stdin.write(f"{self.port}\n")
                self.alone.stdin.flush()
                if select.select([self.alone.stdout], [], [], harness.PATIENCE)[0]:
                    line = self.alone.stdout.readline()
                    if line:
                        return json.loads(line)
            print(f"protocol {self.protocol}: the vendor's driver crashed or hung by itself", flush=True)
            self.end_alone()
        return {"error": "the vendor's driver crashed or hung twice"}

    def end_alone(self):
        if self.alone is None:
            return
        self.alone.kill()
        self.alone.wait(harness.PATIENCE)
        with contextlib.suppress(OSError):
            self.alone.stdin.close()
        self.alone.stdout.close()
        self.alone = None

    def stop(self):
        self.end_alone()
        self.emulator.__exit__()


def difference(left, right, left_name, right_name, allowed):
    found = {}
    for key in sorted(set(left) | set(right)):
        if key in BY_THE_HOST and key in left and key in right and abs(left[key] - right[key]) <= SECONDS_BETWEEN:
            continue
        if left.get(key) != right.get(key) and key not in allowed:
            found[key] = {left_name: left.get(key, "absent"), right_name: right.get(key, "absent")}
    return found


def against_state(found, state, name, protocol, allowed):
    """Everything that was told is the state's; everything of the state was told, unless there is no FN."""
    flat, wrong = states.flatten(state), {}
    no_fn = flat.get("fn.present") == 0
    not_registered = protocol == 5 and flat.get("fn.state") != 3
    no_term = flat.get("fn.state") in (0, 1)
    no_shift = protocol == 3 and flat.get("device.fiscal") == 0  # garbage there: it is not asked
    for key, value in flat.items():
        if key in allowed or found.get(key) == value or (key not in found and str(value).startswith("2070-01-01")):
            continue
        group = key.split(".")[0]
        if key not in found and ((no_fn and group in ("fn", "ofd", "registration") and key not in WITHOUT_FN) or
                                 (not_registered and key not in WITHOUT_FN and group == "registration")):
            continue
        if key not in found and no_shift and key in ("shift.state", "shift.number", "shift.expires"):
            continue
        if key not in found and no_term and key in ("fn.valid_until", "fn.resource_days"):
            continue
        # The FN counts to the moment that it is asked for, the register's time.
        if key == "fn.resource_days" and key not in found and found.get("device.clock_wrong") == 1:
            continue
        # No document waits that is not made yet.
        if key == "ofd.first_unsent" and key not in found and value > datetime.datetime.now().isoformat():
            continue
        # The register says "open"; whether 24 hours are over is told by the clock that is right, the host's.
        if key == "shift.state" and value in (1, 2) and found.get(key) in (1, 2):
            continue
        wrong[key] = {"state": value, name: found.get(key, "absent")}
    return wrong


def check(register, state, alone):
    protocol = register.protocol
    register.hold(state)
    native, driver = register.native(), register.driver()
    allowed = {**ALWAYS, **NOT_THROUGH_DRIVER[protocol], **NOT_NATIVE[protocol], **by_state(state, protocol)}
    wrong = difference(native, driver, "native", "driver", allowed)
    wrong.update(against_state(native, state, "native", protocol, {**ALWAYS, **NOT_TOLD[protocol]}))
    if native.get(".state") != "ok":
        wrong[".state"] = {"native": native.get(".state"), "error": native.get(".error")}
    if alone:
        seen = {key: value.rstrip() if isinstance(value, str) else value for key, value in register.vendor().items()}
        flat = states.flatten(state)
        no_fn = flat.get("fn.present") == 0
        for key, value in seen.items():
            expected = flat.get(key)
            empty = expected is None and value in ("", 0, "1970-01-01T00:00:00", "1970-01-01")
            closed = key == "shift.expires" and flat["shift.state"] == 0
            unregistered = protocol == 5 and key.startswith("registration.") and flat["fn.state"] != 3 and value in ("", 0)
            if value != expected and key not in ALONE_WRONG[protocol] and key not in by_state(state, protocol) and not (key == "error" and ".error" in by_state(state, protocol)) and not empty and not closed and not unregistered and not (no_fn and key.startswith(("fn.", "ofd.", "registration."))):
                wrong[key + " (vendor's driver alone)"] = {"state": expected, "driver": value}
    return wrong


def minimise(register, state, alone, names):
    """Takes back to the default whatever is not needed for one of the same differences."""
    default = states.flatten(json.loads(subprocess.run(
        [harness.emulator_program(), "--protocol", str(register.protocol), "--dump-state"], check=True,
        capture_output=True).stdout))
    flat = states.flatten(state)
    everywhere = set(check(register, states.unflatten(default), alone))
    names = names - everywhere or names  # what the state at hand is needed for, if anything

    def still(candidate):
        return bool(set(check(register, states.unflatten(candidate), alone)) & names)

    for group in sorted({key.split(".")[0] for key in flat}) + sorted(flat):
        trial = dict(flat)
        for key in flat:
            if key == group or key.startswith(group + "."):
                if key in default:
                    trial[key] = default[key]
                else:
                    trial.pop(key)
        if trial != flat and still(trial):
            flat = trial
    return states.unflatten({key: value for key, value in flat.items() if default.get(key) != value})


class Pool:
    """Registers for as many threads as run; each thread has its own."""

    def __init__(self, protocol):
        self.protocol, self.local, self.all = protocol, threading.local(), []

    def register(self):
        if not hasattr(self.local, "register"):
            self.local.register = Register(self.protocol)
            self.all.append(self.local.register)
        return self.local.register


def run_protocol(protocol, options):
    pool, failures, lock = Pool(protocol), [], threading.Lock()

    def one(number):
        seed = options.seed + number
        state = states.unusual_state(seed, protocol)
        alone = number < options.alone
        register = pool.register()
        wrong = check(register, state, alone)
        if wrong:
            with lock:
                failures.append((seed, wrong))
                first = len(failures) <= options.show
            if first:
                least = minimise(register, state, alone, set(wrong)) if options.minimise else {}
                with lock:
                    print(f"protocol {protocol}, seed {seed}:")
                    for key, values in wrong.items():
                        print(f"  {key}: {json.dumps(values, ensure_ascii=False)}")
                    if options.minimise:
                        print("  smallest change of the default state that still fails: "
                              + json.dumps(least, ensure_ascii=False), flush=True)
        return not wrong

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as threads:
        good = sum(threads.map(one, range(options.states)))
    for register in pool.all:
        register.stop()
    alone = min(options.alone, options.states)
    print(f"protocol {protocol}: {options.states} states from seed {options.seed} by `get tcp://` and `get driver:tcp/`, "
          f"{alone} of them by the vendor's driver alone: {good} agree, {options.states - good} do not", flush=True)
    if failures:
        samples = {}
        for seed, wrong in failures:
            for key, values in wrong.items():
                samples.setdefault(key, []).append((seed, values))
        print("  keys that differ, with one example each:")
        for key, rows in sorted(samples.items()):
            seed, values = min(rows, key=lambda row: row[0])
            print(f"  {key}: {len(rows)} states, seed {seed}: {json.dumps(values, ensure_ascii=False)[:300]}")
    return good, options.states - good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--states", type=int, default=500, help="states for each protocol")
    parser.add_argument("--alone", type=int, default=200, help="so many of them through the vendor's driver alone too")
    parser.add_argument("--protocol", type=int, choices=(3, 5), action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--show", type=int, default=5, help="so many failing states are printed whole")
    parser.add_argument("--no-minimise", dest="minimise", action="store_false")
    options = parser.parse_args()
    os.environ["BUILD"] = str(pathlib.Path(options.build).resolve())
    if not os.environ.get("ATOL_DRIVER_DIR"):
        sys.exit("ATOL_DRIVER_DIR is not set: ./run.sh test differential sets it")
    totals = [run_protocol(protocol, options) for protocol in options.protocol or (3, 5)]
    passed, failed = (sum(column) for column in zip(*totals))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
