/* The schedule of many registers, with a clock of its own: spread, groups, limits, back-off, changes. */
#include "schedule_world.h"

static void spread_without_bursts(void **state)
{
    (void)state;
    begin(KKTS, 0);
    add(1200, 60000);
    run_until(180000, SCHEDULE_READ);
    for (unsigned second = 1; second < 179; second++)
        if (w.per_second[second] < 15 || w.per_second[second] > 25)
            fail_msg("second %u: %u polls, expected about 20", second, w.per_second[second]);
    assert_int_equal(late(), 0);
    schedule_free(w.schedule);
}

static void each_at_its_own_interval(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    w.items[0].interval_s = 7;
    run_until(70000, SCHEDULE_READ);
    struct schedule_counts counts;
    schedule_counts(w.schedule, &counts);
    assert_int_equal(counts.started, 11);
    schedule_free(w.schedule);
}

static void slow_group_at_its_interval_and_after_a_change(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    run_until(0, SCHEDULE_READ);
    assert_int_equal(w.full_count, 1);
    run_until(500000, SCHEDULE_READ);
    assert_int_equal(w.full_count, 1);
    run_until(720000, SCHEDULE_READ);
    assert_int_equal(w.full_count, 2);
    w.now = schedule_wake_at(w.schedule);
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    assert_false(w.items[0].full);
    (void)finish_all(SCHEDULE_CHANGED);
    assert_true(schedule_wake_at(w.schedule) <= w.now);
    schedule_run(w.schedule, w.now);
    assert_true(w.items[0].full);
    /* A full poll that changed is enough. */
    (void)finish_all(SCHEDULE_CHANGED);
    assert_true(schedule_wake_at(w.schedule) > w.now);
    schedule_free(w.schedule);
}

static void full_polls_are_rationed(void **state)
{
    (void)state;
    begin(KKTS, 5);
    add(600, 60000);
    run_until(59900, SCHEDULE_READ);
    assert_in_range(w.full_count, 290, 310);
    run_until(119900, SCHEDULE_READ);
    assert_int_equal(w.full_count, 600);
    schedule_free(w.schedule);
}

static void limits_in_all_and_per_network(void **state)
{
    (void)state;
    begin(10, 0);
    uint16_t wifi = schedule_network(w.schedule, "wifi", 3);
    assert_int_equal(schedule_network(w.schedule, "wifi", 3), wifi);
    add(8, 0);
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 8);
    (void)finish_all(SCHEDULE_READ);
    schedule_free(w.schedule);

    begin(4, 0);
    wifi = schedule_network(w.schedule, "wifi", 3);
    add(20, 0);
    for (unsigned i = 0; i < 10; i++)
        w.items[i].network = wifi;
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 4);
    for (unsigned done = 0; done < 20; done++) {
        unsigned in_wifi = 0;
        for (unsigned i = 0; i < w.running_count; i++)
            in_wifi += w.running[i]->network == wifi;
        assert_in_range(in_wifi, 0, 3);
        assert_in_range(w.running_count, 1, 4);
        struct schedule_item *item = w.running[0];
        w.running[0] = w.running[--w.running_count];
        (void)schedule_done(w.schedule, item, SCHEDULE_READ, 0);
    }
    assert_int_equal(w.running_count, 0);
    schedule_free(w.schedule);
}

static void driver_polls_have_a_limit_of_their_own(void **state)
{
    (void)state;
    begin(100, 0);
    add(20, 0);
    for (unsigned i = 0; i < 10; i++)
        w.items[i].driver = true;
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 12);
    schedule_free(w.schedule);
}

static void the_dead_are_asked_less_and_less(void **state)
{
    (void)state;
    static const uint64_t gaps[] = {60000, 120000, 240000, 480000, 600000, 600000};
    begin(10, 0);
    add(1, 0);
    schedule_run(w.schedule, 0);
    assert_int_equal(finish_all(SCHEDULE_FAILED), SCHEDULE_LOST);
    for (unsigned i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        assert_int_equal(schedule_wake_at(w.schedule) - w.now, gaps[i]);
        w.now = schedule_wake_at(w.schedule);
        schedule_run(w.schedule, w.now);
        if (i + 1 < sizeof gaps / sizeof gaps[0])
            assert_int_equal(finish_all(SCHEDULE_FAILED), SCHEDULE_NO_NEWS);
    }
    /* The first answer: back to normal, and everything is asked. */
    assert_true(w.items[0].full);
    assert_int_equal(finish_all(SCHEDULE_READ), SCHEDULE_BACK);
    assert_true(schedule_wake_at(w.schedule) - w.now <= 90000);
    assert_int_equal(late(), 0);
    schedule_free(w.schedule);
}

