/* `health`: the worst first, with what to do, by limits that can be changed. */
#include "health_world.h"

static void has(const char *segment)
{
    if (!strstr(h.text, segment))
        fail_msg("no \"%s\" in:\n%s", segment, h.text);
}

static void set_date(enum metric m, int year, int month, int day)
{
    struct civil c = {year, month, day, 0, 0, 0};
    assert_true(snapshot_set_time(&s, m, &c));
}

static void a_register_that_is_well_has_code_0(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_days_left, 61);
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 86399);
    snapshot_set_int(&s, METRIC_device_clock_drift_s, -120);
    snapshot_set_bool(&s, METRIC_printer_paper_present, true);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 0);
    assert_int_equal(h.level, SEVERITY_NOTHING);
    assert_string_equal(h.brief, "норма");
    assert_string_equal(h.text, "");
    judge(NULL, LANG_EN);
    assert_string_equal(h.brief, "OK");
}

static void the_end_of_the_fn_is_told_with_days_date_and_advice(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_days_left, 2);
    set_date(METRIC_fn_valid_until, 2026, 11, 29);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 504);
    assert_int_equal(h.level, SEVERITY_DISASTER);
    assert_string_equal(h.brief, "ФН: до 3 дн.");
    assert_string_equal(h.text,
                        "ФН: осталось 2 дн., срок 29.11.2026. Замените ФН: закройте архив, перерегистрируйте ККТ.");
    snapshot_remove(&s, METRIC_fn_valid_until);
    judge(NULL, LANG_EN);
    assert_string_equal(h.text, "FN: 2 days left. Replace the FN: close its archive, register the register anew.");
}

/* The FN's own count and the date of its term are two counts. */
static void the_date_stands_beside_the_count_that_it_belongs_to(void **state)
{
    (void)state;
    set_date(METRIC_fn_valid_until, 2028, 1, 1);
    snapshot_set_int(&s, METRIC_fn_days_left, 400);
    snapshot_set_int(&s, METRIC_fn_resource_days, 2);
    judge(NULL, LANG_EN);
    assert_string_equal(h.text, "FN: 2 days left. Replace the FN: close its archive, register the register anew.");
    snapshot_set_int(&s, METRIC_fn_resource_days, 0);
    judge(NULL, LANG_RU);
    assert_null(strstr(h.text, "2028"));
}

static void a_sentence_a_line_for_tiles(void **state)
{
    (void)state;
    judge(NULL, LANG_RU);
    assert_string_equal(h.lines, "Неполадок не найдено.");
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 21 * 86400);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 7);
    judge(NULL, LANG_RU);
    assert_string_equal(h.lines, "ОФД: не передано 7 док., первый ждёт 21 дн. из 30 дней.\n"
                                 "Срочно: сеть кассы, адрес ОФД.");
}

static void a_document_that_stays_open_and_a_low_battery_of_the_clock_are_told(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_open_document_age_s, 3599);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 0);
    snapshot_set_int(&s, METRIC_fn_open_document_age_s, 7200);
    snapshot_set_bool(&s, METRIC_device_clock_battery_low, true);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 212);
    assert_string_equal(h.text, "ФН: документ не завершён уже 2 ч. Завершите или аннулируйте его на кассе.\n"
                                "Часы: батарея разряжена. Замените её, иначе без питания время собьётся.");
    assert_string_equal(h.alarms[SEVERITY_WARNING],
                        "ФН: документ не завершён; Часы: батарея разряжена. Завершите или аннулируйте его на кассе");
    judge(NULL, LANG_EN);
    assert_non_null(strstr(h.text, "FN: a document has stayed open for 2 h. Finish or cancel it on the till."));
}

static void of_two_counts_of_days_the_smaller_speaks(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_days_left, 9);
    snapshot_set_int(&s, METRIC_fn_resource_days, 5);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 402);
    has("осталось 5 дн.");
    snapshot_set_int(&s, METRIC_fn_resource_days, 25);
    judge(NULL, LANG_RU);
    assert_string_equal(h.brief, "ФН: до 10 дн.");
    assert_null(strchr(h.text, '\n'));
}

