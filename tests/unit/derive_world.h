/* One snapshot and its surroundings, for the tests of what is derived from it. */
#ifndef TESTS_DERIVE_WORLD_H
#define TESTS_DERIVE_WORLD_H

#include "metric/derived/derive.h"

#include "check.h"

static struct snapshot s;
static struct metric_set all;
static struct zone moscow;

static inline int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        metric_set_add(&all, (enum metric)m);
    snapshot_set_undated(&s, METRIC_fn_last_document_time); /* a test that has one sets it */
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static inline void set_time(enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(&s, m, &c));
}

#define NOW 1795338000 /* 2026-11-22T12:00:00+03:00 */
#define DAY 86400

static inline void derive_at(int64_t host_s, int64_t queue_age_s)
{
    const struct surroundings around = {.zone = &moscow,
                                        .host_s = host_s,
                                        .queue_known = queue_age_s >= 0,
                                        .queue_age_s = queue_age_s,
                                        .built_s = NOW - 100 * DAY};
    derive_metrics(&s, &all, &around);
}

static inline void derive(void)
{
    derive_at(NOW, -1);
}

#endif
