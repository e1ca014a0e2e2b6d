"""Registers whose clock or dates are wrong (shared/cases), on a real Zabbix: no alarm of the FN or of the OFD begins or ends because of it."""
import json
import os
import pathlib

from lanes import Register, wait_value
from scenarios import day, moment
from stack import wait_for

FOLDERS = [pathlib.Path(os.environ.get("ZA_CASES", "/nonexistent")), pathlib.Path(__file__).resolve().parents[3] / "shared/cases",
           pathlib.Path("/work/shared/cases")]
HOST = "pushed-cases"
# 12 documents unsent for 28 days, the FN ends in 2: what must stand whatever the register's clock says
OLD = {"fn.valid_until": day(2), "fn.resource_days": 400, "ofd.unsent_count": 12, "ofd.first_unsent_number": 10, "ofd.first_unsent": moment(days=-28, minutes=-5),
       "ofd.last_sent": moment(days=-28, hours=-1), "shift.state": 1}
WANTED = ("FN: 2 days left", "OFD: 12 not sent, the first waits 28 of 30 days")


def clock_of(case):
    """The register's clock in that case's state."""
    folder = next((f for f in FOLDERS if f.exists()), None)
    return json.loads((folder / f"{case}.json").read_text())["device"]["time"] if folder else None


def stand(suite, names):
    open_ = [e["name"] for e in suite.events.open_problems(HOST)]
    return all(any(name.startswith(wanted) for name in open_) for wanted in names)


def clocks(suite, box, register):
    box.update(text=suite.changed(register, OLD))
    wait_for("both disasters", lambda: stand(suite, WANTED), 60, 0.5)
    for case in ("clock-2000", "clock-2099", "clock-zero"):
        mark = suite.events.mark(HOST)
        box.update(text=suite.changed(register, {**OLD, "device.time": clock_of(case)}))
        polled = wait_value(suite.api, HOST, "kkt.poll.unread_for_s", lambda v: True)["lastclock"]
        wait_for("later documents", lambda: int(wait_value(suite.api, HOST, "kkt.poll.unread_for_s", lambda v: True)["lastclock"]) > int(polled) + 3, 30, 0.5)
        events = suite.events.since(HOST, mark)
        ended = [e["name"] for e in events if e["value"] == "0"]
        assert not ended, f"{case}: ended: {ended}"
        false = [e["name"] for e in events if e["value"] == "1" and e["name"].startswith(("FN", "OFD", "Shift"))]
        assert not false, f"{case}: begun: {false}"
        assert stand(suite, WANTED), case
        left, age = (wait_value(suite.api, HOST, key, lambda v: True) for key in ("kkt.fn.left", "kkt.ofd.first_unsent_age_s"))
        assert float(left["lastvalue"]) == 2, f"{case}: {left['lastvalue']} days left"
        assert int(age["lastclock"]) >= int(polled) and 28 <= int(age["lastvalue"]) / 86400 < 28.1, f"{case}: the first waits {age['lastvalue']} s"
        assert any(e["name"].startswith("Clock") for e in suite.events.open_problems(HOST)), f"{case}: the clock is not told"
    register.write({})
    box.update(text=suite.good)
    wait_for("all well", lambda: not suite.events.open_problems(HOST), 60, 0.5)


def fresh(suite, box, register):
    """An FN that is not yet in use has no term."""
    mark = suite.events.mark(HOST)
    box.update(text=suite.changed(register, {"device.fiscal": 0, "fn.state": 1, "fn.valid_until": "2000-01-01", "fn.last_document": 0, "shift.state": 0}))
    wait_for("the register is not registered", lambda: stand(suite, ("Register: not registered",)), 40, 0.5)
    bad = [e["name"] for e in suite.events.since(HOST, mark) if int(e["severity"]) > 2]
    assert not bad, bad
    box.update(text=suite.good)
    wait_for("all well", lambda: not suite.events.open_problems(HOST), 60, 0.5)


def undated(suite, box, register):
    """A queue without a date is never silent."""
    box.update(text=suite.changed(register, {"ofd.unsent_count": 5000, "ofd.first_unsent_number": 1, "ofd.first_unsent": "1970-01-01T00:00:00",
                                            "ofd.last_sent": "1970-01-01T00:00:00"}))
    wait_for("a problem of the OFD", lambda: stand(suite, ("OFD: ",)), 40, 0.5)
    register.write({})
    box.update(text=suite.good)
    wait_for("all well", lambda: not suite.events.open_problems(HOST), 60, 0.5)


def play(suite):
    if clock_of("clock-2000") is None:
        suite.note("registers with wrong clocks", "skip: the cases are not at hand; ZA_CASES=FOLDER names them")
        return
    box = suite.pusher(HOST)
    for protocol in ("5", "3"):
        register = Register(suite.args.build, suite.folder, f"cases-{protocol}", protocol).start()
        suite.registers.append(register)
        for what, job in (("a clock of 2000, of 2099, without a time: both disasters stand with right numbers", clocks),
                          ("a fresh FN with a term of 2000: no disaster", fresh),
                          ("documents unsent since nobody knows when: a problem", undated)):
            suite.trial(f"protocol {protocol}: {what}", lambda job=job, register=register: job(suite, box, register))
            box.update(text=suite.good)
    box["stop"] = True
