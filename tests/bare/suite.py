#!/usr/bin/env python3
"""The bare suite: the README's two commands in a root made by `debootstrap --variant=minbase`, each in a root of its own,
so that neither can lean on what this machine, or the other command, has installed.

`./run.sh test` itself takes too long to run twice: its set-up is the same code for every suite, and the unit suite stands
for it. The vendor's driver comes from this machine's cache, so that npm is not asked again.

Prints one line a check and ends with `N passed, N failed, N skipped`."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import debroot  # noqa: E402

# name, the command in the root, what its output must hold
CHECKS = [
    ("./run.sh demo", ["./run.sh", "demo"], [r"An emulated register listens at tcp://", r'"state":"ok"', r"Fiscal storage"]),
    ("./run.sh test unit", ["./run.sh", "test", "unit"], [r"^[1-9]\d* passed, 0 failed, 0 skipped$"]),
]


def copy_project(to):
    """The files as they are in the working tree, in a repository of their own (the unit suite asks git for its files)."""
    to.mkdir(parents=True)
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, names):
        source = ROOT / os.fsdecode(name)
        if source.is_file():
            (to / os.fsdecode(name)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / os.fsdecode(name))
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(to), *command], check=True)


def run_in(root, cache, command):
    """Runs a command of the project in the root."""
    return debroot.run(root, ["sh", "-c", 'cd /src && exec "$@"', "sh", *command], {cache: "/var/cache/driver"},
                       {"ZA_CACHE": "/var/cache/driver"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def check(base, cache, name, command, patterns):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zatol-bare-") as work:
        root = pathlib.Path(work) / "root"
        subprocess.run(["cp", "-a", str(base), str(root)], check=True)
        copy_project(root / "src")
        done = run_in(root, cache, command)
    missing = [p for p in patterns if not re.search(p, done.stdout, re.M)]
    if done.returncode == 0 and not missing:
        print(f"ok   {name} ({time.monotonic() - began:.0f} s)", flush=True)
        return True
    print(f"FAIL {name}: exit status {done.returncode}, not printed: {missing}\n{done.stdout[-3000:]}", flush=True)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--release", default="bookworm")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("skip all: chroot needs root")
        print(f"0 passed, 0 failed, {len(CHECKS)} skipped")
        return 0
    args.cache.mkdir(parents=True, exist_ok=True)
    base = debroot.pristine(args.cache.resolve(), args.release)
    if base is None:
        print(f"FAIL no {args.release} root could be made")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    results = [check(base, args.cache.resolve(), f"{args.release}: {name}", command, patterns)
               for name, command, patterns in CHECKS]
    print(f"{sum(results)} passed, {results.count(False)} failed, 0 skipped")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
