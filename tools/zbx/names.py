"""Versions, kinds and languages of the templates, and what they are called."""
import hashlib

VERSIONS = ("6.0", "7.0")
LANGUAGES = {"en": 0, "ru": 1}
PREFIX = ("KKT: ", "ККТ: ")
GROUP = "Templates/ATOL KKT"
VENDOR = "zabbix-atol"
# kind -> (technical name, visible Russian name, file)
KINDS = {
    "agent": ("ATOL KKT by Zabbix agent active", "ККТ АТОЛ: активный агент Zabbix", "atol-kkt-agent-active"),
    "trapper": ("ATOL KKT by Zabbix trapper", "ККТ АТОЛ: траппер Zabbix", "atol-kkt-trapper"),
    "agent-full": ("ATOL KKT by Zabbix agent active full", "ККТ АТОЛ: активный агент Zabbix, все показатели", "atol-kkt-agent-active-full"),
    "trapper-full": ("ATOL KKT by Zabbix trapper full", "ККТ АТОЛ: траппер Zabbix, все показатели", "atol-kkt-trapper-full"),
    "discovery": ("ATOL KKT discovery", "ККТ АТОЛ: обнаружение", "atol-kkt-discovery"),
}
DOCUMENT_KEY = "kkt.document"   # what `serve` pushes for each register
SERVE_KEY = "kkt.serve"         # what `serve` pushes for itself
MASTER = {"agent": "kkt.get[{$KKT.NAME}]", "trapper": DOCUMENT_KEY}
HOSTS = ("ATOL KKT", "ККТ АТОЛ")  # the group of all registers
COLLECTORS = ("ATOL KKT collectors", "ККТ АТОЛ сборщики")


def technical(kind, language):
    return KINDS[kind][0] + (" RU" if language == "ru" else "")


def file_name(kind, language):
    return f"{KINDS[kind][2]}.{language}.yaml"


def uuid(*parts):
    """The same names always give the same identifier, of the shape of UUIDv4."""
    h = list(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32])
    h[12], h[16] = "4", "89ab"[int(h[16], 16) % 4]
    return "".join(h)


def lower_first(text):
    """For a text that follows a colon; an abbreviation stays."""
    return text[0].lower() + text[1:] if len(text) > 1 and text[1].islower() else text
