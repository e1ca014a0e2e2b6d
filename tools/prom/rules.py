"""Prometheus alert rules that say what the triggers of the Zabbix templates say, from the same tables: names, severities, texts and limits
are those of tools/zbx; here stands only how each condition reads in PromQL.

A value that was not read is absent, and an alert whose value is absent would end. So a rule looks at the last value of three days, as
Zabbix keeps the last one; after three days `stale` speaks. That nobody writes at all must be known longer than three days, and a window of
months would load every sample in it: recording rules keep the two timestamps by themselves."""
import re

from zbx import collector, core
from zbx.triggers import TRIGGERS

SEVERITY = {"INFO": "information", "WARNING": "warning", "AVERAGE": "average", "HIGH": "high", "DISASTER": "disaster"}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MACROS = {**{name: row[0] for name, row in core.MACROS.items()}, **{name: row[0] for name, row in collector.MACROS.items()}}


def seconds(macro):
    """The default of a macro as a number: of seconds, where it is a time."""
    value = MACROS["{$KKT." + macro + "}"]
    return int(value[:-1]) * UNITS[value[-1]] if value[-1] in UNITS else int(value)


KEEP = MACROS["{$KKT.STALE.TIME}"]
UNREAD, BUSY, STALE, PARTIAL = (seconds(f"{name}.TIME") for name in ("UNREAD", "BUSY", "STALE", "PARTIAL"))
NODATA, SERVE_NODATA = seconds("NODATA.TIME"), seconds("SERVE.NODATA.TIME")
FN_LEFT, POLLED, SERVED = "kkt:fn_left:days", "kkt:poll:timestamp_seconds", "kkt:serve:timestamp_seconds"
FORGOTTEN = 90 * UNITS["d"]  # of a computer that was taken away nobody wants to hear for ever


def last(series):
    return f"last_over_time({series}[{KEEP}])"


def kept(record):
    """What the recording rule itself said, across a restart of Prometheus."""
    return f"last_over_time({record}[1h]) > time() - {FORGOTTEN}"


def records():
    """(name, expression). A register that `serve` writes no more while it goes on writing was taken out of its configuration."""
    fn = " or ".join(f'label_replace({last(f"kkt_fn_{of}_left_seconds")}, "of", "{of}", "", "")' for of in ("validity", "resource"))
    return ((FN_LEFT, f"min without (of) ({fn}) / 86400"),
            (SERVED, f"kkt_serve_timestamp_seconds or {kept(SERVED)}"),
            (POLLED, f"kkt_poll_timestamp_seconds or ({kept(POLLED)} "
                     f"unless on (job, instance) time() - kkt_serve_timestamp_seconds < {SERVE_NODATA})"))


def state(*words):
    return f'and ignoring (state) {last("kkt_state{state=~" + chr(34) + "|".join(words) + chr(34) + "}")} == 1'


def unread(window):
    return f'{last("kkt_unread_seconds")} >= {window} < {STALE}'


def days(level, above):
    return f"{FN_LEFT} <= {seconds('FN.DAYS.MIN.' + level)} " + (f"> {seconds('FN.DAYS.MIN.' + above)}" if above else ">= 0")


def age(level, below):
    return (f'{last("kkt_ofd_first_unsent_age_seconds")} >= {seconds("OFD.AGE.MAX." + level)}'
            + (f' < {seconds("OFD.AGE.MAX." + below)}' if below else "") + f' unless {last("kkt_registration_autonomous")} == 1')


def listed(severity):
    return last('kkt_problems{severity="' + severity + '"}') + " > 0"


