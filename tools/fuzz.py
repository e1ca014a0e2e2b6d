#!/usr/bin/env python3
"""Runs every fuzz program of a build folder for a time: tools/fuzz.py --build DIR [SECONDS]

Seeds are the frames of the unit tests, each as one portion of a conversation. A crash ends with status 1; libFuzzer
prints it and leaves the input in DIR/fuzz/.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def frames(text):
    """Hex strings of whole frames in a C source."""
    for quoted in re.findall(r'"((?:[0-9a-fA-F]{2} ?){5,})"', text):
        raw = bytes.fromhex(quoted)
        if raw[0] in (0x24, 0xFE) and len(raw) < 250:
            yield raw


def write_seeds(folder):
    """One conversation a protocol with every frame, and each frame alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for first, name in ((0, "atol3"), (1, "atol3"), (0, "atol5"), (2, "atol5")):
        text = (ROOT / "tests" / "unit" / f"test_{name}_frame.c").read_text(encoding="utf-8")
        portions = [bytes([len(f)]) + f for f in frames(text)]
        for i, portion in enumerate(portions):
            (folder / f"{name}-{first}-{i}").write_bytes(bytes([first]) + portion)
        (folder / f"{name}-{first}-all").write_bytes(bytes([first]) + b"".join(portions))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("seconds", nargs="?", type=int, default=60, help="for each program")
    args = parser.parse_args()
    build = args.build.resolve()
    programs = sorted(p for p in (build / "tests" / "fuzz").glob("fuzz_*") if p.is_file())
    if not programs:
        sys.exit(f"no fuzz programs in {build}/tests/fuzz: build with -Dfuzz=true")
    failed = 0
    for program in programs:
        work = build / "fuzz" / program.name
        write_seeds(work / "seeds")
        (work / "corpus").mkdir(parents=True, exist_ok=True)
        command = [str(program), f"-max_total_time={args.seconds}", "-max_len=4096", "-timeout=10",
                   f"-artifact_prefix={work}/", "-print_final_stats=1", "-verbosity=0", str(work / "corpus"),
                   str(work / "seeds")]
        print("fuzz:", program.name, flush=True)
        failed += subprocess.run(command, check=False).returncode != 0
    print(f"fuzz: {len(programs)} programs, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
