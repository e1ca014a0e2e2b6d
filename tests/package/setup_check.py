"""`zabbix-atol setup` where it works: in a bookworm root with the package and an agent, classic or 2, as Debian has them."""
import pathlib
import shutil
import subprocess
import tempfile
import time

import debroot
import installed

AGENTS = {"zabbix-agent": "zabbix_agentd.conf.d", "zabbix-agent2": "zabbix_agent2.d"}
RECIPE = "apt-get update -q && apt-get install -y -q --no-install-recommends {agent} && apt-get clean"
# From a folder that the agent's user may not read.
START = f"cd /root\nset -- --tcp 127.0.0.1:5555\n{installed.EMULATOR}\nexport ZABBIX_ATOL_LANG=en\n"
REGISTERS = "etc/zabbix-atol/registers.d/setup.yaml"
MAIN = "etc/zabbix-atol/zabbix-atol.yaml"


class Setup(installed.System):
    """Each run has processes of its own, so an agent that was restarted ends with it."""

    def setup(self, words):
        done = debroot.run(self.root, ["sh", "-c", f"{START}zabbix-atol setup {words}"], apart=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def state(self):
        """All that `setup` may touch."""
        folders = ("etc/zabbix-atol", "etc/zabbix", "etc/group")
        paths = [path for name in folders for path in [self.root / name, *sorted((self.root / name).rglob("*"))] if path.is_file()]
        return {str(path): path.read_bytes() for path in paths}


def wants(status, said, code, *texts):
    return ([] if status == code else [f"exit status {status}, expected {code}"]) + [f"not said: {t}" for t in texts if t not in said] + \
        ([] if status == code and all(t in said for t in texts) else said.splitlines()[-20:])


def changes_nothing(name, system, words, code, text, report):
    was = system.state()
    status, said = system.setup(words)
    now = system.state()
    report(name, wants(status, said, code, text) + [f"changed: {p}" for p in {*was, *now} if was.get(p) != now.get(p)])


def check_agent(agent, system, report):
    name = f"setup with {agent}"
    fresh = system.state()
    word = "tcp://127.0.0.1"
    changes_nothing(f"{name}: --dry-run says what it would do", system, f"{word} --dry-run", 0, "Would write the new registers", report)
    changes_nothing(f"{name}: nobody can be asked: nothing is done", system, word, 2, "Add --yes", report)
    changes_nothing(f"{name}: not an administrator: nothing is done", system, "--dry-run; exec su -s /bin/sh nobody -c 'zabbix-atol setup --yes'",
                    2, "sudo zabbix-atol setup", report)
    changes_nothing(f"{name}: no register, nothing is done", system, "--yes", 1, "No register was found", report)
    changes_nothing(f"{name}: a register that does not answer is told", system, "tcp://127.0.0.1:1 --yes", 1, "refused", report)
    # The agent's side done by hand, so that only the configuration is left to change.
    system.run(f"usermod -aG zabbix-atol,dialout zabbix; cp /usr/share/zabbix-atol/zabbix_agentd.d/zabbix-atol.conf /etc/zabbix/{AGENTS[agent]}/")
    (system.root / MAIN).write_text("include: other.d/*.yaml\nregisters: []\n", encoding="utf-8")
    (system.root / "etc/zabbix-atol/other.d").mkdir()
    changes_nothing(f"{name}: a configuration that would not be good is put back", system, f"{word} --yes", 1,
                    "but not registers.d", report)
    (system.root / MAIN).write_bytes(fresh[str(system.root / MAIN)])
    shutil.rmtree(system.root / "etc/zabbix-atol/other.d")
    (system.root / "etc/zabbix" / AGENTS[agent] / "zabbix-atol.conf").unlink()
    system.run("gpasswd -d zabbix zabbix-atol; gpasswd -d zabbix dialout")
    began = time.monotonic()
    status, said = system.setup(f"{word} --yes")
    report(f"{name}: writes, gives rights, restarts, reads through the agent",
           wants(status, said, 0, "Registers written", "User parameters written", "Agent restarted", "kkt.get[kassa-1] = ok, ", "In Zabbix"), began)
    report(f"{name}: the registers are the agent's and serve's to read alone",
           system.said(f"stat -c '%a %U %G' /{REGISTERS}", r"^640 root zabbix-atol$"))
    changes_nothing(f"{name}: again: nothing to change", system, f"{word} --yes", 0, "Nothing to change", report)
    status, said = system.setup("--remove --yes")
    left = [f"left: {path}" for path, text in system.state().items() if fresh.get(path) != text and not path.endswith("etc/group")]
    report(f"{name}: --remove undoes it", wants(status, said, 0, "Registers removed", "User parameters removed") + left)
    changes_nothing(f"{name}: --remove again: nothing to change", system, "--remove --yes", 0, "Nothing to change", report)


def check(cache, pristine, out, agents, report):
    for agent in agents:
        base = debroot.derived(cache, agent, pristine, RECIPE.format(agent=agent))
        if not base:
            report(f"a bookworm root with {agent}", ["could not be made"])
            continue
        with tempfile.TemporaryDirectory(prefix="zatol-setup-") as work:
            root = pathlib.Path(work) / "root"
            subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
            (root / "debs").mkdir()
            for package in out.glob("*_amd64.deb"):
                shutil.copy(package, root / "debs")
            system = Setup(root)
            report(f"setup with {agent}: the package installs", system.problems(f"{installed.APT} /debs/*.deb"))
            check_agent(agent, system, report)
