#!/usr/bin/env python3
"""The unit suite: unit tests under ASan and UBSan, a warning-free build with gcc and clang, layout, and the house rules.

Prints one line a check and ends with `N passed, N failed, N skipped`."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import circles
import commands_in_docs
import hardening

import sentences  # beside this file

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A floor may include only floors to the left of it (design.md §5); emulator/ is apart (layers says what it may use).
FLOORS = ["base", "metric", "address", "kkt", "link", "driver", "poll", "config", "output", "push", "serve", "winservice", "cli"]
FORBIDDEN = {
    # In protocol code: no I/O, no clock, no allocation.
    "src/kkt": r"\b(malloc|calloc|realloc|free|open|read|write|socket|time|clock_gettime|gettimeofday|uv_\w+|printf|fprintf)\s*\(",
    "src/metric": r"\b(malloc|open|read|write|socket|time|clock_gettime|uv_\w+|printf|fprintf)\s*\(",
}
LOADS_LIBRARY = re.compile(r"\b(dlopen|LoadLibrary\w*|dlsym|GetProcAddress)\s*\(")

passed, failed = 0, 0


def report(name, problems):
    global passed, failed
    if problems:
        failed += 1
        print(f"FAIL {name}")
        for line in problems:
            print(f"     {line}")
    else:
        passed += 1
        print(f"ok   {name}")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in out.splitlines() if (ROOT / line).exists()]


def code_only(text):
    """The text without comments and strings, line numbers kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"'
    return re.sub(pattern, lambda m: '""' + "\n" * m.group().count("\n") if m.group().startswith('"')
                  else " " + "\n" * m.group().count("\n"), text, flags=re.S)


def meson_tests(build):
    subprocess.run(["meson", "test", "-C", build, "--no-rebuild"], cwd=ROOT, capture_output=True, text=True)
    log = ROOT / build / "meson-logs" / "testlog.json"
    if not log.exists():
        report("meson test", ["no test log was written"])
        return
    for line in log.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        good = row["result"] in ("OK", "EXPECTEDFAIL")
        report(f"unit {row['name']}", [] if good else [row["result"]] + (row.get("stdout", "") + row.get("stderr", "")).splitlines()[-30:])


def strict_build(compiler):
    """In a build folder that stays: what has not changed was free of warnings when it was compiled."""
    folder = ROOT / f"build-strict-{compiler}"
    command = ["ninja", "-C", str(folder)]
    if not (folder / "build.ninja").exists():
        cached = "ccache " if shutil.which("ccache") else ""
        setup = ["env", f"CC={cached}{compiler}", "meson", "setup", str(folder), "-Dwerror=true", "-Dtests=enabled"]
        subprocess.run(setup, cwd=ROOT, capture_output=True, text=True)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [l for l in done.stdout.splitlines() if re.search("error|warning", l)] or done.stdout.splitlines() + [done.stderr]
    report(f"{compiler} -Werror", lines[:15] if done.returncode else [])


def layout():
    files = [str(p) for p in tracked("*.c", "*.h")]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    report("clang-format", [l for l in done.stderr.splitlines() if "error:" in l][:15] if done.returncode else [])


