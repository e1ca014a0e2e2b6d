#!/usr/bin/env python3
"""A picture of `zabbix-atol status` with 30 registers on a terminal of 80 columns: docs/pictures/status-80.svg and status-80.ru.svg.

Each register is an emulator with a trouble of its own, or none; what the terminal shows becomes SVG letter by letter.
`status_picture.py [--build build]`"""
import argparse
import contextlib
import copy
import datetime
import html
import os
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration")]
import harness  # noqa: E402
from terminal import run_on_terminal  # noqa: E402

COLUMNS, COUNT = 80, 30
WIDTH, HEIGHT = 9, 19  # of a letter
COLOURS = {31: "#ef5f5f", 32: "#6fc36f", 33: "#e0b050", 36: "#5fb8c8"}
TODAY = datetime.datetime.now().replace(microsecond=0)


def day(days):
    return (TODAY + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def moment(days):
    return (TODAY + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def queue(count, days):
    return {"ofd": {"unsent_count": count, "first_unsent_number": 18200, "first_unsent": moment(-days), "last_sent": moment(-days)}}


# What differs from a register that is well; None: nobody answers there.
TROUBLES = {
    1: {"printer": {"paper_present": 0}}, 3: {"fn": {"valid_until": day(2), "resource_days": 2}}, 4: queue(7, 1.2), 6: None, 8: {"fn": {"valid_until": day(24), "resource_days": 24}},
    9: {"printer": {"cover_opened": 1}}, 11: queue(112, 8), 13: {"fn": {"valid_until": day(9), "resource_days": 9}}, 15: {"faults": {"hardware": 1}},
    17: {"fn": {"valid_until": day(-1), "resource_days": 0}}, 19: queue(640, 28), 21: {"fn": {"valid_until": day(55), "resource_days": 55}}, 22: {"printer": {"paper_near_end": 1}},
    24: {"fn": {"present": 0}}, 26: None, 28: {"fn": {"flags": 16, "flc_refusal": 1}},
}
TITLES = {1: "Мясницкая, 12", 3: "Хлеб и соль", 15: "Вокзал", 17: "Тверская, 7"}


def register(base, number):
    """An emulated register; None: nobody answers there."""
    changes = TROUBLES.get(number, {})
    if changes is None:
        return None
    state = copy.deepcopy(base)
    for group, row in changes.items():
        state.setdefault(group, {}).update(row)
    return harness.Emulator("--protocol", "35"[number % 2], state=state)


def svg(text, prompt):
    lines = [f"$ {prompt}", *text.rstrip("\n").split("\n")]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH + 20}" height="{len(lines) * HEIGHT + 20}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="15">', '<rect width="100%" height="100%" rx="6" fill="#1c1f24"/>']
    widest = 0
    for row, line in enumerate(lines):
        colour, bold, column = "#d8d8d8", False, 0
        for piece in re.split(r"(\033\[[0-9;]*m)", line):
            codes = re.fullmatch(r"\033\[([0-9;]*)m", piece)
            if codes:
                for code in map(int, (codes[1] or "0").split(";")):
                    bold = code == 1 or (bold and code != 0)
                    colour = COLOURS.get(code, "#d8d8d8" if code == 0 else colour)
            elif piece:
                # Each letter has its cell: the picture shows columns as a terminal does, whatever font there is
                cells = " ".join(str(10 + (column + n) * WIDTH) for n in range(len(piece)))
                out.append(f'<text xml:space="preserve" y="{26 + row * HEIGHT}" x="{cells}" fill="{colour}"{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}>{html.escape(piece)}</text>')
                column += len(piece)
        widest = max(widest, column)
    return "\n".join([*out, "</svg>"]) + "\n", widest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    args = parser.parse_args()
    os.environ["BUILD"] = args.build
    base = harness.default_state()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = ""
        for number in range(1, COUNT + 1):
            kkt = register(base, number)
            address = stack.enter_context(kkt).connect if kkt else f"tcp://127.0.0.{100 + number}:9"
            title = f", title: '{TITLES[number]}'" if number in TITLES else ""
            rows += f"  - {{name: kassa-{number:02}, connect: '{address}'{title}}}\n"
        (folder / "c.yaml").write_text(f"state_dir: {folder}/state\nregisters:\n{rows}", encoding="utf-8")
        for language, tail in (("en", ""), ("ru", ".ru")):
            _, text = run_on_terminal([harness.program(), "status", "-c", folder / "c.yaml", "--lang", language], COLUMNS,
                                      {**os.environ, "TERM": "xterm-256color"})
            text = text.replace("\r\n", "\n")
            picture, widest = svg(text, "zabbix-atol status")
            path = ROOT / "docs/pictures" / f"status-80{tail}.svg"
            path.write_text(picture, encoding="utf-8")
            assert widest <= COLUMNS, f"{widest} columns"
            print(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines, the widest {widest} of {COLUMNS} columns")


if __name__ == "__main__":
    main()
