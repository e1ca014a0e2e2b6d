#!/usr/bin/env python3
"""The fuzz targets (tests/fuzz): tools/fuzz.py --build DIR [TARGET …] [SECONDS]

Each target runs over its kept corpus, what it found before and its seeds, then fuzzes for SECONDS (60; 0: only the replay). Two run
at a time. A target fails by a crash, a leak, a hang, a check of its own, or when its corpus reaches less of its code than the table
says. What was found is left in DIR/fuzz/TARGET/; put it into tests/fuzz/found/ when it is mended.

  --coverage   only the table of what the corpora reach
  --prove      breaks a copy of the code once for each target (tests/fuzz/breaks.py): each must find it within SECONDS
  --rounds N   a long run: N times SECONDS of each target in its turn, three times of four with inputs of at most 64
               bytes; DIR/fuzz/counts.json adds up over all of them
  --counts     that sum, as a table
  --keep       minimises what was found so far into tests/fuzz/corpus/TARGET.zip
  --jobs N     so many at a time
"""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "fuzz"
sys.path.insert(0, str(FOLDER))
import breaks  # noqa: E402
import seeds  # noqa: E402


@dataclasses.dataclass
class Target:
    name: str
    longest: int  # bytes of an input
    reaches: str  # the sources whose lines are counted
    least: int  # per cent of these lines that the corpus must reach; a new metric moves what an old input means
    options: tuple = ()
    share: int = 1  # of a long run: the fast ones get more of it


TARGETS = [
    Target("frame3", 512, "src/kkt/atol3/frame.c", 95, share=6),
    Target("frame5", 512, "src/kkt/atol5/frame.c", 95, share=6),
    Target("charset", 128, "src/base/text.c emulator/charset.c", 75),
    Target("fields", 256, "src/kkt/fields/field.c src/kkt/fields/fn_spec.c src/kkt/atol5/values.c", 70, share=6),
    Target("address", 400, "src/address/connect.c src/address/connect_parse.c", 85),
    Target("config", 4096, "src/config/config.c src/config/read.c src/config/tree.c src/config/place.c src/config/names.c "
           "src/config/unique.c src/config/include.c src/config/health_limits.c", 70),
    Target("snapshot", 16384, "src/output/json_read.c src/output/json.c src/output/table.c src/output/seed.c src/output/prometheus.c", 85),
    Target("spool", 512, "src/push/line.c", 90, share=6),
    Target("sender", 1024, "src/push/sender_output.c", 95),
    Target("trace", 24000, "src/output/trace_parse.c src/output/trace_text.c src/poll/replay.c src/kkt/transcript.c", 85),
    Target("session", 4096, "src/kkt/session.c src/kkt/plan.c src/kkt/confirm.c src/kkt/probe.c src/kkt/dialogue.c src/kkt/atol3/dialogue.c "
           "src/kkt/atol3/requests.c src/kkt/atol5/dialogue.c src/kkt/atol5/requests.c", 85, ("-len_control=20",)),
    Target("emulator", 4096, "emulator/conn.c emulator/dialogue.c emulator/dialogue3.c emulator/dialogue5.c emulator/requests3.c emulator/requests5.c", 80),
    Target("state", 8192, "emulator/state.c emulator/fault.c emulator/requests3.c emulator/requests5.c emulator/kkt.c", 65),
]


class Run:
    """One target in one build folder."""

    def __init__(self, target, build):
        self.target, self.build = target, build
        self.program = build / "tests" / "fuzz" / f"fuzz_{target.name}"
        self.work = build / "fuzz" / target.name
        self.kept = FOLDER / "corpus" / f"{target.name}.zip"
        self.profile = self.work / "profile.profraw"
        (self.work / "corpus").mkdir(parents=True, exist_ok=True)

    def prepare(self):
        """Unpacks the kept corpus, and writes the seeds."""
        for name in ("kept", "seeds"):
            shutil.rmtree(self.work / name, ignore_errors=True)
            (self.work / name).mkdir()
        if self.kept.exists():
            with zipfile.ZipFile(self.kept) as pack:
                pack.extractall(self.work / "kept")
        for seed in seeds.SEEDS[self.target.name]():
            (self.work / "seeds" / hashlib.sha1(seed).hexdigest()).write_bytes(seed)

    def folders(self, *names):
        return [str(self.work / name) for name in names]

    def found(self):
        return [str(path) for path in sorted((FOLDER / "found").glob(f"{self.target.name}-*"))]

    def run(self, *words, profile=False):
        environment = {**os.environ, "TMPDIR": str(self.work), "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
                       "LLVM_PROFILE_FILE": str(self.profile) if profile else "/dev/null"}
        command = [str(self.program), f"-max_len={self.target.longest}", "-timeout=25", "-rss_limit_mb=1024",
                   f"-artifact_prefix={self.work}/", "-print_final_stats=1", *self.target.options, *words]
        return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", env=environment, cwd=self.work)

    def replay(self):
        """Everything that is kept, once; its profile is what `reached` counts."""
        self.prepare()
        done = [self.run("-runs=0", *self.folders("kept", "seeds"), profile=True)]
        if self.found():
            done.append(self.run(*self.found()))
        return done

    def reached(self):
        """(lines reached, lines) of the target's own sources by the last replay."""
        data = self.work / "profile.profdata"
        subprocess.run(["llvm-profdata", "merge", "-sparse", str(self.profile), "-o", str(data)], check=True)
        told = subprocess.run(["llvm-cov", "export", "-summary-only", str(self.program), f"-instr-profile={data}"],
                              check=True, capture_output=True, text=True)
        files = [file["summary"]["lines"] for file in json.loads(told.stdout)["data"][0]["files"]
                 if any(file["filename"].endswith("/" + name) for name in self.target.reaches.split())]
        return sum(lines["covered"] for lines in files), sum(lines["count"] for lines in files)

    def keep(self):
        """The smallest part of what was found that reaches as much."""
        self.prepare()
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            done = self.run("-merge=1", folder, *self.folders("kept", "seeds", "corpus"))
            if done.returncode != 0:
                sys.exit(f"{self.target.name}: {done.stderr[-2000:]}")
            self.kept.parent.mkdir(exist_ok=True)
            with zipfile.ZipFile(self.kept, "w", zipfile.ZIP_DEFLATED) as pack:
                for path in sorted(pathlib.Path(folder).iterdir()):
                    info = zipfile.ZipInfo(path.name, (2026, 1, 1, 0, 0, 0))
                    info.compress_type = zipfile.ZIP_DEFLATED
                    pack.writestr(info, path.read_bytes())


