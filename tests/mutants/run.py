#!/usr/bin/env python3
"""Small changes of the code, one at a time, and the test that notices each.

A row of mutants.tsv: id, file, old text, new text (⏎ is a new line), tests that should notice, what the change is. It is applied in a copy
of the tree (build-mutants/tree), built there, and tested from the cheap to the dear: the tests of the row, the unit tests,
the generated files, then the suites integration, emulator and serve; with a row of src/driver also the driver's. The first
failure ends it. A failure of a suite counts when it comes twice, and when the same test passes without the change.

The results stay in tests/mutants/results.tsv (key of the change, id, verdict, test, day, seconds): a row that was noticed is not
tried again until it changes. A row whose old text is not exactly once in its file is an error, and so is one that the compiler
refuses.

Ends with `N passed, N failed, N skipped`: noticed, not noticed (or an error)."""
import argparse
import datetime
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / os.environ.get("MUTANTS_WORK", "build-mutants")
TREE, BUILD = WORK / "tree", "build-check"
TABLE, RESULTS, PAGE = ROOT / "tests/mutants/mutants.tsv", ROOT / "tests/mutants/results.tsv", ROOT / "docs/mutants.md"
SUITES = {  # name: how it runs, and how it is told which tests
    "integration": (["tests/integration/suite.py", "--build", BUILD], lambda name: ["-k", name]),
    "emulator": (["tests/emulator/suite.py", "--build", BUILD], None),
    "serve": (["tests/serve/suite.py", "--build", BUILD], lambda name: [name]),
    "driver": (["tests/fptr/suite.py", "--build", BUILD], lambda name: ["-k", name]),
    "differential": (["tests/differential/suite.py", "--build", BUILD], None),
}
PROGRAMS = ("src/cli/zabbix-atol", "emulator/atol-emulator")
PATIENCE = {"unit": 90, "units": 600, "suite": 1500}  # seconds; a test that hangs has noticed
RUN = dict(cwd=TREE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


class Row:
    def __init__(self, number, line):
        parts = line.split("\t")
        if len(parts) != 6:
            sys.exit(f"{TABLE.name}:{number}: {len(parts)} columns, expected 6")
        self.id, self.file, self.old, self.new, self.tests, self.what = (part.strip() for part in parts)
        self.old, self.new = self.old.replace("⏎", "\n"), self.new.replace("⏎", "\n")
        self.key = hashlib.sha256("\t".join((self.file, self.old, self.new)).encode()).hexdigest()[:12]
        self.expected = self.tests.startswith("-")  # survives, and the row says why


def rows():
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    table = [Row(n, line) for n, line in enumerate(lines, 1) if line and not line.startswith("#") and n > 1]
    double = {row.id for row in table if sum(other.id == row.id for other in table) > 1}
    if double:
        sys.exit(f"{TABLE.name}: twice: {', '.join(sorted(double))}")
    return table


def lay_tree():
    """Copies what git tracks, and what is new; a file that is the same keeps its time, so that little is compiled."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    wanted = {name for name in names if (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, TREE / name
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(source.stat().st_mode & 0o777)
    for path in TREE.rglob("*"):
        name = path.relative_to(TREE)
        if path.is_file() and name.parts[0] != BUILD and str(name) not in wanted:
            path.unlink()


def run(*command, timeout=600):
    """Exit status and output; 124 when the time is over. All that it started is ended with it."""
    with subprocess.Popen([str(c) for c in command], text=True, errors="replace", **RUN) as process:
        try:
            out, _ = process.communicate(timeout=timeout)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, status = process.communicate()[0], 124
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return status, out


def build(*targets):
    return run("ninja", "-C", BUILD, "--quiet", *targets, timeout=1200)


def test_unit(names):
    """Test programs by name; all of them when none is named. Returns the name of what failed, '' when nothing did."""
    if not names:
        status, out = build()
        if status:
            return "build", out
        status, out = run("meson", "test", "-C", BUILD, "--no-rebuild", "--print-errorlogs", "--maxfail", "1", timeout=PATIENCE["units"])
        bad = [line.split()[1 if "/" not in line.split()[1] else 2] for line in out.splitlines() if "FAIL" in line or "TIMEOUT" in line or "ERROR" in line
               if len(line.split()) > 3 and "/" in line.split()[0]]
        return ("unit " + (bad[0] if bad else "")).strip() if status else "", out
    for name in names:
        status, out = build(f"tests/unit/test_{name}")
        if status:
            return "build", out
        status, out = run(f"{BUILD}/tests/unit/test_{name}", timeout=PATIENCE["unit"])
        if status:
            return f"unit {name}", out
    return "", ""


def failed_tests(out):
    """`FAIL: test_x (module.Class.test_x)` of unittest."""
    return [line.split()[1] for line in out.splitlines() if line.startswith(("FAIL: ", "ERROR: ")) and len(line.split()) > 1]


def test_suite(suite, name):
    command, option = SUITES[suite]
    words = option(name) if name and option else []
    status, out = run(sys.executable, *command, *words, timeout=PATIENCE["suite"])
    if not status:
        if "\n0 passed, 0 failed" in "\n" + out:
            return "error", f"no test of {suite} is called {name}"
        return "", out
    bad = failed_tests(out)
    again = option(bad[0]) if bad and option else words
    status, second = run(sys.executable, *command, *again, timeout=PATIENCE["suite"])
    return f"{suite} {bad[0] if bad else 'as a whole'}" if status else "", out + second


def test_generated(_):
    status, out = run(sys.executable, "tools/generate.py", "--build", BUILD, "--check")
    return "generated files" if status else "", out


def plan(row, quick):
    """(kind, names) in the order in which they run."""
    steps = []
    for word in row.tests.lstrip("-").split():
        kind, _, names = word.partition(":")
        if kind == "unit":
            steps.append(("unit", names.split(",") if names else []))
        elif kind == "generated":
            steps.append(("generated", ""))
        elif kind in SUITES:
            steps += [(kind, name) for name in names.split(",")]
        else:
            sys.exit(f"{TABLE.name}: {row.id}: no tests are called {kind}")
    rest = [] if quick else [("unit", []), ("generated", ""), ("integration", ""), ("emulator", ""), ("serve", "")]
    if not quick and row.file.startswith("src/driver/"):
        rest.append(("driver", ""))
    return steps + [step for step in rest if step not in steps]


def try_steps(steps):
    """By what it was noticed ('' = by nothing), the output, and the step."""
    built = False
    for kind, names in steps:
        if kind != "unit" and not built:
            status, out = build(*PROGRAMS)
            if status:
                return "build", out, None
            built = True
        by, out = test_unit(names) if kind == "unit" else test_generated(names) if kind == "generated" else test_suite(kind, names)
        if by:
            return by, out, (kind, names)
        built = built or (kind == "unit" and not names)
    return "", "", None


PROVEN = {}  # what noticed, of a suite: does it pass without any change?


def passes_unchanged(suite, name, by):
    if by not in PROVEN:
        alone = SUITES[suite][1] and not by.endswith(" as a whole")
        status, _ = build(*PROGRAMS)
        PROVEN[by] = not status and not test_suite(suite, by.split()[1] if alone else name)[0]
    return PROVEN[by]


def try_row(row, quick):
    path = TREE / row.file
    if not path.is_file():
        return "error", f"{row.file} is not there"
    whole = path.read_text(encoding="utf-8")
    if whole.count(row.old) != 1:
        return "error", f"the old text is {whole.count(row.old)} times in {row.file}"
    try:
        path.write_text(whole.replace(row.old, row.new), encoding="utf-8")
        by, out, step = try_steps(plan(row, quick))
    finally:
        path.write_text(whole, encoding="utf-8")
    (WORK / "logs").mkdir(exist_ok=True)
    (WORK / "logs" / row.id).write_text(out, encoding="utf-8")
    if by in ("build", "error"):
        return "error", ("it does not build: " if by == "build" else "") + next((l for l in out.splitlines() if "error" in l), out.strip()[-200:])
    if step and step[0] in SUITES and not passes_unchanged(*step, by):
        return "error", f"{by} fails without the change too"
    return ("noticed", by) if by else ("survived", "")


def kept_results():
    if not RESULTS.exists():
        return {}
    return {parts[0]: parts for parts in (line.split("\t") for line in RESULTS.read_text(encoding="utf-8").splitlines())}


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ↵ ")


def page_row(row):
    return f"| {row.id} | {row.file} | {cell(row.what)} | "


def page(table, results):
    """docs/mutants.md"""
    done = [(row, results[row.key]) for row in table if row.key in results]
    noticed = sum(r[2] == "noticed" for _, r in done)
    floors = {}
    for row, result in done:
        parts = row.file.split("/")
        floor = parts[1] if parts[0] == "src" else parts[0]
        floors.setdefault(floor, []).append(result[2] == "noticed")
    lines = ["# Mutants", "", "Written by `MUTANTS=--write ./run.sh test mutants` from the results of the runs; how it works: tests/mutants/run.py. Each row is one small change of the code and the test that notices it; "
             "the floors as in docs/house.md. Rows that changed or came since the whole run were tried by themselves.",
             "", f"{noticed} of {len(done)} are noticed ({100 * noticed / max(1, len(done)):.1f} %), "
             f"the last was tried on {max((r[4] for _, r in done), default='')}.", "", "| where | changes | noticed |", "|---|---:|---:|"]
    lines += [f"| {floor} | {len(good)} | {sum(good)} |" for floor, good in sorted(floors.items())]
    lines += ["", "## Not noticed", ""]
    lines += [f"- `{row.file}`: {row.what}" for row, result in done if result[2] != "noticed"] or ["None."]
    lines += ["", "## All", "", "| id | file | what changes | noticed by |", "|---|---|---|---|"]
    lines += [page_row(row) + f"{result[3] if result[2] == 'noticed' else '**nothing**'} |" for row, result in done]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="also those that were noticed before")
    parser.add_argument("--check", action="store_true", help="only whether each row still fits its file")
    parser.add_argument("--write", action="store_true", help="only docs/mutants.md from the results that are there")
    parser.add_argument("--quick", action="store_true", help="only the tests of the row")
    parser.add_argument("--no-baseline", action="store_true", help="not first the named tests without any change")
    parser.add_argument("ids", nargs="*", help="rows; all without")
    args = parser.parse_args()
    table = rows()
    chosen = [row for row in table if not args.ids or row.id in args.ids]
    unknown = set(args.ids) - {row.id for row in table}
    if unknown:
        sys.exit(f"no row is called {', '.join(sorted(unknown))}")
    if args.check:
        bad = [row for row in chosen if not (ROOT / row.file).is_file() or (ROOT / row.file).read_text(encoding="utf-8").count(row.old) != 1]
        for row in bad:
            print(f"{row.id}: {row.file} is not there, or has this text not once: {row.old}")
        told = PAGE.read_text(encoding="utf-8")
        untold = [row for row in chosen if row not in bad and page_row(row) not in told]
        for row in untold:
            print(f"{row.id}: {PAGE.name} has no row of this change: try it, then --write")
        bad += untold
        print(f"{len(chosen) - len(bad)} passed, {len(bad)} failed, 0 skipped")
        return 1 if bad else 0
    results = kept_results()
    if not args.write:
        lay_tree()
        if not (TREE / BUILD / "build.ninja").exists():
            status, out = run("meson", "setup", BUILD, "-Db_sanitize=address,undefined", "-Doptimization=1", "-Dtests=enabled")
            if status:
                sys.exit(out)
        todo = [row for row in chosen if args.again or args.ids or results.get(row.key, [""] * 3)[2] not in (("noticed", "survived") if args.quick else ("noticed",))]
        if todo and not args.no_baseline:
            status, out = build()
            by, out = ("build", out) if status else try_steps([("unit", []), ("generated", "")])[:2]
            if by:
                sys.exit(f"without any change: {by}\n{out[-3000:]}")
        for number, row in enumerate(todo, 1):
            begun = time.monotonic()
            verdict, by = try_row(row, args.quick)
            results[row.key] = [row.key, row.id, verdict, by, datetime.date.today().isoformat(), f"{time.monotonic() - begun:.0f}"]
            RESULTS.write_text("".join("\t".join(r) + "\n" for r in results.values()), encoding="utf-8")
            print(f"{number}/{len(todo)} {verdict:8} {row.id}: {by} ({results[row.key][5]} s)", flush=True)
    states = [results[row.key][2] if row.key in results else "untried" for row in chosen]
    if args.write:
        PAGE.write_text(page(table, results), encoding="utf-8")
    bad = [row.id for row, state in zip(chosen, states) if state != "noticed" and not (state == "survived" and row.expected)]
    if bad:
        print("not noticed, or not tried:", ", ".join(bad))
    good = len(chosen) - len(bad)
    print(f"{good} passed, {len(bad)} failed, 0 skipped")
    return 1 if bad else 0


sys.exit(main())
