"""What a poll of a register in trouble may say: the truth, or less of it."""
import datetime
import functools

import harness

# They move with the clock: seconds that they may differ from the poll of the same register without a fault.
MOVING = {"device.time", "device.time_ts", "device.clock_drift_s", "device.uptime_s", "shift.left_s", "ofd.first_unsent_age_s"}
PATIENCE_S = 1800

# At protocol 3 these end with their answer: what is cut off or put behind cannot be told from it (protocol-3.md §5). The vendor's
# driver does not look at the length of a registration tag either.
OPEN_ENDED = {"device.model", "device.serial"}
OPEN_ENDED_OF_DRIVER = OPEN_ENDED | {"registration." + key for key in (
    "organization_name", "organization_address", "organization_email", "payments_address", "machine_number", "ofd_name", "fns_url")}


# Once for all threads: two that ask at the turn of a second must not get two moments.
SOON = (datetime.datetime.now() + datetime.timedelta(hours=10)).replace(microsecond=0)


@functools.cache
def state(fn_present=1):
    """A register with values of its own in every group; one and the same for all polls."""
    whole = harness.default_state()
    whole["shift"].update(number=777, receipt_number=99, expires=SOON.isoformat())
    whole["ofd"].update(unsent_count=12, first_unsent_number=18001, first_unsent="2026-11-20T10:00:00")
    whole["fn"].update(flags=9, last_document=18555, present=fn_present)
    return whole


def seconds(value):
    return datetime.datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value


def same(key, value, truth):
    return value == truth or (key in MOVING and abs(seconds(value) - seconds(truth)) < PATIENCE_S)


def wrong_values(document, truth, untellable=()):
    """Values that the healthy register does not have."""
    values = harness.flatten(document.get("metrics", {}))
    return {key: (value, truth.get(key)) for key, value in values.items()
            if key not in untellable and not (key in truth and same(key, value, truth[key]))}


def problems(result, truth, timeout_s, allowed, untellable=(), slack_ms=500):
    """What is not as promised, as sentences."""
    document, told = result.document, []
    read = document["state"] in ("ok", "partial")
    if document["state"] not in allowed:
        told.append(f"state {document['state']}, expected one of {' '.join(sorted(allowed))}: {document['error']}")
    if result.status != (0 if read else 1):
        told.append(f"exit status {result.status} with state {document['state']}")
    if (document["error"] == "") != (document["state"] == "ok"):
        told.append(f"state {document['state']} with error {document['error']!r}")
    if document["poll"]["duration_ms"] > timeout_s * 1000 + slack_ms:
        told.append(f"{document['poll']['duration_ms']} ms of {timeout_s} s")
    missing = set(truth) - set(harness.flatten(document.get("metrics", {}))) - set(untellable)
    if document["state"] == "ok" and missing:
        told.append(f"ok without {' '.join(sorted(missing))}")
    if not read and "metrics" in document:
        told.append("metrics of a register that was not read")
    wrong = wrong_values(document, truth, untellable)
    if wrong:
        told.append(f"wrong values: {wrong}")
    return told
