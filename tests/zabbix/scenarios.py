"""THE table of scenarios: name -> (trigger, severity, beginning of the English problem, what is changed at the register, its companion at platform 5).

The change is `group.key: value` in the emulator's state file (a callable gives the value), so the value goes through the register's protocol,
the client, the agent and Zabbix. What is not in the table of triggers by a number of its own stands in one of the lists (`alarms.*`).
"""
import datetime

DISASTER, HIGH, AVERAGE, WARNING, INFO = 5, 4, 3, 2, 1


def day(n):
    return lambda: (datetime.date.today() + datetime.timedelta(days=n)).isoformat()


def moment(**delta):
    return lambda: (datetime.datetime.now() + datetime.timedelta(**delta)).replace(microsecond=0).isoformat()


def flag(bit):
    return {"fn.flags": 1 << bit}


def unsent(**age):
    return {"ofd.unsent_count": 7, "ofd.first_unsent_number": 100, "ofd.first_unsent": moment(**age)}


def end(n):
    return {"fn.valid_until": day(n)}


BLOCKED = (DISASTER, "Register: blocked")
SCENARIOS = {
    "FN ends in 2 days": ("fn.left.crit", DISASTER, "FN: 2 days left. Replace it", end(2)),
    "FN ends in 9 days": ("fn.left.high", HIGH, "FN: 9 days left. Set a day", end(9)),
    "FN ends in 25 days": ("fn.left.warn", WARNING, "FN: 25 days left. Order", end(25)),
    "FN ends in 55 days": ("fn.left.info", INFO, "FN: 55 days left. Plan", end(55)),
    "resource of 8 days": ("fn.left.high", HIGH, "FN: 8 days left. Set a day", {"fn.resource_days": 8}),
    "unsent for 28 days": ("ofd.age.crit", DISASTER, "OFD: 7 not sent, the first waits 28 of 30 days", unsent(days=-28, minutes=-5)),
    "unsent for 21 days": ("ofd.age.high", HIGH, "OFD: 7 not sent, the first waits 21 of 30 days", unsent(days=-21, minutes=-5)),
    "unsent for 8 days": ("ofd.age.average", AVERAGE, "OFD: 7 not sent, the first waits 8 of 30 days", unsent(days=-8, minutes=-5)),
    "unsent for 4 days": ("ofd.age.warn", WARNING, "OFD: 7 not sent, the first waits 4 of 30 days", unsent(days=-4, minutes=-5)),
    "unsent for a day": ("ofd.age.info", INFO, "OFD: 7 not sent, the first waits 1 of 30 days", unsent(days=-1, minutes=-5)),
    "shift expired": ("shift.expired", HIGH, "Shift: open for more than 24 hours", {"shift.state": 2, "shift.expires": moment(hours=-1)}),
    "FN expired": ("alarms.disaster", DISASTER, "FN: expired on", end(-1)),
    "no FN": ("alarms.disaster", DISASTER, "FN: not found, the register does not sell. Urgent", {"fn.present": 0}),
    "FN closed": ("alarms.disaster", DISASTER, "FN: its archive is closed", {"fn.state": 7}),
    "critical error of the FN": ("alarms.disaster", DISASTER, "FN: critical error", flag(7)),
    "replace the FN now": ("alarms.disaster", DISASTER, "FN: up to 3 days are left by its own count", flag(0)),
    "register blocked": ("alarms.disaster", *BLOCKED, {"device.blocked": 1}),
    "hardware fault": ("alarms.disaster", DISASTER, "Register: a fatal hardware fault", {"faults.hardware": 1}),
    "other FN": ("alarms.disaster", DISASTER, "FN: ", {"faults.wrong_fn": 1}),
    "OFD annulled": ("alarms.high", HIGH, "OFD: its permission was annulled", flag(6)),
    "archive full": ("alarms.high", HIGH, "FN: the archive is 90-99 % full", flag(2)),
    "clock fault": ("alarms.high", HIGH, "Clock: real-time clock fault", {"faults.rtc": 1}, BLOCKED),
    "clock wrong by 400 s": ("alarms.high", HIGH, "Clock: > 5 min", {"device.clock_drift_s": 400}),
    "format control": ("alarms.average", AVERAGE, "OFD: format control refused", flag(4)),
    "set-up wanted": ("alarms.average", AVERAGE, "OFD: it asks to set the register up", flag(5)),
    "counters fault": ("alarms.average", AVERAGE, "Register: counters fault", {"faults.counters": 1}, BLOCKED),
    "printer fault": ("alarms.average", AVERAGE, "Printer: cutter fault", {"printer.cutter_error": 1}),
    "out of paper": ("alarms.warning", WARNING, "Paper: none. Put in a new roll", {"printer.paper_present": 0}),
    "clock wrong by 200 s": ("alarms.warning", WARNING, "Clock: > 2 min", {"device.clock_drift_s": -200}),
    "resource flag": ("alarms.warning", WARNING, "FN: its resource ends", flag(1)),
    "clock wrong by 5 days": ("alarms.high", HIGH, "Clock: the register's clock cannot be right. Close", {"device.clock_drift_s": 432000}),
    "marking notices for 4 days": ("alarms.average", AVERAGE, "ISM: > 3 d. Check", {"marking.unsent_count": 3, "marking.first_unsent": moment(days=-4)}),
    "clock battery low": ("alarms.warning", WARNING, "Clock: its battery is low. Have it replaced", {"device.clock_battery_low": 1}),
    "document open for 2 hours": ("alarms.warning", WARNING, "FN: a document has stayed open. Finish", {"fn.open_document_age_s": 7200}),
    "cover open": ("alarms.information", INFO, "Register: the cover is open. Close it", {"printer.cover_opened": 1}),
    "paper near its end": ("alarms.information", INFO, "Paper: near its end", {"printer.paper_near_end": 1}),
}
WAITS = {"ofd.unsent_count": 3, "ofd.first_unsent_number": 100, "ofd.first_unsent": moment(hours=-2)}
# What only the full templates watch: name -> (trigger, severity, English, Russian, the change at each protocol)
FULL = {
    "another register": ("device.serial.changed", INFO, "Register: another register: 00106112349999", "Касса: подключена другая ККТ: 00106112349999",
                         {"device.serial": "00106112349999"}),
    "FN replaced": ("fn.serial.changed", INFO, "FN: replaced: 9960440300129999", "ФН: заменён: 9960440300129999", {"fn.serial": "9960440300129999"}),
    "other firmware": ("device.firmware.changed", INFO, "Register: firmware changed: 5.99.1", "Касса: прошивка изменена: 5.99.1", {"device.firmware": "5.99.1"}),
    "other registration number": ("registration.number.changed", INFO, "Register: registration number changed: 0001234567098765",
                                  "Касса: регистрационный номер изменён: 0001234567098765", {"registration.number": "0001234567098765"}),
    "other FFD": ("registration.ffd_version.changed", INFO, "Register: FFD changed: 1.1", "Касса: версия ФФД изменена: 1.1", {"registration.ffd_version": 110}),
    "network error of the OFD": ("ofd.network_error", WARNING, "OFD: network error: ", "ОФД: ошибка сети: ", {"ofd.network_error": 5, **WAITS}),
    "error of the OFD": ("ofd.ofd_error", AVERAGE, "OFD: error of the OFD: ", "ОФД: ошибка ОФД: ", {"ofd.ofd_error": 3, **WAITS}),
    "error of the FN": ("ofd.fn_error", AVERAGE, "OFD: error of the FN: ", "ОФД: ошибка ФН: ", {"ofd.fn_error": 3, **WAITS}),
    "document stays open": ("fn.open_document", WARNING, "FN: a document has stayed open. Finish", "ФН: документ не завершён. Завершите", {"fn.open_document": 4}),
}
# The poll's own states, pushed as `serve` pushes them: name -> (trigger, severity, English, the document of which situation, what `serve` counts)
STATES = {
    "no answer for 20 minutes": ("unreachable", AVERAGE, "Register: does not answer. Check", "unreachable", {"unread_for_s": 1200}),
    "wrong answers for 20 minutes": ("failing", AVERAGE, "Poll: fails: wrong answer", "error", {"unread_for_s": 1200}),
    "no driver for 20 minutes": ("failing", AVERAGE, "Poll: fails: cannot be polled", "prerequisite", {"unread_for_s": 1200}),
    "busy for a day": ("failing", AVERAGE, "Poll: fails: port busy", "busy", {"unread_for_s": 86500}),
    "not read for 3 days": ("stale", HIGH, "Poll: the register has not been read for long", "unreachable", {"unread_for_s": 3 * 86400}),
    "partly read for an hour": ("partial", WARNING, "Poll: some requests fail", "partial", {"unread_for_s": 0, "state_for_s": 3700}),
}
# What must raise nothing
QUIET = {
    "never read, off, first poll": ("unreachable", {"unread_for_s": 0, "state_for_s": 0}),
    "no answer for 10 minutes": ("unreachable", {"unread_for_s": 600, "state_for_s": 600}),
    "busy for 5 hours": ("busy", {"unread_for_s": 18000, "state_for_s": 18000}),
    "partly read for half an hour": ("partial", {"unread_for_s": 0, "state_for_s": 1800}),
}
# The collector's: trigger -> (severity, English event name, what the health document says then)
COLLECTOR = {
    "serve.late": (WARNING, "Collector: 3 polls are late", {"polls": {"late": 3}}),
    "serve.spool": (WARNING, "Collector: 2000 values wait", {"spool": {"length": 2000}}),
    "serve.dropped": (AVERAGE, "Collector: 250 values lost", {"spool": {"dropped": 250}}),
    "serve.refused": (AVERAGE, "Collector: 12 values refused", {"spool": {"refused": 12}}),
    "serve.unreachable": (HIGH, "Collector: 30 registers do not answer", {"registers": {"ok": 70, "unreachable": 30}}),
    "serve.nodata": (HIGH, "Collector: silent", None),
}
