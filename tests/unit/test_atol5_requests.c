/* Every answer of platform 5 and what it becomes (protocol-5.md §3, §5). */
#include "kkt/atol5/errors.h"
#include "kkt/atol5/requests.h"
#include "kkt/atol5/values.h"

#include "kkt_table5.h"

#include <stdio.h>
#include <string.h>

static int fresh(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_5);
    return 0;
}

static void values_are_split_and_escapes_removed(void **state)
{
    (void)state;
    static struct atol5_values v;
    /* 01 00 ~; 00 ~; 26 ~~ ~; — the example of protocol-5.md §3 */
    struct bytes b = hex("01 00 7e 3b 00 7e 3b 26 7e 7e 7e 3b 3b 3b 41");
    atol5_values_split(&v, b.at, b.count);
    assert_int_equal(v.count, 3);
    struct bytes first = hex("01 00 3b 00 3b 26 7e 3b");
    assert_int_equal(v.at[1], first.count);
    assert_memory_equal(v.bytes, first.at, first.count);
    assert_int_equal(v.at[2], v.at[1]); /* an empty value */
    assert_int_equal(v.at[3] - v.at[2], 1);
    atol5_values_split(&v, b.at, 0);
    assert_int_equal(v.count, 0);
}

static void more_values_than_expected_are_dropped(void **state)
{
    (void)state;
    static struct atol5_values v;
    uint8_t many[300];
    memset(many, ';', sizeof many);
    atol5_values_split(&v, many, sizeof many);
    assert_int_equal(v.count, ATOL5_VALUES_MAX);
}

