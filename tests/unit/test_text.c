#include "base/text.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static void model_name_is_plain_cp866(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x80, 0x92, 0x8e, 0x8b, 0x20, 0x31, 0x31, 0x94, 0x24};
    char out[64];
    assert_int_equal(text_from_charset(CHARSET_CP866, bytes, sizeof bytes, out, sizeof out), strlen("АТОЛ 11Ф$"));
    assert_string_equal(out, "АТОЛ 11Ф$");
}

static void printer_charset_has_its_own_signs(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x24, 0xFC, 0xF2, 0xFA, 0xF3, 0xF9, 0xFB, 0xFD, 0xFF, 0xF0, 0xF1};
    char out[64];
    text_from_charset(CHARSET_PRINTER, bytes, sizeof bytes, out, sizeof out);
    assert_string_equal(out, "№$€—     Ёё");
}

static void every_byte_becomes_utf8(void **state)
{
    (void)state;
    for (int charset = CHARSET_CP866; charset <= CHARSET_PRINTER; charset++)
        for (unsigned b = 1; b < 256; b++) {
            uint8_t byte = (uint8_t)b;
            char out[8];
            size_t n = text_from_charset((enum charset)charset, &byte, 1, out, sizeof out);
            assert_in_range(n, 1, 3);
            assert_true(text_is_utf8(out, n));
        }
}

static void text_stops_at_nul_and_at_the_end_of_room(void **state)
{
    (void)state;
    const uint8_t bytes[] = {'a', 0, 'b'};
    char out[8];
    assert_int_equal(text_from_charset(CHARSET_CP866, bytes, 3, out, sizeof out), 1);
    const uint8_t cyrillic[] = {0x80, 0x81};
    assert_int_equal(text_from_charset(CHARSET_CP866, cyrillic, 2, out, 5), 4);
    assert_true(text_from_charset(CHARSET_CP866, cyrillic, 2, out, 4) == SIZE_MAX);
}

static void malformed_utf8_is_seen(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80", "\xD0", "\xE2\x82"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
    assert_true(text_is_utf8("ТОВ «Ромашка» №1 €", strlen("ТОВ «Ромашка» №1 €")));
}

static void bcd_reads_digits_only(void **state)
{
    (void)state;
    int64_t value;
    assert_true(text_bcd((const uint8_t[]){0x00, 0x10, 0x67}, 3, &value));
    assert_int_equal(value, 1067);
    assert_false(text_bcd((const uint8_t[]){0x1A}, 1, &value));
    assert_false(text_bcd((const uint8_t[]){0xA1}, 1, &value));
    assert_true(text_bcd((const uint8_t[]){0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99}, 9, &value));
    assert_true(value == INT64_C(999999999999999999));
}

static void decimal_reads_whole_numbers_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0",                    0        },
        {"-1",                   -1       },
        {"007",                  7        },
        {"9223372036854775807",  INT64_MAX},
        {"-9223372036854775808", INT64_MIN}
    };
    static const char *const bad[] = {"", "-", "1.5", " 1", "1 ", "+1", "9223372036854775808", "0x10"};
    int64_t value;
    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(text_decimal(good[i].text, strlen(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_decimal(bad[i], strlen(bad[i]), &value));
}

static void a_first_letter_grows_and_shrinks_but_not_an_abbreviations(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"Paper",                 "paper",                 "Paper"                },
        {"ФН отвечает", "ФН отвечает", "ФН отвечает"},
        {"Ошибка",          "ошибка",          "Ошибка"         },
        {"Режим",            "режим",            "Режим"           },
        {"OFD",                   "OFD",                   "OFD"                  },
        {"Я",                    "я",                    "Я"                   },
        {"А",                    "а",                    "А"                   },
        {"",                      "",                      ""                     },
        {"№ 5",                 "№ 5",                 "№ 5"                },
        {"Ёлка",              "Ёлка",              "Ёлка"             },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[40];
        (void)snprintf(text, sizeof text, "%s", rows[i][0]);
        text_lower_first(text);
        assert_string_equal(text, rows[i][1]);
        text_upper_first(text);
        assert_string_equal(text, rows[i][2]);
    }
}

static void trailing_spaces_go(void **state)
{
    (void)state;
    char text[] = "7701234560  ";
    assert_int_equal(text_trim_right(text), 10);
    assert_string_equal(text, "7701234560");
}

