#include "poll/stranger.h"

#include "base/text.h"

#include <string.h>

enum { CYRILLIC_LETTERS_MIN = 3 };

static bool is_line_end(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

/* The character of a byte of 80..FF in Russian texts; 0: such texts do not have it. */
typedef unsigned charset_table(uint8_t byte);

static unsigned from_cp1251(uint8_t byte)
{
    if (byte >= 0xC0)
        return 0x410u + byte - 0xC0u;
    switch (byte) {
    case 0xA8:
        return 0x401;
    case 0xB8:
        return 0x451;
    case 0xAB:
    case 0xBB:
        return byte;
    case 0xB9:
        return 0x2116;
    case 0x96:
    case 0x97:
        return 0x2012u + byte - 0x95u;
    default:
        return 0;
    }
}

static unsigned from_cp866(uint8_t byte)
{
    if (byte < 0xB0)
        return 0x410u + byte - 0x80u;
    if (byte >= 0xE0 && byte <= 0xEF)
        return 0x440u + byte - 0xE0u;
    return byte == 0xF0 ? 0x401 : byte == 0xF1 ? 0x451 : byte == 0xFC ? 0x2116 : 0;
}

/* Characters below U+10000 only. */
static size_t put_utf8(char *to, unsigned code)
{
    size_t n = 0;
    if (code < 0x80) {
        to[n++] = (char)code;
        return n;
    }
    if (code >= 0x800) {
        to[n++] = (char)(0xE0 | code >> 12);
        to[n++] = (char)(0x80 | (code >> 6 & 0x3F));
    } else {
        to[n++] = (char)(0xC0 | code >> 6);
    }
    to[n++] = (char)(0x80 | (code & 0x3F));
    return n;
}

static bool decode(charset_table *character, const uint8_t *line, size_t length, char text[STRANGER_TEXT_MAX])
{
    size_t used = 0;
    unsigned letters = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned code = line[i] < 0x80 ? line[i] : character(line[i]);
        if (code == 0)
            return false;
        letters += code >= 0x401 && code <= 0x451;
        used += put_utf8(text + used, code);
    }
    text[used] = '\0';
    return letters >= CYRILLIC_LETTERS_MIN;
}

static bool decode_any(const uint8_t *line, size_t length, bool cut, char text[STRANGER_TEXT_MAX])
{
    memcpy(text, line, length);
    text[length] = '\0';
    if (cut)
        text_cut_utf8(text);
    if (text_is_utf8(text, strlen(text)))
        return text_is_plain(text, strlen(text));
    return decode(from_cp1251, line, length, text) || decode(from_cp866, line, length, text);
}

bool stranger_text(const uint8_t *bytes, size_t count, bool closed, char text[STRANGER_TEXT_MAX])
{
    size_t begin = 0;
    while (begin < count && is_line_end(bytes[begin]))
        begin++;
    size_t end = begin;
    while (end < count && bytes[end] >= 0x20 && bytes[end] != 0x7F)
        end++;
    size_t behind = end;
    while (behind < count && is_line_end(bytes[behind]))
        behind++;
    bool ended = behind > end, at_the_end = behind == count;
    if (end == begin || !(closed ? ended || at_the_end : ended && at_the_end && count < STRANGER_BYTES_MAX))
        return false;
    return decode_any(bytes + begin, end - begin, end == STRANGER_BYTES_MAX, text);
}

bool stranger_is_service(const char *text)
{
    static const char *const greetings[] = {"HTTP/", "SSH-", "220 ", "220-", "RFB ", "+OK", "* OK"};
    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++)
        if (strncmp(text, greetings[i], strlen(greetings[i])) == 0)
            return true;
    return false;
}
