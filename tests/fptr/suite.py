"""The driver way: our declarations against the vendor's headers, a fake library for everything that a library can do
to its caller, and the vendor's real drivers 10.8 and 10.10.

  python3 tests/fptr/suite.py --build build"""
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "integration"), str(HERE.parent / "tools")]
import harness  # noqa: E402
import vendor  # noqa: E402

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="fptr-"))
FAKE = FOLDER / "libfptr10.so"
INCOMPLETE = FOLDER / "incomplete.so"
ADDRESS = "driver:tcp/127.0.0.1:9?lib={}"
HANG_TIMEOUT = "1500ms"


def compile_c(*words):
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", *map(str, words)], check=True)


def setUpModule():
    compile_c("-shared", "-fPIC", "-o", FAKE, HERE / "fake_driver.c")
    compile_c("-shared", "-fPIC", "-DWITHOUT_SETTING", "-o", INCOMPLETE, HERE / "fake_driver.c")


def tearDownModule():
    shutil.rmtree(FOLDER, ignore_errors=True)


def get(lib, *more, fake="", env=None, settings=""):
    return harness.run("get", ADDRESS.format(lib) + settings, *more, env={"FAKE": fake, **(env or {})})


class Declarations(unittest.TestCase):
    """Every function and number of fptr/abi.def is the vendor's."""

    def compiled_against(self, folder, *words):
        compile_c(*words, "-std=c11", "-fsyntax-only", "-Wno-strict-prototypes", f"-I{ROOT / 'src'}", "-isystem", folder,
                  HERE / "test_abi_header.c")

    def test_header_of_10_8(self):
        self.compiled_against(os.environ["ATOL_DRIVER_DIR"], "-DABI_WITHOUT_MARKING")

    def test_header_of_10_10(self):
        self.compiled_against(os.environ["ATOL_UEMA_DRIVER_DIR"])


class NoDriver(unittest.TestCase):
    def refused(self, lib, *words, state="prerequisite"):
        result = get(lib)
        self.assertEqual(1, result.status)
        self.assertEqual(state, result.document["state"])
        self.assertNotIn("metrics", result.document)
        for word in words:
            self.assertIn(word, result.document["error"])

    def test_no_file(self):
        self.refused("/nowhere/libfptr10.so", "was not found", "/nowhere/libfptr10.so", "tcp://")

    def test_not_installed(self):
        result = harness.run("get", "driver:usb", env={"ZABBIX_ATOL_DRIVER": ""})
        self.assertEqual("prerequisite", result.document["state"])
        self.assertIn("was not found", result.document["error"])

    def test_library_of_the_other_bitness(self):
        self.refused(pathlib.Path(os.environ["ATOL_DRIVER_DIR"]) / "linux-x86" / "libfptr10.so", "another architecture", "32-bit")

    def test_library_of_another_processor(self):
        self.refused(pathlib.Path(os.environ["ATOL_UEMA_DRIVER_DIR"]) / "linux-arm64" / "libfptr10.so", "processor")

    def test_no_library_at_all(self):
        file = FOLDER / "text.so"
        file.write_text("not a library")
        self.refused(file, "does not load")

    def test_first_missing_symbol_is_named(self):
        self.refused(INCOMPLETE, "libfptr_read_device_setting", "Install the ATOL driver 10")

    def test_service_of_the_driver_10_10_is_missing(self):
        """The real driver 10.10.8.0 on a machine without its UEMA service."""
        lib = vendor.library(os.environ["ATOL_UEMA_DRIVER_DIR"])
        self.refused(lib, "UEMA", "uem-agent", "tcp://")


