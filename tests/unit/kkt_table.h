/* One answer of one request of a table, decoded: for the tests of both protocols' requests. */
#ifndef TESTS_UNIT_KKT_TABLE_H
#define TESTS_UNIT_KKT_TABLE_H

#include "kkt/language.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

static struct snapshot out;
static struct kkt_plan plan;

/* Every metric is wanted, nothing is known yet. */
static inline void table_begin(enum kkt_protocol protocol)
{
    struct kkt_ask ask = {.protocol = protocol};
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        metric_set_add(&ask.wanted, (enum metric)m);
    snapshot_clear(&out);
    kkt_plan_start(&plan, kkt_language(protocol), &ask, &out);
}

/* The row of the table that has this code. */
static inline const struct kkt_request *request(const char *code)
{
    for (unsigned i = 0; i < plan.language->request_count; i++) {
        const struct kkt_request *r = &plan.language->requests[i];
        if (strlen(code) == r->code_length && strncmp(code, r->name, r->code_length) == 0)
            return r;
    }
    fail_msg("no request %s", code);
    return NULL;
}

#define INT(m, value)                                                                                                  \
    do {                                                                                                               \
        assert_true(snapshot_has(&out, METRIC_##m));                                                                   \
        assert_int_equal(snapshot_int(&out, METRIC_##m), value);                                                       \
    } while (0)
#define TEXT(m, value)                                                                                                 \
    do {                                                                                                               \
        assert_true(snapshot_has(&out, METRIC_##m));                                                                   \
        assert_string_equal(snapshot_text(&out, METRIC_##m), value);                                                   \
    } while (0)
#define ABSENT(m) assert_false(snapshot_has(&out, METRIC_##m))

static inline void assert_time(enum metric m, const char *text)
{
    char printed[CIVIL_TEXT_MAX];
    assert_true(snapshot_has(&out, m));
    struct civil c = snapshot_civil(&out, m);
    civil_print_time(&c, printed);
    assert_string_equal(printed, text);
}
#define TIME(m, text) assert_time(METRIC_##m, text)

#endif
