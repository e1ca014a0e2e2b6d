"""A command on a terminal: what a person sees there."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

ROWS = 50


def run_on_terminal(command, columns=None, env=None, patience=60):
    """(exit status, text with its colours and its \\r\\n). `columns`: how wide the terminal is; None: it does not tell. `env`: the
    whole environment; None: this one."""
    master, slave = pty.openpty()
    if columns:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    with subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL, env=env) as child:
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
        except OSError:  # the other side is closed: this is how a pty says it
            pass
        status = child.wait(patience)
    os.close(master)
    return status, text.decode()