def layers():
    problems = []
    shared = {"kkt/atol3/frame.h", "kkt/atol5/frame.h", "base/time/civil.h", "metric/catalogue.def"}
    for path in tracked("src/*.c", "src/*.h", "emulator/*.c", "emulator/*.h"):
        rel = path.relative_to(ROOT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = re.match(r'\s*#include "(\w+)/([\w/]+)\.(h|def)"', line)
            if not found or found.group(1) not in FLOORS:
                continue
            if rel.parts[0] == "emulator":
                if "/".join(found.groups()[:2]) + "." + found.group(3) not in shared:
                    problems.append(f"{rel}:{number}: the emulator shares only {', '.join(sorted(shared))}: {line.strip()}")
            elif FLOORS.index(found.group(1)) > FLOORS.index(rel.parts[1]):
                problems.append(f"{rel}:{number}: a floor includes one above it: {line.strip()}")
    report("layers go one way", problems)


def no_circles():
    """And the reader of circles sees the one that this program's own files would have with one include more."""
    problems = []
    for root in ("src", "emulator"):
        files = {str(path.relative_to(ROOT / root)): path.read_text(encoding="utf-8") for path in tracked(f"{root}/*.c", f"{root}/*.h")}
        problems += [f"{root}: {line}" for line in circles.circles(files)]
        if root == "src":
            files["base/text.c"] += '\n#include "poll/poll.h"\n'
            if not any("base/text ->" in line or "-> base/text" in line for line in circles.circles(files)):
                problems.append("an include of poll/poll.h in base/text.c is not seen as a circle")
    report("no circle of modules", problems)


def folders():
    """A reader must know no folder of more than 20 files."""
    counts = {}
    for path in tracked("src/*.c", "src/*.h", "src/*.def"):
        folder = path.relative_to(ROOT).parent
        counts[folder] = counts.get(folder, 0) + 1
    report("no folder of more than 20 files", [f"{folder}: {n} files" for folder, n in sorted(counts.items()) if n > 20])


def forbidden_calls():
    problems = []
    for path in tracked("src/*.c"):
        rel = path.relative_to(ROOT)
        lines = code_only(path.read_text(encoding="utf-8")).splitlines()
        for number, line in enumerate(lines, 1):
            for folder, pattern in FORBIDDEN.items():
                if str(rel).startswith(folder + "/") and re.search(pattern, line):
                    problems.append(f"{rel}:{number}: {line.strip()}")
            if LOADS_LIBRARY.search(line) and not re.match(r"src/driver/abi/abi\w*\.c", str(rel)):
                problems.append(f"{rel}:{number}: only driver/abi/abi*.c loads a library: {line.strip()}")
    report("no floor does another's work", problems)


def tidy():
    problems = []
    for path in tracked("*.c", "*.h", "*.py", "*.sh", "*.def"):
        rel = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8")
        words = r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b"
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(words, line):
                problems.append(f"{rel}:{number}: left behind: {line.strip()}")
        if path.suffix in (".c", ".h") and len(text.splitlines()) > 450:
            problems.append(f"{rel}: {len(text.splitlines())} lines, 450 at most")
    report("nothing left behind, no file too long", problems)


def anchors(text):
    """Those of a Markdown page's headings, as they are made from them."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def manual_pages_render():
    problems = []
    for path in tracked("man/*.1", "man/*.5", "man/ru/*"):
        done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", path], capture_output=True, text=True)
        problems += done.stderr.splitlines()[:3]
        if len(done.stdout.splitlines()) < 15:
            problems.append(f"{path.relative_to(ROOT)}: hardly anything is shown")
    report("manual pages render without a warning", problems)


def links_lead_somewhere():
    """Of the pages to files and headings here. Where a page is shown does not matter: the links are relative."""
    problems, seen = [], 0
    for path in tracked("*.md"):
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(re.sub(r"```.*?```", lambda m: "\n" * m.group().count("\n"), text, flags=re.S).splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                seen += 1
                name, _, anchor = target.partition("#")
                file = (path.parent / name).resolve() if name else path
                if not file.exists():
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {target}: there is no such file")
                elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {target}: there is no such heading")
    report("links of the pages lead somewhere", problems or ([] if seen > 20 else [f"only {seen} links were found"]))


def named_paths_exist():
    """Those that pages name in backticks, and those that comments name; `*` stands for any file, capitals for a word of the reader's."""
    problems, seen = [], 0
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for name in re.findall(r"`((?:src|tests|tools|emulator|packaging|templates|man|docs|zabbix_agentd\.d)/[\w./*-]+)`", line):
                if path.name == "CHANGELOG.md" or re.search("[A-Z]{2}|/X", name):
                    continue
                seen += 1
                if not any(ROOT.glob(name.rstrip("/"))):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {name}")
    for path in tracked("src/*.[ch]", "src/*.def", "emulator/*.[ch]", "tests/unit/*.[ch]"):
        text = path.read_text(encoding="utf-8")
        for comment in re.finditer(r"/\*.*?\*/|//[^\n]*", text, re.S):
            for name in re.findall(r"(?<![\w/.*-])((?:[a-z0-9_]+/)+[a-z0-9_]+\*?\.(?:c|h|def|py))\b", comment[0]):
                seen += 1
                if not any(any(base.glob(name)) for base in (ROOT, ROOT / "src", ROOT / "src/kkt", ROOT / "tests", path.parent)):
                    problems.append(f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, comment.start()) + 1}: {name}")
    report("files that pages and comments name exist", problems or ([] if seen > 100 else [f"only {seen} were found"]))


