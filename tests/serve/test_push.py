"""What serve hands to zabbix_sender, and what becomes of it: servers away, values refused, the disk, the end."""
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import unittest

from harness import Emulator, program
from serving import STOPS_WITHIN, Serve, spool_texts, wait_for
from trapper import Trapper

COUNT = 5


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def agent_file(folder, *ports):
    path = folder / "agent.conf"
    path.write_text("ServerActive=" + ",".join(f"127.0.0.1:{p}" for p in ports) + "\nHostname=x\n")
    return path


def script(folder, text):
    path = folder / "sender"
    path.write_text("#!/bin/bash\nfor file; do :; done\n" + text)
    path.chmod(0o755)
    return path


def processes_of(text):
    """Processes with the text in their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text in path.read_bytes().decode(errors="replace"):
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


class PushTest(unittest.TestCase):
    """Five registers at a second's interval."""

    def setUp(self):
        self.fleet = Emulator("--registers", COUNT)
        self.addCleanup(shutil.rmtree, self.fleet.folder, True)
        self.addCleanup(self.fleet.stop)
        port = self.fleet.address.rsplit(":", 1)[1]
        self.registers = [f"{{name: k{i}, connect: 'tcp://127.0.0.{i + 1}:{port}', interval: 1s}}" for i in range(COUNT)]
        self.serve = Serve([])
        self.addCleanup(self.serve.__exit__)
        self.folder = self.serve.folder
        self.spool = self.folder / "spool"

    def begin(self, push, registers=None, head="", interval="1s"):
        self.push = f"push: {{spool: {self.spool}, interval: {interval}, {push}}}\n{head}"
        self.serve.configure(self.registers if registers is None else registers, self.push)
        return self.serve.start()

    def pieces(self):
        return sorted(self.spool.glob("*.values"))

    def waiting(self):
        return "".join(spool_texts(self.spool)).count("\n")

    def test_every_server_of_the_agent_gets_every_value(self):
        """zabbix_sender ends with 2 when one of two servers is away: the batch is kept until both have it."""
        port = free_port()
        with Trapper() as one:
            serve = self.begin(f"agent_config: {agent_file(self.folder, one.port, port)}")
            serve.wait_log("only 1 of 2 servers answered")
            wait_for("values in the spool", lambda: self.waiting() > 2 * COUNT)
            with Trapper(port) as two:
                serve.wait_log("Zabbix accepts values again")
                serve.reload([])
                wait_for("an empty spool", lambda: self.waiting() == 0)
                serve.stop()
                self.assertEqual(set(one.values), set(two.values), "the same values at both")
                self.assertEqual(len(two.values), len(set(two.values)), "none twice at the server that was away")

    def test_nobody_counts_as_served_when_the_number_of_servers_cannot_be_read(self):
        """Two servers, one of them away, and the agent's file is gone when zabbix_sender has ended: it was one server then."""
        agent = agent_file(self.folder, 1, 2)
        sender = script(self.folder, f"""n=$(wc -l < "$file"); mv {agent} {agent}.away
            echo "Response from \\"A:1\\": \\"processed: $n; failed: 0; total: $n; seconds spent: 0.1\\""; exit 2""")
        serve = self.begin(f"agent_config: {agent}, sender: {sender}", interval="2s")
        serve.wait_log("how many servers must have the values is not known")
        serve.reload([], self.push)
        serve.stop()
        names = set(re.findall(r'^"(k\d)"', "".join(spool_texts(self.spool)), re.M))
        self.assertEqual(names, {f"k{i}" for i in range(COUNT)}, "every register's values are still there")
        self.assertEqual(self.pieces()[0].name, "0000000000000001.values", "from the first one on")

    def test_refused_values_are_told_and_counted(self):
        with Trapper(unknown=["kkt.document"]) as zabbix:
            serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}, host: collector")
            serve.wait_log("Zabbix refuses values")
            health = serve.wait("_serve", lambda d: d["spool"]["refused"] > 0)
            wait_for("more of them", lambda: sum(failed for _, _, failed in list(zabbix.packets)) > 5 * COUNT)
            self.assertEqual(serve.log().count("Zabbix refuses values"), 1)
            self.assertNotIn("does not accept values", serve.log())
            self.assertEqual(health["spool"]["dropped"], 0)

    def test_a_proxy_group_loses_nothing(self):
        """Two proxies: a packet that goes to one of them is refused in part, and each value is sent again on its own."""
        sent = set()
        with Trapper(proxy_of=lambda host: host in ("k1", "k3")) as zabbix:
            serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}")

            def seen():
                for i in range(COUNT):
                    d = serve.document(f"k{i}")
                    if d:
                        sent.add((f"k{i}", d["polled_ts"]))
                return len(sent) > 8 * COUNT
            wait_for("documents", seen)
            serve.reload([])
            wait_for("an empty spool", lambda: self.waiting() == 0)
            got = {(v[0], v[2]) for v in zabbix.values}
            self.assertEqual(sent - got, set())
            self.assertTrue(any(failed for _, _, failed in zabbix.packets), "packets were refused in part")
            serve.stop()
            self.assertEqual(serve.document("_serve")["spool"]["refused"], 0)

    def test_poison_in_the_spool_keeps_nothing_back(self):
        good = '"k1" "kkt.document" 1795749103 0 "{}"\n'
        self.spool.mkdir()
        (self.spool / "0000000000000001.values").write_bytes(
            b'\n' + good.encode() + b'garbage\n"k1" "kkt.document" 1795749103 0 "a\0b"\n"k1" "k" 1 0 "x\n"k1" "k" soon 0 "x"\n')
        with Trapper() as zabbix:
            serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}", registers=[])
            wait_for("the good line", lambda: zabbix.values)
            serve.wait_log("a value is set aside")
            health = serve.wait("_serve", lambda d: True)
            self.assertEqual(health["spool"]["set_aside"], 5)
            self.assertEqual(health["spool"]["length"], 0)
            self.assertEqual((self.spool / "refused" / "values").read_bytes().count(b"\n"), 5)
            serve.reload(self.registers, self.push)
            wait_for("new values behind it", lambda: len(zabbix.values) > 2 * COUNT)
            self.assertNotIn("does not accept values", serve.log())

    def test_links_in_the_spool_and_the_state_folder_are_not_followed(self):
        victim = self.folder / "victim"
        victim.write_text("precious")
        self.spool.mkdir()
        self.serve.state.mkdir()
        for path in (self.spool / "0000000000000001.values", self.spool / "dropped", self.serve.state / "k0.json",
                     self.serve.state / "_serve.json"):
            path.symlink_to(victim)
        os.mkfifo(self.serve.state / "k1.json")
        with Trapper() as zabbix:
            serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}, spool_max: 1, batch: 1")
            for name in ("k0", "k1", "k2", "_serve"):
                wait_for(name, lambda name=name: (serve.state / f"{name}.json").is_file()
                         and not (serve.state / f"{name}.json").is_symlink())
            wait_for("values", lambda: len(zabbix.values) > COUNT)
            serve.stop()
        self.assertEqual(victim.read_text(), "precious")

    def test_a_spool_that_fills_is_sent_at_the_rate(self):
        """A server that comes back is not flooded: no second has more than push.rate values."""
        rate = 10
        sender = self.folder / "later"
        sender.write_text(f'#!/bin/sh\n[ -e {self.folder}/up ] || exit 1\nexec zabbix_sender "$@"\n')
        sender.chmod(0o755)
        with Trapper() as zabbix:
            agent = agent_file(self.folder, zabbix.port)
            serve = self.begin(f"agent_config: {agent}, sender: {sender}, rate: {rate}, batch: 250")
            wait_for("a full spool", lambda: self.waiting() > 6 * rate)
            (self.folder / "up").touch()
            wait_for("values", lambda: sum(n for _, n, _ in list(zabbix.packets)) > 6 * rate)
            serve.stop()
            times = sorted(at for at, n, _ in zabbix.packets for _ in range(n))
            gaps = [b - a for a, b in zip(times, times[rate:])]
            self.assertGreater(min(gaps), 0.9, "more than the rate in a second")
            self.assertLess(times[-1] - times[0], 20 * len(times) / rate, "and not much slower")

    def test_fewer_than_the_registers_give_is_said(self):
        serve = self.begin("agent_config: /none, sender: /bin/false, rate: 2")
        serve.wait_log("push: rate: 2 documents per second are fewer than the registers produce (5)")

    def test_an_answer_that_cannot_be_is_not_believed(self):
        for info in ("processed: 0; failed: 999999; total: 999999; \x1b[31m", "processed: 999998; failed: 1; total: 999999; \x1b[31m"):
            with self.subTest(info=info), Trapper(info=info) as zabbix:
                serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}")
                told = serve.log().count("does not match the ")
                wait_for("the doubt", lambda: serve.log().count("does not match the ") > told)
                serve.wait("_serve", lambda d: d["spool"]["refused"] == 0 and d["spool"]["length"] > 0)
                self.assertNotIn("\x1b", serve.log())
                serve.stop()

    def test_the_reason_of_zabbix_sender_is_shown(self):
        serve = self.begin(f"agent_config: /none, sender: {script(self.folder, 'echo no way to Zabbix >&2; exit 1')}")
        serve.wait_log("ended with 1, signal 0: no way to Zabbix); they are kept in the spool")

    def test_a_server_that_is_away_is_tried_more_and_more_seldom(self):
        runs = self.folder / "runs"
        self.begin(f"agent_config: /none, sender: {script(self.folder, f'date +%s%N >> {runs}; exit 1')}")
        wait_for("three runs", lambda: runs.exists() and runs.read_text().count("\n") >= 3)
        first, second, third = (int(line) / 1e9 for line in runs.read_text().splitlines()[:3])
        self.assertGreater(second - first, 1.9)
        self.assertGreater(third - second, 3.9)

    def test_a_clean_stop_sends_nothing_twice(self):
        """Each stop meets a zabbix_sender that waits for its answer."""
        with Trapper(delay=0.2) as zabbix:
            for _ in range(3):
                zabbix.began.clear()
                serve = self.begin(f"agent_config: {agent_file(self.folder, zabbix.port)}")
                self.assertTrue(zabbix.began.wait(30))
                self.assertLess(serve.stop(), STOPS_WITHIN)
            self.assertEqual(len(zabbix.values), len(set(zabbix.values)))

    def test_the_end_leaves_no_zabbix_sender_behind(self):
        """A server that does not answer: zabbix_sender and the process that it forked are ended."""
        with Trapper(delay=30) as zabbix:
            agent = agent_file(self.folder, zabbix.port)
            serve = self.begin(f"agent_config: {agent}")
            self.assertTrue(zabbix.began.wait(30))
            self.assertLess(serve.stop(), STOPS_WITHIN)
            wait_for("no zabbix_sender", lambda: not processes_of(str(agent)), 5)

    def test_a_missing_file_of_the_spool_does_not_stop_the_rest(self):
        sender = script(self.folder, f'[ -e {self.folder}/up ] && [ -r "$file" ] && cp "$file" {self.folder}/got/')
        (self.folder / "got").mkdir()
        serve = self.begin(f"agent_config: /none, sender: {sender}, batch: 5")
        wait_for("files", lambda: len(self.pieces()) > 3)
        for path in self.pieces()[:-1]:
            path.unlink()
        (self.folder / "up").touch()
        wait_for("the values behind it", lambda: list((self.folder / "got").iterdir()))
        serve.wait_log("values are dropped (a file of the spool is missing)")

    def test_what_cannot_be_read_for_a_while_is_sent_afterwards(self):
        """The process may open no more files when the sender's time comes: what waits on the disk is not removed."""
        got = self.folder / "got"
        sender = script(self.folder, f'cat "$file" >> {got}\n')
        serve = self.begin(f"agent_config: /none, sender: {sender}", interval="8s")
        wait_for("values", lambda: self.waiting() > 3)
        before = resource.prlimit(serve.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(serve.process.pid, resource.RLIMIT_NOFILE, (3, before[1]))
        kept = [path.read_text() for path in self.pieces()]
        self.assertFalse(got.exists(), "the sender was not to run yet")
        serve.wait_log("they are kept and tried again")
        resource.prlimit(serve.process.pid, resource.RLIMIT_NOFILE, before)
        wait_for("the values", lambda: got.exists() and all(text in got.read_text() for text in kept))
        self.assertNotIn("a file of the spool is missing", serve.log())
        self.assertEqual(serve.log().count("values cannot be sent now"), 1)

    def test_what_waits_is_counted_though_a_reload_takes_push_away(self):
        """The values that wait are still there, and are still tried: no count goes back, and none becomes zero."""
        serve = self.begin("agent_config: /none, sender: /bin/false, spool_max: 3, batch: 1")
        before = serve.wait("_serve", lambda d: d["spool"]["dropped"] > 0)
        serve.reload(self.registers, "")
        (serve.state / "_serve.json").unlink()
        serve.stop()  # writes the document a last time
        after = serve.document("_serve")
        self.assertGreater(after["spool"]["length"], 0)
        self.assertGreaterEqual(after["spool"]["dropped"], before["spool"]["dropped"])

    def test_dropping_is_told_and_its_count_outlives_a_restart(self):
        sender = script(self.folder, "exit 1")
        serve = self.begin(f"agent_config: /none, sender: {sender}, batch: 1, spool_max: 3")
        serve.wait_log("values are dropped (`spool_max` is reached)")
        dropped = serve.wait("_serve", lambda d: d["spool"]["dropped"] > 0)["spool"]["dropped"]
        serve.stop()
        self.serve.start()
        self.serve.wait_log("values are dropped", 2)  # once a life
        told = self.serve.document("_serve")["polled_ts"]
        later = self.serve.wait("_serve", lambda d: d["polled_ts"] > told)
        self.assertGreater(later["spool"]["dropped"], dropped)
        self.assertEqual(self.serve.log().count("values are dropped"), 2)

    def test_a_folder_has_one_serve(self):
        sender = script(self.folder, "exit 1")
        serve = self.begin(f"agent_config: /none, sender: {sender}")
        serve.wait("k0", lambda d: True)
        for state in (serve.state, self.folder / "other"):
            text = serve.config.read_text().replace(f"state_dir: {serve.state}", f"state_dir: {state}")
            (self.folder / "second.yaml").write_text(text)
            second = subprocess.run([program(), "serve", "-c", str(self.folder / "second.yaml")], capture_output=True,
                                    text=True, env={**os.environ, "ZABBIX_ATOL_LANG": "en"})
            self.assertEqual(second.returncode, 1, "the first may end at any time: systemd tries again")
            self.assertIn("Another `zabbix-atol serve` uses this folder: "
                          f"{state if state == serve.state else self.spool}.", second.stderr)
        before = serve.document("k0")["polled_ts"]
        serve.wait("k0", lambda d: d["polled_ts"] > before)


if __name__ == "__main__":
    unittest.main()
