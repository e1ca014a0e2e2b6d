#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Length of the well-formed character at `s` (n bytes available), 0 when it is not one, -1 when it is cut short. */
static int utf8_char(const unsigned char *s, size_t n)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 0      },
        {0xE0, 0xC0, 0x80   },
        {0xF0, 0xE0, 0x800  },
        {0xF8, 0xF0, 0x10000}
    };
    for (int extra = 0; extra < 4; extra++) {
        if ((s[0] & forms[extra].mask) != forms[extra].lead)
            continue;
        uint32_t code = s[0] & (unsigned char)~forms[extra].mask;
        for (int i = 1; i <= extra; i++) {
            if ((size_t)i >= n)
                return -1;
            if ((s[i] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | (s[i] & 0x3Fu);
        }
        if (code < forms[extra].least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return 0;
        return extra + 1;
    }
    return 0;
}

void text_cut_utf8(char *text)
{
    size_t length = strlen(text);
    /* Only the last three bytes can belong to a cut character. */
    for (size_t back = 1; back <= 3 && back <= length; back++)
        if (utf8_char((const unsigned char *)text + length - back, back) == -1) {
            text[length - back] = '\0';
            return;
        }
}

/* A Russian letter of two bytes: 0 to 31 for А..Я, 32 to 63 for а..я; -1 for anything else. */
static int russian_letter(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] == 0xD0 && s[1] >= 0x90 && s[1] <= 0xBF)
        return s[1] - 0x90;
    return s[0] == 0xD1 && s[1] >= 0x80 && s[1] <= 0x8F ? s[1] - 0x80 + 48 : -1;
}

static void write_russian_letter(char *text, int letter)
{
    text[0] = (char)(letter < 48 ? 0xD0 : 0xD1);
    text[1] = (char)(letter < 48 ? letter + 0x90 : letter - 48 + 0x80);
}

void text_lower_first(char *text)
{
    if (text[0] >= 'A' && text[0] <= 'Z') {
        if (!(text[1] >= 'A' && text[1] <= 'Z'))
            text[0] = (char)(text[0] - 'A' + 'a');
        return;
    }
    int first = russian_letter(text);
    if (first < 0 || first >= 32)
        return;
    int next = russian_letter(text + 2);
    if (next < 0 || next >= 32)
        write_russian_letter(text, first + 32);
}

void text_upper_first(char *text)
{
    int first = russian_letter(text);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    else if (first >= 32)
        write_russian_letter(text, first - 32);
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    while (length > 0) {
        int n = utf8_char(s, length);
        if (n <= 0)
            return false;
        s += n;
        length -= (size_t)n;
    }
    return true;
}

/* Must it be written as an escape? C0, DEL, C1, line and paragraph separators, marks of the direction of writing: they
 * would change what a terminal shows or begin a new line of a log. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F || code == 0x061C ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

static uint32_t decode_utf8(const unsigned char *s, int length)
{
    static const unsigned char masks[] = {0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = s[0] & masks[length - 1];
    for (int i = 1; i < length; i++)
        code = code << 6 | (s[i] & 0x3Fu);
    return code;
}

/* One character of the text as it is to be written, at most 11 bytes with the NUL; returns how many bytes of the text
 * it was. */
