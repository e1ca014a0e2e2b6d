#include "kkt/atol5/values.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { END = ';', ESC = '~' };

void atol5_values_split(struct atol5_values *values, const uint8_t *data, size_t count)
{
    size_t used = 0;
    bool open = false;
    values->count = 0;
    values->at[0] = 0;
    for (size_t i = 0; i < count && values->count < ATOL5_VALUES_MAX && used < ATOL5_VALUES_ROOM; i++) {
        open = data[i] != END;
        if (!open) {
            values->at[++values->count] = (uint16_t)used;
            continue;
        }
        if (data[i] == ESC && i + 1 < count)
            i++;
        values->bytes[used++] = data[i];
    }
    if (open && values->count < ATOL5_VALUES_MAX)
        values->at[++values->count] = (uint16_t)used;
}

size_t atol5_escape(uint8_t *out, size_t used, size_t cap, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool escape = bytes[i] == END || bytes[i] == ESC;
        if (used + 1 + escape > cap)
            return cap + 1;
        if (escape)
            out[used++] = ESC;
        out[used++] = bytes[i];
    }
    return used;
}

/* A value without trailing spaces, as characters. */
static const char *value_at(const struct atol5_values *values, unsigned index, size_t *length)
{
    const char *text = (const char *)values->bytes + values->at[index];
    *length = (size_t)(values->at[index + 1] - values->at[index]);
    while (*length > 0 && text[*length - 1] == ' ')
        --*length;
    return text;
}

bool atol5_value_number(const struct atol5_values *values, unsigned index, int64_t *number)
{
    if (index >= values->count)
        return false;
    size_t length;
    const char *text = value_at(values, index, &length);
    return text_decimal(text, length, number);
}

/* Two digits. */
static bool two_digits(const char *text, int64_t *number)
{
    return text[0] != '-' && text_decimal(text, 2, number);
}

/* DDMMYY and hhmmss when `with_time`; nothing but digits. */
static enum kkt_field_result set_time(struct snapshot *out, enum metric m, const char *text, size_t length,
                                      bool with_time)
{
    if (length != 12 && (with_time || length != 6))
        return FIELD_WRONG;
    int64_t part[6] = {0};
    for (size_t i = 0; i < (with_time ? 6U : 3U); i++)
        if (!two_digits(text + 2 * i, &part[i]))
            return FIELD_WRONG;
    return kkt_field_set_time(out, m, part);
}

static enum kkt_field_result set_time_plus_day(struct snapshot *out, enum metric m, const char *text, size_t length)
{
    enum kkt_field_result result = set_time(out, m, text, length, true);
    if (result != FIELD_SET)
        return result;
    struct civil c;
    bool exists = civil_from_seconds(snapshot_int(out, m) + 86400, &c);
    snapshot_remove(out, m); /* that is the time itself, not the day after */
    return exists ? kkt_field_set_civil(out, m, &c) : FIELD_WRONG;
}

/* "12500.50", "12500.5", "12500" */
static enum kkt_field_result set_money(struct snapshot *out, enum metric m, const char *text, size_t length)
{
    const char *point = memchr(text, '.', length);
    size_t whole = point ? (size_t)(point - text) : length;
    size_t digits = point ? length - whole - 1 : 0;
    int64_t roubles, kopecks = 0;
    if (!text_decimal(text, whole, &roubles) || roubles > INT64_MAX / 1000 || roubles < -(INT64_MAX / 1000) ||
        digits > 2 || (point && (digits == 0 || point[1] == '-' || !text_decimal(point + 1, digits, &kopecks))))
        return FIELD_WRONG;
    if (digits == 1)
        kopecks *= 10;
    return snapshot_set_int(out, m, roubles * 100 + (text[0] == '-' ? -kopecks : kopecks)) ? FIELD_SET : FIELD_WRONG;
}

static bool is_of_bits(const struct kkt_field *field)
{
    return (int)field->kind == VALUE_BIT || (int)field->kind == VALUE_BIT_CLEAR || (int)field->kind == VALUE_NONZERO ||
           (int)field->kind == VALUE_IS_ONE;
}

