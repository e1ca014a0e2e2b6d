"""few_ports.py PROGRAM ARG…: runs the program in a network of its own in which no local port is left for 127.0.0.1:5555, and the
route to 10.9.9.9 is forbidden. Needs root."""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys

CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x40000000, 0x8914, 1, 64


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        sys.exit("few_ports: unshare: " + os.strerror(ctypes.get_errno()))
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH", b"lo", IFF_UP | IFF_RUNNING))
    subprocess.run(["ip", "route", "add", "prohibit", "10.9.9.9"], check=True)
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w", encoding="ascii") as f:
        f.write("40000 40003")
    held = [socket.create_server(("127.0.0.1", 5555))]
    with contextlib.suppress(OSError):
        while len(held) < 9:
            held.append(socket.create_connection(("127.0.0.1", 5555)))
    sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)


main()
