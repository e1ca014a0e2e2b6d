#!/usr/bin/env python3
"""Measures `zabbix-atol serve` beside `atol-emulator --registers N` on this computer: a table. `--write`
puts it between the two marks of docs/benchmarks.md, and the plot into docs/fleet.svg.

    ./run.sh bench fleet [--sizes 1000,10000,100000] [--rounds N] [--interval S] [--mixed|--healthy] [--write]

Each run: N registers at loopback addresses, each polled every INTERVAL seconds for ROUNDS rounds after the first one."""
import argparse
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def address(index):
    return str(ipaddress.ip_address("127.0.0.1") + index)


class Emulator:
    """A fleet whose state file can be changed."""

    def __init__(self, build, folder, count, extra):
        self.state = folder / "state.json"
        program = f"{build}/emulator/atol-emulator"
        dump = subprocess.run([program, "--dump-state"], capture_output=True, text=True, check=True).stdout
        self.state.write_text(dump)
        self.process = subprocess.Popen(
            [program, "--tcp", "127.0.0.1:0", "--registers", str(count), "--protocol", "5", "--state", str(self.state),
             *extra], stdout=subprocess.PIPE, text=True)
        self.port = None
        for line in self.process.stdout:
            if line.startswith("listening "):
                self.port = int(line.rsplit(":", 1)[1])
            if line.strip() == "ready":
                break
        if self.port is None:
            sys.exit("bench_fleet: the emulator did not start")

    def change(self, group, key, value):
        state = json.loads(self.state.read_text())
        state[group][key] = value
        fresh = self.state.with_suffix(".new")
        fresh.write_text(json.dumps(state))
        fresh.rename(self.state)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def write_config(folder, count, port, interval, polls):
    lines = [f"state_dir: {folder}/kkt", f"limits: {{polls: {polls}}}",
             f"defaults: {{interval: {interval}s, timeout: 5s}}", "registers:"]
    lines += [f"- {{name: kkt-{i:06d}, connect: 'tcp://{address(i)}:{port}'}}" for i in range(count)]
    (folder / "fleet.yaml").write_text("\n".join(lines) + "\n")


def document(folder, index):
    try:
        return json.loads((folder / "kkt" / f"kkt-{index:06d}.json").read_text())
    except FileNotFoundError:
        return None


def health(folder):
    try:
        return json.loads((folder / "kkt" / "_serve.json").read_text())
    except FileNotFoundError:
        return None


# They move with the clock.
MOVING = {"device.time", "device.time_ts", "device.clock_drift_s", "device.uptime_s", "shift.left_s", "ofd.first_unsent_age_s"}


def values_of(d):
    return {f"{group}.{key}": value for group, keys in d.get("metrics", {}).items() for key, value in keys.items()}


def whole_poll(build, emulator, index=0):
    """What `get` tells of one register: the values that serve must know of each."""
    done = subprocess.run([f"{build}/src/cli/zabbix-atol", "get", f"tcp://{address(index)}:{emulator.port}"], capture_output=True, text=True, check=True)
    return values_of(json.loads(done.stdout))


