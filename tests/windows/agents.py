"""Zabbix agents of the Wine profile: services, their files, and the real agents of Linux that read those files."""
import pathlib
import re
import shutil
import subprocess

from stage import FOLDER, PATIENCE, WINE, c_path, drive, exe, wine

LINUX = ("/usr/sbin/zabbix_agentd", "/usr/sbin/zabbix_agent2")
# As the agents' own installers leave them.
CLASSIC = "# Zabbix agent\r\nLogFile=C:\\Program Files\\Zabbix Agent\\zabbix_agentd.log\r\nServer=127.0.0.1\r\nHostname=till-1\r\n"
SECOND = "LogFile=C:\\Program Files\\Zabbix Agent 2\\zabbix_agent2.log\r\nServer=127.0.0.1\r\nHostname=till-1\r\n" \
         "Include=.\\zabbix_agent2.d\\plugins.d\\*.conf\r\n"


class AgentsMixin:
    def add_agent(self, name="Zabbix Agent", program="zabbix_agentd", text=CLASSIC, option="--config", start=True):
        """A service as an installer makes it; the path of its file."""
        folder = drive(self.arch) / "Program Files" / name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(exe(self.arch, "zabbix_agentd"), folder / f"{program}.exe")
        config = folder / f"{program}.conf"
        config.write_bytes(text.encode() if isinstance(text, str) else text)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.sc("create", name, "binpath=", f'"{c_path(folder / program)}.exe" {option} "{c_path(config)}"')
        self.addCleanup(self.sc, "delete", name, check=False)
        self.addCleanup(self.sc, "stop", name, check=False)
        if start:
            self.sc("start", name)
            self.until(f"{name} runs", lambda: self.agent_process(program))
        return config

    def sc(self, *words, check=True):
        done = subprocess.run([WINE, self.arch, FOLDER / self.arch, "sc", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, timeout=PATIENCE)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout)

    def agent_process(self, program="zabbix_agentd"):
        """The pid, as Linux counts, of the agent's service."""
        mine = f"{FOLDER / self.arch}\0".encode()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes()
                if f"{program}.exe".encode() in line and b"\0-t\0" not in line and mine in (folder / "environ").read_bytes():
                    return int(folder.name)
            except OSError:
                continue
        return None

    def linux_files(self, config, to):
        """The agent's file and what it includes, with the paths of Windows made those of Linux and nothing else changed."""
        to.mkdir(exist_ok=True)
        text = config.read_bytes()
        for line in re.findall(rb"(?m)^Include=(C:[^\r\n]*)", text):
            there = self.linux_path(line.decode())
            copies = sorted(there.parent.glob(there.name))
            self.assertTrue("*" in there.name or copies, f"{line.decode()}: the agent would not start")
            for copy in copies:
                self.linux_files(copy, to / "included")
            text = text.replace(line, str(to / "included" / there.name).encode())
        text = re.sub(rb"LogFile=[^\r\n]*", b"LogType=console", text).replace(b".\\zabbix_agent2.d\\plugins.d", str(to).encode() + b"/none")
        text = re.sub(rb'(?m)(?<=,)("C:[^"]*")', f'"{WINE}" {self.arch} "{FOLDER / self.arch}" '.encode() + rb"\1", text)
        (to / config.name).write_bytes(text.replace(b"2>NUL", b"2>/dev/null"))
        return to / config.name

    def linux_path(self, path):
        return drive(self.arch).joinpath(*path.replace("C:\\", "").split("\\"))

    def asked_by_linux(self, config, key, program=LINUX[0]):
        """What a real agent of Linux says of an item, with this agent's files; its exit status would be that of its start."""
        copy = self.linux_files(config, FOLDER / f"linux-agent-{self.arch}")
        self.addCleanup(shutil.rmtree, copy.parent, ignore_errors=True)
        done = subprocess.run([program, "-c", copy, "-t", key], capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout + done.stderr
