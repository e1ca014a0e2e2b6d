/* What is asked for what is wanted, and what is told of it. */
#include "kkt_table.h"

#include <string.h>

/* The shift's state is told open or expired by the clock. */
static void what_a_value_needs_is_asked_with_it(void **state)
{
    (void)state;
    struct kkt_ask ask = {.protocol = KKT_PROTOCOL_3};
    metric_set_add(&ask.wanted, METRIC_shift_state);
    kkt_plan_start(&plan, kkt_language(KKT_PROTOCOL_3), &ask, &out);
    assert_true(metric_set_has(&plan.needed, METRIC_device_time));
    assert_true(metric_set_has(&plan.needed, METRIC_shift_expires));
    assert_false(metric_set_has(&plan.needed, METRIC_device_serial));
}

/* Of a request that is not supported only what was wanted is named. */
static void what_nobody_asked_for_is_not_named(void **state)
{
    (void)state;
    struct kkt_ask ask = {.protocol = KKT_PROTOCOL_3};
    metric_set_add(&ask.wanted, METRIC_power_battery_mv);
    snapshot_clear(&out);
    kkt_plan_start(&plan, kkt_language(KKT_PROTOCOL_3), &ask, &out);
    kkt_plan_unsupported(&plan, request("91 26"));
    kkt_plan_finish(&plan);
    assert_true(metric_set_has(&out.unsupported, METRIC_power_battery_mv));
    assert_false(metric_set_has(&out.unsupported, METRIC_power_on_battery));
}

static void decode_hex(const char *code, const char *answer)
{
    struct bytes b = hex(answer);
    (void)plan.language->decode(&plan, request(code), b.at, b.count, false);
}

/* "Not supported" is normal of one request. Of all it is a register that does not work. */
static void a_register_that_supports_nothing_is_no_good_one(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_3);
    decode_hex("A5", "6C 00");
    decode_hex("91 43", "55 6C 00");
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_REFUSED);
    assert_non_null(strstr(out.failure.detail, "A5 and all that was asked after it, as not supported"));
    /* One value is enough. */
    table_begin(KKT_PROTOCOL_3);
    decode_hex("A5", "6C 00");
    decode_hex("91 43", "55 00 00 00 08 64 00");
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_NONE);
    /* So is a date that there is not, and an FN that there is not. */
    table_begin(KKT_PROTOCOL_3);
    decode_hex("91 43", "55 6C 00");
    decode_hex("91 39", "55 00 00 00 00 00 00 00");
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_NONE);
    table_begin(KKT_PROTOCOL_3);
    decode_hex("91 43", "55 6C 00");
    decode_hex("A4 20", "55 D2 00");
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_NONE);
}

/* Of the few values of one group as well: but what they need counts. */
static void a_group_that_is_not_supported_at_all_was_not_read(void **state)
{
    (void)state;
    struct kkt_ask ask = {.protocol = KKT_PROTOCOL_5};
    metric_set_add(&ask.wanted, METRIC_printer_paper_present);
    snapshot_clear(&out);
    kkt_plan_start(&plan, kkt_language(KKT_PROTOCOL_5), &ask, &out);
    (void)plan.language->decode(&plan, request("02"), (const uint8_t *)"3B", 2, false);
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_REFUSED);
    /* What could not be asked for the want of it is no other reason. */
    table_begin(KKT_PROTOCOL_5);
    (void)plan.language->decode(&plan, request("A1"), (const uint8_t *)"3B", 2, false);
    plan.at = (unsigned)(request("FN 3B") - plan.language->requests);
    kkt_plan_skip(&plan);
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_REFUSED);
    assert_non_null(strstr(out.failure.detail, "A1 and all that was asked after it"));
}