static enum kkt_field_result set_number(struct snapshot *out, const struct kkt_field *field, int64_t number)
{
    enum metric m = field->metric;
    if (is_of_bits(field) && number < 0)
        return FIELD_WRONG;
    switch ((int)field->kind) {
    case VALUE_BIT:
        snapshot_set_bool(out, m, (number >> field->size & 1) != 0);
        break;
    case VALUE_BIT_CLEAR:
        snapshot_set_bool(out, m, (number >> field->size & 1) == 0);
        break;
    case VALUE_NONZERO:
        snapshot_set_bool(out, m, number != 0);
        break;
    case VALUE_IS_ONE:
        snapshot_set_bool(out, m, number == 1);
        break;
    case VALUE_FFD:
        return kkt_field_set_ffd(out, m, number);
    case VALUE_PORT:
        return kkt_field_set_port(out, m, number);
    case VALUE_CHANNEL:
        return snapshot_set_int(out, m, number == 0 ? 5 : number) ? FIELD_SET : FIELD_WRONG;
    default:
        return snapshot_set_int(out, m, number) ? FIELD_SET : FIELD_WRONG;
    }
    return FIELD_SET;
}

/* A text may be none, and so may a date, which is noted; a number is always there. */
static enum kkt_field_result set_empty(struct snapshot *out, const struct kkt_field *field)
{
    switch ((int)field->kind) {
    case VALUE_TEXT:
    case VALUE_MAC:
        return FIELD_EMPTY;
    case VALUE_TIME:
    case VALUE_TIME_PLUS_DAY:
    case VALUE_DATE:
        snapshot_set_undated(out, field->metric);
        return FIELD_EMPTY;
    default:
        return FIELD_WRONG;
    }
}

enum kkt_field_result atol5_value_decode(const struct kkt_field *field, const struct atol5_values *values,
                                         struct snapshot *out)
{
    if (field->at >= values->count)
        return FIELD_SHORT;
    size_t length;
    const char *text = value_at(values, field->at, &length);
    if (length == 0)
        return set_empty(out, field);
    int64_t number;
    const struct kkt_field mac = {field->metric, KIND_MAC, 0, 0};
    switch ((int)field->kind) {
    case VALUE_MAC:
        /* Raw bytes: a space at the end is one of them. */
        return kkt_field_decode(&mac, 0, values->bytes + values->at[field->at],
                                (size_t)(values->at[field->at + 1] - values->at[field->at]), out);
    case VALUE_TEXT:
        return kkt_field_set_text(out, field->metric, false, (const uint8_t *)text, length);
    case VALUE_TIME:
        return set_time(out, field->metric, text, length, true);
    case VALUE_TIME_PLUS_DAY:
        return set_time_plus_day(out, field->metric, text, length);
    case VALUE_MONEY:
        return set_money(out, field->metric, text, length);
    case VALUE_DATE:
        return set_time(out, field->metric, text, length, false);
    default:
        return text_decimal(text, length, &number) ? set_number(out, field, number) : FIELD_WRONG;
    }
}

void atol5_value_describe(const struct kkt_field *field, char *buf, size_t cap)
{
    static const char *const words[] = {
        [VALUE_INT] = "number",
        [VALUE_BIT] = "bit",
        [VALUE_BIT_CLEAR] = "not bit",
        [VALUE_NONZERO] = "not 0",
        [VALUE_IS_ONE] = "is 1",
        [VALUE_TEXT] = "text",
        [VALUE_TIME] = "DDMMYYhhmmss",
        [VALUE_TIME_PLUS_DAY] = "DDMMYYhhmmss + 24 h",
        [VALUE_MONEY] = "roubles.kopecks",
        [VALUE_CHANNEL] = "number, 0 = 5",
        [VALUE_PORT] = "number, 0 = none",
        [VALUE_MAC] = "6 bytes",
        [VALUE_DATE] = "DDMMYY",
        [VALUE_FFD] = "1 2 3 4 = 1.0 1.05 1.1 1.2",
    };
    const char *word = words[(int)field->kind];
    if ((int)field->kind == VALUE_BIT || (int)field->kind == VALUE_BIT_CLEAR)
        (void)snprintf(buf, cap, "[%u] %s %u", field->at, word, field->size);
    else
        (void)snprintf(buf, cap, "[%u] %s", field->at, word);
}
