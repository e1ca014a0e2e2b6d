/* Opening hours: what may be written, and how long it is until the shop opens. */
#include "poll/hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-11-23 was a Monday. */
static struct civil moment(int day, int hour, int minute)
{
    return (struct civil){2026, 11, day, hour, minute, 0};
}

static uint32_t until(const char *text, struct civil now)
{
    struct hours hours;
    assert_true(hours_parse(text, &hours));
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
                                        "21:00-09:00",
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
        if (hours_parse(wrong[i], &hours))
            fail_msg("\"%s\" was taken", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_between_the_times),
        cmocka_unit_test(days_of_the_week),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
