#!/usr/bin/env python3
"""The fuzz targets (tests/fuzz): tools/fuzz.py --build DIR [TARGET …] [SECONDS]

Each target runs over its kept corpus, what it found before and its seeds, then fuzzes for SECONDS (60; 0: only the replay). Two run
at a time. A target fails by a crash, a leak, a hang, a check of its own, or when its corpus reaches less of its code than the table
says. What was found is left in DIR/fuzz/TARGET/; put it into tests/fuzz/found/ when it is mended.

  --seed N     the same inputs each time, as far as libFuzzer can: this seed, nothing but the kept corpus, nothing left behind for the
               next run. What CI does
  --coverage   only the table of what the corpora reach
  --prove      breaks a copy of the code once for each target (tests/fuzz/breaks.py): each must find it within SECONDS
  --rounds N   a long run: N times so many executions of each target as its row says, three times of four with short inputs;
               tests/fuzz/counts.json adds up over all of them (--sum FILE: another file)
  --counts     that sum, as a table
  --keep       minimises what was found so far into tests/fuzz/corpus/TARGET.zip
  --jobs N     so many at a time
"""
import argparse
import base64
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

# Not where a container forbids it: then a run differs a little from the next.
SAME_ADDRESSES = ["setarch", "-R"] if subprocess.run(["setarch", "-R", "true"], check=False, capture_output=True).returncode == 0 else []
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
    runs: int  # in a round of a long run, which takes about the same time for each but the fastest
    short: int = 64  # bytes of an input in most rounds of a long run: in a short one more is tried in the same time
    options: tuple = ()


