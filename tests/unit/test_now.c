/* Which moment is now, and whose clock is wrong (design.md §3, "Now"). */
#include "metric/derived/now.h"

#include "derive_world.h"

/* cases/README.md: 12 documents unsent for 28 days, the FN ends in 2 days; the register's clock is 2000, 2099, none. */
static void a_wrong_clock_of_the_register_ends_and_begins_no_alarm(void **state)
{
    (void)state;
    static const char *const clocks[] = {"2000-01-01T00:05:00", "2099-01-01T00:00:00", NULL, "2026-11-22T12:00:03"};
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        bool right = i == 3;
        fresh(NULL);
        if (clocks[i])
            set_time(METRIC_device_time, clocks[i]);
        else
            snapshot_set_undated(&s, METRIC_device_time);
        set_time(METRIC_fn_last_document_time, "2026-11-21T20:00:00");
        set_time(METRIC_fn_valid_until, "2026-11-24");
        snapshot_set_int(&s, METRIC_ofd_unsent_count, 12);
        set_time(METRIC_ofd_first_unsent, "2026-10-25T12:00:00");
        snapshot_set_int(&s, METRIC_shift_state, 1);
        set_time(METRIC_shift_expires, "2026-11-22T18:00:00");
        derive();
        assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), 2);
        assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 28 * DAY + (right ? 3 : 0));
        assert_int_equal(snapshot_int(&s, METRIC_shift_left_s), 6 * 3600 - (right ? 3 : 0));
        assert_int_equal(snapshot_int(&s, METRIC_shift_state), 1);
        assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), !right);
        assert_false(s.host_clock_wrong);
    }
}

static void within_a_day_the_register_counts(void **state)
{
    (void)state;
    set_time(METRIC_device_time, "2026-11-23T11:59:59");
    set_time(METRIC_fn_valid_until, "2026-11-24");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), 1);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 0);
    fresh(NULL);
    set_time(METRIC_device_time, "2026-11-23T12:00:01");
    set_time(METRIC_fn_valid_until, "2026-11-24");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), 2);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
}

static void a_host_before_its_own_program_is_the_one_that_is_wrong(void **state)
{
    (void)state;
    set_time(METRIC_device_time, "2026-11-22T12:00:03");
    set_time(METRIC_fn_valid_until, "2026-11-24");
    derive_at(0, -1);
    assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), 2);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 0);
    assert_false(snapshot_has(&s, METRIC_device_clock_drift_s));
    assert_true(s.host_clock_wrong);
}

static void a_clock_before_the_last_document_is_wrong(void **state)
{
    (void)state;
    set_time(METRIC_fn_last_document_time, "2026-11-22T11:00:00");
    set_time(METRIC_device_time, "2026-11-22T09:00:00");
    set_time(METRIC_shift_expires, "2026-11-22T12:30:00");
    snapshot_set_int(&s, METRIC_shift_state, 1);
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
    assert_int_equal(snapshot_int(&s, METRIC_shift_left_s), 1800);
    /* The host's: two months before the document that the register has made. */
    fresh(NULL);
    set_time(METRIC_fn_last_document_time, "2026-11-22T11:00:00");
    set_time(METRIC_device_time, "2026-11-22T12:00:03");
    derive_at(NOW - 60 * DAY, -1);
    assert_true(s.host_clock_wrong);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 0);
}

/* `serve` knows the clocks of all others: eleven agree with the host, and this register has sold with a clock that is a
 * year ahead. */
static void a_host_that_others_confirm_is_not_the_one_that_is_wrong(void **state)
{
    (void)state;
    for (int confirmed = 0; confirmed < 2; confirmed++) {
        const struct surroundings around = {.zone = &moscow,
                                            .host_s = NOW,
                                            .built_s = NOW - 100 * DAY,
                                            .host_clock = confirmed ? HOST_CLOCK_RIGHT : HOST_CLOCK_UNKNOWN};
        fresh(NULL);
        set_time(METRIC_device_time, "2027-11-22T12:00:03");
        set_time(METRIC_fn_last_document_time, "2027-11-22T11:00:00");
        set_time(METRIC_fn_valid_until, "2027-12-27");
        snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
        set_time(METRIC_ofd_first_unsent, "2026-11-22T11:00:00");
        derive_metrics(&s, &all, &around);
        assert_int_equal(s.host_clock_wrong, !confirmed);
        assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), confirmed);
        assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), confirmed ? 400 : 35);
        assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), confirmed ? 3600 : 3603 + 365 * DAY);
    }
    /* What cannot be is wrong whatever others say. */
    assert_true(
        now_of(&s, &(struct surroundings){.zone = &moscow, .built_s = NOW, .host_clock = HOST_CLOCK_RIGHT}).host_wrong);
}

/* A clock that is near the host's is right only if it is not before the last document: a poll that was refused that one
 * goes by an earlier one, else it does not tell that the clock is right. */
