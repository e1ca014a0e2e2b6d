/* Quick values of now, slow values of the last full poll: what is kept, for how long, and what is said of it. */
#include "serve/fleet/known.h"

#include "check.h"
#include "metric/derived/derive.h"

#include <string.h>

#define FN_1    "9960440300000001"
#define FN_2    "9960440300000002"
#define HOUR_S  3600
#define HOUR_MS (HOUR_S * 1000LL)

static const struct zone zone = {.offset_s = 10800};
static struct snapshot s;

static void set_text(enum metric m, const char *text)
{
    assert_true(snapshot_set_text(&s, m, text, strlen(text)));
}

/* A poll of one register; `name` is a slow value, NULL: not read. */
static void poll(int64_t ms, const char *fn, const char *name)
{
    snapshot_clear(&s);
    s.polled_ms = 1700000000000 + ms;
    set_text(METRIC_device_serial, "00106100000001");
    set_text(METRIC_device_firmware, "5.17.0");
    if (fn)
        set_text(METRIC_fn_serial, fn);
    if (name)
        set_text(METRIC_registration_organization_name, name);
    snapshot_set_bool(&s, METRIC_printer_paper_present, true);
}

static void fail_some(const char *what)
{
    failure_set(&s.failure, ERR_PARTIAL, "%s", what);
}

/* As a poll does it, without knowing more than its own values. */
static void derive_alone(const struct surroundings *around)
{
    struct metric_set all = {0};
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    derive_metrics(&s, &all, around);
}

static bool merge(struct known *known, bool full)
{
    const struct surroundings around = {.zone = &zone, .host_s = s.polled_ms / 1000};
    derive_alone(&around);
    return known_merge(known, &s, &(struct known_poll){full, &around, NULL});
}

static const char *name_now(void)
{
    return snapshot_has(&s, METRIC_registration_organization_name)
               ? snapshot_text(&s, METRIC_registration_organization_name)
               : "";
}

static void slow_values_stand_beside_quick_ones(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    assert_false(merge(&known, true));
    poll(1000, FN_1, NULL);
    assert_false(merge(&known, false));
    assert_string_equal(name_now(), "A");
    assert_int_equal(s.failure.code, ERR_NONE);
    known_forget(&known);
}

static void another_fn_takes_them_away(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    (void)merge(&known, true);
    poll(1000, FN_2, NULL);
    assert_true(merge(&known, false));
    assert_string_equal(name_now(), "");
    poll(2000, FN_2, NULL);
    assert_false(merge(&known, false));
    assert_string_equal(name_now(), "");
    known_forget(&known);
}

static void what_is_missing_in_a_full_poll_is_reported_until_one_brings_it(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, NULL);
    fail_some("the name");
    (void)merge(&known, true);
    poll(1000, FN_1, NULL);
    (void)merge(&known, false);
    assert_int_equal(s.failure.code, ERR_PARTIAL);
    assert_string_equal(s.failure.detail, "the name");
    poll(2000, FN_1, NULL);
    fail_some("the paper"); /* its own trouble first */
    (void)merge(&known, false);
    assert_string_equal(s.failure.detail, "the paper");
    poll(3000, FN_1, "A");
    (void)merge(&known, true);
    poll(4000, FN_1, NULL);
    (void)merge(&known, false);
    assert_int_equal(s.failure.code, ERR_NONE);
    assert_string_equal(name_now(), "A");
    known_forget(&known);
}

static void set_time(enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(&s, m, &c));
}

static unsigned code_of(const struct snapshot *of)
{
    static struct health health;
    health_of(of, failure_state(&of->failure), "", NULL, LANG_EN, &health);
    return health.code;
}

/* What health says of this poll beside what is known. */
static unsigned health_now(const struct known *known)
{
    static struct snapshot whole;
    const struct surroundings around = {.zone = &zone, .host_s = s.polled_ms / 1000};
    return code_of(known_health(known, &s, &(struct known_poll){false, &around, NULL}, &whole) ? &whole : &s);
}

/* Never the last one with a new time: not in this document nor in those that follow; but its alarm goes on. */
static void a_value_that_was_not_read_is_absent_and_its_alarm_stays(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    set_time(METRIC_fn_valid_until, "2023-11-17T00:00:00");
    (void)merge(&known, true);
    assert_int_equal(health_now(&known), 504);
    poll(HOUR_MS, FN_1, NULL);
    fail_some("the name and the term");
    assert_false(merge(&known, true));
    for (unsigned n = 1; n <= 3; n++) {
        assert_string_equal(name_now(), "");
        assert_false(snapshot_has(&s, METRIC_fn_valid_until) || snapshot_has(&s, METRIC_fn_days_left));
        assert_int_equal(s.failure.code, ERR_PARTIAL);
        assert_int_equal(health_now(&known), 504);
        poll(HOUR_MS + n * 1000, FN_1, NULL);
        (void)merge(&known, false);
    }
    poll(2 * HOUR_MS, FN_1, "A");
    set_time(METRIC_fn_valid_until, "2024-11-17T00:00:00");
    (void)merge(&known, true);
    assert_int_equal(health_now(&known), 0);
    poll(2 * HOUR_MS + 1000, FN_1, NULL);
    (void)merge(&known, false);
    assert_int_equal(health_now(&known), 0);
    assert_int_equal(s.failure.code, ERR_NONE);
    known_forget(&known);
}

