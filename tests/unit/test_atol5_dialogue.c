/* Requests and losses on the channels of platform 5 (protocol-5.md §3, §4). */
#include "kkt/atol5/dialogue.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

static struct atol5_dialogue d;
static struct kkt_queue q;
static struct atol5_decoder decoder;

#define SILENCE 1500

static int fresh(void **state)
{
    (void)state;
    memset(&q, 0, sizeof q);
    memset(&decoder, 0, sizeof decoder);
    atol5_dialogue_start(&d, SILENCE, 7);
    atol5_dialogue_ask(&d, &q, ATOL5_FISCAL, (const uint8_t *)"22", 2, KKT_MAY_REPEAT, 0);
    return 0;
}

static void assert_sent(uint8_t channel, const char *payload)
{
    struct bytes want = hex(payload);
    uint8_t byte;
    while (kkt_queue_pop(&q, &byte, 1) == 1)
        if (atol5_decoder_push(&decoder, byte) == ATOL5_EVENT_FRAME) {
            assert_int_equal(decoder.header.source, ATOL5_HOST);
            assert_int_equal(decoder.header.destination, channel);
            assert_int_equal(decoder.header.type, ATOL5_TYPE_DATA);
            assert_int_equal(decoder.count, want.count);
            assert_memory_equal(decoder.payload, want.at, want.count);
            return;
        }
    fail_msg("nothing was sent, expected %s", payload);
}

static enum kkt_progress hear_from(uint8_t source, uint8_t type, const char *payload, uint64_t now)
{
    static struct bytes b;
    b = hex(payload);
    const struct atol5_header header = {0x18, source, ATOL5_HOST, type};
    return atol5_dialogue_frame(&d, &q, &header, b.at, b.count, now);
}

static enum kkt_progress hear(const char *payload, uint64_t now)
{
    return hear_from(ATOL5_FISCAL, 0x40, payload, now);
}

/* The first request (task 7) is answered, the next one (task 8) is sent. */
static void answer_the_first(void)
{
    assert_sent(ATOL5_FISCAL, "07 40 32 32");
    assert_int_equal(hear("07 30 30 41 3b", 1), KKT_PROGRESS_ANSWER);
    atol5_dialogue_ask(&d, &q, ATOL5_FISCAL, (const uint8_t *)"01", 2, KKT_MAY_REPEAT, 2);
    assert_sent(ATOL5_FISCAL, "08 40 30 31");
}

static void an_answer_is_its_code_and_data(void **state)
{
    (void)state;
    assert_sent(ATOL5_FISCAL, "07 40 32 32");
    assert_int_equal(hear("07 30 30 41 3b", 1), KKT_PROGRESS_ANSWER);
    struct bytes want = hex("30 30 41 3b");
    assert_int_equal(d.answer_count, want.count);
    assert_memory_equal(d.answer, want.at, want.count);
    assert_int_equal(hear("07 30 30 41 3b", 2), KKT_PROGRESS_WAIT); /* the same once more */
}

static void types_40_and_00_are_answers_and_bit_1_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(hear_from(ATOL5_FISCAL, 0x42, "07 30 30", 1), KKT_PROGRESS_WAIT);
    assert_int_equal(hear_from(ATOL5_FISCAL, 0x00, "07 30 30", 1), KKT_PROGRESS_ANSWER);
}

static void other_channels_and_other_tasks_are_no_answer(void **state)
{
    (void)state;
    assert_int_equal(hear_from(ATOL5_SYSTEM, 0x40, "07 30 30", 1), KKT_PROGRESS_WAIT);
    assert_int_equal(hear_from(ATOL5_ECHO, 0x40, "07 30 30", 1), KKT_PROGRESS_WAIT);
    assert_int_equal(hear("06 30 30", 1), KKT_PROGRESS_WAIT);
    assert_int_equal(hear("07 30 30", 1), KKT_PROGRESS_ANSWER);
    assert_int_equal(d.retries, 0);
}

static void a_lost_answer_is_asked_for_with_42_and_carries_the_old_task(void **state)
{
    (void)state;
    answer_the_first();
    atol5_dialogue_tick(&d, &q, 2 + SILENCE);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear("09 30 30", 1600), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "0a 40 30 31"); /* an answer with another id means that the request was lost */
}

