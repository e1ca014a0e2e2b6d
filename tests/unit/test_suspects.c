/* Which values are asked once more before they raise an alarm. */
#include "poll/suspects.h"

#include "check.h"

#include <string.h>

#define NOW INT64_C(1795338000) /* 2026-11-22T12:00 in Moscow */

static struct snapshot s;
static struct metric_set suspects;
static struct poll_ask ask;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    memset(&ask, 0, sizeof ask);
    return zone_parse("Europe/Moscow", &ask.zone) ? 0 : 1;
}

static void set_time(enum metric m, int month, int day)
{
    struct civil c = {2026, month, day, 12, 0, 0};
    assert_true(snapshot_set_time(&s, m, &c));
}

static void nothing_is_suspected_of_a_register_that_is_well(void **state)
{
    (void)state;
    set_time(METRIC_device_time, 11, 22);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
    set_time(METRIC_ofd_first_unsent, 11, 22);
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_empty(&suspects));
}

/* The alarm is of an age that is derived; what it was derived from is asked again. */
static void the_sources_of_a_derived_alarm_are_suspected(void **state)
{
    (void)state;
    set_time(METRIC_device_time, 11, 22);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
    set_time(METRIC_ofd_first_unsent, 10, 25);
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_has(&suspects, METRIC_ofd_unsent_count));
    assert_true(metric_set_has(&suspects, METRIC_ofd_first_unsent));
    assert_false(metric_set_has(&suspects, METRIC_fn_valid_until));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_suspected_of_a_register_that_is_well, fresh),
        cmocka_unit_test_setup(the_sources_of_a_derived_alarm_are_suspected, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
