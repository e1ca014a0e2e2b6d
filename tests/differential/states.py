"""Random states of a register, and what may be told of them. One seed gives one state, on any machine."""
import datetime
import functools
import json
import os
import random
import subprocess

# CP866 has these and the printer's charset leaves them alone; `;`, `~`, quotes and & are what a protocol could trip on.
LETTERS = ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя" "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" "abcxyzABCXYZ0123456789")
SPECIAL = " ;~\"'&.,:/\\-_()!?*+=<>@#%[]{}|^`"
# A date of an FN lies after 2016: what is before is none (src/metric/form.h).
EDGES = ["2016-01-01T00:00:00", "2016-02-29T23:59:59", "2023-12-31T23:59:59", "2024-02-29T00:00:00",
         "2038-01-19T03:14:08", "2069-12-31T12:00:00", "2070-01-03T00:00:01", "2099-12-31T23:59:00"]
MODELS = [57, 61, 62, 63, 64, 66, 67, 69, 70, 72, 75, 76, 77, 78, 80, 81, 82, 84, 86, 87, 95]


class Source:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, p):
        return self.r.random() < p

    def bool(self):
        return self.r.randint(0, 1)

    def number(self, low, high):
        """The ends and powers of two are met as often as anything between."""
        kind = self.r.randint(0, 3)
        if kind == 0:
            return self.r.choice([low, high])
        if kind == 1:
            return min(high, max(low, (1 << self.r.randint(0, 32)) + self.r.randint(-1, 1)))
        return self.r.randint(low, high)

    def text(self, longest, alphabet=LETTERS + SPECIAL):
        kind = self.r.randint(0, 9)
        length = longest if kind == 0 else 1 if kind == 1 else self.r.randint(1, longest)
        text = "".join(self.r.choice(alphabet) for _ in range(length))
        return text.strip() or "x"

    def digits(self, count):
        return "".join(self.r.choice("0123456789") for _ in range(count))

    def inn(self):
        """Ten digits whose check digit is right."""
        digits = self.digits(9)
        return digits + str(sum(int(d) * w for d, w in zip(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8))) % 11 % 10)

    def term(self):
        """No FN has a term of decades (src/poll/poll.c)."""
        while (day := self.moment()[:10]) > "2030-12-31":
            pass
        return day

    def moment(self, seconds=True):
        if self.chance(0.25):
            text = self.r.choice(EDGES)
        else:
            start = datetime.datetime(2016, 1, 2)
            text = (start + datetime.timedelta(seconds=self.r.randint(0, 83 * 365 * 86400))).strftime("%Y-%m-%dT%H:%M:%S")
        return text if seconds else text[:17] + "00"


def shifted(text, hours):
    moment = datetime.datetime.fromisoformat(text) + datetime.timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


# Told only beside another value: random_state sets them where they belong.
NOT_PLAIN = {"shift.expires", "ofd.first_unsent", "registration.marked", "registration.pawnshop", "registration.insurance",
             "registration.vending", "registration.catering", "registration.wholesale"}


@functools.cache
def catalogue():
    program = os.path.join(os.environ["BUILD"], "src/cli/zabbix-atol")
    return json.loads(subprocess.run([program, "metrics", "--format", "json"], check=True, capture_output=True).stdout)


def plain_value(row, s):
    """A value that the row of the catalogue allows."""
    if row["type"] == "bool":
        return s.bool()
    if row["type"] == "int":
        words = {words["name"]: words for words in catalogue()["words"]}.get(row["zabbix"].get("value_map"))
        return s.r.choice([word["value"] for word in words["words"]]) if words else s.number(*row.get("range", (0, 9999)))
    if row["type"] == "text":
        return s.digits(10)
    return s.moment()[:10 if row["type"] == "date" else None]


def fill(state, protocol, s):
    """Values of metrics that nothing here says anything of, where that protocol can tell them: a plain metric needs no line here."""
    for row in catalogue()["metrics"]:
        name, group = f"{row['group']}.{row['key']}", state.get(row["group"], {})
        if row["origin"] == "read" and row["sources"][f"protocol{protocol}"] and row["key"] not in group and name not in NOT_PLAIN:
            state.setdefault(row["group"], {})[row["key"]] = plain_value(row, s)


