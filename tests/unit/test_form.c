/* What a value may look like: out of it, it is unreadable. */
#include "metric/form.h"

#include "check.h"

#include <string.h>

static void numbers_stay_in_their_range(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        int64_t value;
        bool good;
    } rows[] = {
        {METRIC_ofd_unsent_count,      0,           true },
        {METRIC_ofd_unsent_count,      65535,       true },
        {METRIC_ofd_unsent_count,      -1,          false},
        {METRIC_ofd_unsent_count,      99999999999, false},
        {METRIC_fn_last_document,      4294967295,  true },
        {METRIC_fn_last_document,      4294967296,  false},
        {METRIC_device_clock_drift_s,  -86401,      true },
        {METRIC_printer_temperature_c, -40,         true },
        {METRIC_printer_temperature_c, 201,         false},
        {METRIC_printer_paper_present, 1,           true },
        {METRIC_printer_paper_present, 2,           false},
        {METRIC_fn_state,              3,           true },
        {METRIC_fn_state,              4,           false},
        {METRIC_shift_state,           3,           false},
        {METRIC_fn_flags,              256,         false},
        {METRIC_counters_cash_kop,     -5,          true },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (form_number(rows[i].metric, rows[i].value) != rows[i].good)
            fail_msg("row %u", i);
}

static void texts_have_their_form(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        const char *text;
        bool good;
    } rows[] = {
        {METRIC_fn_serial,                      "9960440300123456",          true },
        {METRIC_fn_serial,                      "996044030012345",           false},
        {METRIC_fn_serial,                      "99604403001234567",         false},
        {METRIC_fn_serial,                      "996044030012345O",          false},
        {METRIC_device_serial,                  "00106112345678",            true },
        {METRIC_device_serial,                  "",                          false},
        {METRIC_device_firmware,                "5.17.0",                    true },
        {METRIC_device_firmware,                "5.17\xD0\xB0",              false},
        {METRIC_device_mac,                     "00:1C:AB:12:34:56",         true },
        {METRIC_device_mac,                     "00:1C:AB:12:34:5g",         false},
        {METRIC_device_mac,                     "00:1C:AB:12:34",            false},
        {METRIC_registration_organization_name, "ООО \"Ромашка\"", true },
        {METRIC_registration_organization_name, "ООО\x01",                false},
        {METRIC_registration_organization_name, "ООО\xC2\x85",            false},
        {METRIC_registration_organization_name, "\xFF",                      false},
        {METRIC_registration_organization_inn,  "7701234560",                true },
        {METRIC_registration_organization_inn,  "7701234567",                false},
        {METRIC_registration_organization_inn,  "770123456",                 false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (form_text(rows[i].metric, rows[i].text, strlen(rows[i].text)) != rows[i].good)
            fail_msg("row %u: %s", i, rows[i].text);
}

/* Public examples: 7707083893 a bank's, 500100732259 a person's. */
static void check_digits_of_an_inn(void **state)
{
    (void)state;
    assert_true(form_is_inn("7707083893", 10));
    assert_true(form_is_inn("500100732259", 12));
    assert_true(form_is_inn("007707083893", 12)); /* filled up by the register */
    assert_false(form_is_inn("500100732258", 12));
    assert_false(form_is_inn("500100732269", 12));
    assert_false(form_is_inn("77070838931", 11));
    assert_false(form_is_inn("0000000000", 10)); /* its check digit is right */
    assert_false(form_is_inn("000000000000", 12));
    assert_true(form_is_no_text(METRIC_registration_organization_inn, "0000000000", 10));
    assert_false(form_is_no_text(METRIC_registration_organization_inn, "7707083893", 10));
    assert_false(form_is_no_text(METRIC_registration_number, "0000000000000000", 16));
    /* Swapped neighbours and two digits against each other are seen. */
    assert_false(form_is_inn("7770083893", 10));
    assert_false(form_is_inn("7708073893", 10));
}

static void dates_that_are_none_and_dates_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        struct civil c;
        enum form_date expected;
    } rows[] = {
        {METRIC_fn_valid_until,   {2027, 1, 31, 0, 0, 0},  FORM_DATE_GOOD      },
        {METRIC_fn_valid_until,   {0, 0, 0, 0, 0, 0},      FORM_DATE_NONE      },
        {METRIC_fn_valid_until,   {1970, 1, 1, 0, 0, 0},   FORM_DATE_NONE      },
        {METRIC_fn_valid_until,   {2000, 1, 1, 0, 0, 0},   FORM_DATE_NONE      },
        {METRIC_fn_valid_until,   {2015, 12, 31, 0, 0, 0}, FORM_DATE_NONE      },
        {METRIC_fn_valid_until,   {2016, 1, 1, 0, 0, 0},   FORM_DATE_GOOD      },
        {METRIC_shift_expires,    {1970, 1, 2, 0, 0, 0},   FORM_DATE_NONE      },
        {METRIC_shift_expires,    {2070, 1, 2, 0, 0, 0},   FORM_DATE_NONE      },
        {METRIC_ofd_first_unsent, {2026, 22, 1, 0, 0, 0},  FORM_DATE_IMPOSSIBLE},
        {METRIC_ofd_first_unsent, {2026, 2, 29, 0, 0, 0},  FORM_DATE_IMPOSSIBLE},
        {METRIC_device_time,      {2000, 1, 1, 0, 5, 0},   FORM_DATE_GOOD      },
        {METRIC_device_time,      {0, 0, 0, 0, 0, 0},      FORM_DATE_NONE      },
        {METRIC_device_time,      {2070, 1, 1, 0, 0, 0},   FORM_DATE_NONE      },
        {METRIC_device_time,      {2099, 1, 1, 0, 0, 0},   FORM_DATE_GOOD      },
        {METRIC_device_time,      {2100, 1, 1, 0, 0, 0},   FORM_DATE_IMPOSSIBLE},
        {METRIC_fn_valid_until,   {2179, 2, 12, 0, 0, 0},  FORM_DATE_IMPOSSIBLE},
        {METRIC_ofd_first_unsent, {2276, 1, 1, 0, 0, 0},   FORM_DATE_IMPOSSIBLE},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (form_date(rows[i].metric, &rows[i].c) != rows[i].expected)
            fail_msg("row %u", i);
}

/* Every number of the catalogue has a range: what Zabbix cannot take never leaves. */
static void every_number_has_a_range(void **state)
{
    (void)state;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = metric_row((enum metric)i);
        if (row->type == METRIC_INT && row->form != FORM_WORDS && row->max <= row->min)
            fail_msg("%s.%s has no range", row->group, row->key);
        if (row->type == METRIC_INT && row->origin == ORIGIN_READ)
            assert_false(form_number((enum metric)i, INT64_MAX));
    }
}

/* ':' stands behind '9', so that sums with it can come out right. */
static void an_inn_has_digits_only(void **state)
{
    (void)state;
    char text[] = "7701:3456?";
    for (char last = '0'; last <= '9'; last++) {
        text[9] = last;
        assert_false(form_is_inn(text, 10));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inn_has_digits_only),
        cmocka_unit_test(numbers_stay_in_their_range),
        cmocka_unit_test(texts_have_their_form),
        cmocka_unit_test(check_digits_of_an_inn),
        cmocka_unit_test(dates_that_are_none_and_dates_that_cannot_be),
        cmocka_unit_test(every_number_has_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
