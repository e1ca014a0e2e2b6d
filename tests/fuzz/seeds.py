"""Seeds of the fuzz targets, made from the captures and other files that the tests have anyway. SEEDS: one function a target, which
gives byte strings."""
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "emulator"))
import wire  # noqa: E402

BYTES, ANSWER, FRAME3, FRAME5, TIME, LOST = range(6)  # records.h


class Recorded:
    """A peer that has said all that it will say."""

    def __init__(self, data):
        self.data = data

    def read(self):
        data, self.data = self.data, b""
        if not data:
            raise wire.Closed
        return data


def captures():
    """(protocol, [("<" or ">", bytes) …]) of each capture; without the probe the protocol is known."""
    for path in sorted((ROOT / "tests" / "captures").glob("*.trace")):
        events = [(kind, bytes.fromhex(hexes)) for kind, hexes in
                  re.findall(r"^\d+ ([<>]) ((?:[0-9A-F]{2} ?)+)", path.read_text(encoding="utf-8"), re.M)]
        yield int(path.name[0]), events


def frames(protocol, data):
    """(number of the id or None, data) of each whole frame."""
    side = (wire.Wire3 if protocol == 3 else wire.Wire5)(Recorded(data))
    try:
        while True:
            if protocol == 3:
                ident, body, _ = side.receive()
                yield bytes([ident]), body
            else:
                source, kind, payload, _ = side.receive()
                yield bytes([0x18, source, 0x01, kind]), payload
    except wire.Closed:
        return


def dialogues():
    for protocol, events in captures():
        said = b"".join(data for kind, data in events if kind == "<")
        asked = b"".join(data for kind, data in events if kind == ">")
        yield protocol, list(frames(protocol, said)), list(frames(protocol, asked)), events


def record(kind, payload):
    return struct.pack("<BH", kind, len(payload)) + payload


def frame_seeds(wanted):
    for protocol, events in captures():
        if protocol == wanted:
            for _, data in events:
                yield data


# What a register may say in place of an answer (protocol-3.md §2, protocol-5.md §3).
STATUSES_3 = [bytes([status]) for status in (0xA1, 0xA2, 0xA5, 0xA8, 0xB1, 0xB2, 0xB3, 0xB4)] + [
    bytes.fromhex(text) for text in ("A4557600", "A4557A00", "A4558C00", "A4558000", "A455D200", "A4550100", "A3", "A355", "A35500")]
REFUSALS_5 = [b"1a", b"6a", b":1", b"\0\0", b"01", b"0", b"", b"00;;;;;;;;", b"12", b"fn", b"00-1;99999999999999999999;"]


def disturbed(head, answers, protocol):
    """Each status, once and again and again, at the first answers and in the middle; a pause behind it, or a cut."""
    for status in STATUSES_3 if protocol == 3 else REFUSALS_5:
        for at in (1, 6, 20):
            for times in (1, 4):
                for behind in (record(TIME, b"\x2c\x01"), record(TIME, b"\xdc\x05"), record(LOST, b"")):
                    yield head + b"".join(answers[:at] + times * [record(ANSWER, status), behind] + answers[at:at + 12])


def reasons(answers):
    """Error EE of protocol 3, and what the register then says is its reason (protocol-3.md §6), of this command or of another."""
    for at in (1, 4, 8, 12, 16, 20, 24, 28):
        for commands in ("91A4", "4645", "3FA5", "E900"):
            yield bytes((1, 0)) + b"".join([*answers[:at], record(ANSWER, b"\xa4\x55\xee\0"), record(ANSWER, bytes.fromhex(f"A35500{commands}0103")),
                                            *answers[at:at + 12]])


