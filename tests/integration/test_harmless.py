"""A poll cancels nothing (docs/protocol-3.md §2): the task that the till's program has queued stays queued, whatever is
polled, and no frame of a poll is C4. A proxy of its own counts the frames; the till is a client of its own."""
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import harness
from harness import Emulator, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "emulator"))
from wire import Closed, Peer, Wire3  # noqa: E402

ADD, ACKNOWLEDGE, REQUEST, ABORT = 0xC1, 0xC2, 0xC3, 0xC4
TILL_TASK = 7
# The till's task: a register that no poll below asks for is "in progress" for ten minutes.
PENDING = ("--fault", "progress:600000@91-0B")
KINDS = (("get",), ("get", "--groups", "shift"), ("get", "--groups", "device,printer,fn,ofd,registration"), ("show",))


class Frames:
    """Frames of protocol 3 in the bytes of one direction: the first byte of each frame's data, and its task id."""

    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        found = []
        self.buffer += data
        while True:
            start = self.buffer.find(b"\xfe")
            if start < 0 or len(self.buffer) < start + 5:
                return found
            count, at, out = self.buffer[start + 1] | self.buffer[start + 2] << 7, start + 4, bytearray()
            while len(out) <= count and at < len(self.buffer):
                step = 2 if self.buffer[at] == 0xFD else 1
                if at + step > len(self.buffer):
                    return found
                out.append({0xEE: 0xFE, 0xED: 0xFD}.get(self.buffer[at + 1], 0) if step == 2 else self.buffer[at])
                at += step
            if len(out) <= count:
                return found
            found.append(bytes(out[:-1]))
            self.buffer = self.buffer[at:]


class Proxy:
    """Between the program and the register: counts what the program says."""

    def __init__(self, port):
        self.port, self.said, self.connections = port, collections.Counter(), 0
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connect = "tcp://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                register = socket.create_connection(("127.0.0.1", self.port))
                threading.Thread(target=self.copy, args=(client, register, Frames()), daemon=True).start()
                threading.Thread(target=self.copy, args=(register, client, None), daemon=True).start()

    def copy(self, source, target, frames):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                for said in frames.feed(data) if frames else ():
                    with self.changed:
                        self.said[said[0] if said else None] += 1
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        if frames:
            with self.changed:
                self.connections += 1
                self.changed.notify_all()

    def wait_for_connections(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.connections >= count, harness.PATIENCE):
                raise AssertionError(f"{self.connections} connections of {count}")

    def close(self):
        self.listener.close()


class Harmless(unittest.TestCase):
    def register(self, *options):
        kkt = Emulator("--protocol", "3", "--clients", "many", *options)
        self.addCleanup(kkt.__exit__)
        port = int(kkt.address.rsplit(":", 1)[1])
        proxy = Proxy(port)
        self.addCleanup(proxy.close)
        till = Wire3(Peer(port))
        self.addCleanup(till.peer.close)
        return proxy, till

    def queue_task(self, till):
        self.assertEqual(till.ask(ADD, 1, TILL_TASK, 0, 0, 0x91, 0x0B, 0, 0)[1], b"\xa2")

    def assert_still_queued(self, till):
        self.assertEqual(till.ask(REQUEST, TILL_TASK)[1], b"\xa2", "the till's task is gone")

    def test_polls_of_every_kind_leave_the_tills_task_in_the_buffer(self):
        for buffer in ("plain", "strict"):
            with self.subTest(buffer):
                proxy, till = self.register("--buffer", buffer, *PENDING)
                self.queue_task(till)
                for _ in range(2):
                    for kind in KINDS:
                        result = run(kind[0], proxy.connect, *kind[1:])
                        self.assertEqual(result.status, 0, result.stdout + result.stderr)
                self.assert_still_queued(till)
                self.assertEqual(proxy.said[ABORT], 0)
                self.assertGreater(proxy.said[ADD], 100)

    def test_polls_that_go_wrong_leave_the_tills_task_in_the_buffer(self):
        faults = ("lost-answer@91-43", "error:7A@91-43", "error:D5@A4-20", "busy@91-39", "progress:60000@91-43",
                  "bad-crc@3F", "exists@45*2", "stopped@45*1", "full@3F*1", "foreign", "close@91-12*1", "few:1@45")
        def poll(case):
            buffer, fault = case
            proxy, till = self.register("--buffer", buffer, *PENDING, "--fault", fault)
            self.queue_task(till)
            return case, proxy, till, [run("get", proxy.connect, "--groups", "device,printer,shift,fn,ofd", "--timeout",
                                           timeout).document for timeout in ("1s", "2500ms")]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            polls = list(pool.map(poll, [(buffer, fault) for buffer in ("plain", "strict") for fault in faults]))
        for case, proxy, till, documents in polls:
            with self.subTest(case):
                self.assert_still_queued(till)
                self.assertEqual(proxy.said[ABORT], 0)
                self.assertIn(documents[-1]["state"], ("ok", "partial"), documents[-1]["error"])

    def test_a_buffer_that_the_tills_error_has_stopped_is_the_tills_to_empty(self):
        proxy, till = self.register("--buffer", "strict", *PENDING, "--fault", "error:9C@88")
        self.queue_task(till)
        till.ask(ADD, 1, 8, 0, 0, 0x88, 0, 0, 1)
        document = run("get", proxy.connect).document
        self.assertEqual(document["state"], "busy")
        self.assertIn("stopped by an error of another program's task", document["error"])
        self.assertNotIn("metrics", document)
        self.assertEqual(proxy.said[ABORT], 0)
        while till.ask(ABORT)[1] != b"\xa3":
            pass
        self.assertEqual(run("get", proxy.connect).document["state"], "ok")

    def test_a_buffer_full_of_the_tills_tasks_is_busy(self):
        proxy, till = self.register()
        for tid in range(8):
            self.assertEqual(till.ask(ADD, 1, tid, 0, 0, 0x45)[1][0], 0xA3)
        document = run("get", proxy.connect).document
        self.assertEqual(document["state"], "busy")
        self.assertIn("full of another program's tasks", document["error"])
        self.assertLess(document["poll"]["duration_ms"], 5000)
        self.assertIn("буфер заданий заполнен", run("get", proxy.connect, "--lang", "ru").document["error"])
        self.assertEqual(till.ask(REQUEST, 3)[1][0], 0xA3)
        self.assertEqual(proxy.said[ABORT], 0)

    def test_what_a_killed_poll_of_ours_has_left_is_cleared_by_the_next(self):
        proxy, till = self.register()
        for tid in (0xDD, 0xDE, 0xDF):
            till.ask(ADD, 1, tid, 0, 0, 0x45)
        self.assertEqual(run("get", proxy.connect).document["state"], "ok")
        for tid in (0xDD, 0xDE, 0xDF):
            self.assertEqual(till.ask(REQUEST, tid)[1], b"\xb3")

    def test_serve_leaves_the_tills_task_in_the_buffer(self):
        proxy, till = self.register(*PENDING)
        self.queue_task(till)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "z.yaml")
            with open(path, "w", encoding="utf-8") as f:
                f.write(f"state_dir: {folder}/state\ndefaults: {{interval: 1s}}\n"
                        f"registers:\n- {{name: k, connect: '{proxy.connect}'}}\n")
            with subprocess.Popen([harness.program(), "serve", "-c", path], stderr=subprocess.PIPE, text=True) as serve:
                try:
                    proxy.wait_for_connections(6)
                finally:
                    serve.terminate()
                    words = serve.stderr.read()
        self.assertEqual(serve.returncode, 0, words)
        self.assert_still_queued(till)
        self.assertEqual(proxy.said[ABORT], 0)

    def test_a_register_that_pushes_its_results_is_read_whole(self):
        plain = run("get", self.register()[0].connect).document
        proxy, _ = self.register("--buffer", "strict")
        strict = run("get", proxy.connect).document
        moving = ("_s", "_ts")
        plain, strict_values = ({key: value for key, value in harness.flatten(document["metrics"]).items()
                                 if not key.endswith(moving) and key + "_ts" not in harness.flatten(document["metrics"])}
                                for document in (plain, strict))
        self.assertEqual(strict_values, plain)
        self.assertGreater(len(plain), 60)
        self.assertEqual(strict["state"], "ok")

    def test_the_answer_of_an_earlier_connection_is_nobodys(self):
        proxy, _ = self.register("--fault", "foreign")
        document = run("get", proxy.connect).document
        self.assertEqual(document["state"], "ok")
        self.assertNotIn("99", str(document["metrics"]["shift"]["number"]))


