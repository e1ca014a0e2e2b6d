#include "kkt/fields/field.h"

#include "base/text.h"
#include "metric/form.h"

#include <stdio.h>
#include <string.h>

/* Longest text of a register in bytes: a tag of the FN holds up to 1 KiB. */
#define TEXT_BYTES_MAX 1024

/* Words for the documents and the fixed length of a kind; 0: the field's own `size`; TO_END: at least one byte. */
enum { OWN_SIZE = 0, TO_END = 255 };
static const struct {
    const char *word;
    uint8_t length;
} kinds[] = {
    [KIND_ANSWERED] = {"answers",                            OWN_SIZE},
    [KIND_BCD] = {"BCD",                                OWN_SIZE},
    [KIND_BCD_X10] = {"BCD, tenths",                        OWN_SIZE},
    [KIND_BCD_SIGN] = {"sign, then BCD",                     OWN_SIZE},
    [KIND_BYTE] = {"byte",                               1       },
    [KIND_LE16] = {"LE16",                               2       },
    [KIND_LE32] = {"LE32",                               4       },
    [KIND_PORT] = {"BE16, 0 = none",                     2       },
    [KIND_SHIFT] = {"0 1, else 2",                        1       },
    [KIND_BIT] = {"bit",                                1       },
    [KIND_BIT_CLEAR] = {"not bit",                            1       },
    [KIND_NONZERO] = {"not 00",                             1       },
    [KIND_IS_ONE] = {"01",                                 1       },
    [KIND_ANY_BIT] = {"any bit of",                         1       },
    [KIND_LOW_HALF] = {"low half",                           1       },
    [KIND_HIGH_HALF] = {"high half",                          1       },
    [KIND_BLOCKED] = {"low half is 7, high half not 1 5 6", 1       },
    [KIND_TIME_DMY] = {"DD MM YY hh mm ss BCD",              6       },
    [KIND_TIME_YMD] = {"YY MM DD hh mm ss BCD",              6       },
    [KIND_DATE_DMY] = {"DD MM YY BCD",                       3       },
    [KIND_TIME_FN] = {"YY MM DD hh mm",                     5       },
    [KIND_ASCII] = {"ASCII",                              OWN_SIZE},
    [KIND_CP866] = {"CP866",                              TO_END  },
    [KIND_PRINTER] = {"text, printer's charset",            TO_END  },
    [KIND_HEX] = {"hex digits",                         TO_END  },
    [KIND_MAC] = {"6 bytes",                            6       },
    [KIND_VERSION] = {"major minor - build build BCD",      5       },
    [KIND_FFD] = {"1 2 3 4 = 1.0 1.05 1.1 1.2",         1       },
};

static size_t field_length(const struct kkt_field *field)
{
    uint8_t length = kinds[field->kind].length;
    return length == OWN_SIZE ? field->size : length == TO_END ? 1 : length;
}

enum kkt_field_result kkt_field_set_civil(struct snapshot *out, enum metric m, const struct civil *c)
{
    if (!snapshot_set_time(out, m, c))
        return FIELD_WRONG;
    return snapshot_has(out, m) ? FIELD_SET : FIELD_EMPTY;
}

enum kkt_field_result kkt_field_set_time(struct snapshot *out, enum metric m, const int64_t part[6])
{
    int64_t day = part[0], month = part[1], year = part[2];
    bool zeros = day == 0 && month == 0 && year == 0;
    if (year < 0 || year > 99)
        return FIELD_WRONG;
    struct civil c = {zeros ? 0 : (int)year + 2000, (int)month, (int)day, (int)part[3], (int)part[4], (int)part[5]};
    return kkt_field_set_civil(out, m, &c);
}

enum kkt_field_result kkt_field_set_port(struct snapshot *out, enum metric m, int64_t number)
{
    if (number == 0)
        return FIELD_EMPTY;
    return snapshot_set_int(out, m, number) ? FIELD_SET : FIELD_WRONG;
}

enum kkt_field_result kkt_field_set_ffd(struct snapshot *out, enum metric m, int64_t number)
{
    static const int64_t versions[] = {0, 100, 105, 110, 120};
    if (number == 0)
        return FIELD_EMPTY;
    if (number < 0 || number >= (int64_t)(sizeof versions / sizeof versions[0]))
        return FIELD_WRONG;
    return snapshot_set_int(out, m, versions[number]) ? FIELD_SET : FIELD_WRONG;
}