def pages_have_both_languages():
    """Where a page has a Russian twin it is said at its head, and the other way round."""
    problems = []
    for path in tracked("*.ru.md"):
        twin = path.with_name(path.name.replace(".ru.md", ".md"))
        for one, other in ((path, twin), (twin, path)):
            if not other.exists() or f"]({other.name})" not in one.read_text(encoding="utf-8")[:2000]:
                problems.append(f"{one.relative_to(ROOT)} does not lead to {other.name}")
    report("English and Russian pages lead to each other", problems)


def site():
    """`./run.sh docs`: what the pages become in a browser. Links lead to pages, headings and pictures that are there; nothing is left of Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["/usr/bin/python3", ROOT / "tools/site.py", "--out", folder], capture_output=True, text=True)
        pages = {path: path.read_text(encoding="utf-8") for path in pathlib.Path(folder).rglob("*.html")}
        problems, seen = done.stderr.splitlines()[-3:], 0
        for path, text in pages.items():
            name = path.relative_to(folder)
            for link in re.findall(r'(?:href|src)="([^"]*)"', text):
                if re.match(r"[a-z]+:", link):
                    continue
                seen += 1
                file, _, anchor = link.partition("#")
                to = (path.parent / file).resolve() if file else path
                outside = not str(to).startswith(str(pathlib.Path(folder).resolve()))  # a file of the project that is no page
                if not (to.exists() or (ROOT / pathlib.Path(name).parent / file).exists()) or outside and not (ROOT / pathlib.Path(name).parent / file).exists():
                    problems.append(f"{name}: {link}: there is nothing")
                elif anchor and to in pages and f'id="{anchor}"' not in pages[to]:
                    problems.append(f"{name}: {link}: there is no such heading")
            source = ROOT / name.with_suffix(".md")
            fences = len(re.findall(r"(?m)^ *```", source.read_text(encoding="utf-8"))) // 2 if source.exists() else 0
            if text.count("<pre>") < fences:
                problems.append(f"{name}: {text.count('<pre>')} blocks of code, {fences} in the source")
            body = re.sub(r"(?s)<(pre|code)>.*?</\1>|<code class.*?</code>", "", text)
            problems += [f"{name}: Markdown is left: {line[:80]}" for line in body.splitlines() if re.match(r"(<p>)?(\|.*\||#{1,4} |```|[-*] )", line)]
    report("the site of the pages", problems[:15] or ([] if len(pages) > 30 and seen > 500 else [f"only {len(pages)} pages, {seen} links"]))


def commands_exist(build):
    report("rights for icacls are quoted", list(commands_in_docs.open_brackets(tracked("*.md", "*.txt", "*.def", "*.py", "*.wxs"), ROOT)))
    report("commands and options of the pages exist", commands_in_docs.problems(tracked("*.md"), ROOT / build / "src/cli/zabbix-atol", ROOT)[:15])


def no_conflict_markers():
    """Of a merge that was committed unfinished; in every text that git tracks."""
    done = subprocess.run(["git", "grep", "-nIE", "^(<{7}|>{7}|\\|{7})( |$)"], cwd=ROOT, capture_output=True, text=True)
    report("no conflict markers", done.stdout.splitlines()[:15])


def generated(build):
    done = subprocess.run([sys.executable, "tools/generate.py", "--build", build, "--check"], cwd=ROOT,
                          capture_output=True, text=True)
    problems = [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()[-15:]
    report("generated files are fresh (./run.sh generate)", problems)


def keys_are_documented():
    """Each key of the configuration stands in both samples, as a key, and in both man pages."""
    keys = set(re.findall(r'\{"(\w+)",\s+(?:conf|read|place_read)_\w+,', "".join(
        (ROOT / "src/config" / name).read_text(encoding="utf-8") for name in ("load.c", "place.c"))))
    problems = [] if len(keys) > 28 else [f"only {len(keys)} keys found in src/config"]
    for page in ("packaging/zabbix-atol.yaml", "packaging/windows/zabbix-atol.yaml"):
        shown = set(re.findall(r"(?m)^# *(?:- )?(\w+):", (ROOT / page).read_text(encoding="utf-8")))
        problems += [f"{page}: {key} is not shown" for key in sorted(keys - shown)]
    for page in ("man/zabbix-atol.yaml.5", "man/ru/zabbix-atol.yaml.5"):
        text = re.sub(r"\\f[BIR]", " ", (ROOT / page).read_text(encoding="utf-8"))
        problems += [f"{page}: nothing about {key}" for key in sorted(keys) if not re.search(rf"\b{key}\b", text)]
    report("every key of the configuration is documented", problems)


SOFT = ["-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-fcf-protection=none", "-O1", "-Wl,-z,norelro", "-Wl,-z,lazy",
        "-Wl,-z,execstack"]


def hardened(build):
    """The programs that people build; and the reader itself finds each lack in a program made without."""
    for name in ("src/cli/zabbix-atol", "emulator/atol-emulator"):
        report(f"hardening of {name}", hardening.missing(ROOT / build / name))
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder) / "soft.c", pathlib.Path(folder) / "soft"
        source.write_text("#include <stdio.h>\nint main(int n, char **v)\n{\n    char b[9];\n    sprintf(b, \"%d\", n);\n"
                          "    return puts(n > 1 ? v[1] : b) < 0;\n}\n", encoding="utf-8")
        subprocess.run(["gcc", *SOFT, "-o", program, source], check=True)
        found = " ".join(hardening.missing(program))
        wanted = ["not position-independent", "no GNU_RELRO", "no immediate binding", "executable stack", "no stack protector",
                  "no FORTIFY"]
        report("hardening: a program made without is seen", [f"not seen: {one}" for one in wanted if one not in found])


def whole_sentences():
    report("sentences are whole in one language and cut at characters", sentences.problems()[:15])


def logs_in_both_languages():
    files = {path.relative_to(ROOT): sentences.code_only(path.read_text(encoding="utf-8")) for path in tracked("src/*.c")}
    problems, seen = sentences.one_language_logs(files)
    for call, good in (('log_warn("only English: %s", name);', False), ('log_error("%s", text);', False), ('log_info(words, name);', False),
                       ('log_warn("the same words twice: %s", "the same words twice: %s", a);', False),
                       ('log_info("%s: %s", "%s: %s", a, b);', True), ('log_info("of %s", "о %s", a);', True)):
        if good == bool(sentences.one_language_logs({"x.c": call})[0]):
            problems.append(f"{'refused' if good else 'not seen'}: {call}")
    report("every message of the log stands there in both languages", problems or ([] if seen > 30 else [f"only {seen} were found"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check-build", default="build-check")
    parser.add_argument("--build", default="build")
    args = parser.parse_args()
    meson_tests(args.check_build)
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler):
            strict_build(compiler)
        else:
            report(f"{compiler} -Werror", [f"{compiler} is not installed"])
    layout()
    layers()
    no_circles()
    folders()
    forbidden_calls()
    tidy()
    no_conflict_markers()
    manual_pages_render()
    links_lead_somewhere()
    named_paths_exist()
    pages_have_both_languages()
    keys_are_documented()
    whole_sentences()
    logs_in_both_languages()
    commands_exist(args.build)
    site()
    hardened(args.build)
    generated(args.check_build)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
