"""Opening hours: a closed shop's register is read seldom, says nothing when it is off, and Zabbix hears that it rests."""
import shutil
import socket
import subprocess
import time
import unittest

from harness import Emulator, emulator_program
from serving import Serve, wait_for
from test_push import script

KEEP = 'cat "$file" >>{folder}/sent\n'


def shut():
    """Hours that do not hold now, and not soon."""
    hour = time.gmtime().tm_hour
    return f", timezone: UTC, hours: '{(hour + 3) % 23:02d}:00-{(hour + 3) % 23 + 1:02d}:00'"


OPEN = ", timezone: UTC, hours: '00:00-12:00, 12:00-24:00'"


def kkt(name, connect, more):
    return f"{{name: {name}, connect: '{connect}', interval: 1s, timeout: 3s{more}}}"


class HoursTest(unittest.TestCase):
    def setUp(self):
        self.serve = Serve([])
        self.addCleanup(self.serve.__exit__)
        folder = self.serve.folder
        sender = script(folder, KEEP.format(folder=folder))
        self.push = f"push: {{agent_config: /none, sender: {sender}, spool: {folder}/spool, interval: 1s}}"
        (folder / "sent").touch()

    def told(self, name):
        """The values of kkt.closed that went to the host, in their order."""
        lines = (self.serve.folder / "sent").read_text().splitlines()
        return [line.rsplit('"', 2)[1] for line in lines if line.startswith(f'"{name}" "kkt.closed" ')]

    def test_closed_is_read_seldom_and_without_the_printer(self):
        with Emulator("--registers", 3) as e:
            self.serve.configure([kkt("closed", e.at(1), shut()), kkt("open", e.at(2), OPEN),
                                  kkt("always", e.at(3), "")], self.push)
            self.serve.start()
            first = self.serve.wait("closed", lambda d: d["state"] == "ok")
            self.assertNotIn("printer", first["metrics"])
            self.assertIn("ofd", first["metrics"])
            seen = self.serve.wait("open", lambda d: d["polled_ts"] >= first["polled_ts"] + 3)
            self.assertIn("printer", seen["metrics"])
            self.assertEqual(self.serve.document("closed")["polled_ts"], first["polled_ts"])
            wait_for("what Zabbix is told", lambda: self.told("closed") and self.told("open"))
            self.assertEqual(self.told("closed"), ["1"])
            self.assertEqual(self.told("open"), ["0"], "an earlier life may have told 1")
            self.assertEqual(self.told("always"), [])

    def test_prometheus_is_not_told_of_the_register_that_stood_at_another_address(self):
        page = self.serve.folder / "kkt.prom"
        head = f"{self.push}\nprometheus: {{file: {page}}}"

        def told(name):
            return page.exists() and any(line.startswith("kkt_up{") and f'name="{name}"' in line for line in page.read_text().splitlines())
        with Emulator("--registers", 2) as e:
            self.serve.configure([kkt("a", e.at(1), shut()), kkt("b", e.at(2), shut())], head)
            self.serve.start()
            wait_for("both on the page", lambda: told("a") and told("b"))
            self.serve.stop()
            self.serve.configure([kkt("a", "tcp://127.0.0.1:1", shut()), kkt("b", e.at(2), shut())], head)
            self.serve.start()
            wait_for("the page of the new run", lambda: told("b"))
            self.assertFalse(told("a"))

    def test_closed_and_switched_off_says_nothing(self):
        self.serve.configure([kkt("off", "tcp://127.0.0.1:1", shut() + ", identity_interval: 1s")], self.push)
        self.serve.start()
        health = self.serve.wait("_serve", lambda d: d["polls"]["total"] >= 3)
        self.assertEqual(health["registers"]["unreachable"], 0)
        self.assertIsNone(self.serve.document("off"))
        self.assertNotIn("lost", self.serve.log())
        self.assertNotIn("kkt.document", (self.serve.folder / "sent").read_text().replace('"_serve"', ""))
        self.assertEqual(self.told("off"), ["1"])

    def test_a_failed_poll_at_night_changes_no_snapshot(self):
        e = Emulator("--clients", "many")
        self.addCleanup(shutil.rmtree, e.folder, True)
        self.serve.configure([kkt("a", e.connect, shut() + ", identity_interval: 1s")], self.push)
        self.serve.start()
        self.serve.wait("a", lambda d: d["state"] == "ok")
        e.stop()
        port = int(e.address.rsplit(":", 1)[1])
        with socket.socket() as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            gone.bind(("127.0.0.1", port))
            gone.listen()
            for _ in range(12):     # three polls, each with its attempts to connect again
                gone.accept()[0].close()
            self.assertEqual(self.serve.document("a")["state"], "ok")
        self.serve.reload([kkt("a", e.connect, OPEN)], self.push)
        self.serve.wait("a", lambda d: d["state"] == "unreachable")
        wait_for("the doors in Zabbix", lambda: self.told("a") == ["1", "0"])
        again = subprocess.Popen([emulator_program(), "--tcp", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL)
        self.addCleanup(again.wait)
        self.addCleanup(again.terminate)
        self.serve.wait("a", lambda d: d["state"] == "ok" and "printer" in d["metrics"])


if __name__ == "__main__":
    unittest.main()
