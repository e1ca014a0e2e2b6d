/* Whole polls of both protocols in which something goes wrong: what is told and what is kept back. */
#include "kkt_poll.h"

static void an_answer_that_waited_for_a_slow_caller_is_no_silence(void **state)
{
    (void)state;
    metric_set_add(&s.ask.wanted, METRIC_device_uptime_s);
    s.ask.protocol = KKT_PROTOCOL_3;
    play_start(&s);
    s.now = 14000; /* all timeouts of the request are over, the poll's time is not */
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.retries, 0);
    assert_int_equal(snapshot_int(&s.out, METRIC_device_uptime_s), 86400);
}

static bool silent_for_uptime(struct play *p, const uint8_t *task, size_t count)
{
    (void)p;
    return !(count == 4 && task[1] == 0x43);
}

static void one_request_without_answer_costs_only_its_values(void **state)
{
    (void)state;
    poll_partly(&three, silent_for_uptime);
    assert_string_equal(s.out.failure.detail, "91 43: no answer");
    assert_false(snapshot_has(&s.out, METRIC_device_uptime_s));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

static bool silent_after_five(struct play *p, const uint8_t *task, size_t count)
{
    (void)task;
    (void)count;
    return p->tasks <= 5;
}

/* Soon: the second and the third request that are silent are tried twice only. */
static void a_register_that_dies_in_the_middle_ends_the_poll_soon_with_what_it_told(void **state)
{
    (void)state;
    want_quick();
    s.ask.deadline_ms = 60000;
    three.on_task = silent_after_five;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.now, 12000);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail,
                        "91 12: no answer; 91 15: no answer; 91 2B: no answer; not asked: 91 39; 91 43; 91 16");
    assert_int_equal(snapshot_int(&s.out, METRIC_ofd_unsent_count), 7);
    assert_false(snapshot_has(&s.out, METRIC_device_serial));
}

static void a_short_time_gives_what_was_read_and_names_the_rest(void **state)
{
    (void)state;
    want_quick();
    s.ask.deadline_ms = 3000;
    three.on_task = silent_after_five;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.now, 3000);
    assert_int_equal(s.out.failure.code, ERR_TOO_LITTLE_TIME);
    assert_string_equal(s.out.failure.detail, "91 12: no answer; not asked: 91 15; 91 2B; 91 39; 91 43; 91 16");
    assert_int_equal(snapshot_int(&s.out, METRIC_ofd_unsent_count), 7);
}

static bool silent_after_one(struct play *p, const uint8_t *task, size_t count)
{
    (void)task;
    (void)count;
    return p->tasks <= 1;
}

static void a_short_time_that_brought_no_value_is_no_partial_poll(void **state)
{
    (void)state;
    static const struct play_answer refused[] = {
        {"A5", "55 05 00"},
        {NULL, NULL      },
    };
    want_quick();
    s.ask.deadline_ms = 1000;
    three.answers = refused;
    three.on_task = silent_after_one;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NO_ANSWER);
    assert_non_null(strstr(s.out.failure.detail, "A5: 05"));
    assert_non_null(strstr(s.out.failure.detail, "3F: no answer; not asked: 45"));
    assert_true(metric_set_empty(&s.out.present));
}

static void a_register_that_is_busy_from_the_beginning_is_busy(void **state)
{
    (void)state;
    want_quick();
    three.answers = NULL;
    three.otherwise = "55 76 00";
    three.fails = true;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_KKT_BUSY);
    assert_string_equal(s.out.failure.detail, "45: busy");
    assert_string_equal(s.out.failure.detail_ru, "45: занята");
    /* Three requests, each three times: the port is not held for longer. */
    assert_int_equal(three.tasks, 9);
    assert_int_equal(s.now, 3000);
    play_end(&s);

    five.answers = NULL;
    five.otherwise = "1a";
    s.now = 0;
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_KKT_BUSY);
    assert_int_equal(s.now, 3000);
}

/* One request that is always busy costs its own values, and a second. */
static void one_busy_request_costs_its_own_values(void **state)
{
    (void)state;
    struct play_answer answers[sizeof answers_3 / sizeof answers_3[0] + 1];
    memcpy(answers + 1, answers_3, sizeof answers_3);
    answers[0] = (struct play_answer){"91 39 00 00", "55 76 00"};
    three.answers = answers;
    want_quick();
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "91 39: busy");
    assert_int_equal(s.now, 1000);
    assert_false(snapshot_has(&s.out, METRIC_ofd_last_sent));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
    assert_int_equal(three.tasks, 11 + 2);
}

