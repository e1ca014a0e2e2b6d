#include "derive_world.h"
#include "metric/derived/health.h"

#include <string.h>

static void of_nothing_comes_nothing(void **state)
{
    (void)state;
    derive();
    assert_true(metric_set_empty(&s.present));
}

static void clock_and_drift(void **state)
{
    (void)state;
    set_time(METRIC_device_time, "2026-11-22T12:00:03");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_device_time_ts), 1795338003);
    assert_int_equal(snapshot_int(&s, METRIC_device_clock_drift_s), 3);
}

static void days_left_count_calendar_days_and_go_below_zero(void **state)
{
    (void)state;
    static const struct {
        const char *now, *end;
        int days;
    } rows[] = {
        {"2026-11-22T23:59:59", "2026-11-23", 1  },
        {"2026-11-22T00:00:00", "2026-11-22", 0  },
        {"2026-11-22T12:00:00", "2026-11-21", -1 },
        {"2026-11-22T12:00:00", "2027-11-22", 365}
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh(NULL);
        set_time(METRIC_device_time, rows[i].now);
        set_time(METRIC_fn_valid_until, rows[i].end);
        derive();
        assert_int_equal(snapshot_int(&s, METRIC_fn_days_left), rows[i].days);
    }
}

static void age_of_the_first_unsent_document(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 7);
    set_time(METRIC_device_time, "2026-11-22T12:00:00");
    derive();
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent_age_s));
    set_time(METRIC_ofd_first_unsent, "2026-11-21T12:00:00");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), DAY);
}

/* Nothing is clamped: a document that is a minute ahead of the clock has an age below 0. */
static void a_document_just_ahead_of_the_clock_has_an_age_below_zero(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 7);
    set_time(METRIC_device_time, "2026-11-22T12:00:00");
    set_time(METRIC_ofd_first_unsent, "2026-11-22T12:01:00");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), -60);
}

static void a_queue_without_a_date_is_as_old_as_the_last_document_that_was_sent(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 5000);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    set_time(METRIC_device_time, "2026-11-22T12:00:00");
    set_time(METRIC_ofd_last_sent, "2026-11-02T12:00:00");
    derive_at(NOW, 5);
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 20 * DAY);
}

static void else_as_the_first_poll_that_saw_it(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 5000);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    derive_at(NOW, 3 * DAY);
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 3 * DAY);
    fresh(NULL);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 5000);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    derive();
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent_age_s));
}

static void a_document_of_the_future_is_one_without_a_date(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 2);
    set_time(METRIC_ofd_first_unsent, "2099-01-01T00:00:00");
    derive();
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent_age_s));
    assert_true(metric_set_has(&s.undated, METRIC_ofd_first_unsent));
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent));
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent_ts));
    fresh(NULL);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 2);
    set_time(METRIC_device_time, "2026-11-22T12:00:00");
    set_time(METRIC_ofd_first_unsent, "2026-11-24T12:00:00");
    set_time(METRIC_ofd_last_sent, "2026-11-21T12:00:00");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), DAY);
}

static void an_open_shift_is_expired_past_its_moment(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_shift_state, 1);
    set_time(METRIC_shift_expires, "2026-11-22T08:00:00");
    set_time(METRIC_device_time, "2026-11-22T08:00:00");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_shift_state), 1);
    set_time(METRIC_device_time, "2026-11-22T08:00:01");
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_shift_state), 2);
    assert_true(snapshot_has(&s, METRIC_shift_expires));
}

/* The driver compares the zeros of an end that is none with the clock, and calls the shift expired. */
static void what_has_no_date_has_no_end(void **state)
{
    (void)state;
    for (int told = 1; told <= 2; told++) {
        fresh(NULL);
        set_time(METRIC_device_time, "2026-11-22T12:00:00");
        snapshot_set_int(&s, METRIC_shift_state, told);
        snapshot_set_undated(&s, METRIC_shift_expires);
        derive();
        assert_int_equal(snapshot_int(&s, METRIC_shift_state), 1);
    }
    fresh(NULL);
    snapshot_set_int(&s, METRIC_shift_state, 2); /* of an end that was not read nothing is known */
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_shift_state), 2);
}

static void nothing_unsent_has_age_zero(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    derive();
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 0);
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent_ts));
}

/* `serve` counts the age of a queue once more: all else that was computed stays. */
static void what_is_not_wanted_now_stays(void **state)
{
    (void)state;
    struct metric_set age = {{0}};
    metric_set_add(&age, METRIC_ofd_first_unsent_age_s);
    set_time(METRIC_device_time, "2026-11-22T12:00:03");
    set_time(METRIC_fn_valid_until, "2026-11-24");
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    derive_at(NOW, 50);
    derive_metrics(&s, &age, &(struct surroundings){.zone = &moscow, .host_s = NOW, .queue_known = true});
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 0);
    assert_true(snapshot_has(&s, METRIC_ofd_first_unsent_age_s));
    assert_true(snapshot_has(&s, METRIC_device_clock_wrong));
    assert_true(snapshot_has(&s, METRIC_fn_days_left));
}

