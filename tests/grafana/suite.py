#!/usr/bin/env python3
"""The Grafana dashboards against Grafana's own schema: the types that Grafana Labs publishes as the npm package @grafana/schema. Each dashboard
becomes a TypeScript literal of these types, so a field that is missing, misspelt or of a wrong kind is an error of the compiler; that such
errors are found is tried first. No Grafana itself is to be had as a package.

Prints one line a check and ends with `N passed, N failed, N skipped`."""
import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = "@grafana/schema/dist/esm/raw"
PANELS = {"stat": "StatPanelCfg", "table": "TablePanelCfg", "timeseries": "TimeSeriesPanelCfg"}
HEAD = """type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
"""


def literal(value):
    return json.dumps(value, ensure_ascii=False, indent=1)


def program(page, modules):
    """The dashboard as TypeScript: the page, each panel, and what its kind of panel adds."""
    page = copy.deepcopy(page)
    lines = [f'import type {{ Dashboard, Panel }} from "{modules}/{TYPES}/dashboard/x/dashboard_types.gen";']
    lines += [f'import type * as {kind} from "{modules}/{TYPES}/composable/{kind}/panelcfg/x/{name}_types.gen";' for kind, name in PANELS.items()]
    lines.append(HEAD)
    for number, panel in enumerate(page.pop("panels")):
        kind, options, custom = panel["type"], panel.pop("options", {}), panel["fieldConfig"]["defaults"].pop("custom", {})
        lines.append(f"const panel{number}: Json<Panel> = {literal(panel)};")
        lines.append(f"const options{number}: Partial<Json<{kind}.Options>> = {literal(options)};")
        lines.append(f"const custom{number}: Partial<Json<{kind}.FieldConfig>> = {literal(custom)};" if custom else "")
    lines.append(f'const page: Json<Omit<Dashboard, "panels">> = {literal(page)};')
    return "\n".join(lines)


def errors(page, modules):
    """What the compiler says of it, a line an error."""
    with tempfile.TemporaryDirectory(prefix="zatol-grafana-") as folder:
        file = pathlib.Path(folder) / "dashboard.ts"
        file.write_text(program(page, modules), encoding="utf-8")
        done = subprocess.run([modules / ".bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler", "--module", "esnext",
                               "--target", "es2022", file], capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if "error" in line]
    return found or ([done.stdout + done.stderr] if done.returncode else [])


def broken(page):
    """name -> the page with one thing wrong."""
    def changed(change):
        other = copy.deepcopy(page)
        change(other)
        return other
    return {
        "a field that no panel has": changed(lambda p: p["panels"][0].update(titel="?")),
        "a width that is a text": changed(lambda p: p["panels"][0]["gridPos"].update(w="wide")),
        "a colour mode that Grafana lacks": changed(lambda p: p["panels"][0]["options"].update(colorMode="rainbow")),
        "a cursor that is a text": changed(lambda p: p.update(graphTooltip="shared")),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", required=True, type=pathlib.Path, help="node_modules with @grafana/schema and typescript")
    modules = parser.parse_args().modules.resolve()
    passed = failed = 0

    def report(name, problems):
        nonlocal passed, failed
        passed, failed = passed + (not problems), failed + bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {name}", flush=True)
        for line in problems[:20]:
            print(f"     {line[:400]}", flush=True)

    pages = {tail: json.loads((ROOT / f"prometheus/zabbix-atol.dashboard{tail}.json").read_text(encoding="utf-8")) for tail in ("", ".ru")}
    for name, page in broken(pages[""]).items():
        report(f"the schema refuses {name}", [] if errors(page, modules) else ["it was accepted"])
    for tail, page in pages.items():
        report(f"zabbix-atol.dashboard{tail}.json: {len(page['panels'])} panels as Grafana's schema has them", errors(page, modules))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
