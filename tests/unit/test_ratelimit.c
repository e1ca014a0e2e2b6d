/* A message that repeats itself. */
#include "base/ratelimit.h"

#include "check.h"

static void told_at_once_and_then_now_and_then(void **state)
{
    (void)state;
    struct ratelimit s = {0};
    uint32_t suppressed = 9;
    assert_true(ratelimit_pass(&s, 0, 60, &suppressed));
    assert_int_equal(suppressed, 0);
    assert_false(ratelimit_pass(&s, 1, 60, &suppressed));
    assert_false(ratelimit_pass(&s, 59999, 60, &suppressed));
    assert_true(ratelimit_pass(&s, 60000, 60, &suppressed));
    assert_int_equal(suppressed, 2);
    assert_true(ratelimit_pass(&s, 500000, 60, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_at_once_and_then_now_and_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