/* Each limit of the catalogue, at it and beside it. */
static void limits_hold_to_the_unit(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    static const struct {
        enum metric metric;
        int64_t value;
        unsigned code;
    } rows[] = {
        {METRIC_fn_days_left,           60,           101},
        {METRIC_fn_days_left,           30,           203},
        {METRIC_fn_days_left,           10,           402},
        {METRIC_fn_days_left,           3,            504},
        {METRIC_fn_days_left,           0,            504},
        {METRIC_fn_days_left,           -1,           503},
        {METRIC_ofd_first_unsent_age_s, DAY,          102},
        {METRIC_ofd_first_unsent_age_s, 3 * DAY,      204},
        {METRIC_ofd_first_unsent_age_s, 7 * DAY,      305},
        {METRIC_ofd_first_unsent_age_s, 20 * DAY,     405},
        {METRIC_ofd_first_unsent_age_s, 27 * DAY - 1, 405},
        {METRIC_ofd_first_unsent_age_s, 27 * DAY,     508},
        {METRIC_device_clock_drift_s,   120,          0  },
        {METRIC_device_clock_drift_s,   121,          205},
        {METRIC_device_clock_drift_s,   -301,         407},
        {METRIC_printer_paper_present,  0,            201},
        {METRIC_fn_present,             0,            502},
        {METRIC_fn_state,               1,            105},
        {METRIC_fn_state,               3,            0  },
        {METRIC_fn_state,               7,            505},
        {METRIC_shift_state,            2,            406},
        {METRIC_faults_settings,        1,            308},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh(NULL);
        snapshot_set_int(&s, rows[i].metric, rows[i].value);
        judge(NULL, LANG_EN);
        if (h.code != rows[i].code)
            fail_msg("row %u: code %u, expected %u", i, h.code, rows[i].code);
        assert_int_equal(h.level, rows[i].code / 100);
    }
}

static void a_guard_keeps_a_limit_from_speaking(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 28 * 86400);
    snapshot_set_bool(&s, METRIC_fn_ofd_timeout, true); /* no OFD is asked */
    snapshot_set_int(&s, METRIC_registration_autonomous, 1);
    snapshot_set_int(&s, METRIC_shift_left_s, -5);
    judge(NULL, LANG_EN);
    assert_int_equal(h.code, 0);
    snapshot_set_int(&s, METRIC_registration_autonomous, 0);
    snapshot_set_int(&s, METRIC_shift_state, 1);
    judge(NULL, LANG_EN);
    assert_int_equal(h.code, 508);
    assert_string_equal(h.brief, "OFD: > 27 d +1");
}

static void nine_troubles_stand_worst_first(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_printer_paper_present, 0);
    snapshot_set_int(&s, METRIC_printer_cover_opened, 1);
    snapshot_set_int(&s, METRIC_printer_error, 1);
    snapshot_set_int(&s, METRIC_fn_days_left, 2);
    snapshot_set_int(&s, METRIC_shift_state, 2);
    snapshot_set_int(&s, METRIC_device_clock_drift_s, 400);
    snapshot_set_int(&s, METRIC_faults_rtc, 1);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 12);
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 28 * 86400);
    snapshot_set_int(&s, METRIC_fn_flc_refusal, 1);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 508);
    assert_string_equal(h.brief, "ОФД: > 27 дн. +8");
    assert_string_equal(h.text,
                        "ОФД: не передано 12 док., первый ждёт 28 дн.; на 30-й день ФН блокируется. Срочно: сеть "
                        "кассы, адрес ОФД.\n"
                        "ФН: осталось 2 дн. Замените ФН: закройте архив, перерегистрируйте ККТ.\n"
                        "Ещё: часы: сбой; часы: > 5 мин; смена: > 24 ч; принтер; отказ ФЛК; нет бумаги; крышка "
                        "открыта.");
}

static void what_is_faulty_is_named(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_faults_settings, 1);
    snapshot_set_int(&s, METRIC_faults_wait_for_reboot, 1);
    judge(NULL, LANG_RU);
    has("Касса: ошибка настроек, требуется перезагрузка ККТ. Перезапустите");
    judge(NULL, LANG_EN);
    has("Register: settings fault, register waits for a reboot. Restart it");
}

static void changed_limits_hold(void **state)
{
    (void)state;
    struct health_limits limits = {0};
    limits.changed[REASON_fn_days_warning] = true;
    limits.value[REASON_fn_days_warning] = 45;
    limits.changed[REASON_fn_days_information] = limits.off[REASON_fn_days_information] = true;
    snapshot_set_int(&s, METRIC_fn_days_left, 45);
    judge(&limits, LANG_RU);
    assert_int_equal(h.code, 203);
    assert_string_equal(h.brief, "ФН: до 45 дн.");
    snapshot_set_int(&s, METRIC_fn_days_left, 46);
    judge(&limits, LANG_RU);
    assert_int_equal(h.code, 0);
}

static void a_register_that_was_not_read_says_why(void **state)
{
    (void)state;
    static const struct {
        enum poll_state state;
        unsigned code;
        const char *brief;
    } rows[] = {
        {STATE_BUSY,         2,   "порт занят"                },
        {STATE_UNREACHABLE,  302, "не отвечает"              },
        {STATE_ERROR,        303, "ошибка ответа"          },
        {STATE_PREREQUISITE, 304, "опрос невозможен"    },
        {STATE_PARTIAL,      206, "прочитана частично"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        health_of(&s, rows[i].state, "Проверьте кабель.", NULL, LANG_RU, &h);
        assert_int_equal(h.code, rows[i].code);
        assert_string_equal(h.brief, rows[i].brief);
        assert_string_equal(h.text, "Проверьте кабель.");
    }
}

static void old_values_of_a_register_that_was_not_read_say_nothing(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_fn_days_left, 1);
    health_of(&s, STATE_BUSY, "held by frontol", NULL, LANG_EN, &h);
    assert_int_equal(h.code, 2);
}

