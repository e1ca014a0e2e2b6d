"""Where the programs of a Zabbix stand: 6.0 in this system (Debian 12), 7.0 in a root with Debian 13, made once and kept in the cache.

The programs of a root run by `chroot`, in a mount namespace of the suite's own (`enter`): there the folders of the suite, of the project and of
the build stand at the same paths as outside, and the mounts end with the suite.
"""
import fcntl
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys

SOURCES = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
CACHE = pathlib.Path(os.environ.get("ZA_CACHE", pathlib.Path.home() / ".cache/zabbix-atol"))
PROJECT = pathlib.Path(__file__).resolve().parents[2]
RELEASES = {"6.0": None, "7.0": "trixie"}
TRIXIE = ("zabbix-server-pgsql zabbix-frontend-php zabbix-agent zabbix-agent2 zabbix-sender postgresql php-pgsql php-cli php-mbstring php-xml php-gd "
          "php-bcmath php-curl locales fontconfig fonts-dejavu-core libuv1t64 libjansson4 libyaml-0-2 libsqlite3-0 libasan8 libubsan1").split()
BESIDE = "zabbix-proxy-sqlite3"  # conflicts with the server: its program is put beside it


def mirror():
    """The machine's own Debian mirror: its name stands nowhere in the project."""
    found = re.search(r"^URIs:\s*(\S+)", SOURCES.read_text(encoding="utf-8"), re.M) if SOURCES.exists() else None
    return found.group(1) if found else ""


def make(release):
    """The root of a Debian release with Zabbix, made under a lock; a second call returns at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    root = CACHE / f"root-{release}-zabbix"
    with open(CACHE / f"root-{release}-zabbix.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            print(f"making a root of Debian {release} with Zabbix: some minutes, once", flush=True)
            shutil.rmtree(root, ignore_errors=True)
            inside = ["unshare", "--mount", sys.executable, __file__, "make", release, str(root)]
            done = subprocess.run(inside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                raise SystemExit(f"the root of {release} could not be made:\n{done.stdout[-3000:]}")
            (root / "made").touch()
    return root


def fill(release, root):
    """Runs in a mount namespace of its own."""
    uri = mirror()
    if not shutil.which("debootstrap"):
        subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=600", "install", "-y", "-qq", "--no-install-recommends", "debootstrap"], check=True)
    subprocess.run(["debootstrap", "--variant=minbase", release, str(root), *([uri] if uri else [])], check=True)
    for what in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{what}", str(root / what)], check=True)
    for file in pathlib.Path("/etc/apt/apt.conf.d").iterdir():  # how this machine reaches its mirror
        if not (root / "etc/apt/apt.conf.d" / file.name).exists() and "dpkg" not in file.read_text(encoding="utf-8", errors="replace").lower():
            shutil.copy(file, root / "etc/apt/apt.conf.d")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")  # no service of the root starts
    policy.chmod(0o755)

    def inside(*command):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        subprocess.run(["chroot", str(root), *command], check=True, env=env)
    inside("apt-get", "update", "-qq")
    inside("apt-get", "install", "-y", "-qq", "--no-install-recommends", *TRIXIE)
    inside("sh", "-c", f"cd /tmp && apt-get -o APT::Sandbox::User=root download -qq {BESIDE} && dpkg-deb -x {BESIDE}_*.deb /opt/proxy && "
                       f"dpkg-deb -f {BESIDE}_*.deb Depends > needs && rm {BESIDE}_*.deb")
    needs = (part.split("|")[0].split("(")[0].strip() for part in (root / "tmp/needs").read_text().split(","))
    inside("apt-get", "install", "-y", "-qq", "--no-install-recommends", *(name for name in needs if "lib" in name))
    names = root / "etc/locale.gen"
    names.write_text(names.read_text() + "\nen_US.UTF-8 UTF-8\nru_RU.UTF-8 UTF-8\n")
    inside("locale-gen")
    inside("apt-get", "clean")
    for needed in ("usr/sbin/zabbix_server", "usr/sbin/zabbix_agentd", "usr/sbin/zabbix_agent2", "usr/bin/zabbix_sender", "opt/proxy/usr/sbin/zabbix_proxy",
                   "usr/share/zabbix/index.php"):
        if not (root / needed).exists() and not list(root.glob("usr/share/zabbix/**/index.php")):
            raise SystemExit(f"the root has no /{needed}")


SYSTEM = {  # what 6.0 needs of this system: file -> packages
    "/usr/share/zabbix/index.php": "zabbix-frontend-php",
    "/usr/sbin/zabbix_agentd": "zabbix-agent", "/usr/sbin/zabbix_agent2": "zabbix-agent2", "/usr/bin/zabbix_sender": "zabbix-sender",
    "/usr/bin/php": "php-cli php-pgsql php-mbstring php-xml php-gd php-bcmath php-curl",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql", "/usr/sbin/locale-gen": "locales",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu",
}
UNPACKED = CACHE / "zabbix-server"  # server and proxy conflict with each other when they are installed


def apt(*packages):
    subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=600", "install", "-y", "-qq", "--no-install-recommends", *packages], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def install_system():
    """Installs the Debian packages that are missing; a policy-rc.d keeps their services from starting."""
    wanted = [package for path, packages in SYSTEM.items() if not os.path.exists(path) for package in packages.split()]
    if wanted:
        print("installing", *wanted, flush=True)
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        ours = not policy.exists()
        if ours:
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
        try:
            subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
            apt(*wanted)
        finally:
            if ours:
                policy.unlink()
    unpack("zabbix-server-pgsql", "zabbix_server")
    unpack("zabbix-proxy-sqlite3", "zabbix_proxy")
    have = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower()
    if "ru_ru.utf8" not in have:
        generate = pathlib.Path("/etc/locale.gen")
        generate.write_text(generate.read_text() + "\nen_US.UTF-8 UTF-8\nru_RU.UTF-8 UTF-8\n")
        subprocess.run(["locale-gen"], check=True, stdout=subprocess.DEVNULL)


def unpack(package, program):
    """A package's files in the cache, with the libraries that it needs installed."""
    if (UNPACKED / "usr/sbin" / program).exists():
        return
    print(f"unpacking {package}", flush=True)
    UNPACKED.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq", package], check=True, cwd=UNPACKED)
    file = next(UNPACKED.glob(f"{package}_*.deb"))
    needs = subprocess.run(["dpkg-deb", "-f", file, "Depends"], check=True, capture_output=True, text=True).stdout
    names = [part.split("|")[0].split("(")[0].strip() for part in needs.split(",")]
    names = [name for name in names if name.startswith("lib") or name in ("fping", "pci.ids")]
    missing = [name for name in names if subprocess.run(["dpkg", "-s", name], capture_output=True).returncode]
    if missing:
        apt(*missing)
    subprocess.run(["dpkg-deb", "-x", file, UNPACKED], check=True)


