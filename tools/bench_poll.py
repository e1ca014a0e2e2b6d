#!/usr/bin/env python3
"""What one poll costs: `./run.sh bench poll [--runs 5] [--latency 0,10,30]`.

Each way reads the same emulated register: natively over TCP and over a serial port (pty), through the vendor's driver,
and the baseline: the seed's order of queries through the vendor's driver (tests/tools/seed_pass.c). Requests, frames,
bytes and the time that the port is held come from the emulator's log; wall, CPU and peak memory are those of the whole
process and its children. Each number is the median of the runs. The table is printed and written into
docs/benchmarks.md."""
import argparse
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration")]
import harness  # noqa: E402

BEGIN, END = "<!-- bench poll: begin -->", "<!-- bench poll: end -->"
NOT_REQUESTS = ("ack", "abort", "echo", "probe", "repeat", "open", "close")
FIELDS = ("requests", "frames", "bytes", "held_ms", "wall_ms", "cpu_ms", "peak_mib")


def compile_tools(folder, driver):
    for name in ("measure", "seed_pass"):
        subprocess.run(["cc", "-O2", "-Wno-pedantic", "-isystem", driver, "-o", folder / name,
                        ROOT / "tests" / "tools" / f"{name}.c", "-ldl"], check=True)


def read_log(lines):
    """(requests, frames, bytes, ms from the first open to the last close) of one reading."""
    rows = [line.split(" ", 4) for line in lines]
    frames = [row for row in rows if row[2] in "<>"]
    requests = sum(1 for row in frames if row[2] == ">" and not row[3].startswith(NOT_REQUESTS))
    size = sum(len(row[4].split()) for row in frames if len(row) > 4)
    times = [float(row[0]) for row in rows]
    return requests, len(frames), size, (times[-1] - times[0]) * 1000


def one_run(folder, kkt, command):
    seen = len(kkt.frames())
    result = folder / "measured"
    done = subprocess.run([folder / "measure", result, *map(str, command)], stdout=subprocess.DEVNULL,
                          env={**os.environ, "HOME": "/dev/null"}, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench poll: {command} ended with {done.returncode}")
    wall, cpu, peak = map(int, result.read_text().split())
    requests, frames, size, held = read_log(kkt.frames()[seen:])
    return requests, frames, size, held, wall / 1000, cpu / 1000, peak / 1024


def commands(folder, driver, tcp, serial):
    library = pathlib.Path(driver) / "linux-x64" / "libfptr10.so"
    program = harness.program()
    port = tcp.address.rsplit(":", 1)[1]
    through = f"driver:tcp/{tcp.address}?lib={library}"
    rows = [("seed's 45 queries, driver", tcp, [folder / "seed_pass", library, port])]
    for rate, groups in (("full", "quick,slow"), ("quick", "quick")):
        for way, kkt, address in (("driver:tcp", tcp, through), ("tcp", tcp, tcp.connect), ("serial", serial, serial.connect)):
            rows.append((f"{way} {rate}", kkt, [program, "get", address, "--groups", groups, "--timeout", "60s"]))
    return rows


def measure(folder, driver, protocol, latency, runs):
    table = []
    with harness.Emulator("--protocol", protocol, "--latency-ms", latency) as tcp, \
            harness.Emulator("--protocol", protocol, "--latency-ms", latency, pty=True) as serial:
        for name, kkt, command in commands(folder, driver, tcp, serial):
            results = [one_run(folder, kkt, command) for _ in range(runs)]
            table.append((name, [statistics.median(column) for column in zip(*results)]))
            print(f"protocol {protocol}, {latency} ms, {name}: held {table[-1][1][3]:.0f} ms", file=sys.stderr, flush=True)
    return table


def open_files():
    count = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*/fd"):
        try:
            count += len(os.listdir(folder))
        except OSError:
            pass  # it has ended
    return count


def print_table(protocol, latency, table):
    base = table[0][1]
    lines = [f"### Protocol {protocol}, {latency} ms a request", "",
             "| way | requests | frames | bytes | port held, ms | of the seed's | held / (requests × latency) | wall, ms | CPU, ms | peak memory, MiB |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for name, (requests, frames, size, held, wall, cpu, peak) in table:
        floor = f"{held / (requests * latency):.2f}" if latency and requests else "—"
        lines.append(f"| {name} | {requests:.0f} | {frames:.0f} | {size:.0f} | {held:.0f} | {held / base[3]:.3f} | "
                     f"{floor} | {wall:.0f} | {cpu:.1f} | {peak:.1f} |")
    return "\n".join(lines) + "\n"


def write_section(text):
    file = ROOT / "docs" / "benchmarks.md"
    old = file.read_text(encoding="utf-8") if file.exists() else "# Benchmarks\n\nEvery figure here stands beside the command that makes it.\n"
    section = f"{BEGIN}\n{text}{END}\n"
    if BEGIN in old:
        head, rest = old.split(BEGIN)
        new = head + section + rest.split(END)[1].lstrip("\n")
    else:
        new = old.rstrip("\n") + "\n\n" + section
    file.parent.mkdir(exist_ok=True)
    file.write_text(new, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency", default="0,10,30", help="ms a request, separated by commas")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    driver = os.environ.get("ATOL_DRIVER_DIR") or sys.exit("ATOL_DRIVER_DIR is not set: ./run.sh bench poll sets it")
    os.environ["BUILD"] = str(pathlib.Path(options.build).resolve())
    text = ["## One poll", "",
            f"`./run.sh bench poll --runs {options.runs} --latency {options.latency}`, {datetime.date.today()}, "
            f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}; medians of {options.runs} runs.", "",
            "The register is the emulator on the same machine; `latency` is what it takes for each request. Requests, frames "
            "and bytes are those of the emulator's log (the bytes of both directions); the port is held from the opening to "
            "the closing of the connection. `of the seed's` is the port's time as a ratio to the baseline: the seed's 45 "
            "queries in its order through the vendor's driver 10.8.0.0 (`tests/tools/seed_pass.c`). CPU and memory are the "
            "whole process with its driver worker. `full` = `--groups quick,slow` (the default), `quick` = `--groups quick`.", "",
            "The driver cannot go below its own manners: opening takes it 8 requests at protocol 3 and 12 at platform 5, its status 10 and "
            "8, the registration data 24; at platform 5 it also looks for the answer only each 20 ms or so. A native full poll asks "
            "each thing once: 42 and 43 requests; at protocol 3 the log counts the first probe too. A serial poll also looks through the "
            f"open files of all processes, to see who has the port: {open_files()} on this computer when the run began.", ""]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        compile_tools(folder, driver)
        for protocol in (3, 5):
            for latency in map(int, options.latency.split(",")):
                text.append(print_table(protocol, latency, measure(folder, driver, protocol, latency, options.runs)))
    print("\n".join(text))
    if not options.no_write:
        write_section("\n".join(text))


if __name__ == "__main__":
    main()
