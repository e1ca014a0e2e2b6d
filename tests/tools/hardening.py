#!/usr/bin/env python3
"""What the linker and the compiler left in a program to make an attack harder, read back from the file.

hardening.py PROGRAM… prints what is missing and ends with 1, or with 0 when nothing does. The suites import `missing`.

ELF: position-independent, GNU_RELRO with immediate binding, no executable stack, no segment both writable and executable,
stack protector; FORTIFY where glibc has it; endbr64 at main on x86-64. PE: ASLR (high entropy on x64), NX, relocations kept."""
import re
import subprocess
import sys


def _run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _pe(path):
    text = _run("objdump", "-p", str(path))
    found = re.search(r"^DllCharacteristics\s+([0-9a-f]+)", text, re.M)
    flags = int(found.group(1), 16) if found else 0
    wide = "pei-x86-64" in text
    wanted = {"DYNAMIC_BASE": 0x40, "NX_COMPAT": 0x100, **({"HIGH_ENTROPY_VA": 0x20} if wide else {})}
    problems = [f"PE flag {name} is not set" for name, bit in wanted.items() if not flags & bit]
    if not re.search(r"Base Relocation Directory", text) or not re.search(r"^Entry 5 (?!0+ 0+ )", text, re.M):
        problems.append("no base relocations: ASLR cannot move it")
    return problems


def _stack_protector(path, text):
    """Dynamic programs import it; static ones keep the symbol (tools/package/static.sh)."""
    return "__stack_chk_fail" in text or "__stack_chk_fail" in _run("readelf", "-sW", str(path))


def _elf(path):
    text = _run("readelf", "-hldW", "--dyn-syms", str(path))
    dynamic = "Requesting program interpreter" in text
    problems = []
    if not re.search(r"^  Type:\s+DYN ", text, re.M):
        problems.append("not position-independent")
    if "GNU_RELRO" not in text:
        problems.append("no GNU_RELRO")
    if dynamic and "BIND_NOW" not in text and not re.search(r"Flags:.*\bNOW\b", text):
        problems.append("no immediate binding: RELRO is partial")
    stack = re.search(r"^\s+GNU_STACK\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x", text, re.M)
    if not stack or "E" in stack.group(1):
        problems.append("executable stack")
    if re.search(r"^\s+LOAD\s+(?:0x\w+\s+){5}RWE", text, re.M):
        problems.append("a segment is writable and executable")
    if not _stack_protector(path, text):
        problems.append("no stack protector")
    if "@GLIBC_" in text and not re.search(r"__\w+_chk@GLIBC", text.replace("__stack_chk_fail", "")):
        problems.append("no FORTIFY")
    if "X86-64" in text:
        code = _run("objdump", "-d", "--no-show-raw-insn", str(path))
        main = re.search(r"<main>:\n\s+\w+:\s+(\w+)", code)
        if main and main.group(1) != "endbr64":
            problems.append("no -fcf-protection: main does not begin with endbr64")
        if not main and "endbr64" not in code:
            problems.append("no -fcf-protection: there is no endbr64")
    return problems


def missing(path):
    """What is missing in a program; an empty list when nothing is."""
    with open(path, "rb") as f:
        head = f.read(4)
    if head == b"\x7fELF":
        return _elf(path)
    if head[:2] == b"MZ":
        return _pe(path)
    return ["neither ELF nor PE"]


def main(paths):
    problems = [f"{path}: {line}" for path in paths for line in missing(path)]
    print("\n".join(problems) if problems else f"{len(paths)} programs, nothing is missing")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
