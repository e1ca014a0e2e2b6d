#!/usr/bin/env python3
"""Which lines of src/ the tests reach: runs unit, integration, emulator, serve and driver on a build with counters, and prints a
table by folder and the lines that none of them reached. Ends with status 1 when less than 90 % of src/ or less than all of the
decoders (frames, field decoding, tags, values, request tables of both protocols) is reached.

    ./run.sh coverage [--only unit,integration] [--no-run]"""
import argparse
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", help="suites, as unit,integration")
    parser.add_argument("--no-run", action="store_true", help="only what was counted before")
    args = parser.parse_args()
    if not args.no_run:
        run(args.build, args.only.split(",") if args.only else None)
    files = lines_of(args.build)
    folders, whole, decoders = {}, [0, 0], [0, 0]
    for name, (reached, missed) in files.items():
        for sums in (folders.setdefault("/".join(name.split("/")[:2]), [0, 0]), whole, *([decoders] if name in DECODERS else [])):
            sums[0] += len(reached)
            sums[1] += len(missed)
    print("\n| folder | lines | reached | |\n|---|---:|---:|---:|")
    for name, (reached, missed) in [*sorted(folders.items()), ("**src**", whole), ("**decoders**", decoders)]:
        print(f"| {name} | {reached + missed} | {reached} | {percent(reached, missed):.1f} % |")
    print("\nNot reached:")
    for name, (_, missed) in sorted(files.items()):
        if missed:
            print(f"  {name}: {spans(missed)}")
    bad = percent(*whole) < LEAST or decoders[1] > 0
    print(f"{2 - (percent(*whole) < LEAST) - (decoders[1] > 0)} passed, {(percent(*whole) < LEAST) + (decoders[1] > 0)} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
