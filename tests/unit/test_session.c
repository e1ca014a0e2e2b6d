/* Whole polls of both protocols, with everything that can go wrong on the way. */
#include "kkt_answers.h"

static struct play_session s;
static struct play three, five;

static int fresh(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    memset(&three, 0, sizeof three);
    memset(&five, 0, sizeof five);
    three.protocol = KKT_PROTOCOL_3;
    three.answers = answers_3;
    three.otherwise = ABSENT_3;
    five.protocol = KKT_PROTOCOL_5;
    five.answers = answers_5;
    five.otherwise = ABSENT_5;
    s.ask.deadline_ms = 15000;
    return 0;
}

static int end(void **state)
{
    (void)state;
    play_end(&s);
    return 0;
}

static void want_quick(void)
{
    metric_set_add_rate(&s.ask.wanted, RATE_QUICK);
}

static void a_quick_poll_of_protocol_3_is_11_requests(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_string_equal(s.out.failure.detail, "");
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.protocol, KKT_PROTOCOL_3);
    assert_int_equal(s.out.requests, 11);
    assert_int_equal(s.out.retries, 0);
    assert_int_equal(three.tasks, 11);
    assert_int_equal(three.acks, 11);
    assert_int_equal(snapshot_int(&s.out, METRIC_ofd_unsent_count), 7);
}

static void a_full_poll_of_protocol_3_is_42_requests(void **state)
{
    (void)state;
    want_quick();
    metric_set_add_rate(&s.ask.wanted, RATE_SLOW);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    /* One tag of the answers has two blocks. */
    assert_int_equal(s.out.requests, 43);
    assert_string_equal(snapshot_text(&s.out, METRIC_registration_organization_name), "АБВ№$");
    assert_false(snapshot_has(&s.out, METRIC_device_mac));
}

static void a_quick_poll_of_platform_5_is_11_requests(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_string_equal(s.out.failure.detail, "");
    assert_int_equal(s.out.protocol, KKT_PROTOCOL_5);
    assert_int_equal(s.out.requests, 11);
    assert_int_equal(five.tasks, 11);
    assert_string_equal(snapshot_text(&s.out, METRIC_device_firmware), "5.17.0");
}

static void a_full_poll_of_platform_5_is_at_most_45_requests(void **state)
{
    (void)state;
    want_quick();
    metric_set_add_rate(&s.ask.wanted, RATE_SLOW);
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_in_range(s.out.requests, 40, 45);
    assert_string_equal(s.out.failure.detail, "");
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_resource_days), 400);
}

static void a_closed_shift_is_not_asked_for_its_opening(void **state)
{
    (void)state;
    static const struct play_answer closed[] = {
        {"01", "000;2;0;1;"     },
        {"A1", "00221126123456;"},
        {"11", "00451;18243;37;"},
        {NULL, NULL             }
    };
    five.answers = closed;
    metric_set_add(&s.ask.wanted, METRIC_shift_state);
    metric_set_add(&s.ask.wanted, METRIC_shift_expires);
    metric_set_add(&s.ask.wanted, METRIC_shift_number);
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 3);
    assert_int_equal(snapshot_int(&s.out, METRIC_shift_state), 0);
    assert_int_equal(snapshot_int(&s.out, METRIC_shift_number), 451);
    assert_false(snapshot_has(&s.out, METRIC_shift_expires));
    /* What was read for the sake of another value is not told. */
    assert_false(snapshot_has(&s.out, METRIC_device_time));
}

static void the_first_write_is_the_combined_probe(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    struct bytes probe = hex("24 40 0D 00 20 01 F7 40 74 65 73 74 65 FE 01 00 00 C4 02");
    uint8_t out[64];
    assert_int_equal(kkt_session_take_output(s.session, out, sizeof out), probe.count);
    assert_memory_equal(out, probe.at, probe.count);
}

static void one_write_carries_the_acknowledgement_and_the_next_request(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    unsigned writes = 0;
    while (s.next == KKT_NEXT_WAIT && play_turn(&s, &three, NULL, NULL))
        writes++;
    assert_int_equal(s.next, KKT_NEXT_DONE);
    assert_int_equal(writes, 12); /* the probe and 11 requests */
    assert_true(play_turn(&s, &three, NULL, NULL));
    assert_int_equal(three.acks, 11);
}

static void a_known_protocol_is_not_probed(void **state)
{
    (void)state;
    want_quick();
    s.ask.protocol = KKT_PROTOCOL_5;
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 11);
}

static void silence_is_no_answer_within_two_seconds(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    three.protocol = KKT_PROTOCOL_UNKNOWN; /* hears nothing */
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NO_ANSWER);
    assert_int_equal(s.now, 2000);
}

static void a_web_server_is_not_a_register(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    s.next = kkt_session_input(s.session, (const uint8_t *)text, sizeof text - 1, 5);
    three.protocol = KKT_PROTOCOL_UNKNOWN;
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NOT_A_KKT);
    assert_string_equal(s.out.failure.detail, "to the probe it answers 48 54 54 50 2F 31 2E 31 …");
}

static void an_echo_server_is_found_out(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    uint8_t out[64];
    size_t n = kkt_session_take_output(s.session, out, sizeof out);
    assert_int_equal(kkt_session_input(s.session, out, n, 1), KKT_NEXT_DONE);
    assert_int_equal(s.out.failure.code, ERR_BAD_ANSWER);
    assert_true(metric_set_empty(&s.out.present));
}

