#!/usr/bin/env python3
"""The fault matrix: every fault of the emulator, at both protocols, over TCP, a pty and the vendor's driver, in quick and full polls;
and the line cut, reset and gone for good at the bytes of a full poll. Prints the tables of docs/reliability.md.

  --build DIR   the programs of the faults (ASan and UBSan in CI)
  --fast DIR    the programs of the cuts, which are thousands
  --every N     each N-th byte only (1: all of them)
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "tools")]
import harness  # noqa: E402
import judge  # noqa: E402
import vendor  # noqa: E402

READ = {"ok", "partial"}
ANY = READ | {"busy", "unreachable", "error"}
LOST = ANY - {"ok"}

# Fault: what a poll may end as when it strikes once, and when it strikes always.
FAULTS = {
    "late:100": (READ, READ), "pending:100": (READ, READ), "progress:100": (READ, READ), "lost-request": (READ, LOST),
    "lost-answer": (READ, LOST), "bad-crc": (READ, ANY), "empty": (READ, READ), "wrong-id": (READ, LOST), "duplicate": (READ, READ),
    "garbage": (READ, READ), "split": (READ, READ), "cut": (READ, LOST), "close": (READ, LOST), "busy": (READ, LOST), "error": (ANY, LOST),
    "error:EE0103": (ANY, LOST),
    "no-fn": (READ, READ), "delay:50": (READ, READ), "silence": (LOST, LOST), "full": (READ, LOST), "foreign": (READ, READ),
    "flood": (ANY, ANY), "stopped": (READ, LOST), "exists": (READ, LOST), "mixed": (ANY, ANY), "other": (ANY, LOST), "few:1": (ANY, ANY),
    "few:0": (ANY, ANY), "many": (READ, READ), "notice": (READ, READ), "binary": (ANY, ANY), "transport:01": (ANY, LOST),
}
CODES = {3: "error:8C", 5: "error:6a"}
WAYS = ("tcp", "pty", "driver")
GROUPS = {"quick": ["--groups", "quick"], "full": []}
TIMEOUT_S = {"tcp": 6, "pty": 6, "driver": 15}
SLACK_MS = {"tcp": 500, "pty": 500, "driver": 4000}  # a child process is killed and waited for; the machine may be busy


def kinds():
    """(name, protocols) of every fault that the emulator has."""
    told = subprocess.run([harness.emulator_program(), "--fault", "help"], check=True, capture_output=True, text=True).stdout
    for name, rest in re.findall(r"^  ([a-z-]+)(?::\w+)? *(.*)$", told, re.M):
        yield name, (3,) if re.match(r"protocol 3: (?!.*platform 5)", rest) else (5,) if rest.startswith("platform 5") else (3, 5)


def cases():
    protocols = dict(kinds())
    missing = set(protocols) - {fault.partition(":")[0] for fault in FAULTS}
    if missing:
        sys.exit(f"no row for the fault {' '.join(sorted(missing))}")
    for fault in FAULTS:
        for protocol in (3,) if fault == "error:EE0103" else protocols[fault.partition(":")[0]]:  # an error with a reason
            for way in WAYS:
                if way == "pty" and fault in ("cut", "close"):
                    continue  # a pty has no connection to close
                for group in GROUPS:
                    for times in ("once", "always"):
                        if not (times == "once" and fault in ("silence", "no-fn")):  # they are not of one request
                            yield fault, protocol, way, group, times


def connect(kkt, way):
    return f"driver:tcp/{kkt.address}?lib={vendor.library()}" if way == "driver" else kkt.connect


def poll(protocol, way, group, *options, fn_present=1):
    with harness.Emulator("--protocol", protocol, "--clients", "many", *options, pty=way == "pty", state=judge.state(fn_present)) as kkt:
        return harness.run("get", connect(kkt, way), *GROUPS[group], "--timeout", f"{TIMEOUT_S[way]}s")


def truths(pool):
    """What a register without a fault says, and one without an FN."""
    wanted = {(protocol, way, group, fn): pool.submit(poll, protocol, way, group, fn_present=int(fn))
              for protocol in (3, 5) for way in WAYS for group in GROUPS for fn in (True, False)}
    found = {key: future.result().document for key, future in wanted.items()}
    broken = [(key, document["error"]) for key, document in found.items() if key[3] and document["state"] != "ok"]
    if broken:
        sys.exit(f"a healthy register was not read: {broken}")
    return {key: harness.flatten(document.get("metrics", {})) for key, document in found.items()}


def strike(case):
    fault, protocol, way, group, times = case
    spec = CODES[protocol] if fault == "error" else fault
    return poll(protocol, way, group, "--fault", spec + ("*1" if times == "once" else ""))


def judged(case, result, truth):
    fault, protocol, way, _, times = case
    allowed = ANY if way == "driver" else FAULTS[fault][times == "always"]
    untellable = () if protocol != 3 or not fault.startswith(("few", "many")) else judge.OPEN_ENDED_OF_DRIVER if way == "driver" else judge.OPEN_ENDED
    return judge.problems(result, truth, TIMEOUT_S[way], allowed, untellable, SLACK_MS[way])


def table(states):
    """A row a fault and protocol; a cell: the states when it struck once, then always."""
    print("| fault | protocol | " + " | ".join({"tcp": "TCP", "pty": "pty", "driver": "driver"}[way] for way in WAYS) + " |\n|---|---|---|---|---|")
    for fault, protocol in dict.fromkeys((case[0], case[1]) for case in states):
        cells = []
        for way in WAYS:
            ends = [", ".join(dict.fromkeys(states[case] for case in states if case[:3] == (fault, protocol, way) and case[4] == times))
                    for times in ("once", "always")]
            cells.append(" / ".join(end or "–" for end in ends) if any(ends) else "–")
        print(f"| `{fault if fault.startswith(('few', 'error')) else fault.partition(':')[0]}` | {protocol} | " + " | ".join(cells) + " |")


def faults(options):
    """How many polls, and how many were not as promised."""
    os.environ["BUILD"] = str(options.build.resolve())
    bad, states = 0, {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        truth = truths(pool)
        running = {case: pool.submit(strike, case) for case in cases()}
        for case, future in running.items():
            try:
                result = future.result()
                told = judged(case, result, truth[(*case[1:4], case[0] != "no-fn")])
                states[case] = result.document["state"]
            except (AssertionError, ValueError, RuntimeError, subprocess.TimeoutExpired) as error:
                told = [str(error)]
            if told:
                print(f"FAIL {' '.join(map(str, case))}: {'; '.join(told)}", flush=True)
                bad += 1
    table(states)
    return len(running), bad


KINDS = {"closed": 1, "reset": 2, "gone for good": 3}


class Line:
    """An emulator behind a cutter; one poll at a time."""

    def __init__(self, cutter, protocol):
        self.protocol = protocol
        self.kkt = harness.Emulator("--protocol", protocol, "--clients", "many", state=judge.state())
        self.process = subprocess.Popen([cutter, self.kkt.address.rsplit(":", 1)[1]], stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()

    def poll(self, kind, offset):
        return harness.run("get", f"tcp://127.{kind}.{offset >> 8}.{offset & 255}:{self.port}", "--timeout", "6s")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.kkt.__exit__()


def bytes_of_a_poll(protocol, folder):
    """(of the register, of the client) in a full poll."""
    file = os.path.join(folder, "trace")
    with harness.Emulator("--protocol", protocol, state=judge.state()) as kkt:
        document = harness.run("get", kkt.connect, "--trace", file, "--trace-private").document
    text = pathlib.Path(file).read_text(encoding="utf-8")
    counts = [sum(len(bytes.fromhex(line)) for line in re.findall(rf"^\d+ {side} ((?:[0-9A-F]{{2}} ?)+)", text, re.M)) for side in "<>"]
    return counts, harness.flatten(document["metrics"])


def cut(lines, cases, truth):
    """Polls the cases on one line; (kind, side, state, problems) of each."""
    cutter, protocol = lines
    line, found = Line(cutter, protocol), []
    try:
        for name, side, offset in cases:
            result = line.poll(KINDS[name] + 4 * side, offset)
            allowed = READ if name != "gone for good" else ANY
            found.append((name, side, result.document["state"], [f"byte {offset}: {problem}" for problem in
                                                                 judge.problems(result, truth, 6, allowed)]))
    finally:
        line.stop()
    return found


def cuts(options):
    os.environ["BUILD"] = str(options.fast.resolve())
    total, bad = 0, 0
    print("| protocol | the line is | at the bytes of | polls | ok | partial | not read | wrong values |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="cutter-") as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cutter = os.path.join(folder, "cutter")
        subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", cutter, HERE / "cutter.c"], check=True)
        for protocol in (3, 5):
            counts, truth = bytes_of_a_poll(protocol, folder)
            wanted = [(name, side, offset) for side in (0, 1) for name in KINDS for offset in range(0, counts[side] + 2, options.every)]
            parts = [pool.submit(cut, (cutter, protocol), wanted[i::options.jobs], truth) for i in range(options.jobs)]
            found = [row for part in parts for row in part.result()]
            for name in KINDS:
                for side in (0, 1):
                    rows = [row for row in found if row[:2] == (name, side)]
                    wrong = sum(bool(row[3]) for row in rows)
                    states = [row[2] for row in rows]
                    print(f"| {protocol} | {name} | {'the client' if side else 'the register'} | {len(rows)} | {states.count('ok')} | "
                          f"{states.count('partial')} | {len(rows) - states.count('ok') - states.count('partial')} | "
                          f"{sum('wrong values' in problem for row in rows for problem in row[3])} |", flush=True)
                    for problem in [problem for row in rows for problem in row[3]][:10]:
                        print(f"FAIL protocol {protocol}, {name}, {problem}", flush=True)
                    total, bad = total + len(rows), bad + wrong
    return total, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--fast", type=pathlib.Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--only", choices=("faults", "cuts"))
    options = parser.parse_args()
    total = bad = 0
    for part in (faults, cuts):
        if options.only in (None, part.__name__):
            more, wrong = part(options)
            total, bad = total + more, bad + wrong
    print(f"{total - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
