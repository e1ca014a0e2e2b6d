#include "answer.h"

#include <string.h>

void answer_byte(struct answer *a, unsigned byte)
{
    if (a->count < ANSWER_MAX)
        a->bytes[a->count++] = (uint8_t)byte;
}

void answer_bytes(struct answer *a, const void *bytes, size_t count)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < count; i++)
        answer_byte(a, p[i]);
}

void answer_bcd(struct answer *a, int64_t value, unsigned count)
{
    uint8_t digits[16] = {0};
    uint64_t rest = value < 0 ? 0 : (uint64_t)value;
    for (unsigned i = count; i-- > 0; rest /= 100)
        digits[i] = (uint8_t)(rest % 100 / 10 << 4 | rest % 10);
    answer_bytes(a, digits, count);
}

void answer_le(struct answer *a, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        answer_byte(a, (unsigned)(value >> (8 * i) & 0xFF));
}

void answer_date_bcd(struct answer *a, const struct tm *tm, unsigned count)
{
    int parts[6] = {0};
    if (tm) {
        const int real[6] = {tm->tm_mday, tm->tm_mon + 1, tm->tm_year % 100, tm->tm_hour, tm->tm_min, tm->tm_sec};
        memcpy(parts, real, sizeof parts);
    }
    for (unsigned i = 0; i < count; i++)
        answer_bcd(a, parts[i], 1);
}

void answer_date_fn(struct answer *a, const struct tm *tm)
{
    const int parts[5] = {tm ? tm->tm_year % 100 : 0, tm ? tm->tm_mon + 1 : 0, tm ? tm->tm_mday : 0,
                          tm ? tm->tm_hour : 0, tm ? tm->tm_min : 0};
    for (unsigned i = 0; i < 5; i++)
        answer_byte(a, (unsigned)parts[i]);
}

void answer_padded(struct answer *a, const char *text, size_t width, char fill)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < width; i++)
        answer_byte(a, (unsigned char)(i < length ? text[i] : fill));
}
