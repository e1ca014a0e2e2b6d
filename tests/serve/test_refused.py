"""A register that refuses a request now and then: what was not read is absent, all the rest stays, and no alarm ends."""
import datetime
import socket
import threading
import unittest

from harness import Emulator
from serving import Serve
from test_serve import default_state, kkt


class Switch:
    """One address for two registers that are alike: each connection goes to `target`."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connect = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"

    def pump(self, source, to):
        try:
            while data := source.recv(4096):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def carry(self, client):
        host, port = self.target.address.rsplit(":", 1)
        with client, socket.create_connection((host, int(port))) as register:
            back = threading.Thread(target=self.pump, args=(register, client), daemon=True)
            back.start()
            self.pump(client, register)
            back.join()

    def accept(self):
        try:
            while True:
                threading.Thread(target=self.carry, args=(self.listener.accept()[0],), daemon=True).start()
        except OSError:
            pass

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()


def in_days(count):
    return (datetime.date.today() + datetime.timedelta(count)).isoformat()


def ago(**time):
    return (datetime.datetime.now() - datetime.timedelta(**time)).strftime("%Y-%m-%dT%H:%M:00")


class Refused(unittest.TestCase):
    def serve(self, request, state, more, protocol=5):
        options = "--protocol", protocol, "--clients", "many"
        code = "6a" if protocol == 5 else "D4"
        good = self.enterContext(Emulator(*options, state=state))
        bad = self.enterContext(Emulator(*options, "--fault", f"error:{code}@{request}", state=state))
        switch = self.enterContext(Switch(good))
        return good, bad, switch, self.enterContext(Serve([kkt("a", switch.connect, more)], "language: en"))

    def test_a_refused_number_takes_nothing_else_away(self):
        """Request 21 brings serial number, firmware and configuration."""
        good, bad, switch, serve = self.serve("21", default_state(), ", identity_interval: 1h")
        whole = serve.wait("a", lambda d: d["state"] == "ok" and "registration" in d["metrics"])
        switch.target = bad
        refused = serve.wait("a", lambda d: d["state"] == "partial")
        self.assertNotIn("serial", refused["metrics"]["device"])
        self.assertEqual(refused["metrics"]["registration"], whole["metrics"]["registration"])
        self.assertEqual(refused["metrics"]["fn"]["valid_until"], whole["metrics"]["fn"]["valid_until"])
        switch.target = good
        after = serve.wait("a", lambda d: d["state"] == "ok")
        self.assertEqual(after["metrics"]["registration"], whole["metrics"]["registration"])

    def test_a_term_that_was_not_read_is_absent_and_its_alarm_stays(self):
        """Request 33 brings the end of the FN's term."""
        state = default_state()
        state["fn"].update(valid_until=in_days(2), resource_days=400)
        good, bad, switch, serve = self.serve("33", state, ", identity_interval: 3s")
        told = serve.wait("a", lambda d: d["state"] == "ok" and d["health"]["code"] == 504)
        self.assertEqual(told["metrics"]["fn"]["days_left"], 2)
        switch.target = bad
        d = serve.wait("a", lambda d: d["state"] == "partial")
        for _ in range(5):    # full polls and quick ones
            for key in ("valid_until", "days_left", "resource_days"):
                self.assertNotIn(key, d["metrics"]["fn"])
            self.assertIn("33", d["error"])
            self.assertEqual(d["health"]["code"], 504, d["health"])
            d = serve.wait("a", lambda later, d=d: later["polled_ts"] > d["polled_ts"])
        state["fn"]["valid_until"] = in_days(400)
        good.set_state(state)
        switch.target = good
        serve.wait("a", lambda d: d["state"] == "ok" and d["health"]["code"] == 0 and d["metrics"]["fn"]["days_left"] == 400)

    def test_without_the_last_document_a_wrong_clock_ends_no_alarm(self):
        """Ten hours back, the clock is wrong only by the last document; the shift has ended by now, and the queue is too old."""
        state = default_state()
        state["device"]["clock_drift_s"] = -36000
        state["fn"]["last_document_time"] = ago(minutes=10)
        state["shift"].update(state=1, expires=ago(hours=1))
        state["ofd"].update(unsent_count=3, first_unsent_number=state["fn"]["last_document"] - 2, first_unsent=ago(days=27, hours=2))
        for protocol, request in ((3, "A4-30"), (5, "FN-30")):
            with self.subTest(protocol=protocol):
                _, bad, switch, serve = self.serve(request, state, ", identity_interval: 1h", protocol)
                serve.wait("a", lambda d: d["state"] == "ok" and d["health"]["code"] == 508)
                switch.target = bad
                d = serve.wait("a", lambda d: d["state"] == "partial")
                for _ in range(3):
                    told = d["metrics"]
                    self.assertNotIn("last_document_time", told["fn"])
                    self.assertEqual((2, 1, 508), (told["shift"]["state"], told["device"]["clock_wrong"], d["health"]["code"]), d)
                    self.assertAlmostEqual(told["shift"]["left_s"], -3600, delta=120)
                    self.assertAlmostEqual(told["ofd"]["first_unsent_age_s"], 27 * 86400 + 7200, delta=120)
                    d = serve.wait("a", lambda later, d=d: later["polled_ts"] > d["polled_ts"])

    def test_without_the_last_document_a_date_that_was_read_is_still_believed(self):
        """Three days ahead, as its documents are: by the last one the queue has waited for two days."""
        state = default_state()
        state["device"]["clock_drift_s"] = 3 * 86400
        state["fn"]["last_document_time"] = ago(days=-3, hours=1)
        state["shift"].update(state=1, expires=ago(days=-3, hours=-10))
        state["ofd"].update(unsent_count=3, first_unsent_number=state["fn"]["last_document"] - 2, first_unsent=ago(days=-2),
                            last_sent=ago(days=-3, hours=2))
        _, bad, switch, serve = self.serve("FN-30", state, ", identity_interval: 1h")
        whole = serve.wait("a", lambda d: d["state"] == "ok")
        age = whole["metrics"]["ofd"]["first_unsent_age_s"]
        switch.target = bad
        d = serve.wait("a", lambda d: d["state"] == "partial")
        for _ in range(3):
            self.assertEqual(d["metrics"]["ofd"].get("first_unsent"), whole["metrics"]["ofd"]["first_unsent"], d)
            self.assertAlmostEqual(d["metrics"]["ofd"]["first_unsent_age_s"], age, delta=120)
            d = serve.wait("a", lambda later, d=d: later["polled_ts"] > d["polled_ts"])


if __name__ == "__main__":
    unittest.main()
