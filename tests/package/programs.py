"""What is in the packages, read and run where it was built: hardening, what each program wants of a system, a poll under
qemu-user, the static archive in an empty folder."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import hardening

# The oldest C library of the systems named in docs/packages.md (Debian 10): nothing newer may be wanted.
OLDEST_GLIBC = (2, 28)
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux-aarch64.so.1", "ld-linux-armhf.so.3",
             "ld-linux-x86-64.so.2"}
# In the build root: the static qemu, and where the C library for it is.
QEMU = {"arm64": ("usr/bin/qemu-aarch64-static", "usr/aarch64-linux-gnu"), "armhf": ("usr/bin/qemu-arm-static", "usr/arm-linux-gnueabihf"),
        "aarch64": ("usr/bin/qemu-aarch64-static", ""), "armel": ("usr/bin/qemu-arm-static", "")}


def unpack(package, to):
    to.mkdir()
    if package.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", package, to], check=True)
    elif package.suffix == ".rpm":
        with subprocess.Popen(["rpm2cpio", package], stdout=subprocess.PIPE) as made:
            subprocess.run(["cpio", "-idm", "--quiet"], cwd=to, stdin=made.stdout, check=True)
    else:
        subprocess.run(["tar", "xf", package, "-C", to], check=True)
    return to


def executables(folder):
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"]


def wanted(program):
    """Libraries and versions of glibc that a program wants beyond what the oldest system has."""
    text = subprocess.run(["readelf", "-dVW", program], capture_output=True, text=True, check=True).stdout
    libraries = set(re.findall(r"NEEDED.*\[(.*)\]", text))
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", text)}
    return ([f"{program.name} wants {name}" for name in sorted(libraries - LIBRARIES)]
            + [f"{program.name} wants GLIBC_{'.'.join(map(str, one))}" for one in sorted(versions) if one > OLDEST_GLIBC])


def document(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          env={"ZABBIX_ATOL_LANG": "en", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"state": f"no document: status {done.returncode}", "error": done.stderr[-300:]}


def poll(emulator, program):
    """Starts the emulator and reads it with the program, both by a command prefix."""
    with subprocess.Popen([*emulator, "--tcp", "127.0.0.1:0", "--protocol", "5"], stdout=subprocess.PIPE, text=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}) as kkt:
        try:
            address = kkt.stdout.readline().split()[1]
            kkt.stdout.readline()
            return document([*program, "get", f"tcp://{address}"])
        finally:
            kkt.terminate()


def read_well(document):
    return [] if document["state"] == "ok" and len(document["metrics"]) > 5 else [json.dumps(document, ensure_ascii=False)[:400]]


def check_static(folder, machine, build_root, report):
    """In an empty root: no library, no file of a system. The vendor's driver is not to be had there, and that is said."""
    unpacked = next(folder.iterdir())
    inside = lambda name: ["chroot", str(unpacked), f"/{name}"]  # noqa: E731
    if machine in QEMU:
        inside = lambda name: [str(build_root / QEMU[machine][0]), str(unpacked / name)]  # noqa: E731
    register = poll(inside("atol-emulator"), inside("zabbix-atol"))
    report(f"static {machine}: reads a register{'' if machine in QEMU else ' in an empty root'}", read_well(register))
    driver = document([*inside("zabbix-atol"), "get", "driver:usb"])  # by itself: no process can be started here
    right = driver["state"] == "prerequisite" and "built without the vendor's driver" in driver["error"]
    report(f"static {machine}: driver: says that it is not in this build", [] if right else [json.dumps(driver)])
    report(f"static {machine}: notices", [f"{name} is missing" for name in ("LICENSE", "licences/libuv", "licences/jansson",
                                                                          "licences/libyaml", "README.static.txt", "templates")
                                          if not (unpacked / name).exists()])


def check_arm(folder, arch, build_root, report):
    qemu, libc = QEMU[arch]
    inside = lambda name: [str(build_root / qemu), "-L", str(build_root / libc), str(folder / "usr/bin" / name)]  # noqa: E731
    report(f"{arch}: reads a register under qemu-user", read_well(poll(inside("atol-emulator"), inside("zabbix-atol"))))


def check(out, build_root, report):
    with tempfile.TemporaryDirectory(prefix="zatol-unpacked-") as work:
        merged = {}
        for package in sorted(path for path in out.iterdir() if path.suffix in (".deb", ".rpm", ".xz")):
            folder = unpack(package, pathlib.Path(work) / package.name)
            found = executables(folder)
            problems = [f"{program.name}: {line}" for program in found for line in hardening.missing(program)]
            report(f"hardening: {package.name}", problems if found else ["no program in it"])
            if package.suffix != ".xz":
                report(f"wants a C library of Debian 10 and nothing else: {package.name}", [w for p in found for w in wanted(p)])
            if package.suffix == ".xz":
                check_static(folder, re.search(r"-linux-(\w+)-static", package.name).group(1), build_root, report)
            arch = re.search(r"_(\w+)\.deb", package.name)
            if arch and arch.group(1) in QEMU:
                merged.setdefault(arch.group(1), pathlib.Path(work) / arch.group(1))
                shutil.copytree(folder, merged[arch.group(1)], dirs_exist_ok=True, symlinks=True)
        for arch, folder in merged.items():
            check_arm(folder, arch, build_root, report)
