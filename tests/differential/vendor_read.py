"""Reads registers through the vendor's driver alone (tests/tools/vendor.py), for the differential suite: a port number
on each line of stdin, one JSON object of `group.key` values on each line of stdout. The table is this file's own."""
import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import vendor  # noqa: E402

TAGS = {1037: ("number", "s"), 1048: ("organization_name", "s"), 1018: ("organization_inn", "s"),
        1009: ("organization_address", "s"), 1117: ("organization_email", "s"), 1187: ("payments_address", "s"),
        1036: ("machine_number", "s"), 1017: ("ofd_inn", "s"), 1046: ("ofd_name", "s"), 1060: ("fns_url", "s"),
        1062: ("taxation", "i"), 1057: ("agent", "i"), 1209: ("ffd_version", "i"), 1001: ("auto_mode", "b"),
        1002: ("autonomous", "b"), 1056: ("encryption", "b"), 1108: ("internet", "b"), 1109: ("service", "b"),
        1110: ("bso", "b"), 1126: ("lottery", "b"), 1193: ("gambling", "b"), 1207: ("excise", "b"),
        1221: ("vending_printer", "b")}
QUERIES = {
    "DT_STATUS": [("device.model", "MODEL_NAME", "s"), ("device.model_code", "MODEL", "i"),
                  ("device.serial", "SERIAL_NUMBER", "s"), ("device.firmware", "UNIT_VERSION", "s"),
                  ("device.time", "DATE_TIME", "t"), ("device.blocked", "BLOCKED", "b"), ("device.fiscal", "FISCAL", "b"),
                  ("printer.paper_present", "RECEIPT_PAPER_PRESENT", "b"), ("printer.cover_opened", "COVER_OPENED", "b"),
                  ("printer.drawer_opened", "CASHDRAWER_OPENED", "b"), ("printer.cutter_error", "CUT_ERROR", "b"),
                  ("printer.overheat", "PRINTER_OVERHEAT", "b"), ("fn.present", "FN_PRESENT", "b"),
                  ("shift.receipt_number", "RECEIPT_NUMBER", "i")],
    "DT_SHIFT_STATE": [("shift.state", "SHIFT_STATE", "i"), ("shift.number", "SHIFT_NUMBER", "i"),
                       ("shift.expires", "DATE_TIME", "t")],
    "FNDT_FN_INFO": [("fn.serial", "SERIAL_NUMBER", "s"), ("fn.version", "FN_VERSION", "s"), ("fn.state", "FN_STATE", "i"),
                     ("fn.flags", "FN_FLAGS", "i"), ("fn.release", "FN_TYPE", "i")],
    "FNDT_OFD_EXCHANGE_STATUS": [("ofd.status", "OFD_EXCHANGE_STATUS", "i"), ("ofd.unsent_count", "DOCUMENTS_COUNT", "i"),
                                 ("ofd.first_unsent_number", "DOCUMENT_NUMBER", "i"),
                                 ("ofd.first_unsent", "DATE_TIME", "t"), ("ofd.message_read", "OFD_MESSAGE_READ", "b")],
    "FNDT_ERRORS": [("ofd.network_error", "NETWORK_ERROR", "i"), ("ofd.ofd_error", "OFD_ERROR", "i"),
                    ("ofd.fn_error", "FN_ERROR", "i"), ("ofd.error_document", "DOCUMENT_NUMBER", "i"),
                    ("ofd.error_command", "COMMAND_CODE", "i")],
    "FNDT_VALIDITY": [("fn.valid_until", "DATE_TIME", "d"), ("fn.registrations_done", "REGISTRATIONS_COUNT", "i"),
                      ("fn.registrations_left", "REGISTRATIONS_REMAIN", "i")],
    "FNDT_LAST_REGISTRATION": [("registration.date", "DATE_TIME", "d")],
    "FNDT_LAST_DOCUMENT": [("fn.last_document", "DOCUMENT_NUMBER", "i"), ("fn.last_document_time", "DATE_TIME", "t")],
    "DT_LAST_SENT_OFD_DOCUMENT_DATE_TIME": [("ofd.last_sent", "DATE_TIME", "t")],
    "DT_PRINTER_TEMPERATURE": [("printer.temperature_c", "PRINTER_TEMPERATURE", "i")],
    "DT_CASH_SUM": [("counters.cash_kop", "SUM", "m")],
    "DT_CASHIN_COUNT": [("counters.cash_ins", "DOCUMENTS_COUNT", "i")], "DT_CASHIN_SUM": [("counters.cash_in_kop", "SUM", "m")],
    "DT_CASHOUT_COUNT": [("counters.cash_outs", "DOCUMENTS_COUNT", "i")], "DT_CASHOUT_SUM": [("counters.cash_out_kop", "SUM", "m")],
    "DT_RECEIPT_COUNT/1": [("counters.sell_receipts", "DOCUMENTS_COUNT", "i")],
    "DT_RECEIPT_COUNT/2": [("counters.sell_return_receipts", "DOCUMENTS_COUNT", "i")],
    "DT_RECEIPT_COUNT/4": [("counters.buy_receipts", "DOCUMENTS_COUNT", "i")],
    "DT_RECEIPT_COUNT/5": [("counters.buy_return_receipts", "DOCUMENTS_COUNT", "i")],
    "DT_CUTTER_RESOURCE": [("counters.cutter_work", "COUNT", "i")], "DT_TERMAL_RESOURCE": [("counters.head_work", "COUNT", "i")],
    "FNDT_REG_INFO": [("registration." + key, tag, kind) for tag, (key, kind) in TAGS.items()],
}
ONLY_3 = {"DT_DEVICE_UPTIME": [("device.uptime_s", "DEVICE_UPTIME", "i")], "DT_REVENUE": [("counters.revenue_kop", "SUM", "m")],
          "FNDT_DOCUMENTS_COUNT_IN_SHIFT": [("counters.shift_documents", "DOCUMENTS_COUNT", "i")]}
