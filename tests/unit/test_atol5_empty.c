/* What platform 5 says where it has nothing to say: empty values, negative numbers, dates that are none. */
#include "kkt/atol5/values.h"

#include "kkt_table5.h"

#include <string.h>

static int fresh(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_5);
    return 0;
}

static void an_empty_text_is_absent_and_an_empty_date_is_told(void **state)
{
    (void)state;
    give("05", "000;0;0;0;0;0;010170000000;");
    give("33", "0029;;");
    give("31", "00;  ;");
    give("A1", "00;");
    give("01", "000;6;0;1;");
    give("17", "00;");
    give("21", "00;;");
    kkt_plan_finish(&plan);
    ABSENT(ofd_last_sent);
    ABSENT(fn_valid_until);
    ABSENT(registration_number);
    ABSENT(device_time);
    ABSENT(device_serial);
    assert_true(metric_set_has(&out.undated, METRIC_ofd_last_sent));
    assert_true(metric_set_has(&out.undated, METRIC_fn_valid_until));
    assert_true(metric_set_has(&out.undated, METRIC_device_time));
    assert_true(metric_set_has(&out.undated, METRIC_shift_expires));
    assert_string_equal(plan.report.text[LANG_EN], "");
}

/* A day after the opening is 1 January 2070, which is how a register writes that it has no date: found by fuzzing. */
static void a_shift_whose_end_is_no_date_is_undated(void **state)
{
    (void)state;
    const struct kkt_field field = {METRIC_shift_expires, (enum kkt_kind)VALUE_TIME_PLUS_DAY, 0, 0};
    static const char answer[] = "311269002525;";
    struct atol5_values values;
    atol5_values_split(&values, (const uint8_t *)answer, sizeof answer - 1);
    assert_int_equal(atol5_value_decode(&field, &values, &out), FIELD_EMPTY);
    ABSENT(shift_expires);
    assert_true(metric_set_has(&out.undated, METRIC_shift_expires));
}

/* An empty number is not "no fault": nothing is known of it. */
static void an_empty_number_is_unreadable(void **state)
{
    (void)state;
    give("01", "00;2;1;0;");
    give("02", "00;;");
    give("q1", "00;");
    give("05", "000;;0;0;0;0;;");
    give("Q2 00", "00;");
    give("34", "00;2;2;");
    ABSENT(faults_rtc);
    ABSENT(device_blocked);
    ABSENT(printer_paper_present);
    ABSENT(printer_drawer_opened);
    ABSENT(ofd_network_error);
    ABSENT(counters_cash_kop);
    INT(device_fiscal, 1);
    assert_string_equal(plan.report.text[LANG_EN],
                        "01: blocked and 14 more unreadable; 02: cover_opened and 4 more unreadable; "
                        "q1: drawer_opened unreadable; 05: network_error unreadable; Q2 00: cash_kop unreadable; "
                        "34: ffd_version_max unreadable");
}

/* All bits of -1 are set: that is no register with each fault there is. */
static void a_negative_number_has_no_bits(void **state)
{
    (void)state;
    give("01", "00-1;-1;0;1;");
    give("q1", "00-1;");
    ABSENT(faults_rtc);
    ABSENT(device_blocked);
    ABSENT(device_fiscal);
    ABSENT(printer_drawer_opened);
    assert_false(plan.not_fiscal);
    assert_false(plan.fn_missing);
    assert_string_equal(plan.report.text[LANG_EN], "01: blocked and 16 more unreadable; q1: drawer_opened unreadable");
}

static void a_queue_without_a_date_is_undated(void **state)
{
    (void)state;
    give_fn("FN 20", "00 00 05 00 01 00 00 00 ff ff ff ff ff");
    assert_true(metric_set_has(&out.undated, METRIC_ofd_first_unsent));
    give_fn("FN 20", "00 00 00 00 00 00 00 00 ff 0d ff ff ff");
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void port_0_is_none(void **state)
{
    (void)state;
    give(")C", "00ofd.ru;0;");
    ABSENT(ofd_port);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_text_is_absent_and_an_empty_date_is_told),
        TEST(a_shift_whose_end_is_no_date_is_undated),
        TEST(an_empty_number_is_unreadable),
        TEST(a_negative_number_has_no_bits),
        TEST(a_queue_without_a_date_is_undated),
        TEST(port_0_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