static enum kkt_field_result set_utf8(struct snapshot *out, enum metric m, char *text)
{
    size_t length = text_trim_right(text);
    if (form_is_no_text(m, text, length))
        return FIELD_EMPTY;
    return snapshot_set_text(out, m, text, length) ? FIELD_SET : FIELD_WRONG;
}

/* Registers fill what is behind a text with NUL or FF. */
static size_t without_padding(const uint8_t *bytes, size_t count)
{
    const uint8_t *end = memchr(bytes, 0, count);
    count = end ? (size_t)(end - bytes) : count;
    while (count > 0 && bytes[count - 1] == 0xFF)
        count--;
    return count;
}

enum kkt_field_result kkt_field_set_text(struct snapshot *out, enum metric m, bool printer, const uint8_t *bytes,
                                         size_t count)
{
    count = without_padding(bytes, count);
    char text[3 * TEXT_BYTES_MAX + 1];
    size_t length = text_from_charset(printer ? CHARSET_PRINTER : CHARSET_CP866, bytes, count, text, sizeof text);
    if (length == SIZE_MAX)
        return FIELD_WRONG;
    return set_utf8(out, m, text);
}

static enum kkt_field_result set_ascii(struct snapshot *out, enum metric m, const uint8_t *bytes, size_t count)
{
    char text[64];
    count = without_padding(bytes, count);
    if (count >= sizeof text)
        return FIELD_WRONG;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] >= 0x80 || bytes[i] < 0x20)
            return FIELD_WRONG;
        text[i] = (char)bytes[i];
    }
    text[count] = '\0';
    return set_utf8(out, m, text);
}

/* Seven bytes at most: see kinds. */
static enum kkt_field_result set_hex(struct snapshot *out, enum metric m, const uint8_t *bytes, size_t count,
                                     const char *joint)
{
    char text[64] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%02X", i ? joint : "", bytes[i]);
    }
    return set_utf8(out, m, text);
}

static enum kkt_field_result set_version(struct snapshot *out, enum metric m, const uint8_t *at)
{
    int64_t major, minor, build;
    if (!text_bcd(at, 1, &major) || !text_bcd(at + 1, 1, &minor) || !text_bcd(at + 3, 2, &build))
        return FIELD_WRONG;
    char text[32];
    (void)snprintf(text, sizeof text, "%d.%d.%d", (int)major, (int)minor, (int)build);
    return set_utf8(out, m, text);
}

/* Times of BCD bytes, in the order DMY or YMD; without hours when there are only three bytes. */
static enum kkt_field_result set_bcd_time(struct snapshot *out, enum metric m, const uint8_t *at, size_t count,
                                          bool year_first)
{
    int64_t part[6] = {0};
    for (size_t i = 0; i < count; i++)
        if (!text_bcd(at + i, 1, &part[i]))
            return FIELD_WRONG;
    if (year_first) {
        int64_t year = part[0];
        part[0] = part[2];
        part[2] = year;
    }
    return kkt_field_set_time(out, m, part);
}

/* FF in each byte, or the year 0 without a day or a month: so registers tell that there is no date. */
static bool is_no_fn_time(const uint8_t at[5])
{
    static const uint8_t erased[5] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    return memcmp(at, erased, sizeof erased) == 0 || (at[0] == 0 && (at[1] == 0 || at[2] == 0));
}

static enum kkt_field_result set_fn_time(struct snapshot *out, enum metric m, const uint8_t *at)
{
    if (is_no_fn_time(at)) {
        snapshot_set_undated(out, m);
        return FIELD_EMPTY;
    }
    const int64_t part[6] = {at[2], at[1], at[0], at[3], at[4], 0};
    return kkt_field_set_time(out, m, part);
}

static enum kkt_field_result set_bcd(struct snapshot *out, enum metric m, const uint8_t *at, size_t count, int factor)
{
    int64_t value;
    if (!text_bcd(at, count, &value))
        return FIELD_WRONG;
    return snapshot_set_int(out, m, value * factor) ? FIELD_SET : FIELD_WRONG;
}

static enum kkt_field_result set_int(struct snapshot *out, enum metric m, int64_t value)
{
    return snapshot_set_int(out, m, value) ? FIELD_SET : FIELD_WRONG;
}