class WhatALibraryCanDo(unittest.TestCase):
    def refused(self, fake, state, *words, more=()):
        result = get(FAKE, *more, fake=fake)
        self.assertEqual((1, state), (result.status, result.document["state"]), result.stdout)
        self.assertNotIn("metrics", result.document)
        for word in words:
            self.assertIn(word, result.document["error"])

    def test_reads_through_it(self):
        result = get(FAKE, "--groups", "quick,slow,counters")
        self.assertEqual((0, "ok"), (result.status, result.document["state"]))
        self.assertEqual("Ёж № 7", result.document["metrics"]["device"]["model"])
        self.assertEqual(1234, result.document["metrics"]["counters"]["cash_kop"])

    def test_talks_on_stdout(self):
        self.assertEqual("ok", get(FAKE, fake="print").document["state"])

    def test_crash_while_opening(self):
        self.refused("crash@open", "error", "crashed", "signal 11 while the library was loaded or the register opened")

    def test_crash_in_a_query(self):
        self.refused("crash@d14", "error", "crashed", "signal 11 in DT_SHIFT_STATE")

    def test_crash_while_closing_costs_nothing(self):
        self.assertEqual("ok", get(FAKE, fake="crash@close").document["state"])

    def test_ends_the_process(self):
        self.refused("exit@f2", "error", "crashed", "exit status 3 in FNDT_FN_INFO")

    def test_hang_while_opening(self):
        began = time.monotonic()
        self.refused("hang@open", "error", "did not return", more=("--timeout", HANG_TIMEOUT))
        self.assertLess(time.monotonic() - began, 10)

    def test_hang_in_a_query_keeps_what_was_read(self):
        result = get(FAKE, "--timeout", HANG_TIMEOUT, fake="hang@f9")
        self.assertEqual((0, "partial"), (result.status, result.document["state"]))
        self.assertIn("FNDT_REG_INFO did not return", result.document["error"])
        self.assertIn("device", result.document["metrics"])
        self.assertEqual({"date"}, set(result.document["metrics"]["registration"]), "its date stands in another query")

    def test_hang_while_closing_costs_nothing(self):
        self.assertEqual("ok", get(FAKE, "--timeout", HANG_TIMEOUT, fake="hang@close").document["state"])

    def test_errors_of_opening(self):
        for code, state, words in ((2, "unreachable", "does not answer"), (3, "busy", "used by another program"),
                                   (4, "unreachable", "no such port"), (9, "error", "refused the settings"),
                                   (14, "prerequisite", "does not load"), (71, "error", "password"),
                                   (115, "error", "answered an error")):
            with self.subTest(code=code):
                self.refused(f"error@open:{code}", state, words, f"driver:tcp/127.0.0.1:9: {code} \"Выдуманная ошибка")

    def test_service_is_told_by_the_text(self):
        self.refused("uema@open", "prerequisite", "UEMA")

    def test_failed_query_is_named_and_its_values_are_absent(self):
        result = get(FAKE, fake="error@d14:68")
        self.assertEqual((0, "partial"), (result.status, result.document["state"]))
        self.assertIn("DT_SHIFT_STATE: 68 \"Выдуманная ошибка 68\"", result.document["error"])
        self.assertNotIn("shift", {group for group, keys in result.document["metrics"].items() if "number" in keys})

    def test_unsupported_query_is_no_failure(self):
        result = get(FAKE, "--groups", "printer", fake="error@d33:11")
        self.assertEqual("ok", result.document["state"])
        self.assertIn("printer.temperature_c", result.document["poll"]["unsupported"])
        self.assertNotIn("temperature_c", result.document["metrics"]["printer"])

    def test_marking_notices_are_read_where_the_driver_knows_them(self):
        log = FOLDER / "marking.log"
        log.unlink(missing_ok=True)
        document = get(FAKE, env={"FAKE_LOG": str(log)}).document
        marking = document["metrics"]["marking"]
        self.assertEqual((7, 7, "2026-11-22T12:34:56", 7, "Ёж № 7"), tuple(marking[key] for key in (
            "unsent_count", "first_unsent_number", "first_unsent", "ism_error", "ism_error_text")))
        self.assertIn("first_unsent_age_s", marking)
        self.assertLessEqual({"fn_query_data 19", "fn_query_data 20"}, set(log.read_text().splitlines()))

    def test_a_driver_or_a_register_without_marking_leaves_the_group_out_and_the_poll_whole(self):
        for code in (11, 13):
            document = get(FAKE, fake=f"error@f20:{code},error@f19:{code}").document
            self.assertEqual("ok", document["state"], document["error"])
            self.assertNotIn("marking", document["metrics"])
            self.assertIn("marking.unsent_count", document["poll"]["unsupported"])

    def test_a_fault_of_the_fn_is_no_register_without_marking(self):
        for code in (115, 118, 150):
            document = get(FAKE, fake=f"error@f20:{code}").document
            self.assertEqual("partial", document["state"], document["error"])
            self.assertNotIn("marking.unsent_count", document["poll"]["unsupported"])

    def test_a_register_that_goes_away_at_marking_is_told(self):
        self.assertEqual("partial", get(FAKE, fake="error@f20:2").document["state"])

    def test_register_that_goes_away_is_not_asked_on(self):
        log = FOLDER / "lost.log"
        result = get(FAKE, fake="error@d14:2", env={"FAKE_LOG": str(log)})
        self.assertEqual("partial", result.document["state"])
        self.assertEqual("close", log.read_text().splitlines()[-2])
        self.assertNotIn("fn_query_data 9", log.read_text())

    def test_date_that_is_none_is_absent_and_told(self):
        result = get(FAKE, fake="date")
        self.assertEqual("partial", result.document["state"])
        self.assertNotIn("time", result.document["metrics"]["device"])

    def test_what_a_hang_leaves_behind_is_settled(self):
        """The driver says 1 of an expired shift; what was read before the hang is told as at a normal end."""
        for fake in ("expired", "expired,hang@d1"):
            document = get(FAKE, "--timeout", "3s", fake=fake).document
            self.assertEqual(2, document["metrics"]["shift"]["state"], fake)

    def test_a_helper_of_the_driver_does_not_keep_the_poll(self):
        for fake, state in (("helper@d14", "ok"), ("helper@d14,hang@d1", "partial")):
            with self.subTest(fake):
                started = time.monotonic()
                document = get(FAKE, "--timeout", "2s", "--groups", "shift,counters", fake=fake).document
                self.assertEqual(state, document["state"])
                self.assertLess(time.monotonic() - started, 10, "it waited for the helper")
                self.assertLess(document["poll"]["duration_ms"], 1500 if state == "ok" else 4000)

    def test_settings_that_change_the_register_are_refused(self):
        for setting in ("AutoTimeSync=true", "OfdChannel=2"):
            result = get(FAKE, settings="&" + setting)
            self.assertEqual("error", result.document["state"])
            self.assertIn(setting, result.document["error"])
        self.assertEqual("ok", get(FAKE, settings="&OfdChannel=0").document["state"])

    def test_a_port_that_another_program_has_open_is_not_given_to_the_driver(self):
        log = FOLDER / "held.log"
        log.unlink(missing_ok=True)
        with harness.Emulator(pty=True) as kkt:
            held = os.open(kkt.device, os.O_RDWR | os.O_NOCTTY)
            result = harness.run("get", f"driver:com/{kkt.device}?lib={FAKE}", env={"FAKE": "", "FAKE_LOG": str(log)})
            os.close(held)
            self.assertEqual("busy", result.document["state"], result.document["error"])
            self.assertIn(f"(pid {os.getpid()})", result.document["error"])
            self.assertFalse(log.exists(), "the driver was loaded all the same")
            free = harness.run("get", f"driver:com/{kkt.device}?lib={FAKE}", env={"FAKE": "", "FAKE_LOG": str(log)})
            self.assertEqual("ok", free.document["state"], free.document["error"])

    def test_native_and_driver_polls_of_one_register_take_turns(self):
        with harness.Emulator("--latency-ms", 30) as kkt:
            native = subprocess.Popen([harness.program(), "get", kkt.connect], stdout=subprocess.PIPE, text=True)
            while not kkt.frames():
                os.sched_yield()
            began = time.monotonic()
            driver = harness.run("get", f"driver:tcp/{kkt.address}?lib={FAKE}", env={"FAKE": ""})
            self.assertGreater(time.monotonic() - began, 0.5, "it did not wait for the native poll")
            self.assertEqual("ok", driver.document["state"], driver.document["error"])
            self.assertEqual("ok", json.loads(native.communicate(timeout=harness.PATIENCE)[0])["state"])

    def test_without_proc_there_is_a_document(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to take /proc away")
        for lib, state in ((FAKE, "ok"), ("/nowhere/libfptr10.so", "prerequisite")):
            done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$0" "$@"', harness.program(), "get",
                                   ADDRESS.format(lib), "--", "touch", FOLDER / f"started-{state}"],
                                  capture_output=True, text=True, env={**os.environ, "FAKE": ""}, timeout=harness.PATIENCE, check=False)
            self.assertEqual(state, json.loads(done.stdout)["state"], done.stdout + done.stderr)
            while not (FOLDER / f"started-{state}").exists():
                os.sched_yield()

    def test_goes_on_after_the_program_was_replaced_on_the_disk(self):
        state = FOLDER / "replaced"
        state.mkdir()
        copy, config, document = state / "zabbix-atol", state / "zabbix-atol.yaml", state / "kassa.json"
        shutil.copy(harness.program(), copy)
        config.write_text(f"state_dir: {state}\nregisters:\n  - name: kassa\n    connect: {ADDRESS.format(FAKE)}\n    interval: 1s\n")

        def polled(after):
            """The time of the first good document that is younger."""
            end = time.monotonic() + harness.PATIENCE
            while time.monotonic() < end:
                try:
                    read = json.loads(document.read_text(encoding="utf-8"))
                except (OSError, ValueError):
                    continue
                if read["polled_ts"] > after:
                    self.assertEqual("ok", read["state"], read["error"])
                    return read["polled_ts"]
            self.fail("no document")
            return None

        serve = subprocess.Popen([copy, "serve", "-c", config], stderr=subprocess.DEVNULL, env={**os.environ, "FAKE": ""})
        try:
            first = polled(0)
            (state / "new").write_text("another program\n")
            os.replace(state / "new", copy)
            polled(first + 1)
        finally:
            serve.terminate()
            serve.wait(harness.PATIENCE)

    def test_a_killed_parent_takes_the_worker_along(self):
        log = FOLDER / "orphan.log"
        log.unlink(missing_ok=True)
        parent = subprocess.Popen([harness.program(), "get", ADDRESS.format(FAKE), "--timeout", "60s"], stdout=subprocess.PIPE,
                                  env={**os.environ, "FAKE": "hang@open", "FAKE_LOG": str(log)})
        while not (log.exists() and "open" in log.read_text().split()):
            os.sched_yield()
        worker = int(pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text())
        end = os.pidfd_open(worker)
        parent.kill()
        parent.communicate()
        self.assertTrue(select.select([end], [], [], harness.PATIENCE)[0], "the worker lives on")
        os.close(end)

    def test_settings_refused(self):
        self.refused("settings", "error", "9 \"Некорректные настройки\"")

    def test_mistyped_setting_is_named(self):
        result = get(FAKE, settings="&InvertCashDrawer=true")
        self.assertEqual("error", result.document["state"])
        self.assertIn("InvertCashDrawer", result.document["error"])

    def test_settings_reach_the_driver(self):
        log = FOLDER / "settings.log"
        get(FAKE, settings="&InvertCashDrawerStatus=true", env={"FAKE_LOG": str(log)})
        given = set(log.read_text().splitlines())
        self.assertLessEqual({"set Model=500", "set OfdChannel=0", "set AutoReconnect=false", "set AutoTimeSync=false",
                              "set Port=2", "set IPAddress=127.0.0.1", "set IPPort=9",
                              "set InvertCashDrawerStatus=true"}, given)

    def test_order_of_places(self):
        """The environment's library is taken when the address names none; the address's own wins."""
        env = {"ZABBIX_ATOL_DRIVER": str(FAKE), "FAKE": ""}
        self.assertEqual("ok", harness.run("get", "driver:usb", env=env).document["state"])
        env["ZABBIX_ATOL_DRIVER"] = str(INCOMPLETE)
        self.assertEqual("ok", harness.run("get", f"driver:usb?lib={FAKE}", env=env).document["state"])