static void a_dead_one_whose_device_came_back_is_asked_at_once(void **state)
{
    (void)state;
    begin(10, 0);
    add(2, 0);
    schedule_run(w.schedule, 0);
    schedule_hurry(w.schedule, &w.items[0], 0); /* it is being polled */
    assert_int_equal(w.running_count, 2);
    struct schedule_item *dead = w.running[0], *healthy = w.running[1];
    w.running_count = 0;
    (void)schedule_done(w.schedule, dead, SCHEDULE_FAILED, 0);
    (void)schedule_done(w.schedule, healthy, SCHEDULE_READ, 0);
    uint64_t turn = healthy->due_ms;
    schedule_hurry(w.schedule, dead, 5000);
    schedule_hurry(w.schedule, healthy, 5000);
    assert_int_equal(schedule_wake_at(w.schedule), 5000);
    assert_int_equal(healthy->due_ms, turn);
    schedule_run(w.schedule, 5000);
    assert_int_equal(w.running_count, 1);
    assert_ptr_equal(w.running[0], dead);
    assert_int_equal(finish_all(SCHEDULE_READ), SCHEDULE_BACK);
    schedule_free(w.schedule);
}

/* Its port is there before it answers. */
static void one_that_came_back_and_still_starts_is_not_left_for_long(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    for (unsigned i = 0; i < 4; i++) {
        w.now = schedule_wake_at(w.schedule);
        schedule_run(w.schedule, w.now);
        (void)finish_all(SCHEDULE_FAILED);
    }
    uint64_t pause = schedule_wake_at(w.schedule) - w.now;
    schedule_hurry(w.schedule, &w.items[0], w.now);
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    assert_int_equal(finish_all(SCHEDULE_FAILED), SCHEDULE_NO_NEWS);
    assert_int_equal((schedule_wake_at(w.schedule) - w.now) * 8, pause);
    schedule_free(w.schedule);
}

static void the_dead_leave_room_for_the_healthy(void **state)
{
    (void)state;
    begin(10, 0);
    add(30, 0);
    for (unsigned i = 0; i < 26; i++)
        w.items[i].failures = 1;
    schedule_run(w.schedule, 0);
    unsigned dead = 0;
    for (unsigned i = 0; i < w.running_count; i++)
        dead += w.running[i]->failures > 0;
    assert_int_equal(dead, 5);
    assert_int_equal(w.running_count, 4 + 5);
    schedule_free(w.schedule);
}

static void busy_is_not_dead(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    schedule_run(w.schedule, 0);
    assert_int_equal(finish_all(SCHEDULE_BUSY), SCHEDULE_NO_NEWS);
    assert_int_equal(schedule_wake_at(w.schedule), 60000);
    schedule_free(w.schedule);
}

static void a_slow_group_that_was_not_read_whole_is_asked_soon(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    schedule_run(w.schedule, 0);
    assert_true(w.items[0].full);
    assert_int_equal(finish_all(SCHEDULE_INCOMPLETE), SCHEDULE_NO_NEWS);
    run_until(299900, SCHEDULE_READ);
    assert_int_equal(w.full_count, 1);
    run_until(360000, SCHEDULE_READ);
    assert_int_equal(w.full_count, 2);
    schedule_free(w.schedule);
}

