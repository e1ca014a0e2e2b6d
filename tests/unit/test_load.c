/* How many full polls may begin in a second follows what the loop has left. */
#include "serve/load.h"

#include "check.h"

#define MS UINT64_C(1000000)

static struct load world(uint64_t *now_ms, uint64_t *idle_ns)
{
    struct load load = {0};
    *now_ms = 1000, *idle_ns = 0;
    assert_true(load_update(&load, *idle_ns, *now_ms, false));
    assert_int_equal(load.full_per_s, LOAD_FULL_PER_S);
    return load;
}

/* Seconds in which the loop waited so many ms each. */
static void pass(struct load *load, unsigned seconds, unsigned idle_ms, uint64_t *now_ms, uint64_t *idle_ns)
{
    while (seconds-- > 0)
        (void)load_update(load, *idle_ns += idle_ms * MS, *now_ms += 1000, false);
}

static void an_idle_computer_polls_more(void **state)
{
    (void)state;
    uint64_t now, idle;
    struct load load = world(&now, &idle);
    pass(&load, 60, 700, &now, &idle);
    assert_int_equal(load.full_per_s, LOAD_FULL_PER_S_MAX);
}

static void a_busy_computer_polls_less_but_goes_on(void **state)
{
    (void)state;
    uint64_t now, idle;
    struct load load = world(&now, &idle);
    pass(&load, 60, 100, &now, &idle);
    assert_int_equal(load.full_per_s, LOAD_FULL_PER_S_MIN);
}

static void in_between_nothing_changes(void **state)
{
    (void)state;
    uint64_t now, idle;
    struct load load = world(&now, &idle);
    pass(&load, 60, 250, &now, &idle);
    assert_int_equal(load.full_per_s, LOAD_FULL_PER_S);
}

static void late_polls_are_a_reason_to_do_less(void **state)
{
    (void)state;
    uint64_t now, idle;
    struct load load = world(&now, &idle);
    assert_true(load_update(&load, idle + 900 * MS, now + 1000, true));
    assert_true(load.full_per_s < LOAD_FULL_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_computer_polls_more),
        cmocka_unit_test(a_busy_computer_polls_less_but_goes_on),
        cmocka_unit_test(in_between_nothing_changes),
        cmocka_unit_test(late_polls_are_a_reason_to_do_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
