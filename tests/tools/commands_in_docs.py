"""Commands that the pages and manuals show exist: the program's own --help has each command and each of its options, run.sh has its commands."""
import os
import re
import subprocess

SHOWN = re.compile(r"(?m)(?:^|[$;|&'\"(]|\bsudo(?: -u \S+)?|\btime)[ \t]*zabbix-atol((?:[ \t]+(?:\\\n[ \t]*)?(?:\"[^\"\n]*\"|[^\s`|;&<>()#]+))+)")


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, env={**os.environ, "ZABBIX_ATOL_LANG": "en"}).stdout


def shown(text):
    """(line, words) of each command line in code: fenced blocks and `spans`."""
    blocks = [(text[:m.start()].count("\n") + 1, m[0]) for m in re.finditer(r"(?ms)^ *```.*?^ *```", text)]
    spans = [(text[:m.start()].count("\n") + 1, m[1]) for m in re.finditer(r"(?<!`)`([^`\n]+)`(?!`)", text)]
    for line, code in blocks + spans:
        for m in SHOWN.finditer(code):
            yield line + code[:m.start()].count("\n"), m[1].replace("\\\n", " ").split()


def open_brackets(pages, root):
    """In a block of a batch file a bracket outside quotes ends the block; PowerShell runs what stands in it."""
    for page in pages:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            if "icacls" in line and re.search(r'(?m)(?<!\\)(?:^|\s)[^"\s]*\((?:OI|CI|IO|NP)\)', line):
                yield f"{page.relative_to(root)}:{number}: the rights of icacls stand outside quotes"


def problems(pages, program, root):
    commands = {name: None for name in re.findall(r"(?m)^  zabbix-atol ([a-z-]+)", help_of(program))}
    ours = set(re.findall(r"(?m)^cmd_(\w+)\(\)", (root / "run.sh").read_text(encoding="utf-8")))
    wrong, seen = [], 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        where = page.relative_to(root)
        for line, words in shown(text):
            if words[0] in ("--lang", "-c", "--config"):
                words = words[2:]
            name = next((w for w in words if not w.startswith("-")), "")
            if not re.fullmatch(r"[a-z-]+", name) or name in ("help",):
                continue  # a version, a placeholder, a file
            seen += 1
            if name not in commands and name not in ("worker", "service"):
                wrong.append(f"{where}:{line}: there is no command {name}")
                continue
            if commands.get(name) is None:
                commands[name] = help_of(program, name)
            options = words[:words.index("--")] if "--" in words else words
            for option in (re.sub(r"[=,.:].*", "", w.strip("[]")) for w in options if w.startswith("--")):
                if option and not re.search(rf"(?m)(^|[ ,]){re.escape(option)}( |$)", commands[name]):
                    wrong.append(f"{where}:{line}: `{name}` has no {option}")
        for m in re.finditer(r"\./run\.sh ([a-z]+)", text):
            if m[1] not in ours:
                wrong.append(f"{where}:{text[:m.start()].count(chr(10)) + 1}: run.sh has no {m[1]}")
    return wrong or ([] if seen > 60 else [f"only {seen} commands were found"])
