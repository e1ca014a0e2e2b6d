/* The task buffer of protocol 3: every row of protocol-3.md §2 and what is done about it. */
#include "kkt/atol3/dialogue.h"
#include "kkt/atol3/frame.h"

#include "bytes.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static struct atol3_dialogue d;
static struct kkt_queue q;
static struct atol3_decoder decoder;
static uint8_t last_id;

#define SILENCE 1500
/* Flags: the result is wanted, others' tasks go on after an error. Ids: DD, DE, DF. */
#define ADD_0 "c1 03 dd 12 34 91 11 00 00"
#define ADD_1 "c1 03 de 12 34 91 11 00 00"
#define ADD_2 "c1 03 df 12 34 91 11 00 00"
#define DATE  "55 00 22 11 26 12 34 56"

static const uint8_t date[] = {0x91, 0x11, 0, 0};

static int fresh(void **state)
{
    (void)state;
    memset(&q, 0, sizeof q);
    memset(&decoder, 0, sizeof decoder);
    atol3_dialogue_start(&d, (const uint8_t[]){0x12, 0x34}, SILENCE, 0);
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 0);
    return 0;
}

/* The next frame that waits to be written has this data. */
static void assert_sent(const char *data)
{
    struct bytes want = hex(data);
    uint8_t byte;
    while (kkt_queue_pop(&q, &byte, 1) == 1)
        if (atol3_decoder_push(&decoder, byte) == ATOL3_EVENT_FRAME) {
            last_id = decoder.id;
            assert_int_equal(decoder.count, want.count);
            assert_memory_equal(decoder.data, want.at, want.count);
            return;
        }
    fail_msg("nothing was sent, expected %s", data);
}

/* The opening: our ids are acknowledged, whatever an earlier poll has left; then the first task. */
static void assert_opened(void)
{
    assert_sent("c2 dd");
    assert_sent("c2 de");
    assert_sent("c2 df");
    assert_sent(ADD_0);
}

static void assert_nothing_sent(void)
{
    assert_int_equal(q.count, 0);
}

static enum kkt_progress hear(uint8_t id, const char *data, uint64_t now)
{
    static struct bytes b;
    b = hex(data);
    return atol3_dialogue_frame(&d, &q, id, b.at, b.count, now);
}

static void assert_answer(const char *answer)
{
    struct bytes want = hex(answer);
    assert_int_equal(d.answer_count, want.count);
    assert_memory_equal(d.answer, want.at, want.count);
}

static void a_task_is_added_with_password_and_acknowledged_with_the_next(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "a3 " DATE, 1), KKT_PROGRESS_ANSWER);
    assert_answer(DATE);
    assert_false(d.answer_error);
    assert_nothing_sent();
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 2);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(d.retries, 0);
}

static void the_last_answer_is_acknowledged_at_the_end(void **state)
{
    (void)state;
    assert_opened();
    hear(last_id, "a3 " DATE, 1);
    atol3_dialogue_finish(&d, &q);
    assert_sent("c2 dd");
    atol3_dialogue_finish(&d, &q);
    assert_nothing_sent();
}

static void an_error_of_our_own_is_acknowledged_and_cancels_nothing(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "a4 55 d2 00", 1), KKT_PROGRESS_ANSWER);
    assert_true(d.answer_error);
    assert_answer("55 d2 00");
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 2);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(hear(last_id, "a3 " DATE, 3), KKT_PROGRESS_ANSWER);
}

/* A register that does not know the flag, and stops its buffer at our error: C4 is ours to send, once. */
static void a_buffer_that_our_own_error_has_stopped_is_emptied(void **state)
{
    (void)state;
    assert_opened();
    hear(last_id, "a4 55 d2 00", 1);
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 2);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(hear(last_id, "a5", 3), KKT_PROGRESS_WAIT);
    assert_sent("c4");
    assert_sent(ADD_2);
    assert_int_equal(hear(last_id, "a5", 4), KKT_PROGRESS_WAIT);
    assert_nothing_sent();
    atol3_dialogue_tick(&d, &q, 504);
    assert_sent("c2 df");
    assert_sent(ADD_0);
    assert_int_equal(hear(last_id, "a3 " DATE, 505), KKT_PROGRESS_ANSWER);
}

