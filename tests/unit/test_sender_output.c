/* What zabbix_sender says of a batch. */
#include "push/sender_output.h"

#include "check.h"

#include <string.h>

static struct sender_output said(const char *text, size_t step)
{
    struct sender_output o = {0};
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += step)
        sender_output_parse(&o, text + at, at + step > length ? length - at : step);
    sender_output_parse(&o, NULL, 0);
    return o;
}

static void each_server_that_answers_is_counted(void **state)
{
    (void)state;
    const char *text = "Response from \"10.0.0.1:10051\": \"processed: 3; failed: 0; total: 3; seconds spent: 0.1\"\n"
                       "Response from \"10.0.0.2:10051\": \"processed: 1; failed: 2; total: 3; seconds spent: 0.1\"\n"
                       "sent: 3; skipped: 0; total: 3\n";
    for (size_t step = 1; step < 300; step += 7) {
        struct sender_output o = said(text, step);
        assert_int_equal(o.responses, 2);
        assert_int_equal(o.refused, 2);
        assert_int_equal(o.total, 3);
        assert_string_equal(o.last, "sent: 3; skipped: 0; total: 3");
    }
}

static void the_last_line_tells_why(void **state)
{
    (void)state;
    struct sender_output o = said("zabbix_sender [7]: DEBUG: no\r\nSending failed.", 5);
    assert_int_equal(o.responses, 0);
    assert_string_equal(o.last, "Sending failed.");
    assert_string_equal(said("why\n\n", 9).last, "why");
    assert_string_equal(said("", 9).last, "");
}

/* A server says what it likes: numbers that no batch has are seen as such, an escape sequence reaches no terminal. */
static void what_a_server_says_is_bounded(void **state)
{
    (void)state;
    struct sender_output o = said("Response from \"h:1\": \"processed: 1; failed: 99999999999999999999; total: -1\"\n"
                                  "Response from \"h:1\": \"\x1b[2J\xff\xc2\x9b ok\"\n",
                                  7);
    assert_int_equal(o.responses, 0);
    assert_string_equal(o.last, "Response from \"h:1\": \"\\x1b[2J\\xff\\x9b ok\"");
    o = said("Response from \"h:1\": \"processed: 1; failed: 99999999999999999999; total: 3\"\n", 9);
    assert_int_equal(o.responses, 1);
    assert_int_equal(o.refused, UINT32_MAX);
}

static void a_line_that_it_cannot_read(void **state)
{
    (void)state;
    assert_true(said("zabbix_sender [7]: ERROR: [line 1] 'Hostname' required\nSending failed.\n", 9).wrong_line);
    assert_false(said("Response from \"h:1\": \"zabbix_sender [7]: ERROR: [line 1]\"\n", 9).wrong_line);
}

static void older_zabbix(void **state)
{
    (void)state;
    struct sender_output o = said("info from server: \"processed: 0; failed: 1; total: 1; seconds spent: 0.1\"\n", 99);
    assert_int_equal(o.responses, 1);
    assert_int_equal(o.refused, 1);
}

static void a_line_without_end_is_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct sender_output o = said(text, 1000);
    assert_int_equal(strlen(o.last), sizeof o.last - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_server_that_answers_is_counted),
        cmocka_unit_test(the_last_line_tells_why),
        cmocka_unit_test(older_zabbix),
        cmocka_unit_test(what_a_server_says_is_bounded),
        cmocka_unit_test(a_line_that_it_cannot_read),
        cmocka_unit_test(a_line_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
