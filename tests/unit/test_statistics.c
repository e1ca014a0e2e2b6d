/* What serve tells of itself. */
#include "serve/statistics.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static json_t *document(struct statistics *h)
{
    static const uint32_t states[STATE_USAGE + 1];
    static const struct schedule_counts counts;
    static const struct spool_counts spool;
    static const struct census census;
    struct statistics_facts facts = {
        .states = states, .counts = &counts, .spool = &spool, .census = census_begin(&census), .now_ms = 60000};
    char *text = statistics_document(h, &facts);
    assert_non_null(text);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    free(text);
    return root;
}

static void assert_about(const json_t *times, const char *key, int ms)
{
    json_int_t told = json_integer_value(json_object_get(times, key));
    if (told < ms || told > ms + ms / 8 + 1)
        fail_msg("%s: %d, expected about %d", key, (int)told, ms);
}

static void times_of_polls_by_rank(void **state)
{
    (void)state;
    struct statistics h = {0};
    for (uint32_t ms = 1; ms <= 100; ms++)
        statistics_add(&h, ms * 10);
    json_t *root = document(&h);
    const json_t *times = json_object_get(root, "poll_ms");
    assert_about(times, "p50", 500);
    assert_about(times, "p95", 950);
    assert_about(times, "p99", 990);
    json_decref(root);
    /* The next period begins with none. */
    root = document(&h);
    assert_null(json_object_get(root, "poll_ms"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_polls_by_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