static enum kkt_field_result set_bool(struct snapshot *out, enum metric m, bool value)
{
    snapshot_set_bool(out, m, value);
    return FIELD_SET;
}

/* Mode and submode in one byte. */
static bool is_blocked(uint8_t byte)
{
    unsigned submode = byte >> 4;
    return (byte & 15) == 7 && submode != 1 && submode != 5 && submode != 6;
}

enum kkt_field_result kkt_field_decode(const struct kkt_field *field, size_t base, const uint8_t *answer, size_t count,
                                       struct snapshot *out)
{
    size_t first = base + field->at;
    if (first > count || count - first < field_length(field))
        return FIELD_SHORT;
    const uint8_t *at = answer + first;
    size_t rest = count - first;
    enum metric m = field->metric;
    switch (field->kind) {
    case KIND_ANSWERED:
        return set_bool(out, m, true);
    case KIND_BCD:
        return set_bcd(out, m, at, field->size, 1);
    case KIND_BCD_X10:
        return set_bcd(out, m, at, field->size, 10);
    case KIND_BCD_SIGN:
        return set_bcd(out, m, at + 1, field->size - 1u, at[0] == 0 ? 1 : -1);
    case KIND_BYTE:
        return set_int(out, m, at[0]);
    case KIND_LE16:
        return set_int(out, m, text_le16(at));
    case KIND_LE32:
        return set_int(out, m, text_le32(at));
    case KIND_PORT:
        return kkt_field_set_port(out, m, text_be16(at));
    case KIND_SHIFT:
        return set_int(out, m, at[0] <= 1 ? at[0] : 2);
    case KIND_BIT:
        return set_bool(out, m, (at[0] >> field->size & 1) != 0);
    case KIND_BIT_CLEAR:
        return set_bool(out, m, (at[0] >> field->size & 1) == 0);
    case KIND_NONZERO:
        return set_bool(out, m, at[0] != 0);
    case KIND_IS_ONE:
        return set_bool(out, m, at[0] == 1);
    case KIND_ANY_BIT:
        return set_bool(out, m, (at[0] & field->size) != 0);
    case KIND_LOW_HALF:
        return set_int(out, m, at[0] & 15);
    case KIND_HIGH_HALF:
        return set_int(out, m, at[0] >> 4);
    case KIND_BLOCKED:
        return set_bool(out, m, is_blocked(at[0]));
    case KIND_TIME_DMY:
        return set_bcd_time(out, m, at, 6, false);
    case KIND_TIME_YMD:
        return set_bcd_time(out, m, at, 6, true);
    case KIND_DATE_DMY:
        return set_bcd_time(out, m, at, 3, false);
    case KIND_TIME_FN:
        return set_fn_time(out, m, at);
    case KIND_ASCII:
        return set_ascii(out, m, at, field->size);
    case KIND_CP866:
        return kkt_field_set_text(out, m, false, at, rest);
    case KIND_PRINTER:
        return kkt_field_set_text(out, m, true, at, rest);
    case KIND_HEX:
        return set_hex(out, m, at, rest, "");
    case KIND_MAC:
        return set_hex(out, m, at, 6, ":");
    case KIND_VERSION:
        return set_version(out, m, at);
    case KIND_FFD:
        break;
    }
    return kkt_field_set_ffd(out, m, at[0]);
}

void kkt_field_describe(const struct kkt_field *field, size_t base, char *buf, size_t cap)
{
    size_t first = base + field->at, length = field_length(field);
    const char *word = kinds[field->kind].word;
    if (field->kind == KIND_ANSWERED)
        (void)snprintf(buf, cap, "%s", word);
    else if (kinds[field->kind].length == TO_END)
        (void)snprintf(buf, cap, "[%zu..] %s", first, word);
    else if (length > 1)
        (void)snprintf(buf, cap, "[%zu..%zu] %s", first, first + length - 1, word);
    else if (field->kind == KIND_BIT || field->kind == KIND_BIT_CLEAR)
        (void)snprintf(buf, cap, "[%zu] %s %u", first, word, field->size);
    else if (field->kind == KIND_ANY_BIT)
        (void)snprintf(buf, cap, "[%zu] %s %02X", first, word, field->size);
    else
        (void)snprintf(buf, cap, "[%zu] %s", first, word);
}