static void without_the_last_document_nobody_says_that_a_clock_is_right(void **state)
{
    (void)state;
    static struct snapshot last;
    snapshot_clear(&last);
    struct civil document;
    assert_true(civil_parse("2026-11-22T11:00:00", &document));
    snapshot_set_time(&last, METRIC_fn_last_document_time, &document);
    for (int known = 0; known < 2; known++) {
        const struct surroundings around = {.zone = &moscow, .host_s = NOW, .last = known ? &last : NULL};
        fresh(NULL);
        s.undated = (struct metric_set){0};
        set_time(METRIC_device_time, "2026-11-22T07:00:00");
        set_time(METRIC_shift_expires, "2026-11-22T11:59:00");
        snapshot_set_int(&s, METRIC_shift_state, 1);
        derive_metrics(&s, &all, &around);
        assert_int_equal(snapshot_has(&s, METRIC_device_clock_wrong), known);
        if (known) {
            assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
            assert_int_equal(snapshot_int(&s, METRIC_shift_left_s), -60);
            assert_int_equal(snapshot_int(&s, METRIC_shift_state), 2);
        }
        /* More than a day off it is wrong without any document. */
        set_time(METRIC_device_time, "2026-11-20T07:00:00");
        derive_metrics(&s, &all, &around);
        assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
    }
    /* Without an FN there is no document. */
    fresh(NULL);
    s.undated = (struct metric_set){0};
    set_time(METRIC_device_time, "2026-11-22T12:00:00");
    snapshot_set_bool(&s, METRIC_fn_present, false);
    derive();
    assert_true(snapshot_has(&s, METRIC_device_clock_wrong));
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 0);
}

static void of_two_wrong_clocks_the_latest_known_moment_counts(void **state)
{
    (void)state;
    set_time(METRIC_device_time, "2000-01-01T00:00:10");
    set_time(METRIC_fn_last_document_time, "2026-11-22T11:00:00");
    set_time(METRIC_fn_valid_until, "2026-11-24");
    derive_at(0, -1);
    assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), 2);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
    assert_true(s.host_clock_wrong);
}

static void a_document_beyond_the_term_of_its_fn_judges_no_clock(void **state)
{
    (void)state;
    set_time(METRIC_device_time, "2000-01-01T00:00:10");
    set_time(METRIC_fn_last_document_time, "2099-01-01T00:00:00");
    set_time(METRIC_fn_valid_until, "2027-11-24");
    for (int term = 1; term >= 0; term--) { /* without its term: one beyond that of any FN */
        derive();
        assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
        assert_false(s.host_clock_wrong);
        snapshot_remove(&s, METRIC_fn_valid_until);
    }
}

/* The FN counts from the moment that it is asked for: with the register's clock at 2099 it says 0. */
static void the_days_of_an_fn_that_was_asked_for_another_day_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *clock, *document;
        bool told;
    } rows[] = {
        {"2026-11-22T12:00:03", "2026-11-22T11:00:00", true },
        {"2099-01-01T00:00:00", "2026-11-22T11:00:00", false},
        {"2000-01-01T00:05:00", "2026-11-22T11:00:00", false},
        {"2026-11-22T07:00:00", "2026-11-22T11:00:00", true }, /* wrong by hours, and of the right day */
        {"2026-11-21T23:00:00", "2026-11-22T11:00:00", false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct surroundings around = {.zone = &moscow, .host_s = NOW};
        fresh(NULL);
        set_time(METRIC_device_time, rows[i].clock);
        set_time(METRIC_fn_last_document_time, rows[i].document);
        snapshot_set_int(&s, METRIC_fn_resource_days, 400);
        derive_check_resource(&s, &around);
        assert_int_equal(snapshot_has(&s, METRIC_fn_resource_days), rows[i].told);
        assert_int_equal(metric_set_has(&s.undated, METRIC_fn_resource_days), !rows[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_wrong_clock_of_the_register_ends_and_begins_no_alarm, fresh),
        cmocka_unit_test_setup(within_a_day_the_register_counts, fresh),
        cmocka_unit_test_setup(a_host_before_its_own_program_is_the_one_that_is_wrong, fresh),
        cmocka_unit_test_setup(a_clock_before_the_last_document_is_wrong, fresh),
        cmocka_unit_test_setup(a_host_that_others_confirm_is_not_the_one_that_is_wrong, fresh),
        cmocka_unit_test_setup(without_the_last_document_nobody_says_that_a_clock_is_right, fresh),
        cmocka_unit_test_setup(of_two_wrong_clocks_the_latest_known_moment_counts, fresh),
        cmocka_unit_test_setup(a_document_beyond_the_term_of_its_fn_judges_no_clock, fresh),
        cmocka_unit_test_setup(the_days_of_an_fn_that_was_asked_for_another_day_are_none, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