static void silence_is_asked_about_and_given_up_in_the_end(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(atol3_dialogue_tick(&d, &q, SILENCE - 1), KKT_PROGRESS_WAIT);
    assert_nothing_sent();
    for (uint64_t i = 1; i <= 3; i++) {
        assert_int_equal(atol3_dialogue_tick(&d, &q, i * SILENCE), KKT_PROGRESS_WAIT);
        assert_sent("c3 dd");
    }
    assert_int_equal(atol3_dialogue_tick(&d, &q, 4 * SILENCE), KKT_PROGRESS_SILENT);
    assert_int_equal(d.retries, 3);
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 7000);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
}

static void a_lost_answer_comes_with_the_next_question(void **state)
{
    (void)state;
    assert_opened();
    atol3_dialogue_tick(&d, &q, SILENCE);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "a3 " DATE, SILENCE + 1), KKT_PROGRESS_ANSWER);
    assert_answer(DATE);
}

static void a_lost_request_is_added_again(void **state)
{
    (void)state;
    assert_opened();
    atol3_dialogue_tick(&d, &q, SILENCE);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "b3", SILENCE + 1), KKT_PROGRESS_WAIT);
    assert_sent(ADD_1);
    assert_int_equal(hear(last_id, "a3 " DATE, SILENCE + 2), KKT_PROGRESS_ANSWER);
}

static void a_late_answer_to_the_add_is_still_its_answer(void **state)
{
    (void)state;
    assert_opened();
    uint8_t add = last_id;
    atol3_dialogue_tick(&d, &q, SILENCE);
    assert_int_equal(hear(add, "a3 " DATE, SILENCE + 1), KKT_PROGRESS_ANSWER);
}

static void a_late_answer_never_answers_the_next_task(void **state)
{
    (void)state;
    assert_opened();
    uint8_t first = last_id;
    for (uint64_t i = 1; i <= 4; i++)
        atol3_dialogue_tick(&d, &q, i * SILENCE);
    q.count = 0;
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 7000);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(hear(first, "a3 " DATE, 7001), KKT_PROGRESS_WAIT);
    assert_int_equal(hear(0xF0, "a6 dd " DATE, 7002), KKT_PROGRESS_WAIT);
    assert_int_equal(hear(0xF0, "a6 de " DATE, 7003), KKT_PROGRESS_ANSWER);
}

static void pending_then_pushed(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "a1", 1), KKT_PROGRESS_WAIT);
    assert_int_equal(d.held_by, KKT_PROGRESS_PENDING);
    assert_int_equal(hear(0xF0, "a6 dd " DATE, 20), KKT_PROGRESS_ANSWER);
    assert_answer(DATE);
    atol3_dialogue_finish(&d, &q);
    assert_sent("c2 dd");
}

static void a_pushed_error(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(0xF0, "a7 dd 55 d5 00", 20), KKT_PROGRESS_ANSWER);
    assert_true(d.answer_error);
    atol3_dialogue_finish(&d, &q);
    assert_sent("c2 dd");
}

static void a_task_in_progress_is_asked_about_at_growing_pauses(void **state)
{
    (void)state;
    static const uint64_t pauses[] = {50, 100, 200, 400, 800, 1000, 1000, 1000};
    assert_opened();
    uint64_t now = 0;
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        assert_int_equal(hear(last_id, i % 2 ? "a2" : "a8", now), KKT_PROGRESS_WAIT);
        assert_int_equal(d.wake_ms, now + pauses[i]);
        now = d.wake_ms;
        assert_int_equal(atol3_dialogue_tick(&d, &q, now), KKT_PROGRESS_WAIT);
        assert_sent("c3 dd");
    }
    assert_int_equal(hear(last_id, "a3 " DATE, now), KKT_PROGRESS_ANSWER);
    assert_int_equal(d.retries, 0);
}

