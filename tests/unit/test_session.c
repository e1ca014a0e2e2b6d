/* Whole polls of both protocols: which requests they send, how the protocol is found out, what is no register. */
#include "kkt_poll.h"

/* C2 of each task id of our own. */
#define OPENING_ACKS 3

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
    assert_int_equal(three.acks, OPENING_ACKS + 11);
    assert_int_equal(three.aborts, 0);
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

/* One tag instead of seven: most registers of today. */
static void a_full_poll_with_ffd_1_2_is_36_requests(void **state)
{
    (void)state;
    struct play_answer answers[sizeof answers_3 / sizeof answers_3[0] + 1];
    memcpy(answers + 1, answers_3, sizeof answers_3);
    for (unsigned i = 1; answers[i].task; i++)
        if (strcmp(answers[i].task, "E9 b9 04 00") == 0)
            answers[i].answer = "55 00 01 b9 04 01 00 04";
    answers[0] = (struct play_answer){"E9 0a 05 00", "55 00 01 0a 05 04 00 00 01 00 00"};
    three.answers = answers;
    want_quick();
    metric_set_add_rate(&s.ask.wanted, RATE_SLOW);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 37);
    assert_int_equal(snapshot_int(&s.out, METRIC_registration_marked), 1);
    assert_int_equal(snapshot_int(&s.out, METRIC_registration_excise), 0);
    play_end(&s);

    /* A register of that format without the mask: the single tags are asked. */
    answers[0].answer = ABSENT_3;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 44);
    assert_false(snapshot_has(&s.out, METRIC_registration_marked));
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

static void assert_written(const char *bytes)
{
    struct bytes want = hex(bytes);
    uint8_t out[64];
    assert_int_equal(kkt_session_output(s.session, out, sizeof out), want.count);
    assert_memory_equal(out, want.at, want.count);
}

static void the_first_probe_changes_nothing_and_the_vendors_comes_after_silence_only(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    assert_written("24 40 0D 00 20 01 F7 40 74 65 73 74 65 FE 02 00 00 C3 DE D7");
    assert_int_equal(kkt_session_tick(s.session, 999), KKT_NEXT_WAIT);
    assert_written("");
    assert_int_equal(kkt_session_tick(s.session, 1000), KKT_NEXT_WAIT);
    assert_written("24 40 0D 00 20 01 F7 40 74 65 73 74 65 FE 01 00 00 C4 02");
    assert_int_equal(kkt_session_tick(s.session, 1999), KKT_NEXT_WAIT);
    assert_int_equal(kkt_session_tick(s.session, 2000), KKT_NEXT_DONE);
    assert_int_equal(s.out.failure.code, ERR_NO_ANSWER);
}

static void a_register_that_answers_only_the_vendors_probe_is_read(void **state)
{
    (void)state;
    want_quick();
    three.knows_no_request = true;
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(three.aborts, 1);
}

static void a_converter_that_speaks_telnet_is_recognised(void **state)
{
    (void)state;
    static const char *const greetings[] = {"ff fb 01 ff fb 03",          "ff fd 2c ff fb 2c",      "ff fc 01",
                                            "ff fa 2c 01 ff f0",          "ff fe 01 ff fe 03",      "ff fe 81",
                                            "4d 4f 58 41 0d 0a ff fb 01", "0d 0a 3e 20 ff fe 01 ff"};
    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++)
        for (unsigned known = 0; known < 2; known++) {
            want_quick();
            s.ask.protocol = known ? KKT_PROTOCOL_3 : KKT_PROTOCOL_UNKNOWN;
            play_start(&s);
            struct bytes b = hex(greetings[i]);
            assert_int_equal(kkt_session_input(s.session, b.at, b.count, 1), KKT_NEXT_DONE);
            assert_int_equal(s.out.failure.code, ERR_TELNET);
            play_end(&s);
        }
    /* Noise and a frame of protocol 3 is none: DONT and STX are one byte. */
    s.ask.protocol = KKT_PROTOCOL_UNKNOWN;
    play_start(&s);
    struct bytes b = hex("ff fe 01 00 00 b3 ad");
    assert_int_equal(kkt_session_input(s.session, b.at, b.count, 1), KKT_NEXT_WAIT);
    play_end(&s);
    /* Nor is FF in the middle of an answer, or behind bytes that are no text. */
    static const char *const others[] = {"24 40 01 ff fb 01", "fe 04 00 00 a3 ff fb 01", "00 ff fb 01", "ff ff fb 01"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        play_start(&s);
        b = hex(others[i]);
        assert_int_equal(kkt_session_input(s.session, b.at, b.count, 1), KKT_NEXT_WAIT);
        play_end(&s);
    }
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
    assert_int_equal(three.acks, OPENING_ACKS + 11);
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
    assert_string_equal(s.out.failure.detail, "it answers the probe with 48 54 54 50 2F 31 2E 31 …");
}

static void an_echo_server_is_found_out(void **state)
{
    (void)state;
    want_quick();
    play_start(&s);
    uint8_t out[64];
    size_t n = kkt_session_output(s.session, out, sizeof out);
    assert_int_equal(kkt_session_input(s.session, out, n, 1), KKT_NEXT_DONE);
    assert_int_equal(s.out.failure.code, ERR_NOT_A_KKT);
    assert_string_equal(s.out.failure.detail, "it sends back what is sent to it");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_quick_poll_of_protocol_3_is_11_requests),
        TEST(a_full_poll_of_protocol_3_is_42_requests),
        TEST(a_full_poll_with_ffd_1_2_is_36_requests),
        TEST(a_quick_poll_of_platform_5_is_11_requests),
        TEST(a_full_poll_of_platform_5_is_at_most_45_requests),
        TEST(a_closed_shift_is_not_asked_for_its_opening),
        TEST(the_first_probe_changes_nothing_and_the_vendors_comes_after_silence_only),
        TEST(a_register_that_answers_only_the_vendors_probe_is_read),
        TEST(a_converter_that_speaks_telnet_is_recognised),
        TEST(one_write_carries_the_acknowledgement_and_the_next_request),
        TEST(a_known_protocol_is_not_probed),
        TEST(silence_is_no_answer_within_two_seconds),
        TEST(a_web_server_is_not_a_register),
        TEST(an_echo_server_is_found_out),
        TEST(garbage_between_answers_is_skipped),
        TEST(a_frame_of_the_other_kind_ends_the_poll_without_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