# At opening the register has not been polled since the shop closed.
CLOSED = f'max_over_time(kkt_shop_closed[{MACROS["{$KKT.NODATA.TIME}"]}]) == 1'
# name of the trigger -> (condition, how long it must hold)
CONDITIONS = {
    "nodata": (f"time() - {POLLED} > {NODATA} unless {CLOSED}", ""),
    "unreachable": (f"{unread(UNREAD)} {state('unreachable')}", ""),
    "failing": (f"({unread(UNREAD)} {state('error', 'prerequisite')}) or ({unread(BUSY)} {state('busy')})", ""),
    "stale": (f'{last("kkt_unread_seconds")} >= {STALE} or (time() - {POLLED} >= {STALE} unless {CLOSED})', ""),
    "partial": (f'{last("kkt_state_seconds")} >= {PARTIAL} {state("partial")}', ""),
    "fn.left.crit": (days("CRIT", ""), ""), "fn.left.high": (days("HIGH", "CRIT"), ""), "fn.left.warn": (days("WARN", "HIGH"), ""),
    "fn.left.info": (days("INFO", "WARN"), ""),
    "ofd.age.crit": (age("CRIT", ""), ""), "ofd.age.high": (age("HIGH", "CRIT"), ""), "ofd.age.average": (age("AVERAGE", "HIGH"), ""),
    "ofd.age.warn": (age("WARN", "AVERAGE"), ""), "ofd.age.info": (age("INFO", "WARN"), ""),
    "shift.expired": (f'{last("kkt_shift_state")} == 2', ""),
    **{f"alarms.{word}": (listed(word), "") for word in SEVERITY.values()},
    "serve.nodata": (f"time() - {SERVED} > {SERVE_NODATA}", ""),
    "serve.late": (f'increase(kkt_serve_polls_late_total[2m]) > {seconds("SERVE.LATE.MAX")}', "{$KKT.SERVE.WINDOW}"),
    "serve.spool": (f'kkt_serve_spool_documents > {seconds("SERVE.SPOOL.MAX")}', "{$KKT.SERVE.WINDOW}"),
    "serve.dropped": ("increase(kkt_serve_spool_dropped_total[5m]) > 0", ""),
    "serve.refused": ("increase(kkt_serve_spool_refused_total[5m]) > 0", ""),
    "serve.unreachable": ('kkt_serve_registers{state="unreachable"} * 100 > ignoring (state) '
                          f'{seconds("UNREACHABLE.PERCENT.MAX")} * sum without (state) (kkt_serve_registers)', "{$KKT.SERVE.WINDOW}"),
}
LISTED = {"en": "{{ range printf `kkt_problem{name=\"%s\",severity=\"SEVERITY\"}` $labels.name | query }}{{ .Labels.reason }} {{ end }}"}
HEAD = {"en": "# Alert rules for Prometheus, equal to the triggers of the Zabbix templates. Generated: do not edit, run ./run.sh generate.\n",
        "ru": "# Правила оповещений Prometheus, равные триггерам шаблонов Zabbix. Файл создан программой: ./run.sh generate.\n"}


def alert_name(trigger):
    return "Kkt" + "".join(part.capitalize() for part in re.split(r"[._]", trigger))


def plain(text):
    """A text of a trigger with the macros' defaults in it."""
    return re.sub(r"\{\$KKT\.[A-Z.]+\}", lambda m: MACROS[m[0]], text)


def alerts(i):
    """(name of the trigger, severity, who, sells, title, advice) of every trigger."""
    for row in TRIGGERS:
        yield row.name, row.severity, row.who, row.sells, plain(row.title[i]), row.advice[i]
    for name, severity, _, _, *texts in collector.TRIGGERS:
        yield name, severity, "it", True, texts[i], texts[4 + i]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def text(language):
    i = ("en", "ru").index(language)
    lines = [HEAD[language], "groups:", "  - name: zabbix-atol", "    rules:"]
    for name, expression in records():
        lines += [f"      - record: {name}", "        expr: >-", f"          {expression}"]
    for name, severity, who, sells, title, advice in alerts(i):
        condition, window = CONDITIONS[name]
        register = "{{ $labels.name }}: " if not name.startswith("serve.") else ""
        reasons = LISTED["en"].replace("SEVERITY", SEVERITY[severity]) if name.startswith("alarms.") else ""
        lines += [f"      - alert: {alert_name(name)}", "        expr: >-", f"          {condition}",
                  *([f"        for: {MACROS[window]}"] if window else []), "        labels:", f"          severity: {SEVERITY[severity]}",
                  f"          who: {who}", *([] if sells else ["          sells: 'no'"]), "        annotations:",
                  f"          summary: {quoted(register + title + (': ' + reasons if reasons else ''))}",
                  f"          description: {quoted(advice)}", f"          value: {quoted('{{ $value }}')}"]
    return "\n".join(lines) + "\n"