def session_seeds():
    for protocol, said, _, _ in dialogues():
        skip = 0 if protocol == 3 else 1  # platform 5: the number of the task is the register's to repeat
        answers = [record(ANSWER, body[skip:]) for _, body in said if len(body) > skip]
        for head in ((0, 2), (1, 0), (1, 1)) if protocol == 3 else ((0, 0), (2, 0), (2, 1)):
            known = answers[1 if head[0] else 0:]
            yield bytes(head) + b"".join(known)
            yield bytes((head[0], head[1] | 4)) + b"".join(2 * known)
            yield bytes((head[0], head[1] | 1)) + b"".join(2 * known)
        if len(answers) > 30:
            yield from disturbed(bytes((1 if protocol == 3 else 2, 0)), answers[1:], protocol)
            yield from disturbed(bytes((0, 2 if protocol == 3 else 0)), answers, protocol)
            yield from reasons(answers[1:]) if protocol == 3 else ()
        yield bytes((1 if protocol == 3 else 2, 0)) + record(LOST, b"") + record(TIME, b"\xdc\x05") + b"".join(answers[1:3])
        yield bytes((1 if protocol == 3 else 2, 0)) + b"".join(
            record(FRAME3 if protocol == 3 else FRAME5, head + body) for head, body in said[:8])


def emulator_seeds():
    for protocol, _, asked, events in dialogues():
        plain = b"".join(record(BYTES, data) for kind, data in events if kind == ">")
        framed = b"".join(record(FRAME3, head + body) if protocol == 3 else record(FRAME5, b"\x20\x01" + bytes([0xC3, 0x40]) + body)
                          for head, body in asked)
        first = 0 if protocol == 3 else 1
        for which in (255, *range(32)):
            yield bytes((first, which)) + (plain if which % 2 else framed)[:1200]
        yield bytes((first + 2, 255)) + framed
    for command in (b"+!", b'"13;', b'"15;', b'"17;', b'"18;', b")C", b"(A", b"!a", b'"16;'):
        yield bytes((1, 255)) + record(FRAME5, b"\x20\x01\xc5\x40\x01\x40" + command)
    for command in (b"q3", b"A2010126120000;", b"P1", b"Q21002;", b"14", b"r1", b"4D", b"40;"):
        yield bytes((1, 255)) + record(FRAME5, b"\x20\x01\xc3\x40\x01\x40" + command)
    for words in (b"\xc5\x01\x01\x02\0\0", b"\xc5\x01\x01\x02", b"\xc1\x01\x01\0\0", b"\xc3", b"\xc2", b"\xc1\x01\x01\0\0\x47", b"\xc3\x01", b"\xc2\x01", b"\xc4", b"\xc5\x01\x01\x02\0\0\xa5", b"\xc1\x01\x01\0\0\xce"):
        yield bytes((0, 255)) + record(FRAME3, b"\x01" + words) + record(FRAME3, b"\x02\xc3\x01")


def field_seeds():
    for protocol, said, _, _ in dialogues():
        for _, body in said:
            if protocol == 5:
                yield bytes((3, 0, 0, 0, 0, 0)) + body[3:]
            elif len(body) > 3:
                for spec in range(6):
                    yield bytes((1, spec)) + body[3:]
                yield bytes((0, 40, 0, 6, 0, 0, 0)) + body[3:]
    for number in (1290, 1017, 1037, 1048, 1009, 1187, 1117, 1036, 1209, 1062, 1057, 1001, 1002, 1056, 1108, 1109, 1110, 1126, 1193, 1207, 1046, 1060):
        for value in (b"\x01", b"1234567890123456", "ООО Ромашка".encode("cp866")):
            yield struct.pack("<BHHH", 2, number, number, len(value)) + value
    yield b"\x04" + b"a;b~c"
    yield bytes((3, 10, 0, 9, 0, 0)) + b"12500.50;"


