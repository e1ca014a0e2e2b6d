/* An error EE of protocol 3: the register tells the reason when it is asked at once (docs/protocol-3.md §6). */
#include "kkt_poll.h"

/* 91 37 right behind the refusal: the register keeps only the last reason. */
static const struct play_answer reason_tables[][5] = {
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 00 00 91 01 03"}, {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 00 00 91 01 07"}, {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 00 00 91 77 77"}, {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 00 00 A4 01 03"}, {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 7A 00"},          {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 00 00 91"},       {"91 43 00 00", "55 00 00 00 08 64 00"}},
    {{"91 39 00 00", "55 EE 00"}, {"91 37 00 00", "55 EE 00"},          {"91 43 00 00", "55 00 00 00 08 64 00"}},
};

static void an_extended_error_is_told_with_its_reason(void **state)
{
    (void)state;
    static const char *const details[] = {
        "91 39: EE 0103 invalid taxation system",
        "91 39: EE 0107 excisable commodity denied",
        "91 39: EE 7777 unknown code",
        "91 39: EE the register gives no reason", /* it speaks of another command */
        "91 39: EE the register gives no reason",
        "91 39: EE the register gives no reason",
        "91 39: EE the register gives no reason",
    };
    metric_set_add(&s.ask.wanted, METRIC_ofd_last_sent);
    metric_set_add(&s.ask.wanted, METRIC_device_uptime_s);
    s.ask.protocol = KKT_PROTOCOL_3;
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        three.answers = reason_tables[i];
        play_start(&s);
        play_run(&s, &three, NULL, NULL);
        assert_int_equal(s.out.failure.code, ERR_PARTIAL);
        assert_string_equal(s.out.failure.detail, details[i]);
        assert_false(snapshot_has(&s.out, METRIC_ofd_last_sent));
        assert_int_equal(snapshot_int(&s.out, METRIC_device_uptime_s), 86400);
        assert_int_equal(s.out.requests, 3);
        play_end(&s);
    }
    play_start(&s);
}

static bool silent_for_the_reason(struct play *p, const uint8_t *task, size_t count)
{
    (void)p;
    return !(count == 4 && task[1] == 0x37);
}

static void a_reason_without_an_answer_costs_nothing_else(void **state)
{
    (void)state;
    metric_set_add(&s.ask.wanted, METRIC_ofd_last_sent);
    metric_set_add(&s.ask.wanted, METRIC_device_uptime_s);
    s.ask.protocol = KKT_PROTOCOL_3;
    three.answers = reason_tables[0];
    three.on_task = silent_for_the_reason;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "91 39: refused; 91 37: no answer");
    assert_int_equal(snapshot_int(&s.out, METRIC_device_uptime_s), 86400);
}

static void a_register_that_is_busy_at_the_reason_costs_nothing_else(void **state)
{
    (void)state;
    static const struct play_answer busy[] = {
        {"91 39 00 00", "55 EE 00"            },
        {"91 37 00 00", "55 76 00"            },
        {"91 43 00 00", "55 00 00 00 08 64 00"},
        {NULL,          NULL                  }
    };
    metric_set_add(&s.ask.wanted, METRIC_ofd_last_sent);
    metric_set_add(&s.ask.wanted, METRIC_device_uptime_s);
    s.ask.protocol = KKT_PROTOCOL_3;
    three.answers = busy;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "91 39: refused; 91 37: busy");
    assert_false(snapshot_has(&s.out, METRIC_ofd_last_sent));
    assert_int_equal(snapshot_int(&s.out, METRIC_device_uptime_s), 86400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_extended_error_is_told_with_its_reason),
        TEST(a_reason_without_an_answer_costs_nothing_else),
        TEST(a_register_that_is_busy_at_the_reason_costs_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
