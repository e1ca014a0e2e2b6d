"""An RS-232 line between the guest's 16550 and an emulated register: bytes take their time, a wrong speed damages them,
and a pulled plug swallows them. qemu sets the speed that the guest asks for on the pseudo-terminal, where it is read."""
import os
import pty
import select
import socket
import termios
import threading
import time
import tty

SPEEDS = {getattr(termios, f"B{n}"): n for n in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}


class Line(threading.Thread):
    """`kkt` is the emulator's pseudo-terminal, `control` the path of a socket on which the guest gives commands, each a
    line that is answered with a line: `baud N` (of the register), `unplug`, `plug`."""

    def __init__(self, kkt, control):
        super().__init__(daemon=True)
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.slave = slave                  # kept open, so that the master never sees a hang-up
        self.path = os.ttyname(slave)
        self.kkt = os.open(kkt, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.kkt)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(control)
        self.listener.listen(1)
        self.baud = 115200
        self.plugged = True
        self.commands = b""

    def guest_baud(self):
        return SPEEDS.get(termios.tcgetattr(self.master)[5], 0)

    def carry(self, source, target):
        data = os.read(source, 256)
        if not self.plugged:
            return
        time.sleep(len(data) * 10 / self.baud)          # the line's own time: eight bits, start and stop
        if self.guest_baud() != self.baud:
            data = bytes((b * 29 + 0x80) & 0xFF for b in data)   # what a receiver at another speed makes of it
        os.write(target, data)

    def obey(self, connection):
        self.commands += connection.recv(256)
        while b"\n" in self.commands:
            line, self.commands = self.commands.split(b"\n", 1)
            words = line.decode().split()
            if words[0] == "baud":
                self.baud = int(words[1])
            else:
                self.plugged = words[0] == "plug"
            connection.sendall(b"done\n")

    def run(self):
        connection, _ = self.listener.accept()
        while True:
            ready, _, _ = select.select([self.master, self.kkt, connection], [], [])
            if connection in ready:
                self.obey(connection)
            if self.master in ready:
                self.carry(self.master, self.kkt)
            if self.kkt in ready:
                self.carry(self.kkt, self.master)