static void the_answer_to_42(void **state)
{
    (void)state;
    answer_the_first();
    atol5_dialogue_tick(&d, &q, 2 + SILENCE);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear("08 30 30 42 3b", 1600), KKT_PROGRESS_ANSWER);
    assert_int_equal(d.retries, 1);
}

static void a_lost_request_is_sent_again_with_a_new_task(void **state)
{
    (void)state;
    answer_the_first();
    atol5_dialogue_tick(&d, &q, 2 + SILENCE);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear("07 30 30 41 3b", 1600), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "0a 40 30 31");
    assert_int_equal(hear("07 30 30 41 3b", 1601), KKT_PROGRESS_WAIT);
    assert_int_equal(hear("0a 30 30 42 3b", 1602), KKT_PROGRESS_ANSWER);
}

static void the_first_request_is_sent_again_because_42_could_bring_a_foreign_answer(void **state)
{
    (void)state;
    assert_sent(ATOL5_FISCAL, "07 40 32 32");
    atol5_dialogue_tick(&d, &q, SILENCE);
    assert_sent(ATOL5_FISCAL, "08 40 32 32");
    assert_int_equal(hear("08 30 30", 1600), KKT_PROGRESS_ANSWER);
    /* Each channel keeps its own last answer. */
    atol5_dialogue_ask(&d, &q, ATOL5_SYSTEM, (const uint8_t *)"\"16;", 4, KKT_MAY_REPEAT, 1700);
    assert_sent(ATOL5_SYSTEM, "09 40 22 31 36 3b");
    atol5_dialogue_tick(&d, &q, 1700 + SILENCE);
    assert_sent(ATOL5_SYSTEM, "0a 40 22 31 36 3b");
}

static void an_answer_to_an_earlier_try_is_as_good(void **state)
{
    (void)state;
    assert_sent(ATOL5_FISCAL, "07 40 32 32");
    atol5_dialogue_tick(&d, &q, SILENCE);
    assert_sent(ATOL5_FISCAL, "08 40 32 32");
    /* The register takes longer than we wait. */
    assert_int_equal(hear("07 30 30 41 3b", 1700), KKT_PROGRESS_ANSWER);
    atol5_dialogue_ask(&d, &q, ATOL5_FISCAL, (const uint8_t *)"01", 2, KKT_MAY_REPEAT, 1700);
    assert_int_equal(hear("08 30 30 41 3b", 3400), KKT_PROGRESS_WAIT);
    assert_int_equal(hear("09 30 30 42 3b", 3500), KKT_PROGRESS_ANSWER);
}

static void silence_is_given_up_in_the_end(void **state)
{
    (void)state;
    answer_the_first();
    uint64_t now = 2;
    for (unsigned i = 0; i < 3; i++) {
        now += SILENCE;
        assert_int_equal(atol5_dialogue_tick(&d, &q, now), KKT_PROGRESS_WAIT);
    }
    assert_int_equal(atol5_dialogue_tick(&d, &q, now + SILENCE), KKT_PROGRESS_SILENT);
    assert_int_equal(d.retries, 3);
}

static void damage_and_transport_errors_are_asked_about_at_once(void **state)
{
    (void)state;
    answer_the_first();
    assert_int_equal(atol5_dialogue_damaged(&d, &q, 3), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear_from(ATOL5_FISCAL, 0x41, "08 05 00", 4), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "0a 42");
    assert_int_equal(hear("08 30", 5), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "0b 42");
    assert_int_equal(hear("08 30 30", 6), KKT_PROGRESS_ANSWER);
}

static void damage_without_end_is_given_up(void **state)
{
    (void)state;
    unsigned tries = 1;
    while (atol5_dialogue_damaged(&d, &q, tries) == KKT_PROGRESS_WAIT && tries < 100) {
        tries++;
        q.count = 0;
    }
    assert_int_equal(tries, 7);
}

static void a_notice_of_the_control_channel_is_followed_once(void **state)
{
    (void)state;
    answer_the_first();
    assert_int_equal(hear_from(ATOL5_CONTROL, 0x40, "00 30 30", 3), KKT_PROGRESS_WAIT);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear_from(ATOL5_CONTROL, 0x40, "00 30 30", 4), KKT_PROGRESS_WAIT);
    assert_int_equal(q.count, 0);
    /* The task was not finished: its own answer comes later. */
    assert_int_equal(hear("07 30 30", 5), KKT_PROGRESS_WAIT);
    assert_int_equal(q.count, 0);
    assert_int_equal(hear("08 30 30", 6), KKT_PROGRESS_ANSWER);
}