def random_state(seed, protocol):
    s = Source(f"{seed}/{protocol}")
    version = "%d.%d.%d" % (s.number(0, 99), s.number(0, 99), s.number(0, 9999))
    moment = s.moment()
    # A shift must fit around it, and 01.01.70 is how a register writes no date.
    while not "2016-01-03" < moment < "2099-12-29" or "2069-12-29" < moment < "2070-01-05":
        moment = s.moment()
    device = {"model": s.text(30), "model_code": s.r.choice(MODELS), "serial": "00106" + s.digits(9),
              "firmware": version if protocol == 3 else "5.%d.%d" % (s.number(0, 99), s.number(0, 99)), "time": moment,
              "fiscal": s.bool(), "blocked": s.bool(), "mac": ":".join("%02X" % s.number(0, 255) for _ in range(6)),
              "boot_version": "%d.%d.%d" % (s.number(0, 99), s.number(0, 99), s.number(0, 9999)),
              "configuration_version": "%d.%d.%d" % (s.number(0, 99), s.number(0, 99), s.number(0, 9999)),
              "ffd_version_max": s.r.choice([100, 105, 110])}
    printer = {key: s.bool() for key in ("paper_present", "cover_opened", "drawer_opened", "cutter_error", "overheat")}
    printer["temperature_c"] = s.number(0, 120)
    shift = {"state": s.r.randint(0, 2), "number": s.number(1, 9999), "receipt_number": s.number(0, 9999)}
    if shift["state"]:
        shift["expires"] = shifted(moment, s.r.randint(0, 24) if shift["state"] == 1 else -s.r.randint(1, 40))
    fn = {"present": 0 if s.chance(0.05) else 1, "serial": s.digits(16),
          "version": s.text(16, "abcdefgh_0123456789."), "release": s.bool(), "state": s.r.choice([0, 1, 3, 3, 3, 7, 15]),
          "flags": s.number(0, 255), "valid_until": s.term(), "registrations_done": s.number(0, 99),
          "registrations_left": s.number(0, 99), "last_document": s.number(0, 0xFFFFFFFF),
          "last_document_time": s.moment(seconds=False)}
    unsent = 0 if s.chance(0.3) else s.number(1, 0xFFFF)
    ofd = {"status": s.number(0, 255), "message_read": s.bool(), "unsent_count": unsent,
           "first_unsent_number": s.number(1, 0xFFFFFFFF) if unsent else 0, "last_sent": s.moment(),
           **{key: s.number(0, 99 if protocol == 3 else 255) for key in ("network_error", "ofd_error", "fn_error")},
           "error_document": s.number(0, 0xFFFFFFFF), "error_command": s.number(0, 255),
           "host": s.text(40, "abcdefghijklmnopqrstuvwxyz0123456789.-"), "port": s.number(1, 65535),
           "channel": s.r.randint(1, 5)}
    if unsent:
        ofd["first_unsent"] = s.moment(seconds=False)
    registration = {"number": s.digits(16), "organization_name": s.text(200), "organization_inn": s.inn(),
                    "organization_address": s.text(200), "organization_email": s.text(64), "payments_address": s.text(200),
                    "machine_number": s.text(20), "ofd_inn": s.inn(), "ofd_name": s.text(200),
                    "fns_url": s.text(60, "abcdefghijklmnopqrstuvwxyz0123456789.-/"), "taxation": s.number(1, 63),
                    "agent": s.number(0, 127), "ffd_version": s.r.choice([100, 105, 110])}
    for key in ("auto_mode", "autonomous", "encryption", "internet", "service", "bso", "lottery", "gambling", "excise",
                "vending_printer"):
        registration[key] = s.bool()
    state = {"device": device, "printer": printer, "shift": shift, "fn": fn, "ofd": ofd, "registration": registration,
             "counters": {"cash_kop": s.number(0, 10 ** 12), "cash_ins": s.number(0, 9999),
                          "cash_in_kop": s.number(0, 10 ** 11), "cash_outs": s.number(0, 9999),
                          "cash_out_kop": s.number(0, 10 ** 11),
                          **{f"{kind}_receipts": s.number(0, 0xFFFFFFFF) for kind in ("sell", "sell_return", "buy", "buy_return")},
                          **{f"{part}_work": s.number(0, 0xFFFFFFFF) for part in ("cutter", "head")}}}
    state["power"] = {"on_battery": s.bool(), "battery_charging": s.bool(), "battery_can_print": s.bool(),
                      "battery_mv": s.number(0, 99999), "battery_percent": s.number(0, 100)}
    fn["open_document"] = s.r.choice([0, 0, 1, 2, 4, 8, 16, 23])
    registration["date"] = s.moment()[:10]
    if protocol == 3:
        device["clock_battery_low"], printer["paper_near_end"], device["submode"] = s.bool(), s.bool(), s.r.choice([0, 2, 11])
        device["mode"] = 7 if device["blocked"] else s.r.randint(0, 6)
        device["uptime_s"] = s.number(0, 0xFFFFFFFF)
        state["counters"]["revenue_kop"] = s.number(0, 10 ** 11) * s.r.choice([1, -1])
        state["counters"]["shift_documents"] = s.number(0, 0xFFFFFFFF)
        printer["error"], printer["connection_lost"] = s.bool(), s.bool()
        state["power"]["battery_mv"] = s.number(0, 9999) * 10
    else:
        printer["temperature_c"] = s.number(-40, 120)
        printer["paper_near_end"] = s.bool()
        fn["ffd_version_max"] = s.r.choice([100, 105, 110])
        fn["resource_days"] = s.number(0, 1500)
        fn["free_documents_5y"] = s.number(0, 0xFFFFFFFF)
        fn["free_memory_30d"] = s.number(0, 0xFFFFFFFF)
        state["faults"] = {key: s.bool() if s.chance(0.5) else 0
                           for key in ("no_serial_number", "rtc", "settings", "counters", "user_memory",
                                       "service_counters", "attributes", "fn", "wrong_fn", "hardware", "memory_manager",
                                       "scripts", "wait_for_reboot", "universal_counters")}
        device["blocked"] = int(any(state["faults"].values()))  # at platform 5 it is the same byte
    fill(state, protocol, Source(f"plain/{seed}/{protocol}"))
    for group, key in (("registration", "organization_email"), ("registration", "payments_address"),
                       ("registration", "machine_number"), ("registration", "ofd_name"), ("ofd", "last_sent"),
                       ("fn", "last_document_time"), ("ofd", "host")):
        if s.chance(0.05):
            del state[group][key]
    if "host" not in ofd:
        del ofd["port"]
    return state


