#include "metric/snapshot.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct snapshot s;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    return 0;
}

static void nothing_is_there_at_first(void **state)
{
    (void)state;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        assert_false(snapshot_has(&s, (enum metric)m));
    assert_int_equal(failure_state(&s.failure), STATE_OK);
}

static void a_date_that_no_register_has_is_absent(void **state)
{
    (void)state;
    struct civil epoch = {1970, 1, 1, 0, 0, 0}, wrong = {2026, 22, 1, 0, 0, 0}, good = {2026, 1, 1, 0, 0, 0};
    assert_true(snapshot_set_time(&s, METRIC_ofd_last_sent, &epoch));
    assert_false(snapshot_has(&s, METRIC_ofd_last_sent));
    assert_false(snapshot_set_time(&s, METRIC_ofd_last_sent, &wrong));
    assert_false(snapshot_has(&s, METRIC_ofd_last_sent));
    assert_true(snapshot_set_time(&s, METRIC_ofd_last_sent, &good));
    assert_int_equal(snapshot_civil(&s, METRIC_ofd_last_sent).year, 2026);
}

static void text_that_does_not_fit_or_is_not_utf8_is_absent(void **state)
{
    (void)state;
    static char longest[SNAPSHOT_TEXT_MAX + 1];
    memset(longest, 'x', sizeof longest - 1);
    assert_false(snapshot_set_text(&s, METRIC_device_model, longest, SNAPSHOT_TEXT_MAX));
    assert_false(snapshot_set_text(&s, METRIC_device_model, "\xFF", 1));
    assert_false(snapshot_has(&s, METRIC_device_model));
    assert_false(snapshot_set_text(&s, METRIC_device_model, longest, 257)); /* its row says 256 */
    assert_true(snapshot_set_text(&s, METRIC_device_model, longest, 256));
    /* Each text has room of its own, one that is told anew too. */
    for (unsigned told = 1; told < SNAPSHOT_TEXT_MAX / 257; told++)
        assert_true(snapshot_set_text(&s, METRIC_device_model, longest, 256));
    assert_false(snapshot_set_text(&s, METRIC_device_model, longest, 256));
}

static void packed_and_back_is_the_same(void **state)
{
    (void)state;
    s.protocol = KKT_PROTOCOL_5;
    s.requests = 11;
    snapshot_set_text(&s, METRIC_device_model, "АТОЛ 30Ф", strlen("АТОЛ 30Ф"));
    snapshot_set_text(&s, METRIC_registration_machine_number, "", 0);
    snapshot_set_int(&s, METRIC_device_clock_drift_s, -5);
    snapshot_set_bool(&s, METRIC_printer_paper_present, false);
    size_t size = snapshot_packed_size(&s);
    void *packed = malloc(size);
    assert_non_null(packed);
    snapshot_pack(&s, packed);
    static struct snapshot back;
    assert_true(snapshot_unpack(&back, packed, size));
    assert_int_equal(back.requests, 11);
    assert_string_equal(snapshot_text(&back, METRIC_device_model), "АТОЛ 30Ф");
    assert_string_equal(snapshot_text(&back, METRIC_registration_machine_number), "");
    assert_int_equal(snapshot_int(&back, METRIC_device_clock_drift_s), -5);
    assert_true(snapshot_has(&back, METRIC_printer_paper_present));
    assert_false(snapshot_has(&back, METRIC_printer_error));
    assert_false(snapshot_unpack(&back, packed, size - 1));
    free(packed);
}

static void fill_takes_only_what_is_missing(void **state)
{
    (void)state;
    static struct snapshot old;
    snapshot_clear(&old);
    snapshot_set_text(&old, METRIC_device_model, "old", 3);
    snapshot_set_int(&old, METRIC_fn_state, 3);
    snapshot_set_int(&s, METRIC_fn_state, 7);
    struct metric_set slow = {{0}};
    metric_set_add_rate(&slow, RATE_SLOW);
    snapshot_fill(&s, &old, &slow);
    assert_string_equal(snapshot_text(&s, METRIC_device_model), "old");
    assert_int_equal(snapshot_int(&s, METRIC_fn_state), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_there_at_first, fresh),
        cmocka_unit_test_setup(a_date_that_no_register_has_is_absent, fresh),
        cmocka_unit_test_setup(text_that_does_not_fit_or_is_not_utf8_is_absent, fresh),
        cmocka_unit_test_setup(packed_and_back_is_the_same, fresh),
        cmocka_unit_test_setup(fill_takes_only_what_is_missing, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
