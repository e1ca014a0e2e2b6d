"""COM ports: a pty that Wine maps to dosdevices/com5, and the registry that tells which ports there are."""
import ctypes
import json
import os
import subprocess

from stage import FOLDER, PATIENCE, Stage, exe, harness, linux, metrics, windows_path, wine


USB = r"HKLM\SYSTEM\CurrentControlSet\Enum\USB\VID_2912&PID_0005&MI_{interface:02}\5&1&0&{interface}\Device Parameters"


class Opened:
    """with Opened(path) as opened: opened.times() -> how often anybody has opened the file since."""
    IN_OPEN = 0x20

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(path), self.IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def times(self):
        try:
            return len(os.read(self.fd, 4096)) // 16  # the events of a file's own watch have no name
        except BlockingIOError:
            return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


class PortTests(Stage):
    def map_port(self, to, port="com5"):
        """What a COM port is."""
        self.run_exe("--version")  # makes the profile
        device = FOLDER / self.arch / "dosdevices" / port
        device.unlink(missing_ok=True)
        device.symlink_to(os.path.realpath(to))
        self.addCleanup(device.unlink, missing_ok=True)

    def test_a_com_port(self):
        for protocol in ("3", "5"):
            with self.subTest(protocol), harness.Emulator("--protocol", protocol, pty=True) as kkt:
                self.map_port(kkt.device)
                document = self.get("serial:COM5")
                self.assertEqual((document["state"], document["protocol"]), ("ok", protocol))
                self.assertEqual(metrics(document), metrics(linux(kkt.connect)))

    def test_two_registers_and_a_port_above_com9(self):
        """COM10 and up have no short name in Windows; both registers are read at once."""
        self.emulator()  # under Wine: keeps its session alive, so that the two do not start while the one before ends
        with harness.Emulator("--protocol", "3", pty=True) as first, harness.Emulator("--protocol", "5", pty=True) as second:
            self.map_port(first.device, "com10")
            self.map_port(second.device, "com117")
            reads = [self.start("zabbix-atol", "get", f"serial:{port}") for port in ("COM10", "COM117")]
            lines = [process.stdout.readline() for process in reads]
            self.assertNotIn("", lines, [process.wait(PATIENCE) for process in reads if "" in lines])
            documents = [json.loads(line) for line in lines]
            self.assertEqual([(d["state"], d["protocol"]) for d in documents], [("ok", "3"), ("ok", "5")])

    def test_a_com_port_that_is_not_there(self):
        done = self.run_exe("get", "serial:COM77")
        self.assertEqual((done.returncode, json.loads(done.stdout)["state"]), (1, "unreachable"))

    def test_a_com_port_that_another_program_holds(self):
        """Wine lets two programs open one terminal; it does keep a file from a second one, as Windows keeps a port."""
        port = FOLDER / f"port-{self.arch}"
        port.touch()
        self.map_port(port)
        self.hold(windows_path(port))
        done = self.run_exe("get", "serial:COM5")
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(json.loads(done.stdout)["state"], "busy", done.stdout)

    def configured(self, *ports):
        file = FOLDER / f"ports-{self.arch}.yaml"
        file.write_text("registers:\n" + "".join(f"- {{name: k{i}, connect: '{port}'}}\n" for i, port in enumerate(ports)))
        return windows_path(file)

    def test_whoever_reads_the_configuration_opens_no_port(self):
        """An open port is one that the till cannot open; a reload of serve reads the names of all of them."""
        port = FOLDER / f"port-{self.arch}"
        port.touch()
        self.map_port(port)
        config = self.configured("serial:COM5", "driver:com/COM6", "auto:COM7")
        with Opened(port) as opened:
            for words in (("serve", "--check"), ("discover", "--lld"), ("get", "--register=unknown", "--configured")):
                done = self.run_exe(*words, "-c", config)
                self.assertEqual((words, 0), (words, opened.times()))
                if words[0] == "serve":
                    self.assertEqual(0, done.returncode, done)
            self.run_exe("get", "serial:COM5", "--timeout", "1s")
            self.assertGreater(opened.times(), 0)

    def test_the_list_for_zabbix_is_alone_in_an_agents_pipe(self):
        """An agent gives one pipe as both outputs: a warning beside the list would spoil the rule's value."""
        self.run_exe("--version")  # makes the profile, which Wine tells
        file = FOLDER / f"names-{self.arch}.yaml"
        file.write_text("registers:\n- {name: 'Касса 1', connect: 'tcp://10.0.0.1'}\n- {name: Till 12, connect: 'tcp://10.0.0.2'}\n",
                        encoding="utf-8")
        said = self.start("zabbix-atol", "discover", "--lld", "-c", windows_path(file), stderr=subprocess.STDOUT).stdout.read()
        self.assertEqual([row["{#KKT.NAME}"] for row in json.loads(said)], ["Till 12"], said)

    def test_one_port_is_one_register_however_it_is_spelt(self):
        for other in (r"serial:COM5", r"serial:com5", r"serial:\\.\COM5", r"driver:com/\\%3F\Com5", "auto:COM5?baud=9600"):
            done = self.run_exe("serve", "--check", "-c", self.configured("serial:COM5", other))
            self.assertEqual(2, done.returncode, other)
            self.assertIn(f':3: the address "{other}" is taken already', done.stderr)
        self.assertEqual(0, self.run_exe("serve", "--check", "-c", self.configured("serial:COM5", "serial:COM50")).returncode)

    def add(self, key, name, value):
        wine(self.arch, "reg", "add", key, "/v", name, "/t", "REG_SZ", "/d", value, "/f", check=True)
        self.addCleanup(wine, self.arch, "reg", "delete", key, "/v", name, "/f")

    def test_the_ports_of_a_usb_register(self):
        self.emulator()  # under Wine: keys of HKLM HARDWARE end with its session, which ends a few seconds after its last program
        for interface, port in ((0, "COM25"), (2, "COM26")):
            self.add(USB.format(interface=interface), "PortName", port)
            self.add(r"HKLM\HARDWARE\DEVICEMAP\SERIALCOMM", rf"\Device\USBSER{interface}", port)
        for number in (10, 9):
            self.add(r"HKLM\HARDWARE\DEVICEMAP\SERIALCOMM", rf"\Device\Serial{number}", f"COM{number}")
        said = self.run_exe("discover", "--scan").stdout
        self.assertIn("COM25: exchange port of an ATOL register", said)
        self.assertIn("COM26: another port of an ATOL register, not asked", said)
        self.assertLess(said.index("COM25:"), said.index("COM9:"))
        self.assertLess(said.index("COM9:"), said.index("COM10:"))
        check = self.run_exe("check").stdout
        self.assertIn("[ok] Exchange port of a register", check)
        self.assertNotIn("dialout", check)
