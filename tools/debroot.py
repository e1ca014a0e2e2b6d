#!/usr/bin/env python3
"""Debian roots for builds and tests, made once below the cache and never changed afterwards.

    pristine(cache, "bullseye")              what `debootstrap --variant=minbase` makes
    derived(cache, "name", base, recipe)     a copy of it in which a shell recipe has run; another recipe, another root
    run(root, ["make"], binds={...})         a command in a root; its mounts end with it
    argv(root, ["sh"], spaces=("pid",))      its words, for one that goes on"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

SOURCES = pathlib.Path("/etc/apt/sources.list.d/debian.sources")


def mirror():
    """The machine's own Debian mirror: its name stands nowhere in the project."""
    found = re.search(r"^URIs:\s*(\S+)", SOURCES.read_text(encoding="utf-8"), re.M) if SOURCES.exists() else None
    return found.group(1) if found else ""


def finish(making, root):
    """Moves what is made to its place; where another process has finished the same meanwhile, that one stays."""
    try:
        making.rename(root)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
    return root


def pristine(cache, release):
    """A minbase root, made once and never changed; None where none can be made."""
    root = cache / f"root-{release}-minbase"
    if (root / "usr/bin/apt-get").exists():
        return root
    making = root.with_name(root.name + f".{os.getpid()}")
    done = subprocess.run(["debootstrap", "--variant=minbase", release, str(making), *([mirror()] if mirror() else [])],
                          capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(making, ignore_errors=True)
        print((done.stdout + done.stderr)[-2000:])
        return None
    return finish(making, root)


def argv(root, command, binds=None, env=None, spaces=()):
    """The words that run a command in the root, with /proc, /dev and `binds` (folder here: folder there) mounted for it alone.
    `spaces`: of "net", "pid" and "uts", a network, processes or a host's name of its own, which end with it."""
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    binds = {str(here): str(there) for here, there in (binds or {}).items()}
    for there in binds.values():
        (root / there.lstrip("/")).mkdir(parents=True, exist_ok=True)
    pairs = [word for here, there in binds.items() for word in (here, there)]
    proc = 'mount -t proc proc "$r/proc"' if "pid" in spaces else 'mount --bind /proc "$r/proc"'
    network = "ip link set lo up && " if "net" in spaces else ""
    script = (f'r=$1 n=$2; shift 2; {network}{proc} && mount --rbind /dev "$r/dev" || exit 125;'
              'while [ "$n" -gt 0 ]; do mount --bind "$1" "$r$2" || exit 125; shift 2; n=$((n - 1)); done;'
              'exec chroot "$r" env -i "$@"')
    environment = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                   "DEBIAN_FRONTEND": "noninteractive", **(env or {})}
    apart = [f"--{space}" for space in spaces] + (["--fork", "--kill-child"] if "pid" in spaces else [])
    return ["unshare", "--mount", *apart, "sh", "-c", script, "sh", str(root), str(len(binds)), *pairs,
            *(f"{name}={value}" for name, value in environment.items()), *map(str, command)]


def run(root, command, binds=None, env=None, apart=False, **options):
    """Runs a command in the root; `apart`: with processes and a network of its own: daemons, ports."""
    return subprocess.run(argv(root, command, binds, env, ("net", "pid") if apart else ()), text=True, stdin=subprocess.DEVNULL, **options)


def derived(cache, name, base, recipe, binds=None):
    """A copy of `base` in which the shell recipe has run; None, and what it said, where it failed."""
    root = cache / f"root-{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"
    if root.exists():
        return root
    making = root.with_name(root.name + f".{os.getpid()}")
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(making)], check=True)
    done = run(making, ["sh", "-ec", recipe], binds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(done.stdout[-3000:])
        shutil.rmtree(making, ignore_errors=True)
        return None
    return finish(making, root)
