/* Closed shops in the schedule: read seldom, looked at often enough, and in nobody's way. */
#include "schedule_world.h"

static void a_closed_shop_is_read_at_the_identity_interval(void **state)
{
    (void)state;
    struct schedule_counts counts;
    begin(10, 0);
    add(1, 0);
    w.closed_s = 7 * 86400;
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 1);
    assert_true(w.items[0].closed);
    /* No answer is no news: it may be switched off. */
    assert_int_equal(finish_all(SCHEDULE_SILENT), SCHEDULE_NO_NEWS);
    assert_int_equal(w.items[0].failures, 0);
    run_until(6000000, SCHEDULE_SILENT);
    schedule_counts(w.schedule, &counts);
    assert_in_range(counts.started, 9, 12); /* 600 s, and a tenth more or less */
    assert_int_equal(counts.late, 0);
    schedule_free(w.schedule);
}

static void a_closed_shop_is_read_by_a_shorter_identity_interval_at_once(void **state)
{
    (void)state;
    struct schedule_counts counts;
    begin(10, 0);
    add(1, 0);
    w.items[0].identity_interval_s = 86400;
    w.closed_s = 7 * 86400;
    run_until(60000, SCHEDULE_READ);
    w.items[0].identity_interval_s = 600;
    schedule_change(w.schedule, &w.items[0], false, 0, w.now);
    run_until(w.now + 700000, SCHEDULE_READ);
    schedule_counts(w.schedule, &counts);
    assert_int_equal(counts.started, 2);
    schedule_free(w.schedule);
}

static void the_closed_leave_room_for_the_open(void **state)
{
    (void)state;
    begin(10, 0);
    add(30, 0);
    w.closed_s = 7 * 86400; /* they may all be switched off */
    schedule_run(w.schedule, 0);
    assert_int_equal(w.running_count, 5);
    w.now = 60000;
    (void)finish_all(SCHEDULE_SILENT);
    assert_int_equal(w.running_count, 5);
    assert_int_equal(late(), 0);
    schedule_free(w.schedule);
}

static void a_closed_shop_is_looked_at_each_five_minutes(void **state)
{
    (void)state;
    begin(10, 0);
    add(1, 0);
    w.items[0].identity_interval_s = 86400;
    w.closed_s = 12 * 3600;
    run_until(60000, SCHEDULE_READ);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t at = schedule_wake_at(w.schedule);
        assert_true(at - w.now <= SCHEDULE_LOOK_S * 1000);
        w.now = at;
        schedule_run(w.schedule, w.now);
        assert_int_equal(w.running_count, 0);
    }
    /* The clock was set meanwhile: what was twelve hours away is now. */
    w.closed_s = 0;
    w.now = schedule_wake_at(w.schedule);
    schedule_run(w.schedule, w.now);
    assert_int_equal(w.running_count, 1);
    assert_false(w.items[0].closed);
    schedule_free(w.schedule);
}

static void the_opening_is_spread(void **state)
{
    (void)state;
    begin(10, 0);
    add(5, 0);
    for (unsigned i = 0; i < 5; i++)
        w.items[i].identity_interval_s = 86400;
    w.closed_s = 100;
    run_until(1000, SCHEDULE_READ);
    struct schedule_counts counts;
    schedule_counts(w.schedule, &counts);
    assert_int_equal(counts.started, 5);
    run_until(60000, SCHEDULE_READ); /* each has been looked at */
    w.closed_s = 0;
    run_until(220000, SCHEDULE_READ);
    schedule_counts(w.schedule, &counts);
    assert_in_range(counts.started, 10, 20);
    assert_int_equal(counts.late, 0);
    schedule_free(w.schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_shop_is_read_at_the_identity_interval),
        cmocka_unit_test(a_closed_shop_is_read_by_a_shorter_identity_interval_at_once),
        cmocka_unit_test(the_closed_leave_room_for_the_open),
        cmocka_unit_test(a_closed_shop_is_looked_at_each_five_minutes),
        cmocka_unit_test(the_opening_is_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