def spot_check(folder, build, emulator, sample, max_age, mixed):
    """Every value of a sample of snapshots against what `get` tells; returns (checked, wrong, missing): lists of words. In a mixed
    fleet the dead tell nothing, one of twenty."""
    state = json.loads(emulator.state.read_text())
    alive = next((index for index in sample if (document(folder, index) or {}).get("state") == "ok"), 0)
    expected = {key: value for key, value in whole_poll(build, emulator, alive).items() if key not in MOVING}
    wrong, missing, checked, serials = [], [], 0, set()
    for index in sample:
        d = document(folder, index)
        if d is None or d["state"] not in ("ok", "partial"):
            if not mixed:
                missing.append(f"{index}: {d['state'] if d else 'no document'}")
            continue
        checked += 1
        if time.time() - d["polled_ts"] > max_age:
            wrong.append(f"{index}: {time.time() - d['polled_ts']:.0f} s old")
        # The last digits of a fleet's serial numbers, the register's and the FN's, count the registers.
        for group in ("device", "fn"):
            expected[f"{group}.serial"] = str(int(state[group]["serial"]) + index).zfill(len(state[group]["serial"]))
        found = values_of(d)
        serials.add(found.get("device.serial"))
        missing += [f"{index}: {key}" for key in expected if key not in found]
        wrong += [f"{index}: {key} {found[key]!r}, expected {value!r}" for key, value in expected.items() if key in found and found[key] != value]
    if len(serials) != checked:
        wrong.append(f"{checked - len(serials)} serial numbers twice")
    if checked < 0.9 * len(sample):
        missing.append(f"{len(sample) - checked} documents of {len(sample)}")
    return checked, wrong, missing


class AllKnown:
    """How long it takes until every value of all `expected` registers is known. A look at 100,000 files takes a while: those that
    know all are not looked at again."""

    def __init__(self, folder, expected, keys):
        self.folder, self.left, self.keys, self.begun, self.seconds = folder, set(expected), keys, time.monotonic(), None

    def look(self, budget_s=0.5):
        end = time.monotonic() + budget_s
        if not self.left:
            return
        for index in sorted(self.left):
            d = document(self.folder, index)
            if d is not None and d["state"] == "ok" and self.keys <= values_of(d).keys():
                self.left.discard(index)
            if time.monotonic() > end:
                return
        if not self.left:
            self.seconds = round(time.monotonic() - self.begun, 1)


