"""The vendor's driver alone opens and reads the emulator in every mode of its task buffer, and beside our polls."""
import json
import os
import pathlib
import select
import subprocess
import sys
import unittest

import vendor
from harness import PATIENCE, Emulator, run

READ = pathlib.Path(__file__).resolve().parents[1] / "differential" / "vendor_read.py"


@unittest.skipUnless(os.environ.get("ATOL_DRIVER_DIR"), "the vendor's driver is not there: ./run.sh test emulator fetches it")
class Driver(unittest.TestCase):
    def start(self, kkt, protocol):
        process = subprocess.Popen([sys.executable, READ, str(protocol)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, env={**os.environ, "HOME": "/dev/null"})
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdin.close(), process.stdout.close()))
        process.stdin.write(kkt.address.rsplit(":", 1)[1] + "\n")
        process.stdin.flush()
        return process

    def values(self, process):
        self.assertTrue(select.select([process.stdout], [], [], PATIENCE)[0], "the driver hung")
        return json.loads(process.stdout.readline())

    def test_every_mode_of_the_task_buffer(self):
        for options in (("plain",), ("strict",), ("strict", "--latency-ms", "5"), ("strict", "--fault", "pending:30@3F"),
                        ("strict", "--fault", "foreign")):
            with self.subTest(options), Emulator("--protocol", "3", "--clients", "many", "--buffer", *options) as kkt:
                values = self.values(self.start(kkt, 3))
                self.assertNotIn("error", values)
                self.assertEqual(values["device.serial"], "00106112345678")
                self.assertGreater(len(values), 70)

    def test_the_driver_asks_for_the_reason_of_an_extended_error(self):
        for fault, number in (("error:EE0103@91-39", 143), ("error:EE0107@91-39", 147), ("error:EE7777@91-39", 15)):
            with self.subTest(fault), Emulator("--protocol", "3", "--clients", "many", "--fault", fault) as kkt:
                driver = vendor.Driver(Port="2", IPAddress="127.0.0.1", IPPort=kkt.address.rsplit(":", 1)[1], Model="500")
                self.addCleanup(driver.destroy)
                driver.open()
                with self.assertRaises(vendor.DriverError) as told:
                    driver.query("DT_LAST_SENT_OFD_DOCUMENT_DATE_TIME")
                self.assertEqual(told.exception.code, number)
                asked = [line.split()[3] for line in kkt.frames() if " > 91-" in line]
                self.assertEqual(asked[-2:], ["91-39", "91-37"])

    def test_the_driver_and_our_polls_share_one_buffer(self):
        for buffer in ("plain", "strict"):
            with self.subTest(buffer), Emulator("--protocol", "3", "--clients", "many", "--buffer", buffer,
                                                "--latency-ms", "5") as kkt:
                driver = self.start(kkt, 3)
                documents = [run("get", kkt.connect).document for _ in range(3)]
                self.assertEqual(self.values(driver)["device.serial"], "00106112345678")
                self.assertEqual([document["state"] for document in documents], ["ok"] * 3)
