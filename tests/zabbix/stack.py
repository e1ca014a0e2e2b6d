"""A whole Zabbix 6.0 in a folder of its own: PostgreSQL, server, frontend, classic agent, agent 2.

`with Stack(folder) as stack:` starts PostgreSQL, the server and the frontend on free ports; `stack.start_agents(...)` starts
the two agents. No service of the system is used or touched, and everything that was started is stopped at the end.
"""
import contextlib
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
from zbx.api import Api  # noqa: E402

PACKAGES = {
    "/usr/share/zabbix/index.php": "zabbix-frontend-php",
    "/usr/sbin/zabbix_agentd": "zabbix-agent", "/usr/sbin/zabbix_agent2": "zabbix-agent2",
    "/usr/bin/php": "php-cli php-pgsql php-mbstring php-xml php-gd php-bcmath php-curl",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql", "/usr/sbin/locale-gen": "locales",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu",
}
PG = "/usr/lib/postgresql/15/bin"
SERVER_CONF = """
DBHost={folder}/pg
DBName=zabbix
DBUser=zabbix
DBPort={pg_port}
ListenIP=127.0.0.1
ListenPort={port}
LogFile={folder}/server.log
PidFile={folder}/server.pid
SocketDir={folder}
StatsAllowedIP=127.0.0.1
AllowRoot=1
StartPollers=1
StartPollersUnreachable=1
StartPingers=1
StartDiscoverers=1
StartHTTPPollers=1
StartTrappers=4
StartPreprocessors=1
StartDBSyncers=1
StartEscalators=1
StartAlerters=1
StartLLDProcessors=1
StartTimers=1
HousekeepingFrequency=0
CacheUpdateFrequency=60
CacheSize=64M
ValueCacheSize=64M
"""
AGENT_CONF = """
LogFile={folder}/{name}.log
PidFile={folder}/{name}.pid
Server=127.0.0.1
ServerActive=127.0.0.1:{server_port}
Hostname={hostnames}
ListenPort={port}
ListenIP=127.0.0.1
BufferSend=1
{extra}
Include={include}
"""
FRONTEND_CONF = """<?php
$DB['TYPE']='POSTGRESQL'; $DB['SERVER']='127.0.0.1'; $DB['PORT']='{pg_port}'; $DB['DATABASE']='zabbix';
$DB['USER']='zabbix'; $DB['PASSWORD']=''; $DB['SCHEMA']=''; $DB['ENCRYPTION']=false; $DB['DOUBLE_IEEE754']=true;
$ZBX_SERVER='127.0.0.1'; $ZBX_SERVER_PORT='{port}'; $ZBX_SERVER_NAME='zabbix-atol'; $IMAGE_FORMAT_DEFAULT=IMAGE_FORMAT_PNG;
"""


CACHE = pathlib.Path(os.environ.get("ZA_CACHE", pathlib.Path.home() / ".cache/zabbix-atol")) / "zabbix-server"


def server_package():
    """The server's package, unpacked into the cache: installed, it would conflict with the proxy's that another suite needs."""
    if not (CACHE / "usr/sbin/zabbix_server").exists():
        print("unpacking zabbix-server-pgsql", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq", "zabbix-server-pgsql"], check=True, cwd=CACHE)
        package = next(CACHE.glob("zabbix-server-pgsql_*.deb"))
        needs = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True, text=True).stdout
        names = [part.split("|")[0].split("(")[0].strip() for part in needs.split(",")]
        names = [name for name in names if name.startswith("lib") or name in ("fping", "pci.ids")]
        missing = [name for name in names if subprocess.run(["dpkg", "-s", name], capture_output=True).returncode]
        if missing:
            apt(*missing)
        subprocess.run(["dpkg-deb", "-x", package, CACHE], check=True)
    return CACHE


def apt(*packages):
    subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq", "--no-install-recommends", *packages], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def install():
    """Installs the Debian packages that are missing; a policy-rc.d keeps their services from starting."""
    wanted = [package for path, packages in PACKAGES.items() if not os.path.exists(path) for package in packages.split()]
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
    server_package()
    have = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower()
    if "ru_ru.utf8" not in have:
        generate = pathlib.Path("/etc/locale.gen")
        generate.write_text(generate.read_text() + "\nen_US.UTF-8 UTF-8\nru_RU.UTF-8 UTF-8\n")
        subprocess.run(["locale-gen"], check=True, stdout=subprocess.DEVNULL)


def free_port():
    """A free port below 32768: Zabbix takes no other as ListenPort."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for(what, condition, timeout=60, every=0.1):
    """Polls `condition` until it is true; `what` names it when the time runs out."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise TimeoutError(f"waited {timeout} s for: {what}")


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


