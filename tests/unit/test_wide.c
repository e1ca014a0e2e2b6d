/* The vendor's strings: wchar_t of 4 bytes here, UTF-16 on Windows. */
#include "check.h"
#include "driver/abi/wide.h"

#include <stdlib.h>
#include <string.h>

static void both_ways_are_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "АТОЛ 30Ф", "№ € $ \"~;\"", "\xF0\x9F\x98\x80 4 bytes"};
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        wchar_t wide[64];
        char back[64];
        assert_true(wide_from_utf8(texts[i], wide, 64));
        assert_int_equal(wide_to_utf8(wide, 64, back, sizeof back), strlen(texts[i]));
        assert_string_equal(back, texts[i]);
    }
}

static void what_does_not_fit_is_refused_or_cut_at_a_character(void **state)
{
    (void)state;
    wchar_t wide[5];
    char text[6];
    assert_false(wide_from_utf8("пятьпять", wide, 5));
    assert_true(wide[0] == L'\0');
    assert_true(wide_from_utf8("пять", wide, 5));
    assert_int_equal(wide_to_utf8(wide, 5, text, sizeof text), 4); /* two letters of two bytes, one byte left over */
    assert_string_equal(text, "пя");
}

static void broken_utf8_is_refused(void **state)
{
    (void)state;
    wchar_t wide[16];
    assert_false(wide_from_utf8("\xD0", wide, 16));
    assert_false(wide_from_utf8("\xC0\x80", wide, 16));
}

static void a_library_can_give_anything(void **state)
{
    (void)state;
    char text[32];
    static const wchar_t lone_half[] = {L'a', (wchar_t)0xD800, L'b', L'\0'};
    assert_int_equal(wide_to_utf8(lone_half, 4, text, sizeof text), 5);
    assert_string_equal(text, "a\xEF\xBF\xBD"
                              "b");
    static const wchar_t control[] = {L'a', L'\n', L'\x1B', L'b', L'\0'};
    (void)wide_to_utf8(control, 5, text, sizeof text);
    assert_string_equal(text, "a  b");
    static const wchar_t endless[] = {L'a', L'b', L'c', L'd'};
    assert_int_equal(wide_to_utf8(endless, 4, text, sizeof text), 4);
}

/* A library for Windows gives letters beyond U+FFFF as two halves. */
static void two_halves_are_one_letter(void **state)
{
    (void)state;
    static const struct {
        wchar_t high, low;
        const char *text;
    } rows[] = {
        {(wchar_t)0xD800, (wchar_t)0xDC00, "\xF0\x90\x80\x80"},
        {(wchar_t)0xD83D, (wchar_t)0xDE00, "\xF0\x9F\x98\x80"},
        {(wchar_t)0xDBFF, (wchar_t)0xDFFF, "\xF4\x8F\xBF\xBF"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const wchar_t pair[] = {rows[i].high, rows[i].low, L'\0'};
        char text[16];
        assert_int_equal(wide_to_utf8(pair, 3, text, sizeof text), 4);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_halves_are_one_letter),
        cmocka_unit_test(both_ways_are_the_same),
        cmocka_unit_test(what_does_not_fit_is_refused_or_cut_at_a_character),
        cmocka_unit_test(broken_utf8_is_refused),
        cmocka_unit_test(a_library_can_give_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
