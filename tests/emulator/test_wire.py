"""The emulator at the wire: the vectors of the protocol documents, the task buffer, the channels, each fault."""
import json
import os
import select
import subprocess
import tempfile
import time
import unittest

from wire import Closed, Peer, Wire3, Wire5, frame3

from harness import Emulator, emulator_program


def wire(kkt, protocol):
    return (Wire3 if protocol == 3 else Wire5)(Peer(int(kkt.address.rsplit(":", 1)[1])))


class Protocol3(unittest.TestCase):
    def run_with(self, *options, state=None):
        kkt = Emulator("--protocol", "3", *options, state=state)
        self.addCleanup(kkt.__exit__, None, None, None)
        peer = wire(kkt, 3)
        self.addCleanup(peer.peer.close)
        return peer

    def test_vectors_of_the_document(self):
        state = {"device": {"model": "АТОЛ 11Ф", "model_code": 67, "firmware": "3.0.5755", "serial": "00106712345678",
                            "time": "2026-11-22T12:34:56"},
                 "fn": {"serial": "9999078900012345", "state": 3, "last_document": 0x3FD, "last_document_time": "2026-11-22T12:30:00"},
                 "ofd": {"status": 2, "unsent_count": 7, "first_unsent_number": 1015, "first_unsent": "2026-11-21T10:20:00"},
                 "shift": {"state": 1, "number": 1, "expires": "2026-11-23T00:00:00"}}
        kkt = self.run_with(state=state)
        self.assertEqual(kkt.ask(0xC4)[1], b"\xa3")
        self.assertEqual(kkt.add(0xA5)[1].hex(), "a3000301430000030001575580928e8b20313194")
        self.assertEqual(kkt.ack()[1], b"\xa3")
        self.assertEqual(kkt.add(0x91, 0x11, 0, 0)[1].hex(), "a35500221126123456")
        kkt.ack()
        self.assertEqual(kkt.add(0xA4, 0x20)[1].hex(), "a35500020007 00f7030000 1a0b150a14".replace(" ", ""))
        kkt.ack()
        self.assertEqual(kkt.add(0xA4, 0x30)[1].hex(), "a355000300000100" "1a0b160c1e" "39393939303738393030303132333435" "fd030000")
        kkt.ack()
        self.assertEqual(kkt.add(0x91, 0x16, 0, 0)[1].hex(), "a3550000106712345678")

    def test_the_probe_of_the_other_protocol_is_skipped(self):
        kkt = self.run_with()
        kkt.peer.send(bytes.fromhex("24400D002001F7407465737465") + bytes.fromhex("FE010000C402"))
        self.assertEqual(kkt.receive()[:2], (0, b"\xa3"))

    def test_results_are_kept_until_they_are_acknowledged(self):
        kkt = self.run_with()
        answer = kkt.add(0x45)[1]
        self.assertEqual(kkt.ask(0xC3, kkt.tid)[1], answer)
        self.assertEqual(kkt.ask(0xC1, 1, kkt.tid, 0, 0, 0x45)[1], b"\xb2")
        kkt.ack()
        self.assertEqual(kkt.ask(0xC3, kkt.tid)[1], b"\xb3")

    def test_the_buffer_fills_and_abort_empties_it(self):
        kkt = self.run_with()
        answers = [kkt.add(0x45)[1][0] for _ in range(9)]
        self.assertEqual(answers, [0xA3] * 8 + [0xB1])
        self.assertEqual(kkt.ask(0xC4)[1], b"\xa3")
        self.assertEqual(kkt.add(0x45)[1][0], 0xA3)

    def test_a_strict_buffer_pushes_results_and_knows_what_it_holds(self):
        kkt = self.run_with("--buffer", "strict")
        self.assertEqual(kkt.add(0x45)[1], b"\xa2")
        ident, data, good = kkt.receive()
        self.assertEqual((ident, data[:2], good), (0xF0, bytes([0xA6, kkt.tid]), True))
        self.assertEqual(kkt.ack()[1], b"\xa3")
        self.assertEqual(kkt.ack()[1], b"\xb3")
        self.assertEqual(kkt.ask(0xC3, 0xDE)[1], b"\xb3")

    def test_a_strict_buffer_stops_at_an_error_unless_told_to_go_on(self):
        kkt = self.run_with("--buffer", "strict")
        self.assertEqual(kkt.ask(0xC1, 3, 0x51, 0, 0, 0xB7)[1], b"\xa2")
        self.assertEqual(kkt.receive()[1][:4], b"\xa7\x51\x55\x7a")
        self.assertEqual(kkt.add(0x45)[1], b"\xa2")
        kkt.receive()
        self.assertEqual(kkt.ask(0xC1, 1, 0x52, 0, 0, 0xB7)[1], b"\xa2")
        kkt.receive()
        self.assertEqual(kkt.add(0x45)[1], b"\xa5")
        self.assertEqual(kkt.ask(0xC4)[1], b"\xa3")
        self.assertEqual(kkt.add(0x45)[1], b"\xa2")

    def test_many_clients_share_one_buffer(self):
        kkt = self.run_with("--clients", "many")
        port = kkt.peer.socket.getpeername()[1]
        other = Wire3(Peer(port))
        self.addCleanup(other.peer.close)
        answer = kkt.add(0x45)[1]
        self.assertEqual(other.ask(0xC3, kkt.tid)[1], answer)
        self.assertEqual(other.ask(0xC4)[1], b"\xa3")
        self.assertEqual(kkt.ask(0xC3, kkt.tid)[1], b"\xb3")

    def test_a_foreign_result_and_a_flood(self):
        kkt = self.run_with("--fault", "foreign@45*1")
        kkt.send(bytes([0xC1, 1, 9, 0, 0, 0x45]))
        self.assertEqual(kkt.receive()[1][:2], b"\xa6\x08")
        self.assertEqual(kkt.receive()[1][0], 0xA3)
        kkt = self.run_with("--fault", "flood@45*1")
        first = kkt.add(0x45)
        for _ in range(500):
            self.assertEqual(kkt.receive(), first)

    def test_ack_and_add_in_one(self):
        kkt = self.run_with()
        kkt.add(0x45)
        old, kkt.tid = kkt.tid, kkt.tid + 1
        self.assertEqual(kkt.ask(0xC5, old, 1, kkt.tid, 0, 0, 0x45)[1][0], 0xA3)
        self.assertEqual(kkt.ask(0xC3, old)[1], b"\xb3")

    def test_what_comes_behind_the_end_of_a_connection_is_dropped(self):
        kkt = self.run_with("--fault", "close@3F*1", "--fault", "late:50@A5")
        port = kkt.peer.socket.getpeername()[1]
        add = [frame3(n, bytes([0xC1, 1, n, 0, 0, code])) for n, code in ((1, 0x3F), (2, 0xA5))]
        kkt.peer.send(b"".join(add))
        with self.assertRaises(Closed):
            kkt.receive()
        again = Wire3(Peer(port))
        self.addCleanup(again.peer.close)
        self.assertEqual(again.ask(0xC4)[1], b"\xa3")

    def test_an_unknown_command_is_not_supported(self):
        self.assertEqual(self.run_with().add(0xB7, 1)[1].hex(), "a4557a00")

    def test_the_fn_is_missing(self):
        self.assertEqual(self.run_with("--fault", "no-fn").add(0xA4, 0x30)[1].hex(), "a455d200")

    def test_long_tags_come_in_blocks(self):
        name = "Ж" * 230
        kkt = self.run_with(state={"registration": {"organization_name": name}})
        blocks, tlv = 1, b""
        for block in range(3):
            answer = kkt.add(0xE9, 1048 & 0xFF, 1048 >> 8, block)[1]
            kkt.ack()
            blocks, tlv = answer[3], tlv + answer[4:]
        self.assertEqual(blocks, 3)
        self.assertEqual(tlv, (1048).to_bytes(2, "little") + (230).to_bytes(2, "little") + b"\x86" * 230)
        self.assertEqual(kkt.add(0xE9, 1048 & 0xFF, 1048 >> 8, 3)[1][0], 0xA4)

    def test_late_answers_are_pushed(self):
        for fault, first in (("pending:60@45*1", 0xA1), ("late:60@45*1", None)):
            with self.subTest(fault):
                kkt = self.run_with("--fault", fault)
                if first is None:
                    kkt.send(bytes([0xC1, 1, 9, 0, 0, 0x45]))
                else:
                    self.assertEqual(kkt.ask(0xC1, 1, 9, 0, 0, 0x45)[1], bytes([first]))
                ident, data, good = kkt.receive()
                self.assertEqual((ident, data[:3], good), (0xF0, b"\xa6\x09\x55", True))

    def test_in_progress_until_it_is_asked_for(self):
        kkt = self.run_with("--fault", "progress:80@45*1")
        self.assertEqual(kkt.add(0x45)[1], b"\xa2")
        answers = []
        while not answers or answers[-1] == b"\xa2":
            answers.append(kkt.ask(0xC3, kkt.tid)[1])
        self.assertEqual(answers[-1][0], 0xA3)

    def test_statuses_in_place_of_the_answer(self):
        for name, status in (("full", 0xB1), ("stopped", 0xA5), ("exists", 0xB2)):
            with self.subTest(name):
                kkt = self.run_with("--fault", f"{name}@45*1")
                self.assertEqual(kkt.add(0x45)[1], bytes([status]))
                self.assertEqual(kkt.add(0x45)[1][0], 0xA3)

    def test_errors(self):
        self.assertEqual(self.run_with("--fault", "error:8C@45").add(0x45)[1].hex()[:6], "a4558c")
        self.assertEqual(self.run_with("--fault", "busy@3F*1").add(0x3F)[1].hex(), "a4557600")

    def test_lost_request_and_lost_answer_differ_by_what_is_known_of_the_task(self):
        for name, status in (("lost-request", 0xB3), ("lost-answer", 0xA3)):
            with self.subTest(name):
                kkt = self.run_with("--fault", f"{name}@45*1")
                kkt.send(bytes([0xC1, 1, 5, 0, 0, 0x45]))
                self.assertEqual(kkt.ask(0xC3, 5)[1][0], status)

    def test_damage(self):
        clean = self.run_with().add(0x45)[1]
        self.assertFalse(self.run_with("--fault", "bad-crc@45*1").add(0x45)[2])
        self.assertEqual(self.run_with("--fault", "empty@45*1").add(0x45)[1], b"")
        self.assertEqual(self.run_with("--fault", "few:2@45*1").add(0x45)[1], clean[:3])
        self.assertEqual(self.run_with("--fault", "many@45*1").add(0x45)[1], clean + b"\x99\xfe\xfd\x99")
        kkt = self.run_with("--fault", "wrong-id@45*1")
        self.assertEqual(kkt.add(0x45)[0], kkt.ident + 1)
        kkt = self.run_with("--fault", "garbage@45*1")
        self.assertEqual(kkt.add(0x45)[1], clean)
        self.assertEqual(kkt.noise.hex(), "0055aa1337ff")
        kkt = self.run_with("--fault", "duplicate@45*1")
        self.assertEqual([kkt.add(0x45), kkt.receive()], [(kkt.ident, clean, True)] * 2)
        kkt = self.run_with("--fault", "split@45*1")
        self.assertEqual(kkt.add(0x45)[1], clean)
        self.assertGreater(kkt.peer.segments_received(), 3)
        kkt = self.run_with("--fault", "mixed@45*1")
        self.assertEqual((kkt.add(0x45)[1], kkt.noise[:2]), (clean, b"\x24\x40"))

    def test_the_connection_closes(self):
        for name in ("cut@45*1", "close@45*1"):
            with self.subTest(name):
                with self.assertRaises(Closed):
                    self.run_with("--fault", name).add(0x45)

    def test_silence_and_the_other_kind(self):
        for name in ("silence", "other@45"):
            with self.subTest(name):
                kkt = self.run_with("--fault", name)
                kkt.peer.socket.settimeout(0.3)
                with self.assertRaises(TimeoutError):
                    kkt.add(0x45)

    def test_delay_and_latency(self):
        for options in (("--fault", "delay:150@45"), ("--latency-ms", "150")):
            kkt = self.run_with(*options)
            begin = time.monotonic()
            self.assertEqual(kkt.add(0x45)[1][0], 0xA3)
            self.assertGreaterEqual(time.monotonic() - begin, 0.149)

    def test_set_clock_moves_the_clock_only_with_the_shift_closed(self):
        command = (0xED, 0x01, 0x02, 0x27, 0x03, 0x04, 0x05)
        self.assertEqual(self.run_with(state={"shift": {"state": 1}}).add(*command)[1].hex(), "a4559c00")
        kkt = self.run_with(state={"shift": {"state": 0}, "device": {"time": "2026-01-01T00:00:00"}})
        self.assertEqual(kkt.add(*command)[1].hex(), "a3550000")
        kkt.ack()
        self.assertEqual(kkt.add(0x91, 0x11, 0, 0)[1].hex(), "a35500010227030405")


