#!/usr/bin/env python3
"""`zabbix-atol check` beside a real Zabbix server: each prepared fault, from the server back to the register, is named by its code with the right
next step, and nothing else is. `faults_check.py [--version 7.0]` plays it alone."""
import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools"), str(ROOT / "tests/tools")]
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
from lanes import Register  # noqa: E402
from stack import Stack, wait_for  # noqa: E402
from zbx.names import file_name, technical  # noqa: E402

HOST = "check-1"
PSK, OTHER = "1f" * 32, "2e" * 32


class Faults:
    """One installation, all of it well: a server that knows the host, an agent's file with its include, a register. Each fault changes one thing."""

    def __init__(self, stack, api, program, address, folder):
        self.stack, self.api, self.program, self.address, self.folder = stack, api, program, address, pathlib.Path(folder)
        self.folder.mkdir()
        self.config, self.agent, self.polls = (self.folder / name for name in ("zabbix-atol.yaml", "push.conf", "agent.conf"))

    def host(self, **more):
        """Makes the host anew and waits until the server knows it as it is now."""
        old = self.api("host.get", {"filter": {"host": [HOST]}})
        if old:
            self.api("host.delete", [old[0]["hostid"]])
        template = more.pop("template", True)
        if more.pop("known", True):
            group = self.api("hostgroup.get", {"filter": {"name": "tests"}})
            group = group[0]["groupid"] if group else self.api("hostgroup.create", {"name": "tests"})["groupids"][0]
            linked = self.api("template.get", {"filter": {"host": technical("trapper", "en")}})[0]["templateid"]
            hostid = self.api("host.create", {"host": HOST, "groups": [{"groupid": group}], **({"templates": [{"templateid": linked}]} if template else {}), **more})["hostids"][0]
            self.hostid = hostid
        self.stack.reload()

    def write(self, name=HOST, connect=None, tls="", timeout=15, include=True, port=None):
        self.config.write_text(f"state_dir: {self.folder}/state\npush: {{agent_config: {self.agent}, sender: zabbix_sender, spool: {self.folder}/state/spool}}\n"
                               f"registers:\n  - {{name: {name}, connect: '{connect or self.address}', interval: 5s}}\n")
        self.config.chmod(0o644)
        self.agent.write_text(f"ServerActive=127.0.0.1:{port or self.stack.server_port}\nHostname=collector\n{tls}")
        self.polls.write_text((f"Include={ROOT}/zabbix_agentd.d/zabbix-atol.conf\n" if include else "") + f"Timeout={timeout}\n")

    def psk(self, value):
        file = self.folder / "agent.psk"
        file.write_text(value + "\n")
        return f"TLSConnect=psk\nTLSPSKIdentity=check\nTLSPSKFile={file}\n"

    def findings(self, *words):
        done = subprocess.run([self.program, "check", "-c", self.config, "--agent", self.polls, "--json", "--lang", "en", *words], capture_output=True, text=True,
                              timeout=120)
        rows = [row for row in json.loads(done.stdout)["findings"] if "code" in row]
        return [row for row in rows if row["code"] != "serve-stopped"]  # no serve runs beside this check

    def names(self, code, *pieces, words=(), beside=()):
        """This finding and no other; patience for the server, which takes a change when it reads its configuration anew."""
        def found():
            self.rows = self.findings(*words)
            return [row["code"] for row in self.rows if row["code"] not in beside] == ([code] if code else [])
        try:
            wait_for(code or "nothing wrong", found, 60, 0.5)
        except TimeoutError:
            return f"found {[(r['code'], r['text']) for r in self.rows]}"
        said = " ".join(" ".join((r["what"], r["text"], r.get("next", ""))) for r in self.rows)
        missing = [piece for piece in pieces if piece not in said]
        return f"{missing} is not in: {said}" if missing else ""

    # ------------------------------------------------------------- the faults
    def well(self):
        self.host()
        self.write()
        return self.names("")

    def caches(self):
        """Asked by the agent that is installed here, as the server's own statistics tell them."""
        done = subprocess.run([self.program, "check", "-c", self.config, "--agent", self.polls, "--lang", "en"], capture_output=True, text=True, timeout=120)
        told = re.search(r"Caches of the Zabbix server: the fullest is (\w+), (\d+) % used", done.stdout)
        return "" if told and told[1].endswith("CacheSize") and 0 < int(told[2]) <= 75 else done.stdout

    def wrong_name(self):
        self.write(name="check-2")
        return self.names("host-unknown", "check-2", "create the host of that name")

    def no_item(self):
        self.host(template=False)
        self.write()
        return self.names("host-unknown", HOST, "link the trapper template")

    def allowed_hosts(self):
        self.host()
        self.write()
        wait = self.names("")
        for item in self.api("item.get", {"hostids": [self.hostid], "filter": {"key_": ["kkt.closed"]}, "output": ["itemid"]}):
            self.api("item.update", {"itemid": item["itemid"], "trapper_hosts": "192.0.2.1"})
        self.stack.reload()
        return wait or self.names("host-unknown", HOST, "Allowed hosts")

    def wrong_psk(self):
        self.host(tls_connect=2, tls_accept=2, tls_psk_identity="check", tls_psk=PSK)
        self.write(tls=self.psk(PSK))
        wait = self.names("")
        self.write(tls=self.psk(OTHER))
        return wait or self.names("server-tls", "TLS", "PSK")

    def no_tls_where_it_is_wanted(self):
        self.write()
        return self.names("host-unknown", HOST, "TLS")

    def server_down(self):
        self.host()
        self.write()
        self.stack.stop_server()
        try:
            return self.names("server-unreachable", "ServerActive", "port 10051")
        finally:
            self.stack.start_server()

    def include_missing(self):
        self.host()
        self.write(include=False)
        return self.names("agent-include", "zabbix_agentd.d/zabbix-atol.conf")

    def agent_timeout(self):
        self.write(timeout=4)
        return self.names("agent-timeout", "set Timeout=15")

    def unreadable_configuration(self):
        self.write()
        self.config.chmod(0o600)
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "state").chmod(0o777)
        return self.names("config-rights", "chmod 640", words=("--user", "nobody"), beside=("agent-user",))  # a user zabbix may not read it either

    def driver_missing(self):
        self.write(connect="driver:usb?lib=/nonexistent/libfptr10.so")
        return self.names("driver", "/nonexistent/libfptr10.so", beside=("register-prerequisite",))

    def dead_fn(self, register):
        self.write()
        past = (datetime.date.today() - datetime.timedelta(days=1)).isoformat()
        register.write({"fn.valid_until": past})
        try:
            return self.names("register-health", "FN: expired", f"zabbix-atol show {HOST} -c {self.config}")
        finally:
            register.write({})


