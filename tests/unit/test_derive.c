#include "metric/derived/derive.h"

#include "check.h"
#include "metric/derived/health.h"

#include <string.h>

static struct snapshot s;
static struct metric_set all;
static struct zone moscow;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        metric_set_add(&all, (enum metric)m);
    snapshot_set_undated(&s, METRIC_fn_last_document_time); /* a test that has one sets it */
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static void set_time(enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(&s, m, &c));
}

#define NOW 1795338000 /* 2026-11-22T12:00:00+03:00 */
#define DAY 86400

static void derive_at(int64_t host_s, int64_t queue_age_s)
{
    const struct surroundings around = {.zone = &moscow,
                                        .host_s = host_s,
                                        .queue_known = queue_age_s >= 0,
                                        .queue_age_s = queue_age_s,
                                        .built_s = NOW - 100 * DAY};
    derive_metrics(&s, &all, &around);
}

static void derive(void)
{
    derive_at(NOW, -1);
}

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
        cmocka_unit_test_setup(a_wrong_clock_of_the_register_ends_and_begins_no_alarm, fresh),
        cmocka_unit_test_setup(within_a_day_the_register_counts, fresh),
        cmocka_unit_test_setup(a_host_before_its_own_program_is_the_one_that_is_wrong, fresh),
        cmocka_unit_test_setup(a_clock_before_the_last_document_is_wrong, fresh),
        cmocka_unit_test_setup(a_host_that_others_confirm_is_not_the_one_that_is_wrong, fresh),
        cmocka_unit_test_setup(without_the_last_document_nobody_says_that_a_clock_is_right, fresh),
        cmocka_unit_test_setup(of_two_wrong_clocks_the_latest_known_moment_counts, fresh),
        cmocka_unit_test_setup(a_document_beyond_the_term_of_its_fn_judges_no_clock, fresh),
        cmocka_unit_test_setup(the_days_of_an_fn_that_was_asked_for_another_day_are_none, fresh),
        cmocka_unit_test_setup(an_open_shift_is_expired_past_its_moment, fresh),
        cmocka_unit_test_setup(what_has_no_date_has_no_end, fresh),
        cmocka_unit_test_setup(nothing_unsent_has_age_zero, fresh),
        cmocka_unit_test_setup(flags_become_eight_booleans, fresh),
        cmocka_unit_test_setup(masks_become_words, fresh),
        cmocka_unit_test_setup(error_codes_become_the_vendors_words, fresh),
        cmocka_unit_test_setup(sources_are_added_to_what_is_wanted, fresh),
        cmocka_unit_test_setup(notices_without_a_date_have_no_age, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