static void put_garbage_before(struct bytes *reply, void *user)
{
    (void)user;
    if (reply->count == 0)
        return;
    struct bytes garbage = hex("00 55 41 fd 0d 0a");
    memmove(reply->at + garbage.count, reply->at, reply->count);
    memcpy(reply->at, garbage.at, garbage.count);
    reply->count += garbage.count;
}

static void garbage_between_answers_is_skipped(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    play_run(&s, &three, put_garbage_before, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.retries, 0);
}

/* user: count of tasks until the strange frame */
static void put_other_kind(struct bytes *reply, void *user)
{
    unsigned *left = user;
    if (reply->count == 0 || (*left)-- != 0)
        return;
    struct bytes other =
        reply->at[0] == 0xFE ? hex("24 40 0D 00 20 01 F7 40 74 65 73 74 65") : hex("fe 01 00 33 a1 d3");
    memmove(reply->at + other.count, reply->at, reply->count);
    memcpy(reply->at, other.at, other.count);
    reply->count += other.count;
}

static void a_frame_of_the_other_kind_ends_the_poll_without_values(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    unsigned left = 5;
    play_run(&s, &three, put_other_kind, &left);
    assert_int_equal(s.out.failure.code, ERR_BAD_ANSWER);
    assert_true(metric_set_empty(&s.out.present));
    play_end(&s);

    play_start(&s);
    left = 5;
    play_run(&s, &five, put_other_kind, &left);
    assert_int_equal(s.out.failure.code, ERR_BAD_ANSWER);
    assert_true(metric_set_empty(&s.out.present));
}

static bool silent_for_uptime(struct play *p, const uint8_t *task, size_t count)
{
    (void)p;
    return !(count == 4 && task[1] == 0x43);
}

static void one_request_without_answer_costs_only_its_values(void **state)
{
    (void)state;
    want_quick();
    three.on_task = silent_for_uptime;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
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

static void a_register_that_dies_in_the_middle_leaves_no_values(void **state)
{
    (void)state;
    want_quick();
    three.on_task = silent_after_five;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NO_ANSWER);
    assert_true(metric_set_empty(&s.out.present));
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
    assert_string_equal(s.out.failure.detail, "91 12; 91 15; 91 2B; 91 39; 91 43; 91 16");
    assert_int_equal(snapshot_int(&s.out, METRIC_ofd_unsent_count), 7);
}

static void a_busy_register_is_asked_again_until_the_time_is_over(void **state)
{
    (void)state;
    want_quick();
    three.answers = NULL;
    three.otherwise = "55 76 00";
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_KKT_BUSY);
    assert_true(three.tasks > 10);
    assert_int_equal(s.out.requests, 1);
    assert_int_equal(s.now, 15000);
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

static void without_an_fn_only_its_absence_is_told(void **state)
{
    (void)state;
    static const struct play_answer no_fn_3[] = {
        {"A4 30", "55 D2 00"                                                                                 },
        {"3F",    "44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04"},
        {NULL,    NULL                                                                                       }
    };
    static const struct play_answer no_fn_5[] = {
        {"01", "000;66;0;1;"    },
        {"A1", "00221126123456;"},
        {NULL, NULL             }
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
    assert_false(snapshot_has(&s.out, METRIC_ofd_last_sent));
    assert_true(snapshot_has(&s.out, METRIC_device_time));
    assert_int_equal(s.out.requests, 2);
    play_end(&s);

    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_present), 0);
    assert_false(snapshot_has(&s.out, METRIC_fn_state));
    assert_int_equal(s.out.requests, 2);
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
    assert_true(kkt_session_take_output(s.session, lost, sizeof lost) > 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_quick_poll_of_protocol_3_is_11_requests),
        TEST(a_full_poll_of_protocol_3_is_42_requests),
        TEST(a_quick_poll_of_platform_5_is_11_requests),
        TEST(a_full_poll_of_platform_5_is_at_most_45_requests),
        TEST(a_closed_shift_is_not_asked_for_its_opening),
        TEST(the_first_write_is_the_combined_probe),
        TEST(one_write_carries_the_acknowledgement_and_the_next_request),
        TEST(a_known_protocol_is_not_probed),
        TEST(silence_is_no_answer_within_two_seconds),
        TEST(a_web_server_is_not_a_register),
        TEST(an_echo_server_is_found_out),
        TEST(garbage_between_answers_is_skipped),
        TEST(a_frame_of_the_other_kind_ends_the_poll_without_values),
        TEST(one_request_without_answer_costs_only_its_values),
        TEST(a_register_that_dies_in_the_middle_leaves_no_values),
        TEST(a_short_time_gives_what_was_read_and_names_the_rest),
        TEST(a_busy_register_is_asked_again_until_the_time_is_over),
        TEST(a_wrong_password_ends_the_poll),
        TEST(without_an_fn_only_its_absence_is_told),
        TEST(an_unregistered_register_of_platform_5_is_not_asked_for_its_registration),
        TEST(what_a_register_does_not_have_is_no_failure),
        TEST(a_register_that_refuses_everything_has_no_values),
        TEST(a_closed_link_is_opened_again_and_the_poll_goes_on),
        TEST(a_link_that_closes_again_and_again_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
