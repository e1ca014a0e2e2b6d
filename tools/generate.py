#!/usr/bin/env python3
"""Writes what is made from the catalogue and from the programs: docs/metrics.md, docs/document.schema.json, the
templates, the rules and dashboards of prometheus/, the README's example.

With --check nothing is written: each file that is not fresh is named, and the exit status is 1."""
import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import document_schema  # these are beside this file
import generate_templates
from prom import dashboard, rules

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXAMPLE_GROUPS = "printer,shift,fn,ofd"
DEMO_DAY = "2026-11-22"  # of tests/data/demo-state.json


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


ISO, RUSSIAN = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d\d\.\d\d\.\d{4}")


def shift_dates(text, days, pattern=ISO, form="%Y-%m-%d"):
    move = datetime.timedelta(days=days)
    return pattern.sub(lambda m: (datetime.datetime.strptime(m[0], form) + move).strftime(form), text)


def demo_text(build, lang):
    """`show` of an emulated register whose clock stands still at noon. Its dates are brought to today, so that its clock is
    right, and back in the text, so that it is the same every day."""
    state = (ROOT / "tests" / "data" / "demo-state.json").read_text(encoding="utf-8")
    days = (datetime.date.today() - datetime.date.fromisoformat(DEMO_DAY)).days
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(shift_dates(state, days))
        file.flush()
        text = show_state(build, lang, file.name)
    text = shift_dates(text, -days)
    return shift_dates(text, -days, RUSSIAN, "%d.%m.%Y")


def show_state(build, lang, state):
    emulator = subprocess.Popen([f"{build}/emulator/atol-emulator", "--tcp", "127.0.0.1:0", "--state", state],
                                stdout=subprocess.PIPE, text=True)
    try:
        port = emulator.stdout.readline().strip().rsplit(":", 1)[1]
        emulator.stdout.readline()
        text = run(f"{build}/src/cli/zabbix-atol", "--lang", lang, "show", f"tcp://127.0.0.1:{port}", "--groups",
                   EXAMPLE_GROUPS)
    finally:
        emulator.terminate()
        emulator.wait()
    text = text.replace(f":{port}", ":5555")
    # What depends on the moment of the poll is not part of the example.
    text = re.sub(r"(?m)^.*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]|\d ms|\d мс).*\n( {30,}.*\n)*", "", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def replace_example(path, lang, build):
    option = " --lang ru" if lang == "ru" else ""
    example = (f"```\n$ zabbix-atol{option} show tcp://127.0.0.1:5555 --groups {EXAMPLE_GROUPS}\n"
               f"{demo_text(build, lang)}\n```")
    return re.sub(r"(?s)<!-- demo:begin -->.*<!-- demo:end -->",
                  lambda _: f"<!-- demo:begin -->\n{example}\n<!-- demo:end -->", path.read_text(encoding="utf-8"))


def record(build):
    """The names on record: what is new is added; one that went or has another type is an error, for the document is a contract."""
    path = ROOT / "tests" / "data" / "catalogue.recorded"
    metrics = json.loads(run(f"{build}/src/cli/zabbix-atol", "metrics", "--format", "json"))["metrics"]
    lines = [f"{row['group']}.{row['key']} {row['type']}\n" for row in metrics]
    lost = [line.strip() for line in path.read_text(encoding="utf-8").splitlines(True) if line not in lines]
    if lost:
        sys.exit(f"{path.relative_to(ROOT)}: the catalogue has no {', '.join(lost)} any more. A renamed or removed metric raises "
                 "`schema` (src/output/document.h); then take the line out of the record by hand.")
    return path, "".join(lines)


def outputs(build):
    """Path and content of everything that is generated."""
    yield ROOT / "docs" / "metrics.md", run(f"{build}/src/cli/zabbix-atol", "metrics", "--format", "md", "--lang", "en")
    yield (ROOT / "docs" / "document.schema.json",
           document_schema.text(run(f"{build}/src/cli/zabbix-atol", "metrics", "--format", "json")))
    yield record(build)
    yield ROOT / "README.md", replace_example(ROOT / "README.md", "en", build)
    yield ROOT / "README.ru.md", replace_example(ROOT / "README.ru.md", "ru", build)
    catalogue = generate_templates.load_metrics(build)
    yield from generate_templates.outputs(catalogue).items()
    for language, tail in (("en", ""), ("ru", ".ru")):
        yield ROOT / "prometheus" / f"zabbix-atol.rules{tail}.yml", rules.text(language)
        yield ROOT / "prometheus" / f"zabbix-atol.dashboard{tail}.json", dashboard.text(language, catalogue)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    stale = 0
    for path, content in outputs(args.build):
        old = path.read_text(encoding="utf-8") if path.exists() else None
        if old == content:
            continue
        stale += 1
        name = path.relative_to(ROOT)
        if args.check:
            print(f"not fresh: {name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"written: {name}")
    if not stale:
        print("all generated files are fresh")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