/* At platform 5 the same codes are "busy" to the opening only: later there is nothing to wait for. */
static void not_in_this_mode_is_not_waited_for(void **state)
{
    (void)state;
    static const char *const codes[] = {"1a", ";a"};
    for (size_t c = 0; c < 2; c++) {
        struct play_answer answers[sizeof answers_5 / sizeof answers_5[0] + 1];
        memcpy(answers + 1, answers_5, sizeof answers_5);
        answers[0] = (struct play_answer){"11", codes[c]};
        five.answers = answers;
        want_quick();
        s.now = 0;
        play_start(&s);
        play_run(&s, &five, NULL, NULL);
        assert_int_equal(s.out.failure.code, ERR_PARTIAL);
        assert_non_null(strstr(s.out.failure.detail, "not possible in this mode"));
        assert_int_equal(s.now, 0);
        assert_false(snapshot_has(&s.out, METRIC_shift_number));
        assert_true(snapshot_has(&s.out, METRIC_ofd_last_sent));
        play_end(&s);
    }
    play_start(&s);
}

static void a_wrong_password_ends_the_poll(void **state)
{
    (void)state;
    want_quick();
    three.answers = NULL;
    three.otherwise = "55 8C 00";
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PASSWORD);
    assert_int_equal(three.tasks, 1);
}

static void without_an_fn_what_the_register_keeps_is_told(void **state)
{
    (void)state;
    static const struct play_answer no_fn_3[] = {
        {"A4 30",       "55 D2 00"                                                                                 },
        {"3F",          "44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04"},
        {"91 39 00 00", "55 00 21 11 26 10 15 00"                                                                  },
        {NULL,          NULL                                                                                       }
    };
    static const struct play_answer no_fn_5[] = {
        {"05", "000;3;0;16;1015;97;211126101500;"},
        {"01", "000;66;0;1;"                     },
        {"A1", "00221126123456;"                 },
        {NULL, NULL                              }
    };
    three.answers = no_fn_3;
    five.answers = no_fn_5;
    static const enum metric wanted[] = {METRIC_fn_present,    METRIC_fn_state,    METRIC_ofd_unsent_count,
                                         METRIC_ofd_last_sent, METRIC_device_time, METRIC_device_fiscal};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        metric_set_add(&s.ask.wanted, wanted[i]);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_present), 0);
    assert_false(snapshot_has(&s.out, METRIC_ofd_unsent_count));
    assert_true(snapshot_has(&s.out, METRIC_ofd_last_sent));
    assert_true(snapshot_has(&s.out, METRIC_device_time));
    assert_int_equal(s.out.requests, 3);
    play_end(&s);

    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_present), 0);
    assert_false(snapshot_has(&s.out, METRIC_fn_state));
    assert_true(snapshot_has(&s.out, METRIC_ofd_last_sent));
    assert_int_equal(s.out.requests, 3);
}

static void an_unregistered_register_of_platform_5_is_not_asked_for_its_registration(void **state)
{
    (void)state;
    static const struct play_answer not_fiscal[] = {
        {"01", "000;32;0;1;"},
        {"32", "000;"       },
        {NULL, NULL         }
    };
    five.answers = not_fiscal;
    metric_set_add(&s.ask.wanted, METRIC_registration_number);
    metric_set_add(&s.ask.wanted, METRIC_registration_taxation);
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    /* 01, 32 and 31, which is refused; no tag. */
    assert_int_equal(s.out.requests, 3);
    assert_true(metric_set_empty(&s.out.present));
}

/* Its 91 12 is garbage, which may look like a shift: it is not asked. */
static void a_register_that_is_not_fiscalised_has_no_shift_and_that_is_no_failure(void **state)
{
    (void)state;
    static const struct play_answer answers[] = {
        {"3F",          "44 30 01 26 11 22 12 34 56 4e 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04"},
        {"91 12 00 01", "55 00 02 01 01 16 00 00 00"                                                               },
        {"91 15 00 00", "55 00 04 50"                                                                              },
        {NULL,          NULL                                                                                       }
    };
    three.answers = answers;
    metric_set_add(&s.ask.wanted, METRIC_shift_state);
    metric_set_add(&s.ask.wanted, METRIC_shift_number);
    s.ask.protocol = KKT_PROTOCOL_3;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 1);
    assert_true(metric_set_empty(&s.out.present));
    assert_true(metric_set_has(&s.out.unsupported, METRIC_shift_state));
    assert_true(metric_set_has(&s.out.unsupported, METRIC_shift_number));
}

static void what_a_register_does_not_have_is_no_failure(void **state)
{
    (void)state;
    static const struct play_answer old[] = {
        {"3F",          "44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04"},
        {"91 43 00 00", "55 6C 00"                                                                                 },
        {NULL,          NULL                                                                                       }
    };
    three.answers = old;
    metric_set_add(&s.ask.wanted, METRIC_device_time);
    metric_set_add(&s.ask.wanted, METRIC_device_uptime_s);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_true(metric_set_has(&s.out.unsupported, METRIC_device_uptime_s));
    assert_false(snapshot_has(&s.out, METRIC_device_uptime_s));
}