INPUTS = {"FNDT_VALIDITY_DAYS": {"DATE_TIME": datetime.datetime(2026, 1, 1)}, "DT_CUTTER_RESOURCE": {"COUNTER_TYPE": 0},
          "DT_TERMAL_RESOURCE": {"COUNTER_TYPE": 0}}
ONLY_5 = {"DT_FATAL_STATUS": [("faults." + key, param, "b") for key, param in (
    ("no_serial_number", "NO_SERIAL_NUMBER"), ("rtc", "RTC_FAULT"), ("settings", "SETTINGS_FAULT"),
    ("counters", "COUNTERS_FAULT"), ("user_memory", "USER_MEMORY_FAULT"), ("service_counters", "SERVICE_COUNTERS_FAULT"),
    ("attributes", "ATTRIBUTES_FAULT"), ("fn", "FN_FAULT"), ("wrong_fn", "INVALID_FN"), ("hardware", "HARD_FAULT"),
    ("memory_manager", "MEMORY_MANAGER_FAULT"), ("scripts", "SCRIPTS_FAULT"), ("wait_for_reboot", "WAIT_FOR_REBOOT"),
    ("universal_counters", "UNIVERSAL_COUNTERS_FAULT"))],
    "FNDT_FREE_MEMORY": [("fn.free_memory_30d", "FREE_MEMORY", "i")],
    "FNDT_VALIDITY_DAYS": [("fn.resource_days", "FN_DAYS_REMAIN", "i")]}
WITHOUT_FN = ("FNDT_",)
UNREGISTERED = ("FNDT_LAST_REGISTRATION",)  # a register that was never registered refuses these
NOT_SUPPORTED = 11


def value(driver, param, kind):
    if kind == "b":
        return int(driver.bool(param))
    if kind == "i":
        return driver.int(param)
    if kind == "m":
        return round(driver.double(param) * 100)
    if kind == "s":
        return driver.str(param)
    return driver.time(param)[:10] if kind == "d" else driver.time(param)


def read(port, protocol):
    driver = vendor.Driver(Port=2, Model=500, IPAddress="127.0.0.1", IPPort=port, AutoReconnect="false", OfdChannel=0)
    found = {}
    try:
        driver.open()
        for query, rows in {**QUERIES, **(ONLY_3 if protocol == 3 else ONLY_5)}.items():
            if found.get("fn.present") == 0 and query.startswith(WITHOUT_FN):
                continue
            name, _, receipt = query.partition("/")
            try:
                driver.query(name, **INPUTS.get(name, {}), **({"RECEIPT_TYPE": int(receipt)} if receipt else {}))
            except vendor.DriverError as error:
                if name not in UNREGISTERED or error.code != NOT_SUPPORTED:
                    raise
                continue
            for key, param, kind in rows:
                found[key] = value(driver, param, kind)
        driver.close()
    finally:
        driver.destroy()
    return found


def main():
    protocol = int(sys.argv[1])
    for line in sys.stdin:
        try:
            answer = read(int(line), protocol)
        except vendor.DriverError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer, ensure_ascii=False), flush=True)


main()
