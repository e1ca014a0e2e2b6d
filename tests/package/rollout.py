#!/usr/bin/env python3
"""From a bare Debian 12 and the .deb to a value and an alert in Zabbix 7.0, as a transcript with times: what docs/start-till.md promises.

`./run.sh rollout [--interval 5m]`. The till is a root made by debootstrap, minbase, with processes of its own; its register is emulated, Zabbix 7.0
is real (tests/zabbix). The agent listens at a port that is free here; all else is as Debian and the templates have it."""
import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/zabbix")]
import debroot  # noqa: E402
import roots  # noqa: E402
import zabbix_setup  # noqa: E402
from stack import Stack, free_port, wait_for  # noqa: E402
from zbx.names import file_name, technical  # noqa: E402

HOST, NAME = "till-1", "kassa-1"
SHOWN = ("kkt.state", "kkt.device.model", "kkt.device.serial", "kkt.fn.left", "kkt.health.text")
DONE = "-- done"
PATIENCE = 900
began = time.monotonic()


def say(text=""):
    print(text, flush=True)


def at():
    seconds = int(time.monotonic() - began)
    return f"{seconds // 60}:{seconds % 60:02d}"


class Till:
    """A shell in the root, with what it starts: an agent of one command is there for the next."""

    def __init__(self, root):
        self.shell = subprocess.Popen(debroot.argv(root, ["sh"], spaces=("pid", "uts")), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
        self.run(f"hostname {HOST}")

    def run(self, command):
        self.shell.stdin.write(f"{{ {command}\n}} </dev/null\nstatus=$?; echo; echo '{DONE}' $status\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.startswith(DONE):
                return int(line.split()[-1]), "".join(lines)
            lines.append(line)
        raise SystemExit("the till's shell ended:\n" + "".join(lines[-20:]))

    def typed(self, command, shown=None, keep="."):
        """Runs what a person types and prints it, the lines of its output that match `keep`, and the time that it took."""
        say(f"till-1# {shown or command}")
        start = time.monotonic()
        status, said = self.run(command)
        for line in filter(None, said.splitlines()):
            if re.search(keep, line):
                say(f"    {line}")
        say(f"    ({time.monotonic() - start:.1f} s)")
        if status:
            raise SystemExit(f"exit status {status}:\n{said[-3000:]}")

    def close(self):
        self.shell.stdin.close()
        self.shell.wait(60)


class Register:
    """An emulated register whose state can be changed; `program` stands in the package zabbix-atol-emulator."""

    def __init__(self, program, folder):
        self.file = folder / "state.json"
        self.usual = json.loads(subprocess.run([program, "--dump-state"], check=True, capture_output=True).stdout)
        self.change({})
        self.process = subprocess.Popen([program, "--tcp", "127.0.0.1:0", "--protocol", "5", "--state", self.file], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("listening "):
                self.connect = "tcp://" + line.split()[1]
            if line.strip() == "ready":
                return
        raise SystemExit("the emulator did not start")

    def change(self, fn):
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({**self.usual, "fn": {**self.usual["fn"], **fn}}, ensure_ascii=False), encoding="utf-8")
        new.replace(self.file)

    def ends_in(self, days):
        self.change({"valid_until": (datetime.date.today() + datetime.timedelta(days=days)).isoformat()})


class Zabbix:
    """What an administrator does in Zabbix, by its API, and what he sees there."""

    def __init__(self, stack, interval):
        self.api, self.reload, self.interval = stack.api, stack.reload, interval

    def receive_messages(self):
        """A media type that says yes, for every problem from Average upwards."""
        media = self.api("mediatype.create", {"name": "to the administrator", "type": 4, "status": 0, "script": "return 'OK';", "message_templates": [
            {"eventsource": 0, "recovery": n, "subject": "{EVENT.NAME}", "message": "{HOST.NAME}"} for n in (0, 1)]})["mediatypeids"][0]
        admin = self.api("user.get", {"filter": {"username": ["Admin"]}, "output": ["userid"]})[0]["userid"]
        self.api("user.update", {"userid": admin, "medias": [{"mediatypeid": media, "sendto": "Admin"}]})
        message = {"operationtype": 0, "opmessage": {"default_msg": 1, "mediatypeid": media}}
        self.api("action.create", {"name": "tell the administrator", "eventsource": 0, "esc_period": "1h", "operations": [{**message, "opmessage_usr": [{"userid": admin}]}],
                                   "filter": {"evaltype": 0, "conditions": [{"conditiontype": 4, "operator": 5, "value": 3}]},
                                   "recovery_operations": [{"operationtype": 11, "opmessage": {"default_msg": 1}}]})

    def set_up(self):
        zabbix_setup.import_template(self.api, ROOT / "templates/7.0" / file_name("agent", "en"))
        template = self.api("template.get", {"filter": {"host": [technical("agent", "en")]}, "output": ["templateid"]})[0]["templateid"]
        group = self.api("hostgroup.create", {"name": "Tills"})["groupids"][0]
        macros = {"{$KKT.NAME}": NAME, **({"{$KKT.INTERVAL}": self.interval} if self.interval else {})}
        self.api("host.create", {"host": HOST, "groups": [{"groupid": group}], "templates": [{"templateid": template}],
                                 "macros": [{"macro": name, "value": value} for name, value in macros.items()]})
        for own in self.api("host.get", {"filter": {"host": ["Zabbix server"]}, "output": ["hostid"]}):
            self.api("host.update", {"hostid": own["hostid"], "status": 1})  # it watches an agent of the server, which is not here
        self.reload()  # else the server would read it within CacheUpdateFrequency: 10 s in 7.0

    def values(self):
        """Of the items in SHOWN, when all of them have one."""
        items = self.api("item.get", {"host": HOST, "filter": {"key_": SHOWN}, "output": ["key_", "lastvalue", "lastclock"]})
        values = {i["key_"]: i["lastvalue"] for i in items if int(i["lastclock"]) > 0}
        return values if len(values) == len(SHOWN) else None

    def message(self, beginning):
        """The message that was sent, with Zabbix's own record of it."""
        sent = self.api("alert.get", {"output": ["subject", "status", "error"], "filter": {"status": 1}})
        return next((a["subject"] for a in sent if a["subject"].startswith(beginning)), None)

    def problems(self):
        return self.api("problem.get", {"output": ["name", "severity"]})


def play(out, work, stack, interval):
    subprocess.run(["cp", "-a", "--reflink=auto", str(debroot.pristine(roots.CACHE, "bookworm")), str(work / "root")], check=True)
    deb = next(out.glob("zabbix-atol_*_amd64.deb"))
    shutil.copy(deb, work / "root/srv")
    subprocess.run(["dpkg-deb", "-x", next(out.glob("zabbix-atol-emulator_*_amd64.deb")), work / "emulator"], check=True)
    register, till, zabbix = Register(work / "emulator/usr/bin/atol-emulator", work), Till(work / "root"), Zabbix(stack, interval)
    conf = "/etc/zabbix/zabbix_agentd.conf"
    try:
        zabbix.receive_messages()
        global began
        began = time.monotonic()
        say(f"{datetime.date.today()}: a bare Debian 12 (debootstrap, minbase), {deb.name} ({deb.stat().st_size} bytes), Zabbix {stack.api.version}")
        till.typed("cd /srv && apt-get update -q", "apt update", "^$")
        till.typed(f"apt-get install -y -q ./{deb.name} zabbix-agent", f"apt install ./{deb.name} zabbix-agent", "newly installed")
        till.typed(f"sed -i 's/^ServerActive=.*/ServerActive=127.0.0.1:{stack.server_port}/; s/^# *ListenPort=.*/ListenPort={free_port()}/' {conf}",
                   f"sed -i 's/^ServerActive=.*/ServerActive=ZABBIX/' {conf}")
        till.typed(f"zabbix-atol setup --yes {register.connect}")
        start = time.monotonic()
        zabbix.set_up()
        say(f"In Zabbix: template imported, host {HOST} made, template linked, {{$KKT.NAME}} = {NAME} ({time.monotonic() - start:.1f} s)")
        values = wait_for("values in Zabbix", zabbix.values, PATIENCE, 0.5)
        say(f"{at()} values: " + "\n     ".join(f"{key} = {values[key]}" for key in SHOWN))
        say(f"     problems: {len(zabbix.problems())}")
        register.ends_in(2)
        say(f"{at()} the FN of the register has two days left from now on")
        text = "FN: 2 days left"
        told = wait_for("a message", lambda: zabbix.message(text), PATIENCE, 0.5)
        say(f"{at()} problem, and the message that Zabbix sent: {told}")
        register.change({})
        say(f"{at()} the FN has been replaced")
        wait_for("the end of the problem", lambda: not zabbix.problems(), PATIENCE, 0.5)
        say(f"{at()} no problem any more")
        till.typed("zabbix-atol setup --remove --yes")
        till.typed("apt-get purge -y -q zabbix-atol", "apt purge zabbix-atol", "to remove")
        left = [path for path in ("etc/zabbix-atol", "var/lib/zabbix-atol", "etc/zabbix/zabbix_agentd.conf.d/zabbix-atol.conf") if (work / "root" / path).exists()]
        say(f"     left: {', '.join(left) or 'nothing'}")
        return 1 if left else 0
    finally:
        till.close()
        register.process.terminate()
        register.process.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", required=True, type=pathlib.Path)
    parser.add_argument("--interval", help="of the polls; else what the template says: 5m")
    args = parser.parse_args()
    roots.make("trixie")
    with tempfile.TemporaryDirectory(prefix="zatol-rollout-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        roots.Root("7.0").bind(work)
        with Stack(work / "zabbix", "7.0") as stack:
            return play(args.packages.resolve(), work, stack, args.interval)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("rollout: the roots need root (chroot)")
    roots.enter("7.0")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    sys.exit(main())
