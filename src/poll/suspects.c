#include "poll/suspects.h"

#include "base/time/clock.h"
#include "metric/derived/derive.h"
#include "metric/derived/doubt.h"
#include "metric/derived/health.h"
#include "poll/trace.h"

#include <string.h>

static bool equal(const struct snapshot *a, const struct snapshot *b, enum metric m)
{
    if (!snapshot_has(a, m) || !snapshot_has(b, m))
        return false;
    if (metric_row(m)->type == METRIC_TEXT)
        return strcmp(snapshot_text(a, m), snapshot_text(b, m)) == 0;
    return snapshot_int(a, m) == snapshot_int(b, m);
}

/* An alarm that the last snapshot raised already was confirmed then. The clock never says the same. */
static void forget_known(struct metric_set *suspects, const struct snapshot *seen, const struct snapshot *last,
                         const struct health_limits *limits)
{
    struct metric_set alarmed;
    health_alarming(last, limits, &alarmed);
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (equal(seen, last, m) || (m == METRIC_device_time && metric_set_has(&alarmed, m)))
            metric_set_remove(suspects, m);
    }
}

/* A quick poll does not ask whether the register is autonomous. */
static void fill_guards(struct snapshot *seen, const struct snapshot *last)
{
    struct metric_set guards = {0};
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_guard *guard = &metric_row((enum metric)m)->guard;
        if (guard->guarded && metric_row(guard->metric)->rate == RATE_SLOW)
            metric_set_add(&guards, guard->metric);
    }
    snapshot_fill(seen, last, &guards);
}

/* A date that cannot be and is dropped for it may be a damaged one; that of the last snapshot stands. */
static void add_dropped(struct metric_set *suspects, const struct snapshot *seen, const struct metric_set *before,
                        const struct snapshot *last)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (metric_set_has(before, m) && metric_set_has(&seen->undated, m) &&
            !(last && metric_set_has(&last->undated, m)))
            metric_set_add(suspects, m);
    }
}

void suspects_of(struct snapshot *seen, struct metric_set *suspects, void *user)
{
    const struct poll_ask *ask = user;
    suspects_at(seen, suspects, ask, clock_unix_ms() / 1000, clock_built_s());
    for (unsigned m = 0; ask->trace && m < METRIC_COUNT; m++)
        if (metric_set_has(suspects, (enum metric)m))
            metric_set_add(&ask->trace->again, (enum metric)m);
}

void suspects_at(struct snapshot *seen, struct metric_set *suspects, const struct poll_ask *ask, int64_t unix_s,
                 int64_t built_s)
{
    static struct snapshot last;
    struct metric_set all = {0}, differing;
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    bool has_last = ask->last && ask->last(&last, ask->last_user);
    struct surroundings around = poll_surroundings(ask, unix_s, built_s);
    around.last = has_last ? &last : NULL;
    if (has_last)
        fill_guards(seen, &last);
    derive_check_resource(seen, &around);
    const struct metric_set before = seen->present;
    derive_metrics(seen, &all, &around);
    health_alarming(seen, ask->limits, suspects);
    doubt_of(seen, suspects);
    add_dropped(suspects, seen, &before, around.last);
    if (!has_last)
        return;
    forget_known(suspects, seen, &last, ask->limits);
    health_other_identity(seen, &last, &differing);
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        /* Slow facts do not change by themselves. */
        bool slow = metric_row(m)->rate == RATE_SLOW && metric_row(m)->origin == ORIGIN_READ;
        bool changed = slow && snapshot_has(&last, m) && snapshot_has(seen, m) && !equal(seen, &last, m);
        if (changed || metric_set_has(&differing, m))
            metric_set_add(suspects, m);
    }
}
