/* The text that comes from an address where no register answers. */
#include "poll/stranger.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

enum { GOES_ON, CLOSED };

static void assert_text(const char *bytes, int closed, const char *expected)
{
    char text[STRANGER_TEXT_MAX] = "";
    struct bytes b = hex(bytes);
    bool found = stranger_text(b.at, b.count, closed == CLOSED, text);
    assert_int_equal(found, expected != NULL);
    if (expected)
        assert_string_equal(text, expected);
}

static void a_text_is_read_in_the_letters_that_make_russian_of_it(void **state)
{
    (void)state;
    assert_text("62 75 73 79 0d 0a", CLOSED, "busy");
    assert_text("d0 9f d0 be d1 80 d1 82", CLOSED, "Порт");
    assert_text("cf ee f0 f2 20 e7 e0 ed ff f2 0d 0a", CLOSED, "Порт занят");
    assert_text("8f ae e0 e2 20 a7 a0 ad ef e2 0d 0a", CLOSED, "Порт занят");
    assert_text("cf ee f0 f2 20 b9 31 20 97 20 ab b8 e6 bb", CLOSED, "Порт №1 — «ёж»");
    assert_text("8f ae e0 e2 20 fc 31 20 f1 a6", CLOSED, "Порт №1 ёж");
    assert_text("c8 d1 cf ce cb dc c7 d3 c5 d2 d1 df", CLOSED, "ИСПОЛЬЗУЕТСЯ");
}

static void empty_lines_in_front_are_skipped(void **state)
{
    (void)state;
    assert_text("0d 0a 0d 0a 62 75 73 79 0d 0a 31", CLOSED, "busy");
    assert_text("0d 0a", CLOSED, NULL);
}

/* A control character is no text, and so it never reaches a message; nor do bytes that make no words. */
static void what_is_no_text_is_none(void **state)
{
    (void)state;
    assert_text("1b 5b 32 4a 62 75 73 79", CLOSED, NULL);
    assert_text("62 75 73 79 1b 0d 0a", CLOSED, NULL);
    assert_text("15 03 03 00 02 02 46", CLOSED, NULL);
    assert_text("62 75 73 79 7f", CLOSED, NULL);
    assert_text("c0 c1", CLOSED, NULL);
    assert_text("d0 d1 d2 b6", CLOSED, NULL);
    assert_text("e2 80 ae 61 62", CLOSED, NULL); /* it turns the direction of writing */
    assert_text("", CLOSED, NULL);
}

static void a_stream_that_goes_on_is_a_text_only_as_one_whole_line(void **state)
{
    (void)state;
    assert_text("62 75 73 79 0d 0a", GOES_ON, "busy");
    assert_text("62 75 73 79", GOES_ON, NULL);
    assert_text("31 0d 0a 32 0d 0a", GOES_ON, NULL);
}

static void a_text_that_is_cut_ends_at_a_whole_character(void **state)
{
    (void)state;
    uint8_t bytes[STRANGER_BYTES_MAX];
    char text[STRANGER_TEXT_MAX];
    bytes[0] = 'x';
    for (size_t i = 1; i < sizeof bytes; i++)
        bytes[i] = i % 2 ? 0xD0 : 0xBF;
    assert_true(stranger_text(bytes, sizeof bytes, true, text));
    assert_int_equal(strlen(text), sizeof bytes - 1);
    memset(bytes, 0xCF, sizeof bytes);
    assert_true(stranger_text(bytes, sizeof bytes, true, text));
    assert_int_equal(strlen(text), 2 * sizeof bytes);
}

static void other_services_are_known_by_their_greeting(void **state)
{
    (void)state;
    assert_true(stranger_is_service("HTTP/1.1 400 Bad Request"));
    assert_true(stranger_is_service("SSH-2.0-OpenSSH_9.2"));
    assert_true(stranger_is_service("220-mail"));
    assert_false(stranger_is_service("Port already in use"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_read_in_the_letters_that_make_russian_of_it),
        cmocka_unit_test(empty_lines_in_front_are_skipped),
        cmocka_unit_test(what_is_no_text_is_none),
        cmocka_unit_test(a_stream_that_goes_on_is_a_text_only_as_one_whole_line),
        cmocka_unit_test(a_text_that_is_cut_ends_at_a_whole_character),
        cmocka_unit_test(other_services_are_known_by_their_greeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
