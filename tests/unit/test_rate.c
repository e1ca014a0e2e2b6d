/* Never more than so many values in any second. */
#include "push/rate.h"

#include "check.h"

#include <stdlib.h>

#define PER_S 50

static void no_second_has_more(void **state)
{
    (void)state;
    static uint64_t times[100000]; /* when each value was sent */
    static struct rate rate;
    uint32_t sent = 0;
    uint64_t now = 5000;
    srand(7);
    while (sent + PER_S < sizeof times / sizeof times[0]) {
        uint32_t wanted = 1 + (uint32_t)rand() % PER_S, wait = rate_wait_ms(&rate, PER_S, wanted, now);
        now += wait;
        assert_int_equal(rate_wait_ms(&rate, PER_S, wanted, now), 0);
        for (uint32_t i = 0; i < wanted; i++)
            times[sent++] = now;
        now += (uint64_t)(rand() % 30);
        rate_ran(&rate, wanted, now);
    }
    for (uint32_t i = PER_S; i < sent; i++)
        assert_true(times[i] - times[i - PER_S] >= 1000);
    assert_true(now - 5000 < (uint64_t)sent * 1000 / PER_S * 3); /* and not much slower than that */
}

static void single_values_are_remembered_beyond_the_ring(void **state)
{
    (void)state;
    static struct rate rate;
    uint32_t sent = 0;
    uint64_t now = 1;
    while (rate_wait_ms(&rate, 10000, 1, now) == 0) {
        rate_ran(&rate, 1, now);
        sent++;
    }
    assert_int_equal(sent, RATE_RUNS);
    assert_int_equal(rate_wait_ms(&rate, 10000, 1, now), 1000);
    rate_ran(&rate, 1, now);
    assert_int_equal(rate_wait_ms(&rate, RATE_RUNS, 1, now), 1000);
    assert_int_equal(rate_wait_ms(&rate, 10000, 1, now + 1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_second_has_more),
        cmocka_unit_test(single_values_are_remembered_beyond_the_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