class ReadOnly(unittest.TestCase):
    READS = ("create", "destroy", "open", "close", "set ", "query_data ", "fn_query_data ", "read_device_setting")

    def test_a_poll_calls_nothing_that_changes_the_register(self):
        log = FOLDER / "calls.log"
        get(FAKE, "--groups", "device,printer,shift,fn,ofd,faults,registration,counters,power",
            env={"FAKE_LOG": str(log)})
        calls = log.read_text().splitlines()
        self.assertGreater(len(calls), 20)
        for call in calls:
            self.assertTrue(call.startswith(self.READS), call)

    def test_each_query_is_asked_once(self):
        log = FOLDER / "once.log"
        get(FAKE, env={"FAKE_LOG": str(log)})
        queries = [line for line in log.read_text().splitlines() if "query_data" in line]
        self.assertEqual(len(queries), len(set(queries)), queries)

    def test_only_what_is_wanted_is_asked(self):
        log = FOLDER / "wanted.log"
        get(FAKE, "--groups", "registration", env={"FAKE_LOG": str(log)})
        queries = [line for line in log.read_text().splitlines() if "query_data" in line]
        self.assertEqual(["query_data 34", "fn_query_data 3", "fn_query_data 9"], queries)


class ClockThroughDriver(unittest.TestCase):
    """Clocks, dates and queues that are not as expected (tests/data/cases), read by the vendor's driver: what it tells must be
    what the native client tells of the same register."""
    KEYS = ("device.clock_wrong", "fn.days_left", "fn.valid_until", "shift.state", "shift.expires", "ofd.unsent_count", "ofd.first_unsent")
    AGES = ("ofd.first_unsent_age_s", "shift.left_s")

    def both(self, protocol, state):
        """The document of each way."""
        with harness.Emulator("--protocol", protocol, "--clients", "many", state=state) as kkt:
            return [harness.run("get", address).document for address in (f"driver:tcp/{kkt.address}?lib={vendor.library()}", kkt.connect)]

    def agree(self, protocol, state):
        documents = self.both(protocol, state)
        driver, native = (harness.flatten(document["metrics"]) for document in documents)
        for key in self.KEYS:
            self.assertEqual(native.get(key), driver.get(key), key)
        for key in self.AGES:
            self.assertEqual(key in native, key in driver, key)
            self.assertAlmostEqual(native.get(key, 0), driver.get(key, 0), delta=60)
        self.assertEqual(*(document["health"]["code"] for document in documents))
        return driver

    def case(self, name):
        state = harness.default_state()
        for group, values in json.loads((ROOT / "tests/data/cases" / name).read_text(encoding="utf-8")).items():
            state.setdefault(group, {}).update(values)
        return state

    def test_the_cases(self):
        for name in ("clock-2000.json", "clock-2099.json", "clock-zero.json", "fresh-fn.json", "unsent-without-date.json"):
            for protocol in (3, 5):
                with self.subTest(name, protocol=protocol):
                    told = self.agree(protocol, self.case(name))
                    self.assertEqual(int(name.startswith("clock")), told["device.clock_wrong"])

    def test_an_open_shift_without_a_date_has_no_end(self):
        for date in ("1970-01-02T00:00:00", "2070-01-02T00:00:00", "2000-01-02T00:00:00", "2015-12-31T00:00:00"):
            for protocol in (3, 5):
                with self.subTest(date, protocol=protocol):
                    state = harness.default_state()
                    state["shift"].update(state=1, expires=date)
                    told = self.agree(protocol, state)
                    self.assertEqual(1, told["shift.state"])
                    self.assertNotIn("shift.expires", told)

    def test_the_seed_format_counts_by_the_computers_clock(self):
        with harness.Emulator(state=self.case("clock-2000.json")) as kkt:
            seed = harness.run("get", f"driver:tcp/{kkt.address}?lib={vendor.library()}", "--format", "seed").document
        self.assertGreaterEqual(seed["AgeDaysFirstDontSendDocInFN"], 27)


