#!/usr/bin/env python3
"""The serve suite: the daemon beside emulated registers, and beside a real Zabbix. Prints one line a test and ends with
`N passed, N failed, N skipped`."""
import argparse
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "zabbix")]


class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        self.good = getattr(self, "good", 0) + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("tests", nargs="*", help="names of tests; all without")
    args = parser.parse_args()
    os.environ["BUILD"] = str(pathlib.Path(args.build).resolve())
    loader = unittest.TestLoader()
    if args.tests:
        loader.testNamePatterns = [f"*{name}*" for name in args.tests]
    suite = loader.discover(str(HERE), "test_*.py", top_level_dir=str(HERE))
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{getattr(result, 'good', 0)} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
