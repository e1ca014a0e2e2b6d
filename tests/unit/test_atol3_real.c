/* What real registers of protocol 3 say and the driver does not tell (protocol-3.md §4, marked C). */
#include "kkt/atol3/errors.h"
#include "kkt/atol3/requests.h"

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

/* 7.1 is part of each Z report, 7.5 and 7.6 wait for date and time; a clock error does block. */
static void mode_7_is_not_always_a_block(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int blocked;
    } rows[] = {
        {"55 07 00", 1},
        {"55 17 00", 0},
        {"55 57 00", 0},
        {"55 67 00", 0},
        {"55 b7 00", 1},
        {"55 c7 00", 1},
        {"55 11 00", 0}
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        give("45", rows[i].answer);
        INT(device_blocked, rows[i].blocked);
    }
}

/* Refusals that are normal on some registers cost their own values, and are no failure. */
static void normal_refusals_are_no_failure(void **state)
{
    (void)state;
    static const struct {
        const char *request, *answer;
    } rows[] = {
        {"46 13 01", "55 66 00"}, /* another mode */
        {"46 13 02", "55 91 00"}, /* no such table */
        {"46 13 04", "55 92 00"},
        {"46 02 57", "55 93 00"},
        {"91 12",    "55 a8 00"}, /* not registered */
        {"91 27",    "55 6c 00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(give(rows[i].request, rows[i].answer), KKT_DECODED);
    give("91 36", "55 00 02 02 02 01"); /* old firmware: 6 bytes */
    assert_string_equal(plan.report.text[LANG_EN], "");
    assert_true(metric_set_has(&out.unsupported, METRIC_ofd_host));
    assert_true(metric_set_has(&out.unsupported, METRIC_shift_state));
    assert_true(metric_set_has(&out.unsupported, METRIC_device_ffd_version_max));
    /* The same codes to what is no setting are failures. */
    give("91 12", "55 66 00");
    give("91 15", "55 93 00");
    assert_string_equal(plan.report.text[LANG_RU], "91 12: 66 в этом режиме невозможно; 91 15: 93 нет такого поля");
}

static void real_registers_pad_texts(void **state)
{
    (void)state;
    give("46 13 01", "55 00 6f 66 64 2e 72 75 ff ff ff");
    TEXT(ofd_host, "ofd.ru");
    give("A4 33", "55 00 66 6e 5f 76 5f 31 00 00 00 00 00 00 00 00 00 00 01");
    TEXT(fn_version, "fn_v_1");
    give("46 13 01", "55 00 ff ff ff");
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void signs_of_ffd_1_2(void **state)
{
    (void)state;
    /* excise, marked goods, services, wholesale */
    give("E9 1290", "55 00 01 0a 05 04 00 40 03 01 00");
    INT(registration_excise, 1);
    INT(registration_marked, 1);
    INT(registration_service, 1);
    INT(registration_wholesale, 1);
    INT(registration_bso, 0);
    INT(registration_vending_printer, 0);
    INT(registration_pawnshop, 0);
    INT(registration_catering, 0);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void more_that_real_registers_say(void **state)
{
    (void)state;
    give("3F", "44 30 01 26 11 22 12 34 56 cf 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    INT(device_clock_battery_low, 1);
    give("A4 30", "55 00 03 04 01 01 00 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd 03 00 00");
    INT(fn_open_document, 4);
    give("91 30", "55 00 00 00 00 00 01 14 02 26 10 30");
    assert_true(snapshot_has(&out, METRIC_registration_date));
    struct civil c = snapshot_civil(&out, METRIC_registration_date);
    assert_true(c.year == 2026 && c.month == 2 && c.day == 14);
}

/* "No such data", no such field, "no more data": so a register says that it has no such attribute. A fault of the FN
 * does not say so: an autonomous register would be taken for one that should send. */
static void only_some_refusals_of_a_tag_mean_that_there_is_none(void **state)
{
    static const char *const absent[] = {"55 DA 00", "55 91 00", "55 92 00", "55 93 00", "55 18 00",
                                         "55 6B 00", "55 AD 00", "55 AF 00", "55 AC 00"};
    static const char *const faults[] = {"55 D1 00", "55 D2 00", "55 D3 00", "55 D4 00", "55 D5 00", "55 D6 00",
                                         "55 D7 00", "55 E1 00", "55 EF 00", "55 66 00", "55 01 00"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        fresh(state);
        give("E9 1002", absent[i]);
        assert_string_equal(plan.report.text[LANG_EN], "");
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        fresh(state);
        assert_int_equal(give("E9 1002", faults[i]), KKT_DECODED);
        ABSENT(registration_autonomous);
        assert_non_null(strstr(plan.report.text[LANG_EN], "E9 1002: "));
        assert_false(metric_set_has(&out.unsupported, METRIC_registration_autonomous));
    }
}

static void a_refused_tag_is_no_fault_without_an_fn_or_a_registration(void **state)
{
    (void)state;
    give("A4 30", "55 D2 00");
    give("E9 1002", "55 D2 00");
    assert_string_equal(plan.report.text[LANG_EN], "");
    fresh(state);
    give("3F", "44 30 01 26 11 22 12 34 56 4e 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04");
    give("E9 1002", "55 D4 00");
    assert_string_equal(plan.report.text[LANG_EN], "");
}

/* Real clients saw FF, 00 01 00 and zeros where there is no first unsent document. */
static void the_first_unsent_document_of_an_empty_queue_has_no_date_whatever_stands_there(void **state)
{
    static const char *const dates[] = {"00 00 00 00 00", "ff ff ff ff ff", "00 01 00 00 00", "46 01 01 00 00",
                                        "1a 16 15 0a 14"};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        char answer[64];
        fresh(state);
        (void)snprintf(answer, sizeof answer, "55 00 02 00 00 00 00 00 00 00 %s", dates[i]);
        give("A4 20", answer);
        kkt_plan_finish(&plan);
        INT(ofd_unsent_count, 0);
        ABSENT(ofd_first_unsent);
        assert_string_equal(plan.report.text[LANG_EN], "");
    }
}

static void a_queue_whose_first_document_has_no_date_is_undated(void **state)
{
    static const char *const none[] = {"00 00 00 00 00", "ff ff ff ff ff", "00 01 00 00 00", "00 00 01 00 00"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char answer[64];
        fresh(state);
        (void)snprintf(answer, sizeof answer, "55 00 02 00 05 00 01 00 00 00 %s", none[i]);
        give("A4 20", answer);
        kkt_plan_finish(&plan);
        INT(ofd_unsent_count, 5);
        ABSENT(ofd_first_unsent);
        assert_true(metric_set_has(&out.undated, METRIC_ofd_first_unsent));
        assert_string_equal(plan.report.text[LANG_EN], "");
    }
    fresh(state);
    give("A4 20", "55 00 02 00 05 00 01 00 00 00 1a 16 15 0a 14");
    assert_string_equal(plan.report.text[LANG_EN], "A4 20: first_unsent unreadable");
}

/* As the driver does: its end by the clock decides later what it is. */
static void a_shift_that_is_neither_closed_nor_open_is_expired(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int state;
    } rows[] = {
        {"55 00 00 23 11 26 08 00 00", 0},
        {"55 00 01 23 11 26 08 00 00", 1},
        {"55 00 02 23 11 26 08 00 00", 2},
        {"55 00 03 23 11 26 08 00 00", 2},
        {"55 00 ff 23 11 26 08 00 00", 2}
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        give("91 12", rows[i].answer);
        INT(shift_state, rows[i].state);
    }
    assert_string_equal(plan.report.text[LANG_EN], "");
}

static void port_0_is_none(void **state)
{
    (void)state;
    give("46 13 02", "55 00 00 00");
    ABSENT(ofd_port);
    assert_string_equal(plan.report.text[LANG_EN], "");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mode_7_is_not_always_a_block),
        TEST(normal_refusals_are_no_failure),
        TEST(real_registers_pad_texts),
        TEST(signs_of_ffd_1_2),
        TEST(more_that_real_registers_say),
        TEST(a_shift_that_is_neither_closed_nor_open_is_expired),
        TEST(port_0_is_none),
        TEST(only_some_refusals_of_a_tag_mean_that_there_is_none),
        TEST(a_refused_tag_is_no_fault_without_an_fn_or_a_registration),
        TEST(the_first_unsent_document_of_an_empty_queue_has_no_date_whatever_stands_there),
        TEST(a_queue_whose_first_document_has_no_date_is_undated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