SIGNS = ("internet", "service", "bso", "lottery", "gambling", "excise", "vending_printer")
REGISTRATION = ("number", "organization_name", "organization_inn", "organization_address", "organization_email",
                "payments_address", "machine_number", "ofd_inn", "ofd_name", "fns_url", "taxation", "taxation_text", "agent",
                "agent_text", "auto_mode", "autonomous", "encryption", *SIGNS)


def unusual_state(seed, protocol):
    """A state as random_state gives it, or (two of three) one that a register has before, beside or after its usual life:
    FFD 1.2, not registered, no FN, an open shift without its end, zeros, a sign whose tag is missing."""
    state, s = random_state(seed, protocol), Source(f"unusual/{seed}/{protocol}")
    kind = s.r.choice(["ffd", "unregistered", "no-fn", "zeros", "sign", "usual", "usual"])
    registration = state["registration"]
    if kind == "ffd":
        registration["ffd_version"] = 120
    elif kind == "unregistered":
        state["device"]["fiscal"], state["fn"]["state"], state["registration"] = 0, s.r.choice([0, 1]), {}
    elif kind == "no-fn":
        state["fn"]["present"] = 0
    elif kind == "zeros":
        registration["agent"] = 0
        state["shift"]["receipt_number"] = state["fn"]["flags"] = state["ofd"]["status"] = 0
        state["fn"]["registrations_done"] = state["fn"]["last_document"] = 0
    elif kind == "sign":
        del registration[s.r.choice(SIGNS)]
    return state


def flatten(metrics):
    return {f"{group}.{key}": value for group, row in metrics.items() for key, value in row.items()}


def unflatten(flat):
    tree = {}
    for name, value in flat.items():
        group, key = name.split(".")
        tree.setdefault(group, {})[key] = value
    return tree
