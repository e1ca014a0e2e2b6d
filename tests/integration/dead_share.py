"""dead_share.py FOLDER PROGRAM ARG…: runs the program where a share is mounted at FOLDER that never answers, as a server that is
gone: a FUSE mount whose other end reads nothing. Needs root; the mount is seen by this process and its children only."""
import ctypes
import os
import subprocess
import sys

CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14


def check(result, what):
    if result != 0:
        sys.exit(f"dead_share: {what}: {os.strerror(ctypes.get_errno())}")


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    check(libc.unshare(CLONE_NEWNS), "unshare")
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    server = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    check(libc.mount(b"dead", sys.argv[1].encode(), b"fuse", 0, options), "mount")
    sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)


main()
