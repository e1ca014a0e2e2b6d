/* Twice before an alarm: what is suspected is asked once more, two answers that disagree are none, and a poll in which
 * nothing is suspected costs not one request more. */
#include "kkt_poll.h"

static struct metric_set suspected;
static unsigned hook_calls;

static void suspect(struct snapshot *seen, struct metric_set *suspects, void *user)
{
    (void)seen;
    (void)user;
    hook_calls++;
    *suspects = suspected;
}

/* Answers of protocol 3 with another one from the second time on. */
static const char *other_task, *other_answer;
static unsigned times_asked;
static struct play_answer changed[sizeof answers_3 / sizeof answers_3[0] + 1];

static bool change_the_second(struct play *p, const uint8_t *task, size_t count)
{
    struct bytes want = hex(other_task);
    if (count != want.count || memcmp(task, want.at, count) != 0)
        return true;
    if (++times_asked == 2) {
        memcpy(changed + 1, answers_3, sizeof answers_3);
        changed[0] = (struct play_answer){other_task, other_answer};
        p->answers = changed;
        return other_answer != NULL;
    }
    return times_asked == 1 || other_answer != NULL;
}

static void start(const char *task, const char *second)
{
    memset(&suspected, 0, sizeof suspected);
    hook_calls = 0;
    times_asked = 0;
    other_task = task;
    other_answer = second;
    three.on_task = change_the_second;
    s.ask.suspects = suspect;
    want_quick();
}

#define EXCHANGE "55 00 02 00 07 00 f7 03 00 00 1a 0b 15 0a 14"

static void nothing_suspected_costs_nothing(void **state)
{
    (void)state;
    start("A4 20", EXCHANGE);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 11);
    assert_int_equal(hook_calls, 1);
}

static void two_equal_answers_are_told(void **state)
{
    (void)state;
    start("A4 20", EXCHANGE);
    metric_set_add(&suspected, METRIC_ofd_unsent_count);
    metric_set_add(&suspected, METRIC_ofd_first_unsent);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 12); /* one request brings both */
    assert_int_equal(times_asked, 2);
    assert_int_equal(snapshot_int(&s.out, METRIC_ofd_unsent_count), 7);
}

static void two_answers_that_disagree_are_none(void **state)
{
    (void)state;
    start("A4 20", "55 00 02 00 08 00 f7 03 00 00 1a 0b 15 0a 14");
    metric_set_add(&suspected, METRIC_ofd_unsent_count);
    metric_set_add(&suspected, METRIC_ofd_first_unsent);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "A4 20: a different answer when asked again");
    assert_string_equal(s.out.failure.detail_ru, "A4 20: при повторном запросе ответ другой");
    assert_false(snapshot_has(&s.out, METRIC_ofd_unsent_count));
    assert_true(snapshot_has(&s.out, METRIC_ofd_first_unsent));
    assert_true(snapshot_has(&s.out, METRIC_ofd_status));
}

static void an_answer_that_does_not_come_again_is_none(void **state)
{
    (void)state;
    start("A4 20", NULL);
    metric_set_add(&suspected, METRIC_ofd_unsent_count);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "A4 20: no answer");
    assert_false(snapshot_has(&s.out, METRIC_ofd_unsent_count));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

static void a_refusal_the_second_time_is_no_confirmation(void **state)
{
    (void)state;
    start("45", "55 1a 00");
    metric_set_add(&suspected, METRIC_device_blocked);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_false(snapshot_has(&s.out, METRIC_device_blocked));
}

