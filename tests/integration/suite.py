#!/usr/bin/env python3
"""The integration suite: zabbix-atol against emulated registers over TCP and ptys."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness  # noqa: E402
import test_check  # noqa: E402
import test_control  # noqa: E402
import test_faults  # noqa: E402
import test_get  # noqa: E402
import test_harmless  # noqa: E402
import test_names  # noqa: E402
import test_process  # noqa: E402
import test_recorded  # noqa: E402

if __name__ == "__main__":
    harness.main(test_get, test_harmless, test_names, test_check, test_control, test_faults, test_process, test_recorded)
