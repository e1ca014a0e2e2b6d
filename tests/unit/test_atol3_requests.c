/* Every answer of protocol 3 and what it becomes: the vectors of protocol-3.md §7 and the table of §4. */
#include "kkt/atol3/errors.h"
#include "kkt/atol3/requests.h"
#include "kkt/atol5/requests.h"

#include "kkt_table.h"

#include <stdio.h>
#include <string.h>

static int fresh(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_3);
    return 0;
}

static enum kkt_verdict give(const char *code, const char *answer)
{
    struct bytes b = hex(answer);
    enum kkt_verdict verdict = plan.language->decode(&plan, request(code), b.at, b.count, false);
    if (verdict == KKT_DECODED) {
        plan.block = 0;
        plan.tlv_count = 0;
    }
    return verdict;
}

static void model(void **state)
{
    (void)state;
    assert_int_equal(give("A5", "00 03 01 43 00 00 03 00 01 57 55 80 92 8e 8b 20 31 31 94"), KKT_DECODED);
    TEXT(device_model, "АТОЛ 11Ф");
    TEXT(device_firmware, "3.0.5755");
    INT(device_model_code, 67);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void status(void **state)
{
    (void)state;
    give("3F", "44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    TIME(device_time, "2026-11-22T12:34:56");
    INT(device_fiscal, 1);
    INT(printer_drawer_opened, 0);
    INT(printer_paper_present, 1);
    INT(printer_cover_opened, 0);
    INT(shift_receipt_number, 42);
}

static void status_bits_the_other_way(void **state)
{
    (void)state;
    give("3F", "44 30 01 26 11 22 12 34 56 20 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    INT(device_fiscal, 0);
    INT(printer_drawer_opened, 1);
    INT(printer_paper_present, 0);
    INT(printer_cover_opened, 1);
}

static void mode_and_printer(void **state)
{
    (void)state;
    give("45", "55 27 1e");
    INT(device_blocked, 1);
    INT(device_mode, 7);
    INT(device_submode, 2);
    INT(printer_paper_near_end, 0);
    INT(printer_connection_lost, 1);
    INT(printer_error, 1);
    INT(printer_cutter_error, 1);
    INT(printer_overheat, 1);
    give("45", "55 01 01");
    INT(device_blocked, 0);
    INT(device_mode, 1);
    INT(printer_overheat, 0);
    INT(printer_error, 0);
    give("45", "55 41 c0");
    INT(printer_error, 1);
    INT(printer_paper_near_end, 1);
    INT(device_submode, 4);
}

static void a_mode_above_7_is_an_error(void **state)
{
    (void)state;
    give("45", "55 1a 00");
    ABSENT(device_blocked);
    assert_string_equal(plan.report.text[LANG_EN], "45: 1A blocked by report interruption");
}

static void ofd_exchange(void **state)
{
    (void)state;
    give("A4 20", "55 00 02 00 07 00 f7 03 00 00 1a 0b 15 0a 14");
    INT(ofd_status, 2);
    INT(ofd_message_read, 0);
    INT(ofd_unsent_count, 7);
    INT(ofd_first_unsent_number, 1015);
    TIME(ofd_first_unsent, "2026-11-21T10:20:00");
    give("A4 20", "55 00 ff 01 07 00 01 fe fd 00 00 00 00 00 00");
    INT(ofd_status, 255);
    INT(ofd_message_read, 1);
    INT(ofd_first_unsent_number, 0x00FDFE01);
}

static void fn_state(void **state)
{
    (void)state;
    give("A4 30", "55 00 03 00 00 01 89 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd 03 00 00");
    INT(fn_present, 1);
    INT(fn_state, 3);
    INT(fn_flags, 0x89);
    TEXT(fn_serial, "9999078900012345");
    INT(fn_last_document, 1021);
    TIME(fn_last_document_time, "2026-11-22T12:30:00");
}

static void a_missing_fn(void **state)
{
    (void)state;
    assert_int_equal(give("A4 30", "55 d2 00"), KKT_DECODED);
    assert_true(plan.fn_missing);
    assert_string_equal(plan.report.text[LANG_EN], "");
    kkt_plan_finish(&plan);
    INT(fn_present, 0);
    assert_int_equal(out.failure.code, ERR_NONE);
}

static void no_exchange_with_an_fn_that_was_there_is_a_failure(void **state)
{
    (void)state;
    give("A4 30", "55 00 03 00 00 01 89 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd 03 00 00");
    give("A4 20", "55 d2 00");
    assert_false(plan.fn_missing);
    assert_string_equal(plan.report.text[LANG_EN], "A4 20: D2 no exchange with the FN");
}

static void serial_number(void **state)
{
    (void)state;
    give("91 16", "55 00 00 10 67 12 34 56 78");
    TEXT(device_serial, "00106712345678");
}

static void shift(void **state)
{
    (void)state;
    give("3F", "44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42");
    give("91 12", "55 00 01 23 11 26 08 00 00");
    give("91 15", "55 00 04 50");
    kkt_plan_finish(&plan);
    INT(shift_state, 1);
    INT(shift_number, 451);
    TIME(shift_expires, "2026-11-23T08:00:00");
}

static void a_closed_shift(void **state)
{
    (void)state;
    give("91 12", "55 00 00 22 11 26 08 00 00");
    give("91 15", "55 00 04 50");
    kkt_plan_finish(&plan);
    INT(shift_state, 0);
    INT(shift_number, 450);
    ABSENT(shift_expires);
}

static void a_number_without_the_state_is_not_told(void **state)
{
    (void)state;
    give("91 15", "55 00 04 50");
    kkt_plan_finish(&plan);
    ABSENT(shift_number);
}

static void registers(void **state)
{
    (void)state;
    give("91 43", "55 00 00 00 08 64 00");
    INT(device_uptime_s, 86400);
    give("91 39", "55 00 21 11 26 10 15 00");
    TIME(ofd_last_sent, "2026-11-21T10:15:00");
    give("91 1A", "55 00 01 29 31 12 27 00");
    INT(fn_registrations_done, 1);
    INT(fn_registrations_left, 29);
    TIME(fn_valid_until, "2027-12-31T00:00:00");
    give("91 2B", "55 00 03 00 16 00 00 00 10 15 61");
    INT(ofd_network_error, 3);
    INT(ofd_ofd_error, 0);
    INT(ofd_fn_error, 16);
    INT(ofd_error_document, 1015);
    INT(ofd_error_command, 0x61);
    give("91 0A", "55 00 00 00 00 01 25 00 50");
    INT(counters_cash_kop, 1250050);
    give("91 0B", "55 00 00 00 00 03 45 67 00");
    INT(counters_revenue_kop, 3456700);
    give("91 0B", "55 00 01 00 00 00 00 00 50");
    INT(counters_revenue_kop, -50);
    give("91 05", "55 00 00 00 00 25 00 00");
    INT(counters_cash_out_kop, 250000);
    give("91 41 04", "55 00 00 00 00 00 17");
    INT(counters_buy_receipts, 17);
    give("91 3A", "55 00 99 99 99 99 99 00 00 00 00 40");
    INT(counters_shift_documents, 40);
    give("91 21 01", "55 00 53 bc 00 00");
    INT(counters_cutter_work, 48211);
    give("91 27", "55 00 c8");
    INT(printer_temperature_c, 200);
    give("91 26", "55 00 03 07 40 00 98");
    INT(power_on_battery, 1);
    INT(power_battery_charging, 1);
    INT(power_battery_can_print, 1);
    INT(power_battery_mv, 7400);
    INT(power_battery_percent, 98);
    give("46 13 01", "55 00 6f 66 64 2e 72 75 00 00");
    TEXT(ofd_host, "ofd.ru");
    give("46 13 02", "55 00 1e 61");
    INT(ofd_port, 7777);
    give("46 13 04", "55 00 02");
    INT(ofd_channel, 2);
    give("A4 33", "55 00 66 6e 5f 76 5f 31 5f 31 5f 32 20 20 20 20 20 20 01");
    TEXT(fn_version, "fn_v_1_1_2");
    INT(fn_release, 1);
    give("46 02 57", "55 00 00 22 aa bb cc dd");
    TEXT(device_mac, "00:22:AA:BB:CC:DD");
    give("9D 03", "55 00 03 00 01 00 12");
    TEXT(device_boot_version, "3.0.12");
    give("91 36", "55 00 02 02 02 01 01 26 03 00 01");
    INT(device_ffd_version_max, 110);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void tags(void **state)
{
    (void)state;
    give("E9 1018", "55 00 01 fa 03 0c 00 37 37 30 31 32 33 34 35 36 30 20 20");
    TEXT(registration_organization_inn, "7701234560");
    give("E9 1062", "55 00 01 26 04 01 00 05");
    INT(registration_taxation, 5);
    give("E9 1002", "55 00 01 ea 03 01 00 01");
    INT(registration_autonomous, 1);
    give("E9 1001", "55 00 01 e9 03 01 00 02");
    INT(registration_auto_mode, 0);
    give("E9 1209", "55 00 01 b9 04 01 00 02");
    INT(registration_ffd_version, 105);
    give("E9 1037", "55 DA 00");
    ABSENT(registration_number);
    give("E9 1060", "55 00 01 24 04 00 00");
    ABSENT(registration_fns_url);
    give("E9 1117", "55 00 01 5d 04 02 00 20 20");
    ABSENT(registration_organization_email);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void a_tag_in_two_blocks_in_the_printers_charset(void **state)
{
    (void)state;
    assert_int_equal(give("E9 1048", "55 00 02 18 04 06 00 80 81"), KKT_MORE);
    plan.block++;
    assert_int_equal(give("E9 1048", "55 00 02 82 24 fc 20"), KKT_DECODED);
    TEXT(registration_organization_name, "АБВ№$");
}

static void an_error_in_a_later_block_is_told(void **state)
{
    (void)state;
    assert_int_equal(give("E9 1048", "55 00 02 18 04 06 00 80 81"), KKT_MORE);
    plan.block++;
    assert_int_equal(give("E9 1048", "55 DA 00"), KKT_DECODED);
    ABSENT(registration_organization_name);
    assert_non_null(strstr(plan.report.text[LANG_EN], "E9 1048: DA"));
}

static void a_tag_that_is_another_one_or_cut_is_unreadable(void **state)
{
    (void)state;
    give("E9 1018", "55 00 01 fb 03 02 00 37 37");
    give("E9 1062", "55 00 01 26 04 09 00 05");
    give("E9 1037", "55 00");
    ABSENT(registration_organization_inn);
    ABSENT(registration_taxation);
    assert_string_equal(plan.report.text[LANG_EN], "E9 1018: unreadable; E9 1062: unreadable; E9 1037: unreadable");
}

static void an_answer_that_is_cut_costs_only_what_is_missing(void **state)
{
    (void)state;
    give("A4 20", "55 00 02 00 07 00 f7 03");
    INT(ofd_unsent_count, 7);
    ABSENT(ofd_first_unsent_number);
    assert_string_equal(plan.report.text[LANG_EN], "A4 20: first_unsent_number and 1 more missing");
}

static void what_is_no_number_or_date_is_absent_and_named(void **state)
{
    (void)state;
    give("91 39", "55 00 21 22 26 10 15 00");
    ABSENT(ofd_last_sent);
    give("91 43", "55 00 00 00 0A 64 00");
    ABSENT(device_uptime_s);
    give("A4 20", "55 00 02 00 07 00 f7 03 00 00 1a 0d 15 0a 14");
    ABSENT(ofd_first_unsent);
    assert_string_equal(plan.report.text[LANG_EN],
                        "91 39: last_sent unreadable; 91 43: uptime_s unreadable; A4 20: first_unsent unreadable");
}

static void an_empty_date_is_absent_and_no_failure(void **state)
{
    (void)state;
    give("91 39", "55 00 00 00 00 00 00 00");
    give("A4 20", "55 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    give("91 1A", "55 00 00 30 01 01 70 00");
    ABSENT(ofd_last_sent);
    ABSENT(ofd_first_unsent);
    ABSENT(fn_valid_until);
    INT(ofd_unsent_count, 0);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void codes_have_their_meaning(void **state)
{
    (void)state;
    assert_int_equal(give("91 43", "55 6C 00"), KKT_DECODED);
    assert_int_equal(give("91 39", "55 7A 00"), KKT_DECODED);
    assert_int_equal(give("91 27", "55 A3 00"), KKT_DECODED);
    assert_true(metric_set_has(&out.unsupported, METRIC_device_uptime_s));
    assert_true(metric_set_has(&out.unsupported, METRIC_ofd_last_sent));
    assert_true(metric_set_has(&out.unsupported, METRIC_printer_temperature_c));
    assert_int_equal(give("3F", "55 76 00"), KKT_BUSY);
    assert_string_equal(plan.report.text[LANG_EN], "");
    assert_int_equal(give("91 43", "55 D7 00"), KKT_DECODED);
    assert_string_equal(plan.report.text[LANG_EN], "91 43: D7 the FN has expired");
    assert_int_equal(give("3F", "55 8C 00"), KKT_REFUSING);
    assert_int_equal(out.failure.code, ERR_PASSWORD);
}

static void what_is_no_answer_is_unreadable(void **state)
{
    (void)state;
    give("91 43", "44 00");
    give("3F", "56 00");
    give("A5", "55 00");
    assert_string_equal(plan.report.text[LANG_EN], "91 43: unreadable; 3F: unreadable; A5: unreadable");
}

/* protocol-3-errors.tsv has 144 codes without an extension, 76 is busy, and EE has its reason elsewhere. */
static void every_known_code_has_a_sentence(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned code = 0; code < 256; code++)
        known += strcmp(atol3_error_text((uint8_t)code).en, "unknown code") != 0;
    assert_int_equal(known, 146);
}

static void a_request_is_as_frequent_as_its_most_frequent_value(void **state)
{
    (void)state;
    static const struct kkt_language *const languages[] = {&atol3_language, &atol5_language};
    for (unsigned l = 0; l < 2; l++)
        for (unsigned i = 0; i < languages[l]->request_count; i++) {
            const struct kkt_request *r = &languages[l]->requests[i];
            enum metric_rate rate = RATE_EXTRA;
            for (unsigned f = 0; f < kkt_request_field_count(r); f++) {
                const struct metric_row *row = metric_row(kkt_request_field_at(r, f)->metric);
                rate = row->rate < rate ? row->rate : rate;
                assert_int_equal(row->origin, ORIGIN_READ);
            }
            if (r->shape != SHAPE_REASON && rate != r->rate)
                fail_msg("%s", r->name);
        }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(model),
        TEST(status),
        TEST(status_bits_the_other_way),
        TEST(mode_and_printer),
        TEST(a_mode_above_7_is_an_error),
        TEST(ofd_exchange),
        TEST(fn_state),
        TEST(a_missing_fn),
        TEST(no_exchange_with_an_fn_that_was_there_is_a_failure),
        TEST(serial_number),
        TEST(shift),
        TEST(a_closed_shift),
        TEST(a_number_without_the_state_is_not_told),
        TEST(registers),
        TEST(tags),
        TEST(a_tag_in_two_blocks_in_the_printers_charset),
        TEST(an_error_in_a_later_block_is_told),
        TEST(a_tag_that_is_another_one_or_cut_is_unreadable),
        TEST(an_answer_that_is_cut_costs_only_what_is_missing),
        TEST(what_is_no_number_or_date_is_absent_and_named),
        TEST(an_empty_date_is_absent_and_no_failure),
        TEST(codes_have_their_meaning),
        TEST(what_is_no_answer_is_unreadable),
        TEST(every_known_code_has_a_sentence),
        TEST(a_request_is_as_frequent_as_its_most_frequent_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