def measure(build, count, mixed, interval, rounds, keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-fleet-", dir=keep))
    extra = ["--dead", "5", "--slow", "5:100"] if mixed else []
    emulator = Emulator(build, folder, count, extra)
    write_config(folder, count, emulator.port, interval, 1500)
    keys = whole_poll(build, emulator).keys() if not mixed else set()
    log = open(folder / "serve.log", "w")
    serve = subprocess.Popen([f"{build}/src/cli/zabbix-atol", "serve", "-c", str(folder / "fleet.yaml")],
                             stdout=log, stderr=log)
    known = AllKnown(folder, range(count) if not mixed else (), keys)
    try:
        # The first round and, in big fleets, the rationed full polls of identity.
        end = time.monotonic() + interval + 5
        while time.monotonic() < end:
            known.look()
            time.sleep(0.5)
        cpu0, ecpu0, t0 = cpu_s(serve.pid), cpu_s(emulator.process.pid), time.monotonic()
        first = health(folder)
        most_fds = most_rss = 0
        lag, changed_at, watch, flag = [], None, [], 0
        end = t0 + rounds * interval
        late = 0
        seen = first["polled_ts"] if first else 0
        # Every register's change must be seen within an interval and its poll: one change, halfway.
        half = t0 + rounds * interval / 2
        healthy = [i for i in random.Random(1).sample(range(count), min(count, 400))
                   if (document(folder, i) or {}).get("state") in ("ok", None)]
        while time.monotonic() < end:
            if serve.poll() is not None:
                sys.exit(f"bench_fleet: serve ended: {(folder / 'serve.log').read_text()[-500:]}")
            most_fds, most_rss = max(most_fds, descriptors(serve.pid)), max(most_rss, rss_kb(serve.pid))
            h = health(folder)
            if h and h["polled_ts"] != seen:
                seen = h["polled_ts"]
                late += h["polls"]["late"]
            if changed_at is None and time.monotonic() >= half and rounds * interval / 2 >= interval + 5:
                flag = 3
                emulator.change("shift", "number", 452 + flag)
                changed_at, watch = time.monotonic(), list(healthy)
            if watch:
                left = []
                for i in watch:
                    d = document(folder, i)
                    if d and d["state"] == "ok" and d["metrics"]["shift"]["number"] == 452 + flag:
                        lag.append(time.monotonic() - changed_at)
                    else:
                        left.append(i)
                watch = left
            known.look()
            time.sleep(1)
        span = time.monotonic() - t0
        cpu, ecpu = cpu_s(serve.pid) - cpu0, cpu_s(emulator.process.pid) - ecpu0
        last = None
        deadline = time.monotonic() + 65
        while time.monotonic() < deadline:      # the health document of the whole time
            last = health(folder)
            if last and last["polled_ts"] != seen:
                late += last["polls"]["late"]
                break
            time.sleep(0.5)
        sample = random.Random(2).sample(range(count), min(count, 1000))
        while known.left and time.monotonic() - known.begun < 900:
            known.look()
            time.sleep(0.5)
        checked, wrong, missing = spot_check(folder, build, emulator, sample, interval * (1.5 if not mixed else 3) + 10, mixed)
        rest_kb = rss_kb(serve.pid)
        total = last["polls"]["total"] - first["polls"]["total"]
        seconds = last["polled_ts"] - first["polled_ts"]
        begun = time.monotonic()
        serve.send_signal(signal.SIGTERM)
        serve.wait(timeout=10)
        lag.sort()
        return {
            "registers": count, "fleet": "5 % dead, 5 % slow" if mixed else "healthy", "interval_s": interval,
            "seconds": round(span), "polls_per_s": round(total / seconds, 1), "late": late,
            "p50_ms": last["poll_ms"]["p50"], "p99_ms": last["poll_ms"]["p99"],
            "cpu_percent": round(100 * cpu / span, 1), "emulator_cpu_percent": round(100 * ecpu / span, 1),
            "kib_per_register": round(rest_kb / count, 2), "rss_mib": round(most_rss / 1024, 1), "descriptors": most_fds,
            "change_median_s": round(lag[len(lag) // 2], 1) if lag else None,
            "change_max_s": round(lag[-1], 1) if lag else None, "change_unseen": len(watch),
            "checked": checked, "wrong_count": len(wrong), "wrong": wrong[:5],
            "missing_count": len(missing), "missing": missing[:5], "known_s": known.seconds, "unknown": len(known.left), "stop_s": round(time.monotonic() - begun, 2), "states": last["registers"],
        }
    finally:
        if serve.poll() is None:
            serve.kill()
            serve.wait()
        emulator.stop()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


COLUMNS = [("registers", "registers"), ("fleet", "fleet"), ("interval_s", "interval, s"), ("seconds", "measured, s"),
           ("polls_per_s", "polls/s"), ("late", "late"), ("p50_ms", "poll p50, ms"), ("p99_ms", "poll p99, ms"),
           ("cpu_percent", "CPU of serve, %"), ("emulator_cpu_percent", "CPU of the emulator, %"),
           ("kib_per_register", "KiB a register"), ("rss_mib", "most memory, MiB"), ("descriptors", "descriptors, most"),
           ("change_median_s", "change to snapshot, median s"), ("change_max_s", "most, s"),
           ("checked", "documents checked"), ("wrong_count", "wrong values"), ("missing_count", "missing values"),
           ("known_s", "all values of all known after, s")]
KNOWN_WITHIN_S = 300


def table(rows):
    out = ["| " + " | ".join(title for _, title in COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        out.append("| " + " | ".join("" if row.get(key) is None else str(row[key]) for key, _ in COLUMNS) + " |")
    return "\n".join(out)


def plot(rows):
    """How CPU and memory grow with N: two logarithmic plots side by side."""
    import math
    series = [("cpu_percent", "CPU of serve, % of one core"), ("rss_mib", "memory of serve, MiB")]
    width, height, left = 360, 240, 60
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (width + left) + 20}" height="{height + 80}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>']
    colours = {"healthy": "#1f77b4", "5 % dead, 5 % slow": "#d95f02"}
    for n, (key, title) in enumerate(series):
        x0 = left + n * (width + left)
        values = [max(row[key], 0.1) for row in rows]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        high = max(high, low + 1)
        xs = [math.log10(row["registers"]) for row in rows]
        xl, xh = math.floor(min(xs)), max(math.ceil(max(xs)), math.floor(min(xs)) + 1)
        px = lambda v: x0 + (math.log10(v) - xl) / (xh - xl) * (width - 20)
        py = lambda v: 30 + height - (math.log10(v) - low) / (high - low) * height
        parts.append(f'<text x="{x0}" y="18" font-weight="bold">{title}</text>')
        for e in range(low, high + 1):
            parts.append(f'<line x1="{x0}" x2="{x0 + width - 20}" y1="{py(10 ** e):.1f}" y2="{py(10 ** e):.1f}" stroke="#dddddd"/>'
                         f'<text x="{x0 - 6}" y="{py(10 ** e) + 4:.1f}" text-anchor="end">{10 ** e:g}</text>')
        for e in range(xl, xh + 1):
            parts.append(f'<text x="{px(10 ** e):.1f}" y="{height + 48}" text-anchor="middle">{10 ** e:,}</text>')
        for fleet, colour in colours.items():
            points = [(px(r["registers"]), py(max(r[key], 0.1))) for r in rows if r["fleet"] == fleet]
            if points:
                parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                             + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
                parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
    for n, (fleet, colour) in enumerate(colours.items()):
        parts.append(f'<rect x="{left + n * 160}" y="{height + 58}" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{left + 18 + n * 160}" y="{height + 69}">{fleet}</text>')
    parts.append(f'<text x="{left + 340}" y="{height + 69}">across: registers, each polled at its interval</text></svg>')
    return "\n".join(parts) + "\n"


def write_document(rows):
    path = ROOT / "docs" / "benchmarks.md"
    begin, end = "<!-- fleet: begin -->", "<!-- fleet: end -->"
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in text:
        text += f"\n## serve: a fleet of registers\n\n{begin}\n{end}\n"
    body = (f"{begin}\n`./run.sh bench fleet`: `serve` and `atol-emulator --registers N` beside each other on one computer with "
            f"{os.cpu_count()} cores.\nLate = a poll that began more than a second behind its time or was left out; the dead do "
            "not count. KiB a register = the whole process's\nmemory after the run, divided. Descriptors = the most at "
            f"any moment.\n\n{table(rows)}\n\n![How CPU and memory grow with the number of registers](fleet.svg)\n{end}")
    head, rest = text.split(begin, 1)
    path.write_text(head + body + rest.split(end, 1)[1])
    (ROOT / "docs" / "fleet.svg").write_text(plot(rows))


def measure_reload(build, count, networks, keep):
    """A reload with nothing changed: how long the loop stood, and how many polls in flight came to harm."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-reload-", dir=keep))
    emulator = Emulator(build, folder, count, ["--latency-ms", "20"])
    lines = [f"state_dir: {folder}/kkt", "limits: {polls: 1500}", "defaults: {interval: 600s, timeout: 30s}", "networks:"]
    lines += [f"  shop-{i}: 5" for i in range(networks)] + ["registers:"]
    lines += [f"- {{name: kkt-{i:06d}, connect: 'tcp://{address(i)}:{emulator.port}', network: shop-{i % networks}}}" for i in range(count)]
    (folder / "fleet.yaml").write_text("\n".join(lines) + "\n")
    log = open(folder / "serve.log", "w")
    serve = subprocess.Popen([f"{build}/src/cli/zabbix-atol", "serve", "-v", "-c", str(folder / "fleet.yaml")], stdout=log, stderr=log)

    def document_after(seen, patience=300):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            h = health(folder)
            if h and h["polled_ts"] > seen:
                return h
            time.sleep(0.2)
        sys.exit("bench_fleet: serve tells nothing of itself")

    try:
        first = document_after(0)
        calm = document_after(first["polled_ts"])
        begun, before = time.monotonic(), (folder / "serve.log").read_text().count(" registers, ")
        serve.send_signal(signal.SIGHUP)
        while (folder / "serve.log").read_text().count(" registers, ") == before:
            time.sleep(0.02)
        took = time.monotonic() - begun
        time.sleep(0.5)
        stood = re.findall(r"the polls stood for (\d+) ms meanwhile \((\d+) ms", (folder / "serve.log").read_text())[-1]
        after = document_after(calm["polled_ts"])
        states = {}
        for path in (folder / "kkt").glob("kkt-*.json"):
            state = json.loads(path.read_text())["state"]
            states[state] = states.get(state, 0) + 1
        return {"registers": count, "networks": networks, "polls_per_s": after["polls"]["per_s"], "reload_s": round(took, 2),
                "stood_ms": int(stood[0]), "stood_cpu_ms": int(stood[1]), "states": states}
    finally:
        serve.kill()
        serve.wait()
        emulator.stop()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def lock_folder_in_memory():
    """systemd makes /run/lock a tmpfs, and so do the packages' services have it. On a computer where it lies on a disk (a bare
    virtual machine, a container) the making of a lock file for each poll costs more than the poll; here it becomes one for this
    run, in a name space of its own."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", "/run/lock"], capture_output=True, text=True, check=False).stdout.strip()
    if kind == "tmpfs" or os.geteuid() != 0 or not shutil.which("unshare"):
        return
    os.execvp("unshare", ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run/lock && exec "$0" "$@"', sys.executable, *sys.argv])


def main():
    lock_folder_in_memory()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--interval", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=0, help="0: ten for up to 10,000 registers, five above")
    parser.add_argument("--healthy", action="store_true", help="only the healthy fleets")
    parser.add_argument("--mixed", action="store_true", help="only those with dead and slow ones")
    parser.add_argument("--folder", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    parser.add_argument("--results", help="a file of JSON lines: adds to it, and the table shows all of it")
    parser.add_argument("--write", action="store_true", help="the table into docs/benchmarks.md, the plot into docs/fleet.svg")
    parser.add_argument("--reload", action="store_true", help="only: a reload of the largest size in 20,000 networks")
    args = parser.parse_args()
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if args.reload:
        count = max(map(int, args.sizes.split(",")))
        row = measure_reload(args.build, count, max(1, count // 5), args.folder)
        bad = row["stood_ms"] > 50 or set(row["states"]) != {"ok"}
        print(("FAIL " if bad else "ok   ") + json.dumps(row))
        return bad
    rows, failed = [], 0
    if args.results and os.path.exists(args.results):
        rows = [json.loads(line) for line in open(args.results)]
    for count in map(int, args.sizes.split(",")):
        for mixed in ([True] if args.mixed else [False] if args.healthy else [False, True]):
            rounds = args.rounds or (10 if count <= 10000 else 5)
            print(f"{count} registers, {'5 % dead, 5 % slow' if mixed else 'healthy'}, {rounds} rounds ...", flush=True)
            row = measure(args.build, count, mixed, args.interval, rounds, args.folder)
            bad = row["late"] > 0 or row["wrong"] or row["missing"] or row["unknown"] or (row["known_s"] or 0) > KNOWN_WITHIN_S or row["kib_per_register"] > (2 if count >= 100000 else 6 if count >= 10000 else 12) or row["change_unseen"]
            failed += bool(bad)
            print(("FAIL " if bad else "ok   ") + json.dumps(row, ensure_ascii=False), flush=True)
            rows.append(row)
            if args.results:
                with open(args.results, "a") as out:
                    out.write(json.dumps(row) + "\n")
    rows.sort(key=lambda r: (r["registers"], r["fleet"] != "healthy"))
    if args.write:
        write_document(rows)
    print(table(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
