"""Tills with an agent of their own: one with HostMetadata=atol-kkt becomes a host without a click, and one agent with `Hostname=a,b` serves two registers."""
import json
import os

import zabbix_setup
from lanes import Register, wait_value
from stack import AGENT_CONF, free_port, wait_for
from zbx.extras import METADATA
from zbx.names import technical

NAMES = {"till-1": "kassa-1", "till-2": "kassa-2"}  # host -> name of its register in zabbix-atol.yaml


def configure(suite, folder, registers):
    """The till's configuration and its agent's; the shipped user parameter with that configuration."""
    rows = "".join(f"- {json.dumps({'name': name, 'connect': registers[name].address})}\n" for name in NAMES.values())
    config, include = folder / "zabbix-atol.yaml", folder / "include.conf"
    config.write_text(f"state_dir: {folder}/state\nlanguage: en\nregisters:\n{rows}")
    include.write_text(f'UserParameter=kkt.get[*],{suite.program} get --register="$1" --configured --timeout 12s -c {config} 2>/dev/null\n')
    conf = folder / "agent.conf"
    conf.write_text(AGENT_CONF.format(folder=folder, name="till", server_port=suite.stack.server_port, port=free_port(), hostnames=",".join(NAMES), include=include,
                                      extra=f"AllowRoot=1\nStartAgents=1\nTimeout=15\nRefreshActiveChecks=60\nHostMetadata={METADATA}"))
    return conf


def of_host(suite, name):
    groups = "selectHostGroups" if suite.api.dialect.new else "selectGroups"
    found = suite.api("host.get", {"filter": {"host": [name]}, "output": ["hostid", "inventory_mode"], groups: ["name"], "selectParentTemplates": ["host"]})
    return found and {"hostid": found[0]["hostid"], "mode": found[0]["inventory_mode"], "templates": [t["host"] for t in found[0]["parentTemplates"]],
                      "groups": {g["name"] for g in found[0].get("hostgroups", found[0].get("groups"))}}


def registered(suite):
    """Both hosts of one agent come by themselves; each is read once its template asks for its register."""
    folder = suite.folder / "tills"
    folder.mkdir()
    zabbix_setup.Setup(suite.api, "en", collector="collector-en", autoregister=True).run()
    registers = {name: Register(suite.args.build, suite.folder, name, "5") for name in NAMES.values()}
    registers["kassa-2"].base["device"]["serial"] = "00106117777777"
    suite.registers += [register.start() for register in registers.values()]
    suite.stack.reload()
    conf = configure(suite, folder, registers)
    agent = suite.stack.start("till-agent", ["/usr/sbin/zabbix_agentd", "-f", "-c", conf], env={**os.environ})
    try:
        wait_for("both hosts", lambda: all((h := of_host(suite, name)) and h["templates"] for name in NAMES), 180, 1)
        for name in NAMES:
            have = of_host(suite, name)
            if have["templates"] != [technical("agent", "en")] or "ATOL KKT" not in have["groups"] or have["mode"] != "1":
                return f"{name}: {have}"
        second = of_host(suite, "till-2")["hostid"]
        suite.api("usermacro.create", {"hostid": second, "macro": "{$KKT.NAME}", "value": "kassa-2"})
        for name in NAMES:
            host = of_host(suite, name)["hostid"]
            suite.api("usermacro.create", {"hostid": host, "macro": "{$KKT.INTERVAL}", "value": "5s"})
        suite.stack.reload()
        for name, register in NAMES.items():
            serial = registers[register].base["device"]["serial"]
            wait_value(suite.api, name, "kkt.device.serial", lambda v, serial=serial: v == serial, 180)
            wait_value(suite.api, name, "kkt.state", lambda v: v == "ok", 60)
        return ""
    finally:
        suite.stack.stop(agent)


def play(suite):
    if suite.wanted("till"):
        suite.trial("tills: an agent with HostMetadata and two names becomes two hosts by itself, each with its own register", lambda: registered(suite))
