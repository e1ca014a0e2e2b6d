#include "cmd/result.h"

#include "metric/derive.h"

#include <stdlib.h>

/* What tells that it is still the same: each must be there and equal. */
static const enum metric identity[] = {METRIC_device_serial, METRIC_device_firmware, METRIC_fn_serial};
#define IDENTITIES (sizeof identity / sizeof identity[0])

static bool equal(const struct snapshot *a, const struct snapshot *b, enum metric m)
{
    const char *x = snapshot_text(a, m), *y = snapshot_text(b, m);
    while (*x && *x == *y)
        x++, y++;
    return *x == *y;
}

static void slow_reads(struct metric_set *set, enum metric_origin origin)
{
    *set = (struct metric_set){0};
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        if (metric_row((enum metric)i)->rate == RATE_SLOW && metric_row((enum metric)i)->origin == origin)
            metric_set_add(set, (enum metric)i);
}

void result_forget(struct known *known)
{
    free(known->packed);
    *known = (struct known){0};
}

/* Only slow values and the identity are kept: quick ones are always fresh. */
static void remember(struct known *known, const struct snapshot *s)
{
    static struct snapshot slow;
    struct metric_set keep = {0};
    metric_set_add_rate(&keep, RATE_SLOW);
    for (unsigned i = 0; i < IDENTITIES; i++)
        metric_set_add(&keep, identity[i]);
    result_forget(known);
    snapshot_clear(&slow);
    snapshot_fill(&slow, s, &keep);
    size_t size = snapshot_packed_size(&slow);
    known->packed = malloc(size);
    if (!known->packed)
        return;
    known->size = (uint32_t)size;
    snapshot_pack(&slow, known->packed);
}

static void add_known(struct snapshot *s, const struct snapshot *old, const struct zone *zone)
{
    struct metric_set set, all = {0};
    int64_t clock_ms = s->clock_read_ms ? s->clock_read_ms : s->polled_ms;
    slow_reads(&set, ORIGIN_READ);
    snapshot_fill(s, old, &set);
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    derive_metrics(s, &all, zone, clock_ms / 1000);
    /* Derived values that the driver told itself. */
    slow_reads(&set, ORIGIN_DERIVED);
    snapshot_fill(s, old, &set);
}

bool result_merge(struct known *known, struct snapshot *s, bool full, const struct zone *zone)
{
    static struct snapshot old;
    enum poll_state state = failure_state(&s->failure);
    bool same = true, changed = false;
    if (state != STATE_OK && state != STATE_PARTIAL) {
        if (state != STATE_BUSY)
            result_forget(known);
        return false;
    }
    if (!known->packed || !snapshot_unpack(&old, known->packed, known->size)) {
        if (full)
            remember(known, s);
        return false;
    }
    for (unsigned i = 0; i < IDENTITIES; i++) {
        enum metric m = identity[i];
        bool both = snapshot_has(&old, m) && snapshot_has(s, m);
        changed = changed || (both && !equal(&old, s, m)) || (!snapshot_has(&old, m) && snapshot_has(s, m));
        same = same && (both ? equal(&old, s, m) : !snapshot_has(&old, m));
    }
    if (full)
        remember(known, s);
    else if (changed)
        result_forget(known);
    else if (same)
        add_known(s, &old, zone);
    return changed;
}
