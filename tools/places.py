#!/usr/bin/env python3
"""How many places a person writes for a plain metric: adds one to a copy of this tree, generates, builds, runs the unit tests,
reads it from an emulated register by both protocols, and counts the files that were written by hand.

The metric is `device.operator`: at protocol 3 byte 1 of `3F`, at platform 5 (for this trial) the fourth value of `22`; through the driver a
parameter that it knows already (a new one is one place more, src/driver/abi/abi.def)."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MOST, VALUE = 6, 7
# file, the line (as an expression) behind which the new one stands, or in whose place it stands (`instead`), the new one
PLACES = [
    ("src/metric/catalogue.def", r"METRIC\(device, fiscal,.*(\n .*)*",
     'METRIC(device, operator, INT, NONE, QUICK, READ, "Number of the operator who works now", "Номер оператора за кассой",\n'
     "       RANGE(0, 99))", False),
    ("src/kkt/atol3/requests.c", r"        \{METRIC_device_fiscal, .*", "        {METRIC_device_operator,             KIND_BCD,           1,  1},", False),
    ("src/kkt/atol5/requests.c", r"        \{METRIC_device_firmware, .*", "        {METRIC_device_operator,           V(INT),           3,  0},", False),
    ("src/driver/queries.c", r"        V\(device_fiscal, .*", "        V(device_operator,              DOCUMENT_NUMBER,            INT,         ON_3),", False),
    ("emulator/requests3.c", r"    answer_bcd\(a, 30, 1\);", "    answer_bcd(a, state_int(s, STATE_device_operator, 30), 1);", True),
    ("emulator/requests5.c", r"    answer5_number\(a, 3\);", "    answer5_number(a, state_int(kkt->state, STATE_device_operator, 3));", True),
]


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def copy_tree(folder):
    files = run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(lambda name: name and (ROOT / name).is_file(), files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
        (folder / name).chmod((ROOT / name).stat().st_mode)
    run(folder, "git", "init", "-q")
    commit(folder)


def commit(folder):
    run(folder, "git", "add", "-A")
    run(folder, "git", "-c", "user.name=places", "-c", "user.email=places@localhost", "commit", "-qm", "places")


def add_by_hand(folder):
    for name, pattern, line, instead in PLACES:
        path = folder / name
        text, found = re.subn(pattern, lambda m: line if instead else f"{m[0]}\n{line}", path.read_text(encoding="utf-8"), count=1)
        if found != 1:
            sys.exit(f"{name}: no line as {pattern}: this script does not fit the tree any more")
        path.write_text(text, encoding="utf-8")


def changed(folder):
    return set(run(folder, "git", "status", "--porcelain", "--no-renames").replace("?? ", " M ").split()) - {"M"}


def read_value(folder, protocol):
    state = folder / "state.json"
    state.write_text(json.dumps({"device": {"operator": VALUE}}), encoding="utf-8")
    with subprocess.Popen([folder / "build/emulator/atol-emulator", "--tcp", "127.0.0.1:0", "--protocol", str(protocol), "--state", state],
                          stdout=subprocess.PIPE, text=True) as emulator:
        try:
            address = emulator.stdout.readline().split()[1]
            emulator.stdout.readline()
            document = run(folder, folder / "build/src/cli/zabbix-atol", "get", f"tcp://{address}", "--groups", "device")
        finally:
            emulator.terminate()
    state.unlink()
    return json.loads(document)["metrics"]["device"].get("operator")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_tree(folder)
        add_by_hand(folder)
        by_hand = changed(folder)
        commit(folder)
        run(folder, "meson", "setup", "build", "-Dtests=enabled")
        run(folder, "ninja", "-C", "build", "--quiet")
        run(folder, sys.executable, "tools/generate.py", "--build", "build")
        generated = changed(folder)
        run(folder, "meson", "test", "-C", "build", "--timeout-multiplier", "10")
        values = {protocol: read_value(folder, protocol) for protocol in (3, 5)}
    for title, names in (("by hand", by_hand), ("generated", generated)):
        print(f"{title}:\n  " + "\n  ".join(sorted(names)))
    print(f"read from the emulator: {values}; the unit tests passed")
    wrong = [protocol for protocol, value in values.items() if value != VALUE]
    print(f"a plain metric: {len(by_hand)} places by hand ({MOST} at most), {len(generated)} files generated")
    return 1 if wrong or len(by_hand) > MOST else 0


sys.exit(main())
