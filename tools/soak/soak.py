#!/usr/bin/env python3
"""serve beside 500 registers that misbehave at random: resets, silence, slowness, noise, flipped bits, cut and repeated answers
(tools/soak/wire.py), the computer's clock jumping, Zabbix away, the disk full, storms of reloads. Ten of them are read through
the vendor's driver when it is there, so that there are child processes.

    ./run.sh soak MINUTES [--svg FILE]

Each ten seconds every snapshot is compared with the registers' true state; memory, descriptors, threads and children are
measured. Then all is calm, and everything must be read whole again. Prints a table, and `N passed, N failed, 0 skipped`."""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/serve"), str(HERE)]

import plot  # noqa: E402
import trapper  # noqa: E402

REGISTERS, DRIVERS, INTERVAL_S, TIMEOUT_S = 500, 10, 20, 10
PATIENCE_S = 900  # until all is read again, on a computer that others use too; no run waits for it when all is well
DISK_MIB = 40
# What does not change by itself, and by no clock.
FIXED = [("device", "serial"), ("device", "model_code"), ("device", "firmware"), ("shift", "number"), ("shift", "receipt_number"), ("fn", "serial"), ("fn", "flags"),
         ("fn", "state"), ("fn", "last_document"), ("fn", "valid_until"), ("printer", "paper_present"), ("printer", "cover_opened"),
         ("ofd", "unsent_count"), ("ofd", "host"), ("ofd", "port"), ("registration", "number"), ("registration", "organization_inn"),
         ("registration", "organization_name"), ("registration", "taxation")]


