#include "serve/fleet/known.h"

#include "metric/derived/derive.h"
#include "metric/derived/reconcile.h"

#include <stdlib.h>
#include <string.h>

/* What identifies the register. */
static const enum metric identity[] = {METRIC_device_serial, METRIC_fn_serial, METRIC_device_firmware};
#define IDENTITIES (sizeof identity / sizeof identity[0])
#define SERIALS    2 /* the first of them: two registers never have the same */

enum likeness {
    LIKE_SAME,
    LIKE_CHANGED, /* it is another one */
    LIKE_ABSENT,  /* it has no FN now, or no number: nothing is added to it */
    LIKE_UNKNOWN, /* neither serial number was read: nobody knows */
};

static bool equal(const struct snapshot *a, const struct snapshot *b, enum metric m)
{
    return strcmp(snapshot_text(a, m), snapshot_text(b, m)) == 0;
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

/* A request failed. An FN that tells no term has answered. */
static bool is_partial(const struct snapshot *s)
{
    return s->failure.code != ERR_NONE && s->failure.code != ERR_FN_TERM_UNKNOWN;
}

/* A number that a request lost contradicts nothing as long as one serial number says that it is the same register. */
static enum likeness compare(const struct snapshot *old, const struct snapshot *s)
{
    bool lost = false, absent = false, anchored = false;
    for (unsigned i = 0; i < IDENTITIES; i++) {
        enum metric m = identity[i];
        bool before = snapshot_has(old, m), now = snapshot_has(s, m);
        if (now && (!before || !equal(old, s, m)))
            return LIKE_CHANGED;
        anchored = anchored || (now && i < SERIALS);
        lost = lost || (before && !now && i < SERIALS);
        absent = absent || (before && !now && (!is_partial(s) || metric_set_has(&s->unsupported, m)));
    }
    if (absent || (reconcile_is_without_fn(s) && snapshot_has(old, METRIC_fn_serial)))
        return LIKE_ABSENT;
    return lost && !anchored ? LIKE_UNKNOWN : LIKE_SAME;
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

static void slow_values(struct metric_set *set, enum metric_origin origin)
{
    *set = (struct metric_set){0};
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        if (metric_row((enum metric)i)->rate == RATE_SLOW && metric_row((enum metric)i)->origin == origin)
            metric_set_add(set, (enum metric)i);
}

/* Derived values of `old` whose sources are held came from them. */
static void remove_held_derived(struct metric_set *derived, const struct metric_set *held)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        const enum metric *source = derive_sources((enum metric)i);
        for (; source && *source != METRIC_COUNT; source++)
            if (metric_set_has(held, *source))
                metric_set_remove(derived, (enum metric)i);
    }
}

static void add_slow(struct snapshot *s, const struct snapshot *old, const struct known *known,
                     const struct surroundings *around)
{
    struct metric_set set;
    slow_values(&set, ORIGIN_READ);
    metric_set_remove_all(&set, &s->unsupported);
    if (metric_set_has(&known->held, METRIC_fn_resource_days) && metric_set_has(&old->undated, METRIC_fn_resource_days))
        metric_set_add(&s->undated, METRIC_fn_resource_days);
    metric_set_remove_all(&set, &known->held);
    for (unsigned i = 0; reconcile_is_without_fn(s) && i < METRIC_COUNT; i++)
        if (reconcile_needs_fn((enum metric)i))
            metric_set_remove(&set, (enum metric)i);
    snapshot_fill(s, old, &set);
    derive_anew(s, old, around);
    /* Derived values that the driver returned itself. */
    slow_values(&set, ORIGIN_DERIVED);
    remove_held_derived(&set, &known->held);
    snapshot_fill(s, old, &set);
}

/* What this poll asked for and did not bring, and what an earlier one did not. `full`, `partial`: the poll. The FN's
 * own count of days that a wrong clock has spoilt is one of them. */
static void note_held(struct known *known, const struct snapshot *s, const struct snapshot *old, bool full,
                      bool partial)
{
    struct metric_set before = known->held;
    known->held = (struct metric_set){0};
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        bool slow = metric_row(m)->rate == RATE_SLOW;
        bool asked = full || !slow, undated = metric_set_has(&s->undated, m);
        bool spoilt = undated && m == METRIC_fn_resource_days;
        if (metric_row(m)->origin != ORIGIN_READ || m == METRIC_device_time || !snapshot_has(old, m) ||
            snapshot_has(s, m) || metric_set_has(&s->unsupported, m) || (undated && !spoilt) ||
            (reconcile_is_without_fn(s) && reconcile_needs_fn(m)))
            continue;
        if (asked ? partial || spoilt : metric_set_has(&before, m))
            metric_set_add(&known->held, m);
    }
}

/* What is held may not fit what was read: an open shift's end beside a closed shift. */
static void add_held(const struct known *known, struct snapshot *to, const struct snapshot *old,
                     const struct surroundings *around)
{
    snapshot_fill(to, old, &known->held);
    reconcile_shift(to);
    reconcile_fn(to);
    derive_anew(to, old, around);
}

bool known_health(const struct known *known, const struct snapshot *s, const struct known_poll *poll,
                  struct snapshot *to)
{
    static struct snapshot old;
    if (metric_set_empty(&known->held) || !known_last(known, &old))
        return false;
    *to = *s;
    add_held(known, to, &old, poll->around);
    return true;
}

