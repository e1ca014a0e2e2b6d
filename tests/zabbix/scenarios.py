"""THE table of scenarios: trigger -> (severity, English event name, what is changed at the register, its companion at platform 5 if any).

The change is `group.key: value` in the emulator's state file (a callable gets the healthy state and gives the value), so the value
goes through the register's protocol, the client, the agent and Zabbix.
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


def exchange(key, code):
    return {**unsent(minutes=-5), f"ofd.{key}": code}


SCENARIOS = {
    "fn.expired": (DISASTER, "FN has expired: -1 days", {"fn.valid_until": day(-1)}),
    "fn.days_left.crit": (DISASTER, "FN expires, limit 3: 2 days left", {"fn.valid_until": day(2)}),
    "fn.days_left.high": (HIGH, "FN expires, limit 10: 9 days left", {"fn.valid_until": day(9)}),
    "fn.days_left.warn": (WARNING, "FN expires, limit 30: 25 days left", {"fn.valid_until": day(25)}),
    "fn.days_left.info": (INFO, "FN expires, limit 60: 55 days left", {"fn.valid_until": day(55)}),
    "fn.resource_days.high": (HIGH, "Resource of the FN ends, limit 10: 8 days left", {"fn.resource_days": 8}),
    "fn.resource_days.warn": (WARNING, "Resource of the FN ends, limit 30: 20 days left", {"fn.resource_days": 20}),
    "fn.present": (DISASTER, "FN is not found: NOT FOUND (0)", {"fn.present": 0}),
    "fn.phase": (DISASTER, "FN is closed: Post-fiscal (7)", {"fn.state": 7}),
    "fn.new": (INFO, "FN is not activated: Ready for activation (1)", {"fn.state": 1}),
    "fn.debug": (WARNING, "Debug FN (МГМ) is installed; a production one: No (0)", {"fn.release": 0}),
    "fn.need_replacement": (DISASTER, "FN flag 0, replace the FN now (3 days): SET (1)", flag(0)),
    "fn.resource_exhausted": (WARNING, "FN flag 1, resource ends (30 days): SET (1)", flag(1)),
    "fn.memory_overflow": (HIGH, "FN flag 2, archive is full (90-99 %): SET (1)", flag(2)),
    "fn.ofd_timeout": (INFO, "FN flag 3, OFD has not answered in time: SET (1)", flag(3)),
    "fn.flc_refusal": (AVERAGE, "FN flag 4, format control refused a document: SET (1)", flag(4)),
    "fn.needs_setup": (AVERAGE, "FN flag 5, OFD asks to set the register up: SET (1)", flag(5)),
    "fn.ofd_annulled": (HIGH, "FN flag 6, OFD annulled: SET (1)", flag(6)),
    "fn.critical_error": (DISASTER, "FN flag 7, critical error: SET (1)", flag(7)),
    "fn.documents": (WARNING, "FN fills up: room for 900 docs (limit 10000)", {"fn.free_documents_5y": 900}),
    "ofd.age.crit": (DISASTER, "Documents are not sent to the OFD, limit 27d: the first is 28d", unsent(days=-28, minutes=-5)),
    "ofd.age.high": (HIGH, "Documents are not sent to the OFD, limit 20d: the first is 21d", unsent(days=-21, minutes=-5)),
    "ofd.age.average": (AVERAGE, "Documents are not sent to the OFD, limit 7d: the first is 8d", unsent(days=-8, minutes=-5)),
    "ofd.age.warn": (WARNING, "Documents are not sent to the OFD, limit 3d: the first is 4d", unsent(days=-4, minutes=-5)),
    "ofd.age.info": (INFO, "Documents are not sent to the OFD, limit 24h: the first is 1d", unsent(days=-1, minutes=-5)),
    "ofd.network_error": (WARNING, "Network error of the exchange with the OFD: code 5, ", exchange("network_error", 5)),
    "ofd.ofd_error": (AVERAGE, "Error of the OFD: code 14, ", exchange("ofd_error", 14)),
    "ofd.fn_error": (AVERAGE, "Error of the FN in the exchange with the OFD: code 32, ", exchange("fn_error", 32)),
    "shift.expired": (HIGH, "Shift is open for more than 24 hours: EXPIRED (> 24 h) (2)", {"shift.state": 2, "shift.expires": moment(hours=-1)}),
    "shift.expires": (WARNING, "Shift reaches 24 hours soon: in ", {"shift.state": 1, "shift.expires": moment(hours=1)}),
    "printer.paper": (WARNING, "Out of paper: Out of paper (0)", {"printer.paper_present": 0}),
    "printer.paper_near_end": (INFO, "Paper is near its end: Running out (1)", {"printer.paper_near_end": 1}),
    "printer.cover": (INFO, "Cover is open: Open (1)", {"printer.cover_opened": 1}),
    "printer.error": (AVERAGE, "Printer fault: FAULT (1)", {"printer.error": 1}),
    "printer.cutter_error": (AVERAGE, "Cutter fault: FAULT (1)", {"printer.cutter_error": 1}),
    "printer.overheat": (AVERAGE, "Print head is overheated: FAULT (1)", {"printer.overheat": 1}),
    "printer.connection_lost": (AVERAGE, "No connection with the printer: FAULT (1)", {"printer.connection_lost": 1}),
    "device.blocked": (DISASTER, "Register is blocked: FAULT (1)", {"device.blocked": 1}),
    "faults.fn": (DISASTER, "Fatal fault of the FN: FAULT (1)", {"faults.fn": 1}),
    "faults.wrong_fn": (DISASTER, "FN of another register: FAULT (1)", {"faults.wrong_fn": 1}),
    "faults.hardware": (DISASTER, "Fatal hardware fault: FAULT (1)", {"faults.hardware": 1}),
    "faults.rtc": (HIGH, "Clock fault: FAULT (1)", {"faults.rtc": 1}, "device.blocked"),
    "faults.no_serial_number": (AVERAGE, "Serial number is not entered: FAULT (1)", {"faults.no_serial_number": 1}, "device.blocked"),
    "faults.settings": (AVERAGE, "Settings fault: FAULT (1)", {"faults.settings": 1}, "device.blocked"),
    "faults.counters": (AVERAGE, "Counters fault: FAULT (1)", {"faults.counters": 1}, "device.blocked"),
    "faults.user_memory": (AVERAGE, "User memory fault: FAULT (1)", {"faults.user_memory": 1}, "device.blocked"),
    "faults.service_counters": (AVERAGE, "Service registers fault: FAULT (1)", {"faults.service_counters": 1}, "device.blocked"),
    "faults.attributes": (AVERAGE, "Attributes fault: FAULT (1)", {"faults.attributes": 1}, "device.blocked"),
    "faults.memory_manager": (AVERAGE, "Memory manager fault: FAULT (1)", {"faults.memory_manager": 1}, "device.blocked"),
    "faults.scripts": (AVERAGE, "Templates are damaged: FAULT (1)", {"faults.scripts": 1}, "device.blocked"),
    "faults.wait_for_reboot": (AVERAGE, "Register waits for a reboot: FAULT (1)", {"faults.wait_for_reboot": 1}, "device.blocked"),
    "faults.universal_counters": (AVERAGE, "Universal counters fault: FAULT (1)", {"faults.universal_counters": 1}, "device.blocked"),
    "faults.commodities_table": (AVERAGE, "Commodities table fault: FAULT (1)", {"faults.commodities_table": 1}, "device.blocked"),
    "device.clock.high": (HIGH, "Clock is wrong, limit 300 s: by ", {"device.clock_drift_s": 400}),
    "device.clock.warn": (WARNING, "Clock is wrong, limit 120 s: by ", {"device.clock_drift_s": -200}),
    "power.battery": (WARNING, "Battery is low: 5 % (limit 15 %)", {"power.battery_percent": 5, "power.on_battery": 1}),
    "device.serial.changed": (INFO, "Another register: now 00106199999999", {"device.serial": "00106199999999"}),
    "fn.serial.changed": (INFO, "FN was replaced: now 9960440399999999", {"fn.serial": "9960440399999999"}),
    "device.firmware.changed": (INFO, "Firmware was changed: now ", {"device.firmware": "5.18.1"}),
    "registration.number.changed": (INFO, "Registration number was changed: now 0009999999999999", {"registration.number": "0009999999999999"}),
    "registration.ffd_version.changed": (INFO, "Fiscal data format was changed: now 1.1 (110)", {"registration.ffd_version": 110}),
}
# The poll's own states: made by a document that `zabbix-atol get` gives in that situation, pushed to the trapper template; the event name holds
# the document's error text after these words.
POLL_STATES = {
    "unreachable": (AVERAGE, "The register does not answer (4s): "), "error": (AVERAGE, "The register answers wrongly (4s): "),
    "prerequisite": (AVERAGE, "What the poll needs is missing (4s): "),
    "busy": (AVERAGE, "The port is used by another program for 2s or from the beginning: "),
    "stale": (HIGH, "The register was not read for 3s or has never been: "), "partial": (WARNING, "Some requests fail (4s): "),
    "nodata": (AVERAGE, "No data for 30s"),
}
# The collector's: trigger -> (severity, English event name, what the health document says then)
COLLECTOR = {
    "serve.late": (WARNING, "Polls are late, limit 0: 3", {"polls": {"late": 3}}),
    "serve.spool": (WARNING, "Values wait to be pushed, limit 1000: 2000", {"spool": {"length": 2000}}),
    "serve.dropped": (AVERAGE, "Values are lost, the spool is full, in all: 250", {"spool": {"dropped": 250}}),
    "serve.refused": (AVERAGE, "Zabbix refuses values, since the start: 12", {"spool": {"refused": 12}}),
    "serve.unreachable": (HIGH, "Many registers do not answer, more than 20 %: 30", {"registers": {"ok": 70, "unreachable": 30}}),
    "serve.nodata": (HIGH, "The collector is silent for 30s", None),
}
