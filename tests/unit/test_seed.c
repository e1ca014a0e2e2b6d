/* The seed's 65 keys (seed/metrics.md), in its order and its types. */
#include "documents.h"

#include <jansson.h>

static struct snapshot s;
static struct document d;
static struct zone moscow;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static json_t *print(void)
{
    document_of(&d, "a", "auto", &s, &moscow, NULL, LANG_EN);
    char *text = document_seed(&d);
    assert_non_null(text);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    free(text);
    return root;
}

static void everything_read_gives_the_recorded_object(void **state)
{
    (void)state;
    documents_fill(&s, &moscow);
    json_t *root = print();
    assert_int_equal(json_object_size(root), 66); /* and polledAt */
    char *text = json_dumps(root, JSON_INDENT(1));
    documents_hold("seed-ok.json", text);
    free(text);
    json_decref(root);
}

/* The catalogue names the same keys, but for those that carry what their label promises. */
static void the_catalogue_agrees(void **state)
{
    (void)state;
    unsigned count = 0;
    for (; seed_key(count); count++) {
        const struct metric_row *row = metric_row(seed_metric(count));
        if (strcmp(seed_key(count), "SerNKKT") == 0)
            assert_int_equal(seed_metric(count), METRIC_device_serial);
        else
            assert_true(row->seed && strcmp(row->seed, seed_key(count)) == 0);
    }
    assert_int_equal(count, 65);
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        bool found = !metric_row((enum metric)m)->seed;
        for (unsigned i = 0; seed_key(i) && !found; i++)
            found = strcmp(seed_key(i), metric_row((enum metric)m)->seed) == 0;
        assert_true(found);
    }
}

static void an_absent_value_has_no_key(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    json_t *root = print();
    assert_int_equal(json_object_size(root), 2); /* and polledAt */
    json_decref(root);
}

static void a_failed_poll_has_no_keys_at_all(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 0);
    failure_set(&s.failure, ERR_NO_ANSWER, "x");
    json_t *root = print();
    assert_int_equal(json_object_size(root), 0);
    json_decref(root);
}

/* As the seed's script, whatever the register's clock says. */
static void days_are_counted_by_the_computers_clock(void **state)
{
    (void)state;
    static const struct surroundings around = {.zone = &moscow, .host_s = DOCUMENTS_NOW};
    struct metric_set all = {0};
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    s.polled_ms = DOCUMENTS_NOW * 1000; /* 2026-11-22T12:00 */
    documents_time(&s, METRIC_device_time, "2026-11-22T22:00:00");
    documents_time(&s, METRIC_fn_valid_until, "2026-11-24");
    documents_time(&s, METRIC_ofd_first_unsent, "2026-11-20T13:00:00");
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 1);
    derive_metrics(&s, &all, &around);
    json_t *root = print();
    assert_int_equal(json_integer_value(json_object_get(root, "FNdeadline")), 1);
    assert_int_equal(json_integer_value(json_object_get(root, "AgeDaysFirstDontSendDocInFN")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "polledAt")), "2026-11-22T12:00:00+03:00");
    json_decref(root);
}

static void an_age_without_a_date_is_in_whole_days(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_ofd_unsent_count, 1);
    snapshot_set_int(&s, METRIC_ofd_first_unsent_age_s, 2 * 86400 + 86399);
    json_t *root = print();
    assert_int_equal(json_integer_value(json_object_get(root, "AgeDaysFirstDontSendDocInFN")), 2);
    json_decref(root);
}

/* Python's timedelta.days: half a day ago is minus one. */
static void days_that_are_over_are_rounded_down(void **state)
{
    (void)state;
    s.polled_ms = DOCUMENTS_NOW * 1000; /* noon */
    documents_time(&s, METRIC_fn_valid_until, "2026-11-22");
    json_t *root = print();
    assert_int_equal(json_integer_value(json_object_get(root, "FNdeadline")), -1);
    json_decref(root);
    documents_time(&s, METRIC_fn_valid_until, "2026-11-20");
    root = print();
    assert_int_equal(json_integer_value(json_object_get(root, "FNdeadline")), -3);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(days_that_are_over_are_rounded_down, fresh),
        cmocka_unit_test_setup(everything_read_gives_the_recorded_object, fresh),
        cmocka_unit_test_setup(the_catalogue_agrees, fresh),
        cmocka_unit_test_setup(an_absent_value_has_no_key, fresh),
        cmocka_unit_test_setup(a_failed_poll_has_no_keys_at_all, fresh),
        cmocka_unit_test_setup(days_are_counted_by_the_computers_clock, fresh),
        cmocka_unit_test_setup(an_age_without_a_date_is_in_whole_days, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
