/* Opening hours: what may be written, and how long it is until the shop opens. */
#include "base/time/hours.h"

#include "check.h"

/* 2026-11-23 was a Monday. */
static struct civil moment(int day, int hour, int minute)
{
    return (struct civil){2026, 11, day, hour, minute, 0};
}

static uint32_t until(const char *text, struct civil now)
{
    struct hours hours;
    assert_int_equal(hours_parse(text, &hours), HOURS_GOOD);
    return hours_until_open(&hours, &now);
}

static void open_between_the_times(void **state)
{
    (void)state;
    assert_int_equal(until("09:00-21:00", moment(23, 9, 0)), 0);
    assert_int_equal(until("09:00-21:00", moment(23, 20, 59)), 0);
    assert_int_equal(until("09:00-21:00", moment(23, 8, 0)), 3600);
    assert_int_equal(until("09:00-21:00", moment(23, 21, 0)), 12 * 3600);
    assert_int_equal(until("00:00-24:00", moment(23, 23, 59)), 0);
    assert_int_equal(until("always", moment(23, 23, 59)), 0);
}

static uint32_t open_for(const char *text, struct civil now)
{
    struct hours hours;
    assert_int_equal(hours_parse(text, &hours), HOURS_GOOD);
    return hours_open_for(&hours, &now);
}

static void how_long_it_has_been_open(void **state)
{
    (void)state;
    assert_int_equal(open_for("09:00-21:00", moment(23, 8, 59)), 0);
    assert_int_equal(open_for("09:00-21:00", moment(23, 9, 0)), 0);
    assert_int_equal(open_for("09:00-21:00", moment(23, 20, 59)), 12 * 3600 - 60);
    assert_int_equal(open_for("09:00-21:00", moment(23, 21, 0)), 0);
    assert_int_equal(open_for("Sun 20:00-04:00", moment(23, 3, 0)), 7 * 3600); /* Monday */
    assert_int_equal(open_for("09:00-13:00, 14:00-18:00", moment(23, 15, 0)), 3600);
}

static void ranges_that_meet_are_one(void **state)
{
    (void)state;
    assert_int_equal(open_for("09:00-13:00, 13:00-18:00", moment(23, 15, 0)), 6 * 3600);
    assert_int_equal(open_for("Mon 10:00-24:00, Tue 00:00-20:00", moment(24, 1, 0)), 15 * 3600);
    assert_int_equal(open_for("Sun 10:00-24:00, Mon 00:00-20:00", moment(23, 1, 0)), 15 * 3600);
    assert_int_equal(open_for("00:00-24:00", moment(23, 1, 0)), 7 * 86400);
    assert_int_equal(open_for("always", moment(27, 1, 0)), 7 * 86400);
}

static void days_of_the_week(void **state)
{
    (void)state;
    const char *text = "Mon-Fri 09:00-21:00, Sat 10:00-18:00";
    assert_int_equal(until(text, moment(28, 9, 0)), 3600);                 /* Saturday */
    assert_int_equal(until(text, moment(28, 18, 0)), (6 + 24 + 9) * 3600); /* to Monday */
    assert_int_equal(until(text, moment(29, 12, 0)), 21 * 3600);           /* Sunday */
    assert_int_equal(until("Sun-Mon 09:00-10:00", moment(24, 9, 0)), 5 * 86400);
    assert_int_equal(until("Mon 09:00-10:00", moment(23, 10, 0)), 7 * 86400 - 3600);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "9-21",
                                        "09:00",
                                        "09:00-25:00",
                                        "09:00-09:00",
                                        "09:61-10:00",
                                        "Mon 09:00-",
                                        "Mon-Xyz 09:00-10:00",
                                        "Mon09:00-10:00",
                                        "09:00-21:00,",
                                        "09:00-21:00 x",
                                        "24:00-24:00",
                                        "9:00-21:00"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hours hours;
        if (hours_parse(wrong[i], &hours) != HOURS_UNREADABLE)
            fail_msg("\"%s\" was taken", wrong[i]);
    }
}

static void several_ranges_a_day(void **state)
{
    (void)state;
    const char *text = "09:00-13:00, 14:00-18:00";
    assert_int_equal(until(text, moment(23, 8, 0)), 3600);
    assert_int_equal(until(text, moment(23, 10, 0)), 0);
    assert_int_equal(until(text, moment(23, 13, 0)), 3600);
    assert_int_equal(until(text, moment(23, 17, 59)), 0);
    assert_int_equal(until(text, moment(23, 18, 0)), 15 * 3600);
    assert_int_equal(until("Mon 09:00-13:00, Tue 08:00-09:00, Mon 14:00-15:00", moment(23, 13, 30)), 1800);
    assert_int_equal(until("09:00-13:00, 13:00-18:00", moment(23, 13, 0)), 0);
}

static void across_midnight(void **state)
{
    (void)state;
    assert_int_equal(until("20:00-04:00", moment(23, 19, 0)), 3600);
    assert_int_equal(until("20:00-04:00", moment(23, 23, 0)), 0);
    assert_int_equal(until("20:00-04:00", moment(24, 3, 59)), 0);
    assert_int_equal(until("20:00-04:00", moment(24, 4, 0)), 16 * 3600);
    assert_int_equal(until("20:00-00:00", moment(24, 0, 0)), 20 * 3600);
    /* It belongs to the day on which it begins, Sunday to Monday too. */
    assert_int_equal(until("Sat 20:00-04:00", moment(29, 3, 0)), 0);
    assert_int_equal(until("Sat 20:00-04:00", moment(28, 3, 0)), 17 * 3600);
    assert_int_equal(until("Sun 20:00-04:00", moment(23, 3, 59)), 0);
    assert_int_equal(until("Sun 20:00-04:00", moment(23, 4, 0)), (6 * 24 + 16) * 3600);
    assert_int_equal(until("00:00-04:00, 20:00-24:00", moment(23, 23, 59)), 0);
    assert_int_equal(until("00:00-04:00, 20:00-24:00", moment(24, 3, 0)), 0);
}

static void ranges_that_overlap_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"09:00-13:00, 12:59-18:00", "Mon-Fri 09:00-21:00, Fri 10:00-18:00",
                                        "09:00-21:00, Sat 10:00-18:00", "Mon 20:00-04:00, Tue 03:00-09:00",
                                        "Sun 20:00-04:00, Mon 00:00-01:00"};
    struct hours hours;
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (hours_parse(wrong[i], &hours) != HOURS_OVERLAP)
            fail_msg("\"%s\" was taken", wrong[i]);
    assert_int_equal(hours_parse("00:00-01:00, 02:00-03:00, 04:00-05:00, 06:00-07:00", &hours), HOURS_GOOD);
    assert_int_equal(hours_parse("00:00-01:00, 02:00-03:00, 04:00-05:00, 06:00-07:00, Mon 08:00-09:00", &hours),
                     HOURS_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_between_the_times),
        cmocka_unit_test(how_long_it_has_been_open),
        cmocka_unit_test(ranges_that_meet_are_one),
        cmocka_unit_test(days_of_the_week),
        cmocka_unit_test(several_ranges_a_day),
        cmocka_unit_test(across_midnight),
        cmocka_unit_test(ranges_that_overlap_are_refused),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
