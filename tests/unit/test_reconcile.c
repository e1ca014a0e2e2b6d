#include "metric/derived/reconcile.h"

#include "check.h"

static struct snapshot s;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    return 0;
}

static void set_time(enum metric m, int day, int hour)
{
    struct civil c = {2026, 11, day, hour, 0, 0};
    assert_true(snapshot_set_time(&s, m, &c));
}

static void a_closed_shift_has_no_moment(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_shift_state, 0);
    set_time(METRIC_shift_expires, 22, 8);
    set_time(METRIC_device_time, 23, 8);
    reconcile_shift(&s);
    assert_int_equal(snapshot_int(&s, METRIC_shift_state), 0);
    assert_false(snapshot_has(&s, METRIC_shift_expires));
}

static void without_an_fn_only_what_the_register_keeps_is_told(void **state)
{
    (void)state;
    static const enum metric kept[] = {METRIC_fn_valid_until, METRIC_ofd_last_sent, METRIC_ofd_host, METRIC_ofd_port,
                                       METRIC_ofd_channel};
    set_time(METRIC_fn_valid_until, 22, 0);
    set_time(METRIC_ofd_last_sent, 22, 0);
    assert_true(snapshot_set_text(&s, METRIC_ofd_host, "ofd.ru", 6));
    snapshot_set_int(&s, METRIC_ofd_port, 7777);
    snapshot_set_int(&s, METRIC_ofd_channel, 2);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    snapshot_set_int(&s, METRIC_fn_flags, 0);
    snapshot_set_int(&s, METRIC_device_blocked, 0);
    snapshot_set_bool(&s, METRIC_fn_present, true);
    reconcile_fn(&s);
    assert_true(snapshot_has(&s, METRIC_ofd_unsent_count));
    snapshot_set_bool(&s, METRIC_fn_present, false);
    reconcile_fn(&s);
    assert_false(snapshot_has(&s, METRIC_ofd_unsent_count));
    assert_false(snapshot_has(&s, METRIC_fn_flags));
    assert_true(snapshot_has(&s, METRIC_fn_present));
    assert_true(snapshot_has(&s, METRIC_device_blocked));
    for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++)
        assert_true(snapshot_has(&s, kept[i]));
}

static void before_its_fiscal_phase_an_fn_has_no_term(void **state)
{
    (void)state;
    static const int phases[] = {0, 1, 3, 7};
    for (unsigned i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        bool term = phases[i] >= 3;
        fresh(NULL);
        snapshot_set_int(&s, METRIC_fn_state, phases[i]);
        set_time(METRIC_fn_valid_until, 22, 0);
        snapshot_set_int(&s, METRIC_fn_resource_days, 400);
        reconcile_fn(&s);
        assert_int_equal(snapshot_has(&s, METRIC_fn_valid_until), term);
        assert_int_equal(snapshot_has(&s, METRIC_fn_resource_days), term);
    }
}

static void with_nothing_unsent_there_is_no_first_one(void **state)
{
    (void)state;
    set_time(METRIC_ofd_first_unsent, 22, 10);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 1);
    reconcile_fn(&s);
    assert_true(snapshot_has(&s, METRIC_ofd_first_unsent));
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    reconcile_fn(&s);
    assert_false(snapshot_has(&s, METRIC_ofd_first_unsent));
}

static void a_register_of_protocol_3_that_is_not_fiscalised_has_no_shift(void **state)
{
    (void)state;
    for (int protocol = KKT_PROTOCOL_3; protocol <= KKT_PROTOCOL_5; protocol += 2)
        for (int fiscal = 0; fiscal <= 1; fiscal++) {
            snapshot_clear(&s);
            s.protocol = (enum kkt_protocol)protocol;
            snapshot_set_bool(&s, METRIC_device_fiscal, fiscal != 0);
            assert_true(snapshot_set_int(&s, METRIC_shift_state, 1));
            reconcile_not_fiscal(&s);
            bool garbage = protocol == KKT_PROTOCOL_3 && fiscal == 0;
            assert_int_equal(snapshot_has(&s, METRIC_shift_state), !garbage);
            assert_int_equal(metric_set_has(&s.unsupported, METRIC_shift_state), garbage);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(with_nothing_unsent_there_is_no_first_one, fresh),
        cmocka_unit_test_setup(a_closed_shift_has_no_moment, fresh),
        cmocka_unit_test_setup(a_register_of_protocol_3_that_is_not_fiscalised_has_no_shift, fresh),
        cmocka_unit_test_setup(without_an_fn_only_what_the_register_keeps_is_told, fresh),
        cmocka_unit_test_setup(before_its_fiscal_phase_an_fn_has_no_term, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
