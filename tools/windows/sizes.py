#!/usr/bin/env python3
"""The table of sizes in docs/windows.md and docs/windows.ru.md, from what `./run.sh windows` has built: sizes.py [--check]

--check only compares; a size may differ by a tenth, since every change of the program moves it."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "windows"
PAGES = ("docs/windows.md", "docs/windows.ru.md")
TABLE = re.compile(r"(?m)^\| zabbix-atol\.exe x64 \|.*\n(?:\|.*\n)*")


def rows():
    for arch in ("x64", "x86"):
        yield f"zabbix-atol.exe {arch}", BUILD / arch / "src/cli/zabbix-atol.exe"
        yield f"atol-emulator.exe {arch}", BUILD / arch / "emulator/atol-emulator.exe"
        yield f"installer {arch}", next(BUILD.glob(f"zabbix-atol-*-windows-{arch}.msi"))
        yield f"archive {arch}", next(BUILD.glob(f"zabbix-atol-*-windows-{arch}.zip"))


def table():
    return "".join(f"| {name} | {path.stat().st_size} |\n" for name, path in rows())


def sizes(text):
    return {name: int(size) for name, size in re.findall(r"(?m)^\| (.*?) \| (\d+) \|$", text)}


def main(check):
    fresh, bad = table(), 0
    for name in PAGES:
        page = (ROOT / name).read_text(encoding="utf-8")
        old = TABLE.search(page)
        if not old:
            print(f"{name}: no table that begins with `| zabbix-atol.exe x64 |`")
            bad += 1
        elif check:
            have, want = sizes(old.group()), sizes(fresh)
            wrong = [row for row in want if abs(have.get(row, 0) - want[row]) > want[row] / 10]
            bad += len(wrong)
            print("".join(f"{name}: {row}: {have.get(row)} is not {want[row]}\n" for row in wrong), end="")
        else:
            (ROOT / name).write_text(page[:old.start()] + fresh + page[old.end():], encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