static void flags_become_eight_booleans(void **state)
{
    (void)state;
    static const enum metric bits[] = {
        METRIC_fn_need_replacement, METRIC_fn_resource_exhausted, METRIC_fn_memory_overflow, METRIC_fn_ofd_timeout,
        METRIC_fn_flc_refusal,      METRIC_fn_needs_setup,        METRIC_fn_ofd_annulled,    METRIC_fn_critical_error};
    for (int bit = 0; bit < 8; bit++) {
        fresh(NULL);
        snapshot_set_int(&s, METRIC_fn_flags, 1 << bit);
        derive();
        for (int other = 0; other < 8; other++)
            assert_int_equal(snapshot_int(&s, bits[other]), other == bit);
    }
}

static void masks_become_words(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_registration_taxation, 0x21);
    snapshot_set_int(&s, METRIC_registration_agent, 0);
    derive();
    assert_string_equal(snapshot_text(&s, METRIC_registration_taxation_text), "ОСН, Патент");
    assert_string_equal(snapshot_text(&s, METRIC_registration_agent_text), "нет");
}

static void error_codes_become_the_vendors_words(void **state)
{
    (void)state;
    s.protocol = KKT_PROTOCOL_3;
    snapshot_set_int(&s, METRIC_ofd_network_error, 1);
    snapshot_set_int(&s, METRIC_ofd_ofd_error, 0);
    snapshot_set_int(&s, METRIC_ofd_fn_error, 99);
    derive();
    assert_string_equal(snapshot_text(&s, METRIC_ofd_network_error_text), "Отсутствует физический канал связи");
    assert_string_equal(snapshot_text(&s, METRIC_ofd_ofd_error_text), "Ошибок нет");
    assert_string_equal(snapshot_text(&s, METRIC_ofd_fn_error_text), "Неизвестная ошибка");
}

static void sources_are_added_to_what_is_wanted(void **state)
{
    (void)state;
    struct metric_set wanted = {{0}};
    metric_set_add(&wanted, METRIC_ofd_first_unsent_age_s);
    derive_add_sources(&wanted);
    assert_true(metric_set_has(&wanted, METRIC_ofd_unsent_count));
    assert_true(metric_set_has(&wanted, METRIC_ofd_first_unsent));
    assert_true(metric_set_has(&wanted, METRIC_device_time));
    assert_true(metric_set_has(&wanted, METRIC_fn_last_document_time));
    /* Whatever is counted from now hangs on the same, the state of the shift too; nothing slow is asked for its sake.
     */
    static const enum metric counted[] = {METRIC_device_clock_wrong, METRIC_shift_state, METRIC_shift_left_s,
                                          METRIC_fn_days_left, METRIC_marking_first_unsent_age_s};
    for (unsigned i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        wanted = (struct metric_set){0};
        metric_set_add(&wanted, counted[i]);
        derive_add_sources(&wanted);
        assert_true(metric_set_has(&wanted, METRIC_device_time));
        assert_true(metric_set_has(&wanted, METRIC_fn_last_document_time));
        assert_int_equal(metric_set_has(&wanted, METRIC_fn_valid_until), counted[i] == METRIC_fn_days_left);
    }
}

/* A notice that nobody dates, or a clock of tomorrow: no age, and health says so. */
static void notices_without_a_date_have_no_age(void **state)
{
    (void)state;
    static const char *const dates[] = {NULL, "2026-12-22T12:00:00", "2026-11-20T12:00:00"};
    for (unsigned i = 0; i < 3; i++) {
        fresh(NULL);
        static struct health health;
        set_time(METRIC_device_time, "2026-11-22T12:00:00");
        snapshot_set_int(&s, METRIC_marking_unsent_count, 7);
        if (dates[i])
            set_time(METRIC_marking_first_unsent, dates[i]);
        else
            snapshot_set_undated(&s, METRIC_marking_first_unsent);
        derive();
        health_of(&s, STATE_OK, "", NULL, LANG_EN, &health);
        assert_int_equal(snapshot_has(&s, METRIC_marking_first_unsent_age_s), i == 2);
        assert_int_equal(snapshot_has(&s, METRIC_marking_first_unsent_ts), i == 2);
        assert_int_equal(health.code, i == 2 ? 0 : 312);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(of_nothing_comes_nothing, fresh),
        cmocka_unit_test_setup(clock_and_drift, fresh),
        cmocka_unit_test_setup(days_left_count_calendar_days_and_go_below_zero, fresh),
        cmocka_unit_test_setup(age_of_the_first_unsent_document, fresh),
        cmocka_unit_test_setup(a_document_just_ahead_of_the_clock_has_an_age_below_zero, fresh),
        cmocka_unit_test_setup(a_queue_without_a_date_is_as_old_as_the_last_document_that_was_sent, fresh),
        cmocka_unit_test_setup(else_as_the_first_poll_that_saw_it, fresh),
        cmocka_unit_test_setup(a_document_of_the_future_is_one_without_a_date, fresh),
        cmocka_unit_test_setup(an_open_shift_is_expired_past_its_moment, fresh),
        cmocka_unit_test_setup(what_has_no_date_has_no_end, fresh),
        cmocka_unit_test_setup(nothing_unsent_has_age_zero, fresh),
        cmocka_unit_test_setup(what_is_not_wanted_now_stays, fresh),
        cmocka_unit_test_setup(flags_become_eight_booleans, fresh),
        cmocka_unit_test_setup(masks_become_words, fresh),
        cmocka_unit_test_setup(error_codes_become_the_vendors_words, fresh),
        cmocka_unit_test_setup(sources_are_added_to_what_is_wanted, fresh),
        cmocka_unit_test_setup(notices_without_a_date_have_no_age, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