static void escaped(const char *from, size_t cap, const char *expected)
{
    char to[64];
    assert_true(cap <= sizeof to);
    memset(to, 'X', sizeof to);
    assert_string_equal(text_escape(to, cap, from), expected);
    assert_true(cap == sizeof to || to[cap] == 'X');
    assert_true(text_is_utf8(to, strlen(to)));
}

static void what_a_terminal_would_obey_is_escaped(void **state)
{
    (void)state;
    escaped("Касса 1", 64, "Касса 1");
    escaped("a\nb\tc\rd", 64, "a\\nb\\tc\\rd");
    escaped("\033[2J", 64, "\\x1b[2J");
    escaped("\x7f\xc2\x85", 64, "\\x7f\\x85");
    escaped("a\u202eb\u2066\u2028", 64, "a\\u202eb\\u2066\\u2028");
    escaped("\xff\xd0", 64, "\\xff\\xd0");
    escaped("", 8, "");
}

static void what_is_too_long_is_cut_at_a_character_and_says_so(void **state)
{
    (void)state;
    escaped("Касса", 11, "Касса"); /* ten bytes and the NUL: it fits */
    escaped("Касса", 10, "Кас…");
    escaped("Касса", 9, "Ка…");
    escaped("Касса", 8, "Ка…");
    escaped("abcdefgh", 8, "abcd…");
    escaped("abcd\n\n\n", 10, "abcd\\n…"); /* an escape stays whole */
}

static void every_cut_of_every_text_is_utf8(void **state)
{
    (void)state;
    static const char text[] = "a\nЯ\u2028€\U0001F9FE\xffя\033";
    char to[64];
    for (size_t begin = 0; begin < sizeof text; begin++)
        for (size_t cap = 8; cap <= sizeof to; cap++) {
            (void)text_escape(to, cap, text + begin);
            assert_true(strlen(to) < cap);
            assert_true(text_is_utf8(to, strlen(to)));
        }
}

static void what_is_plain_is_what_is_not_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool plain;
    } rows[] = {
        {"Касса №1", true },
        {"日本語",       true },
        {"",                true },
        {"a\nb",            false},
        {"a\x1b[2J",        false},
        {"a\x7f",           false},
        {"a\xc2\x85",       false}, /* U+0085 */
        {"a\xe2\x80\xa8",   false}, /* U+2028, a line of its own */
        {"a\xe2\x80\xae",   false}, /* U+202E, from right to left */
        {"a\xe2\x81\xa6",   false}, /* U+2066 */
        {"a\xff",           false},
        {"a\xe2\x80",       false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char to[64];
        assert_int_equal(text_is_plain(rows[i].text, strlen(rows[i].text)), rows[i].plain);
        assert_int_equal(strcmp(text_escape(to, sizeof to, rows[i].text), rows[i].text) == 0, rows[i].plain);
    }
}

static void a_terminal_gives_letters_of_the_east_two_columns_and_accents_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width;
    } rows[] = {
        {"Касса 1", 7},
        {"日本",       4},
        {"한국",       4},
        {"Ａ",          2},
        {"🍺",         2},
        {"e\xcc\x81",    1},
        {"a\xff",        2},
        {"",             0},
        {"№ — …",  5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(text_width(rows[i].text, strlen(rows[i].text)), rows[i].width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(what_is_too_long_is_cut_at_a_character_and_says_so),
        cmocka_unit_test(every_cut_of_every_text_is_utf8),
        cmocka_unit_test(what_is_plain_is_what_is_not_escaped),
        cmocka_unit_test(a_terminal_gives_letters_of_the_east_two_columns_and_accents_none),
        cmocka_unit_test(model_name_is_plain_cp866),
        cmocka_unit_test(printer_charset_has_its_own_signs),
        cmocka_unit_test(every_byte_becomes_utf8),
        cmocka_unit_test(text_stops_at_nul_and_at_the_end_of_room),
        cmocka_unit_test(malformed_utf8_is_seen),
        cmocka_unit_test(bcd_reads_digits_only),
        cmocka_unit_test(decimal_reads_whole_numbers_only),
        cmocka_unit_test(a_first_letter_grows_and_shrinks_but_not_an_abbreviations),
        cmocka_unit_test(trailing_spaces_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
