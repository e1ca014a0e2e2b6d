#!/usr/bin/env python3
"""The integration suite: zabbix-atol against emulated registers over TCP and ptys. A test_*.py here belongs to it."""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402

if __name__ == "__main__":
    harness.main(*(importlib.import_module(path.stem) for path in sorted(HERE.glob("test_*.py"))))