def executed(done):
    told = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    return int(told[1]) if told else 0


def fuzz(run, seconds):
    """One line of the table, and what went wrong ("" for nothing)."""
    started, count, wrong = time.monotonic(), 0, ""
    steps = run.replay()
    if seconds and all(step.returncode == 0 for step in steps):
        steps.append(run.run(f"-max_total_time={seconds}", *run.folders("corpus", "kept", "seeds")))
        count = executed(steps[-1])
    for step in steps:
        if step.returncode != 0:
            wrong = step.stderr[-4000:]
    covered, lines = run.reached() if not wrong else (0, 1)
    if not wrong and covered * 100 < run.target.least * lines:
        wrong = f"its corpus reaches {covered} of {lines} lines of {run.target.reaches}, less than {run.target.least} %"
    line = f"{run.target.name:10} {count:10} runs  {covered:4} of {lines:4} lines ({100 * covered / lines:5.1f} %)  {time.monotonic() - started:4.0f} s"
    return line, wrong


def add_up(build, name, count):
    """Counts the executions of a long run; how many there are in all."""
    path = build / "fuzz" / "counts.json"
    counts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    counts[name] = counts.get(name, 0) + count
    path.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return sum(counts.values())


def long_run(runs, build, seconds, rounds):
    for run in runs:
        run.prepare()
    for number in range(rounds):
        short = ["-max_len=64"] if number % 4 else []
        for run in runs:
            done = run.run(f"-max_total_time={seconds * run.target.share}", *short, *run.folders("corpus", "kept", "seeds"))
            total = add_up(build, run.target.name, executed(done))
            print(f"round {number + 1}: {run.target.name}: {executed(done)}, in all {total}", flush=True)
            if done.returncode != 0:
                print(f"FAIL {done.stderr[-4000:]}", flush=True)


def print_counts(build):
    counts = json.loads((build / "fuzz" / "counts.json").read_text(encoding="utf-8"))
    for target in TARGETS:
        print(f"| `{target.name}` | {counts.get(target.name, 0):,} |")
    print(f"| all | {sum(counts.values()):,} |")


def prove(names, seconds):
    """How many of the targets do not see their mistake."""
    blind = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-prove-") as folder:
        copy, build = pathlib.Path(folder, "tree"), pathlib.Path(folder, "build")
        for name in subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
        subprocess.run(["meson", "setup", build, copy, "-Dfuzz=true", "-Dtests=disabled", "-Db_lundef=false",
                        "-Db_sanitize=address,undefined"], check=True, capture_output=True, env={**os.environ, "CC": os.environ.get("CC", "clang")})
        for name, file, good, bad in breaks.BREAKS:
            if names and name not in names:
                continue
            text = (copy / file).read_text(encoding="utf-8")
            if text.count(good) != 1:
                sys.exit(f"fuzz: {file}: expected once: {good}")
            (copy / file).write_text(text.replace(good, bad), encoding="utf-8")
            subprocess.run(["ninja", "-C", build, f"tests/fuzz/fuzz_{name}"], check=True, capture_output=True)
            run = Run(next(target for target in TARGETS if target.name == name), build)
            run.prepare()
            started = time.monotonic()
            done = run.run(f"-max_total_time={seconds}", *run.folders("corpus", "kept", "seeds"))
            why = re.search(r"not so: .*|ERROR: AddressSanitizer: [\w-]+|runtime error: .*", done.stderr)
            print(f"{name:10} {'found' if done.returncode else 'NOT FOUND'} after {executed(done)} runs, {time.monotonic() - started:.0f} s: "
                  f"{why[0] if why else ''}", flush=True)
            blind += done.returncode == 0
            (copy / file).write_text(text, encoding="utf-8")
    return blind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("words", nargs="*", metavar="TARGET|SECONDS")
    args = parser.parse_args()
    seconds, names = 60, set()
    for word in args.words:
        if word.isdecimal():
            seconds = int(word)
        elif word in seeds.SEEDS:
            names.add(word)
        else:
            sys.exit(f"fuzz: no target {word!r}; there are: {' '.join(seeds.SEEDS)}")
    runs = [Run(target, args.build.resolve()) for target in TARGETS if not names or target.name in names]
    if args.counts:
        return print_counts(args.build.resolve())
    if args.prove:
        return 1 if prove(names, seconds) else 0
    if args.rounds:
        return long_run(runs, args.build.resolve(), seconds, args.rounds)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if args.keep:
            list(pool.map(Run.keep, runs))
            total = sum(path.stat().st_size for path in (FOLDER / "corpus").glob("*.zip"))
            print(f"fuzz: {total} bytes in {FOLDER / 'corpus'}")
            return 0
        failed = 0
        for line, wrong in pool.map(lambda run: fuzz(run, 0 if args.coverage else seconds), runs):
            print(line + (f"\nFAIL {wrong}" if wrong else ""), flush=True)
            failed += bool(wrong)
    print(f"{len(runs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
