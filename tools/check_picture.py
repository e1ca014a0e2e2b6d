#!/usr/bin/env python3
"""A picture of `zabbix-atol check` on a terminal of 80 columns beside ten faults: docs/pictures/check-80.svg and check-80.ru.svg.

Each fault is really there: registers that are emulated, off, held by another program, or none at all, an agent's file, a server that is away. The run
fails when one of them is not named. `check_picture.py [--build build]`"""
import argparse
import contextlib
import os
import pathlib
import re
import socket
import tempfile

from status_picture import COLUMNS, ROOT, day, harness, svg
from terminal import run_on_terminal

CODES = ("register-unreachable", "register-busy", "register-error", "register-health", "register-attention", "register-twice", "driver", "agent-timeout",
         "server-unreachable", "serve-stopped")


def changed(number, **groups):
    """A register's state: a serial number of its own, and these values."""
    state = harness.default_state()
    state["device"]["serial"] = f"0010611234567{number}"
    for group, row in groups.items():
        state[group].update(row)
    return state


def registers(stack):
    """Name and address of each; what is started ends with the stack."""
    def emulated(number, **groups):
        return stack.enter_context(harness.Emulator("--protocol", "5", state=changed(number, **groups)))
    held = emulated(3)
    stack.enter_context(socket.create_connection(("127.0.0.1", int(held.connect.rsplit(":", 1)[1]))))
    return {
        "kassa-1": emulated(1).connect,
        "kassa-2": stack.enter_context(harness.ClosedPort()),
        "kassa-3": held.connect,
        "kassa-4": stack.enter_context(harness.Talker(b"login: ")),
        "kassa-5": emulated(5, fn={"valid_until": day(-1)}).connect,
        "kassa-6": emulated(6, printer={"paper_present": 0}).connect,
        "kassa-7": emulated(7).connect,
        "kassa-8": emulated(7).connect,
        "kassa-9": "driver:usb?lib=/opt/atol/libfptr10.so",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    os.environ["BUILD"] = parser.parse_args().build
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kkt-")))
        folder.chmod(0o755)
        server = stack.enter_context(harness.ClosedPort()).removeprefix("tcp://")
        (folder / "agent.conf").write_text(f"ServerActive={server}\nHostname=collector-1\nInclude={ROOT}/zabbix_agentd.d/zabbix-atol.conf\nTimeout=4\n", encoding="utf-8")
        rows = "".join(f"  - {{name: {name}, connect: '{connect}'}}\n" for name, connect in registers(stack).items())
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "c.yaml").write_text(f"state_dir: {folder}/state\npush: {{agent_config: {folder}/agent.conf, host: collector-1, spool: {folder}/spool}}\nregisters:\n{rows}", encoding="utf-8")
        for language, tail in (("en", ""), ("ru", ".ru")):
            _, text = run_on_terminal([harness.program(), "check", "-c", folder / "c.yaml", "--agent", folder / "agent.conf", "--lang", language], COLUMNS,
                                      {**os.environ, "TERM": "xterm-256color"})
            text = text.replace("\r\n", "\n").rpartition("\r")[2]  # behind the progress bar
            text = re.sub(r"Linux \S+", "Linux", text, count=1)  # which kernel is nobody's concern
            missing = [code for code in CODES if f"({code})" not in text]
            assert not missing, f"not named: {missing}\n{text}"
            picture, widest = svg(text, "zabbix-atol check")
            assert widest <= COLUMNS, f"{widest} columns"
            path = ROOT / "docs/pictures" / f"check-80{tail}.svg"
            path.write_text(picture, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {len(CODES)} faults, {text.count(chr(10))} lines, the widest {widest} of {COLUMNS} columns")


if __name__ == "__main__":
    main()
