"""check walks the whole chain and is believed: each prepared fault is named by its code, with the right next step."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from harness import PATIENCE, ROOT, ClosedPort, Emulator, default_state, powerless, preload, program, run

sys.path.append(str(ROOT / "tests" / "serve"))
from trapper import Trapper  # noqa: E402

AGENT = shutil.which("zabbix_agentd") or shutil.which("zabbix_agent2")
DOCS = [ROOT / "docs" / "troubleshooting.md", ROOT / "docs" / "troubleshooting.ru.md"]


class Chain(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="check-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.file = self.folder / "zabbix-atol.yaml"
        self.state = self.folder / "state"
        self.agent = self.folder / "agent.conf"
        self.agent.write_text(f"Timeout=15\nInclude={ROOT}/zabbix_agentd.d/zabbix-atol.conf\n")

    def emulator(self, *words, **options):
        kkt = Emulator(*words, **options)
        self.addCleanup(kkt.__exit__)
        return kkt

    def configure(self, *registers, push=""):
        rows = "".join(f"  - {{name: {name}, connect: '{connect}', interval: 1s}}\n" for name, connect in registers)
        self.file.write_text(f"state_dir: {self.state}\n{push}registers:\n{rows}" if rows else f"state_dir: {self.state}\n{push}registers: []\n")

    def check(self, *words, **options):
        return run("check", "-c", self.file, "--agent", self.agent, *words, **options)

    def finds(self, code, *pieces, words=(), severity="error", **options):
        """The one finding of that code, as JSON and as text in both languages, with the exit status of its severity."""
        done = self.check("--json", *words, **options)
        found = [row for row in done.document["findings"] if row.get("code") == code]
        self.assertEqual(1, len(found), done.stdout)
        self.assertEqual(severity, found[0]["severity"])
        self.assertEqual(1 if done.document["errors"] else 3, done.status)
        for piece in pieces:
            self.assertIn(piece, found[0]["what"] + ": " + found[0]["text"] + " -> " + found[0].get("next", ""))
        for lang in ("en", "ru"):
            text = self.check(*words, "--lang", lang, **options)
            self.assertEqual(done.status, text.status)
            self.assertIn(f"({code})", text.stdout)
            if lang == "en":
                self.assertIn(found[0].get("next", ""), text.stdout)
        return done.document

    def codes(self, *words, **options):
        return [row["code"] for row in self.check("--json", *words, **options).document["findings"] if "code" in row]


class Faults(Chain):
    def test_nothing_wrong(self):
        kkt = self.emulator()
        self.configure(("kassa-1", kkt.connect))
        done = self.check()
        self.assertEqual((0, ""), (done.status, done.stderr), done.stdout)
        self.assertIn("[ok] kassa-1: " + kkt.connect, done.stdout)
        self.assertIn("00106112345678", done.stdout)
        self.assertTrue(done.stdout.endswith("No problems found.\n"))
        self.assertIn("Неполадок не найдено.", self.check("--lang", "ru").stdout)
        self.assertFalse(self.state.exists(), "check makes nothing")

    def test_a_wrong_line_of_the_configuration(self):
        self.file.write_text("registers:\n  - {name: kassa-1, conect: tcp://h}\n")
        self.finds("config-wrong", "zabbix-atol.yaml:2", "conect", "correct that line")

    def test_no_configuration_where_one_was_named(self):
        self.finds("config-missing", f"Configuration: {self.file}: no such file", "zabbix-atol setup")

    def test_a_configuration_that_cannot_be_read_has_no_line_to_correct(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "x.yaml").write_text("registers: []\n")
        (self.folder / "x.yaml").chmod(0)
        for path, sentence, options in ((self.folder, "is a folder", {}), (self.folder / "pipe", "was not read within 300 ms", {"words": ("--timeout", "300ms")}),
                                        (self.folder / "x.yaml", "permission denied. Let the user that runs zabbix-atol read it.", powerless())):
            with self.subTest(path=path):
                self.file = path
                document = self.finds("config-unread", f"{path}", sentence, **options)
                self.assertNotIn("next", next(row for row in document["findings"] if row.get("code") == "config-unread"))

    def test_a_register_that_is_off(self):
        with ClosedPort() as address:
            self.configure(("kassa-1", address))
            self.finds("register-unreachable", "kassa-1", "refused", "Check that the register is on")

    def test_a_register_that_is_read_and_ill(self):
        state = default_state()
        state["fn"]["valid_until"] = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
        self.configure(("kassa-1", self.emulator(state=state).connect))
        self.finds("register-health", "kassa-1", "FN", f"zabbix-atol show kassa-1 -c {self.file}")

    def test_a_name_in_the_next_step_is_a_word_of_the_shell_and_no_command(self):
        state = default_state()
        state["fn"]["valid_until"] = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
        name = "Till $(touch PWNED) `touch PWNED`; it's"
        self.file = self.folder / "a $(touch PWNED).yaml"
        self.configure((json.dumps(name), self.emulator(state=state).connect))
        for words, text in (((), lambda done: done.stdout.split("next: ")[-1].split("\n")[0]),
                            (("--json",), lambda done: next(row["next"] for row in done.document["findings"] if row.get("code") == "register-health"))):
            pasted = text(self.check(*words))
            said = subprocess.run(["bash", "-c", "zabbix-atol() { printf '%s\\n' \"$@\"; }; " + pasted], cwd=self.folder, capture_output=True, text=True, check=True)
            self.assertEqual(["show", name, "-c", str(self.file)], said.stdout.splitlines())
            self.assertFalse((self.folder / "PWNED").exists())

    def test_a_register_that_wants_attention_is_a_warning(self):
        state = default_state()
        state["printer"]["paper_present"] = 0
        self.configure(("kassa-1", self.emulator(state=state).connect))
        self.finds("register-attention", "Put in a new roll", severity="warning")

    def test_one_register_under_two_names(self):
        self.configure(("kassa-1", self.emulator().connect), ("kassa-2", self.emulator().connect))
        self.finds("register-twice", "kassa-1", "kassa-2", "00106112345678", "remove one of the two")

    def test_an_agent_without_the_include(self):
        self.agent.write_text("Timeout=15\n")
        self.configure()
        self.finds("agent-include", f"this agent does not know kkt.get: {self.agent}", "zabbix_agentd.d/zabbix-atol.conf", severity="warning")
        self.assertIn(f"этот агент не знает kkt.get: {self.agent}", self.check("--lang", "ru").stdout)

    def test_an_agent_file_that_is_none(self):
        self.configure()
        for path, words, russian in ((self.folder / "none", "no such file or directory", "нет такого файла"), (self.folder, "is a folder", "это папка")):
            self.agent = path
            self.finds("agent-file", str(path), words, "correct the path of the agent's file: --agent")
            self.assertIn(russian, self.check("--lang", "ru").stdout)
            self.assertNotIn("agent-include", self.codes())

    def test_a_name_that_is_none(self):
        self.configure(("kassa-1", "tcp://127.0.0.1:1"))
        done = self.check("k9", "--json")
        self.assertEqual(2, done.status, "as show and get")
        found = [row for row in done.document["findings"] if row.get("code") == "register"]
        self.assertEqual([f"zabbix-atol discover -c {self.file}"], [row["next"] for row in found])
        self.assertEqual(2, self.check("k9").status)
        self.assertEqual(1, self.check("kassa-1").status)

    def test_a_user_that_is_none_is_refused(self):
        self.configure()
        for lang, sentence in (("en", "there is no such user"), ("ru", "такого пользователя")):
            done = self.check("--user", "nosuch", "--lang", lang)
            self.assertEqual((2, ""), (done.status, done.stdout))
            self.assertIn(sentence, done.stderr)
        if os.geteuid() == 0:
            done = self.check("--user", "root", **powerless())
            self.assertEqual((2, ""), (done.status, done.stdout))
            self.assertIn("only root can try another user's rights", done.stderr)

    def test_an_agent_that_takes_options_from_item_keys(self):
        self.agent.write_text('Timeout=15\nUserParameter=kkt.get[*],zabbix-atol get "$1" --timeout 12s\n')
        self.configure()
        self.finds("agent-open", "any address and option", severity="warning")

    def test_an_agent_that_would_not_wait(self):
        self.agent.write_text(f"Include={ROOT}/zabbix_agentd.d/zabbix-atol.conf\nTimeout=4\n")
        self.configure()
        self.finds("agent-timeout", "4 s", "set Timeout=15", severity="warning")

    def test_an_agent_whose_user_may_not_read_the_configuration(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to ask for another user")
        self.agent.write_text(self.agent.read_text() + "User=nobody\n")
        self.configure()
        self.file.chmod(0o600)
        self.finds("agent-user", "nobody", "may not read", "usermod -aG")

    def test_a_configuration_that_the_service_may_not_read(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to ask for another user")
        self.configure()
        self.file.chmod(0o600)
        self.finds("config-rights", "permission denied", "nobody", f"chgrp zabbix-atol {self.file} && chmod 640 {self.file}", words=("--user", "nobody"))

    def test_a_state_folder_that_the_service_may_not_write(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to ask for another user")
        self.state.mkdir(mode=0o755)
        self.configure()
        self.finds("state-dir", "permission denied", "nobody", f"chown zabbix-atol {self.state}", words=("--user", "nobody"))

    def test_a_driver_that_is_not_there(self):
        self.configure(("kassa-1", "driver:usb?lib=/nonexistent/libfptr10.so"))
        self.finds("driver", "/nonexistent/libfptr10.so")


class Computer(Chain):
    """What a test cannot change of the computer, the program is shown changed."""

    def test_a_clock_that_cannot_be_right(self):
        source = self.folder / "clock.c"
        source.write_text("#include <sys/time.h>\nint gettimeofday(struct timeval *restrict now, void *restrict zone)\n{\n    (void)zone;\n"
                          "    *now = (struct timeval){.tv_sec = 978307200};\n    return 0;\n}\n")
        self.configure()
        self.finds("clock", "it is obviously wrong", "timedatectl set-ntp true", env={"LD_PRELOAD": preload(self.folder, source)})

    def test_a_port_that_the_user_may_not_open(self):
        """A register on USB, as sysfs tells it, in a mount namespace of its own."""
        if os.geteuid() != 0:
            self.skipTest("needs root to lay another sysfs")
        device = self.folder / "sys" / "1-2"
        (device / "1-2:1.0").mkdir(parents=True)
        (device / "1-2:1.0" / "bInterfaceNumber").write_text("00\n")
        for name, text in (("idVendor", "2912"), ("idProduct", "0005"), ("product", "ATOL USB Device"), ("serial", "00106112345678")):
            (device / name).write_text(text + "\n")
        (self.folder / "class" / "ttyACM7").mkdir(parents=True)
        (self.folder / "class" / "ttyACM7" / "device").symlink_to(device / "1-2:1.0")
        (self.folder / "tty").touch(mode=0o600)
        self.configure()
        inside = self.folder / "inside"
        inside.write_text(f"mount --bind {self.folder}/class /sys/class/tty && mkdir {self.folder}/dev && mount --rbind /dev {self.folder}/dev && "
                          f"mount -t tmpfs none /dev && for n in null zero urandom; do touch /dev/$n && mount --bind {self.folder}/dev/$n /dev/$n; done && "
                          f"touch /dev/ttyACM7 && mount --bind {self.folder}/tty /dev/ttyACM7 && exec setpriv --reuid=nobody --regid=nogroup --clear-groups \"$@\"\n")
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", inside, program(), "check", "-c", self.file, "--agent", self.agent,
                               "--json", "--lang", "en"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        found = [row for row in json.loads(done.stdout)["findings"] if row.get("code") == "port-rights"]
        self.assertEqual(1, len(found), done.stdout + done.stderr)
        self.assertEqual("error", found[0]["severity"])
        self.assertIn("/dev/ttyACM7", found[0]["text"])
        self.assertIn("usermod -aG dialout", found[0]["next"])


class Push(Chain):
    """A real zabbix_sender, and what is to it a Zabbix server."""

    def setUp(self):
        super().setUp()
        self.zabbix = Trapper()
        self.addCleanup(self.zabbix.server.shutdown)
        self.pushing = self.folder / "push.conf"
        self.pushing.write_text(f"ServerActive=127.0.0.1:{self.zabbix.port}\nHostname=collector\n")
        self.push = f"push: {{agent_config: {self.pushing}, sender: zabbix_sender, spool: {self.state}/spool}}\n"
        self.kkt = self.emulator()

    def test_a_server_that_answers_and_knows_the_hosts(self):
        self.configure(("kassa-1", self.kkt.connect), push=self.push)
        self.assertEqual(["serve-stopped"], self.codes())
        self.assertIn(("kassa-1", "kkt.closed", "0"), [(v[0], v[1], v[4]) for v in self.zabbix.values])

    def test_serve_that_does_not_run(self):
        self.configure(("kassa-1", self.kkt.connect), push=self.push)
        self.finds("serve-stopped", "nothing is polled or pushed", "systemctl enable --now zabbix-atol")

    def test_a_server_that_does_not_answer(self):
        with ClosedPort() as address:
            self.pushing.write_text(f"ServerActive={address.removeprefix('tcp://')}\nHostname=collector\n")
            self.configure(("kassa-1", self.kkt.connect), push=self.push)
            self.finds("server-unreachable", "ServerActive", "10051")

    def test_a_server_that_has_another_key(self):
        """A real agent takes the connection, and no TLS comes about; tests/zabbix has the same with a server."""
        agentd = shutil.which("zabbix_agentd", path=os.environ["PATH"] + ":/usr/sbin")
        if not agentd:
            self.skipTest("zabbix_agentd is not installed (Debian: zabbix-agent)")
        port = next(port for port in range(20000 + os.getpid() % 10000, 32768) if socket.socket().connect_ex(("127.0.0.1", port)))  # Zabbix takes none above
        for name, key in (("mine", "1f"), ("its", "2e")):
            (self.folder / name).write_text(key * 32 + "\n")
        keys = f"TLSPSKIdentity=check\nTLSPSKFile={self.folder}/"
        (self.folder / "peer.conf").write_text(f"LogType=console\nPidFile={self.folder}/pid\nServer=127.0.0.1\nServerActive=127.0.0.1:1\nListenIP=127.0.0.1\n"
                                               f"ListenPort={port}\nHostname=peer\nAllowRoot=1\nTLSConnect=psk\nTLSAccept=psk\n{keys}its\n")
        peer = subprocess.Popen([agentd, "-f", "-c", self.folder / "peer.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(peer.wait, PATIENCE)
        self.addCleanup(peer.terminate)
        self.pushing.write_text(f"ServerActive=127.0.0.1:{port}\nHostname=collector\nTLSConnect=psk\n{keys}mine\n")
        self.configure(("kassa-1", self.kkt.connect), push=self.push)
        deadline = time.monotonic() + PATIENCE
        while "server-tls" not in self.codes() and time.monotonic() < deadline:
            time.sleep(0.1)  # until the agent listens
        self.finds("server-tls", "cannot establish TLS", "TLSPSKIdentity")

    def test_a_host_that_zabbix_does_not_know(self):
        self.zabbix.proxy_of = lambda host: host
        self.configure(("kassa-1", self.kkt.connect), push=self.push)
        self.zabbix.unknown = ("kkt.closed",)
        self.finds("host-unknown", "kassa-1", "trapper template")

    def test_each_host_of_many_is_asked_for(self):
        """Nobody answers at their ports; what Zabbix says is the matter here."""
        def rows(count):
            return [(f"kassa-{i}", f"tcp://127.0.0.1:{i}") for i in range(1, count + 1)]

        def of(code):
            return [row for row in self.check("--json", "kassa-1").document["findings"] if row.get("code") == code]
        for count, unknown in ((60, ("kassa-55",)), (300, ("kassa-280",)), (300, ())):
            self.configure(*rows(count), push=self.push)
            self.zabbix.unknown_hosts = unknown
            self.assertEqual([*unknown], [row["what"] for row in of("host-unknown")], count)
            self.assertEqual(not unknown, f"[ok] Zabbix server: it answers, hosts known: {count} of {count}" in self.check("kassa-1").stdout)
        self.configure(*rows(120), push=self.push)
        self.zabbix.unknown_hosts = [name for name, _ in rows(120)]
        found = of("host-unknown")
        self.assertEqual(51, len(found), "fifty are named, the others are counted")
        self.assertIn("70 more", found[-1]["text"])
        self.zabbix.unknown_hosts, self.zabbix.proxy_of = (), lambda host: int(host[-1]) % 2
        self.assertEqual([], of("host-unknown"), "of two proxies of a group: refused together, taken alone")

    def test_each_of_several_servers_must_answer(self):
        second = Trapper()
        self.addCleanup(second.close)
        with ClosedPort() as address:
            closed = address.removeprefix("tcp://")
            for servers in (f"{closed},127.0.0.1:{self.zabbix.port}", f"127.0.0.1:{self.zabbix.port},{closed}"):
                self.pushing.write_text(f"ServerActive={servers}\nHostname=collector\n")
                self.configure(("kassa-1", self.kkt.connect), push=self.push)
                self.finds("server-unreachable", "1 of 2")
        self.pushing.write_text(f"ServerActive=127.0.0.1:{second.port},127.0.0.1:{self.zabbix.port}\nHostname=collector\n")
        self.assertIn("hosts known: 1 of 1", self.check().stdout)
        self.zabbix.unknown_hosts = ("kassa-1",)
        self.finds("host-unknown", "kassa-1")

    @unittest.skipUnless(AGENT, "no Zabbix agent is installed (Debian: zabbix-agent)")
    def test_a_cache_of_the_server_that_is_nearly_full(self):
        """Asked by a real agent; tests/zabbix has the same with a server."""
        self.configure(("kassa-1", self.kkt.connect), push=self.push)
        self.assertIn("[--] Caches of the Zabbix server: not known", self.check().stdout)
        used = {"rcache": {"pused": 34.5}, "vcache": {"buffer": {"pused": 1}},
                "wcache": {"index": {"pused": 2}, "history": {"pused": 0}, "trend": {"pused": 12}}}
        self.zabbix.statistics = used
        self.assertIn("[ok] Caches of the Zabbix server: the fullest is CacheSize, 34 % used", self.check().stdout)
        used["wcache"]["index"]["pused"] = 90.25
        self.finds("cache-short", "HistoryIndexCacheSize", "90 %", "zabbix_server.conf", severity="warning")
        for nothing in ({"wcache": "full"}, {"rcache": {"pused": "99"}}, {"rcache": {"pused": -1}}):
            self.zabbix.statistics = nothing
            self.assertNotIn("cache-short", self.codes())

    @unittest.skipUnless(AGENT, "no Zabbix agent is installed (Debian: zabbix-agent)")
    def test_a_server_that_is_no_parameter_of_an_item_key_is_not_asked_for_its_caches(self):
        sender = self.folder / "sender"  # one that is content with any server
        sender.write_text('#!/bin/sh\ncat >/dev/null\necho \'Response from "h:10051": "processed: 1; failed: 0; total: 1"\'\n')
        sender.chmod(0o755)
        self.configure(("kassa-1", self.kkt.connect), push=self.push.replace("sender: zabbix_sender", f"sender: {sender}"))
        self.assertIn("[--] Caches of the Zabbix server", self.check().stdout)
        for server in ("127.0.0.1:0", "a]b", "[::1", "-t", "a:b", "h:1x", "$(id)"):
            self.pushing.write_text(f"ServerActive={server}\nHostname=collector\n")
            self.assertNotIn("Caches", self.check().stdout, server)

    def test_a_tls_file_a_program_and_servers_that_are_missing(self):
        self.configure(("kassa-1", self.kkt.connect), push=self.push.replace("zabbix_sender", "no-such-sender"))
        self.pushing.write_text(self.pushing.read_text() + f"TLSPSKFile={self.folder}/psk\n")
        document = self.finds("sender-missing", "no-such-sender", "apt install zabbix-sender")
        self.assertNotIn("server-unreachable", [row.get("code") for row in document["findings"]], "who was not asked has not failed")
        self.finds("agent-tls", "TLSPSKFile", "no such file or directory")
        self.pushing.write_text("Server=10.0.0.1\n")
        self.finds("agent-servers", "ServerActive: 0")
        self.pushing.unlink()
        self.finds("agent-file", "no such file or directory")

    def test_a_spool_that_cannot_be_made(self):
        self.configure(push=self.push.replace(f"{self.state}/spool", "/proc/none/spool"))
        self.finds("spool", "/proc/none/spool")

    def test_rights_of_this_user(self):
        self.configure(push=self.push)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o700)
        self.assertIn("state-dir", self.codes(**powerless()))


class Serving(Chain):
    def serve(self):
        serve = subprocess.Popen([program(), "serve", "-c", self.file], stderr=subprocess.PIPE, text=True)
        self.addCleanup(serve.stderr.close)
        self.addCleanup(serve.wait, PATIENCE)
        self.addCleanup(serve.send_signal, signal.SIGTERM)
        return serve

    def wait_for(self, what):
        deadline = time.monotonic() + PATIENCE
        while not what() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(what())

    def test_a_serve_that_runs(self):
        self.configure(("kassa-1", self.emulator().connect))
        self.serve()
        self.wait_for((self.state / "_serve.json").exists)
        self.assertIn("[ok] serve: it runs", self.check().stdout)

    def test_a_serve_that_hangs(self):
        """It holds its folder and writes nothing any more."""
        self.configure(("kassa-1", self.emulator().connect))
        serve = self.serve()
        statistics = self.state / "_serve.json"
        self.wait_for(statistics.exists)
        serve.send_signal(signal.SIGSTOP)
        self.addCleanup(serve.send_signal, signal.SIGCONT)
        old = time.time() - 200
        os.utime(statistics, (old, old))
        self.finds("serve-stuck", "20", "systemctl restart zabbix-atol", "journalctl")

    def snapshot_of_a_serve_that_stands(self):
        """The file that it has written, and what stands there; it writes no more."""
        kkt = self.emulator()
        self.configure(("kassa-1", kkt.connect))
        serve = self.serve()
        snapshot = self.state / "kassa-1.json"
        self.wait_for(snapshot.exists)
        serve.send_signal(signal.SIGSTOP)
        self.addCleanup(serve.send_signal, signal.SIGCONT)
        return snapshot, json.loads(snapshot.read_text())

    def test_a_serve_whose_snapshots_are_old(self):
        """Nobody can tell by its process: its polls hang, its snapshot says when it was read last."""
        snapshot, old = self.snapshot_of_a_serve_that_stands()
        snapshot.write_text(json.dumps({**old, "polled_ts": old["polled_ts"] - 3600}))
        self.finds("snapshot-old", "kassa-1", "36", "journalctl -u zabbix-atol", severity="warning")

    def test_a_serve_that_may_not_do_what_check_may(self):
        snapshot, read = self.snapshot_of_a_serve_that_stands()
        refused = {key: value for key, value in read.items() if key != "metrics"}
        snapshot.write_text(json.dumps({**refused, "state": "prerequisite", "error": "Permission denied"}))
        self.finds("serve-sandbox", "kassa-1", "DeviceAllow=")


class Pages(unittest.TestCase):
    def test_each_code_has_a_section_in_both_languages(self):
        import re
        table = (ROOT / "src" / "cli" / "check" / "findings.def").read_text(encoding="utf-8")
        codes = re.findall(r'^FINDING\(\w+, "([a-z-]+)"', table, re.M)
        self.assertGreater(len(codes), 25)
        self.assertEqual(len(codes), len(set(codes)))
        for path in DOCS:
            sections = re.findall(r"^### `([a-z-]+)`", path.read_text(encoding="utf-8"), re.M)
            self.assertEqual(codes, sections, f"{path.name}: a section a code, in the order of the table")


if __name__ == "__main__":
    unittest.main()
