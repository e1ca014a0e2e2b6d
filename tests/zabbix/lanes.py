"""One lane = one emulated register + one host of Zabbix; scenarios of a lane run one after another."""
import copy
import json
import pathlib
import subprocess
import threading
import time

from stack import free_port, wait_for
from zbx.api import ApiError

ONCE = ("component", "subject", "who")  # tags that each problem has once


class Events:
    """All events of all triggers in order, read from the API by one thread; `wait` looks at one host's events."""

    def __init__(self, api):
        self.api, self.by_host, self.last = api, {}, 0
        self.recovered, self.echoes = {}, {}
        self.changed = threading.Condition()
        self.stopped = False
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.stopped:
            try:
                fresh = self.api("event.get", {"source": 0, "object": 0, "eventid_from": self.last + 1, "sortfield": "eventid",
                                               "selectHosts": ["host"], "selectTags": ["tag", "value"],
                                               "output": ["eventid", "objectid", "name", "severity", "value", "opdata", "clock"], "limit": 500})
            except (OSError, ApiError):  # the next one sees what this one missed
                fresh = []
            with self.changed:
                for event in fresh:
                    self.last = int(event["eventid"])
                    if self._echo(event):
                        continue
                    for host in event["hosts"]:
                        self.by_host.setdefault(host["host"], []).append(event)
                self.changed.notify_all()
            time.sleep(0.4)

    def _echo(self, event):
        """A problem found for a moment before the trigger's recovery, and its own end. Zabbix looks at a trigger of several items, or with time(),
        for the second of each item's value or of the clock; at one poll a second the recovery of a later second may be there already."""
        trigger, clock = event["objectid"], int(event["clock"])
        if event["value"] == "1" and clock <= self.recovered.get(trigger, 0):
            self.echoes[trigger] = {host["host"] for host in event["hosts"]}
            return True
        if event["value"] == "0":
            self.recovered[trigger] = clock
            if trigger in self.echoes:
                del self.echoes[trigger]
                return True
        return False

    def echoing(self, host):
        """An echo has not ended yet: what is made now would keep it open, and no problem of its own would come."""
        with self.changed:
            return any(host in hosts for hosts in self.echoes.values())

    def last_recovery(self, host):
        return max((int(e["clock"]) for e in self.since(host, 0) if e["value"] == "0"), default=0)

    def since(self, host, mark):
        with self.changed:
            return list(self.by_host.get(host, []))[mark:]

    def mark(self, host):
        return len(self.since(host, 0))

    def wait(self, host, mark, condition, timeout=60):
        """Waits until `condition(events since mark)` is true; returns the events, or None when the time is over."""
        end = time.monotonic() + timeout
        with self.changed:
            while time.monotonic() < end:
                events = list(self.by_host.get(host, []))[mark:]
                if condition(events):
                    return events
                self.changed.wait(1)
        return None

    def open_problems(self, host):
        state = {}
        for event in self.since(host, 0):
            state[event["objectid"]] = event
        return [e for e in state.values() if e["value"] == "1"]


class Register:
    """An emulator with its state file."""

    def __init__(self, build, folder, name, protocol):
        self.program, self.protocol = str(pathlib.Path(build) / "emulator/atol-emulator"), protocol
        self.state_file = pathlib.Path(folder) / f"{name}.state.json"
        self.base = json.loads(subprocess.run([self.program, "--protocol", protocol, "--dump-state"], check=True, capture_output=True).stdout)
        self.port, self.process = free_port(), None
        self.address = f"tcp://127.0.0.1:{self.port}"

    def write(self, changes):
        state = copy.deepcopy(self.base)
        for name, value in changes.items():
            group, key = name.split(".")
            state.setdefault(group, {})[key] = value() if callable(value) else value
        temporary = self.state_file.with_suffix(".new")
        temporary.write_text(json.dumps(state, ensure_ascii=False))
        temporary.rename(self.state_file)
        return state

    def start(self, *options):
        if not self.state_file.exists():
            self.write({})
        self.process = subprocess.Popen([self.program, "--protocol", self.protocol, "--tcp", f"127.0.0.1:{self.port}", "--state",
                                         str(self.state_file),
                                         "--clients", "many", *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.strip() == "ready":
                return self
        raise RuntimeError("the emulator did not start")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


class Lane:
    def __init__(self, name, events, host):
        self.name, self.events, self.host = name, events, host
        self.results = []

    def check(self, what, expected, apply, revert, timeout=150):
        """apply() -> exactly the expected problems, each (severity, beginning of its text); revert() -> exactly their recoveries. Appends
        (what, "" or why not, seconds) to the results and returns the problems. `expected` may be a function: it is asked after apply()."""
        begin, mark = time.monotonic(), self.events.mark(self.host)
        wait_for("the second after the last recovery", lambda: time.time() >= self.events.last_recovery(self.host) + 1, 10, 0.05)  # see Events._echo
        wait_for("the end of an echo", lambda: not self.events.echoing(self.host), timeout, 0.05)
        why, problems = "", []
        if self.events.open_problems(self.host):
            why = f"open before: {[e['name'] for e in self.events.open_problems(self.host)]}"
        else:
            apply()
            expected = expected() if callable(expected) else expected
            if self.events.wait(self.host, mark, lambda events: sum(e["value"] == "1" for e in events) >= len(expected), timeout) is None:
                why = "no problem came"
            revert()
            if not self.events.wait(self.host, mark, lambda events: not self.events.open_problems_of(events), timeout):
                why = why or "no recovery came"
            problems = [e for e in self.events.since(self.host, mark) if e["value"] == "1"]
            why = why or self.differ(problems, expected)
        self.note(what, why, begin)
        return problems

    def note(self, what, why, begin):
        seconds = time.monotonic() - begin
        self.results.append((what, why, seconds))
        print(f"{'ok  ' if not why else 'FAIL'} {self.name:<10} {what:<30} {seconds:5.1f} s {why}", flush=True)

    def differ(self, problems, expected):
        wanted = sorted(expected)
        got = sorted((int(e["severity"]), e["name"]) for e in problems)
        if len(got) != len(wanted) or not all(g[0] == w[0] and g[1].startswith(w[1]) for g, w in zip(got, wanted)):
            return f"wanted {wanted}, got {got}"
        for event in problems:
            for name in ONCE:
                values = {t["value"] for t in event["tags"] if t["tag"] == name}
                if len(values) != 1:
                    return f"{event['name']}: tag {name}: {sorted(values)}"
        wrong = next((e for e in problems if "*UNKNOWN*" in e["name"] + e["opdata"] or "{" in e["name"]), None)
        return f"unresolved: {wrong['name']}, {wrong['opdata']}" if wrong else next((f"too long: {e['name']}" for e in problems if len(e["name"]) > 90 and "; " not in e["name"]), "")


def open_problems_of(events):
    state = {}
    for event in events:
        state[event["objectid"]] = event["value"]
    return [o for o, value in state.items() if value == "1"]


Events.open_problems_of = staticmethod(open_problems_of)


def wait_value(api, host, key, condition, timeout=60):
    """Waits until the last value of an item fulfils the condition; returns the item."""
    def look():
        items = api("item.get", {"host": host, "filter": {"key_": key}, "output": ["lastvalue", "lastclock", "status", "error"]})
        return items and items[0]["lastclock"] != "0" and condition(items[0]["lastvalue"]) and items[0]
    return wait_for(f"{host} {key}", look, timeout, 0.5)
