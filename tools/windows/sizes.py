#!/usr/bin/env python3
"""The table of sizes and SHA-256 in docs/windows.md and docs/windows.ru.md, from what `./run.sh windows` has built of a commit: sizes.py [--check | --hashes FOLDER]

--check compares the sizes; one may differ by a tenth, since every change of the program moves it. --hashes FOLDER compares
the hashes with build/windows of a checkout of the commit that the table names."""
import hashlib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "windows"
PAGES = ("docs/windows.md", "docs/windows.ru.md")
TABLE = re.compile(r"(?m)^\| zabbix-atol\.exe x64 \|.*\n(?:\|.*\n)*")


def rows(folder):
    for arch in ("x64", "x86"):
        yield f"zabbix-atol.exe {arch}", folder / arch / "src/cli/zabbix-atol.exe"
        yield f"atol-emulator.exe {arch}", folder / arch / "emulator/atol-emulator.exe"
        yield f"installer {arch}", next(folder.glob(f"zabbix-atol-*-windows-{arch}.msi"))
        yield f"archive {arch}", next(folder.glob(f"zabbix-atol-*-windows-{arch}.zip"))


COMMIT = re.compile(r"(?m)(?<=^commit `)[0-9a-f]+(?=`)|(?<=^коммит `)[0-9a-f]+(?=`)")


def table(folder):
    return "".join(f"| {name} | {path.stat().st_size} | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |\n" for name, path in rows(folder))


def sizes(text):
    return {name: int(size) for name, size in re.findall(r"(?m)^\| (.*?) \| (\d+) \|", text)}


def head():
    return subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def main(how="", folder=BUILD):
    fresh, bad = table(pathlib.Path(folder)), 0
    for name in PAGES:
        page = (ROOT / name).read_text(encoding="utf-8")
        old = TABLE.search(page)
        if not old:
            print(f"{name}: no table that begins with `| zabbix-atol.exe x64 |`")
            bad += 1
        elif how == "--hashes":
            wrong = [line for line in fresh.splitlines() if line not in old.group().splitlines()]
            bad += len(wrong)
            print("".join(f"{name}: commit {COMMIT.search(page).group()} differs: {line}\n" for line in wrong), end="")
        elif how == "--check":
            have, want = sizes(old.group()), sizes(fresh)
            wrong = [row for row in want if abs(have.get(row, 0) - want[row]) > want[row] / 10]
            bad += len(wrong)
            print("".join(f"{name}: {row}: {have.get(row)} is not {want[row]}\n" for row in wrong), end="")
        else:
            (ROOT / name).write_text(COMMIT.sub(head(), page[:old.start()] + fresh + page[old.end():]), encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
