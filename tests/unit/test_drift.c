/* Whose clock is wrong. */
#include "serve/fleet/drift.h"

#include "check.h"

static bool judge(const int64_t *seconds, uint32_t count, int64_t *common)
{
    static struct drift drift;
    drift = (struct drift){0};
    for (uint32_t i = 0; i < count; i++)
        drift_add(&drift, seconds[i]);
    return drift_is_host(&drift, common);
}

static void all_alike_is_the_host(void **state)
{
    (void)state;
    static const int64_t seconds[] = {3600, 3590, 3655, 3601, 3598, 3600, 3600, 3600, 3600, -40};
    int64_t common;
    assert_true(judge(seconds, 10, &common));
    assert_int_equal(common, 3600);
    static const int64_t back[] = {-800000000, -800000003, -799999998};
    assert_true(judge(back, 3, &common));
}

static void one_or_two_prove_nothing(void **state)
{
    (void)state;
    static const int64_t seconds[] = {3600, 3600};
    int64_t common;
    assert_false(judge(seconds, 2, &common));
    assert_false(judge(seconds, 0, &common));
}

static void each_its_own_is_theirs(void **state)
{
    (void)state;
    static const int64_t seconds[] = {3600, -200, 500, 7200, 1, 3, 90000};
    int64_t common;
    assert_false(judge(seconds, 7, &common));
    static const int64_t two_zones[] = {3600, 3600, 3600, 0, 0, 0, 0};
    assert_false(judge(two_zones, 7, &common));
}

static void right_clocks_are_right(void **state)
{
    (void)state;
    static const int64_t seconds[] = {100, 90, 80, 119, 100};
    int64_t common;
    assert_false(judge(seconds, 5, &common));
}

static void of_very_many_a_sample_is_enough(void **state)
{
    (void)state;
    static struct drift drift;
    int64_t common;
    drift = (struct drift){0};
    for (uint32_t i = 0; i < 100000; i++)
        drift_add(&drift, i < 50000 ? 0 : 3600);
    assert_int_equal(drift.count, DRIFT_SAMPLE);
    assert_false(drift_is_host(&drift, &common)); /* half and half, whatever came first */
}

static void nine_of_ten_are_all_and_eight_are_not(void **state)
{
    (void)state;
    int64_t seconds[10] = {3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 0}, common;
    assert_true(judge(seconds, 10, &common));
    seconds[8] = 0;
    assert_false(judge(seconds, 10, &common));
}

/* Right to within a day, which is what decides whose date is impossible; it takes most of three registers or more. */
static void most_clocks_within_a_day_confirm_the_host(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds[5];
        uint32_t count;
        bool confirmed;
    } rows[] = {
        {{0, 3, 31536000},                     3, true },
        {{-300, 900, -4000, 80000},            4, true }, /* each its own, and none of another day */
        {{0, 3},                               2, false},
        {{0, 0, 31536000, 31536000},           4, false}, /* half are not most */
        {{-90000, 5, 90000},                   3, false}, /* the middle one alone */
        {{86401, 86402, 86400, 86403, -86401}, 5, false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct drift drift;
        drift = (struct drift){0};
        for (uint32_t n = 0; n < rows[i].count; n++)
            drift_add(&drift, rows[i].seconds[n]);
        assert_int_equal(drift_confirms_host(&drift), rows[i].confirmed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_of_ten_are_all_and_eight_are_not),
        cmocka_unit_test(most_clocks_within_a_day_confirm_the_host),
        cmocka_unit_test(all_alike_is_the_host),
        cmocka_unit_test(one_or_two_prove_nothing),
        cmocka_unit_test(each_its_own_is_theirs),
        cmocka_unit_test(right_clocks_are_right),
        cmocka_unit_test(of_very_many_a_sample_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
