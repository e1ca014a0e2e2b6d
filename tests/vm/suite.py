#!/usr/bin/env python3
"""The vm suite: USB registers, RS-232 and systemd, which only a virtual machine can show. A guest of Debian packages boots
(software emulation is enough), runs the checks of guest/ and switches itself off. Its results come back as TAP.

Prints one line a check and ends with `N passed, N failed, N skipped`."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import line  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = {"bridge": ["bridge.c"], "holder": ["holder.c"], "compat": ["compat.c"]}
TIMEOUT_S = 1500 # beside other load; five minutes without


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, **options)


def image(cache, release, build, driver, work):
    """The guest's disk: the cached root with the program of this checkout installed in it."""
    root = work / "root"
    run("cp", "-a", cache / f"vm-{release}" / "root", root)
    run("meson", "install", "-C", build, "--no-rebuild", env={**os.environ, "DESTDIR": str(root)}, stdout=subprocess.DEVNULL)
    if driver:
        (root / "usr/lib/atol").mkdir()
        shutil.copy(driver, root / "usr/lib/atol/")
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, work / "root.img", "600M")
    shutil.rmtree(root)


def share(work):
    """What the guest sees under /share: the checks, and the small programs that play a register's USB."""
    folder = work / "share"
    shutil.copytree(HERE / "guest", folder)
    for name, sources in PROGRAMS.items():
        run("gcc", "-O2", "-Wall", "-static", "-o", folder / name, *(folder / source for source in sources))
    return folder


def boot(cache, release, work, folder, emulator):
    link = work / "kkt"
    kkt = subprocess.Popen([str(emulator), "--pty", str(link), "--protocol", "3"], stdout=subprocess.PIPE, text=True)
    try:
        for text in kkt.stdout:
            if text.strip() == "ready":
                break
        rs232 = line.Line(str(link), str(work / "line"))
        rs232.start()
        guest = cache / f"vm-{release}"
        run("timeout", TIMEOUT_S, "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", 2, "-m", 384,
            "-machine", "q35,usb=off", "-nodefaults", "-no-user-config", "-display", "none",
            "-kernel", guest / "vmlinuz", "-initrd", guest / "initrd.gz",
            "-append", "console=ttyS0 quiet rw panic=-1 mitigations=off", "-no-reboot",
            "-drive", f"file={work}/root.img,format=raw,if=virtio", "-device", "virtio-rng-pci",
            "-chardev", f"file,id=console,path={work}/console.log", "-serial", "chardev:console",
            "-chardev", f"serial,id=rs232,path={rs232.path}", "-serial", "chardev:rs232",
            "-device", "virtio-serial", "-chardev", f"socket,id=line,path={work}/line", "-device", "virtserialport,chardev=line,name=line",
            "-virtfs", f"local,path={folder},mount_tag=share,security_model=none")
    finally:
        kkt.terminate()
        kkt.wait()


def report(tap, console):
    """The checks of the guest as this project's lines; a guest that did not come to its end is a failure."""
    passed = failed = skipped = 0
    for text in tap.splitlines():
        found = re.match(r"(not )?ok \d+ - (.*?)( # SKIP (.*))?$", text)
        if not found:
            print(f"     {text}")
        elif found.group(3):
            skipped += 1
            print(f"skip {found.group(2)}: {found.group(4)}")
        elif found.group(1):
            failed += 1
            print(f"FAIL {found.group(2)}")
        else:
            passed += 1
            print(f"ok   {found.group(2)}")
    if not re.search(rf"^1\.\.{passed + failed + skipped}$", tap, re.M):
        failed += 1
        print("FAIL the guest came to the end of its checks")
        print("\n".join("     " + text for text in console.splitlines()[-25:]))
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path, help="made with -Dprefix=/usr")
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--driver", type=pathlib.Path, help="the vendor's libfptr10.so")
    parser.add_argument("--release", default="bookworm")
    parser.add_argument("--only", default="", help="parts of guest/, with commas: service usb setup driver rs232 sandbox")
    parser.add_argument("--keep", action="store_true", help="leaves the work folder for a look")
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("skip all: making the guest needs root")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    began = time.monotonic()
    cache = args.cache.resolve()
    run(HERE / "make_guest.sh", args.release, cache)
    work = pathlib.Path(tempfile.mkdtemp(prefix="zatol-vm-"))
    try:
        image(cache, args.release, args.build.resolve(), args.driver, work)
        folder = share(work)
        (folder / "parts").write_text(args.only.replace(",", " ") or "service usb setup driver rs232 sandbox")
        try:
            boot(cache, args.release, work, folder, args.build.resolve() / "emulator/atol-emulator")
        except subprocess.CalledProcessError as error:
            print(f"     qemu ended with {error.returncode}")
        tap = folder / "checks.tap"
        console = work / "console.log"
        passed, failed, skipped = report(tap.read_text(errors="replace") if tap.exists() else "",
                                         console.read_text(errors="replace") if console.exists() else "")
    finally:
        if args.keep:
            print(f"     kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(f"     {args.release}, {time.monotonic() - began:.0f} s")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
