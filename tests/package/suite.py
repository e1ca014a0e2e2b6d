#!/usr/bin/env python3
"""The packages: built, read, installed in bare systems, upgraded, removed, purged.

    suite.py --cache FOLDER          what CI runs: amd64 and `setup` in bookworm, one ARM under qemu-user, the static archive
    suite.py --cache FOLDER --all    every product, twice from nothing; bullseye, bookworm and trixie

Prints one line a check and ends with `N passed, N failed, N skipped`."""
import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools/package"), str(ROOT / "tests/tools"), str(HERE)]
import debroot  # noqa: E402
import installed  # noqa: E402
import package  # noqa: E402
import programs  # noqa: E402
import rpm_check  # noqa: E402
import setup_check  # noqa: E402

QUICK = ["deb-amd64", "rpm-x86_64", "deb-armhf", "static-x86_64"]
AGAIN = ["deb-amd64", "rpm-x86_64", "static-x86_64"]  # built twice by the quick suite
counts = {True: 0, False: 0}


def report(name, problems, began=None):
    counts[not problems] += 1
    took = f" ({time.monotonic() - began:.0f} s)" if began else ""
    print(f"{'FAIL' if problems else 'ok  '} {name}{took}", flush=True)
    for line in problems:
        print(f"     {line}", flush=True)


def build(cache, out, products):
    """Unit tests run within the build, in the root and under qemu-user; a failing one ends it."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, ROOT / "tools/package/package.py", "--cache", cache, "--out", out, *products],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    report(f"built, with their unit tests: {' '.join(products)}", done.stdout.splitlines()[-40:] if done.returncode else [], began)
    return done.returncode == 0


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def reproducible(first, second):
    """A second build, from sources copied anew, gives the same bytes."""
    ones, twos = digests(first), digests(second)
    problems = [f"{name} differs" for name in twos if name != "SHA256SUMS" and ones.get(name) != twos[name]]
    report(f"two builds are byte-equal: {len(twos) - 1} files", problems if len(twos) > 2 else ["nothing was compared"])


def checksums(out):
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=out, capture_output=True, text=True)
    listed = {line.split("  ")[1] for line in (out / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    missing = sorted({path.name for path in out.iterdir()} - listed - {"SHA256SUMS"})
    report("SHA256SUMS", ([done.stderr] if done.returncode else []) + [f"{name} is not listed" for name in missing])


def lintian(out):
    packages = sorted(out.glob("*.deb"))
    done = subprocess.run(["lintian", "--allow-root", "--no-tag-display-limit", "--fail-on", "error,warning", *packages],
                          capture_output=True, text=True)
    said = [line for line in done.stdout.splitlines() if re.match(r"[EW]: ", line)]
    report(f"lintian: {len(packages)} packages", said or ([done.stderr] if done.returncode else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("skip all: chroot needs root")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    args.cache.mkdir(parents=True, exist_ok=True)
    cache = args.cache.resolve()
    with tempfile.TemporaryDirectory(prefix="zatol-packages-") as folder:
        first, second = pathlib.Path(folder) / "first", pathlib.Path(folder) / "second"
        if build(cache, first, [] if args.all else QUICK):
            checksums(first)
            programs.check(first, package.build_root(cache), report)
            lintian(first)
            if build(cache, second, [] if args.all else AGAIN):
                reproducible(first, second)
            for release in ("bullseye", "bookworm", "trixie") if args.all else ("bookworm",):
                root = debroot.pristine(cache, release)
                if root:
                    installed.check(root, release, first, report)
                    if release == "bookworm":
                        rpm_check.check(cache, root, package.build_root(cache), first, report)
                        setup_check.check(cache, root, first, list(setup_check.AGENTS)[0 if args.all else 1:], report)
                else:
                    report(f"a bare {release} root", ["could not be made"])
    print(f"{counts[True]} passed, {counts[False]} failed, 0 skipped")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
