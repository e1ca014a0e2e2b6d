#include "base/time/civil.h"
#include "check.h"

static void epoch_is_zero(void **state)
{
    (void)state;
    struct civil c = {1970, 1, 1, 0, 0, 0};
    assert_int_equal(civil_to_seconds(&c), 0);
}

static void seconds_and_back_over_every_day_of_four_centuries(void **state)
{
    (void)state;
    struct civil first = {1900, 1, 1, 23, 59, 58};
    int64_t start = civil_to_seconds(&first);
    for (int64_t day = 0; day < 146097; day++) {
        struct civil c;
        assert_true(civil_from_seconds(start + day * 86400, &c));
        assert_true(civil_valid(&c));
        assert_int_equal(civil_to_seconds(&c), start + day * 86400);
    }
}

static void known_moment(void **state)
{
    (void)state;
    struct civil c = {2026, 11, 22, 9, 0, 0};
    assert_int_equal(civil_to_seconds(&c), 1795338000);
}

static void impossible_dates_are_refused(void **state)
{
    (void)state;
    static const struct civil bad[] = {
        {2026, 2,  29, 0,  0,  0 },
        {2026, 13, 1,  0,  0,  0 },
        {2026, 0,  1,  0,  0,  0 },
        {2026, 4,  31, 0,  0,  0 },
        {2026, 1,  1,  24, 0,  0 },
        {2026, 1,  1,  0,  60, 0 },
        {2026, 1,  1,  0,  0,  60},
        {0,    1,  1,  0,  0,  0 },
        {2100, 2,  29, 0,  0,  0 }
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(civil_valid(&bad[i]));
    struct civil leap = {2028, 2, 29, 23, 59, 59};
    assert_true(civil_valid(&leap));
}

static void text_and_back(void **state)
{
    (void)state;
    struct civil c;
    char text[CIVIL_TEXT_MAX];
    assert_true(civil_parse("2026-11-22T12:34:56", &c));
    civil_print_time(&c, text);
    assert_string_equal(text, "2026-11-22T12:34:56");
    assert_true(civil_parse("2026-11-22", &c));
    civil_print_date(&c, text);
    assert_string_equal(text, "2026-11-22");
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026-11-2", "2026-11-22 12:34:56", "2026-11-22T12:34", "2026-11-22T12:34:56Z",
        "2026-02-30", "26-11-22",  "2026/11/22"};
    struct civil c;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(civil_parse(bad[i], &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epoch_is_zero), cmocka_unit_test(seconds_and_back_over_every_day_of_four_centuries),
        cmocka_unit_test(known_moment),  cmocka_unit_test(impossible_dates_are_refused),
        cmocka_unit_test(text_and_back), cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
