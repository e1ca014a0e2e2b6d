"""Scenarios on real agents: the change is made at the register."""
import json

from lanes import wait_value
from scenarios import FULL, SCENARIOS
from stack import wait_for
from zbx.triggers import ROWS


class Played:
    def told(self, register):
        """What a scenario may change at this register: the values that it tells when all is well."""
        metrics = json.loads(self.document(register.address))["metrics"]
        return {f"{g}.{k}" for g in metrics for k in metrics[g]} - {"fn.open_document_age_s"}  # that `serve` counts

    def play_lane(self, lane, register, rows, language, full):
        for name in rows:
            trigger, severity, text, changes, *companions = SCENARIOS[name]

            def expected():
                wanted = [(severity, text), *(c for c in companions if register.protocol == "5")]
                return wanted if language == "en" else [(s, self.russian(trigger, register, s)) for s, _ in wanted]
            lane.check(name, expected, lambda: register.write(changes), lambda: register.write({}))
        self.results += lane.results
        if full:
            self.play_full(lane, register, language)

    def play_full(self, lane, register, language):
        """The triggers of the full template; a change heals when the new value has been stored twice."""
        lane.results.clear()
        for name, (_, severity, *texts, changes) in FULL.items():
            if self.wanted(name):
                lane.check(name, [(severity, texts[language == "ru"])], lambda: register.write(changes), lambda: register.write({}))
        self.results += lane.results

    def russian(self, trigger, register, severity):
        """The Russian text of a trigger up to its first value; of a list, what the program itself says."""
        if not trigger.startswith("alarms."):
            return ROWS[trigger].event[1].split("{")[0]
        names = ("", "information", "warning", "average", "high", "disaster")
        return json.loads(self.document(register.address, lang="ru"))["health"]["alarms"].get(names[severity], "")

    def autonomous(self, lane, register):
        """An autonomous register with old unsent documents has no problem."""
        mark, old = self.events.mark(lane.host), SCENARIOS["unsent for 21 days"][3]
        register.write({"registration.autonomous": 1, **old})
        wait_value(self.api, lane.host, "kkt.ofd.unsent_count", lambda v: v == "7")
        settle(self.api, lane.host)
        register.write({})
        wait_value(self.api, lane.host, "kkt.ofd.unsent_count", lambda v: v == "0")
        assert not self.events.since(lane.host, mark), [e["name"] for e in self.events.since(lane.host, mark)]

    def dead(self, lane, register):
        """Switched off: one problem, the last values stay, nothing else; back again: all is well. On 7.0 with the server's own time-outs."""
        watched = ("kkt.fn.left", "kkt.printer.paper_present", "kkt.ofd.unsent_count", "kkt.fn.serial")

        def values():
            items = self.api("item.get", {"host": lane.host, "filter": {"key_": watched}, "output": ["key_", "lastvalue"]})
            return {i["key_"]: i["lastvalue"] for i in items}
        before, mark = values(), self.events.mark(lane.host)
        register.stop()
        assert self.events.wait(lane.host, mark, lambda e: e), "no problem came"
        settle(self.api, lane.host)
        names = [e["name"] for e in self.events.since(lane.host, mark)]
        assert len(names) == 1 and ("does not answer" in names[0] or "не отвечает" in names[0]), names
        assert values() == before and len(before) == 4, "the last values did not stay"
        register.start()
        assert self.events.wait(lane.host, mark, lambda e: e and not self.events.open_problems(lane.host)), "it did not heal"
        assert len(self.events.since(lane.host, mark)) == 2

    def heals(self, lane, register):
        """Three troubles, then dead, then back and healthy: every problem ends."""
        mark = self.events.mark(lane.host)
        register.write({"printer.paper_present": 0, "fn.flags": 0x90, "printer.cover_opened": 1})
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 4), "the troubles did not come"
        register.stop()
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 5), "no problem of the dead register"
        register.write({})
        register.start()
        assert self.events.wait(lane.host, mark, lambda e: len(e) >= 10 and not self.events.open_problems(lane.host)), \
            [e["name"] for e in self.events.open_problems(lane.host)]
        assert len(self.events.since(lane.host, mark)) == 10

    def faulty(self, lane, register):
        """The poll's states that an agent sees, made by the register itself."""
        for options, severity, text in ((("--fault", "bad-crc"), 3, "Poll: fails: wrong answer"), (("--fault", "error:03@A1*1000"), 2, "Poll: some requests fail")):
            mark = self.events.mark(lane.host)
            register.stop()
            register.start(*options)
            problems = self.events.wait(lane.host, mark, lambda e: any(int(x["severity"]) == severity and x["name"].startswith(text) for x in e), 40)
            register.stop()
            register.start()
            assert problems, (options, [e["name"] for e in self.events.since(lane.host, mark)])
            assert self.events.wait(lane.host, mark, lambda e: not self.events.open_problems(lane.host), 40), "it did not heal"

    def second_fault(self):
        """Each fault is told, the second too; with the setup tool's correlation one problem a list stands, and it names what is so now."""
        self.stack.reload()  # the correlation is the setup tool's
        name, box = "pushed-second", self.pusher("pushed-second")
        lists = ("Register: first. Do", "Register: first; Register: second. Do", "Register: second. Do")

        def stands():
            hostid = self.api("host.get", {"filter": {"host": [name]}, "output": ["hostid"]})[0]["hostid"]
            return [p["name"] for p in self.api("problem.get", {"hostids": [hostid], "output": ["name"]})]
        for text in lists:
            document = json.loads(self.good)
            document["health"]["alarms"]["average"] = text
            box.update(text=json.dumps(document))

            wait_for(f"the one problem {text}", lambda: stands() == [text], 40, 0.5)
        box.update(text=self.good)
        wait_for("no problem", lambda: stands() == [], 40, 0.5)
        box["stop"] = True


def settle(api, host, polls=4):
    """Waits until so many more polls have arrived."""
    now = int(wait_value(api, host, "kkt.polled_ts", lambda v: True)["lastvalue"])
    wait_value(api, host, "kkt.polled_ts", lambda v: int(v) >= now + polls)