static void a_clock_may_go_on_meanwhile(void **state)
{
    (void)state;
    start("3F", "44 30 01 26 11 22 12 34 58 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    metric_set_add(&suspected, METRIC_device_time);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    play_end(&s);
    s.now = 0;
    three.answers = answers_3;
    start("3F", "44 30 01 26 11 23 12 34 58 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    metric_set_add(&suspected, METRIC_device_time);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_false(snapshot_has(&s.out, METRIC_device_time));
}

static const struct play_answer *without_fn(void)
{
    static struct play_answer missing[sizeof answers_3 / sizeof answers_3[0] + 1];
    memcpy(missing + 1, answers_3, sizeof answers_3);
    missing[0] = (struct play_answer){"A4 30", "55 D2 00"};
    return missing;
}

static void a_missing_fn_is_asked_for_twice(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        s.now = 0;
        start("A4 30", again ? "55 D2 00"
                             : "55 00 03 00 00 01 00 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd "
                               "03 00 00");
        metric_set_add(&suspected, METRIC_fn_present);
        three.answers = without_fn();
        play_start(&s);
        play_run(&s, &three, NULL, NULL);
        /* An FN that is there after all is asked for all that was left out. */
        assert_int_equal(times_asked, again ? 2 : 4); /* and twice, for it stays a suspect here */
        assert_int_equal(snapshot_has(&s.out, METRIC_fn_serial), !again);
        assert_int_equal(snapshot_has(&s.out, METRIC_ofd_unsent_count), !again);
        assert_int_equal(s.out.failure.code, again ? ERR_NONE : ERR_PARTIAL);
        if (again == 0)
            play_end(&s);
    }
    assert_int_equal(snapshot_int(&s.out, METRIC_fn_present), 0);
}

static bool silent_after_eleven(struct play *p, const uint8_t *task, size_t count)
{
    (void)task;
    (void)count;
    return p->tasks <= 11;
}

static bool fn_comes_back_then_silence(struct play *p, const uint8_t *task, size_t count)
{
    if (count == 2 && task[0] == 0xA4 && task[1] == 0x30 && ++times_asked == 2)
        p->answers = answers_3;
    return p->tasks <= 11;
}

static void what_could_not_be_asked_again_in_time_is_not_told(void **state)
{
    (void)state;
    start("A4 20", EXCHANGE);
    three.on_task = silent_after_eleven;
    s.ask.deadline_ms = 3000;
    metric_set_add(&suspected, METRIC_ofd_unsent_count);
    metric_set_add(&suspected, METRIC_device_blocked);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_TOO_LITTLE_TIME);
    assert_string_equal(s.out.failure.detail,
                        "45: not asked again before an alarm; A4 20: not asked again before an alarm");
    assert_false(snapshot_has(&s.out, METRIC_ofd_unsent_count));
    assert_false(snapshot_has(&s.out, METRIC_device_blocked));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

static void what_was_left_out_for_want_of_an_fn_is_named_when_the_time_is_over(void **state)
{
    (void)state;
    start("A4 30", NULL);
    three.answers = without_fn();
    three.on_task = fn_comes_back_then_silence;
    s.ask.deadline_ms = 3000;
    metric_set_add(&suspected, METRIC_fn_present);
    metric_set_add(&suspected, METRIC_shift_number);
    play_start(&s);
    play_run(&s, &three, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_TOO_LITTLE_TIME);
    assert_string_equal(s.out.failure.detail,
                        "A4 30: a different answer when asked again; 91 15: not asked again before "
                        "an alarm; not asked: A4 30; A4 20; 91 2B");
    assert_false(snapshot_has(&s.out, METRIC_fn_present));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

static void at_platform_5_too(void **state)
{
    (void)state;
    start("-", NULL);
    metric_set_add(&suspected, METRIC_faults_settings);
    metric_set_add(&suspected, METRIC_shift_number);
    play_start(&s);
    play_run(&s, &five, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_NONE);
    assert_int_equal(s.out.requests, 13);
    assert_int_equal(snapshot_int(&s.out, METRIC_faults_settings), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_suspected_costs_nothing),
        TEST(two_equal_answers_are_told),
        TEST(two_answers_that_disagree_are_none),
        TEST(an_answer_that_does_not_come_again_is_none),
        TEST(a_refusal_the_second_time_is_no_confirmation),
        TEST(a_clock_may_go_on_meanwhile),
        TEST(a_missing_fn_is_asked_for_twice),
        TEST(what_could_not_be_asked_again_in_time_is_not_told),
        TEST(what_was_left_out_for_want_of_an_fn_is_named_when_the_time_is_over),
        TEST(at_platform_5_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
