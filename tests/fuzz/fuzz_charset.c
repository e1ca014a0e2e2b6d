/* Text and numbers as registers write them: CP866 against the emulator's own table, escapes, BCD, decimal numbers. */
#include "fuzz.h"

#include "base/text.h"
#include "emulator/charset.h"

#include <errno.h>

/* Bytes without a place of their own in either charset become other text, or none. */
static bool is_plain(enum charset charset, uint8_t byte)
{
    return byte >= 0x20 && byte != 0x7F && (byte < 0xB0 || (byte >= 0xE0 && byte < 0xF2)) &&
           !(charset == CHARSET_PRINTER && byte == 0x24);
}

static void from_charset(enum charset charset, const uint8_t *bytes, size_t count)
{
    char *text = malloc(3 * count + 1);
    REQUIRE(text != NULL);
    size_t length = text_from_charset(charset, bytes, count, text, 3 * count + 1);
    REQUIRE(length != SIZE_MAX && strlen(text) == length && text_is_utf8(text, length));
    REQUIRE(length == 0 || text_from_charset(charset, bytes, count, text, length) == SIZE_MAX);
    (void)text_from_charset(charset, bytes, count, text, 3 * count + 1);
    uint8_t *back = malloc(count + 1);
    REQUIRE(back != NULL);
    size_t n = charset_encode(text, charset == CHARSET_PRINTER, back, count + 1);
    REQUIRE(n == strnlen((const char *)bytes, count));
    for (size_t i = 0; i < n; i++)
        REQUIRE(!is_plain(charset, bytes[i]) || back[i] == bytes[i]);
    free(back);
    size_t trimmed = text_trim_right(text);
    REQUIRE(trimmed <= length && (trimmed == 0 || text[trimmed - 1] != ' '));
    free(text);
}

/* What a person reads is whole UTF-8 without control characters, whatever it was. */
static void escape(const char *text, size_t cap)
{
    char *to = malloc(cap);
    REQUIRE(to != NULL);
    REQUIRE(text_escape(to, cap, text) == to);
    size_t length = strlen(to);
    REQUIRE(length < cap && text_is_utf8(to, length));
    for (size_t i = 0; i < length; i++)
        REQUIRE((unsigned char)to[i] >= 0x20 && to[i] != 0x7F);
    text_lower_first(to);
    text_upper_first(to);
    REQUIRE(text_is_utf8(to, strlen(to)) && text_width(to, strlen(to)) >= 0);
    to[length / 2] = '\0';
    text_cut_utf8(to);
    REQUIRE(text_is_utf8(to, strlen(to)));
    free(to);
}

static void decimal(const char *text, size_t length)
{
    int64_t value;
    char *end;
    size_t first = text[0] == '-';
    bool digits = length > first && strspn(text + first, "0123456789") == length - first;
    errno = 0;
    long long expected = strtoll(text, &end, 10);
    bool good = digits && errno == 0;
    REQUIRE(text_decimal(text, length, &value) == good);
    REQUIRE(!good || value == expected);
}

static void bcd(const uint8_t *bytes, size_t count)
{
    char hex[20];
    int64_t value;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good = good && bytes[i] >> 4 < 10 && (bytes[i] & 15) < 10;
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    REQUIRE(text_bcd(bytes, count, &value) == good);
    REQUIRE(!good || value == strtoll(hex, NULL, 10));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint8_t how = input_byte(&in);
    char *text = input_text(in);
    from_charset(how & 1 ? CHARSET_PRINTER : CHARSET_CP866, in.at, in.left);
    escape(text, 8 + (how >> 1));
    decimal(text, in.left);
    if (in.left > 0)
        bcd(in.at, in.left < 9 ? in.left : 9);
    free(text);
    return 0;
}
