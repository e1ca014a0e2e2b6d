"""One .deb in a bare system: installation, use, an upgrade over a changed configuration, removal, purge."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import debroot

CONFIG = "etc/zabbix-atol/zabbix-atol.yaml"
CHANGED = "# mine\nregisters:\n  - name: kassa-1\n    connect: tcp://127.0.0.1:{port}\n"
# What every installation of any package leaves: the package manager's own files, and users, which Debian keeps.
LEFT = re.compile(r"/(var/(lib|cache|log)/|etc/(passwd|group|shadow|gshadow|subuid|subgid|ld\.so\.cache)|run/|tmp/|debs|dev/|proc|root/|etc/resolv\.conf)")
APT = "apt-get install -y -q --no-install-recommends"


def newer(package, to):
    """The same package as a next version, whose sample has changed: what an upgrade brings."""
    with tempfile.TemporaryDirectory(prefix="zatol-newer-") as work:
        tree = pathlib.Path(work) / "tree"
        subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*$", "Version: 99.0.0", control.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
        with open(tree / "usr/share/zabbix-atol/zabbix-atol.yaml", "a", encoding="utf-8") as sample:
            sample.write("# a comment of the next version\n")
        subprocess.run(["dpkg-deb", "-b", "--root-owner-group", tree, to], check=True, stdout=subprocess.DEVNULL)


class System:
    def __init__(self, root):
        self.root = root

    def run(self, script):
        return debroot.run(self.root, ["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def problems(self, script):
        done = self.run(script)
        return done.stdout.splitlines()[-25:] or [f"exit status {done.returncode}"] if done.returncode else []

    def files(self):
        found = subprocess.run(["find", ".", "-xdev", "-printf", "/%P\\n"], cwd=self.root, capture_output=True, text=True, check=True)
        return {name for name in found.stdout.splitlines() if not LEFT.match(name)}

    def said(self, script, pattern):
        done = self.run(script)
        return [] if re.search(pattern, done.stdout, re.M) else [f"not said: {pattern}", *done.stdout.splitlines()[-15:]]


# Starts the emulator with the words in $@ and waits for its word: $register is its address.
EMULATOR = r"""
rm -f /tmp/kkt
mkfifo /tmp/kkt
atol-emulator "$@" >/tmp/kkt & kkt=$!
exec 3</tmp/kkt
while read -r word where <&3 && [ "$word" != ready ]; do register=$where; done
"""
USE = f"set -- --tcp 127.0.0.1:0\n{EMULATOR}" + r"""
zabbix-atol get "tcp://$register"
kill $kkt
"""


def check_reading(system, name, report):
    done = system.run(USE)
    try:
        state = json.loads(done.stdout)["state"]
    except (ValueError, KeyError):
        state = done.stdout[-500:]
    report(f"{name}: reads a register", [] if state == "ok" else [state])
    report(f"{name}: nothing is polled that nobody configured", system.said("zabbix-atol discover | wc -l", r"^0$"))
    report(f"{name}: rights of the configuration",
           system.said("stat -c '%a %U %G' /etc/zabbix-atol/zabbix-atol.yaml /etc/zabbix-atol", r"^640 root zabbix-atol\n750 root zabbix-atol$"))
    report(f"{name}: the user of serve reads it and owns its folder",
           system.problems("su -s /bin/sh zabbix-atol -c 'zabbix-atol discover && touch /var/lib/zabbix-atol/x && rm /var/lib/zabbix-atol/x'"))


def check_use(system, release, report):
    check_reading(system, release, report)
    report(f"{release}: the tool for Zabbix's side without Python", system.said("zabbix-atol-zabbix-setup --help", "python3 is missing"))
    report(f"{release}: manual pages, completions, templates",
           system.problems("for f in bash-completion/completions/zabbix-atol zsh/site-functions/_zabbix-atol zabbix-atol/templates "
                           "zabbix-atol/zabbix_agentd.d/zabbix-atol.conf zabbix-atol/tools/zabbix_setup.py; do test -e /usr/share/$f || exit 1; done"))
    report(f"{release}: the pages have the names by which `check`, `setup` and the pages call them",
           system.problems("cd /usr/share/doc/zabbix-atol/docs && test -e troubleshooting.md && test -e zabbix.ru.md && test -e document.schema.json && ! ls *.gz"))


def check(pristine, release, out, report):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zatol-installed-") as work:
        root = pathlib.Path(work) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(pristine), str(root)], check=True)
        system = System(root)
        (root / "debs").mkdir()
        for package in out.glob("*_amd64.deb"):
            shutil.copy(package, root / "debs")
        newer(next(out.glob("zabbix-atol_*_amd64.deb")), root / "newer.deb")
        shutil.move(root / "newer.deb", root / "debs/newer.deb")
        before = system.files()
        report(f"{release}: installs with nothing but what a bare system has", system.problems(f"{APT} /debs/zabbix-atol*_amd64.deb"))
        check_use(system, release, report)
        changed = CHANGED.format(port=5555)
        (root / CONFIG).write_text(changed, encoding="utf-8")
        report(f"{release}: an upgrade asks nothing", system.problems(f"{APT} /debs/newer.deb && zabbix-atol --version"))
        report(f"{release}: an upgrade leaves a changed configuration", [] if (root / CONFIG).read_text(encoding="utf-8") == changed else ["changed"])
        (root / "etc/zabbix-atol/registers.d/mine.yaml").write_text("registers:\n", encoding="utf-8")
        report(f"{release}: removed", system.problems("apt-get remove -y -q zabbix-atol zabbix-atol-emulator && ! command -v zabbix-atol"))
        report(f"{release}: removal keeps the configuration", [] if (root / CONFIG).read_text(encoding="utf-8") == changed else ["gone"])
        report(f"{release}: purged", system.problems("apt-get purge -y -q zabbix-atol zabbix-atol-emulator"))
        left = sorted(system.files() - before)
        state = [name for name in ("etc/zabbix-atol", "var/lib/zabbix-atol") if (root / name).exists()]
        report(f"{release}: a purge leaves nothing", [f"left: {name}" for name in left + state], began)
