"""A whole Zabbix in a folder of its own: PostgreSQL, server, frontend, classic agent, agent 2, proxies; 6.0 of this system or 7.0 of a root.

`with Stack(folder, "7.0") as stack:` starts PostgreSQL, the server and the frontend on free ports; `stack.start_agents(...)` starts
the two agents. No service of the system is used or touched, and everything that was started is stopped at the end.
"""
import contextlib
import gzip
import json
import os
import pathlib
import re
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
from roots import Root  # noqa: E402

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
{caches}
"""
CACHES = "CacheSize=64M\nValueCacheSize=64M"
PROXY_CONF = """
Server=127.0.0.1:{server_port}
Hostname={name}
DBName={folder}/{name}.db
ListenIP=127.0.0.1
ListenPort={port}
LogFile={folder}/{name}.log
PidFile={folder}/{name}.pid
SocketDir={folder}/{name}
AllowRoot=1
StartPollers=1
StartPollersUnreachable=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartTrappers=3
StartPreprocessors=1
{frequencies}
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
    def __init__(self, folder, version="6.0", caches=CACHES):
        self.folder, self.version, self.caches = pathlib.Path(folder), version, caches
        self.root = Root(version)
        self.processes = []
        self.pg_port, self.server_port, self.web_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.api, self.server = None, None

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
            self.signal(process)
        for process in reversed(self.processes):
            self.reap(process)

    @staticmethod
    def signal(process):
        if process.poll() is None and any(str(arg).endswith("/postgres") for arg in process.args):
            process.send_signal(signal.SIGINT)  # its fast shutdown
        elif process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)  # PHP does not stop its workers

    @staticmethod
    def reap(process):
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers that outlive their parent

    def stop(self, process):
        self.signal(process)
        self.reap(process)
        self.processes.remove(process)

    def start(self, name, command, user=None, **options):
        """Starts a process in a group of its own, its output in NAME.out; it is stopped with the stack."""
        out = open(self.folder / f"{name}.out", "ab")
        command, more = self.root.command(*command, user=user)
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True, **{**more, **options})
        self.processes.append(process)
        return process

    def run(self, *words, user=None, **options):
        command, more = self.root.command(*words, user=user)
        return subprocess.run(command, **{"stdout": subprocess.DEVNULL, "check": True, **more, **options})

    def _database(self):
        data = self.folder / "pg"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        data.mkdir()
        if os.getuid() == 0:
            os.chown(data, *self.root.owner("postgres"))
        pg = self.root.postgres()
        self.run(f"{pg}/initdb", "-D", data, "-U", "zabbix", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", user="postgres")
        self.start("postgres", [f"{pg}/postgres", "-D", data, "-p", self.pg_port, "-k", data,
                                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off",
                                "-c", "full_page_writes=off", "-c", "shared_buffers=128MB", "-c", "jit=off", "-c", "autovacuum_naptime=5s"],
                   user="postgres")
        wait_for("PostgreSQL", lambda: self.run(f"{pg}/pg_isready", "-q", "-h", "127.0.0.1", "-p", self.pg_port, check=False).returncode == 0)
        self.psql("postgres", "CREATE DATABASE zabbix")
        for name in ("schema", "images", "data"):
            self.psql("zabbix", gzip.open(self.root.sql(name)).read().decode())

    def analyze(self):
        """After an import: without statistics a query of the frontend takes a minute."""
        self.psql("zabbix", "ANALYZE")

    def psql(self, database, sql):
        done = self.run("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-1" if database == "zabbix" else "-q",
                        "-h", "127.0.0.1", "-p", self.pg_port, "-U", "zabbix", "-d", database,
                        input=sql, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def _server(self):
        self.server_conf = self.folder / "server.conf"
        self.server_conf.write_text(SERVER_CONF.format(folder=self.folder, pg_port=self.pg_port, port=self.server_port, caches=self.caches))
        self.start_server()

    def start_server(self):
        self.server = self.start("server", [self.root.program("zabbix_server"), "-f", "-c", self.server_conf])
        wait_for("Zabbix server", lambda: self.server.poll() is not None or listens(self.server_port))
        if self.server.poll() is not None:
            raise RuntimeError((self.folder / "server.out").read_text())

    def stop_server(self):
        self.stop(self.server)

    def restart_server(self, caches):
        self.stop_server()
        self.caches = caches
        self._server()

    def reload(self):
        """Makes the server read its configuration now."""
        self.run(self.root.program("zabbix_server"), "-c", self.server_conf, "-R", "config_cache_reload", stderr=subprocess.DEVNULL)

    def start_proxy(self, name, port=None):
        """An active proxy; on 7.0 `name` may be a member of a proxy group. Returns its process and its port."""
        port = port or free_port()
        (self.folder / name).mkdir(exist_ok=True)
        frequencies = "ProxyConfigFrequency=5" if self.version == "7.0" else "ConfigFrequency=5"
        conf = self.folder / f"{name}.conf"
        conf.write_text(PROXY_CONF.format(folder=self.folder, name=name, server_port=self.server_port, port=port, frequencies=frequencies))
        process = self.start(name, [self.root.program("zabbix_proxy"), "-f", "-c", conf])
        wait_for(f"proxy {name}", lambda: process.poll() is not None or listens(port))
        if process.poll() is not None:
            raise RuntimeError((self.folder / f"{name}.out").read_text()[-300:])
        return process, port

    def ask(self, body, port=None):
        """One request of Zabbix's own protocol."""
        data = json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", port or self.server_port), 10) as s:
            s.sendall(b"ZBXD\1" + struct.pack("<Q", len(data)) + data)
            answer = b"".join(iter(lambda: s.recv(65536), b""))
        return json.loads(answer[13:] or b"{}")

    def active_checks(self, host, port=None):
        """What the server answers an agent that asks for its active checks; empty until the server knows the host."""
        return self.ask({"request": "active checks", "host": host}, port).get("data", [])

    def statistics(self):
        """The server's own statistics: `zabbix.stats`."""
        return self.ask({"request": "zabbix.stats"})["data"]

    def _frontend(self):
        web = self.folder / "web"
        shutil.copytree(self.root.frontend(), web, ignore_dangling_symlinks=True)
        (web / "assets/fonts").mkdir(exist_ok=True)
        shutil.copy(self.root.file("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"), web / "assets/fonts")  # there a relative link, which copytree skips
        conf = web / "conf" / "zabbix.conf.php"
        conf.unlink(missing_ok=True)
        # Debian's frontend has its configuration under /etc; the copy reads its own
        where = web / "include/classes/core/CConfigFile.php"
        where.write_text(where.read_text().replace("'/etc/zabbix/zabbix.conf.php'", f"'{conf}'"))
        conf.write_text(FRONTEND_CONF.format(pg_port=self.pg_port, port=self.server_port))
        self.start("php", ["/usr/bin/php", "-d", "max_execution_time=300", "-d", "memory_limit=512M", "-d",
                           "post_max_size=32M", "-d", "max_input_time=300", "-d", "date.timezone=Europe/Moscow",
                           "-S", f"127.0.0.1:{self.web_port}", "-t", web],
                   env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"})
        wait_for("frontend", lambda: listens(self.web_port))
        self.api = Api(self.url).login("Admin", "zabbix")

    def start_agents(self, hostnames, include, path, environments):
        """hostnames: {"agent": [...], "agent2": [...]}: which hosts each agent serves; include: the file of user parameters, here with its line for
        addresses in item keys; path: folder of zabbix-atol, put before PATH; environments: what more each agent's programs see."""
        text = re.sub(r"(?m)^UserParameter=kkt\.get", r"#\g<0>", pathlib.Path(include).read_text())
        include = self.folder / "zabbix-atol.conf"
        include.write_text(re.sub(r'(?m)^#(UserParameter=kkt\.get.*--register="\$1" --timeout)', r"\1", text))
        env = {**os.environ, "PATH": f"{path}:/usr/sbin:/usr/bin:/sbin:/bin"}
        for name, program, extra in (("agent", "/usr/sbin/zabbix_agentd", "AllowRoot=1\nStartAgents=1"),
                                     ("agent2", "/usr/sbin/zabbix_agent2", f"ControlSocket={self.folder}/agent2.sock")):
            if not hostnames.get(name):
                continue
            conf = self.folder / f"{name}.conf"
            conf.write_text(AGENT_CONF.format(folder=self.folder, name=name, server_port=self.server_port, port=free_port(),
                                              hostnames=",".join(hostnames[name]), include=include, extra=extra))
            self.start(name, [program, "-f", "-c", conf], env={**env, **environments.get(name, {})})

    def send(self, lines, port=None):
        """zabbix_sender: lines of (host, key, value), or of (host, key, value, Unix time)."""
        timed = [f'"{host}" {key} {"".join(f"{int(ts)} " for ts in more)}{quote(value)}\n' for host, key, value, *more in lines]
        return self.run("zabbix_sender", "-z", "127.0.0.1", "-p", port or self.server_port, *(["-T"] if len(lines[0]) == 4 else []), "-i", "-",
                        input="".join(timed), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout


def quote(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
