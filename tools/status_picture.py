#!/usr/bin/env python3
"""A picture of `zabbix-atol status` with 30 registers on a terminal of 80 columns: docs/pictures/status-80.svg and status-80.ru.svg.

Each register is an emulator with a trouble of its own, or none; what the terminal shows becomes SVG letter by letter.
`status_picture.py [--build build]`"""
import argparse
import copy
import datetime
import fcntl
import html
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import tempfile
import termios

ROOT = pathlib.Path(__file__).resolve().parents[1]
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


def start(build, folder, base, number):
    """An emulated register; its address, or one at which nobody listens."""
    changes = TROUBLES.get(number, {})
    if changes is None:
        return None, f"tcp://127.0.0.{100 + number}:9"
    state = copy.deepcopy(base)
    for group, row in changes.items():
        state.setdefault(group, {}).update(row)
    file = folder / f"{number}.json"
    file.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    process = subprocess.Popen([f"{build}/emulator/atol-emulator", "--tcp", "127.0.0.1:0", "--state", file, "--protocol", "35"[number % 2]],
                               stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("listening "):
            address = "tcp://" + line.split()[1]
        if line.strip() == "ready":
            return process, address
    raise RuntimeError("the emulator did not start")


def on_terminal(command):
    """What the command writes on a terminal of 80 columns, as text with its colours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(command, stdout=slave, stderr=slave, stdin=slave, env={**os.environ, "TERM": "xterm-256color"}, close_fds=True)
    os.close(slave)
    text = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(master)
    process.wait()
    return text.decode().replace("\r\n", "\n")


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
    base = json.loads(subprocess.run([f"{args.build}/emulator/atol-emulator", "--dump-state"], check=True, capture_output=True).stdout)
    processes = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows = ""
        try:
            for number in range(1, COUNT + 1):
                process, address = start(args.build, folder, base, number)
                processes += [process] if process else []
                title = f", title: '{TITLES[number]}'" if number in TITLES else ""
                rows += f"  - {{name: kassa-{number:02}, connect: '{address}'{title}}}\n"
            (folder / "c.yaml").write_text(f"state_dir: {folder}/state\nregisters:\n{rows}", encoding="utf-8")
            for language, tail in (("en", ""), ("ru", ".ru")):
                text = on_terminal([f"{args.build}/src/cli/zabbix-atol", "status", "-c", folder / "c.yaml", "--lang", language])
                picture, widest = svg(text, "zabbix-atol status")
                path = ROOT / "docs/pictures" / f"status-80{tail}.svg"
                path.write_text(picture, encoding="utf-8")
                assert widest <= COLUMNS, f"{widest} columns"
                print(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines, the widest {widest} of {COLUMNS} columns")
        finally:
            for process in processes:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
