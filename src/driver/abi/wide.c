#include "driver/abi/wide.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xFFFD

/* One character of well-formed UTF-8. */
static uint32_t next_utf8(const unsigned char **at)
{
    const unsigned char *p = *at;
    unsigned more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    static const unsigned char mask[] = {0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = p[0] & mask[more];
    for (unsigned i = 1; i <= more; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    *at = p + more + 1;
    return c;
}

bool wide_from_utf8(const char *text, wchar_t *out, size_t cap)
{
    size_t length = strlen(text), used = 0;
    out[0] = L'\0';
    if (!text_is_utf8(text, length))
        return false;
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        uint32_t c = next_utf8(&at);
        bool pair = sizeof(wchar_t) == 2 && c > 0xFFFF;
        if (used + (pair ? 2 : 1) >= cap) {
            out[0] = L'\0';
            return false;
        }
        if (pair)
            out[used++] = (wchar_t)(0xD800 + ((c - 0x10000) >> 10));
        out[used++] = (wchar_t)(pair ? 0xDC00 + ((c - 0x10000) & 0x3FF) : c);
    }
    out[used] = L'\0';
    return true;
}

static uint32_t unit(const wchar_t *text, size_t at)
{
    return sizeof(wchar_t) == 2 ? (uint16_t)text[at] : (uint32_t)text[at];
}

static uint32_t next_wide(const wchar_t *text, size_t count, size_t *at)
{
    uint32_t c = unit(text, (*at)++);
    if (c >= 0xD800 && c <= 0xDBFF && *at < count) {
        uint32_t low = unit(text, *at);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            (*at)++;
            return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF ? REPLACEMENT : c < 0x20 ? ' ' : c;
}

static size_t put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char head[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(head[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

size_t wide_to_utf8(const wchar_t *text, size_t count, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t at = 0; at < count && text[at] != L'\0';) {
        char bytes[4];
        size_t n = put_utf8(next_wide(text, count, &at), bytes);
        if (used + n >= cap)
            break;
        memcpy(out + used, bytes, n);
        used += n;
    }
    out[used] = '\0';
    return used;
}
