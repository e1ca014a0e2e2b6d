"""serve is killed (SIGKILL) at random moments while it polls, writes, hands values to zabbix_sender and takes back what was
refused: no value that was ever told is lost. LOSS_KILLS says how often; `./run.sh test loss` is the long run."""
import ctypes
import os
import random
import threading
import time
import unittest

from harness import Emulator
from serving import Serve, spool_texts, wait_for
from trapper import Trapper

COUNT = 30
IN_MOVED_TO = 0x80


def odd(host):
    return int(host[1:]) % 2


class Witness:
    """Each snapshot that appears in the folder, as text: what serve has told somebody, whatever becomes of it then."""

    def __init__(self, folder):
        self.folder, self.seen, self.ended = folder, {}, False
        libc = ctypes.CDLL(None, use_errno=True)
        self.events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.events < 0 or libc.inotify_add_watch(self.events, str(folder).encode(), IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def look(self):
        for path in self.folder.glob("k*.json"):
            try:
                self.seen.setdefault(path.read_text().rstrip("\n"), path.stem)
            except FileNotFoundError:
                pass

    def watch(self):
        while not self.ended:
            try:
                os.read(self.events, 65536)
                self.look()
            except BlockingIOError:
                time.sleep(0.001)

    def end(self):
        self.ended = True
        self.thread.join()
        self.look()
        os.close(self.events)


class LossTest(unittest.TestCase):
    def lines(self, spool):
        """Of each whole line in the spool: host, seconds, nanoseconds, value."""
        for text in spool_texts(spool, ("values", "again")):
            for line in text[:text.rfind("\n") + 1].splitlines():
                host, _, clock, ns, value = line.split(" ", 4)
                yield host.strip('"'), int(clock), int(ns), value[1:-1].replace('\\"', '"').replace("\\\\", "\\")

    def test_no_value_is_lost_when_serve_is_killed_at_any_moment(self):
        kills, rng = int(os.environ.get("LOSS_KILLS", "20")), random.Random(os.environ.get("LOSS_SEED", "16"))
        with Emulator("--registers", COUNT) as fleet, Trapper() as zabbix, Serve([]) as s:
            s.process.kill()
            s.process.wait()
            s.state.mkdir(exist_ok=True)
            spool, agent = s.folder / "spool", s.folder / "agent.conf"
            agent.write_text(f"ServerActive=127.0.0.1:{zabbix.port}\nHostname=x\n")
            registers = [f"{{name: k{i}, connect: '{fleet.at(i + 1)}', interval: 1s}}" for i in range(COUNT)]
            push = f"push: {{spool: {spool}, interval: 1s, batch: 20, agent_config: {agent}}}"
            s.configure(registers, push)
            witness, waited = Witness(s.state), set()
            for _ in range(kills):
                zabbix.delay = rng.choice((0, 0, 0.02, 0.2))      # of a packet: killed while it is on its way
                zabbix.proxy_of = rng.choice((None, None, odd))   # of a packet one half is refused: each is sent again alone
                s.start()
                time.sleep(rng.uniform(0.01, 1.6))
                self.assertIsNone(s.process.poll(), s.log()[-500:])
                s.process.kill()
                s.process.wait()
                waited.update(self.lines(spool))
            zabbix.delay, zabbix.proxy_of = 0, None
            s.configure([], push)
            s.start()
            wait_for("an empty spool", lambda: not any(self.lines(spool)), 120)
            s.stop()
            witness.end()
            came = [v for v in list(zabbix.values) if v[1] == "kkt.document"]
        told = {text for text in witness.seen if text}
        # What comes again has the time that it had: Zabbix keeps one of them.
        times, texts = {(v[0], *v[2:]) for v in came}, {v[4] for v in came}
        lost = [text for text in told if text not in texts] + [value for value in waited if value not in times]
        print(f"{kills} kills: {len(told)} values seen in the state folder, {len(waited)} in the spool after a kill, {len(times)} received, "
              f"{len(came) - len(times)} of them again, {len(lost)} lost")
        self.assertGreater(len(told), kills)
        self.assertGreater(len(waited), kills)
        self.assertEqual(lost, [])


if __name__ == "__main__":
    unittest.main()
