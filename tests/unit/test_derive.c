#include "metric/derive.h"

#include "check.h"

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
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static void set_time(enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(&s, m, &c));
}

static void derive(void)
{
    derive_metrics(&s, &all, &moscow, 1795338000);
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
    assert_int_equal(snapshot_int(&s, METRIC_ofd_first_unsent_age_s), 86400);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(of_nothing_comes_nothing, fresh),
        cmocka_unit_test_setup(clock_and_drift, fresh),
        cmocka_unit_test_setup(days_left_count_calendar_days_and_go_below_zero, fresh),
        cmocka_unit_test_setup(age_of_the_first_unsent_document, fresh),
        cmocka_unit_test_setup(nothing_unsent_has_age_zero, fresh),
        cmocka_unit_test_setup(flags_become_eight_booleans, fresh),
        cmocka_unit_test_setup(masks_become_words, fresh),
        cmocka_unit_test_setup(error_codes_become_the_vendors_words, fresh),
        cmocka_unit_test_setup(sources_are_added_to_what_is_wanted, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
