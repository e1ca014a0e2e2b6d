/* Values that a register cannot mean: what is too long, no digit, or from a version that is not known. */
#include "kkt_table.h"

#include "kkt/atol5/values.h"

#include <string.h>

static int fresh(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_3);
    return 0;
}

static enum kkt_field_result decode(enum metric m, enum kkt_kind kind, uint8_t size, const uint8_t *bytes, size_t count)
{
    const struct kkt_field field = {m, kind, 0, size};
    return kkt_field_decode(&field, 0, bytes, count, &out);
}

static void years_have_two_digits(void **state)
{
    (void)state;
    static const int64_t years[] = {-1, 100};
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(kkt_field_set_time(&out, METRIC_device_time, (const int64_t[]){1, 1, years[i], 0, 0, 0}),
                         FIELD_WRONG);
    assert_int_equal(kkt_field_set_time(&out, METRIC_device_time, (const int64_t[]){1, 1, 99, 0, 0, 0}), FIELD_SET);
}

static void formats_of_fiscal_data(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        enum kkt_field_result result;
        int64_t version;
    } rows[] = {
        {-1, FIELD_WRONG, 0  },
        {0,  FIELD_EMPTY, 0  },
        {1,  FIELD_SET,   100},
        {2,  FIELD_SET,   105},
        {3,  FIELD_SET,   110},
        {4,  FIELD_SET,   120},
        {5,  FIELD_WRONG, 0  },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snapshot_clear(&out);
        assert_int_equal(kkt_field_set_ffd(&out, METRIC_registration_ffd_version, rows[i].number), rows[i].result);
        assert_int_equal(snapshot_has(&out, METRIC_registration_ffd_version), rows[i].version != 0);
        if (rows[i].version)
            INT(registration_ffd_version, rows[i].version);
    }
}

static void texts_too_long_or_of_other_letters_are_unreadable(void **state)
{
    (void)state;
    uint8_t bytes[1100];
    memset(bytes, 0xB0, sizeof bytes); /* three bytes of UTF-8 each */
    assert_int_equal(kkt_field_set_text(&out, METRIC_registration_organization_name, false, bytes, sizeof bytes),
                     FIELD_WRONG);
    memset(bytes, '1', sizeof bytes);
    assert_int_equal(decode(METRIC_fn_version, KIND_ASCII, 64, bytes, 64), FIELD_WRONG);
    assert_int_equal(decode(METRIC_fn_version, KIND_ASCII, 16, bytes, 64), FIELD_SET);
    bytes[3] = 0x80;
    assert_int_equal(decode(METRIC_fn_version, KIND_ASCII, 16, bytes, 64), FIELD_WRONG);
}

static void digits_that_are_none_are_unreadable(void **state)
{
    (void)state;
    static const uint8_t version[] = {5, 7, 0, 0x1A, 0x11}, time[] = {0x22, 0x1B, 0x26, 0x12, 0x34, 0x56};
    assert_int_equal(decode(METRIC_device_firmware, KIND_VERSION, 0, version, sizeof version), FIELD_WRONG);
    assert_int_equal(decode(METRIC_device_time, KIND_TIME_DMY, 0, time, sizeof time), FIELD_WRONG);
    assert_int_equal(decode(METRIC_device_time, KIND_TIME_DMY, 0, time, 5), FIELD_SHORT);
}

static void a_moment_of_platform_5_is_digits_and_a_shift_that_begins_never_ends_never(void **state)
{
    (void)state;
    table_begin(KKT_PROTOCOL_5);
    assert_int_equal(plan.language->decode(&plan, request("A1"), (const uint8_t *)"0022112612x456;", 15, false),
                     KKT_DECODED);
    ABSENT(device_time);
    assert_int_equal(plan.language->decode(&plan, request("17"), (const uint8_t *)"00000000000000;", 15, false),
                     KKT_DECODED);
    ABSENT(shift_expires);
    assert_string_equal(plan.report.text[LANG_EN], "A1: time unreadable");
}

static void an_answer_without_its_code_is_unreadable(void **state)
{
    (void)state;
    assert_int_equal(plan.language->decode(&plan, request("45"), (const uint8_t *)"", 0, false), KKT_DECODED);
    assert_string_equal(plan.report.text[LANG_EN], "45: unreadable");
    table_begin(KKT_PROTOCOL_5);
    assert_int_equal(plan.language->decode(&plan, request("A1"), (const uint8_t *)"0", 1, false), KKT_DECODED);
    assert_string_equal(plan.report.text[LANG_EN], "A1: unreadable");
}

static void an_attribute_of_no_blocks_is_not_there(void **state)
{
    (void)state;
    struct bytes b = hex("55 00 00");
    assert_int_equal(plan.language->decode(&plan, request("E9 1048"), b.at, b.count, false), KKT_DECODED);
    ABSENT(registration_organization_name);
    assert_string_equal(plan.report.text[LANG_EN], "");
    assert_null(fn_spec_tag(9999));
}

/* The open shift is the one behind the last that was closed; behind the last number there is none. */
static void behind_the_last_number_of_a_shift_there_is_none(void **state)
{
    (void)state;
    snapshot_set_int(&out, METRIC_shift_state, 1);
    snapshot_set_int(&out, METRIC_shift_number, 65534);
    plan.language->reconcile(&out);
    INT(shift_number, 65535);
    plan.language->reconcile(&out);
    ABSENT(shift_number);
}

static void what_does_not_fit_is_not_escaped(void **state)
{
    (void)state;
    uint8_t to[4];
    assert_int_equal(atol5_escape(to, 0, sizeof to, (const uint8_t *)"a;b", 3), 4);
    assert_true(atol5_escape(to, 0, sizeof to, (const uint8_t *)"a;b;", 4) > sizeof to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(years_have_two_digits, fresh),
        cmocka_unit_test_setup(formats_of_fiscal_data, fresh),
        cmocka_unit_test_setup(texts_too_long_or_of_other_letters_are_unreadable, fresh),
        cmocka_unit_test_setup(digits_that_are_none_are_unreadable, fresh),
        cmocka_unit_test_setup(a_moment_of_platform_5_is_digits_and_a_shift_that_begins_never_ends_never, fresh),
        cmocka_unit_test_setup(an_answer_without_its_code_is_unreadable, fresh),
        cmocka_unit_test_setup(an_attribute_of_no_blocks_is_not_there, fresh),
        cmocka_unit_test_setup(behind_the_last_number_of_a_shift_there_is_none, fresh),
        cmocka_unit_test_setup(what_does_not_fit_is_not_escaped, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