static void a_register_that_refuses_everything_has_no_values(void **state)
{
    (void)state;
    want_quick();
    three.answers = NULL;
    three.otherwise = "55 EF 00";
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_REFUSED);
    assert_non_null(strstr(s.out.failure.detail, "A5: EF the FN did not answer in time; 3F: EF"));
    assert_true(metric_set_empty(&s.out.present));
}

static void a_closed_link_is_opened_again_and_the_poll_goes_on(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    for (unsigned i = 0; i < 4; i++)
        assert_true(play_turn(&s, &five, NULL, NULL));
    uint8_t lost[256];
    assert_true(kkt_session_output(s.session, lost, sizeof lost) > 0);
    assert_int_equal(kkt_session_link_lost(s.session, s.now), KKT_NEXT_RECONNECT);
    assert_int_equal(kkt_session_wake_at(s.session), s.ask.deadline_ms);
    s.now += 100;
    s.next = kkt_session_link_opened(s.session, s.now);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 11);
}

static void a_link_that_closes_again_and_again_is_lost(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    assert_true(play_turn(&s, &three, NULL, NULL));
    assert_int_equal(kkt_session_link_lost(s.session, 1), KKT_NEXT_RECONNECT);
    assert_int_equal(kkt_session_link_opened(s.session, 2), KKT_NEXT_WAIT);
    assert_int_equal(kkt_session_link_lost(s.session, 3), KKT_NEXT_RECONNECT);
    assert_int_equal(kkt_session_link_opened(s.session, 4), KKT_NEXT_WAIT);
    assert_int_equal(kkt_session_link_lost(s.session, 5), KKT_NEXT_DONE);
    assert_int_equal(s.out.failure.code, ERR_CONNECTION_LOST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

/* Busy now and then is not busy for ever: each of them is waited for, while answers come in between. */
static void requests_that_are_busy_now_and_then_are_each_waited_for(void **state)
{
    (void)state;
    struct play_answer answers[sizeof answers_3 / sizeof answers_3[0] + 4];
    memcpy(answers + 4, answers_3, sizeof answers_3);
    static const char *const busy[] = {"A4 20", "91 15 00 00", "91 39 00 00", "91 16 00 00"};
    for (unsigned i = 0; i < 4; i++)
        answers[i] = (struct play_answer){busy[i], "55 76 00"};
    three.answers = answers;
    want_quick();
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "A4 20: busy; 91 15: busy; 91 39: busy; 91 16: busy");
    assert_int_equal(three.tasks, 11 + 4 * 2);
}

/* What needs no FN is asked after it was found missing as before. */
static void without_an_fn_the_rest_is_read(void **state)
{
    (void)state;
    struct play_answer answers[sizeof answers_3 / sizeof answers_3[0] + 1];
    memcpy(answers + 1, answers_3, sizeof answers_3);
    answers[0] = (struct play_answer){"A4 30", "55 D2 00"};
    three.answers = answers;
    want_quick();
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_present), 0);
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
    assert_true(snapshot_has(&s.out, METRIC_device_uptime_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_that_are_busy_now_and_then_are_each_waited_for, fresh, end),
        cmocka_unit_test_setup_teardown(without_an_fn_the_rest_is_read, fresh, end),
        TEST(an_answer_that_waited_for_a_slow_caller_is_no_silence),
        TEST(one_request_without_answer_costs_only_its_values),
        TEST(a_register_that_dies_in_the_middle_ends_the_poll_soon_with_what_it_told),
        TEST(a_short_time_gives_what_was_read_and_names_the_rest),
        TEST(a_short_time_that_brought_no_value_is_no_partial_poll),
        TEST(a_register_that_is_busy_from_the_beginning_is_busy),
        TEST(one_busy_request_costs_its_own_values),
        TEST(not_in_this_mode_is_not_waited_for),
        TEST(a_wrong_password_ends_the_poll),
        TEST(without_an_fn_what_the_register_keeps_is_told),
        TEST(an_unregistered_register_of_platform_5_is_not_asked_for_its_registration),
        TEST(a_register_that_is_not_fiscalised_has_no_shift_and_that_is_no_failure),
        TEST(what_a_register_does_not_have_is_no_failure),
        TEST(a_register_that_refuses_everything_has_no_values),
        TEST(a_closed_link_is_opened_again_and_the_poll_goes_on),
        TEST(a_link_that_closes_again_and_again_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