class RealDriver(unittest.TestCase):
    """The vendor's driver 10.8.0.0 and the emulator."""

    def address(self, kkt):
        return f"driver:tcp/{kkt.address}?lib={vendor.library()}"

    def test_nothing_is_left_in_the_home_folder(self):
        with tempfile.TemporaryDirectory() as home, harness.Emulator() as kkt:
            result = harness.run("get", self.address(kkt), env={"HOME": home})
            self.assertEqual("ok", result.document["state"])
            self.assertEqual([], os.listdir(home))

    def test_nobody_listens(self):
        with harness.ClosedPort() as closed:
            result = harness.run("get", f"driver:{closed.replace('://', '/')}?lib={vendor.library()}")
        self.assertEqual("unreachable", result.document["state"])

    def test_no_such_serial_port(self):
        result = harness.run("get", f"driver:com//dev/ttyNONE?lib={vendor.library()}")
        self.assertEqual("unreachable", result.document["state"])
        self.assertIn("/dev/ttyNONE", result.document["error"])

    def test_serial_port(self):
        with harness.Emulator(pty=True) as kkt:
            result = harness.run("get", f"driver:com/{kkt.device}?lib={vendor.library()}")
            self.assertEqual("ok", result.document["state"], result.stdout)

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be two users")
    def test_it_holds_its_port_so_that_every_user_sees_it(self):
        """Exclusive mode: `serve`, who is not root and sees no descriptors of others, leaves the port alone."""
        with harness.Emulator(pty=True) as kkt:
            device = os.path.realpath(kkt.device)
            os.chmod(device, 0o666)
            program = shutil.copy(harness.program(), FOLDER)
            FOLDER.chmod(0o755)
            driver = vendor.Driver(Port=0, Model=500, ComFile=device, BaudRate=115200, AutoReconnect="false", OfdChannel=0)
            driver.open()
            try:
                before = len(kkt.frames())
                done = subprocess.run([program, "get", f"serial:{device}", "--timeout", "5s"], capture_output=True, text=True,
                                      timeout=harness.PATIENCE, check=False, cwd="/", **harness.powerless())
                self.assertEqual("busy", json.loads(done.stdout)["state"], done.stdout)
                self.assertEqual(before, len(kkt.frames()))
            finally:
                driver.close()
                driver.destroy()

    def test_no_usb_register(self):
        result = harness.run("get", f"driver:usb?lib={vendor.library()}")
        self.assertEqual("unreachable", result.document["state"], result.stdout)

    def test_10_8_knows_no_marking(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), harness.Emulator("--protocol", protocol) as kkt:
                document = harness.run("get", self.address(kkt)).document
                self.assertEqual("ok", document["state"], document["error"])
                self.assertNotIn("marking", document["metrics"])
                for known, metric in ((5, "printer.paper_near_end"), (3, "printer.error"), (5, "faults.rtc")):
                    self.assertEqual(known != protocol, metric in document["poll"]["unsupported"], metric)

    def test_register_without_fn(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), harness.Emulator("--protocol", protocol, "--fault", "no-fn") as kkt:
                document = harness.run("get", self.address(kkt)).document
                self.assertEqual("ok", document["state"], document["error"])
                self.assertEqual({"present", "valid_until", "days_left"}, set(document["metrics"]["fn"]))
                self.assertIn("last_sent", document["metrics"]["ofd"])
                self.assertNotIn("unsent_count", document["metrics"]["ofd"])

    def test_control(self):
        for protocol, command, request in ((3, "beep", "47"), (3, "reboot", "CE-41"), (5, "beep", "q3"), (5, "reboot", "+!")):
            with self.subTest(protocol=protocol, command=command), harness.Emulator("--protocol", protocol) as kkt:
                result = harness.run(command, self.address(kkt), "--allow-control", "--yes")
                self.assertEqual(0, result.status, result.stderr)
                self.assertTrue(any(request in line.split() for line in kkt.frames()), kkt.frames()[-4:])

    def test_worker_is_not_for_people(self):
        self.assertEqual(2, harness.run("worker").status)


if __name__ == "__main__":
    if not os.environ.get("ATOL_DRIVER_DIR") or not os.environ.get("ATOL_UEMA_DRIVER_DIR"):
        sys.exit("ATOL_DRIVER_DIR and ATOL_UEMA_DRIVER_DIR are not set: ./run.sh test driver sets them")
    harness.main(sys.modules[__name__])
