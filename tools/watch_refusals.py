#!/usr/bin/env python3
"""What the vendor's driver does, and what our poll does, when a register refuses one request with one code: the tables of
docs/protocol-3.md §6 and docs/protocol-5.md §3. The register is the emulator, the driver is the vendor's own.

  ATOL_DRIVER_DIR=… python3 tools/watch_refusals.py --build build [--protocol 3] [--markdown]"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "tools")]
import harness  # noqa: E402
import vendor  # noqa: E402

CODES = {3: ["66", "6C", "76", "7A", "8C", "91", "92", "93", "A3", "A8", "D2", "D5", "DA", "8F", "46", "67"],
         5: ["1a", "2a", ";a", "3a", "6a", "7a", "8a", ">a", ":1", "3B", "7P", "12", "61", "84", "14", "1c", "1e", "1r"]}
# Request (as the emulator names it) -> the query that makes the driver send it, its inputs, and groups of ours.
REQUESTS = {
    3: {"A5": (None, {}), "45": ("DT_STATUS", {}), "91-12": ("DT_SHIFT_STATE", {}),
        "91-39": ("DT_LAST_SENT_OFD_DOCUMENT_DATE_TIME", {}), "91-43": ("DT_DEVICE_UPTIME", {}), "A4-30": ("FNDT_FN_INFO", {}),
        "A4-20": ("FNDT_OFD_EXCHANGE_STATUS", {}), "91-1A": ("FNDT_VALIDITY", {}), "E9-1048": ("FNDT_REG_INFO", {}),
        "91-36": ("FNDT_FFD_VERSIONS", {}), "91-27": ("DT_PRINTER_TEMPERATURE", {})},
    5: {"22": (None, {}), "A1": ("DT_DATE_TIME", {}), "01": ("DT_SHIFT_STATE", {}), "02": ("DT_SHORT_STATUS", {}),
        "11": ("DT_SHIFT_STATE", {}), "05": ("FNDT_ERRORS", {}), "FN-20": ("FNDT_OFD_EXCHANGE_STATUS", {}),
        "FN-30": ("FNDT_FN_INFO", {}), "33": ("FNDT_VALIDITY", {}), "FN-44-1048": ("FNDT_REG_INFO", {}),
        "34": ("FNDT_FFD_VERSIONS", {})},
}
GROUPS = "device,printer,shift,fn,ofd,registration"

# In a process of its own: the driver repeats some requests without end, or crashes.
CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import vendor
driver = vendor.Driver(Port="2", IPAddress="127.0.0.1", IPPort=sys.argv[2], Model="500")
try:
    driver.open()
except vendor.DriverError as error:
    print("open fails, error", error.code)
    sys.exit()
print("opened", flush=True)
if sys.argv[3] != "-":
    try:
        driver.query(sys.argv[3])
        print("ok")
    except vendor.DriverError as error:
        print("error", error.code)
"""


def driver_way(kkt, request, query):
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(ROOT / "tests" / "tools"), kkt.address.rsplit(":", 1)[1],
                                query or "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, "HOME": "/dev/null"})
    try:
        out, _ = process.communicate(timeout=9)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        times = sum(f" > {request} " in line for line in kkt.frames())
        return f"asks again without end ({times} times in 9 s)"
    words = out.split("\n")
    last = [word for word in words if word][-1:] or ["crashes"]
    return last[0]


def our_way(kkt):
    document = harness.run("get", kkt.connect, "--groups", GROUPS, "--timeout", "9s").document
    text = f"`{document['state']}`"
    if document["state"] == "ok" and document["poll"].get("unsupported"):
        text += ", not supported"
    if document["state"] == "partial":
        text += " in %.1f s" % (document["poll"]["duration_ms"] / 1000)
    return text


def watch(case):
    protocol, request, code = case
    query, _ = REQUESTS[protocol][request]
    with harness.Emulator("--protocol", protocol, "--clients", "many", "--fault", f"error:{code}@{request}") as kkt:
        ours = our_way(kkt)
        return case, driver_way(kkt, request, query), ours


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--protocol", type=int, choices=(3, 5), action="append")
    options = parser.parse_args()
    os.environ["BUILD"] = str(pathlib.Path(options.build).resolve())
    if not vendor.driver_dir():
        sys.exit("ATOL_DRIVER_DIR is not set")
    begin = time.monotonic()
    for protocol in options.protocol or (3, 5):
        cases = [(protocol, request, code) for request in REQUESTS[protocol] for code in CODES[protocol]]
        rows = {}
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for (_, request, code), theirs, ours in pool.map(watch, cases):
                rows.setdefault((request, theirs, ours), []).append(code)
        print(f"protocol {protocol}\n\n| request | codes | the vendor's driver | our poll |\n|---|---|---|---|")
        for (request, theirs, ours), codes in rows.items():
            print(f"| `{request.replace('-', ' ')}` | {' '.join(f'`{code}`' for code in codes)} | {theirs} | {ours} |")
        print()
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