class Platform5(unittest.TestCase):
    def run_with(self, *options, state=None):
        self.kkt = Emulator("--protocol", "5", *options, state=state)
        self.addCleanup(self.kkt.__exit__, None, None, None)
        peer = wire(self.kkt, 5)
        self.addCleanup(peer.peer.close)
        return peer

    def test_echo_and_control(self):
        kkt = self.run_with()
        probe = bytes.fromhex("24400D002001F7407465737465")
        kkt.peer.send(probe + bytes.fromhex("FE010000C402"))
        self.assertEqual(kkt.peer.read(), probe)
        self.assertEqual(kkt.ask(0xC2, b"\xa9\xa9195")[2][1:], b"\0\0" b"1024")

    def test_values_are_escaped(self):
        kkt = self.run_with(state={"device": {"model": "А;Б~В", "serial": "1"}})
        self.assertEqual(kkt.values(b"21"), [b"1", "А;Б~В".encode("cp866")])

    def test_raw_fn_data_is_escaped_both_ways(self):
        # year 59 is the byte 3B, `;`; the unsent count 7E is `~`
        kkt = self.run_with(state={"ofd": {"unsent_count": 0x7E, "first_unsent": "2059-11-21T10:20:00"}})
        self.assertEqual(kkt.values(b"4\x20;")[0], bytes.fromhex("00007e00000000003b0b150a14"))
        self.assertEqual(kkt.ask(0xC3, b"4\x44\x01~;\x04;")[2][1:3], b"84")

    def test_the_last_answer_is_kept_over_a_reconnect(self):
        kkt = self.run_with("--clients", "many")
        first = kkt.ask(0xC3, b"21")
        again = wire(self.kkt, 5)
        again.tid = 77
        self.assertEqual(again.ask(0xC3, b"", opcode=0x42)[2], first[2])
        again.peer.close()

    def test_an_unknown_command_is_not_supported(self):
        self.assertEqual(self.run_with().ask(0xC3, b"ZZ")[2][1:], b":1")

    def test_the_fn_is_missing(self):
        kkt = self.run_with("--fault", "no-fn")
        self.assertEqual(kkt.ask(0xC3, b"4\x30;")[2][1:], b">a")
        self.assertEqual(int(kkt.values(b"01")[1]) & 64, 64)

    def test_fault_mask_follows_the_states_booleans(self):
        kkt = self.run_with(state={"faults": {"rtc": 1, "universal_counters": 1}})
        self.assertEqual(kkt.values(b"01")[0], str(1 << 1 | 1 << 13).encode())

    def test_faults(self):
        clean = self.run_with().ask(0xC3, b"q1")[2][1:]
        for fault, expected in (("error:6a@q1", b"6a"), ("busy@q1", b"1a"), ("few:0@q1", b"00"),
                                ("many@q1", clean + b"99;x~;y;;"), ("binary@q1", b"\0\0"), ("duplicate@q1", clean),
                                ("garbage@q1", clean), ("split@q1", clean), ("mixed@q1", clean)):
            with self.subTest(fault):
                self.assertEqual(self.run_with("--fault", fault).ask(0xC3, b"q1")[2][1:], expected)
        self.assertFalse(self.run_with("--fault", "bad-crc@q1").ask(0xC3, b"q1")[3])
        kkt = self.run_with("--fault", "wrong-id@q1")
        self.assertEqual(kkt.ask(0xC3, b"q1")[2][0], kkt.tid + 1)
        kkt = self.run_with("--fault", "notice@q1")
        self.assertEqual((kkt.ask(0xC3, b"q1")[0], kkt.receive()[0]), (0xC2, 0xC3))
        self.assertEqual(self.run_with("--fault", "transport:15@q1").ask(0xC3, b"q1")[1:3], (0x41, b"\x01\x15\x00"))

    def test_lost_answer_is_kept_and_lost_request_is_not(self):
        for fault, known in (("lost-answer@q1", True), ("lost-request@q1", False)):
            with self.subTest(fault):
                kkt = self.run_with("--fault", fault)
                before = kkt.ask(0xC3, b"21")[2]
                kkt.tid = 9
                kkt.send(0xC3, b"\x09\x40q1")
                payload = kkt.ask(0xC3, b"", opcode=0x42)[2]
                self.assertEqual(payload[0] == 9, known)
                self.assertEqual(payload == before, not known)


