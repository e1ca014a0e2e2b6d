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
    memset(&suspects, 0, sizeof suspects);
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

/* The same age is no alarm where the configuration allows more, and a younger one is where it allows less. */
static void what_alarms_is_what_the_configuration_says(void **state)
{
    (void)state;
    static struct health_limits limits;
    set_time(METRIC_device_time, 11, 22);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
    set_time(METRIC_ofd_first_unsent, 11, 1); /* 21 days: High from 20 days by the catalogue */
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_has(&suspects, METRIC_ofd_first_unsent));
    ask.limits = &limits;
    for (unsigned i = 0; i < METRIC_LIMITS; i++) {
        enum reason reason = metric_row(METRIC_ofd_first_unsent_age_s)->limits[i].reason;
        limits.changed[reason] = limits.off[reason] = true;
    }
    memset(&suspects, 0, sizeof suspects);
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_false(metric_set_has(&suspects, METRIC_ofd_first_unsent));
    memset(&limits, 0, sizeof limits);
    for (unsigned i = 0; i < METRIC_LIMITS; i++) {
        const struct metric_limit *limit = &metric_row(METRIC_ofd_first_unsent_age_s)->limits[i];
        if (limit->side != SIDE_NONE && reason_row(limit->reason)->severity == SEVERITY_HIGH) {
            limits.changed[limit->reason] = true;
            limits.value[limit->reason] = 86400;
        }
    }
    set_time(METRIC_ofd_first_unsent, 11, 20);
    memset(&suspects, 0, sizeof suspects);
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_has(&suspects, METRIC_ofd_first_unsent));
}

static void what_hardly_can_be_is_suspected_too(void **state)
{
    (void)state;
    set_time(METRIC_device_time, 11, 22);
    assert_true(snapshot_set_text(&s, METRIC_device_firmware, "5.1w.0", 6));
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_has(&suspects, METRIC_device_firmware));
}

static struct snapshot known;

static bool last_of(struct snapshot *to, void *user)
{
    (void)user;
    *to = known;
    return true;
}

/* What the poll itself does not read: the host's clock is wrong, the FN ends long before 2098, it is autonomous. */
static void what_is_known_beside_the_poll_raises_no_alarm(void **state)
{
    (void)state;
    set_time(METRIC_device_time, 11, 25);
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_true(metric_set_has(&suspects, METRIC_device_time));
    memset(&suspects, 0, sizeof suspects);
    ask.host_clock = HOST_CLOCK_WRONG;
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_false(metric_set_has(&suspects, METRIC_device_time));

    fresh(NULL);
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
    set_time(METRIC_device_time, 11, 22);
    set_time(METRIC_ofd_first_unsent, 6, 1);
    snapshot_clear(&known);
    snapshot_set_bool(&known, METRIC_registration_autonomous, true);
    ask.last = last_of;
    suspects_at(&s, &suspects, &ask, NOW, 0);
    assert_false(metric_set_has(&suspects, METRIC_ofd_first_unsent));
}

/* Of a document of next year nothing is computed; the answer may have been damaged. */
static void a_date_that_cannot_be_is_suspected_once(void **state)
{
    (void)state;
    static struct snapshot seen;
    snapshot_clear(&known);
    ask.last = last_of;
    for (int told = 0; told < 2; told++) {
        set_time(METRIC_device_time, 11, 22);
        snapshot_set_int(&s, METRIC_ofd_unsent_count, 3);
        struct civil c = {2027, 11, 22, 12, 0, 0};
        assert_true(snapshot_set_time(&s, METRIC_ofd_first_unsent, &c));
        seen = s;
        memset(&suspects, 0, sizeof suspects);
        suspects_at(&seen, &suspects, &ask, NOW, 0);
        assert_false(snapshot_has(&seen, METRIC_ofd_first_unsent));
        assert_int_equal(metric_set_has(&suspects, METRIC_ofd_first_unsent), !told);
        snapshot_set_undated(&known, METRIC_ofd_first_unsent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_suspected_of_a_register_that_is_well, fresh),
        cmocka_unit_test_setup(the_sources_of_a_derived_alarm_are_suspected, fresh),
        cmocka_unit_test_setup(what_alarms_is_what_the_configuration_says, fresh),
        cmocka_unit_test_setup(a_date_that_cannot_be_is_suspected_once, fresh),
        cmocka_unit_test_setup(what_hardly_can_be_is_suspected_too, fresh),
        cmocka_unit_test_setup(what_is_known_beside_the_poll_raises_no_alarm, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