class Root:
    """Paths and commands of one version's programs; `path` is / or the root's folder."""

    def __init__(self, version):
        self.version, release = version, RELEASES[version]
        self.system = release is None
        if self.system:
            install_system()
        self.path = pathlib.Path("/") if self.system else make(release)

    def command(self, *words, user=None):
        """The command as it is run from outside, and the options of subprocess that it needs; `user`: not as root."""
        words, user = [str(w) for w in words], user if os.getuid() == 0 else None
        if self.system:
            return words, {"cwd": "/", **({"user": user, "group": user, "extra_groups": []} if user else {})}
        return ["chroot", *([f"--userspec={user}:{user}"] if user else []), str(self.path), *words], {"cwd": "/"}

    def file(self, path):
        return self.path / str(path).lstrip("/")

    def owner(self, user):
        """(uid, gid) as the root's programs see them."""
        for line in self.file("/etc/passwd").read_text().splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if name == user:
                return int(uid), int(gid)
        raise KeyError(user)

    def program(self, name):
        """Where server and proxy stand, as a path that `command` understands."""
        if self.system:
            return UNPACKED / "usr/sbin" / name
        return f"/opt/proxy/usr/sbin/{name}" if name == "zabbix_proxy" else f"/usr/sbin/{name}"

    def postgres(self):
        """The folder of PostgreSQL's programs."""
        newest = max(self.file("/usr/lib/postgresql").iterdir(), key=lambda p: int(p.name))
        return f"/usr/lib/postgresql/{newest.name}/bin"

    def frontend(self):
        return next(p for p in (self.file("/usr/share/zabbix"), self.file("/usr/share/zabbix/ui")) if (p / "index.php").exists())

    def sql(self, name):
        base = UNPACKED if self.system else self.path
        for folder in ("usr/share/zabbix-server-pgsql", "usr/share/doc/zabbix-server-pgsql"):
            if (base / folder / f"{name}.sql.gz").exists():
                return base / folder / f"{name}.sql.gz"
        raise SystemExit(f"no {name}.sql.gz of zabbix-server-pgsql")

    def bind(self, *folders):
        """The folders stand in the root at their own paths. Called in a mount namespace of the suite's own."""
        if self.system:
            return
        for what in ("/proc", "/dev", *map(str, folders)):
            to = self.file(what)
            to.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--rbind", what, str(to)], check=True)


def enter(version):
    """Runs the calling program again in a mount namespace of its own, where the version needs one."""
    if RELEASES[version] is not None and not os.environ.get("ZA_MOUNTS_OWN"):
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv], {**os.environ, "ZA_MOUNTS_OWN": "1"})


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        fill(sys.argv[2], pathlib.Path(sys.argv[3]))
    else:
        make(*sys.argv[1:2] or ["trixie"])