static void what_many_registers_lack_may_be_lacking(void **state)
{
    (void)state;
    struct kkt_ask ask = {.protocol = KKT_PROTOCOL_5};
    metric_set_add_group(&ask.wanted, "power");
    snapshot_clear(&out);
    kkt_plan_start(&plan, kkt_language(KKT_PROTOCOL_5), &ask, &out);
    (void)plan.language->decode(&plan, request("\"13"), (const uint8_t *)"3B", 2, false);
    kkt_plan_finish(&plan);
    assert_int_equal(out.failure.code, ERR_NONE);
    assert_true(metric_set_has(&out.unsupported, METRIC_power_on_battery));
}

/* Tag 1209 belongs to formats up to 1.1: without it the format is not known, and the signs of 1.2 are asked. */
static void the_signs_of_ffd_1_2_are_left_out_only_below_it(void **state)
{
    (void)state;
    for (int protocol = KKT_PROTOCOL_3; protocol <= KKT_PROTOCOL_5; protocol += 2) {
        table_begin((enum kkt_protocol)protocol);
        const struct kkt_request *signs = request(protocol == KKT_PROTOCOL_3 ? "E9 1290" : "44 1290");
        assert_false(kkt_plan_is_left_out(&plan, signs));
        assert_true(snapshot_set_int(&out, METRIC_registration_ffd_version, 110));
        assert_true(kkt_plan_is_left_out(&plan, signs));
        assert_true(snapshot_set_int(&out, METRIC_registration_ffd_version, 120));
        assert_false(kkt_plan_is_left_out(&plan, signs));
    }
}

static void a_list_of_failures_that_is_too_long_is_cut_in_both_languages(void **state)
{
    (void)state;
    for (int longer = LANG_EN; longer <= LANG_RU; longer++) {
        struct kkt_report r = {0};
        char text[100] = "";
        memset(text, 'x', 60);
        for (int i = 0; i < 100; i++)
            kkt_report_add(&r, longer == LANG_EN ? text : "y", longer == LANG_RU ? text : "z");
        for (int lang = LANG_EN; lang <= LANG_RU; lang++) {
            size_t length = strnlen(r.text[lang], sizeof r.text[lang]);
            assert_true(length < sizeof r.text[lang]);
            assert_true(length > 3 && strcmp(r.text[lang] + length - 3, "…") == 0);
        }
    }
}

static void a_tlv_longer_than_its_answer_is_none(void **state)
{
    (void)state;
    static const uint8_t tlv[] = {0xfa, 0x03, 5, 0, '7', '7', '0', '1', '2'};
    const uint8_t *value;
    size_t length;
    assert_true(fn_spec_tlv(1018, tlv, sizeof tlv, &value, &length));
    assert_int_equal(length, 5);
    for (size_t count = 0; count < sizeof tlv; count++)
        assert_false(fn_spec_tlv(1018, tlv, count, &value, &length));
    assert_false(fn_spec_tlv(1017, tlv, sizeof tlv, &value, &length));
}

static void the_opening_of_a_closed_shift_is_not_asked(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_5);
    assert_false(kkt_plan_is_left_out(&plan, request("17")));
    snapshot_set_int(&out, METRIC_shift_state, 1);
    assert_false(kkt_plan_is_left_out(&plan, request("17")));
    snapshot_set_int(&out, METRIC_shift_state, 0);
    assert_true(kkt_plan_is_left_out(&plan, request("17")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register_that_supports_nothing_is_no_good_one),
        cmocka_unit_test(a_group_that_is_not_supported_at_all_was_not_read),
        cmocka_unit_test(what_many_registers_lack_may_be_lacking),
        cmocka_unit_test(the_signs_of_ffd_1_2_are_left_out_only_below_it),
        cmocka_unit_test(what_a_value_needs_is_asked_with_it),
        cmocka_unit_test(what_nobody_asked_for_is_not_named),
        cmocka_unit_test(a_list_of_failures_that_is_too_long_is_cut_in_both_languages),
        cmocka_unit_test(a_tlv_longer_than_its_answer_is_none),
        cmocka_unit_test(the_opening_of_a_closed_shift_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