class Stack:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.pg_port, self.server_port, self.web_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.api = None

    def __enter__(self):
        try:
            self._database()
            self._server()
            self._frontend()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None and process.args[0].endswith("postgres"):
                process.send_signal(signal.SIGINT)  # its fast shutdown
            elif process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)  # PHP does not stop its workers
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # workers that outlive their parent

    def start(self, name, command, **options):
        """Starts a process in a group of its own, its output in NAME.out; it is stopped with the stack."""
        out = open(self.folder / f"{name}.out", "ab")
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                                   **options)
        self.processes.append(process)
        return process

    def _as_postgres(self):
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}

    def _database(self):
        data, owner = self.folder / "pg", self._as_postgres()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        data.mkdir()
        if owner:
            shutil.chown(data, "postgres", "postgres")
        quiet = {"stdout": subprocess.DEVNULL, "cwd": "/", "check": True, **owner}
        subprocess.run([f"{PG}/initdb", "-D", data, "-U", "zabbix", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                        "--no-sync"], **quiet)
        self.start("postgres", [f"{PG}/postgres", "-D", str(data), "-p", str(self.pg_port), "-k", str(data),
                                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off",
                                "-c", "full_page_writes=off", "-c", "shared_buffers=128MB", "-c", "jit=off", "-c", "autovacuum_naptime=5s"],
                   cwd="/", **owner)
        wait_for("PostgreSQL", lambda: subprocess.run([f"{PG}/pg_isready", "-q", "-h", "127.0.0.1", "-p",
                                                       str(self.pg_port)]).returncode == 0)
        self.psql("postgres", "CREATE DATABASE zabbix")
        for name in ("schema", "images", "data"):
            self.psql("zabbix", gzip.open(find_sql(name)).read().decode())

    def analyze(self):
        """After an import: without statistics a query of the frontend takes a minute."""
        self.psql("zabbix", "ANALYZE")

    def psql(self, database, sql):
        done = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-1" if database == "zabbix" else "-q",
                               "-h", "127.0.0.1", "-p", str(self.pg_port), "-U", "zabbix", "-d", database],
                              input=sql, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def _server(self):
        self.server_conf = self.folder / "server.conf"
        self.server_conf.write_text(SERVER_CONF.format(folder=self.folder, pg_port=self.pg_port, port=self.server_port))
        self.start_server()

    def start_server(self):
        self.server = self.start("server", [str(CACHE / "usr/sbin/zabbix_server"), "-f", "-c", str(self.server_conf)])
        wait_for("Zabbix server", lambda: self.server.poll() is not None or listens(self.server_port))
        if self.server.poll() is not None:
            raise RuntimeError((self.folder / "server.out").read_text())

    def reload(self):
        """Makes the server read its configuration now."""
        subprocess.run([str(CACHE / "usr/sbin/zabbix_server"), "-c", str(self.server_conf), "-R", "config_cache_reload"],
                       check=True, capture_output=True)

    def active_checks(self, host):
        """What the server answers an agent that asks for its active checks; empty until the server knows the host."""
        body = json.dumps({"request": "active checks", "host": host}).encode()
        with socket.create_connection(("127.0.0.1", self.server_port), 10) as s:
            s.sendall(b"ZBXD\1" + struct.pack("<Q", len(body)) + body)
            answer = b"".join(iter(lambda: s.recv(65536), b""))
        return json.loads(answer[13:]).get("data", [])

    def _frontend(self):
        web = self.folder / "web"
        shutil.copytree("/usr/share/zabbix", web, ignore_dangling_symlinks=True)
        shutil.copy("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", web / "assets/fonts")  # there a relative link, which copytree skips
        conf = web / "conf" / "zabbix.conf.php"
        conf.unlink(missing_ok=True)
        # Debian's frontend has its configuration under /etc; the copy reads its own
        where = web / "include/classes/core/CConfigFile.php"
        where.write_text(where.read_text().replace("'/etc/zabbix/zabbix.conf.php'", f"'{conf}'"))
        conf.write_text(FRONTEND_CONF.format(pg_port=self.pg_port, port=self.server_port))
        self.start("php", ["/usr/bin/php", "-d", "max_execution_time=300", "-d", "memory_limit=512M", "-d",
                           "post_max_size=32M", "-d", "max_input_time=300", "-d", "date.timezone=Europe/Moscow",
                           "-S", f"127.0.0.1:{self.web_port}", "-t", str(web)],
                   env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"})
        wait_for("frontend", lambda: listens(self.web_port))
        self.api = Api(self.url).login("Admin", "zabbix")

    def start_agents(self, hostnames, include, path):
        """hostnames: {"agent": [...], "agent2": [...]}: which hosts each agent serves; include: the file of user
        parameters; path: folder of zabbix-atol, put before PATH."""
        env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
        for name, program, extra in (("agent", "/usr/sbin/zabbix_agentd", "AllowRoot=1\nStartAgents=1"),
                                     ("agent2", "/usr/sbin/zabbix_agent2", f"ControlSocket={self.folder}/agent2.sock")):
            if not hostnames.get(name):
                continue
            conf = self.folder / f"{name}.conf"
            conf.write_text(AGENT_CONF.format(folder=self.folder, name=name, server_port=self.server_port, port=free_port(),
                                              hostnames=",".join(hostnames[name]), include=include, extra=extra))
            self.start(name, [program, "-f", "-c", str(conf)], env=env, cwd=self.folder)

    def send(self, lines):
        """zabbix_sender: lines of (host, key, value), or of (host, key, value, Unix time)."""
        timed = [f'"{host}" {key} {"".join(f"{int(ts)} " for ts in more)}{quote(value)}\n' for host, key, value, *more in lines]
        command = ["zabbix_sender", "-z", "127.0.0.1", "-p", str(self.server_port), *(["-T"] if len(lines[0]) == 4 else []), "-i", "-"]
        return subprocess.run(command, input="".join(timed), text=True, capture_output=True).stdout


def quote(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def find_sql(name):
    for folder in (CACHE / "usr/share/zabbix-server-pgsql", CACHE / "usr/share/doc/zabbix-server-pgsql"):
        path = pathlib.Path(folder) / f"{name}.sql.gz"
        if path.exists():
            return path
    sys.exit(f"no {name}.sql.gz of zabbix-server-pgsql")
