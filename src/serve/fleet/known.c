#include "serve/fleet/known.h"

#include "metric/derived/derive.h"

#include <stdlib.h>

/* What identifies the register: each must be there and equal. */
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

bool known_last(const struct known *known, struct snapshot *to)
{
    return known->packed && snapshot_unpack(to, known->packed, known->size);
}

void known_forget(struct known *known)
{
    free(known->packed);
    free(known->missing);
    *known = (struct known){0};
}

/* Only slow values and the identity are kept: quick ones are always fresh. */
static void remember(struct known *known, const struct snapshot *s)
{
    static struct snapshot slow;
    struct metric_set keep = {0};
    bool whole = s->failure.code == ERR_NONE;
    int64_t whole_ms = whole ? s->polled_ms : known->whole_ms;
    metric_set_add_rate(&keep, RATE_SLOW);
    for (unsigned i = 0; i < IDENTITIES; i++)
        metric_set_add(&keep, identity[i]);
    known_forget(known);
    snapshot_clear(&slow);
    snapshot_fill(&slow, s, &keep);
    size_t size = snapshot_packed_size(&slow);
    known->packed = malloc(size);
    known->missing = whole ? NULL : malloc(sizeof *known->missing);
    if (!known->packed || (!whole && !known->missing)) {
        known_forget(known);
        return;
    }
    known->size = (uint32_t)size;
    known->whole_ms = whole_ms;
    snapshot_pack(&slow, known->packed);
    if (!whole)
        *known->missing = s->failure;
}

/* What was computed from this poll alone is computed anew, with all that is known. */
static void derive_anew(struct snapshot *s, const struct snapshot *old, const struct surroundings *around)
{
    struct metric_set all = {0};
    struct surroundings more = *around;
    more.last = old;
    metric_set_add_rate(&all, RATE_QUICK);
    metric_set_add_rate(&all, RATE_SLOW);
    derive_metrics(s, &all, &more);
}

static void add_known(struct snapshot *s, const struct snapshot *old, const struct surroundings *around)
{
    struct metric_set set;
    slow_reads(&set, ORIGIN_READ);
    metric_set_remove_all(&set, &s->unsupported);
    snapshot_fill(s, old, &set);
    derive_anew(s, old, around);
    /* Derived values that the driver returned itself. */
    slow_reads(&set, ORIGIN_DERIVED);
    snapshot_fill(s, old, &set);
}

/* How an earlier poll and this one compare: `same`, and nothing that identifies it is missing; `changed`, it is another
 * one. */
static void compare(const struct snapshot *old, const struct snapshot *s, bool *same, bool *changed)
{
    *same = true;
    *changed = false;
    for (unsigned i = 0; i < IDENTITIES; i++) {
        enum metric m = identity[i];
        bool both = snapshot_has(old, m) && snapshot_has(s, m);
        *changed = *changed || (both && !equal(old, s, m)) || (!snapshot_has(old, m) && snapshot_has(s, m));
        *same = *same && (both ? equal(old, s, m) : !snapshot_has(old, m));
    }
    *same = *same && !*changed;
}

static void merge_full(struct known *known, struct snapshot *s, const struct snapshot *old, bool same,
                       uint32_t identity_s, const struct surroundings *around)
{
    bool partial = s->failure.code != ERR_NONE;
    if (!same)
        known->whole_ms = 0;
    else if (partial && s->polled_ms - known->whole_ms <= (int64_t)identity_s * 2000)
        add_known(s, old, around);
    remember(known, s);
}

static void merge_quick(struct known *known, struct snapshot *s, const struct snapshot *old,
                        const struct surroundings *around)
{
    add_known(s, old, around);
    if (known->missing && s->failure.code == ERR_NONE)
        s->failure = *known->missing;
}

bool known_merge(struct known *known, struct snapshot *s, bool full, uint32_t identity_s,
                 const struct surroundings *around)
{
    static struct snapshot old;
    enum poll_state state = failure_state(&s->failure);
    bool same, changed;
    if (!poll_state_was_read(state)) {
        if (state != STATE_BUSY)
            known_forget(known);
        return false;
    }
    if (!known->packed || !snapshot_unpack(&old, known->packed, known->size)) {
        if (full)
            remember(known, s);
        return false;
    }
    compare(&old, s, &same, &changed);
    if (full)
        merge_full(known, s, &old, same, identity_s, around);
    else if (changed)
        known_forget(known);
    else if (same)
        merge_quick(known, s, &old, around);
    return changed;
}
