#!/usr/bin/env python3
"""What a register costs a Zabbix: server statistics at 12, 300, 1,000 and 3,000 registers, and whether default caches survive.

    zabbix_cost.py [--version 7.0] [--registers 12 300 1000 3000] [--survive 300]

Makes a Zabbix of its own, hosts with the trapper template, and pushes a document of each as `serve` does. Prints one row a number of registers:
the server's own statistics (zabbix.stats), bytes of the database, CPU seconds of all its processes. `--survive N` runs the caches that docs/zabbix.md
names for so many (the defaults up to 300): a cold start in which all send their first document, an absence of an hour whose documents come at 50 a
second, a restart after which all send, the same at once while the database stands still; of each the most that the index cache held meanwhile.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/zabbix"), str(ROOT / "tools")]
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
from lanes import Register  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
from zbx.names import DOCUMENT_KEY, file_name, technical  # noqa: E402

LARGE = "CacheSize=1G\nHistoryCacheSize=128M\nHistoryIndexCacheSize=128M\nTrendCacheSize=128M\nValueCacheSize=256M\nCacheUpdateFrequency=10"
# What docs/zabbix.md says to set up to so many registers, beside Zabbix's own number of history syncers
SYNCERS = "StartDBSyncers=4"
CACHES = {300: "CacheUpdateFrequency=10", 1000: "CacheSize=96M\nHistoryIndexCacheSize=8M\nCacheUpdateFrequency=60",
          3000: "CacheSize=256M\nHistoryIndexCacheSize=16M\nValueCacheSize=16M\nCacheUpdateFrequency=60"}
RATE, BATCH = 50, 50   # documents a second, as `serve` sends at most


def document(build, folder):
    register = Register(build, folder, "cost", "5").start()
    try:
        text = subprocess.run([f"{build}/src/cli/zabbix-atol", "get", register.address, "--lang", "ru"], capture_output=True, text=True).stdout
    finally:
        register.stop()
    found = json.loads(text)
    found.setdefault("poll", {}).update(unread_for_s=0, state_for_s=3600)
    return found


def variant(base, n, turn):
    """A till in trade: receipts go out, its clock drifts by a second, the queue comes and goes."""
    d = json.loads(base)
    m = d["metrics"]
    m["device"]["serial"], m["fn"]["serial"] = f"0010611{n:07d}", f"99604403{n:08d}"
    m["shift"]["receipt_number"] += turn
    m["fn"]["last_document"] += turn
    if random.random() < 0.3:
        m["ofd"]["unsent_count"], m["ofd"]["first_unsent_age_s"] = 1, random.randrange(5, 60)
    m["device"]["clock_drift_s"] = turn // 100
    d["polled_ts"], d["poll"]["state_for_s"] = int(time.time()), 3600 + 300 * turn
    return json.dumps(d, ensure_ascii=False, separators=(",", ":"))


class Peak:
    """The most bytes that the index cache held while the block ran."""

    def __init__(self, cost):
        self.cost, self.bytes, self.ended = cost, 0, threading.Event()

    def watch(self):
        while not self.ended.wait(0.2):
            try:
                self.bytes = max(self.bytes, used(self.cost.stats()["wcache"]["index"]))
            except OSError:
                continue  # its answer is late, or it has died: the caller says so

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


class Cost:
    def __init__(self, stack, base):
        self.stack, self.api, self.base, self.hosts, self.turn = stack, stack.api, json.dumps(base), 0, 0

    def prepare(self):
        zabbix_setup.import_template(self.api, ROOT / "templates" / self.stack.version / file_name("trapper", "ru"))
        self.template = self.api("template.get", {"filter": {"host": [technical("trapper", "ru")]}})[0]["templateid"]
        self.group = self.api("hostgroup.create", {"name": "cost"})["groupids"][0]
        self.stack.analyze()
        self.stack.reload()
        time.sleep(3)
        self.empty = used(self.stats()["rcache"])

    def grow(self, count):
        begun = time.monotonic()
        for start in range(self.hosts, count, 100):
            self.api("host.create", [{"host": f"till-{n}", "groups": [{"groupid": self.group}], "templates": [{"templateid": self.template}],
                                      "inventory_mode": 1} for n in range(start, min(start + 100, count))])
        self.hosts = count
        self.stack.reload()
        wait_for("the server to know the hosts", lambda: "processed: 1;" in self.stack.send([(f"till-{count - 1}", "kkt.closed", "0")]), 600, 2)
        return time.monotonic() - begun

    def push(self, rate=RATE, clock=None):
        """A document of every register."""
        self.turn += 1
        refused = 0
        for start in range(0, self.hosts, BATCH):
            begun = time.monotonic()
            lines = [(f"till-{n}", DOCUMENT_KEY, variant(self.base, n, self.turn), *([clock] if clock else [])) for n in range(start, min(start + BATCH, self.hosts))]
            answer = self.stack.send(lines)
            refused += 0 if "failed: 0" in answer else len(lines)
            time.sleep(max(0, begun + len(lines) / rate - time.monotonic()))
        return refused

    def stand_still(self):
        """Nothing leaves the caches: what a register needs at the very most."""
        base = [p for p in self.stack.processes if any(str(arg).endswith("/postgres") for arg in p.args)]
        stopped = [pid for process in base for pid in (str(process.pid), *children(process.pid))]
        try:
            for pid in stopped:
                os.kill(int(pid), signal.SIGSTOP)
            refused = self.push(rate=10 ** 6)
            time.sleep(2)
            return refused
        finally:
            for pid in stopped:
                os.kill(int(pid), signal.SIGCONT)

    def settle(self):
        """Until the server has stored all that it took."""
        wait_for("an empty history cache", lambda: self.stats()["wcache"]["history"]["pused"] < 0.5, 300, 1)
        time.sleep(2)

    def stats(self):
        return self.stack.statistics()

    def cpu(self):
        """CPU seconds of server and database."""
        ticks = 0
        for process in self.stack.processes:
            for pid in [str(process.pid), *children(process.pid)]:
                try:
                    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                    ticks += sum(map(int, fields[11:15]))
                except OSError:
                    pass
        return ticks / os.sysconf("SC_CLK_TCK")

    def database(self):
        return int(self.stack.psql("zabbix", "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind='r' AND relname ~ '^(history|trends)'"))

    def rows(self):
        return sum(int(self.stack.psql("zabbix", f"SELECT count(*) FROM {t}")) for t in ("history", "history_uint", "history_str", "history_text"))

    def measure(self, count, turns):
        seconds = self.grow(count)
        self.push()
        self.settle()
        before = (self.cpu(), self.database(), self.rows(), time.monotonic())
        for _ in range(turns):
            self.push()
        self.settle()
        stats, documents = self.stats(), turns * count
        idle = (self.cpu(), time.monotonic())
        time.sleep(20)
        per_s = (self.cpu() - idle[0]) / (time.monotonic() - idle[1])  # what the server does without documents
        cpu = idle[0] - before[0] - per_s * (idle[1] - before[3])
        return {"registers": count, "creating the hosts, s": round(seconds), "rcache KiB a register": round((used(stats["rcache"]) - self.empty) / 1024 / count, 1),
                "index cache KB a register": round(used(stats["wcache"]["index"]) / 1000 / count, 1), "vcache KiB a register": round(used(stats["vcache"]["buffer"]) / 1024 / count, 1),
                "trend cache KiB a register": round(used(stats["wcache"]["trend"]) / 1024 / count, 1),
                "rows a document": round((self.rows() - before[2]) / documents, 1), "bytes a document": round((self.database() - before[1]) / documents),
                "CPU ms a document": round(cpu * 1000 / documents, 2), "CPU cores at rest": round(per_s, 3)}


def used(cache):
    return cache["total"] - cache["free"] if "free" in cache else cache["used"]


def children(pid):
    found = []
    try:
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += [child, *children(child)]
    except OSError:
        pass
    return found


def survive(cost, count):
    """Cold start, an hour's absence, restart: a line of each."""
    cost.grow(count)
    cost.settle()
    empty = used(cost.stats()["wcache"]["index"])

    def fact(what, job):
        with Peak(cost) as peak:
            refused = job()
            cost.settle()
        stats = cost.stats()
        alive = cost.stack.server.poll() is None
        print(f"{what}: {'alive' if alive else 'DEAD'}, refused {refused}, index cache at most {(peak.bytes - empty) / 1000 / count:.2f} KB a register, "
              f"HistoryIndexCacheSize {100 * peak.bytes / stats['wcache']['index']['total']:.0f} %, CacheSize {stats['rcache']['pused']:.0f} %, "
              f"ValueCacheSize {100 - stats['vcache']['buffer']['pfree']:.0f} %, TrendCacheSize {stats['wcache']['trend']['pused']:.0f} %", flush=True)
    fact("cold start, all first documents", cost.push)
    now = int(time.time())
    fact("the documents of an hour's absence", lambda: sum(cost.push(clock=now - 3600 + 300 * k) for k in range(12)))
    for what, job in (("restart, all send", cost.push), ("restart, all send at once while the database stands still", cost.stand_still)):
        cost.stack.stop_server()
        cost.stack.start_server()
        wait_for("the server to know the hosts", lambda: "processed: 1;" in cost.stack.send([("till-0", "kkt.closed", "0")]), 600, 2)
        fact(what, job)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--version", choices=list(roots.RELEASES), default="7.0")
    parser.add_argument("--registers", type=int, nargs="*", default=[12, 300, 1000, 3000])
    parser.add_argument("--turns", type=int, default=6, help="documents a register")
    parser.add_argument("--survive", type=int, default=0)
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    roots.enter(args.version)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the Zabbix ends with it
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-cost-"))
    folder.chmod(0o755)
    roots.Root(args.version).bind(folder, ROOT, args.build)
    try:
        base = document(args.build, folder)
        if args.survive:
            caches = next((text for most, text in CACHES.items() if args.survive <= most), LARGE)
            with Stack(folder / "default", args.version, f"{caches}\n{SYNCERS}") as stack:
                cost = Cost(stack, base)
                cost.prepare()
                survive(cost, args.survive)
            return 0
        with Stack(folder / "zabbix", args.version, f"{LARGE}\n{SYNCERS}") as stack:
            cost = Cost(stack, base)
            cost.prepare()
            print(f"{time.strftime('%Y-%m-%d')}, Zabbix {stack.api.version}, a document of {len(json.dumps(base, ensure_ascii=False).encode())} bytes; "
                  f"configuration cache without registers: {cost.empty / 2 ** 20:.1f} MiB", flush=True)
            for count in args.registers:
                print(json.dumps(cost.measure(count, args.turns)), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
