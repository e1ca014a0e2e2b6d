#!/usr/bin/env python3
"""Static checks: gcc -fanalyzer, clang-tidy, cppcheck, shellcheck, mandoc, the tables of mutants and of fuzz --prove. Man pages by groff, links, conflict markers and both
languages are the unit suite's. A finding is mended, or stands below with the reason why it is none. The sources for Windows are
compiled by MinGW with the same warnings (tools/windows/build.sh) and seen by cppcheck only as far as it leaves them in.

  tests/static/suite.py --build BUILD"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))
import breaks  # noqa: E402

JOBS = os.cpu_count() or 1

# gcc 12 loses track of what a struct owns; leaks are what LeakSanitizer looks for in every test.
ANALYZER = ["-fanalyzer", "-Wno-analyzer-malloc-leak", "-Wno-analyzer-file-leak", "-Wno-analyzer-fd-leak"]
ANALYZER_IS_WRONG = {
    ("src/link/serial_posix.c", "-Wanalyzer-null-dereference"): "a link without its port never reaches descriptor(): open fails first",
}

CPPCHECK = ["cppcheck", "--quiet", "--std=c11", "--enable=warning,portability,performance", "--inline-suppr", "--error-exitcode=1",
            f"-j{JOBS}", "-Isrc", "-Iemulator", "-I.", "-D_GNU_SOURCE", "-U_WIN32", "-DBUILD_TIME=1", '-DZABBIX_ATOL_VERSION="1"',
            '-DZABBIX_ATOL_DATADIR="d"', "-Djson_object_foreach(object,key,value)=while((value)&&(key))",
            "--suppress=missingIncludeSystem",
            # It takes the address of a variable for its value; both compilers and the sanitizers look for the real thing.
            "--suppress=uninitvar", "--suppress=legacyUninitvar",
            # It does not see that a length of 0 goes with NULL.
            "--suppress=nullPointerRedundantCheck"]

# The guest's scripts are parts of one, which checks.sh reads; what one sets another uses.
SHELL_PARTS = ["-e", "SC1090,SC1091,SC2034,SC2154"]


def tracked(*patterns):
    done = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name]


def run(*command):
    return subprocess.run([str(word) for word in command], cwd=ROOT, check=False, capture_output=True, text=True, errors="replace")


def told(text, pattern):
    return [line for line in text.splitlines() if re.search(pattern, line)]


def failed_itself(done, problems):
    """A tool that ended with an error and found nothing has not looked."""
    return [f"{done.args[0]} ended with {done.returncode}: {done.stderr[-500:]}"] if done.returncode and not problems else []


def gcc_analyzer(build):
    """Each file as the build compiles it, without its output."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    running, problems = [], []

    def finish(process, file):
        _, errors = process.communicate()
        if process.returncode != 0 and " warning: " not in errors:
            problems.append(f"{file}: {errors[-300:]}")
        for line in told(errors, r" warning: "):
            option = re.search(r"\[(-W[\w-]+)\]$", line)
            if not option or (file, option[1]) not in ANALYZER_IS_WRONG:
                problems.append(line)

    for command in commands:
        file = os.path.relpath((pathlib.Path(command["directory"]) / command["file"]).resolve(), ROOT)
        if not file.startswith(("src/", "emulator/")):
            continue
        words = re.sub(r" -o \S+| -MF \S+| -MQ \S+| -MD", "", command["command"]).replace("ccache ", "")
        running.append((subprocess.Popen(f"{words} {' '.join(ANALYZER)} -o /dev/null", shell=True, cwd=command["directory"],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True), file))
        if len(running) == JOBS:
            finish(*running.pop(0))
    for process, file in running:
        finish(process, file)
    return sorted(set(problems))


def clang_tidy(build):
    files = [name for name in tracked("src/*.c", "emulator/*.c") if "_win32" not in name and not name.startswith("src/winservice")]
    parts = [files[i::2 * JOBS] for i in range(2 * JOBS)]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = list(pool.map(lambda part: run("clang-tidy", "--quiet", "-p", build, *part), parts))
    found = [told(done.stdout, r" (error|warning): ") for done in runs]
    return sorted({problem for done, lines in zip(runs, found) for problem in lines + failed_itself(done, lines)})


def cppcheck(_):
    done = run(*CPPCHECK, "src", "emulator")
    return told(done.stderr, r": (error|warning|portability|performance): ") + ([done.stderr[-500:]] if done.returncode > 1 else [])


def shellcheck(_):
    scripts = set(tracked("*.sh")) | {line for line in run("git", "grep", "-lE", "^#!.*[/ ](ba)?sh", "--", ":!*.md").stdout.splitlines()}
    problems = []
    for script in sorted(scripts):
        text = (ROOT / script).read_text(encoding="utf-8")
        words = [] if text.startswith("#!") else ["-s", "bash"]
        done = run("shellcheck", "-x", "-S", "warning", "-f", "gcc", *words, *(SHELL_PARTS if "/guest/" in script else []), script)
        found = done.stdout.splitlines()
        problems += found + failed_itself(done, found)
    return problems


def mandoc(_):
    pages = tracked("man/*.1", "man/*.5", "man/**/*.1", "man/**/*.5")
    done = run("mandoc", "-T", "lint", "-W", "warning", *pages)
    found = done.stdout.splitlines()
    return found + failed_itself(done, found)


def mutants(_):
    """Each row of the table still names a text that stands in its file once."""
    done = run(sys.executable, "tests/mutants/run.py", "--check")
    return done.stdout.splitlines() + done.stderr.splitlines() if done.returncode else []


def fuzz_breaks(_):
    """The same for the mistakes that `./run.sh fuzz --prove` makes."""
    return breaks.misfits(ROOT)


CHECKS = [gcc_analyzer, clang_tidy, cppcheck, shellcheck, mandoc, mutants, fuzz_breaks]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only", choices=[check.__name__ for check in CHECKS])
    options = parser.parse_args()
    failed = ran = 0
    for check in CHECKS:
        if options.only not in (None, check.__name__):
            continue
        problems = check(options.build.resolve())
        print(f"{'FAIL' if problems else 'ok  '} static {check.__name__}", flush=True)
        for problem in problems[:40]:
            print(f"     {problem}", flush=True)
        ran, failed = ran + 1, failed + bool(problems)
    print(f"{ran - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