/* A fault that each poll asks for: a refusal does not end it, an answer does. */
static void nor_does_the_alarm_of_a_quick_value_end(void **state)
{
    (void)state;
    struct known known = {0};
    for (unsigned n = 0; n < 4; n++) {
        poll(n * 1000, FN_1, n == 0 ? "A" : NULL);
        if (n == 0 || n == 3)
            snapshot_set_bool(&s, METRIC_faults_hardware, n == 0);
        else
            fail_some("the faults");
        (void)merge(&known, n == 0);
        assert_int_equal(snapshot_has(&s, METRIC_faults_hardware), n == 0 || n == 3);
        assert_int_equal(health_now(&known) >= 400, n < 3);
    }
    known_forget(&known);
}

static void of_two_counts_of_days_the_one_that_was_read_does_not_end_the_alarm_of_the_other(void **state)
{
    (void)state;
    static struct snapshot whole;
    snapshot_clear(&s);
    assert_true(snapshot_set_int(&s, METRIC_fn_resource_days, 400));
    whole = s;
    assert_true(snapshot_set_int(&whole, METRIC_fn_days_left, 100));
    known_keep_fn_alarm(&s, &whole, NULL);
    assert_true(snapshot_has(&s, METRIC_fn_resource_days)); /* no alarm */
    assert_true(snapshot_set_int(&whole, METRIC_fn_days_left, 2));
    known_keep_fn_alarm(&s, &whole, NULL);
    assert_false(snapshot_has(&s, METRIC_fn_resource_days));
}

/* Two days are left by the FN's own count; then the register's clock goes wrong, and the count says nothing. */
static void nor_does_the_alarm_of_a_count_of_days_that_a_wrong_clock_has_spoilt(void **state)
{
    (void)state;
    static struct snapshot whole;
    struct known known = {0};
    for (unsigned n = 0; n < 4; n++) {
        bool full = n % 2 == 0;
        poll(n * 1000, FN_1, full ? "A" : NULL);
        if (n == 0)
            assert_true(snapshot_set_int(&s, METRIC_fn_resource_days, 2));
        else if (full)
            snapshot_set_undated(&s, METRIC_fn_resource_days);
        (void)merge(&known, full);
        const struct surroundings around = {.zone = &zone, .host_s = s.polled_ms / 1000};
        const struct known_poll poll = {full, &around, NULL};
        bool held = known_health(&known, &s, &poll, &whole);
        assert_int_equal(held, n >= 2);
        assert_int_equal(snapshot_has(&s, METRIC_fn_resource_days), n < 2);
        assert_int_equal(snapshot_int(held ? &whole : &s, METRIC_fn_resource_days), 2);
    }
    known_forget(&known);
}

/* One refused request costs only its own values. */
static void a_refused_number_says_nothing_against_the_register(void **state)
{
    (void)state;
    static const enum metric numbers[] = {METRIC_device_serial, METRIC_fn_serial, METRIC_device_firmware};
    for (unsigned i = 0; i < 3; i++) {
        struct known known = {0};
        poll(0, FN_1, "A");
        (void)merge(&known, true);
        for (unsigned n = 1; n < 4; n++) {
            poll(n * 1000, FN_1, n == 2 ? "A" : NULL);
            if (n < 3) {
                snapshot_remove(&s, numbers[i]);
                fail_some("a number");
            }
            assert_false(merge(&known, n == 2));
            assert_string_equal(name_now(), "A");
        }
        known_forget(&known);
    }
}

static void with_no_serial_number_nobody_knows_and_all_is_asked_again(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    (void)merge(&known, true);
    poll(1000, NULL, NULL);
    snapshot_remove(&s, METRIC_device_serial);
    fail_some("the numbers");
    assert_true(merge(&known, false));
    assert_string_equal(name_now(), "");
    assert_non_null(strstr(s.failure.detail, "no serial number was read"));
    poll(2000, FN_1, NULL);
    assert_false(merge(&known, false));
    assert_string_equal(name_now(), "A");
    known_forget(&known);
}

