/* A message that repeats itself. */
#include "base/seldom.h"

#include "check.h"

static void told_at_once_and_then_now_and_then(void **state)
{
    (void)state;
    struct seldom s = {0};
    uint32_t unsaid = 9;
    assert_true(seldom(&s, 0, 60, &unsaid));
    assert_int_equal(unsaid, 0);
    assert_false(seldom(&s, 1, 60, &unsaid));
    assert_false(seldom(&s, 59999, 60, &unsaid));
    assert_true(seldom(&s, 60000, 60, &unsaid));
    assert_int_equal(unsaid, 2);
    assert_true(seldom(&s, 500000, 60, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_at_once_and_then_now_and_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
