#!/usr/bin/env python3
"""From msiexec to a value in Zabbix 7.0, an upgrade, a removal: what docs/windows-rollout.md promises, as a transcript.

`tests/windows/rollout.py [x64] [x86]` after `./run.sh windows`. Zabbix 7.0 is real (tests/zabbix); the agent of Linux, active, stands in for the
one of Windows: it reads the files that the installer has written into the Wine profile and runs their commands by Wine."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE.parent / "zabbix", HERE.parents[1] / "tools"):
    sys.path.insert(0, str(folder))
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
from installer import InstallerTests  # noqa: E402
from service import RUNNING, ServiceTests  # noqa: E402
from setup import SetupTests  # noqa: E402
from stack import Stack, free_port, wait_for  # noqa: E402
from zbx.names import file_name, technical  # noqa: E402
from stage import FOLDER, ROOT, WINE, wine  # noqa: E402

HOST = "till-1"
MACROS = {"{$KKT.NAME}": "kassa-1", "{$KKT.INTERVAL}": "5s", "{$KKT.RAW.HISTORY}": "1d"}


def say(text=""):
    print(text, flush=True)


class Rollout(InstallerTests, SetupTests, ServiceTests, unittest.TestCase):
    """One till; `zabbix` is the Stack that all of them share."""
    zabbix = None

    def command(self, text):
        say(f"C:\\> {text}")

    def installer(self, how, package, *properties):
        self.command(" ".join(["msiexec", how, pathlib.Path(package).name, "/qn", *properties]))
        began = time.monotonic()
        said = self.msiexec(how, package, *properties)
        for line in said.split("\n"):
            if mark := re.search(r"\((\+|=|!!)\) .*|zabbix-atol: The service .*", line):
                say("     " + mark.group())
        say(f"     ({time.monotonic() - began:.0f} s)")

    def told(self, *words, status):
        self.command("zabbix-atol " + " ".join(words))
        done = wine(self.arch, self.place() / "zabbix-atol.exe", *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for line in done.stdout.replace("\r", "").strip().split("\n")[:3]:
            say("     " + line)

    def value(self, since):
        api = self.zabbix.api
        item = api("item.get", {"host": HOST, "filter": {"key_": "kkt.get[{$KKT.NAME}]"}, "output": ["itemid", "lastvalue", "lastclock", "value_type"]})
        rows = api("history.get", {"itemids": [item[0]["itemid"]], "history": 4, "sortfield": "clock", "sortorder": "DESC", "limit": 1,
                                   "time_from": int(since)}) if item else []
        return json.loads(rows[0]["value"]) if rows else None

    def show_value(self, what, since):
        def look():
            if self.agent.poll() is not None:
                self.fail("the agent ended: " + self.agent_log.read_text(errors="replace")[-500:])
            return self.value(since)

        document = wait_for(f"a value in Zabbix: {what}", look, 300, 1)
        self.assertEqual(document["state"], "ok")
        say(f"     Zabbix {self.zabbix.version}, host {HOST}: {what}: state {document['state']}, {document['metrics']['device']['model']}, "
            f"serial {document['metrics']['device']['serial']}, fn.days_left {document['metrics']['fn']['days_left']}, version {document['version']}")

    def start_agent(self, config):
        copy = self.linux_files(config, FOLDER / f"linux-agent-{self.arch}")
        text = copy.read_text() + f"\nServerActive=127.0.0.1:{self.zabbix.server_port}\nListenPort={free_port()}\nListenIP=127.0.0.1\nAllowRoot=1\n" \
                                  f"PidFile={copy.parent}/agent.pid\nRefreshActiveChecks=60\nStartAgents=1\n"
        copy.write_text(text)
        self.agent_log = FOLDER / f"rollout-agent-{self.arch}.log"
        with open(self.agent_log, "wb") as log:
            process = subprocess.Popen(["/usr/sbin/zabbix_agentd", "-f", "-c", copy], stdout=log, stderr=subprocess.STDOUT)
        self.agent = process
        self.addCleanup(lambda: (process.terminate(), process.wait()))

    def host(self):
        api = self.zabbix.api
        old = api("host.get", {"filter": {"host": [HOST]}, "output": ["hostid"]})
        if old:
            api("host.delete", [old[0]["hostid"]])
        group = api("hostgroup.get", {"filter": {"name": "tests"}}) or [{"groupid": api("hostgroup.create", {"name": "tests"})["groupids"][0]}]
        template = api("template.get", {"filter": {"host": [technical("agent", "en")]}, "output": ["templateid"]})[0]["templateid"]
        api("host.create", {"host": HOST, "groups": [{"groupid": group[0]["groupid"]}], "templates": [{"templateid": template}],
                            "macros": [{"macro": name, "value": value} for name, value in MACROS.items()]})
        self.zabbix.reload()

    def runTest(self):
        say(f"== {self.arch}")
        self.run_exe("--version")
        self.clean()
        self.addCleanup(self.clean)
        config = self.add_agent()
        fresh = config.read_bytes()
        address = f"tcp://{self.emulator()}"
        self.host()
        self.installer("/i", self.msi(), "NAME=kassa-1", f"CONNECT={address}", "AGENT=1", "SERVICE=1")
        self.told("service", "status", status=RUNNING)
        since = time.time()
        self.start_agent(config)
        self.show_value("first value", since)
        self.installer("/i", self.later_msi())
        self.told("service", "status", status=RUNNING)
        self.show_value("after the upgrade", time.time())
        self.installer("/x", self.later_msi())
        self.assertEqual(config.read_bytes(), fresh)
        say("     the agent's file is as it was: " + self.asked_by_linux(config, "agent.ping").strip())
        self.nothing_is_left()
        say("     no file, no service, no key of the registry is left")
        say()


def main(archs):
    subprocess.run([WINE, "prepare"], check=True)
    roots.make("trixie")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="zatol-rollout-")) / "zabbix"
    folder.mkdir()
    roots.Root("7.0").bind(folder)
    with Stack(folder, "7.0") as stack:
        zabbix_setup.import_template(stack.api, ROOT / "templates" / "7.0" / file_name("agent", "en"))
        Rollout.zabbix = stack
        results = []
        for arch in archs or ("x64", "x86"):
            test = type(arch, (Rollout,), {"arch": arch})()
            result = unittest.TestResult()
            test.run(result)
            results += result.failures + result.errors
        for _, text in results:
            print(text)
    for arch in archs or ("x64", "x86"):
        if (FOLDER / arch).exists():
            wine(arch, "wineboot", "--kill")
    return 1 if results else 0


if __name__ == "__main__":
    roots.enter("7.0")
    sys.exit(main(sys.argv[1:]))
