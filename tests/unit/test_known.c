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

static bool merge(struct known *known, bool full)
{
    const struct surroundings around = {.zone = &zone, .host_s = s.polled_ms / 1000};
    return known_merge(known, &s, full, HOUR_S, &around);
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

static void a_value_outlives_a_failed_full_poll(void **state)
{
    (void)state;
    struct known known = {0};
    poll(0, FN_1, "A");
    (void)merge(&known, true);
    poll(HOUR_MS, FN_1, NULL);
    fail_some("the name");
    assert_false(merge(&known, true));
    assert_string_equal(name_now(), "A");
    assert_int_equal(s.failure.code, ERR_PARTIAL);
    poll(HOUR_MS + 1000, FN_1, NULL);
    (void)merge(&known, false);
    assert_string_equal(name_now(), "A");
    assert_int_equal(s.failure.code, ERR_PARTIAL);
    /* Not for ever: it would be an old value in a new document. */
    poll(2 * HOUR_MS + 1, FN_1, NULL);
    fail_some("the name");
    (void)merge(&known, true);
    assert_string_equal(name_now(), "");
    poll(2 * HOUR_MS + 2, FN_1, NULL);
    (void)merge(&known, false);
    assert_string_equal(name_now(), "");
    known_forget(&known);
}

static void not_under_another_fn_nor_under_an_unknown_one(void **state)
{
    (void)state;
    static const char *const fns[] = {FN_2, NULL};
    for (unsigned i = 0; i < 2; i++) {
        struct known known = {0};
        poll(0, FN_1, "A");
        (void)merge(&known, true);
        poll(1000, fns[i], NULL);
        fail_some("the name");
        (void)merge(&known, true);
        assert_string_equal(name_now(), "");
        poll(2000, fns[i], NULL);
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

static void set_time(enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(&s, m, &c));
}

/* As a poll does it, without knowing more than its own values. */
static void derive_alone(const struct surroundings *around)
{
    struct metric_set all = {0};
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    derive_metrics(&s, &all, around);
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
                .zone = &zone, .host_s = s.polled_ms / 1000 - apart_s[i], .host_wrong = true};
            derive_alone(&around);
            (void)known_merge(&known, &s, n == 0, HOUR_S, &around);
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
        (void)known_merge(&known, &s, n == 0, HOUR_S, &around);
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
        cmocka_unit_test(a_value_outlives_a_failed_full_poll),
        cmocka_unit_test(not_under_another_fn_nor_under_an_unknown_one),
        cmocka_unit_test(nor_what_the_register_does_not_have_any_more),
        cmocka_unit_test(a_dead_register_is_forgotten_a_busy_one_is_not),
        cmocka_unit_test(a_host_that_is_known_to_be_wrong_stays_wrong_in_quick_polls),
        cmocka_unit_test(an_age_is_counted_with_the_term_that_only_full_polls_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