def charset_seeds():
    for text in ("Магазин «Ромашка» № 1", "АТОЛ 30Ф", "ё°·√№ Ёєїў", "plain text "):
        for how in (0, 1, 9, 200):
            yield bytes([how]) + text.encode("cp866", "replace")
            yield bytes([how]) + text.encode()
    for text in ("0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "\x1b[2J", "\u202eabc", "\n\t\r"):
        yield b"\0" + text.encode()
    yield b"\0\x12\x34\x56\x78\x90\x12\x34\x56\x78"


def quoted(file):
    """The C strings of a source."""
    return [word.encode().decode("unicode_escape", "replace").encode("utf-8", "surrogatepass")
            for word in re.findall(r'"((?:[^"\\\n]|\\.)*)"', (ROOT / file).read_text(encoding="utf-8"))]


def address_seeds():
    yield from quoted("tests/unit/test_connect.c")
    yield b"driver:tcp/10.0.0.1:5555?lib=/opt/x.so&Model=500&AutoReconnect=%20b"
    yield b"serial:/dev/serial/by-id/usb-ATOL-if00?baud=57600"
    yield b"tcp://[fe80::1%25eth0]:5555"


def config_seeds():
    sample = (ROOT / "packaging" / "zabbix-atol.yaml").read_text(encoding="utf-8")
    lines = [line[1:] for line in sample.splitlines() if re.match(r"#( *[a-z_]+:| +-)", line)]
    yield "\n".join(lines).encode()
    yield b"registers: [{name: b, connect: 'tcp://h1'}, {name: a, connect: 'tcp://h2'}, {name: c, connect: 'tcp://h0'}]\n"
    yield b"include: part.yaml\n"
    yield b"include: [part.yaml, a*a*.yaml]\n"
    for text in quoted("tests/unit/test_config.c"):
        yield text


def snapshot_seeds():
    for path in (ROOT / "tests" / "data").glob("document-*.json"):
        text = path.read_text(encoding="utf-8")
        yield text.encode()
        document = json.loads(text)
        for key, room in (("protocol", 8), ("state", 16), ("name", 256), ("connect", 256), ("error", 1024)):  # as long as fits, and longer
            for length in (room - 1, room):
                yield json.dumps({**document, key: length * "1"}).encode()
        for group in document.get("metrics", {}):
            yield json.dumps({**document, "metrics": {group: document["metrics"][group]}}, ensure_ascii=False).encode()


def spool_seeds():
    yield b'"kassa-1" "kkt.json" 1795350896 123000000 "{\\"schema\\":1}"'
    yield '"касса" "kkt.json" 1795350896 0 "ФН: до 3 дн."'.encode()
    yield b'\x10\x00\x01\x00kassa-1\0kkt.json\0{"schema": 1}\r\n\\'


def sender_seeds():
    for text in quoted("tests/unit/test_sender_output.c"):
        yield b"\x07" + text


def trace_seeds():
    for path in (ROOT / "tests" / "captures").glob("*.trace"):
        yield path.read_bytes()


def state_seeds():
    yield (ROOT / "tests" / "data" / "demo-state.json").read_bytes()
    for group, key in (("registration", "organization_name"), ("device", "model"), ("ofd", "host"), ("fn", "version")):
        yield json.dumps({group: {key: 2000 * "A"}}).encode()  # longer than any answer
    for spec in re.findall(r'"([a-z-]+(?::[0-9A-Fa-z]+)?(?:@[A-Z0-9-]+)?(?:\*\d+)?)"', (ROOT / "tests" / "integration" / "test_faults.py").read_text(encoding="utf-8")):
        yield spec.encode()
    yield b"delay:100@A4-20*3"


SEEDS = {
    "frame3": lambda: [*frame_seeds(3), b"\0\x10" + bytes(14), b"\x7f\x0f" + bytes(14)],
    "frame5": lambda: [*frame_seeds(5), b"\x09\x10" + bytes(14), b"\0\x10" + bytes(14)],
    "charset": charset_seeds,
    "fields": field_seeds,
    "address": address_seeds,
    "config": config_seeds,
    "snapshot": snapshot_seeds,
    "spool": spool_seeds,
    "sender": sender_seeds,
    "trace": trace_seeds,
    "session": session_seeds,
    "emulator": emulator_seeds,
    "state": state_seeds,
}