static void a_queue_or_a_term_without_a_date_is_told(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 5000);
    snapshot_set_undated(&s, METRIC_ofd_first_unsent);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 310);
    has("5000 док.");
    snapshot_set_int(&s, METRIC_fn_state, 3);
    snapshot_set_undated(&s, METRIC_fn_valid_until);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 311);
    snapshot_set_undated(&s, METRIC_fn_resource_days); /* the FN counts, but for a wrong clock: the clock is said */
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 310);
    metric_set_remove(&s.undated, METRIC_fn_resource_days);
    snapshot_set_int(&s, METRIC_fn_state, 1);
    judge(NULL, LANG_RU);
    assert_int_equal(h.code, 310);
}

static void codes_are_unique_and_texts_whole_in_both_languages(void **state)
{
    (void)state;
    for (unsigned i = REASON_none + 1; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        assert_in_range(row->number, 1, 99);
        for (unsigned j = i + 1; j < REASON_COUNT; j++)
            assert_int_not_equal(reason_code((enum reason)i), reason_code((enum reason)j));
        assert_true((row->text[LANG_EN][0] != 0) == (row->text[LANG_RU][0] != 0));
        for (int lang = LANG_EN; lang <= LANG_RU; lang++) {
            char brief[96];
            reason_brief((enum reason)i, (enum lang)lang, brief, sizeof brief);
            assert_true(brief[0] && !strpbrk(brief, "{}[]"));
        }
    }
}

static void what_raises_high_or_disaster_is_asked_again_at_its_source(void **state)
{
    (void)state;
    struct metric_set again;
    snapshot_set_int(&s, METRIC_fn_flags, 0x80);
    snapshot_set_bool(&s, METRIC_fn_critical_error, true);
    snapshot_set_int(&s, METRIC_printer_paper_present, 0);
    health_alarming(&s, NULL, &again);
    assert_true(metric_set_has(&again, METRIC_fn_flags));
    assert_false(metric_set_has(&again, METRIC_fn_critical_error));
    assert_false(metric_set_has(&again, METRIC_printer_paper_present));
    fresh(NULL);
    snapshot_set_int(&s, METRIC_fn_state, 3);
    health_alarming(&s, NULL, &again);
    assert_true(metric_set_empty(&again));
}

static void another_identity_is_seen(void **state)
{
    (void)state;
    static struct snapshot last;
    struct metric_set differing;
    snapshot_clear(&last);
    snapshot_set_text(&last, METRIC_device_serial, "00106112345678", 14);
    snapshot_set_text(&last, METRIC_device_firmware, "5.17.0", 6);
    snapshot_set_text(&s, METRIC_device_serial, "00106112345679", 14);
    snapshot_set_text(&s, METRIC_fn_serial, "9960440300123456", 16);
    health_other_identity(&s, &last, &differing);
    assert_true(metric_set_has(&differing, METRIC_device_serial));
    assert_false(metric_set_has(&differing, METRIC_device_firmware));
    assert_false(metric_set_has(&differing, METRIC_fn_serial));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_register_that_is_well_has_code_0, fresh),
        cmocka_unit_test_setup(the_end_of_the_fn_is_told_with_days_date_and_advice, fresh),
        cmocka_unit_test_setup(the_date_stands_beside_the_count_that_it_belongs_to, fresh),
        cmocka_unit_test_setup(a_sentence_a_line_for_tiles, fresh),
        cmocka_unit_test_setup(a_document_that_stays_open_and_a_low_battery_of_the_clock_are_told, fresh),
        cmocka_unit_test_setup(of_two_counts_of_days_the_smaller_speaks, fresh),
        cmocka_unit_test_setup(limits_hold_to_the_unit, fresh),
        cmocka_unit_test_setup(a_guard_keeps_a_limit_from_speaking, fresh),
        cmocka_unit_test_setup(nine_troubles_stand_worst_first, fresh),
        cmocka_unit_test_setup(what_is_faulty_is_named, fresh),
        cmocka_unit_test_setup(changed_limits_hold, fresh),
        cmocka_unit_test_setup(a_register_that_was_not_read_says_why, fresh),
        cmocka_unit_test_setup(old_values_of_a_register_that_was_not_read_say_nothing, fresh),
        cmocka_unit_test_setup(a_queue_or_a_term_without_a_date_is_told, fresh),
        cmocka_unit_test_setup(codes_are_unique_and_texts_whole_in_both_languages, fresh),
        cmocka_unit_test_setup(what_raises_high_or_disaster_is_asked_again_at_its_source, fresh),
        cmocka_unit_test_setup(another_identity_is_seen, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