static int escape_char(const unsigned char *s, size_t n, char out[12])
{
    int length = utf8_char(s, n);
    uint32_t code = length > 0 ? decode_utf8(s, length) : 0;
    if (length <= 0)
        (void)snprintf(out, 12, "\\x%02x", s[0]);
    else if (!is_unsafe(code))
        (void)snprintf(out, 12, "%.*s", length, (const char *)s);
    else if (code == '\n' || code == '\t' || code == '\r')
        (void)snprintf(out, 12, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
    else
        (void)snprintf(out, 12, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    return length > 0 ? length : 1;
}

const char *text_escape(char *to, size_t cap, const char *from)
{
    static const char mark[] = "\u2026";
    const unsigned char *s = (const unsigned char *)from;
    size_t left = strlen(from), used = 0, whole = 0; /* whole: the last place where the mark still fits */
    while (left > 0) {
        char out[12];
        int step = escape_char(s, left, out);
        size_t length = strlen(out);
        if (used + sizeof mark <= cap)
            whole = used;
        if (used + length >= cap) {
            memcpy(to + whole, mark, sizeof mark);
            return to;
        }
        memcpy(to + used, out, length);
        used += length;
        s += step;
        left -= (size_t)step;
    }
    to[used] = '\0';
    return to;
}

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* By the East Asian Width and the general categories of Unicode, in large blocks. */
static int char_width(uint32_t code)
{
    static const struct range none[] = {
        {0x0300,  0x036F },
        {0x0483,  0x0489 },
        {0x1AB0,  0x1AFF },
        {0x200B,  0x200F },
        {0x20D0,  0x20FF },
        {0xFE00,  0xFE0F },
        {0xE0100, 0xE01EF}
    };
    static const struct range two[] = {
        {0x1100,  0x115F },
        {0x2E80,  0x303E },
        {0x3041,  0xA4CF },
        {0xAC00,  0xD7A3 },
        {0xF900,  0xFAFF },
        {0xFE30,  0xFE6F },
        {0xFF00,  0xFF60 },
        {0xFFE0,  0xFFE6 },
        {0x1F300, 0x1F64F},
        {0x1F900, 0x1F9FF},
        {0x20000, 0x3FFFD}
    };
    return is_in(none, sizeof none / sizeof none[0], code) ? 0 : is_in(two, sizeof two / sizeof two[0], code) ? 2 : 1;
}

int text_width(const char *text, size_t bytes)
{
    const unsigned char *s = (const unsigned char *)text;
    int width = 0;
    while (bytes > 0) {
        int length = utf8_char(s, bytes);
        width += length > 0 ? char_width(decode_utf8(s, length)) : 1;
        length = length > 0 ? length : 1;
        s += length;
        bytes -= (size_t)length;
    }
    return width;
}

bool text_is_plain(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    while (length > 0) {
        int n = utf8_char(s, length);
        if (n <= 0 || is_unsafe(decode_utf8(s, n)))
            return false;
        s += n;
        length -= (size_t)n;
    }
    return true;
}

size_t text_line(const char *text, int columns)
{
    size_t length = 0, word = 0;
    for (;;) {
        size_t blanks = strspn(text + word, " "), end = word + blanks + strcspn(text + word + blanks, " \n");
        if (length > 0 && text_width(text, end) > columns)
            return length;
        length = end;
        if (text[end] != ' ' || text[end + strspn(text + end, " ")] == '\0')
            return length;
        word = end;
    }
}

const char *text_wrap(char *to, size_t cap, const char *text, int columns, int from, int indent)
{
    size_t used = 0;
    to[0] = '\0';
    for (int at = from; *text && used < cap; at = indent) {
        size_t length = text_line(text, columns > at ? columns - at : 1);
        int n =
            snprintf(to + used, cap - used, "%s%*s%.*s", used ? "\n" : "", used ? indent : 0, "", (int)length, text);
        used += n > 0 ? (size_t)n : cap;
        text += length;
        text += strspn(text, " \n");
    }
    text_cut_utf8(to);
    return to;
}

/* CP866 80..FF */
static const uint16_t cp866_high[128] = {
    0x0410, 0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417, 0x0418, 0x0419, 0x041A, 0x041B, 0x041C,
    0x041D, 0x041E, 0x041F, 0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x0427, 0x0428, 0x0429,
    0x042A, 0x042B, 0x042C, 0x042D, 0x042E, 0x042F, 0x0430, 0x0431, 0x0432, 0x0433, 0x0434, 0x0435, 0x0436,
    0x0437, 0x0438, 0x0439, 0x043A, 0x043B, 0x043C, 0x043D, 0x043E, 0x043F, 0x2591, 0x2592, 0x2593, 0x2502,
    0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510, 0x2514,
    0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C,
    0x2588, 0x2584, 0x258C, 0x2590, 0x2580, 0x0440, 0x0441, 0x0442, 0x0443, 0x0444, 0x0445, 0x0446, 0x0447,
    0x0448, 0x0449, 0x044A, 0x044B, 0x044C, 0x044D, 0x044E, 0x044F, 0x0401, 0x0451, 0x0404, 0x0454, 0x0407,
    0x0457, 0x040E, 0x045E, 0x00B0, 0x2219, 0x00B7, 0x221A, 0x2116, 0x00A4, 0x25A0, 0x00A0,
};

/* What the printer's charset has in place of CP866. */
static uint16_t printer_char(uint8_t byte)
{
    switch (byte) {
    case 0x24:
        return 0x2116;
    case 0xFC:
        return 0x24;
    case 0xF2:
        return 0x20AC;
    case 0xFA:
        return 0x2014;
    case 0xFB:
    case 0xFD:
    case 0xFF:
        return 0x20;
    default:
        return byte >= 0xF3 && byte <= 0xF9 ? 0x20 : 0;
    }
}

static uint16_t decode_char(enum charset charset, uint8_t byte)
{
    uint16_t code = charset == CHARSET_PRINTER ? printer_char(byte) : 0;
    if (code)
        return code;
    if (byte < 0x20 || byte == 0x7F)
        return 0x20;
    return byte < 0x80 ? byte : cp866_high[byte - 0x80];
}

size_t text_from_charset(enum charset charset, const uint8_t *bytes, size_t count, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t i = 0; i < count && bytes[i] != 0; i++) {
        uint16_t code = decode_char(charset, bytes[i]);
        size_t need = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
        if (used + need + 1 > cap)
            return SIZE_MAX;
        if (need == 1) {
            out[used++] = (char)code;
        } else if (need == 2) {
            out[used++] = (char)(0xC0 | code >> 6);
            out[used++] = (char)(0x80 | (code & 0x3F));
        } else {
            out[used++] = (char)(0xE0 | code >> 12);
            out[used++] = (char)(0x80 | (code >> 6 & 0x3F));
            out[used++] = (char)(0x80 | (code & 0x3F));
        }
    }
    if (used >= cap)
        return SIZE_MAX;
    out[used] = '\0';
    return used;
}

size_t text_trim_right(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return length;
}

bool text_bcd(const uint8_t *bytes, size_t count, int64_t *value)
{
    if (count > 9)
        return false;
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        int high = bytes[i] >> 4, low = bytes[i] & 15;
        if (high > 9 || low > 9)
            return false;
        *value = *value * 100 + high * 10 + low;
    }
    return true;
}

uint16_t text_le16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t text_le32(const uint8_t *bytes)
{
    return (uint32_t)text_le16(bytes) | (uint32_t)text_le16(bytes + 2) << 16;
}

uint16_t text_be16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

bool text_decimal(const char *text, size_t length, int64_t *value)
{
    bool minus = length > 0 && text[0] == '-';
    size_t i = minus ? 1 : 0;
    if (i == length)
        return false;
    uint64_t sum = 0, limit = minus ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (sum > (limit - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = minus ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}