static void not_under_another_fn_nor_without_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct known known = {0};
        poll(0, FN_1, "A");
        (void)merge(&known, true);
        poll(1000, i == 0 ? FN_2 : NULL, NULL);
        if (i == 1)
            snapshot_set_bool(&s, METRIC_fn_present, false);
        fail_some("the name");
        (void)merge(&known, true);
        assert_string_equal(name_now(), "");
        poll(2000, i == 0 ? FN_2 : NULL, NULL);
        if (i == 1)
            snapshot_set_bool(&s, METRIC_fn_present, false);
        (void)merge(&known, false);
        assert_string_equal(name_now(), "");
        known_forget(&known);
    }
}

static void nor_what_the_register_does_not_have_any_more(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    (void)merge(&known, true);
    poll(1000, FN_1, NULL);
    metric_set_add(&s.unsupported, METRIC_registration_organization_name);
    fail_some("something else");
    (void)merge(&known, true);
    assert_string_equal(name_now(), "");
    known_forget(&known);
}

static void a_dead_register_is_forgotten_a_busy_one_is_not(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        const char *name;
    } rows[] = {
        {ERR_NO_ANSWER, "" },
        {ERR_PORT_BUSY, "A"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct known known = {0};
        poll(0, FN_1, "A");
        (void)merge(&known, true);
        snapshot_clear(&s);
        failure_set(&s.failure, rows[i].code, "x");
        assert_false(merge(&known, true));
        poll(2000, FN_1, NULL);
        (void)merge(&known, false);
        assert_string_equal(name_now(), rows[i].name);
        known_forget(&known);
    }
}

static void a_host_that_is_known_to_be_wrong_stays_wrong_in_quick_polls(void **state)
{
    (void)state;
    static const int apart_s[] = {HOUR_S, 72 * HOUR_S};
    for (unsigned i = 0; i < 2; i++) {
        struct known known = {0};
        for (unsigned n = 0; n < 2; n++) {
            poll(n * 1000, FN_1, n == 0 ? "A" : NULL);
            set_time(METRIC_device_time, "2023-11-15T01:13:20");
            const struct surroundings around = {
                .zone = &zone, .host_s = s.polled_ms / 1000 - apart_s[i], .host_clock = HOST_CLOCK_WRONG};
            derive_alone(&around);
            (void)known_merge(&known, &s, &(struct known_poll){n == 0, &around, NULL});
            assert_true(s.host_clock_wrong);
            assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 0);
            assert_false(snapshot_has(&s, METRIC_device_clock_drift_s));
        }
        known_forget(&known);
    }
}

/* The clock and the last document of 2099; the term of the FN, which only full polls read, says what is wrong. */
static void an_age_is_counted_with_the_term_that_only_full_polls_read(void **state)
{
    (void)state;
    struct known known = {0};
    for (unsigned n = 0; n < 3; n++) {
        poll(n * 1000, FN_1, n == 0 ? "A" : NULL);
        if (n == 0)
            set_time(METRIC_fn_valid_until, "2024-11-15T00:00:00");
        set_time(METRIC_device_time, "2098-06-01T12:00:00");
        set_time(METRIC_fn_last_document_time, "2098-06-01T11:00:00");
        assert_true(snapshot_set_int(&s, METRIC_ofd_unsent_count, 3));
        set_time(METRIC_ofd_first_unsent, "2023-11-15T01:03:20");
        const struct surroundings around = {.zone = &zone, .host_s = s.polled_ms / 1000};
        derive_alone(&around);
        (void)known_merge(&known, &s, &(struct known_poll){n == 0, &around, NULL});
        assert_false(s.host_clock_wrong);
        assert_int_equal(snapshot_int(&s, METRIC_device_clock_wrong), 1);
        assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 600 + n);
    }
    known_forget(&known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_values_stand_beside_quick_ones),
        cmocka_unit_test(another_fn_takes_them_away),
        cmocka_unit_test(what_is_missing_in_a_full_poll_is_reported_until_one_brings_it),
        cmocka_unit_test(a_value_that_was_not_read_is_absent_and_its_alarm_stays),
        cmocka_unit_test(nor_does_the_alarm_of_a_quick_value_end),
        cmocka_unit_test(of_two_counts_of_days_the_one_that_was_read_does_not_end_the_alarm_of_the_other),
        cmocka_unit_test(nor_does_the_alarm_of_a_count_of_days_that_a_wrong_clock_has_spoilt),
        cmocka_unit_test(a_refused_number_says_nothing_against_the_register),
        cmocka_unit_test(with_no_serial_number_nobody_knows_and_all_is_asked_again),
        cmocka_unit_test(not_under_another_fn_nor_without_one),
        cmocka_unit_test(nor_what_the_register_does_not_have_any_more),
        cmocka_unit_test(a_dead_register_is_forgotten_a_busy_one_is_not),
        cmocka_unit_test(a_host_that_is_known_to_be_wrong_stays_wrong_in_quick_polls),
        cmocka_unit_test(an_age_is_counted_with_the_term_that_only_full_polls_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
