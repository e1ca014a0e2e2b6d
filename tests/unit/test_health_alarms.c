/* The alarms of `health`: the names of problems in Zabbix. */
#include "health_world.h"

static void an_alarm_names_all_reasons_of_its_severity(void **state)
{
    (void)state;
    snapshot_set_bool(&s, METRIC_faults_rtc, true);
    judge(NULL, LANG_RU);
    assert_string_equal(h.alarms[SEVERITY_HIGH],
                        "Часы: ошибка часов реального времени. Перезапустите ККТ; не помогло — сервисный центр");
    assert_string_equal(h.alarms[SEVERITY_DISASTER], "");
    snapshot_set_bool(&s, METRIC_fn_ofd_annulled, true);
    judge(NULL, LANG_EN);
    assert_non_null(
        strstr(h.alarms[SEVERITY_HIGH], "real-time clock fault; OFD: its permission was annulled. Restart"));
}

static void an_alarm_stands_while_its_values_change(void **state)
{
    char first[HEALTH_ALARM_MAX];
    (void)state;
    snapshot_set_int(&s, METRIC_device_clock_drift_s, 400);
    judge(NULL, LANG_RU);
    assert_string_equal(h.alarms[SEVERITY_HIGH], "Часы: > 5 мин. Закройте смену и выставьте часы");
    memcpy(first, h.alarms[SEVERITY_HIGH], sizeof first);
    snapshot_set_int(&s, METRIC_device_clock_drift_s, 431);
    judge(NULL, LANG_RU);
    assert_string_equal(h.alarms[SEVERITY_HIGH], first);
}

static unsigned letters(const char *text)
{
    unsigned count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* A value that the limit calls a trouble. */
static int64_t beyond(const struct metric_limit *limit)
{
    return limit->value + (limit->side == SIDE_APART) - (limit->side == SIDE_BELOW);
}

static unsigned too_long;

static void raise_all(void)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_row *row = metric_row((enum metric)m);
        for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++)
            if (row->type == METRIC_BOOL)
                snapshot_set_bool(&s, (enum metric)m, beyond(&row->limits[i]) != 0);
            else
                (void)snapshot_set_int(&s, (enum metric)m, beyond(&row->limits[i]));
    }
}

/* An item of the type Character cuts what is longer, and the advice is what stands last. */
static void an_alarm_of_many_reasons_is_whole(void **state)
{
    (void)state;
    raise_all();
    judge(NULL, LANG_RU);
    for (unsigned i = SEVERITY_WARNING; i <= SEVERITY_DISASTER; i++)
        assert_in_range(letters(h.alarms[i]), 40, HEALTH_ALARM_LETTERS);
    const char *average = h.alarms[SEVERITY_AVERAGE];
    assert_non_null(strstr(average, ", ещё "));
    assert_non_null(strstr(average, "; ещё "));
    assert_string_equal(average + strlen(average) - strlen("вызовите сервис"), "вызовите сервис");
    judge(NULL, LANG_EN);
    for (unsigned i = SEVERITY_WARNING; i <= SEVERITY_DISASTER; i++)
        assert_in_range(letters(h.alarms[i]), 40, HEALTH_ALARM_LETTERS);
}

static void fit_a_line(void)
{
    for (enum lang lang = LANG_EN; lang <= LANG_RU; lang++) {
        judge(NULL, lang);
        for (unsigned i = 0; i <= SEVERITY_DISASTER; i++)
            if (letters(h.alarms[i]) > 90) {
                print_error("%u letters: %s\n", letters(h.alarms[i]), h.alarms[i]);
                too_long++;
            }
    }
}

/* It is the name of a problem in Zabbix: at most 90 letters of one reason. */
static void an_alarm_of_one_reason_fits_a_line(void **state)
{
    too_long = 0;
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_row *row = metric_row((enum metric)m);
        for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++) {
            fresh(state);
            if (row->guard.guarded && !row->guard.unless)
                snapshot_set_int(&s, row->guard.metric, row->guard.value);
            if (row->type == METRIC_BOOL)
                snapshot_set_bool(&s, (enum metric)m, beyond(&row->limits[i]) != 0);
            else
                assert_true(snapshot_set_int(&s, (enum metric)m, beyond(&row->limits[i])));
            fit_a_line();
        }
    }
    fresh(state);
    snapshot_set_undated(&s, METRIC_device_time);
    fit_a_line();
    fresh(state);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 5000);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    fit_a_line();
    fresh(state);
    snapshot_set_int(&s, METRIC_fn_state, 3);
    snapshot_set_undated(&s, METRIC_fn_valid_until);
    fit_a_line();
    assert_int_equal(too_long, 0);
}

static void what_zabbix_watches_by_a_number_is_no_alarm(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_days_left, 2);
    snapshot_set_bool(&s, METRIC_fn_need_replacement, true); /* says the same without the number */
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 28 * 86400);
    snapshot_set_int(&s, METRIC_shift_state, 2);
    judge(NULL, LANG_RU);
    for (unsigned i = 0; i <= SEVERITY_DISASTER; i++)
        assert_string_equal(h.alarms[i], "");
    snapshot_set_int(&s, METRIC_fn_days_left, -1);
    judge(NULL, LANG_RU);
    assert_string_equal(h.alarms[SEVERITY_DISASTER], "ФН: срок истёк, касса не продаёт. Замените ФН сегодня");
    fresh(NULL);
    snapshot_set_bool(&s, METRIC_fn_resource_exhausted, true); /* as bad as the step, and without its number */
    snapshot_set_int(&s, METRIC_fn_days_left, 25);
    judge(NULL, LANG_RU);
    assert_string_equal(h.alarms[SEVERITY_WARNING], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_alarm_names_all_reasons_of_its_severity, fresh),
        cmocka_unit_test_setup(an_alarm_stands_while_its_values_change, fresh),
        cmocka_unit_test_setup(an_alarm_of_many_reasons_is_whole, fresh),
        cmocka_unit_test_setup(an_alarm_of_one_reason_fits_a_line, fresh),
        cmocka_unit_test_setup(what_zabbix_watches_by_a_number_is_no_alarm, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