static void a_busy_register_is_asked_again_after_the_pause(void **state)
{
    (void)state;
    answer_the_first();
    assert_int_equal(hear("08 31 61", 3), KKT_PROGRESS_ANSWER);
    atol5_dialogue_repeat(&d, 500, 3);
    atol5_dialogue_tick(&d, &q, 502);
    assert_int_equal(q.count, 0);
    atol5_dialogue_tick(&d, &q, 503);
    assert_sent(ATOL5_FISCAL, "09 40 30 31");
}

static void a_new_link_asks_for_the_missing_answer(void **state)
{
    (void)state;
    answer_the_first();
    atol5_dialogue_reopened(&d, &q, 100);
    assert_sent(ATOL5_FISCAL, "09 42");
    assert_int_equal(hear("08 30 30", 101), KKT_PROGRESS_ANSWER);
}

static void frame_ids_go_from_20_to_ff_and_then_21(void **state)
{
    (void)state;
    uint8_t before = 0;
    for (unsigned i = 0; i < 300; i++) {
        uint8_t byte;
        while (kkt_queue_pop(&q, &byte, 1) == 1)
            if (atol5_decoder_push(&decoder, byte) == ATOL5_EVENT_FRAME) {
                uint8_t want = i == 0 ? 0x20 : before == 0xFF ? 0x21 : (uint8_t)(before + 1);
                assert_int_equal(decoder.header.id, want);
                before = decoder.header.id;
            }
        atol5_dialogue_ask(&d, &q, ATOL5_FISCAL, (const uint8_t *)"01", 2, KKT_MAY_REPEAT, i);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

static void damage_is_told_as_damage_in_the_end(void **state)
{
    (void)state;
    uint64_t now = 2;
    enum kkt_progress p = KKT_PROGRESS_WAIT;
    answer_the_first();
    for (unsigned i = 0; i < 20 && p == KKT_PROGRESS_WAIT; i++)
        p = atol5_dialogue_damaged(&d, &q, now += 10);
    assert_int_equal(p, KKT_PROGRESS_DAMAGED);
}

/* A register that counts its frames goes from the last id to the first one: that is no odd step. */
static void the_ids_of_frames_begin_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct bytes b = hex("00 30 30 41 3b");
        const struct atol5_header header = {(uint8_t)(0x18 + i % 8), ATOL5_FISCAL, ATOL5_HOST, 0x40};
        b.at[0] = (uint8_t)(7 + i);
        assert_int_equal(atol5_dialogue_frame(&d, &q, &header, b.at, b.count, i), KKT_PROGRESS_ANSWER);
        atol5_dialogue_ask(&d, &q, ATOL5_FISCAL, (const uint8_t *)"01", 2, KKT_MAY_REPEAT, i);
    }
    assert_int_equal(d.unusual_headers, 0);
    assert_int_equal(d.retries, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(damage_is_told_as_damage_in_the_end, fresh),
        cmocka_unit_test_setup(the_ids_of_frames_begin_again, fresh),
        TEST(an_answer_is_its_code_and_data),
        TEST(types_40_and_00_are_answers_and_bit_1_is_ignored),
        TEST(other_channels_and_other_tasks_are_no_answer),
        TEST(a_lost_answer_is_asked_for_with_42_and_carries_the_old_task),
        TEST(the_answer_to_42),
        TEST(a_lost_request_is_sent_again_with_a_new_task),
        TEST(the_first_request_is_sent_again_because_42_could_bring_a_foreign_answer),
        TEST(an_answer_to_an_earlier_try_is_as_good),
        TEST(silence_is_given_up_in_the_end),
        TEST(damage_and_transport_errors_are_asked_about_at_once),
        TEST(damage_without_end_is_given_up),
        TEST(a_notice_of_the_control_channel_is_followed_once),
        TEST(a_busy_register_is_asked_again_after_the_pause),
        TEST(a_new_link_asks_for_the_missing_answer),
        TEST(frame_ids_go_from_20_to_ff_and_then_21),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