static void a_buffer_that_another_has_stopped_is_waited_for(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "a5", 1), KKT_PROGRESS_WAIT);
    assert_nothing_sent();
    atol3_dialogue_tick(&d, &q, 501);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(hear(last_id, "a3 " DATE, 502), KKT_PROGRESS_ANSWER);
}

static void an_id_that_another_task_has_is_left_to_it(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "b2", 1), KKT_PROGRESS_WAIT);
    assert_sent(ADD_1);
    assert_int_equal(hear(0xF0, "a6 dd " DATE, 2), KKT_PROGRESS_WAIT);
    assert_int_equal(hear(last_id, "a3 " DATE, 3), KKT_PROGRESS_ANSWER);
    for (unsigned i = 0; i < 6; i++) {
        atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 4);
        assert_int_not_equal(d.tid, 0xDD);
        hear(d.ids[0], "a3 " DATE, 5);
    }
    uint8_t byte;
    while (kkt_queue_pop(&q, &byte, 1) == 1)
        if (atol3_decoder_push(&decoder, byte) == ATOL3_EVENT_FRAME && decoder.data[0] == 0xC2)
            assert_int_not_equal(decoder.data[1], 0xDD);
}

static void a_register_that_refuses_our_ids_is_asked_with_others(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear(last_id, "b4", 1), KKT_PROGRESS_WAIT);
    assert_sent("c1 03 db 12 34 91 11 00 00");
    assert_int_equal(hear(last_id, "a3 " DATE, 2), KKT_PROGRESS_ANSWER);
    atol3_dialogue_finish(&d, &q);
    assert_sent("c2 db");
}

static void a_command_of_control_is_added_once(void **state)
{
    (void)state;
    static const char *const words[] = {"b1", "b2", "b3", "b4", "a5"};
    static const enum kkt_progress ends[] = {KKT_PROGRESS_FULL, KKT_PROGRESS_REFUSED, KKT_PROGRESS_REFUSED,
                                             KKT_PROGRESS_REFUSED, KKT_PROGRESS_STOPPED};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        atol3_dialogue_start(&d, (const uint8_t[]){0x12, 0x34}, SILENCE, 0);
        q.count = 0;
        atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_ONCE, 0);
        assert_opened();
        assert_int_equal(hear(last_id, words[i], 1), ends[i]);
        assert_nothing_sent();
    }
    atol3_dialogue_start(&d, (const uint8_t[]){0x12, 0x34}, SILENCE, 0);
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_ONCE, 0);
    assert_opened();
    atol3_dialogue_tick(&d, &q, SILENCE);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "b3", SILENCE + 1), KKT_PROGRESS_SILENT);
}

/* The word again and again: what it ends in, after how long. */
static void assert_held(const char *word, enum kkt_progress end, uint64_t after_ms)
{
    uint64_t now = 0;
    enum kkt_progress progress;
    atol3_dialogue_start(&d, (const uint8_t[]){0x12, 0x34}, SILENCE, 0);
    atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, 0);
    while ((progress = hear(d.ids[d.id_count - 1], word, now)) == KKT_PROGRESS_WAIT) {
        assert_true(now < 60000);
        if (d.wake_ms < now + SILENCE)
            atol3_dialogue_tick(&d, &q, now = d.wake_ms);
        q.count = 0;
    }
    assert_int_equal(progress, end);
    assert_int_equal(now, after_ms);
}

static void what_holds_a_task_back_is_borne_for_a_time(void **state)
{
    (void)state;
    assert_held("b1", KKT_PROGRESS_FULL, 2000);
    assert_held("a5", KKT_PROGRESS_STOPPED, 2000);
    assert_held("a1", KKT_PROGRESS_PENDING, 10550);
    assert_held("a2", KKT_PROGRESS_PENDING, 10550);
    assert_held("a8", KKT_PROGRESS_PENDING, 10550);
    assert_held("b2", KKT_PROGRESS_REFUSED, 0);
}

static void a_full_buffer_is_tried_again_after_a_pause(void **state)
{
    (void)state;
    assert_opened();
    hear(last_id, "b1", 0);
    assert_int_equal(d.wake_ms, 500);
    atol3_dialogue_tick(&d, &q, 500);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
    assert_int_equal(hear(last_id, "a3 " DATE, 501), KKT_PROGRESS_ANSWER);
}