class Echo:
    """A listener that sends back what it gets, in so many pieces."""

    def __init__(self, pieces):
        self.code = ("import socket,sys\ns=socket.create_server(('127.0.0.1',0))\nprint(s.getsockname()[1],flush=True)\nn=int(sys.argv[1])\n"
                     "while True:\n c,_=s.accept()\n c.setsockopt(socket.IPPROTO_TCP,socket.TCP_NODELAY,1)\n try:\n"
                     "  while d:=c.recv(4096):\n   for i in range(n): c.sendall(d[len(d)*i//n:len(d)*(i+1)//n])\n"
                     " except OSError: pass\n c.close()\n")
        self.pieces = str(pieces)

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.code, self.pieces], stdout=subprocess.PIPE, text=True)
        return "tcp://127.0.0.1:" + self.process.stdout.readline().strip()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Limits(unittest.TestCase):
    """What a stranger can cost: a register that sends for ever, a converter that speaks telnet."""

    def test_a_register_that_sends_for_ever_is_an_error_at_once(self):
        for protocol, request in (("3", "3F"), ("5", "01")):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, "--latency-ms", "150", "--fault",
                                                              f"flood@{request}") as kkt:
                begin = os.times()
                document = run("get", kkt.connect, "--timeout", "15s").document
                end = os.times()
                self.assertEqual(document["state"], "error")
                self.assertIn("without end", document["error"])
                self.assertNotIn("metrics", document)
                self.assertLess(document["poll"]["duration_ms"], 5000)
                cpu = end.children_user + end.children_system - begin.children_user - begin.children_system
                self.assertLess(cpu, 2.0)

    def test_endless_noise_is_no_register(self):
        with Emulator("--protocol", "3", "--fault", "flood") as kkt, harness.Talker(b"\x55" * 20000) as address:
            self.assertEqual(run("get", address, "--timeout", "15s").document["state"], "error")
            self.assertEqual(run("get", kkt.connect, "--timeout", "15s").document["state"], "error")

    def test_an_echo_is_told_as_one(self):
        """A loop in the cable, a getty at the other end, the echo service: everything comes back."""
        for pieces in (1, 20):
            with self.subTest(pieces=pieces), Echo(pieces) as address:
                document = run("get", address, "--timeout", "5s").document
                self.assertEqual("error", document["state"])
                self.assertIn("not an ATOL register: it sends back what is sent to it", document["error"])

    def test_telnet_is_recognised(self):
        for greeting in ("fffb01fffb03fffd00", "fffd2c"):
            with harness.Talker(bytes.fromhex(greeting)) as address:
                document = run("get", address).document
                self.assertEqual(document["state"], "error")
                self.assertIn("speaks telnet", document["error"])
                self.assertIn("telnet", run("get", address, "--lang", "ru").document["error"])
