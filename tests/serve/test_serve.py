"""serve beside emulated registers."""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import ROOT, Emulator, emulator_program, program
from serving import STOPS_WITHIN, Serve, spool_texts, wait_for


def default_state():
    return json.loads(subprocess.run([emulator_program(), "--dump-state"], capture_output=True, check=True).stdout)


def kkt(name, connect, more=""):
    return f"{{name: {name}, connect: '{connect}', interval: 1s, timeout: 3s{more}}}"


def socket_inodes(pid):
    """Of the sockets that the process has."""
    inodes = set()
    for link in os.listdir(f"/proc/{pid}/fd"):
        try:
            name = os.readlink(f"/proc/{pid}/fd/{link}")
        except OSError:
            continue
        if name.startswith("socket:["):
            inodes.add(name[len("socket:["):-1])
    return inodes


def connections(pid):
    """TCP connections that the process has."""
    inodes = socket_inodes(pid)
    with open("/proc/net/tcp", encoding="ascii") as table:
        return sum(line.split()[9] in inodes for line in table.readlines()[1:])


def has_connection(pid):
    return connections(pid) > 0


class ServeTest(unittest.TestCase):
    def test_snapshots_and_max_age(self):
        with Emulator("--clients", "many", state=default_state()) as e, Serve([kkt("a", e.connect)]) as s:
            first = s.wait("a", lambda d: d["state"] == "ok")
            self.assertEqual(first["name"], "a")
            s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"] and "registration" in d["metrics"],
                   "slow values beside later quick ones")
            e.set_state({**default_state(), "shift": {**default_state()["shift"], "number": 999}})
            s.wait("a", lambda d: d["metrics"]["shift"]["number"] == 999)
            got = subprocess.run([program(), "get", "a", "-c", s.config, "--max-age", "60s"], capture_output=True)
            self.assertEqual(got.returncode, 0)
            self.assertEqual(json.loads(got.stdout)["metrics"]["shift"]["number"], 999)
            for groups, expected in (("shift", {"shift"}), ("fn,shift", {"fn", "shift", "registration"}),  # with the sign of autonomy
                                     ("registration", {"registration"})):
                got = subprocess.run([program(), "get", "a", "-c", s.config, "--max-age", "60s", "--groups", groups],
                                     capture_output=True, check=True)
                self.assertEqual(set(json.loads(got.stdout)["metrics"]), expected)
            # What serve does not read is asked at the register itself.
            requests = len(e.frames())
            got = subprocess.run([program(), "get", "a", "-c", s.config, "--max-age", "60s", "--groups", "extra"],
                                 capture_output=True, check=True)
            self.assertNotIn("shift", json.loads(got.stdout)["metrics"])
            self.assertGreater(len(e.frames()), requests)
            self.assertLess(s.stop(), STOPS_WITHIN)
            self.assertEqual(s.process.returncode, 0)

    def test_slow_group_at_once_when_the_fn_changes(self):
        with Emulator(state=default_state()) as e, Serve([kkt("a", e.connect, ", identity_interval: 1h")]) as s:
            s.wait("a", lambda d: d["state"] == "ok" and "organization_name" in d["metrics"].get("registration", {}))
            state = default_state()
            state["fn"]["serial"] = "9999078900000001"
            state["registration"]["organization_name"] = "Новая организация"
            e.set_state(state)
            seen = s.wait("a", lambda d: d["metrics"]["fn"]["serial"] == "9999078900000001"
                          and "organization_name" in d["metrics"].get("registration", {}))
            self.assertEqual(seen["metrics"]["registration"]["organization_name"], "Новая организация")

    def test_no_old_value_under_a_new_fn(self):
        """Between the change and the full poll the slow values are absent, never those of the old FN."""
        state = default_state()
        with Emulator(state=state) as e, Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            for round_number in range(5):
                state["fn"]["serial"] = f"999907890000010{round_number}"
                state["registration"]["organization_name"] = f"Организация {round_number}"
                e.set_state(state)
                while True:
                    d = s.document("a")
                    if d["metrics"]["fn"]["serial"] == state["fn"]["serial"]:
                        name = d["metrics"].get("registration", {}).get("organization_name")
                        self.assertIn(name, (None, f"Организация {round_number}"))
                        if name:
                            break
                    time.sleep(0.005)

    def test_a_document_that_stays_open_is_told_and_a_restart_counts_on(self):
        state, shut = default_state(), default_state()
        state["fn"]["open_document"] = 4
        with Emulator("--clients", "many", state=state) as e:
            serve = Serve([kkt("a", e.connect)], "limits: {open_document: {warning: 3s}}\nlanguage: en")
            self.addCleanup(serve.__exit__)
            serve.start()
            first = serve.wait("a", lambda d: d["state"] == "ok")
            self.assertEqual((first["metrics"]["fn"]["open_document_age_s"], first["health"]["code"]), (0, 0))
            told = serve.wait("a", lambda d: d["health"]["code"] == 212)
            self.assertIn("FN: a document has stayed open", told["health"]["alarms"]["warning"])
            before = told["metrics"]["fn"]["open_document_age_s"]
            self.assertGreaterEqual(before, 3)
            serve.stop()
            serve.start()
            serve.wait("a", lambda d: d["polled_ts"] > told["polled_ts"] and d["metrics"]["fn"]["open_document_age_s"] > before)
            e.set_state(shut)
            serve.wait("a", lambda d: d["metrics"]["fn"]["open_document_age_s"] == 0 and d["health"]["code"] == 0)

    def test_loss_and_return_are_told_once(self):
        e = Emulator(state=default_state())
        port = int(e.address.rsplit(":", 1)[1])
        with Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            e.stop()
            lost = s.wait("a", lambda d: d["state"] == "unreachable")
            self.assertNotIn("metrics", lost)
            s.wait("a", lambda d: d["polled_ts"] > lost["polled_ts"] + 1, "two more polls of the dead")
            again = subprocess.Popen([emulator_program(), "--tcp", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL)
            try:
                back = s.wait("a", lambda d: d["state"] == "ok")
                s.wait("a", lambda d: d["polled_ts"] > back["polled_ts"], "the usual interval again", 5)
                self.assertIn("registration", s.document("a")["metrics"])
            finally:
                again.terminate()
                again.wait()
            self.assertEqual(s.log().count("a: stopped responding:"), 1)
            self.assertEqual(s.log().count("a: responding again:"), 1)
        shutil.rmtree(e.folder, ignore_errors=True)

    def test_another_serial_number_is_an_error(self):
        serial = default_state()["device"]["serial"]
        with Emulator("--clients", "many") as e, \
                Serve([kkt("right", e.connect, f", serial: '{serial}'"),
                       kkt("wrong", e.connect.replace("127.0.0.1", "localhost"), ", serial: '00106100000000'")]) as s:
            wrong = s.wait("wrong", lambda d: d["state"] not in ("busy", "unreachable"))
            self.assertEqual(wrong["state"], "error")
            self.assertIn(serial, wrong["error"])
            self.assertNotIn("metrics", wrong)
            s.wait("right", lambda d: d["state"] == "ok")

    def test_reload_touches_only_what_changed(self):
        with Emulator("--registers", 4) as e, Emulator("--clients", "many") as other:
            with Serve([kkt("a", e.at(1)), kkt("b", e.at(2)), kkt("c", e.at(3))]) as s:
                for name in "abc":
                    s.wait(name, lambda d: d["state"] == "ok")
                s.reload([kkt("a", e.at(1)), kkt("b", other.connect), kkt("d", e.at(4))])
                self.assertIn("3 registers, 3 new, changed or removed", s.log())
                s.wait("b", lambda d: d["connect"] == other.connect and d["state"] == "ok")
                s.wait("d", lambda d: d["state"] == "ok")
                self.assertIsNone(s.document("c"))
                kept = s.document("a")
                s.wait("a", lambda d: d["polled_ts"] > kept["polled_ts"])
                s.reload(["{name: a}"])
                self.assertIn("the old configuration stays in use", s.log())
                self.assertIn("zabbix-atol.yaml:4: a register needs `connect`", s.log())
                later = s.document("a")
                s.wait("a", lambda d: d["polled_ts"] > later["polled_ts"])

    def test_names_that_are_looked_up_for_long_keep_nobody_waiting(self):
        """libuv has four threads for look-ups by itself: eight dead names would hold them all."""
        folder = tempfile.mkdtemp(prefix="lookup-")
        library = folder + "/slow_lookup.so"
        source = pathlib.Path(__file__).with_name("slow_lookup.c")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        env = {**os.environ, "LD_PRELOAD": library, "ASAN_OPTIONS": "verify_asan_link_order=0"}
        with Emulator() as e:
            port = e.address.rsplit(":", 1)[1]
            lines = [f"{{name: d{i}, connect: 'tcp://dead-{i}.example', interval: 5s, timeout: 3s}}" for i in range(8)]
            with Serve([*lines, kkt("good", f"tcp://localhost:{port}")], env=env) as s:
                dead = s.wait("d0", lambda d: True)
                self.assertEqual(dead["state"], "unreachable")
                self.assertIn("tcp://dead-0.example, the look-up of the name took too long", dead["error"])
                self.assertEqual(s.document("good")["state"], "ok")
                self.assertNotIn("good: lost", s.log())
                # The look-ups end, long after those who asked for them.
                ended = time.time() + 11
                s.wait("good", lambda d: d["polled_ts"] > ended)
        shutil.rmtree(folder)

    def test_a_change_of_settings_keeps_the_running_poll(self):
        """Another timeout or interval: the poll that runs brings its result, and nobody meets it at the register."""
        with Emulator("--latency-ms", "60", state=default_state()) as e:
            def lines(timeout):
                return [f"{{name: a, connect: '{e.connect}', interval: 1s, timeout: {timeout}s}}"]
            with Serve(lines(20)) as s:
                for timeout in range(21, 25):
                    seen = s.document("a")["polled_ts"] if s.document("a") else 0
                    wait_for("a running poll", lambda: has_connection(s.process.pid))
                    s.reload(lines(timeout))
                    s.wait("a", lambda d, seen=seen: d["polled_ts"] > seen)
                    self.assertEqual(s.document("a")["state"], "ok")
                self.assertNotIn("lost", s.log())
                self.assertNotIn("busy", s.log())

    def test_another_password_waits_for_the_end_of_the_poll(self):
        with Emulator("--latency-ms", "60", state=default_state()) as e:
            def lines(password):
                return [f"{{name: a, connect: '{e.connect}', interval: 1s, timeout: 20s, password: '{password}'}}"]
            with Serve(lines("0000")) as s:
                for password in ("0001", "0002", "0003"):
                    wait_for("a running poll", lambda: has_connection(s.process.pid))
                    s.reload(lines(password))
                begun = s.document("a")["polled_ts"] if s.document("a") else 0
                s.wait("a", lambda d: d["polled_ts"] > begun and d["state"] == "ok")
                self.assertNotIn("lost", s.log())
                self.assertNotIn("busy", s.log())

    def test_the_result_of_a_poll_that_was_asked_for_something_else_does_not_count(self):
        """The wrong serial number is mended while the first poll runs: nobody hears of the wrong register."""
        with Emulator("--latency-ms", "60", state=default_state()) as e:
            def lines(serial):
                return [f"{{name: a, connect: '{e.connect}', interval: 1s, timeout: 60s, serial: '{serial}'}}"]
            with Serve(lines("1")) as s:
                wait_for("a running poll", lambda: has_connection(s.process.pid))
                s.reload(lines(default_state()["device"]["serial"]))
                self.assertEqual("ok", s.wait("a", lambda d: True)["state"])
                self.assertNotIn("a: error", s.log())

    def test_stop_ends_the_polls_of_removed_registers_too(self):
        with socket.socket() as silent:
            silent.bind(("0.0.0.0", 0))
            silent.listen(64)
            port = silent.getsockname()[1]
            lines = [f"{{name: s{i}, connect: 'tcp://127.0.0.{i + 1}:{port}', timeout: 60s}}" for i in range(5)]
            with Serve(lines) as s:
                s.wait_log(" registers, ")
                sender = s.folder / "sender"
                sender.write_text("#!/bin/sh\nexit 0\n")
                sender.chmod(0o755)
                push = f"push: {{agent_config: /none, sender: {sender}, spool: {s.folder}/spool, interval: 1s}}"
                s.reload(lines, push)
                pid = s.process.pid
                wait_for("hanging polls", lambda: connections(pid) == 5)
                s.reload([], push)
                wait_for("the end of their polls", lambda: connections(pid) == 0)
                self.assertLess(s.stop(), STOPS_WITHIN)
                self.assertEqual(s.process.returncode, 0)
                self.assertNotIn("Sanitizer", s.log())

    def test_a_slow_request_that_failed_is_asked_again_soon(self):
        """Its value is not hidden for an hour, and the document says that something is missing."""
        with Emulator("--protocol", "5", "--fault", "error:8C@FN-44-1048*1", state=default_state()) as e:
            with Serve([kkt("a", e.connect, ", identity_interval: 1h")]) as s:
                lacking = s.wait("a", lambda d: d["state"] == "partial")
                self.assertNotIn("organization_name", lacking["metrics"]["registration"])
                later = s.wait("a", lambda d: d["polled_ts"] > lacking["polled_ts"])
                self.assertEqual((later["state"], later["error"]), ("partial", lacking["error"]))
                s.wait("a", lambda d: d["state"] == "ok" and "organization_name" in d["metrics"]["registration"])

    def test_another_state_dir_by_reload(self):
        with Emulator() as e, Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            old, s.state = s.state, s.folder / "elsewhere"
            s.reload([kkt("a", e.connect)])
            s.wait("a", lambda d: d["state"] == "ok")
            self.assertFalse((old / "a.json").exists())
            s.state = s.folder / "no" / "such"
            s.reload([kkt("a", e.connect)])
            self.assertIn(f"the old configuration stays in use: The file cannot be read or written: {s.state}: no such file", s.log())
            s.state = s.folder / "elsewhere"
            seen = s.document("a")["polled_ts"]
            s.wait("a", lambda d: d["polled_ts"] > seen)

    def test_another_spool_waits_for_a_restart(self):
        with Emulator() as e, Serve([kkt("a", e.connect)]) as s:
            def push(spool):
                return f"push: {{agent_config: /none, sender: /bin/false, spool: {s.folder}/{spool}}}"
            s.wait_log(" registers, ")
            s.reload([kkt("a", e.connect)], push("one"))
            s.reload([kkt("a", e.connect)], push("two"))
            s.wait_log("two is used after a restart; until then values go to")
            s.reload([kkt("a", e.connect)], "")
            self.assertFalse((s.folder / "two").exists())

    def test_snapshots_of_registers_that_are_gone_do_not_outlive_a_restart(self):
        with Emulator("--registers", 3) as e, Serve([kkt(name, e.at(i + 1)) for i, name in enumerate("abc")]) as s:
            for name in "abc":
                s.wait(name, lambda d: d["state"] == "ok")
            s.stop()
            strangers = {"mine.json": "{}", "other.json": (s.state / "a.json").read_text(), "b.txt": "b", "d.json": "no JSON"}
            for name, text in strangers.items():
                (s.state / name).write_text(text)
            s.configure([kkt("a", e.at(1))])
            s.start()
            seen = s.document("a")["polled_ts"]
            s.wait("a", lambda d: d["polled_ts"] > seen)
            self.assertEqual({p.name for p in s.state.iterdir()}, {"a.json", "_serve.json", ".lock", *strangers})

    def test_a_state_folder_that_vanished_is_made_and_locked_anew(self):
        with Emulator() as e, Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            shutil.rmtree(s.state)
            s.wait("a", lambda d: d["state"] == "ok")
            s.wait_log("the folder was removed; it is created again")
            second = subprocess.run([program(), "serve", "-c", s.config], capture_output=True)
            self.assertEqual(second.returncode, 1)

    def test_too_long_a_path_is_an_error(self):
        s = Serve([])
        s.config.write_text(f"state_dir: /tmp/{'x' * 1200}\nregisters: []\n")
        done = subprocess.run([program(), "serve", "-c", s.config], capture_output=True, text=True)
        shutil.rmtree(s.folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("too long", done.stderr)

    def test_polls_are_bounded_by_the_descriptors(self):
        """More polls than files: none fails for want of a descriptor, and the log says it once."""
        e = Emulator("--registers", 60, "--latency-ms", 50)
        self.addCleanup(shutil.rmtree, e.folder, True)
        self.addCleanup(e.stop)
        port = e.address.rsplit(":", 1)[1]
        s = Serve([f"{{name: s{i}, connect: 'tcp://127.0.0.{i + 1}:{port}', timeout: 60s}}" for i in range(60)])
        self.addCleanup(s.__exit__)
        launcher = s.folder / "launcher"
        launcher.write_text(f'#!/bin/bash\nulimit -n 64\nexec {program()} "$@"\n')
        launcher.chmod(0o755)
        with open(s.log_file, "ab") as log:
            s.process = subprocess.Popen([launcher, "serve", "-c", str(s.config)], stdout=log, stderr=log)
        for i in range(60):
            s.wait(f"s{i}", lambda d: True, timeout=240)    # five at a time: long, on a computer that others use too
        states = [s.document(f"s{i}")["state"] for i in range(60)]
        self.assertEqual(set(states), {"ok"}, s.log())
        self.assertEqual(s.log().count("this process may open 64 files only"), 1)

    def test_too_few_descriptors_are_a_sentence_and_no_abort(self):
        s = Serve(["{name: a, connect: 'tcp://127.0.0.1:1'}"])
        self.addCleanup(s.__exit__)
        for count in (4, 5, 6, 8, 12, 20, 39):
            done = subprocess.run([program(), "serve", "-c", s.config], capture_output=True, text=True, check=False, timeout=30,
                                  preexec_fn=lambda count=count: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"does not give `serve` what it needs: this process may open {count} files only, serve needs 40.", done.stderr)
            self.assertNotIn("register", done.stderr)
        with open(s.log_file, "ab") as log:
            s.process = subprocess.Popen([program(), "serve", "-c", str(s.config)], stdout=log, stderr=log,
                                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
        s.wait("a", lambda d: d["state"] == "unreachable")

    def test_it_listens_at_no_port(self):
        """Nobody can connect to it: no socket of the process listens, and none is bound for datagrams."""
        with Emulator("--latency-ms", "30") as e, Serve([kkt("a", e.connect)]) as s:
            s.wait("a", lambda d: d["state"] == "ok")
            wait_for("a running poll", lambda: has_connection(s.process.pid))
            inodes = socket_inodes(s.process.pid)
            for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", None), ("udp6", None), ("raw", None)):
                with open(f"/proc/net/{table}", encoding="ascii") as rows:
                    for row in (line.split() for line in rows.readlines()[1:]):
                        self.assertFalse(row[9] in inodes and state in (None, row[3]), row)

    def test_files_that_cannot_be_written_are_told_seldom(self):
        with Emulator("--registers", 2) as e, Serve([kkt(name, e.at(i + 1)) for i, name in enumerate("ab")]) as s:
            s.state.mkdir(exist_ok=True)
            (s.state / "b.json").unlink(missing_ok=True)
            (s.state / "b.json").mkdir()
            s.wait_log("b.json")
            seen = s.wait("a", lambda d: True)["polled_ts"]
            s.wait("a", lambda d: d["polled_ts"] >= seen + 4)
            self.assertEqual(s.log().count("b.json"), 1, s.log())

    def test_a_port_that_is_used_now_and_then_is_told_seldom(self):
        """The till's own program takes the register again and again."""
        with Emulator("--clients", "one") as e, Serve([kkt("a", e.connect)]) as s:
            host, port = e.address.rsplit(":", 1)
            for _ in range(3):
                s.wait("a", lambda d: d["state"] == "ok")
                with socket.create_connection((host, int(port))):
                    s.wait("a", lambda d: d["state"] != "ok")
            self.assertLessEqual(s.log().count("a: busy"), 1, s.log())
            self.assertNotIn("stopped responding", s.log())

    def test_one_address_twice_is_exit_2(self):
        s = Serve(["{name: c, connect: 'tcp://10.0.0.1'}", "{name: d, connect: 'tcp://10.0.0.1:5555'}"])
        for command in (["serve"], ["check"]):
            done = subprocess.run([program(), *command, "-c", s.config], capture_output=True, text=True,
                                  env={**os.environ, "ZABBIX_ATOL_LANG": "en"})
            self.assertIn("zabbix-atol.yaml:5: the address \"tcp://10.0.0.1:5555\" is taken already, at ",
                          done.stdout + done.stderr)
            self.assertNotEqual(done.returncode, 0)
        shutil.rmtree(s.folder)

    def test_a_configuration_of_comments_polls_nothing(self):
        with Serve([]) as s:
            s.config.write_text(f"# nothing yet\nstate_dir: {s.state}\n# registers:\n")
            s.wait_log("0 registers, 0 new, changed or removed")

    def test_wrong_configuration_is_exit_2(self):
        s = Serve(["{name: a, connect: tcp://h, speed: 1}"])
        done = subprocess.run([program(), "serve", "-c", s.config], capture_output=True, text=True)
        shutil.rmtree(s.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("zabbix-atol.yaml:4: unknown key \"speed\"", done.stderr)

    def test_stop_in_a_second_while_polls_hang(self):
        with socket.socket() as silent:
            silent.bind(("0.0.0.0", 0))
            silent.listen(64)
            port = silent.getsockname()[1]
            with Serve([f"{{name: s{i}, connect: 'tcp://127.0.0.{i + 1}:{port}', timeout: 60s}}" for i in range(20)]) as s:
                pid = s.process.pid
                wait_for("hanging polls", lambda: len(os.listdir(f"/proc/{pid}/fd")) > 25)
                self.assertLess(s.stop(), STOPS_WITHIN)
                self.assertEqual(s.process.returncode, 0)
                self.assertIsNone(s.document("s0"), "a poll that was ended by the stop is no result")

    def test_the_end_of_a_poll_is_the_end_of_its_driver(self):
        """A driver that hangs: its child process ends with the stop, and before it when its register is removed."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="driver-"))
        library = folder / "libfake.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, ROOT / "tests" / "fptr" / "fake_driver.c"], check=True)
        env = {**os.environ, "FAKE": "hang@open"}
        lines = [f"{{name: d{i}, connect: 'driver:usb/{i}-1?lib={library}', timeout: 60s}}" for i in range(3)]

        def children():
            pid = s.process.pid
            return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        with Serve(lines, env=env) as s:
            wait_for("three hanging drivers", lambda: len(children()) == 3)
            s.reload(lines[:2])
            wait_for("the end of the one that is removed", lambda: len(children()) == 2)
            left = children()
            self.assertLess(s.stop(), STOPS_WITHIN)
            self.assertEqual([pid for pid in left if pathlib.Path(f"/proc/{pid}").exists()], [])
        shutil.rmtree(folder)

    def test_descriptors_are_bounded_by_the_limit(self):
        with socket.socket() as silent:
            silent.bind(("0.0.0.0", 0))
            silent.listen(512)
            port = silent.getsockname()[1]
            with Serve([f"{{name: s{i}, connect: 'tcp://127.0.0.{i + 1}:{port}', timeout: 3s}}" for i in range(200)],
                       "limits: {polls: 30}") as s:
                most = 0
                end = time.monotonic() + 6
                while time.monotonic() < end:
                    most = max(most, len(os.listdir(f"/proc/{s.process.pid}/fd")))
                    time.sleep(0.01)
                self.assertGreaterEqual(most, 30)
                self.assertLessEqual(most, 30 * 3 + 20, "a connection and two locks each")

    def test_the_status_for_systemd_and_the_reload(self):
        folder = tempfile.mkdtemp(prefix="notify-")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
            box.bind(folder + "/socket")
            box.settimeout(30)
            env = {**os.environ, "NOTIFY_SOCKET": folder + "/socket"}
            with Emulator() as e, Serve([kkt("a", e.connect)], env=env) as s:
                self.assertEqual(box.recv(1000), b"READY=1")
                self.assertRegex(box.recv(1000), rb"^STATUS=1 registers: \d read, ")
                s.wait("a", lambda d: d["state"] == "ok")
                for lines in ([kkt("a", e.connect)], ["{name: a}"]):
                    s.reload(lines)
                    while not (word := box.recv(1000)).startswith(b"RELOADING=1\nMONOTONIC_USEC="):
                        pass
                    self.assertEqual(box.recv(1000), b"READY=1")
                    self.assertEqual(box.recv(1000), b"STATUS=1 registers: 1 read, 0 not read, 0 not polled yet")
        shutil.rmtree(folder)

    def test_notifications_for_systemd(self):
        folder = tempfile.mkdtemp(prefix="notify-")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
            box.bind(folder + "/socket")
            box.settimeout(30)
            env = {**os.environ, "NOTIFY_SOCKET": folder + "/socket", "WATCHDOG_USEC": "600000"}
            with Emulator() as e, Serve([kkt("a", e.connect)], env=env) as s:
                self.assertEqual(box.recv(100), b"READY=1")
                self.assertTrue(box.recv(1000).startswith(b"STATUS="))
                for _ in range(3):
                    self.assertEqual(box.recv(100), b"WATCHDOG=1")
                s.process.send_signal(signal.SIGTERM)
                while (word := box.recv(1000)) == b"WATCHDOG=1":
                    pass
                self.assertEqual(word, b"STOPPING=1")
        shutil.rmtree(folder)

    def test_the_watchdog_is_fed_during_a_long_poll(self):
        """A register that is slow, and alone, is no reason to end serve."""
        folder = tempfile.mkdtemp(prefix="notify-")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
            box.bind(folder + "/socket")
            box.settimeout(30)
            env = {**os.environ, "NOTIFY_SOCKET": folder + "/socket", "WATCHDOG_USEC": "600000"}
            with Emulator("--latency-ms", "500") as e:
                with Serve([f"{{name: a, connect: '{e.connect}', timeout: 60s, interval: 60s}}"], env=env) as s:
                    self.assertEqual(box.recv(100), b"READY=1")
                    self.assertTrue(box.recv(1000).startswith(b"STATUS="))
                    box.settimeout(2)
                    for _ in range(15):
                        while (word := box.recv(1000)).startswith(b"STATUS="):
                            pass
                        self.assertEqual(word, b"WATCHDOG=1")
                    self.assertIsNone(s.document("a"), "the first poll is not done yet")
        shutil.rmtree(folder)

    def test_health(self):
        with Emulator() as e, Serve([kkt("a", e.connect), kkt("dead", "tcp://127.0.0.1:1")]) as s:
            health = wait_for("the health document", lambda: s.document("_serve"))
            self.assertEqual(health["registers"]["total"], 2)
            self.assertEqual(health["registers"]["ok"], 1)
            self.assertEqual(health["registers"]["unreachable"], 1)
            self.assertEqual(health["polls"]["late"], 0)
            self.assertGreater(health["polls"]["total"], 3)
            self.assertGreater(health["memory_kb"], 500)
            self.assertNotIn("spool", health, "nothing is pushed: there is nothing to count")
            self.assertLessEqual(health["poll_ms"]["p50"], health["poll_ms"]["p99"])

    def test_how_long_a_state_has_lasted_outlives_a_restart(self):
        e = Emulator(state=default_state())
        self.addCleanup(shutil.rmtree, e.folder, True)
        with Serve([kkt("a", e.connect)]) as s:
            read = s.wait("a", lambda d: d["state"] == "ok" and d["poll"]["state_for_s"] >= 2)
            self.assertEqual(read["poll"]["unread_for_s"], 0)
            self.assertGreaterEqual(read["poll"]["confirmed"], 2)
            e.stop()
            lost = s.wait("a", lambda d: d["state"] == "unreachable")
            self.assertTrue(lost["poll"]["state_for_s"] == 0 or lost["poll"]["confirmed"] > 1, "its state begins anew")
            lost = s.wait("a", lambda d: d["poll"]["unread_for_s"] >= 1)  # whole seconds: not yet at a poll in the same one
            self.assertEqual(lost["state"], "unreachable")
            self.assertLessEqual(lost["poll"]["state_for_s"], lost["poll"]["unread_for_s"])
            s.stop()
            s.start()
            later = s.wait("a", lambda d: d["polled_ts"] > lost["polled_ts"])
            self.assertEqual(later["state"], "unreachable")
            passed = later["polled_ts"] - lost["polled_ts"]
            self.assertAlmostEqual(later["poll"]["unread_for_s"], lost["poll"]["unread_for_s"] + passed, delta=2)
            self.assertGreaterEqual(later["poll"]["state_for_s"], passed - 1)
            self.assertGreaterEqual(later["poll"]["confirmed"], 2)

    def test_the_chain_in_numbers(self):
        state = default_state()
        with Emulator(state=state) as e, Serve([kkt("a", e.connect), kkt("dead", "tcp://127.0.0.1:1")]) as s:
            health = s.wait("_serve", lambda d: True)
            seen = s.document("a")
            self.assertEqual(health["registers"]["without_data"], 1)
            self.assertEqual(sum(health["severity"].values()), 2)
            self.assertEqual(health["severity"]["average"], 1, "the dead one")
            self.assertEqual(health["firmware"], [{"version": seen["metrics"]["device"]["firmware"], "count": 1}])
            self.assertEqual(health["fn_ends"], [{"month": seen["metrics"]["fn"]["valid_until"][:7], "count": 1}])
            self.assertEqual(health["ofd"]["unsent"], seen["metrics"]["ofd"]["unsent_count"])

    def test_all_registers_apart_alike_is_this_computer(self):
        """Five registers whose clocks are hours apart from this computer's, all alike: said once, and nobody is blamed."""
        zone = time.strftime("%z")
        hours = (int(zone[:3]) + 5) % 12    # a zone that is not this computer's
        with Emulator("--registers", 5) as e:
            for count, wrong in ((5, 1), (2, 0)):
                lines = [kkt(f"k{i}", e.at(i + 1), f", identity_interval: 3s, timezone: '+{hours:02d}:00'") for i in range(count)]
                with Serve(lines) as s:
                    health = s.wait("_serve", lambda d: True)
                    self.assertEqual(health["clock"]["host_wrong"], wrong)
                    self.assertEqual(s.log().count("all alike: this computer's clock is wrong"), wrong)
                    if wrong:
                        self.assertAlmostEqual(health["clock"]["drift_s"], (int(zone[:3]) - hours) * 3600, delta=10)
                        s.wait("k0", lambda d: d["polled_ts"] > health["polled_ts"] + 1)
                        requests = set()
                        while len(requests) < 2:    # full polls and quick ones
                            d = s.document("k0")
                            requests.add(d["poll"]["requests"])
                            self.assertNotIn("clock_drift_s", d["metrics"]["device"])
                            self.assertEqual((d["poll"]["host_clock_wrong"], d["metrics"]["device"]["clock_wrong"],
                                              d["health"]["code"]), (1, 0, 411), d["health"])
                            s.wait("k0", lambda later, d=d: later["polled_ts"] > d["polled_ts"])

    def test_a_register_of_2099_makes_no_false_age(self):
        """Its clock and its last document agree; only the term of the FN, which full polls read, says that both are wrong."""
        state = default_state()
        state["device"]["time"] = "2099-06-01T12:00:00"
        state["fn"]["last_document_time"] = "2099-06-01T11:00:00"
        state["ofd"].update(unsent_count=3, first_unsent_number=state["fn"]["last_document"] - 2, first_unsent=time.strftime(
            "%Y-%m-%dT%H:%M:00", time.localtime(time.time() - 86400 * 2)))
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, state=state) as e, \
                    Serve([kkt("a", e.connect, ", identity_interval: 1h")]) as s:
                first = s.wait("a", lambda d: d["state"] == "ok")
                for d in (first, s.wait("a", lambda d: d["polled_ts"] > first["polled_ts"] + 1)):
                    self.assertEqual((d["poll"].get("host_clock_wrong", 0), d["metrics"]["device"]["clock_wrong"]), (0, 1))
                    self.assertAlmostEqual(d["metrics"]["ofd"]["first_unsent_age_s"], 2 * 86400, delta=200)
                    self.assertNotIn("508", str(d["health"]["code"]))

    def test_an_alarm_that_stands_costs_no_request_more(self):
        """It is asked twice when it begins, and not at each poll."""
        ill = default_state()
        ill["ofd"].update(unsent_count=12, first_unsent_number=10, first_unsent=time.strftime(
            "%Y-%m-%dT10:00:00", time.localtime(time.time() - 28 * 86400)))
        with Emulator(state=default_state()) as a, Emulator(state=ill) as b, Serve([kkt("well", a.connect), kkt("ill", b.connect)]) as s:
            def quick(name):
                """The requests of a poll that asks for the quick values only."""
                return s.wait(name, lambda d: d["state"] == "ok" and d["poll"]["confirmed"] >= 3)
            well, ill = quick("well"), quick("ill")
            self.assertGreaterEqual(ill["health"]["level"], 4)
            self.assertEqual(ill["poll"]["requests"], well["poll"]["requests"])

    def test_a_device_that_comes_back_is_polled_at_once(self):
        """The kernel says that a port appeared (here at our wish, by /sys): nobody waits out the back-off."""
        event = pathlib.Path("/sys/class/tty/ttyS0/uevent")
        if not os.access(event, os.W_OK):
            self.skipTest(f"{event} cannot be written")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="back-"))
        self.addCleanup(shutil.rmtree, folder)
        with Serve([f"{{name: a, connect: 'serial:{folder}/port', interval: 1h, timeout: 5s}}"]) as s:
            s.wait("a", lambda d: d["state"] == "unreachable")
            with Emulator(pty=True) as e:
                (folder / "port").symlink_to(e.device)
                event.write_text("add")
                s.wait("a", lambda d: d["state"] == "ok")

    def test_kill_9_at_any_moment(self):
        """A hundred lives of random length: what is on disk is whole, and the next life goes on."""
        count, lives, rng = 40, 100, random.Random(54)
        fleet = Emulator("--registers", count)
        port = fleet.address.rsplit(":", 1)[1]
        sender = "#!/bin/sh\nexit 1\n"      # Zabbix is away: everything stays in the spool
        s = Serve([])
        (s.folder / "sender").write_text(sender)
        (s.folder / "sender").chmod(0o755)
        spool = s.folder / "spool"
        s.configure([f"{{name: k{i:02d}, connect: 'tcp://127.0.0.{i + 1}:{port}', interval: 1s}}" for i in range(count)],
                    f"push: {{agent_config: /none, sender: {s.folder}/sender, spool: {spool}, batch: 7}}")
        lines, newest = 0, 0

        def written():
            return sum(map(len, spool_texts(spool)))
        try:
            for life in range(lives):
                before = written()
                s.start()
                if life % 4:        # else it is killed while it begins
                    wait_for("a value in the spool", lambda: written() > before)
                time.sleep(rng.uniform(0.005, 0.25))
                self.assertIsNone(s.process.poll(), s.log()[-500:])
                s.process.kill()
                s.process.wait()
                for path in s.state.glob("*.json"):
                    d = json.loads(path.read_text())
                    if not path.name.startswith("_"):
                        self.assertEqual(d["state"], "ok", path)
                        newest = max(newest, d["polled_ts"])
                seen = 0
                for text in spool_texts(spool):
                    self.assertLessEqual(text.count("\n"), 7)
                    whole = text[:text.rfind("\n") + 1]
                    for line in whole.splitlines():
                        host, key, second, ns, value = line.split(" ", 4)
                        self.assertEqual(json.loads(json.loads(value))["name"], json.loads(host))
                        seen += 1
                self.assertGreaterEqual(seen, lines, "a value was lost")
                lines = seen
            s.start()
            s.wait("k00", lambda d: d["polled_ts"] > newest)
            self.assertEqual(list(s.state.glob("*.tmp*")), [])
            self.assertGreater(lines, lives)
        finally:
            s.__exit__()
            fleet.stop()


if __name__ == "__main__":
    unittest.main()
