/* What hardly can be: each row of the rules, right and wrong by one. */
#include "metric/derived/doubt.h"

#include "check.h"

#include <string.h>

static struct snapshot s;
static struct metric_set doubtful;

/* A register of which nothing is doubtful. */
static int usual(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        const char *text;
    } texts[] = {
        {METRIC_device_model,                  "АТОЛ 30Ф"    },
        {METRIC_device_firmware,               "5.17.0"           },
        {METRIC_device_configuration_version,  "5.7.13"           },
        {METRIC_device_serial,                 "00106712345678"   },
        {METRIC_fn_version,                    "fn_v_1_1_2"       },
        {METRIC_ofd_host,                      "k-server.1-ofd.ru"},
        {METRIC_registration_number,           "0001234567038549" },
        {METRIC_registration_organization_inn, "7701234560"       },
    };
    static const struct {
        enum metric metric;
        int64_t number;
    } numbers[] = {
        {METRIC_fn_release,              1     },
        {METRIC_fn_last_document,        1021  },
        {METRIC_ofd_unsent_count,        7     },
        {METRIC_ofd_first_unsent_number, 1015  },
        {METRIC_ofd_status,              0x3F  },
        {METRIC_fn_free_documents_5y,    238000},
        {METRIC_ofd_error_document,      1021  },
    };
    static const struct {
        enum metric metric;
        struct civil at;
    } times[] = {
        {METRIC_registration_date,     {2026, 2, 14, 0, 0, 0}   },
        {METRIC_fn_valid_until,        {2028, 1, 1, 0, 0, 0}    },
        {METRIC_ofd_first_unsent,      {2026, 11, 22, 9, 0, 0}  },
        {METRIC_fn_last_document_time, {2026, 11, 22, 12, 30, 0}},
        {METRIC_ofd_last_sent,         {2026, 11, 22, 8, 0, 0}  },
        {METRIC_device_time,           {2026, 11, 22, 12, 31, 0}},
        {METRIC_shift_expires,         {2026, 11, 23, 8, 0, 0}  },
    };
    snapshot_clear(&s);
    memset(&doubtful, 0, sizeof doubtful);
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_true(snapshot_set_text(&s, texts[i].metric, texts[i].text, strlen(texts[i].text)));
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(snapshot_set_int(&s, numbers[i].metric, numbers[i].number));
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_true(snapshot_set_time(&s, times[i].metric, &times[i].at));
    return 0;
}

static void assert_doubt(enum metric m)
{
    memset(&doubtful, 0, sizeof doubtful);
    doubt_of(&s, &doubtful);
    assert_true(metric_set_has(&doubtful, m));
    (void)usual(NULL);
}

static void nothing_is_doubted_of_a_usual_register(void **state)
{
    (void)state;
    doubt_of(&s, &doubtful);
    assert_true(metric_set_empty(&doubtful));
}

static void an_unusual_text_is_doubted(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        const char *text;
    } rows[] = {
        {METRIC_device_model,                 "АТЖЛ 30Ф"},
        {METRIC_device_firmware,              "5.1w.0"       },
        {METRIC_device_firmware,              "5.17"         },
        {METRIC_device_firmware,              "5.17."        },
        {METRIC_device_firmware,              "5.17.0.1"     },
        {METRIC_device_configuration_version, "435"          },
        {METRIC_fn_version,                   "gn_v_1_1_2"   },
        {METRIC_fn_version,                   "fn_v_1]1_2"   },
        {METRIC_ofd_host,                     "of`.vu"       },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(snapshot_set_text(&s, rows[i].metric, rows[i].text, strlen(rows[i].text)));
        assert_doubt(rows[i].metric);
    }
}

