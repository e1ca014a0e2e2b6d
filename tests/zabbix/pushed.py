"""Scenarios of the trapper template: documents as `serve` pushes them, and the collector's own."""
import json
import threading
import time

from lanes import Lane, Register, wait_value
from scenarios import COLLECTOR, FULL, QUIET, SCENARIOS, STATES
from stack import wait_for
from zbx.names import DOCUMENT_KEY, SERVE_KEY

FAST = {"{$KKT.HEALTH.INTERVAL}": "5s"}
PUSHED_HOSTS = {"pushed-values": FAST, "pushed-states": FAST, "pushed-quiet": FAST, "pushed-second": FAST, "pushed-cases": FAST,
                "pushed-silent": {**FAST, "{$KKT.NODATA.TIME}": "30s"}, "pushed-closed": {**FAST, "{$KKT.NODATA.TIME}": "30s"}}
READ = {"unread_for_s": 0, "state_for_s": 3600}


class Pushed:
    def push(self, host, text, counts=None):
        document = json.loads(text)
        document["polled_ts"] = int(time.time())
        document.setdefault("poll", {}).update(counts or READ)
        return self.stack.send([(host, DOCUMENT_KEY, json.dumps(document, ensure_ascii=False, separators=(",", ":")))])

    def pusher(self, host, text="", counts=None):
        """Pushes box["text"] (and box["closed"]) to the host each half second, until box["stop"]. With a good document it waits until it stands
        there and all is well."""
        box = {"text": text or self.good, "counts": counts, "closed": None, "stop": False}

        def run():
            while not box["stop"]:
                if box["text"]:
                    self.push(host, box["text"], box["counts"])
                if box["closed"] is not None:
                    self.stack.send([(host, "kkt.closed", str(box["closed"]))])
                time.sleep(0.5)
        threading.Thread(target=run, daemon=True).start()
        if box["text"] == self.good:
            wait_value(self.api, host, "kkt.health.read", lambda v: v == "0", 60)
            self.events.wait(host, 0, lambda events: not self.events.open_problems_of(events), 90)  # "no data" of the time before
        return box

    def situations(self):
        """The documents that `get` really gives."""
        faulty = Register(self.args.build, self.folder, "faulty", "5").start("--fault", "error:03@A1*1000")
        busy = Register(self.args.build, self.folder, "busy", "5").start("--fault", "busy")
        noisy = Register(self.args.build, self.folder, "noisy", "5").start("--fault", "bad-crc")
        self.registers += [faulty, busy, noisy]
        found = {"unreachable": self.document("tcp://127.0.0.1:1"), "error": self.document(noisy.address),
                 "prerequisite": self.document("driver:tcp/127.0.0.1:1?lib=/no/such/libfptr10.so"),
                 "busy": self.document(busy.address), "partial": self.document(faulty.address)}
        for want, text in found.items():
            state = json.loads(text)["state"]
            self.note(f"get gives state {want}", "" if state == want else f"it gave {state}: {json.loads(text)['error']}")
        return found

    def changed(self, register, changes):
        """The document of a register that begins with these changes."""
        register.stop()
        register.write(changes)
        register.start()
        return self.document(register.address)

    def play_values(self):
        """Each scenario once more on the trapper template, by the document of a register in that state."""
        register = Register(self.args.build, self.folder, "values", "5").start()
        self.registers.append(register)
        lane, box, told = Lane("pushed", self.events, "pushed-values"), self.pusher("pushed-values"), self.told(register)
        for name, (trigger, severity, text, changes, *companions) in SCENARIOS.items():
            if not self.wanted(name):
                continue

            def apply():
                if set(changes) <= told:
                    box.update(text=self.changed(register, changes))
                    return
                document = json.loads(self.good)  # what the register cannot be made to tell is put in, with the list that the program would make
                names = ("", "information", "warning", "average", "high", "disaster")
                document["health"]["alarms"][names[severity]] = text
                box.update(text=json.dumps(document))

            def expected():
                return [(severity, text), *(companions if set(changes) <= told else [])]
            lane.check(name, expected, apply, lambda: box.update(text=self.good))
        box["stop"] = True
        self.results += lane.results

    def play_pushed_full(self):
        register = Register(self.args.build, self.folder, "full", "5").start()
        self.registers.append(register)
        lane, box = Lane("pushed full", self.events, "pushed-full"), self.pusher("pushed-full")
        for name, (trigger, severity, text, _, changes) in FULL.items():
            if self.wanted(name) and trigger != "fn.open_document":  # there `serve` counts
                lane.check(name, [(severity, text)], lambda: box.update(text=self.changed(register, changes)), lambda: box.update(text=self.good))
        box["stop"] = True
        self.results += lane.results

    def play_states(self):
        situations = self.situations()
        lane, box = Lane("pushed", self.events, "pushed-states"), self.pusher("pushed-states")
        for name, (_, severity, text, situation, counts) in STATES.items():
            if self.wanted(name):
                lane.check(name, [(severity, text)], lambda: box.update(counts={**READ, **counts}, text=situations[situation]),
                           lambda: box.update(text=self.good, counts=READ))
        box["stop"] = True
        quiet, host = self.pusher("pushed-quiet"), "pushed-quiet"
        for name, (situation, counts) in QUIET.items():
            mark = self.events.mark(host)
            quiet.update(text=situations[situation], counts=counts)
            code = str(json.loads(situations[situation])["health"]["code"])
            wait_value(self.api, host, "kkt.health.read", lambda v: v == code)
            wait_value(self.api, host, "kkt.poll.unread_for_s", lambda v: int(v) == counts["unread_for_s"])
            time.sleep(3)  # nothing comes: there is no event to wait for
            names = [e["name"] for e in self.events.since(host, mark)]
            self.note(f"quiet: {name}", f"{names}" if names else "")
        quiet["stop"] = True
        self.results += lane.results

    def play_silence(self):
        """No data, closed shop, and what the calculated health says then."""
        if not self.wanted("no data"):
            return
        shut, quiet = self.pusher("pushed-closed"), self.pusher("pushed-silent")
        wait_value(self.api, "pushed-silent", "kkt.health", lambda v: v == "0", 60)
        self.note("health: well", "")
        shut.update(text="", closed=1)
        lane, mark = Lane("pushed", self.events, "pushed-silent"), self.events.mark("pushed-closed")

        def silence():
            quiet.update(text="")
            wait_value(self.api, "pushed-silent", "kkt.health", lambda v: v == "301", 90)
        lane.check("no data", [(3, "Poll: no data. Check the computer")], silence, lambda: quiet.update(text=self.good), timeout=120)
        wait_value(self.api, "pushed-silent", "kkt.health", lambda v: v == "0", 60)
        wait_value(self.api, "pushed-closed", "kkt.health", lambda v: v == "1", 60)
        self.note("health: 301 without data, 1 in a closed shop, 0 again", "")
        names = [e["name"] for e in self.events.since("pushed-closed", mark)]
        self.note("no data: no problem while the shop is closed", f"{names}" if names else "")
        closed = Lane("pushed", self.events, "pushed-closed")
        closed.check("no data, closed and silent", [(3, "Poll: no data. Check the computer")], lambda: shut.update(closed=None),
                     lambda: shut.update(closed=1), timeout=120)
        quiet["stop"] = shut["stop"] = True
        self.results += lane.results + closed.results

    def play_collector(self):
        """The collector's own triggers, on the health document that `serve` pushes; and the lists that it discovers."""
        lane = Lane("collector", self.events, "pushed-collector")
        well = {"registers": {"total": 100, "ok": 100, "partial": 0, "busy": 0, "unreachable": 0, "error": 0, "prerequisite": 0},
                "polls": {"late": 0, "per_s": 1.5}, "spool": {"length": 0, "dropped": 0, "refused": 0}, "memory_kb": 9000,
                "firmware": [{"version": "5.17.0", "count": 99}, {"version": "5.16.2", "count": 1}], "fn_ends": [{"month": "2027-01", "count": 4}]}
        box = {"health": well, "stop": False}

        def run():
            while not box["stop"]:
                if box["health"]:
                    self.stack.send([(lane.host, SERVE_KEY, json.dumps({**box["health"], "polled_ts": int(time.time())}))])
                time.sleep(1)
        threading.Thread(target=run, daemon=True).start()
        wait_value(self.api, lane.host, "kkt.serve.spool.refused", lambda v: v == "0", 60)
        self.events.wait(lane.host, 0, lambda events: not self.events.open_problems_of(events), 90)
        counters = {}  # they only grow

        def health(changes):
            return {key: {**part, **(counters if key == "spool" else {}), **changes.get(key, {})} if isinstance(part, dict) else part
                    for key, part in well.items()}
        for name, (severity, text, changes) in COLLECTOR.items():
            if self.wanted(name):
                trouble = changes and health(changes)
                counters.update({k: v for k, v in (changes or {}).get("spool", {}).items() if k != "length"})
                lane.check(name, [(severity, text)], lambda: box.update(health=trouble), lambda: box.update(health=health({})), timeout=120)
        self.trial("collector: firmware and months of FN ends are discovered", self.lists)
        box["stop"] = True
        self.results += lane.results

    def lists(self):
        wait_for("the items of both lists", lambda: all(self.api("item.get", {"host": "pushed-collector", "filter": {"key_": key}, "output": ["itemid"]})
                                                        for key in ("kkt.serve.firmware[5.17.0]", "kkt.serve.fn_ends[2027-01]")), 90, 1)
        self.stack.reload()
        wait_value(self.api, "pushed-collector", "kkt.serve.firmware[5.17.0]", lambda v: v == "99", 60)
        wait_value(self.api, "pushed-collector", "kkt.serve.fn_ends[2027-01]", lambda v: v == "4", 60)