def play(stack, api, program, register, folder, trial):
    faults = Faults(stack, api, program, register.address, folder)
    for what, job in (("all is well", faults.well), ("the caches of the server are told", faults.caches), ("a name that Zabbix does not know", faults.wrong_name), ("a host without the trapper item", faults.no_item),
                      ("allowed hosts that leave this computer out", faults.allowed_hosts), ("a PSK that is another one", faults.wrong_psk),
                      ("no TLS where the host wants it", faults.no_tls_where_it_is_wanted), ("the server is down", faults.server_down),
                      ("the agent's include is missing", faults.include_missing), ("the agent would not wait", faults.agent_timeout),
                      ("the service may not read the configuration", faults.unreadable_configuration), ("the driver is missing", faults.driver_missing),
                      ("the FN has expired", lambda: faults.dead_fn(register))):
        trial(f"check: {what}", job)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--version", default="7.0", choices=list(roots.RELEASES))
    args = parser.parse_args()
    roots.enter(args.version)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zabbix-atol-faults-"))
    folder.chmod(0o755)
    build = os.path.abspath(args.build)
    roots.Root(args.version).bind(folder, ROOT, build)
    register = Register(build, folder, HOST, "5").start()
    counts = [0, 0]

    def trial(what, job):
        try:
            why = job()
        except (RuntimeError, OSError, TimeoutError, subprocess.SubprocessError, KeyError) as error:
            why = f"{type(error).__name__}: {error}"
        counts[bool(why)] += 1
        print(f"{'FAIL' if why else 'ok  '} {what} {why or ''}", flush=True)
    try:
        with Stack(folder / "zabbix", args.version) as stack:
            zabbix_setup.import_template(stack.api, ROOT / "templates" / args.version / file_name("trapper", "en"))
            stack.analyze()
            play(stack, stack.api, f"{build}/src/cli/zabbix-atol", register, folder / "faults", trial)
    finally:
        register.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{counts[0]} passed, {counts[1]} failed, 0 skipped")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