static void damage_and_empty_frames_are_asked_about_at_once(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(atol3_dialogue_damaged(&d, &q, 1), KKT_PROGRESS_WAIT);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "", 2), KKT_PROGRESS_WAIT);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "a3 55", 3), KKT_PROGRESS_WAIT);
    assert_sent("c3 dd");
    assert_int_equal(hear(last_id, "a3 " DATE, 4), KKT_PROGRESS_ANSWER);
    assert_int_equal(d.retries, 3);
}

static void damage_without_end_is_given_up(void **state)
{
    (void)state;
    unsigned tries = 1;
    while (atol3_dialogue_damaged(&d, &q, tries) == KKT_PROGRESS_WAIT && tries < 100)
        tries++;
    assert_int_equal(tries, 7);
    assert_false(d.active);
}

static void a_wrong_frame_id_is_no_answer(void **state)
{
    (void)state;
    assert_opened();
    assert_int_equal(hear((uint8_t)(last_id + 1), "a3 " DATE, 1), KKT_PROGRESS_WAIT);
    assert_int_equal(hear(last_id, "a3 " DATE, 2), KKT_PROGRESS_ANSWER);
    assert_int_equal(hear(last_id, "a3 " DATE, 3), KKT_PROGRESS_WAIT);
}

static void a_busy_register_is_asked_again_after_the_pause(void **state)
{
    (void)state;
    assert_opened();
    hear(last_id, "a3 55 76 00", 1);
    atol3_dialogue_repeat(&d, 500, 1);
    assert_nothing_sent();
    assert_int_equal(atol3_dialogue_tick(&d, &q, 500), KKT_PROGRESS_WAIT);
    assert_nothing_sent();
    atol3_dialogue_tick(&d, &q, 501);
    assert_sent("c2 dd");
    assert_sent(ADD_1);
}

static void a_new_link_asks_for_the_open_task(void **state)
{
    (void)state;
    assert_opened();
    atol3_dialogue_reopened(&d, &q, 10);
    assert_sent("c3 dd");
}

static void frame_ids_wrap_after_dc_and_task_ids_are_our_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        hear(d.ids[d.id_count - 1], "a3 " DATE, i);
        q.count = 0;
        atol3_dialogue_ask(&d, &q, date, sizeof date, KKT_MAY_REPEAT, i);
        assert_true(d.tid >= 0xDD && d.tid <= 0xDF && d.ids[0] <= 0xDC);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_is_added_with_password_and_acknowledged_with_the_next),
        TEST(the_last_answer_is_acknowledged_at_the_end),
        TEST(an_error_of_our_own_is_acknowledged_and_cancels_nothing),
        TEST(a_buffer_that_our_own_error_has_stopped_is_emptied),
        TEST(silence_is_asked_about_and_given_up_in_the_end),
        TEST(a_lost_answer_comes_with_the_next_question),
        TEST(a_lost_request_is_added_again),
        TEST(a_late_answer_to_the_add_is_still_its_answer),
        TEST(a_late_answer_never_answers_the_next_task),
        TEST(pending_then_pushed),
        TEST(a_pushed_error),
        TEST(a_task_in_progress_is_asked_about_at_growing_pauses),
        TEST(a_buffer_that_another_has_stopped_is_waited_for),
        TEST(an_id_that_another_task_has_is_left_to_it),
        TEST(a_register_that_refuses_our_ids_is_asked_with_others),
        TEST(a_command_of_control_is_added_once),
        TEST(what_holds_a_task_back_is_borne_for_a_time),
        TEST(a_full_buffer_is_tried_again_after_a_pause),
        TEST(damage_and_empty_frames_are_asked_about_at_once),
        TEST(damage_without_end_is_given_up),
        TEST(a_wrong_frame_id_is_no_answer),
        TEST(a_busy_register_is_asked_again_after_the_pause),
        TEST(a_new_link_asks_for_the_open_task),
        TEST(frame_ids_wrap_after_dc_and_task_ids_are_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