class Emulating(unittest.TestCase):
    def test_the_state_is_read_again_and_a_broken_file_keeps_the_old_one(self):
        with Emulator("--protocol", "5", state={"device": {"serial": "1"}}) as kkt:
            peer = wire(kkt, 5)
            self.assertEqual(peer.values(b"21")[0], b"1")
            def replaced():  # again each time: the first change can come before the file is watched
                kkt.set_state({"device": {"serial": "2"}})
                return peer.values(b"21")[0] == b"2"
            wait_for(replaced)
            kkt.set_state({"device": {"nothing": 2}})
            line = kkt.process.stderr.readline()
            self.assertIn("device.nothing: no such key", line)
            self.assertEqual(peer.values(b"21")[0], b"2")
            peer.peer.close()

    def test_bad_arguments_and_states_end_with_2_and_a_sentence(self):
        rows = [([], "give --tcp"), (["--tcp", "127.0.0.1"], "ADDR:PORT"), (["--protocol", "4"], "3 or 5"),
                (["--fault", "nonsense"], "no such fault"), (["--fault", "late"], "late:ms"), (["--nothing", "1"], "--nothing"),
                (["--tcp"], "--tcp: its value is missing"), (["--bogus"], "--bogus: no such option"), (["--bogus", "1"], "--bogus: no such option"),
                (["--registers", "5", "--pty", "/nonexistent/kkt"], "give --tcp ADDR:PORT"), (["--tcp", "127.0.0.1:0", "--dead", "5"], "give --registers N"),
                (["--tcp", "127.0.0.1:0", "--slow", "5:300"], "give --registers N"),
                (["--slow", "5"], "PERCENT:MS"), (["--fault", "busy*0"], "COUNT at least 1"),
                (["--fault", "error:zz", "--protocol", "3"], "two hex digits"), (["--fault", "error:140", "--protocol", "3"], "two hex digits"),
                (["--fault", "error:5"], "two characters"), (["--protocol", "5", "--fault", "late:5"], "platform 5 has no such fault"), (["--tcp", "127.0.0.1:0", "--state", "/nonexistent"], "/nonexistent")]
        for arguments, words in rows:
            with self.subTest(arguments):
                done = subprocess.run([emulator_program(), *arguments], capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_output_that_is_lost_is_no_success(self):
        for arguments in (["--dump-state"], ["--help"], ["--version"], ["--fault", "help"]):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([emulator_program(), *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
                self.assertEqual(1, done.returncode)
                self.assertIn("stdout cannot be written", done.stderr)

    def test_the_pty_link_replaces_a_link_and_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tty")
            with open(path, "w", encoding="utf-8") as f:
                f.write("precious")
            done = subprocess.run([emulator_program(), "--pty", path], capture_output=True, text=True, timeout=30)
            self.assertEqual((2, ""), (done.returncode, done.stdout))
            self.assertIn("File exists", done.stderr)
            with open(path, encoding="utf-8") as f:
                self.assertEqual("precious", f.read())

    def test_wrong_types_in_a_state_name_their_place(self):
        for state, words in (({"fn": {"flags": "1"}}, "fn.flags: expected a whole number"), ({"fn": 1}, "fn: expected an object"),
                             ({"device": {"time": "2026-02-30"}}, "device.time: expected a date"),
                             ({"printer": {"error": 2}}, "printer.error: expected 0 or 1")):
            with self.assertRaisesRegex(RuntimeError, words):
                Emulator(state=state)

    def test_the_default_state_is_a_state(self):
        for protocol in ("3", "5"):
            done = subprocess.run([emulator_program(), "--dump-state", "--protocol", protocol], capture_output=True, text=True, check=True)
            with Emulator("--protocol", protocol, state=json.loads(done.stdout)) as kkt:
                self.assertTrue(kkt.address)

    def test_a_second_client_is_refused(self):
        with Emulator("--protocol", "3") as kkt:
            first, second = wire(kkt, 3), wire(kkt, 3)
            self.assertEqual(first.ask(0xC4)[1], b"\xa3")
            with self.assertRaises((Closed, ConnectionError)):
                second.ask(0xC4)
            first.peer.close()
            second.peer.close()

    def test_sigterm_ends_it_with_0_and_the_log_tells_each_frame(self):
        with Emulator("--protocol", "3") as kkt:
            peer = wire(kkt, 3)
            peer.add(0xA4, 0x20)
            peer.peer.close()
            wait_for(lambda: any(" - close" in line for line in kkt.frames()))
            lines = [line.split() for line in kkt.frames()]
            self.assertEqual([(l[2], l[3]) for l in lines], [("+", "open"), (">", "A4-20"), ("<", "A4-20"), ("-", "close")])
            self.assertEqual(lines[1][4:6], ["fe", "07"])
            kkt.process.terminate()
            self.assertEqual(kkt.process.wait(30), 0)

    def test_a_fleet_counts_its_registers_by_address(self):
        with Emulator("--registers", "300", "--dead", "5", "--slow", "5:150", "--protocol", "5", state={"device": {"serial": "00106100000099"}}) as kkt:
            port = int(kkt.address.rsplit(":", 1)[1])
            for host, serial in (("127.0.0.6", b"00106100000104"), ("127.0.1.7", b"00106100000361")):
                peer = Wire5(Peer(port, host))
                self.assertEqual(peer.values(b"21")[0], serial)
                peer.peer.close()
            slow = Wire5(Peer(port, "127.0.0.100"))
            begin = time.monotonic()
            slow.values(b"21")
            self.assertGreaterEqual(time.monotonic() - begin, 0.149)
            slow.peer.close()
            dead = Wire5(Peer(port, "127.0.0.1", timeout=0.3))
            with self.assertRaises(TimeoutError):
                dead.values(b"21")
            dead.peer.close()

    def test_a_pty_serves_one_client_after_another(self):
        with Emulator("--protocol", "3", pty=True) as kkt:
            for _ in range(3):
                fd = os.open(kkt.device, os.O_RDWR | os.O_NOCTTY)
                os.write(fd, frame3(0, b"\xc4"))
                ready, _, _ = select.select([fd], [], [], 5)
                self.assertTrue(ready)
                self.assertEqual(os.read(fd, 64).hex(), "fe010000a32e")
                os.close(fd)


def wait_for(condition, patience=10):
    """Waits for an event that only shows by looking."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)
