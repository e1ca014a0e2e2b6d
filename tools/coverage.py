#!/usr/bin/env python3
"""Which lines of src/ the tests reach: runs unit, integration, emulator, serve and driver on a build with counters, and prints a
table by folder and the lines that none of them reached. Ends with status 1 when less than 90 % of src/ or less than all of the
decoders (frames, field decoding, tags, values, request tables of both protocols) is reached.

    ./run.sh coverage [--only unit,integration] [--no-run] [--write]"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DECODERS = ("src/kkt/atol3/frame.c", "src/kkt/atol5/frame.c", "src/kkt/atol5/values.c", "src/kkt/fields/field.c", "src/kkt/fields/fn_spec.c",
            "src/kkt/atol3/requests.c", "src/kkt/atol5/requests.c")
LEAST = 90
ELSEWHERE = ("_win32", "src/winservice")  # the Windows suite runs those


def commands(build):
    python = sys.executable
    return {
        "unit": ["meson", "test", "-C", build, "--no-rebuild", "--timeout-multiplier", "10"],
        "integration": [python, "tests/integration/suite.py", "--build", build],
        "emulator": [python, "tests/emulator/suite.py", "--build", build],
        "serve": [python, "tests/serve/suite.py", "--build", build],
        "driver": [python, "tests/fptr/suite.py", "--build", build],
    }


def run(build, only):
    for name, command in commands(build).items():
        if only and name not in only:
            continue
        # A serve that is killed would take its counters along: with SANITIZE the tests tell it to stop.
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "SANITIZE": "coverage"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(f"{name}: {done.stdout.strip().splitlines()[-1]}", flush=True)


def lines_of(build):
    """file -> (reached, not reached): sets of line numbers."""
    out = pathlib.Path(build) / "coverage.json"
    subprocess.run(["gcovr", "--root", ".", "--filter", "src/", "--json", str(out), build], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    files = {}
    for file in json.loads((ROOT / out).read_text())["files"]:
        if any(part in file["file"] for part in ELSEWHERE):
            continue
        # The headers' inline functions are counted with the file that has them.
        reached, missed = files.setdefault(file["file"], (set(), set()))
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                (reached if line["count"] else missed).add(line["line_number"])
    return {name: (reached, missed - reached) for name, (reached, missed) in files.items()}


def spans(numbers):
    """1,2,3,7 -> "1-3, 7" """
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def percent(reached, missed):
    return 100 * reached / (reached + missed) if reached + missed else 100.0


# Why no test reaches what is left of a file; the first that fits. Judged by file, not line by line.
SYSTEM = "mostly errors of the system (no memory, thread or handle, a call that fails), and lines of processes that end without their counters"
KINDS = [
    ("src/cli/setup/", "changes the computer that it runs on: the suites package, vm and zabbix run it on systems of their own"),
    ("src/cli/discover/", "ports of this computer: the suite vm"),
    ("src/link/ports/", "USB, real ports and who has them open: the suite vm"),
    ("src/link/serial_posix.c", "real ports: the suite vm"),
    ("src/driver/guard.c", "USB: the suite vm"),
    ("src/driver/", "the driver's process, whose counters are lost when it is killed at its deadline; " + SYSTEM),
    ("src/poll/auto.c", "several registers at one computer: the suite vm"),
    ("src/cli/", "forms of a terminal, ends by a signal; " + SYSTEM),
    ("", SYSTEM),
]


def table(folders, whole, decoders):
    rows = [*sorted(folders.items()), ("**src**", whole), ("**decoders**", decoders)]
    return "\n".join(["| folder | lines | reached | |", "|---|---:|---:|---:|",
                      *(f"| {name} | {reached + missed} | {reached} | {percent(reached, missed):.1f} % |" for name, (reached, missed) in rows)])


def page(files, text):
    """docs/coverage.md"""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    lines = ["# Lines that no test reaches", "", f"Written by `./run.sh coverage --write` on {datetime.date.today()}, commit {commit}; what the suites unit, integration, emulator, serve and driver "
             "reach, and nothing of Windows, which the suite windows runs. What it means: [reliability.md](reliability.md).", "", text, "",
             "| file | lines | why, judged by file |", "|---|---|---|"]
    lines += [f"| {name} | {spans(missed)} | {next(why for start, why in KINDS if name.startswith(start))} |" for name, (_, missed) in sorted(files.items()) if missed]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", help="suites, as unit,integration")
    parser.add_argument("--no-run", action="store_true", help="only what was counted before")
    parser.add_argument("--write", action="store_true", help="docs/coverage.md too")
    args = parser.parse_args()
    if not args.no_run:
        run(args.build, args.only.split(",") if args.only else None)
    files = lines_of(args.build)
    folders, whole, decoders = {}, [0, 0], [0, 0]
    for name, (reached, missed) in files.items():
        for sums in (folders.setdefault("/".join(name.split("/")[:2]), [0, 0]), whole, *([decoders] if name in DECODERS else [])):
            sums[0] += len(reached)
            sums[1] += len(missed)
    text = table(folders, whole, decoders)
    print("\n" + text)
    if args.write:
        (ROOT / "docs" / "coverage.md").write_text(page(files, text), encoding="utf-8")
    print("\nNot reached:")
    for name, (_, missed) in sorted(files.items()):
        if missed:
            print(f"  {name}: {spans(missed)}")
    bad = percent(*whole) < LEAST or decoders[1] > 0
    print(f"{2 - (percent(*whole) < LEAST) - (decoders[1] > 0)} passed, {(percent(*whole) < LEAST) + (decoders[1] > 0)} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
