"""The .rpm installed, used, upgraded over a changed configuration and erased by rpm itself: in a Debian 12 root with rpm's own, empty
database, for no system with rpm can be had here. So what it wants of a system is read from rpm's refusal, and then overruled (--nodeps)."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import debroot
import installed
import programs

# The folder of sysusers belongs to systemd or `filesystem` on each system with rpm.
RECIPE = "apt-get update -q && apt-get install -y -q --no-install-recommends rpm && apt-get clean && mkdir -p /usr/lib/sysusers.d"
RPM = "rpm --force-debian"  # else Debian's rpm warns that Debian has another package manager
# A shell for the scriptlets, and the C library.
WANTED = {"/bin/sh", "libc.so.6(GLIBC_2.28)(64bit)"}
CONFIG = installed.CONFIG


def newer(package, build_root, work):
    """The same files as version 99.0.0, by the project's own spec."""
    tree = programs.unpack(package, work / "tree")
    emulator = next(package.parent.glob("zabbix-atol-emulator-*.x86_64.rpm"))
    shutil.copytree(programs.unpack(emulator, work / "more"), tree, dirs_exist_ok=True, symlinks=True)
    shutil.copy(pathlib.Path(__file__).resolve().parents[2] / "packaging/rpm/zabbix-atol.spec", work)
    with open(tree / "usr/share/zabbix-atol/zabbix-atol.yaml", "a", encoding="utf-8") as sample:
        sample.write("# a comment of the next version\n")
    defines = {"tree": "/build/tree", "version": "99.0.0", "_topdir": "/build/rpmbuild", "_rpmdir": "/build/newer",
               "_build_name_fmt": "%%{NAME}.rpm"}
    done = debroot.run(build_root, ["rpmbuild", "-bb", "--target", "x86_64", *(word for name, value in defines.items() for word in ("--define", f"{name} {value}")),
                                    "/build/zabbix-atol.spec"], {work: "/build"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return work / "newer", done.stdout.splitlines()[-15:] if done.returncode else []


def quiet(system, script):
    """It ends well and says nothing: a scriptlet that fails is only told."""
    done = system.run(script)
    return [f"exit status {done.returncode}", *done.stdout.splitlines()[-15:]] if done.returncode or done.stdout.strip() else []


def check_installed(system, report):
    refusal = system.run(f"{RPM} -i /rpms/zabbix-atol-1*.rpm").stdout
    missing = set(re.findall(r"^\t(\S+) is needed by", refusal, re.M))
    report("rpm: it wants a shell and a C library", [] if missing == WANTED else [f"{missing} instead of {WANTED}", *refusal.splitlines()])
    system.run("groupdel dialout")
    report("rpm: installed by rpm (--nodeps), scriptlets say nothing", quiet(system, f"{RPM} -i --nodeps /rpms/*.rpm"))
    report("rpm: files as the package has them (rpm -V)", quiet(system, "rpm -V --nodeps zabbix-atol zabbix-atol-emulator"))
    report("rpm: the group dialout is made where it is missing", system.said("id zabbix-atol", r"\(dialout\)"))
    installed.check_reading(system, "rpm", report)


def check(cache, pristine, build_root, out, report):
    began = time.monotonic()
    base = debroot.derived(cache, "rpm", pristine, RECIPE)
    if not base:
        report("a bookworm root with rpm", ["could not be made"])
        return
    with tempfile.TemporaryDirectory(prefix="zatol-rpm-") as folder:
        work, root = pathlib.Path(folder), pathlib.Path(folder) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
        system = installed.System(root)
        (root / "rpms").mkdir()
        for package in out.glob("*.x86_64.rpm"):
            shutil.copy(package, root / "rpms")
        before = system.files()
        check_installed(system, report)
        made, problems = newer(next(out.glob("zabbix-atol-1*.x86_64.rpm")), build_root, work)
        report("rpm: a next version is built", problems)
        changed = installed.CHANGED.format(port=5555)
        (root / CONFIG).write_text(changed, encoding="utf-8")
        shutil.copytree(made, root / "newer")
        report("rpm: upgraded", quiet(system, f"{RPM} -U --nodeps /newer/*.rpm") or system.said("rpm -q zabbix-atol", r"^zabbix-atol-99\.0\.0-1"))
        report("rpm: an upgrade leaves a changed configuration", [] if (root / CONFIG).read_text(encoding="utf-8") == changed else ["changed"])
        report("rpm: and its users and folders", system.said("stat -c '%U %G' /var/lib/zabbix-atol", "^zabbix-atol zabbix-atol$"))
        report("rpm: erased", quiet(system, f"{RPM} -e --nodeps zabbix-atol zabbix-atol-emulator && ! command -v zabbix-atol"))
        report("rpm: the configuration stays", [] if (root / CONFIG).exists() and (root / CONFIG).read_text(encoding="utf-8") == changed else ["gone"])
        system.run("rm -r /etc/zabbix-atol /var/lib/zabbix-atol /newer")
        left = sorted(system.files() - before)
        report("rpm: nothing else is left", [f"left: {name}" for name in left], began)
