"""Every sentence is whole in one language: no English word inside a Russian text of the program, and no words in a detail that
serves both languages (failure_set); no text of a user is cut in the middle of a character by a precision of printf."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Product names, words of file formats and protocols, units: the same in Russian.
ALLOWED = set("""
    ATOL Zabbix Prometheus Windows Linux Debian Grafana Frontol UTF YAML JSON HTML CSV ASCII libyaml systemd journal Ethernet GSM USB COM
    TCP IP IPv UDP TLS PSK BOM ISO UEMA EoU libfptr fptr lib serve get show status check discover setup metrics replay reboot beep install
    uninstall start stop reload telnet raw stdout stderr stdin zabbix zabbix_sender sender agent ServerActive StatsAllowedIP TLSPSKIdentity TLSPSKFile Include Timeout UserParameter
    DeviceAllow LimitNOFILE icacls ulimit dialout uem timeout connect serial password control limits polls push spool state_dir
    true false host always Mon Fri Sat Sun batch hours name tags title shop location lat lon language interval networks network include
    name: en ru md json seed text prometheus quick slow extra all ms PDF LLD lld scan lang auto driver usb com tcp baud deb rpm Wi Fi DNS
    region north Europe Moscow MAC HTTP APN VID PID CSQ RTC CONNECT NAME troubleshooting Key Value OfdChannel AutoTimeSync COMMAND kkt
    registers printer kassa FILE configured register NO_COLOR ZABBIX_ATOL_LANG ProgramData Program Files atol drivers MGM log enable now yes config
    worker service docs setowner inheritance grant chgrp chmod chown apt usermod timedatectl set ntp NTP poll journalctl systemctl edit
    Unix Ctrl restart run ProgramData EoT Kassa NOTIFY root nobody user closed PATH OK CRC ack NAK sudo textfile collector max age output format groups timezone version verbose help day days
""".split())

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# Between `backticks`, options, paths, addresses, names with a dot or an underscore, escapes and formats.
CODE = re.compile(r"`[^`]*`|%[-+0-9.*#hlzjt]*[a-zA-Z]|\\[a-z0-9]+|[\w.*?{}$-]*[/=_:@\\|.]+[\w./:=?*@\\|\[\]{}$,-]*|--?[a-z][\w-]*|\{[\w.]*\}")


def code_only(text):
    """Without comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)


def joined(text):
    """Adjacent literals as one, each with its line."""
    text = re.sub(r"PRI[dux]\d+", '"d"', text)
    for m in re.finditer(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text):
        yield text.count("\n", 0, m.start()) + 1, "".join(LITERAL.findall(m.group())), m.start()


def foreign_words(sentence):
    return [w for w in re.findall(r"[A-Za-z]{3,}", CODE.sub(" ", sentence)) if w not in ALLOWED and not w.isupper()]


def log_calls(text):
    """(line, English, Russian) of each message of the log that a person acts on; None where no literal stands."""
    text = re.sub(r"PRI[dux]\d+", '"d"', text)
    sentence = r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*'
    for m in re.finditer(rf"\blog_(?:error|warn|info)\(\s*({sentence})?\s*,?\s*({sentence})?", text):
        yield text.count("\n", 0, m.start()) + 1, *("".join(LITERAL.findall(part)) if part else None for part in m.groups())


def one_language_logs(files):
    """Messages of the log without their twin: {path: text} of C files."""
    found, seen = [], 0
    for path, text in files.items():
        for line, english, russian in log_calls(text):
            seen += 1
            plain = english is not None and english == russian and not re.search("[A-Za-z]{2,} ", CODE.sub("", english))
            if not plain and (not english or not russian or not re.search("[а-яё]", russian) or re.search("[а-яё]", english)):
                found.append(f"{path}:{line}: the log says it in one language only: {(english or '?')[:80]}")
    return found, seen


def problems():
    found = []
    for path in sorted((ROOT / "src").rglob("*.[ch]")) + sorted((ROOT / "src").rglob("*.def")):
        rel = path.relative_to(ROOT)
        text = code_only(path.read_text(encoding="utf-8"))
        for line, sentence, at in joined(text):
            # An English sentence may name a Russian term.
            if len(re.findall("[а-яё]", sentence, re.I)) > len(re.findall("[a-z]", CODE.sub(" ", sentence), re.I)):
                words = foreign_words(sentence)
                if words:
                    found.append(f"{rel}:{line}: not Russian: {' '.join(words)}: {sentence[:80]}")
            before = re.sub(r"\s+", " ", text[max(0, at - 90):at])
            if re.search(r"failure_set\([^()]*, ERR_\w+, $|failure_set\([^()]*, [\w.\[\]>-]*(code|meaning), $", before):
                words = [w for w in re.findall(r"\b[a-z]{3,}\b", CODE.sub(" ", sentence)) if w not in ALLOWED]
                if words:
                    found.append(f"{rel}:{line}: words in failure_set, say them in both languages (failure_explain): {sentence[:80]}")
            if "failure_" in before and re.search(r"%\.[1-9]\d*s", sentence):
                found.append(f"{rel}:{line}: cuts characters in two (text_escape): {sentence[:80]}")
    return found


if __name__ == "__main__":
    print("\n".join(problems()))
