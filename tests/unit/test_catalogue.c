#include "metric/catalogue.h"

#include "base/text.h"
#include "check.h"
#include "metric/derived/derive.h"

#include <stdio.h>
#include <string.h>

/* The names are a contract: a renamed or removed one raises `schema`, an added one is added to the record by `./run.sh
 * generate`. */
static void names_are_those_on_record(void **state)
{
    (void)state;
    FILE *record = fopen(TEST_DATA "/catalogue.recorded", "r");
    assert_non_null(record);
    unsigned count = 0;
    char line[200], expected[200];
    while (fgets(line, sizeof line, record)) {
        assert_true(count < METRIC_COUNT);
        const struct metric_row *row = metric_row((enum metric)count++);
        (void)snprintf(expected, sizeof expected, "%s.%s %s\n", row->group, row->key, metric_type_name(row->type));
        assert_string_equal(line, expected);
    }
    assert_int_equal(fclose(record), 0);
    assert_int_equal(count, METRIC_COUNT);
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        assert_int_equal(metric_find(metric_row((enum metric)m)->group, metric_row((enum metric)m)->key), m);
    assert_int_equal(metric_find("fn", "nothing"), METRIC_COUNT);
}

static void each_row_is_described_in_both_languages(void **state)
{
    (void)state;
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_row *row = metric_row((enum metric)m);
        assert_true(strlen(row->text_en) > 3 && strlen(row->text_ru) > 3);
        assert_true(text_is_utf8(row->text_ru, strlen(row->text_ru)));
        if (m != METRIC_shift_state) /* read, and judged by other values */
            assert_true((derive_sources((enum metric)m) != NULL) == (row->origin == ORIGIN_DERIVED));
    }
}

/* What lies outside is unreadable (form.c): a row without bounds would take anything. */
static void each_number_and_each_text_has_its_bounds(void **state)
{
    (void)state;
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_row *row = metric_row((enum metric)m);
        bool bounded = row->min < row->max || (row->min == row->max && row->min != 0);
        bool by_type = row->type == METRIC_BOOL || row->type == METRIC_DATE || row->type == METRIC_TIME;
        if (!bounded && !by_type && row->form != FORM_WORDS)
            fail_msg("%s.%s has neither RANGE nor a form", row->group, row->key);
    }
}

static void sets_hold_what_was_added(void **state)
{
    (void)state;
    struct metric_set set = {{0}};
    assert_true(metric_set_empty(&set));
    assert_true(metric_set_add_group(&set, "fn"));
    assert_false(metric_set_add_group(&set, "nothing"));
    assert_true(metric_set_has(&set, METRIC_fn_serial));
    assert_false(metric_set_has(&set, METRIC_ofd_status));
    metric_set_remove(&set, METRIC_fn_serial);
    assert_false(metric_set_has(&set, METRIC_fn_serial));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_on_record),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(each_row_is_described_in_both_languages),
        cmocka_unit_test(each_number_and_each_text_has_its_bounds),
        cmocka_unit_test(sets_hold_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