static void numbers_that_do_not_fit_each_other_are_doubted(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        int64_t number;
    } rows[] = {
        {METRIC_ofd_unsent_count,        8       },
        {METRIC_ofd_first_unsent_number, 1014    },
        {METRIC_fn_last_document,        1020    },
        {METRIC_ofd_error_document,      1022    },
        {METRIC_ofd_status,              0x40    },
        {METRIC_fn_free_documents_5y,    30000001},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snapshot_set_int(&s, rows[i].metric, rows[i].number);
        assert_doubt(rows[i].metric);
    }
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    snapshot_set_int(&s, METRIC_ofd_first_unsent_number, 0);
    doubt_of(&s, &doubtful);
    assert_false(metric_set_has(&doubtful, METRIC_fn_last_document));
}

static void dates_that_do_not_fit_each_other_are_doubted(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        struct civil at;
    } rows[] = {
        {METRIC_registration_date,     {2026, 11, 24, 0, 0, 0}  }, /* after the last document */
        {METRIC_registration_date,     {2022, 2, 14, 0, 0, 0}   }, /* no FN lasts that long */
        {METRIC_fn_valid_until,        {2031, 1, 1, 0, 0, 0}    },
        {METRIC_ofd_first_unsent,      {2026, 11, 22, 12, 31, 0}}, /* after the last document */
        {METRIC_ofd_first_unsent,      {2025, 11, 22, 9, 0, 0}  }, /* before the registration */
        {METRIC_fn_last_document_time, {2026, 11, 22, 12, 33, 0}}, /* after now */
        {METRIC_fn_last_document_time, {2026, 11, 22, 7, 58, 0} }, /* before the shift was opened */
        {METRIC_ofd_last_sent,         {2026, 12, 22, 8, 0, 0}  },
        {METRIC_shift_expires,         {2026, 11, 23, 12, 33, 0}}, /* later than in a day */
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(snapshot_set_time(&s, rows[i].metric, &rows[i].at));
        assert_doubt(rows[i].metric);
    }
}

/* Which of two clocks is wrong is decided elsewhere (now.c); a wrong one tells nothing of dates. */
static void a_wrong_clock_makes_no_date_doubtful(void **state)
{
    (void)state;
    const struct civil old = {2026, 1, 1, 0, 0, 0};
    assert_true(snapshot_set_time(&s, METRIC_device_time, &old));
    snapshot_set_bool(&s, METRIC_device_clock_wrong, true);
    doubt_of(&s, &doubtful);
    assert_true(metric_set_empty(&doubtful));
}

static void the_registration_number_is_held_against_inn_and_serial_number(void **state)
{
    (void)state;
    assert_true(doubt_number_fits("0001234567038549", "7701234560", "00106712345678"));
    assert_false(doubt_number_fits("0001234567038549", "7701234560", "00106712345679"));
    assert_false(doubt_number_fits("0001234567038549", "7701234561", "00106712345678"));
    assert_false(doubt_number_fits("0001234568038549", "7701234560", "00106712345678"));
    assert_false(doubt_number_fits("", "", ""));
    assert_false(doubt_number_fits("0001234567038549", "77012345601234567890", "00106712345678"));
    assert_true(snapshot_set_text(&s, METRIC_device_serial, "00106712345679", 14));
    assert_doubt(METRIC_device_serial);
    /* With a debug FN any number may have been written. */
    assert_true(snapshot_set_text(&s, METRIC_device_serial, "00106712345679", 14));
    snapshot_set_int(&s, METRIC_fn_release, 0);
    doubt_of(&s, &doubtful);
    assert_false(metric_set_has(&doubtful, METRIC_device_serial));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_doubted_of_a_usual_register, usual),
        cmocka_unit_test_setup(an_unusual_text_is_doubted, usual),
        cmocka_unit_test_setup(numbers_that_do_not_fit_each_other_are_doubted, usual),
        cmocka_unit_test_setup(dates_that_do_not_fit_each_other_are_doubted, usual),
        cmocka_unit_test_setup(a_wrong_clock_makes_no_date_doubtful, usual),
        cmocka_unit_test_setup(the_registration_number_is_held_against_inn_and_serial_number, usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
