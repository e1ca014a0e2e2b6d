"""The seed's own template on what `get --format seed -o data.json` writes.

The template is imported as it is. On Linux the Windows path of its master item names no file, so the key of that one item is
rewritten on the host's template after the import; and its items that the seed ships disabled are enabled, to look at all. The guard against an old
file is added as docs/seed.md words it: its row of the item, its row of the trigger.
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from lanes import Register, wait_value
from stack import wait_for

# The seed's file is not ours to commit: ZA_SEED_TEMPLATE names it; the checkout's neighbour has it too.
SEED_FILES = [pathlib.Path(os.environ.get("ZA_SEED_TEMPLATE", "/nonexistent")),
              pathlib.Path(__file__).resolve().parents[3] / "shared/seed/zbx_export_templates.xml",
              pathlib.Path("/work/shared/seed/zbx_export_templates.xml")]
HOST = "seed"


def prepare(api, folder, program, address):
    source = next((p for p in SEED_FILES if p.exists()), None)
    data = pathlib.Path(folder) / "data.json"
    subprocess.run([program, "get", address, "--format", "seed", "-o", data], check=True)
    if not source:
        return {"host": HOST, "data": data, "source": None}
    rules = {k: {"createMissing": True, "updateExisting": True} for k in ("templates", "items", "triggers", "valueMaps")}
    api("configuration.import", {"format": "xml", "rules": {**rules, **{g: {"createMissing": True} for g in api.dialect.groups}}, "source": source.read_text()})
    template = api("template.get", {"filter": {"host": ["KKT"]}})[0]["templateid"]
    items = api("item.get", {"hostids": [template], "output": ["key_", "status"]})
    for item in items:
        change = {}
        if item["key_"].startswith("vfs.file.contents["):
            change.update(key_=f"vfs.file.contents[{data},utf-8]", delay="5s")  # there an hour
        if item["status"] == "1":
            change["status"] = 0
        if change:
            api("item.update", {"itemid": item["itemid"], **change})
    group = api("hostgroup.get", {"filter": {"name": ["tests"]}})[0]["groupid"]
    api("host.create", {"host": HOST, "groups": [{"groupid": group}], "templates": [{"templateid": template}],
                        "interfaces": [{"type": 1, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "", "port": "10050"}]})
    guard(api, template)
    return {"host": HOST, "data": data, "source": source}


def guard(api, template):
    """What docs/seed.md says to add to the seed's template, taken from its table."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/seed.md").read_text(encoding="utf-8")
    item = re.search(r'\| dependent item "(.+?)", key `(\w+)`, numeric unsigned, unit `(\w+)` \|.*?JSONPath `(.+?)`, then JavaScript `(.+?)` \|', text)
    trigger = re.search(r'\| trigger "(.+?)" \| `(.+?)`, severity Average \|', text)
    name, key, units, path, script = item.groups()
    master = next(i["itemid"] for i in api("item.get", {"hostids": [template], "output": ["key_"]}) if i["key_"].startswith("vfs.file.contents["))
    parts = [{"type": kind, "params": what, "error_handler": 0, "error_handler_params": ""} for kind, what in ((12, path), (21, script))]
    api("item.create", {"hostid": template, "name": name, "key_": key, "type": 18, "master_itemid": master, "value_type": 3, "units": units,
                        "delay": "0", "preprocessing": parts})
    api("trigger.create", {"description": trigger[1], "expression": trigger[2].replace("/TEMPLATE/", "/KKT/"), "priority": 3})


def old_file(suite):
    """The file of a register that has been silent for two days: a problem; the register is read again: the problem ends."""
    if not suite.seed["source"]:
        return "skip: the seed's template is not at hand; ZA_SEED_TEMPLATE=FILE names it"
    data, name = suite.seed["data"], "The register has not been read for a day"
    register = Register(suite.args.build, suite.folder, "seeded", "5").start()
    suite.registers.append(register)
    get = [suite.program, "get", register.address, "--format", "seed", "-o", data, "--timeout", "2s"]

    def stands():
        return [e["severity"] for e in suite.events.open_problems(HOST) if e["name"] == name]
    fresh = wait_value(suite.api, HOST, "polledAt", lambda v: int(v) > 1700000000)
    told = datetime.datetime.fromisoformat(json.loads(data.read_text())["polledAt"])
    assert int(fresh["lastvalue"]) == int(told.timestamp()), f"Zabbix shows {fresh['lastvalue']} for {told}"
    assert not stands(), "a problem of a fresh file"
    document = json.loads(data.read_text())
    document["polledAt"] = (told - datetime.timedelta(days=2)).isoformat()
    data.write_text(json.dumps(document, ensure_ascii=False))
    before = data.read_bytes()
    register.stop()
    try:
        assert subprocess.run(get, capture_output=True).returncode == 1 and data.read_bytes() == before, "the file of a silent register has changed"
        wait_for("the problem of an old file", stands, 120, 0.5)
        assert stands() == ["3"], stands()
    finally:
        register.start()
    subprocess.run(get, check=True)
    wait_for("its recovery", lambda: not stands(), 120, 0.5)
    return ""


def steps(source):
    """key of the item -> (JSON key, [(from, to)] of its STR_REPLACE steps), from the seed's file."""
    result = {}
    for item in ElementTree.parse(source).getroot().iter("item"):
        path, replaced = None, []
        for step in item.iter("step"):
            parameters = [p.text or "" for p in step.iter("parameter")]
            if step.findtext("type") == "JSONPATH":
                path = parameters[0].removeprefix("$.")
            elif step.findtext("type") == "STR_REPLACE":
                replaced.append(parameters)
        if path:
            result[item.findtext("key")] = (path, replaced)
    return result


def check(api, seed, _program):
    document = json.loads(seed["data"].read_text())
    if not document.pop("polledAt", None):
        return "no polledAt"
    # The emulated register of platform 5 does not tell the time of the last connection with the OFD: absent, never a zero.
    untold = {"ErrFNDateTime"} - set(document)
    if len(document) + len(untold) != 65:
        return f"{len(document)} keys"
    if not seed["source"]:
        return "skip: the seed's template is not at hand; ZA_SEED_TEMPLATE=FILE names it"
    wanted = {}
    for key, (path, replaced) in steps(seed["source"]).items():
        if path in untold:
            continue
        if path not in document:
            return f"no {path} in data.json"
        text = json.dumps(document[path]) if isinstance(document[path], bool) else str(document[path])
        for old, new in replaced:
            text = text.replace(old, new)
        wanted[key] = text

    def wrong():
        items = {i["key_"]: i["lastvalue"] for i in api("item.get", {"host": HOST, "output": ["key_", "lastvalue"]})}
        return {k: (v, items.get(k)) for k, v in wanted.items() if items.get(k) != v and not same_number(v, items.get(k))}
    try:
        wait_for("the seed's values", lambda: not wrong(), 60, 1)
    except TimeoutError:
        return f"differ: {wrong()}"
    shown = {path for path, _ in steps(seed["source"]).values()}
    print(f"     the seed's template shows {len(shown)} keys of the 65; no item of it reads {sorted(set(document) - shown)}; not told: {sorted(untold)}")
    return ""


def same_number(a, b):
    return bool(b) and re.fullmatch(r"-?\d+(\.\d+)?", a) and re.fullmatch(r"-?\d+(\.\d+)?", b) and float(a) == float(b)