class Registers:
    """Half of them of each protocol, at 127.3.*.* and 127.5.*.*."""

    def __init__(self, build, folder):
        program = f"{build}/emulator/atol-emulator"
        self.state = json.loads(subprocess.run([program, "--dump-state"], capture_output=True, check=True).stdout)
        self.processes, self.ports = [], {}
        for protocol in (3, 5):
            file = folder / f"state{protocol}.json"
            file.write_text(json.dumps(self.state))
            process = subprocess.Popen([program, "--tcp", f"127.{protocol}.0.1:0", "--registers", str(REGISTERS // 2), "--protocol", str(protocol),
                                        "--state", str(file)], stdout=subprocess.PIPE, text=True)
            for line in process.stdout:
                if line.startswith("listening "):
                    self.ports[protocol] = int(line.rsplit(":", 1)[1])
                if line.strip() == "ready":
                    break
            self.processes.append(process)

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()


def host(index):
    protocol, number = (3, 5)[index % 2], index // 2
    return f"127.{protocol}.{(number + 1) // 256}.{(number + 1) % 256}"


def counted(digits, index):
    """The numbers of a fleet's registers and FNs count on."""
    return str(int(digits) + index // 2).zfill(len(digits))


class Soak:
    def __init__(self, build, driver, seed):
        self.build, self.driver, self.rng = build, driver, random.Random(seed)
        self.sanitized = "libasan" in subprocess.run(["ldd", f"{build}/src/cli/zabbix-atol"], capture_output=True, text=True, check=True).stdout
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "soak", str(self.disk)], check=True)
        self.samples, self.bands, self.wrong, self.failures, self.checked, self.next_look = [], [], [], [], 0, 0
        self.clock_file = self.folder / "clock"
        self.clock(0)
        self.preload = self.folder / "clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(self.preload), str(HERE / "clock.c")], check=True)
        self.registers = Registers(build, self.folder)
        self.wire = subprocess.Popen([sys.executable, str(HERE / "wire.py"), *sum((["--port", f"{a}:{p}"] for a, p in self.registers.ports.items()), [])],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.wire.stdout.readline().split()[1])
        self.zabbix = trapper.Trapper()
        self.zabbix_port, self.received = self.zabbix.port, 0
        (self.folder / "agent.conf").write_text(f"ServerActive=127.0.0.1:{self.zabbix_port}\nHostname=x\n")
        self.configure()
        self.log = open(self.folder / "log", "w")
        environment = {**os.environ, "LD_PRELOAD": str(self.preload), "SOAK_CLOCK": str(self.clock_file), "ZABBIX_ATOL_LANG": "en",
                       "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
        self.serve = subprocess.Popen([f"{build}/src/cli/zabbix-atol", "serve", "-c", str(self.folder / "kkt.yaml")], stdout=self.log,
                                      stderr=self.log, env=environment)
        self.begun = time.monotonic()

    def t(self):
        return time.monotonic() - self.begun

    def clock(self, seconds):
        if self.clock_file.exists():
            with open(self.clock_file, "r+b") as f:
                f.write(struct.pack("<q", seconds))
        else:
            self.clock_file.write_bytes(struct.pack("<q", seconds))

    def configure(self, gone=(), timeout=TIMEOUT_S):
        lines = [f"state_dir: {self.disk}/kkt", f"defaults: {{interval: {INTERVAL_S}s, timeout: {timeout}s, identity_interval: 60s}}",
                 "limits: {polls: 200, driver_polls: 4}",
                 f"push: {{agent_config: {self.folder}/agent.conf, spool: {self.disk}/spool, interval: 1s, batch: 200, spool_max: 2000, host: collector}}", "registers:"]
        for i in range(REGISTERS):
            if i in gone:
                continue
            way = "driver:tcp/" if self.driver and i < DRIVERS else "tcp://"
            lib = f"?lib={self.driver}" if self.driver and i < DRIVERS else ""
            lines.append(f"- {{name: k{i:03d}, connect: '{way}{host(i)}:{self.port}{lib}'}}")
        fresh = self.folder / "kkt.new"
        fresh.write_text("\n".join(lines) + "\n")
        fresh.rename(self.folder / "kkt.yaml")

    def rage(self, percent):
        self.wire.stdin.write(f"rage {percent}\n")
        self.wire.stdin.flush()

    # what happens

    def away(self):
        self.received += len(self.zabbix.values)
        self.zabbix.close()

        def back():
            self.zabbix = trapper.Trapper(self.zabbix_port)
        return self.rng.uniform(8, 40), back

    def full(self):
        ballast = self.disk / "ballast"
        try:
            with open(ballast, "wb", buffering=0) as f:
                while f.write(b"x" * 65536):
                    pass
        except OSError:
            pass
        return self.rng.uniform(5, 20), lambda: ballast.unlink(missing_ok=True)

    def jump(self):
        self.clock(self.rng.choice((-86400 * 400, -7200, -90, 90, 7200, 86400 * 3, 86400 * 400)))
        return self.rng.uniform(5, 25), lambda: self.clock(0)

    def storm(self):
        for _ in range(self.rng.randint(5, 20)):
            self.configure(gone=set(self.rng.sample(range(REGISTERS), self.rng.randint(0, 100))), timeout=self.rng.choice((4, TIMEOUT_S)))
            self.serve.send_signal(signal.SIGHUP)
            time.sleep(self.rng.random() * 0.15)

        def over():
            self.configure()
            self.serve.send_signal(signal.SIGHUP)
        return 1, over

    # what is looked at

    def document(self, index):
        try:
            return json.loads((self.disk / "kkt" / f"k{index:03d}.json").read_text())
        except FileNotFoundError:
            return None

    def look(self):
        """Every value that is told is the register's."""
        states = {}
        for i in range(REGISTERS):
            d = self.document(i)
            if not d:
                continue
            states[d["state"]] = states.get(d["state"], 0) + 1
            if "metrics" not in d:
                continue
            self.checked += 1
            told = d["metrics"]
            for group, key in FIXED:
                found, truth = told.get(group, {}).get(key), self.registers.state.get(group, {}).get(key)
                truth = counted(truth, i) if key == "serial" else truth
                if found is not None and truth is not None and found != truth:
                    self.wrong.append(f"k{i:03d} {d['state']}: {group}.{key} {found!r}, the register has {truth!r}")
        return states

    def measure(self):
        pid = self.serve.pid
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        children = sum(len(pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()) for task in os.listdir(f"/proc/{pid}/task"))
        own = json.loads((self.disk / "kkt/_serve.json").read_text()) if (self.disk / "kkt/_serve.json").exists() else {}
        return {"t": round(self.t(), 1), "rss_mib": int(status["VmRSS"].split()[0]) / 1024, "fds": len(os.listdir(f"/proc/{pid}/fd")),
                "threads": int(status["Threads"]), "children": children, "polls_per_s": own.get("polls", {}).get("per_s"),
                "polls": own.get("polls", {}).get("total"), "loop_ms": own.get("loop_ms", {}).get("max"), "spool": own.get("spool")}

    def step(self, until, events):
        """Runs until a moment; `events` may begin one each now and then."""
        over, next_event, next_look = None, self.t() + 5, self.next_look
        while self.t() < until:
            if self.serve.poll() is not None:
                self.failures.append(f"serve ended with {self.serve.returncode}: " + (self.folder / "log").read_text()[-3000:])
                return
            if over and self.t() >= over[0]:
                over[1]()
                self.bands.append((over[2], over[3], self.t()))
                over, next_event = None, self.t() + self.rng.uniform(3, 15)
            if events and not over and self.t() >= next_event and self.t() < until - 45:
                name, begin = self.rng.choice((("away", self.away), ("full", self.full), ("clock", self.jump), ("storm", self.storm)))
                begun = self.t()
                seconds, end = begin()
                over = (begun + seconds, end, name, begun)
            if self.t() >= next_look:
                next_look = self.next_look = self.t() + 10
                try:
                    self.samples.append({**self.measure(), "states": self.look()})
                except (ProcessLookupError, FileNotFoundError, json.JSONDecodeError):
                    pass
            time.sleep(0.2)
        if over:
            over[1]()
            self.bands.append((over[2], over[3], self.t()))

    def check(self, good, text):
        print(("ok   " if good else "FAIL ") + text, flush=True)
        if not good:
            self.failures.append(text)

    def flat(self, key, name, slack):
        """The second half needs no more than the first: what grows for ever shows itself."""
        raged = [s for s in self.samples if self.rage_begun <= s["t"] <= self.rage_ended]
        half = len(raged) // 2
        if half < 3:
            return
        early, late = (sorted(s[key] for s in part) for part in (raged[half // 3:half], raged[half:]))
        middle = lambda values: values[len(values) // 2]
        self.check(middle(late) <= middle(early) * (1 + slack) + 4, f"{name}: {middle(early):.0f} at the median of the first half, {middle(late):.0f} of the second, "
                   f"{late[-1]:.0f} at most")

    def run(self, minutes):
        calm = min(60, minutes * 60 / 4)
        self.step(calm, events=False)
        self.rage_begun = self.t()
        self.rage(40)
        self.step(self.rage_begun + minutes * 60, events=True)
        self.rage_ended = self.t()
        self.rage(0)
        # A small change makes all due at once, those that wait out a failure too.
        calm_ts = time.time()
        self.configure(timeout=30)
        self.serve.send_signal(signal.SIGHUP)
        end, left = time.monotonic() + PATIENCE_S, list(range(REGISTERS))
        while left and time.monotonic() < end and self.serve.poll() is None:
            left = [i for i in left if not (d := self.document(i)) or d["state"] != "ok" or d["polled_ts"] < calm_ts]
            self.step(self.t() + 1, events=False)
        self.read_again_s = time.time() - calm_ts
        self.step(self.t() + 2 * INTERVAL_S, events=False)
        self.judge(left)

    def judge(self, left):
        alive = self.serve.poll() is None
        self.check(alive, "serve has not ended by itself")
        if not alive:
            print(self.failures[0])
            return
        last = self.samples[-1]
        self.check(not left, f"when all is calm again every register is read whole, after {self.read_again_s:.0f} s (not yet: {len(left)})")
        self.check(not self.wrong, f"{self.checked} documents compared with the registers, {len(self.wrong)} wrong values {self.wrong[:5]}")
        # A sanitizer keeps what was freed for a while, to see who uses it; it tells at the end what was not freed.
        if not self.sanitized:
            self.flat("rss_mib", "memory, MiB", 0.1)
        self.flat("fds", "descriptors", 0.25)
        self.flat("threads", "threads", 0.1)
        self.flat("children", "children", 0.25)
        calm_fds = min(s["fds"] for s in self.samples if s["t"] > self.rage_ended)
        self.check(calm_fds < 60, f"descriptors once it is calm: {calm_fds}: no connection is left open")
        begun = time.monotonic()
        self.serve.send_signal(signal.SIGTERM)
        try:
            self.serve.wait(60)
        except subprocess.TimeoutExpired:
            self.serve.kill()
        self.check(self.serve.returncode == 0, f"it stops when it is told to, in {time.monotonic() - begun:.1f} s, with {self.serve.returncode}")
        log = (self.folder / "log").read_text()
        self.check("Sanitizer" not in log and "runtime error" not in log and "still open" not in log, "no sanitizer has spoken, nothing was left open")
        self.wire.stdin.write("end\n")
        self.wire.stdin.flush()
        fates = self.wire.stdout.readline().strip()
        self.received += len(self.zabbix.values)
        print(f"polls: {last['polls']}; connections by fate: {fates}")
        print(f"values received: {self.received}; spool at the end: {last['spool']}; the loop stood {max(s['loop_ms'] or 0 for s in self.samples)} ms at most")
        kinds = {k: sum(1 for b in self.bands if b[0] == k) for k in plot.BANDS}
        print("events: " + ", ".join(f"{plot.NAMES[k]} {n}" for k, n in kinds.items()))

    def end(self, svg, minutes):
        if self.serve.poll() is None:
            self.serve.kill()
            self.serve.wait()
        self.wire.kill()
        self.wire.wait()
        self.zabbix.close()
        self.registers.stop()
        self.log.close()
        if svg and self.samples:
            pathlib.Path(svg).write_text(plot.svg(self.samples, self.bands, f"serve and {REGISTERS} registers that misbehave, {minutes:g} minutes, "
                                                  f"{time.strftime('%Y-%m-%d')}"), encoding="utf-8")
        subprocess.run(["umount", str(self.disk)], check=False)
        if self.failures:
            print(f"the log: {self.folder}/log")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--driver", help="the vendor's library")
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--svg", help="writes the plot here")
    parser.add_argument("--samples", help="writes what was measured here, as JSON")
    parser.add_argument("minutes", type=float)
    args = parser.parse_args()
    soak = Soak(args.build, args.driver, args.seed)
    try:
        soak.run(args.minutes)
    finally:
        soak.end(args.svg, args.minutes)
        if args.samples:
            pathlib.Path(args.samples).write_text(json.dumps({"samples": soak.samples, "bands": soak.bands}))
    print(f"{10 - soak.sanitized - len(soak.failures)} passed, {len(soak.failures)} failed, 0 skipped")
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
