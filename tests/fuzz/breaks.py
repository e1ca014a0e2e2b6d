"""One mistake for each fuzz target, as somebody could make it: (target, file, the line as it is, as it is broken). `./run.sh fuzz --prove`
builds a copy with it and wants the target to find it."""

BREAKS = [
    ("frame3", "src/kkt/atol3/frame.c", "if (d->count > ATOL3_DATA_MAX)", "if (d->count > ATOL3_DATA_MAX + 1)"),
    ("frame5", "src/kkt/atol5/frame.c", "return byte == START || byte == ESC ? push_content(d, byte) : damaged(d);",
     "return byte == START ? push_content(d, byte) : damaged(d);"),
    ("charset", "src/base/text.c", "0x0410, 0x0411, 0x0412,", "0x0410, 0x0412, 0x0412,"),
    ("fields", "src/kkt/fields/fn_spec.c", "text_le16(tlv + 2) > count - 4", "text_le16(tlv + 2) > count"),
    ("address", "src/address/connect_parse.c", "if (c < 0x20 || c == 0x7F ||", "if (c == 0x7F ||"),
    ("config", "src/config/unique.c", "qsort(all, c->kkt_count, sizeof *all, by_name);", ""),
    ("snapshot", "src/output/json_read.c", "if (!text || strlen(text) >= cap ||", "if (!text || strlen(text) > cap ||"),
    ("spool", "src/push/line.c", "out && n + 1 >= cap", "out && n >= cap"),
    ("sender", "src/push/sender_output.c", "o->used + 1 < sizeof o->line", "o->used < sizeof o->line"),
    ("trace", "src/output/trace_text.c", "TEXT_PATH(name), words", "name, words"),
    ("session", "src/kkt/session.c", "    snapshot_clear_values(s->out);\n    return done(s);", "    return done(s);"),
    ("emulator", "emulator/conn.c", "    schedule(conn, delay_ms, name, bytes, count, false);\n}",
     "    schedule(conn, delay_ms, name, bytes, count - 1, false);\n}"),
    ("state", "emulator/registers3.c", "((unsigned)text[i] & 15) << 4 | ((unsigned)text[i + 1] & 15)",
     "(unsigned)((text[i] - '0') << 4 | (text[i + 1] - '0'))"),
]


def misfits(root):
    """Rows whose line does not stand in its file once, as sentences."""
    return [f"tests/fuzz/breaks.py: {file} has this text not once: {good}" for _, file, good, _ in BREAKS
            if (root / file).read_text(encoding="utf-8").count(good) != 1]