static void a_change_of_settings_keeps_what_runs(void **state)
{
    (void)state;
    begin(1, 0);
    uint16_t wifi = schedule_network(w.schedule, "wifi", 1), lan = schedule_network(w.schedule, "lan", 1);
    add(2, 0);
    w.items[0].network = wifi;
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 1);
    /* Its running poll goes on counting against the limits that it was begun with. */
    w.items[0].network = lan;
    w.items[0].driver = true;
    w.items[0].interval_s = 10;
    schedule_change(w.schedule, &w.items[0], false, 1000, 0);
    (void)finish_all(SCHEDULE_READ);
    (void)finish_all(SCHEDULE_READ);
    assert_true(schedule_wake_at(w.schedule) <= 15000);
    run_until(100000, SCHEDULE_READ);
    struct schedule_counts counts;
    schedule_counts(w.schedule, &counts);
    assert_int_equal(counts.running, 0);
    assert_in_range(counts.started, 11, 14);
    schedule_free(w.schedule);
}

static void a_shorter_identity_interval_counts_from_the_change_on(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    w.items[0].identity_interval_s = 86400;
    run_until(60000, SCHEDULE_READ);
    assert_int_equal(w.full_count, 1);
    w.items[0].identity_interval_s = 300;
    schedule_change(w.schedule, &w.items[0], false, 0, w.now);
    run_until(w.now + 400000, SCHEDULE_READ);
    assert_int_equal(w.full_count, 2);
    schedule_free(w.schedule);
}

static void another_register_begins_when_the_old_poll_is_over(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    schedule_run(w.schedule, 0);
    assert_int_equal(finish_all(SCHEDULE_FAILED), SCHEDULE_LOST);
    w.now = schedule_wake_at(w.schedule);
    schedule_run(w.schedule, w.now);
    schedule_change(w.schedule, &w.items[0], true, 1000, w.now);
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    assert_int_equal(finish_all(SCHEDULE_AGAIN), SCHEDULE_NO_NEWS);
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    assert_true(w.items[0].full);
    assert_int_equal(finish_all(SCHEDULE_FAILED), SCHEDULE_LOST);
    schedule_free(w.schedule);
}

static void lateness_is_counted(void **state)
{
    (void)state;
    begin(10, 0);
    add(2, 0);
    w.now = 5000;
    schedule_run(w.schedule, w.now);
    assert_int_equal(late(), 2);
    w.now = 200000; /* two turns of each went by while the polls ran */
    (void)finish_all(SCHEDULE_READ);
    assert_true(late() >= 6);
    schedule_free(w.schedule);
}

static void removal_waits_for_the_poll(void **state)
{
    (void)state;
    begin(1, 0);
    add(3, 30); /* due at 0, 18 and 7 */
    w.now = 30;
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    schedule_remove(w.schedule, &w.items[0]);
    schedule_remove(w.schedule, &w.items[2]); /* one runs, one waits */
    assert_int_equal(w.gone, 0);
    (void)finish_all(SCHEDULE_READ);
    assert_int_equal(w.running_count, 1);
    assert_ptr_equal(w.running[0], &w.items[1]);
    assert_int_equal(w.gone, 2);
    (void)finish_all(SCHEDULE_READ);
    schedule_remove(w.schedule, &w.items[1]); /* planned */
    assert_int_equal(w.gone, 3);
    assert_true(schedule_wake_at(w.schedule) == UINT64_MAX);
    schedule_free(w.schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_without_bursts),
        cmocka_unit_test(each_at_its_own_interval),
        cmocka_unit_test(slow_group_at_its_interval_and_after_a_change),
        cmocka_unit_test(full_polls_are_rationed),
        cmocka_unit_test(limits_in_all_and_per_network),
        cmocka_unit_test(driver_polls_have_a_limit_of_their_own),
        cmocka_unit_test(the_dead_are_asked_less_and_less),
        cmocka_unit_test(a_dead_one_whose_device_came_back_is_asked_at_once),
        cmocka_unit_test(one_that_came_back_and_still_starts_is_not_left_for_long),
        cmocka_unit_test(the_dead_leave_room_for_the_healthy),
        cmocka_unit_test(busy_is_not_dead),
        cmocka_unit_test(a_slow_group_that_was_not_read_whole_is_asked_soon),
        cmocka_unit_test(a_change_of_settings_keeps_what_runs),
        cmocka_unit_test(a_shorter_identity_interval_counts_from_the_change_on),
        cmocka_unit_test(another_register_begins_when_the_old_poll_is_over),
        cmocka_unit_test(lateness_is_counted),
        cmocka_unit_test(removal_waits_for_the_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
