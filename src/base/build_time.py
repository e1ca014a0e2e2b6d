"""Prints the Unix time from which on this program can exist: SOURCE_DATE_EPOCH, else that of the last commit, else of the
version that meson.build names."""
import os
import pathlib
import subprocess

RELEASED = 1795219200  # 1.0.0: 2026-11-21
here = pathlib.Path(__file__).resolve().parent


def committed():
    try:
        done = subprocess.run(["git", "-C", here, "log", "-1", "--format=%ct"], capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip().isdigit() else None


print(os.environ.get("SOURCE_DATE_EPOCH") or committed() or RELEASED)