static void remove_if_larger(struct snapshot *s, const struct snapshot *whole, enum metric held, enum metric other,
                             const struct health_limits *limits)
{
    if (!snapshot_has(s, held) && snapshot_has(whole, held) && snapshot_has(s, other) &&
        snapshot_int(whole, held) < snapshot_int(s, other) && health_reason(whole, held, limits) != REASON_none)
        snapshot_remove(s, other);
}

void known_keep_fn_alarm(struct snapshot *s, const struct snapshot *whole, const struct health_limits *limits)
{
    remove_if_larger(s, whole, METRIC_fn_days_left, METRIC_fn_resource_days, limits);
    remove_if_larger(s, whole, METRIC_fn_resource_days, METRIC_fn_days_left, limits);
}

/* Slow values, the identity and what raises an alarm; other quick values are always fresh. */
static void to_keep(struct metric_set *keep, const struct snapshot *whole, const struct health_limits *limits)
{
    health_sources(whole, limits, SEVERITY_INFORMATION, keep);
    metric_set_remove(keep, METRIC_device_time);        /* an old one is no time */
    metric_set_add(keep, METRIC_fn_last_document_time); /* an old one still is a moment that has been */
    metric_set_add_rate(keep, RATE_SLOW);
    for (unsigned i = 0; i < IDENTITIES; i++)
        metric_set_add(keep, identity[i]);
}

/* `old`: what is held is taken from there; NULL: nothing is. */
static void remember(struct known *known, const struct snapshot *s, const struct snapshot *old,
                     const struct known_poll *poll)
{
    static struct snapshot whole, kept;
    struct metric_set keep;
    if (!old)
        known->held = (struct metric_set){0};
    whole = *s;
    if (!metric_set_empty(&known->held))
        add_held(known, &whole, old, poll->around);
    to_keep(&keep, &whole, poll->limits);
    snapshot_clear(&kept);
    snapshot_fill(&kept, &whole, &keep);
    metric_set_keep_only(&known->held, &kept.present);
    size_t size = snapshot_packed_size(&kept);
    void *packed = malloc(size);
    free(known->packed);
    known->packed = packed;
    known->size = (uint32_t)size;
    if (packed)
        snapshot_pack(&kept, packed);
    else
        known_forget(known);
}

static void note_missing(struct known *known, const struct snapshot *s)
{
    bool lacks = s->failure.code != ERR_NONE;
    free(known->missing);
    known->missing = lacks ? malloc(sizeof *known->missing) : NULL;
    if (known->missing)
        *known->missing = s->failure;
    else if (lacks) /* without memory for it nothing is known: all is asked again */
        known_forget(known);
}

static void merge_full(struct known *known, struct snapshot *s, const struct snapshot *old, enum likeness like,
                       const struct known_poll *poll)
{
    if (like == LIKE_SAME) {
        note_held(known, s, old, true, is_partial(s));
        derive_anew(s, old, poll->around); /* the known term counts, though it is not shown */
    }
    remember(known, s, like == LIKE_SAME ? old : NULL, poll);
    note_missing(known, s);
}

/* Are there quick values among them that a refused request must not take away? */
static bool has_alarm(const struct snapshot *s, const struct health_limits *limits)
{
    struct metric_set alarming;
    health_sources(s, limits, SEVERITY_INFORMATION, &alarming);
    return !metric_set_empty(&alarming);
}

static void merge_quick(struct known *known, struct snapshot *s, const struct snapshot *old,
                        const struct known_poll *poll)
{
    bool partial = is_partial(s);
    add_slow(s, old, known, poll->around);
    note_held(known, s, old, false, partial);
    if (has_alarm(s, poll->limits) || has_alarm(old, poll->limits) || !metric_set_empty(&known->held))
        remember(known, s, old, poll);
    if (known->missing && s->failure.code == ERR_NONE)
        s->failure = *known->missing;
}

static bool merge_other(struct known *known, struct snapshot *s, enum likeness like)
{
    if (like == LIKE_CHANGED || !metric_set_empty(&known->held))
        known_forget(known);
    if (like == LIKE_UNKNOWN)
        failure_append(&s->failure,
                       "; no serial number was read, so nothing that is known of the register is added: all is asked "
                       "again at once",
                       "; ни один заводской номер не прочитан, поэтому известное о ККТ не добавлено: всё "
                       "запрашивается заново");
    return like != LIKE_ABSENT;
}

bool known_merge(struct known *known, struct snapshot *s, const struct known_poll *poll)
{
    static struct snapshot old;
    enum poll_state state = failure_state(&s->failure);
    if (!poll_state_was_read(state)) {
        if (state != STATE_BUSY)
            known_forget(known);
        return false;
    }
    if (!known_last(known, &old)) {
        if (poll->full)
            merge_full(known, s, NULL, LIKE_CHANGED, poll);
        return false;
    }
    enum likeness like = compare(&old, s);
    if (poll->full)
        merge_full(known, s, &old, like, poll);
    else if (like == LIKE_SAME)
        merge_quick(known, s, &old, poll);
    else
        return merge_other(known, s, like);
    return like == LIKE_CHANGED || like == LIKE_UNKNOWN;
}