static void version(void **state)
{
    (void)state;
    give("22", "0061;x;5.17.0;3;5.7.0;6.5.1;unknown;");
    INT(device_model_code, 61);
    TEXT(device_firmware, "5.17.0");
    TEXT(device_configuration_version, "5.7.0");
    TEXT(device_boot_version, "6.5.1");
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void status_flags(void **state)
{
    (void)state;
    give("01", "008194;6;0;1;");
    INT(device_blocked, 1);
    INT(faults_rtc, 1);
    INT(faults_universal_counters, 1);
    INT(faults_no_serial_number, 0);
    INT(device_fiscal, 1);
    INT(shift_state, 1);
    assert_false(plan.not_fiscal);
    give("01", "000;96;0;1;");
    INT(device_blocked, 0);
    INT(device_fiscal, 0);
    INT(shift_state, 0);
    assert_true(plan.not_fiscal);
    assert_true(plan.fn_missing);
}

static void printer_and_drawer(void **state)
{
    (void)state;
    give("02", "0030;1;");
    INT(printer_cover_opened, 1);
    INT(printer_paper_present, 0);
    INT(printer_overheat, 1);
    INT(printer_cutter_error, 1);
    INT(printer_paper_near_end, 1);
    give("q1", "001;");
    INT(printer_drawer_opened, 1);
    give("q1", "002;");
    INT(printer_drawer_opened, 0);
}

static void shift(void **state)
{
    (void)state;
    give("A1", "00221126123456;");
    give("01", "000;6;0;1;");
    give("11", "00451;18243;37;");
    give("17", "00221126080000");
    kkt_plan_finish(&plan);
    TIME(device_time, "2026-11-22T12:34:56");
    INT(shift_state, 1);
    INT(shift_number, 451);
    INT(shift_receipt_number, 37);
    TIME(shift_expires, "2026-11-23T08:00:00");
}

/* What is told is the opening: a day later is 2100. */
static void a_shift_whose_end_cannot_be_has_none(void **state)
{
    (void)state;
    give("01", "000;6;0;1;");
    give("17", "00311299100000;");
    kkt_plan_finish(&plan);
    ABSENT(shift_expires);
    assert_int_equal(out.failure.code, ERR_PARTIAL);
    assert_string_equal(out.failure.detail, "17: expires unreadable");
}

static void ofd_errors(void **state)
{
    (void)state;
    give("05", "000;3;14;16;1015;97;211126101500;");
    INT(ofd_network_error, 3);
    INT(ofd_ofd_error, 14);
    INT(ofd_fn_error, 16);
    INT(ofd_error_document, 1015);
    INT(ofd_error_command, 97);
    TIME(ofd_last_sent, "2026-11-21T10:15:00");
}

static void identity_and_validity(void **state)
{
    (void)state;
    give("21", "0000106712345678;\x80\x92\x8e\x8b 30\x94;");
    TEXT(device_serial, "00106712345678");
    TEXT(device_model, "АТОЛ 30Ф");
    give("33", "0029;311227;");
    INT(fn_registrations_left, 29);
    TIME(fn_valid_until, "2027-12-31T00:00:00");
    give("32", "001;");
    INT(fn_registrations_done, 1);
    give("31", "000001234567038549    ;7701234560  ;");
    TEXT(registration_number, "0001234567038549");
    TEXT(registration_organization_inn, "7701234560");
    give("Q2 00", "0012500.50;");
    INT(counters_cash_kop, 1250050);
    give("Q2 03", "001;");
    INT(counters_cash_outs, 1);
    give("14 3", "0017;1.00;2.00;");
    INT(counters_buy_receipts, 17);
    give("r1", "001;912345;2;48211;");
    INT(counters_head_work, 912345);
    INT(counters_cutter_work, 48211);
    give("\"16", "0031;");
    INT(printer_temperature_c, 31);
    give("34", "003;2;2;");
    INT(device_ffd_version_max, 110);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void network_and_power(void **state)
{
    (void)state;
    give(")C", "00ofd.ru;7777;");
    TEXT(ofd_host, "ofd.ru");
    INT(ofd_port, 7777);
    give("(A", "002;");
    INT(ofd_channel, 2);
    give("(A", "000;");
    INT(ofd_channel, 5);
    give("\"13", "003;");
    INT(power_on_battery, 1);
    INT(power_battery_charging, 1);
    INT(power_battery_can_print, 1);
    give("\"13", "004;");
    INT(power_on_battery, 0);
    INT(power_battery_can_print, 0);
    give("\"15", "007400;");
    INT(power_battery_mv, 7400);
    give("\"17", "0098;");
    INT(power_battery_percent, 98);
    /* 3B and 7E are escaped, and 20 at the end is no padding. */
    give_fn("\"18", "00 3b 7e bb cc 20");
    TEXT(device_mac, "00:3B:7E:BB:CC:20");
    assert_string_equal(plan.report.text[LANG_EN], "");
    give_fn("\"18", "00 22 aa");
    assert_string_equal(plan.report.text[LANG_EN], "\"18: mac missing");
}

static void money(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t kopecks;
    } good[] = {
        {"000;",      0    },
        {"007;",      700  },
        {"000.05;",   5    },
        {"001.5;",    150  },
        {"00-0.50;",  -50  },
        {"00-12.34;", -1234}
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        give("Q2 00", good[i].text);
        INT(counters_cash_kop, good[i].kopecks);
    }
    assert_string_equal(plan.report.text[LANG_EN], "");
    static const char *const bad[] = {"001.;", "00.5;", "001.234;", "001,5;", "001.-5;", "0099999999999999999999;"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fresh(NULL);
        give("Q2 00", bad[i]);
        ABSENT(counters_cash_kop);
        assert_string_equal(plan.report.text[LANG_EN], "Q2 00: cash_kop unreadable");
    }
}

static void answers_of_the_fn(void **state)
{
    (void)state;
    give_fn("FN 30", "03 00 00 01 89 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 3b 7e 00 00");
    INT(fn_present, 1);
    INT(fn_flags, 0x89);
    TEXT(fn_serial, "9999078900012345");
    INT(fn_last_document, 0x7e3b);
    give_fn("FN 20", "02 01 07 00 f7 03 00 00 1a 0b 15 0a 14");
    INT(ofd_unsent_count, 7);
    INT(ofd_first_unsent_number, 1015);
    TIME(ofd_first_unsent, "2026-11-21T10:20:00");
    INT(ofd_message_read, 1);
    give_fn("FN 33", "66 6e 5f 76 5f 31 5f 31 5f 32 20 20 20 20 20 20 00");
    TEXT(fn_version, "fn_v_1_1_2");
    INT(fn_release, 0);
    give_fn("FN 3B", "90 01");
    INT(fn_resource_days, 400);
    give_fn("FN 3D", "b0 a1 03 00 00 c8 00 00");
    INT(fn_free_documents_5y, 238000);
    INT(fn_free_memory_30d, 51200);
    give_fn("FN 3A", "02 03");
    INT(fn_ffd_version_max, 110);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void tags(void **state)
{
    (void)state;
    give_fn("44 1048", "18 04 05 00 80 81 82 24 20");
    TEXT(registration_organization_name, "АБВ$");
    give_fn("44 1062", "26 04 01 00 05");
    INT(registration_taxation, 5);
    give_fn("44 1002", "ea 03 01 00 01");
    INT(registration_autonomous, 1);
    give("44 1060", "84");
    ABSENT(registration_fns_url);
    assert_string_equal(plan.report.text[LANG_EN], "");
    give("44 1017", "94");
    assert_string_equal(plan.report.text[LANG_EN], "44 1017: 94 FN error");
}

static void too_few_values_cost_only_those(void **state)
{
    (void)state;
    give("05", "000;3;0;16;");
    INT(ofd_network_error, 3);
    ABSENT(ofd_error_document);
    give("01", "000;");
    INT(device_blocked, 0);
    ABSENT(shift_state);
    give("21", "0000106712345678");
    TEXT(device_serial, "00106712345678");
    assert_string_equal(plan.report.text[LANG_EN],
                        "05: error_document and 2 more missing; 01: fiscal and 1 more missing; 21: model missing");
}

static void binary_success_brings_no_values(void **state)
{
    (void)state;
    give_bytes("q1", "\0\0001;", 4);
    ABSENT(printer_drawer_opened);
    assert_string_equal(plan.report.text[LANG_EN], "q1: drawer_opened missing");
}

static void what_is_no_number_or_date_is_absent_and_named(void **state)
{
    (void)state;
    give("A1", "00222226123456;");
    give("11", "004x1;2;37;");
    give("33", "0029;3112;");
    ABSENT(device_time);
    ABSENT(shift_number);
    INT(shift_receipt_number, 37);
    ABSENT(fn_valid_until);
    assert_string_equal(plan.report.text[LANG_EN],
                        "A1: time unreadable; 11: number unreadable; 33: valid_until unreadable");
}

static void codes_have_their_meaning(void **state)
{
    (void)state;
    assert_int_equal(give("A1", "1a"), KKT_BUSY);
    assert_int_equal(give("22", ";a"), KKT_BUSY);
    assert_int_equal(give("q1", ":1"), KKT_DECODED);
    assert_int_equal(give("\"16", "3B"), KKT_DECODED);
    assert_int_equal(give("Q2 00", "7P"), KKT_DECODED);
    assert_true(metric_set_has(&out.unsupported, METRIC_printer_drawer_opened));
    assert_true(metric_set_has(&out.unsupported, METRIC_printer_temperature_c));
    assert_true(metric_set_has(&out.unsupported, METRIC_counters_cash_kop));
    give("FN 30", ">a");
    assert_true(plan.fn_missing);
    assert_string_equal(plan.report.text[LANG_EN], "");
    give("02", "12");
    give_bytes("11", "\1\0", 2);
    assert_string_equal(plan.report.text[LANG_EN], "02: 12 no paper; 11: 01 00 unknown code");
    assert_string_equal(plan.report.text[LANG_RU], "02: 12 нет бумаги; 11: 01 00 неизвестный код");
    assert_string_equal(atol5_error_text((const uint8_t *)"Ic").en, "network error");
    assert_string_equal(atol5_error_text((const uint8_t *)"Ic").ru, "ошибка сети");
}

static void requests_carry_their_arguments(void **state)
{
    (void)state;
    uint8_t command[ATOL5_COMMAND_MAX];
    assert_int_equal(plan.language->command(&plan, request("44 1017"), command), 0);
    assert_int_equal(plan.language->command(&plan, request("FN 3B"), command), 0);
    snapshot_set_int(&out, METRIC_fn_registrations_done, 2);
    struct bytes tag = hex("34 44 02 f9 03 3b");
    assert_int_equal(plan.language->command(&plan, request("44 1017"), command), tag.count);
    assert_memory_equal(command, tag.at, tag.count);
    /* The driver's own bytes for year 59 (protocol-5.md §3). */
    struct civil c = {2059, 11, 23, 0, 0, 0};
    assert_true(snapshot_set_time(&out, METRIC_device_time, &c));
    struct bytes days = hex("34 3b 7e 3b 0b 17 00 00 3b");
    assert_int_equal(plan.language->command(&plan, request("FN 3B"), command), days.count);
    assert_memory_equal(command, days.at, days.count);
    struct bytes cash = hex("51 32 31 30 30 32 3b 00 80 00 00 3b");
    assert_int_equal(plan.language->command(&plan, request("Q2 00"), command), cash.count);
    assert_memory_equal(command, cash.at, cash.count);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

static void a_time_without_hours_is_no_time(void **state)
{
    (void)state;
    give("A1", "00221126;123456;");
    ABSENT(device_time);
    assert_string_equal(plan.report.text[LANG_EN], "A1: time unreadable");
    give("33", "0029;311227;");
    TIME(fn_valid_until, "2027-12-31T00:00:00");
}

/* Another answer stood in the buffer before: what is behind its last value belongs to nobody. */
static void a_value_behind_the_last_one_is_missing(void **state)
{
    (void)state;
    struct atol5_values v;
    int64_t number;
    atol5_values_split(&v, (const uint8_t *)"1;2;3;", 6);
    assert_true(atol5_value_number(&v, 2, &number));
    assert_int_equal(number, 3);
    assert_false(atol5_value_number(&v, 3, &number));
    v.at[4] = v.at[3];
    v.bytes[v.at[3]] = '7';
    v.at[4]++;
    assert_false(atol5_value_number(&v, 3, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_time_without_hours_is_no_time, fresh),
        cmocka_unit_test_setup(a_value_behind_the_last_one_is_missing, fresh),
        TEST(values_are_split_and_escapes_removed),
        TEST(more_values_than_expected_are_dropped),
        TEST(version),
        TEST(status_flags),
        TEST(printer_and_drawer),
        TEST(shift),
        TEST(a_shift_whose_end_cannot_be_has_none),
        TEST(ofd_errors),
        TEST(identity_and_validity),
        TEST(network_and_power),
        TEST(money),
        TEST(answers_of_the_fn),
        TEST(tags),
        TEST(too_few_values_cost_only_those),
        TEST(binary_success_brings_no_values),
        TEST(what_is_no_number_or_date_is_absent_and_named),
        TEST(codes_have_their_meaning),
        TEST(requests_carry_their_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