TARGETS = [
    Target("frame3", 512, "src/kkt/atol3/frame.c", 95, 1_000_000),
    Target("frame5", 512, "src/kkt/atol5/frame.c", 95, 1_000_000),
    Target("charset", 128, "src/base/text.c emulator/charset.c", 75, 300_000),
    Target("fields", 256, "src/kkt/fields/field.c src/kkt/fields/fn_spec.c src/kkt/atol5/values.c", 70, 2_000_000),
    Target("address", 400, "src/address/connect.c src/address/connect_parse.c", 85, 100_000),
    Target("config", 4096, "src/config/config.c src/config/read.c src/config/tree.c src/config/place.c src/config/names.c "
           "src/config/unique.c src/config/include.c src/config/health_limits.c", 70, 10_000, short=256),
    Target("snapshot", 16384, "src/output/json_read.c src/output/json.c src/output/table.c src/output/seed.c src/output/prometheus.c", 85, 50_000, short=1024),
    Target("spool", 512, "src/push/line.c", 90, 1_000_000),
    Target("sender", 1024, "src/push/sender_output.c", 95, 200_000),
    Target("trace", 24000, "src/output/trace_parse.c src/output/trace_text.c src/poll/replay.c src/kkt/transcript.c", 85, 30_000, short=2048),
    Target("session", 4096, "src/kkt/session.c src/kkt/plan.c src/kkt/confirm.c src/kkt/probe.c src/kkt/dialogue.c src/kkt/atol3/dialogue.c "
           "src/kkt/atol3/requests.c src/kkt/atol5/dialogue.c src/kkt/atol5/requests.c", 85, 100_000, short=512, options=("-len_control=20",)),
    Target("emulator", 4096, "emulator/conn.c emulator/dialogue.c emulator/dialogue3.c emulator/dialogue5.c emulator/requests3.c emulator/requests5.c", 80, 30_000, short=512),
    Target("state", 8192, "emulator/state.c emulator/fault.c emulator/requests3.c emulator/requests5.c emulator/kkt.c", 65, 100_000, short=512),
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

    def found(self):
        return [str(path) for path in sorted((FOLDER / "found").glob(f"{self.target.name}-*"))]

    def run(self, *words, profile=False, fixed=False):
        """`fixed`: addresses and environment are the same each time, for libFuzzer makes inputs of whatever the target compares."""
        temporary = "fixed" if fixed else "tmp"
        (self.work / temporary).mkdir(exist_ok=True)
        environment = {**({"PATH": "/usr/bin:/bin"} if fixed else os.environ), "TMPDIR": temporary, "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
                       "LLVM_PROFILE_FILE": self.profile.name if profile else "/dev/null"}
        command = [*(SAME_ADDRESSES if fixed else []), os.path.relpath(self.program, self.work), f"-max_len={self.target.longest}", "-timeout=25",
                   "-rss_limit_mb=1024", "-print_final_stats=1", *self.target.options, *words]
        return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", env=environment, cwd=self.work)

    def replay(self):
        """Everything that is kept, once; its profile is what `reached` counts."""
        done = [self.run("-runs=0", "kept", "seeds", profile=True)]
        if self.found():
            done.append(self.run(*self.found()))
        return done

    def look(self, seconds, seed):
        """Fuzzes. With a seed nothing but the kept corpus counts, in a fixed order, and what is found stays in memory."""
        if seed is None:
            return self.run(f"-max_total_time={seconds}", "corpus", "kept", "seeds")
        (self.work / "order").write_text(",".join(f"kept/{path.name}" for path in sorted((self.work / "kept").iterdir())), encoding="utf-8")
        return self.run(f"-max_total_time={seconds}", f"-seed={seed}", "-seed_inputs=@order", fixed=True)

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
            done = self.run("-merge=1", folder, "kept", "seeds", "corpus")
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


def wrong(run, done):
    """What went wrong, with the input, so that the log of a run elsewhere is enough; "" for nothing."""
    if done.returncode == 0:
        return ""
    told = re.search(r"Test unit written to (\S+)", done.stderr)
    unit = run.work / told[1] if told else None
    whole = f"\nthe input, base64: {base64.b64encode(unit.read_bytes()).decode()}" if unit and unit.exists() else ""
    return f"\nFAIL {run.target.name}: {done.stderr[-4000:]}{whole}"


def fuzz(run, seconds, seed):
    """Prints a line; whether all was well."""
    done = run.look(seconds, seed)
    print(f"{run.target.name:10} {executed(done):10} runs in {seconds} s{wrong(run, done)}", flush=True)
    return done.returncode == 0


def replay(run):
    """The same for what is kept."""
    why = "".join(wrong(run, done) for done in run.replay())
    covered, lines = run.reached() if not why else (0, 1)
    if not why and covered * 100 < run.target.least * lines:
        why = f"\nFAIL its corpus reaches {covered} of {lines} lines of {run.target.reaches}, less than {run.target.least} %"
    print(f"{run.target.name:10} {covered:4} of {lines:4} lines ({100 * covered / lines:5.1f} %){why}", flush=True)
    return not why


def fuzz_all(runs, seconds, seed, jobs):
    """How many targets failed. What takes a minute comes first, so that no core waits for the other at the end."""
    for run in runs:
        run.prepare()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        fuzzed = [pool.submit(fuzz, run, seconds, seed) for run in runs] if seconds else []
        replayed = [pool.submit(replay, run) for run in runs]
        good = [all(step.result() for step in steps) for steps in zip(replayed, *([fuzzed] if fuzzed else []))]
    return good.count(False)


def add_up(path, name, count):
    """Counts the executions of a long run; how many there are in all."""
    counts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    counts[name] = counts.get(name, 0) + count
    path.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return sum(counts.values())


def long_run(runs, sums, rounds):
    """Seeds are no part of it: the kept corpus reaches what they reach, and each process would begin with them."""
    for run in runs:
        run.prepare()
    for number in range(rounds):
        for run in runs:
            short = [f"-max_len={run.target.short}"] if number % 4 else []
            done = run.run(f"-runs={run.target.runs}", *short, "corpus", "kept")
            total = add_up(sums, run.target.name, executed(done))
            print(f"round {number + 1}: {run.target.name}: {executed(done)}, in all {total}{wrong(run, done)}", flush=True)


def print_counts(path):
    counts = json.loads(path.read_text(encoding="utf-8"))
    for target in TARGETS:
        print(f"| `{target.name}` | {counts.get(target.name, 0):,} |")
    print(f"| all | {sum(counts.values()):,} |")


def prove(names, seconds):
    """How many of the targets do not see their mistake."""
    blind = 0
    if breaks.misfits(ROOT):
        sys.exit("\n".join(breaks.misfits(ROOT)))
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
            (copy / file).write_text(text.replace(good, bad), encoding="utf-8")
            subprocess.run(["ninja", "-C", build, f"tests/fuzz/fuzz_{name}"], check=True, capture_output=True)
            run = Run(next(target for target in TARGETS if target.name == name), build)
            run.prepare()
            started = time.monotonic()
            done = run.run(f"-max_total_time={seconds}", "corpus", "kept", "seeds")
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
    parser.add_argument("--sum", type=pathlib.Path)
    parser.add_argument("--seed", type=int)
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
    sums = args.sum or FOLDER / "counts.json"
    if args.counts:
        return print_counts(sums)
    if args.prove:
        return 1 if prove(names, seconds) else 0
    if args.rounds:
        return long_run(runs, sums, args.rounds)
    if args.keep:
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(Run.keep, runs))
        print(f"fuzz: {sum(path.stat().st_size for path in (FOLDER / 'corpus').glob('*.zip'))} bytes in {FOLDER / 'corpus'}")
        return 0
    failed = fuzz_all(runs, 0 if args.coverage else seconds, args.seed, args.jobs)
    print(f"{len(runs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
