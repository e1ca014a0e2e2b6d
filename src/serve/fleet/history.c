#include "serve/fleet/history.h"

#define FNV_START 2166136261U
#define FNV_PRIME 16777619U

/* Which reasons there are, not how bad each is by number: a queue that grows within its limits is the same. */
static uint32_t reasons_of(const struct document *d, const struct health_limits *limits)
{
    uint32_t hash = FNV_START;
    for (unsigned i = 0; document_was_read(d) && i < METRIC_COUNT; i++)
        hash = (hash ^ (uint32_t)health_reason(d->snapshot, (enum metric)i, limits)) * FNV_PRIME;
    return hash;
}

int32_t history_back(int32_t now_s, int64_t seconds)
{
    int64_t at = now_s - seconds;
    return at < INT32_MIN ? INT32_MIN : (int32_t)at;
}

void history_restore(struct history *h, const struct document *last, const struct health_limits *limits,
                     int64_t passed_s, int32_t now_s)
{
    const struct document_history *saved = &last->history;
    int64_t age = passed_s > 0 ? passed_s : 0;
    *h = (struct history){
        .closed = h->closed,
        .looked_s = h->looked_s,
        .known = true,
        .state = (uint8_t)last->state,
        .same = (uint8_t)(saved->confirmed < HISTORY_SAME_MAX ? saved->confirmed : HISTORY_SAME_MAX),
        .reasons = reasons_of(last, limits),
        .state_since_s = history_back(now_s, age + saved->state_for_s),
        .read_s = history_back(now_s, age + saved->unread_for_s),
    };
}

static uint32_t since(int32_t then_s, int32_t now_s)
{
    int64_t seconds = (int64_t)now_s - then_s;
    return seconds > 0 ? (uint32_t)seconds : 0;
}

static int32_t moved(int32_t at_s, int64_t seconds, int32_t now_s)
{
    int64_t later = at_s + seconds;
    return later < now_s ? (int32_t)later : now_s;
}

void history_look(struct history *h, bool closed, int32_t now_s)
{
    if (h->closed) {
        uint32_t passed = since(h->looked_s, now_s);
        h->state_since_s = moved(h->state_since_s, passed, now_s);
        h->read_s = moved(h->read_s, passed, now_s);
    }
    h->closed = closed;
    h->looked_s = now_s;
}

uint32_t history_unread_s(const struct history *h, int32_t now_s)
{
    bool read = h->state == STATE_OK || h->state == STATE_PARTIAL;
    return h->known && !read ? since(h->read_s, now_s) : 0;
}

void history_next(struct history *h, struct document *d, const struct health_limits *limits, int32_t now_s)
{
    uint32_t reasons = reasons_of(d, limits);
    bool same_state = h->known && h->state == d->state, same = same_state && h->reasons == reasons;
    if (!same_state)
        h->state_since_s = now_s;
    if (!h->known || document_was_read(d))
        h->read_s = now_s;
    if (!same)
        h->same = 0;
    h->same = (uint8_t)(h->same < HISTORY_SAME_MAX ? h->same + 1 : HISTORY_SAME_MAX);
    h->known = true;
    h->state = (uint8_t)d->state;
    h->reasons = reasons;
    d->history = (struct document_history){
        .known = true,
        .state_for_s = since(h->state_since_s, now_s),
        .unread_for_s = since(h->read_s, now_s),
        .confirmed = h->same,
    };
}

static int64_t document_before(const struct snapshot *s)
{
    return snapshot_has(s, METRIC_fn_last_document) ? snapshot_int(s, METRIC_fn_last_document) : -1;
}

void open_document_restore(struct open_document *open, const struct document *last, int32_t now_s)
{
    const struct snapshot *s = last->snapshot;
    *open = (struct open_document){0};
    if (!snapshot_has(s, METRIC_fn_open_document_age_s) || snapshot_int(s, METRIC_fn_open_document) == 0)
        return;
    int32_t seen_s = history_back(now_s, last->age_s + snapshot_int(s, METRIC_fn_open_document_age_s));
    *open = (struct open_document){.open = true, .seen_s = seen_s, .after = document_before(s)};
}

void open_document_note(struct open_document *open, struct snapshot *s, int32_t now_s)
{
    int64_t before = document_before(s);
    if (!snapshot_has(s, METRIC_fn_open_document))
        return;
    if (snapshot_int(s, METRIC_fn_open_document) == 0) {
        open->open = false;
        return;
    }
    if (!open->open || before != open->after)
        *open = (struct open_document){.open = true, .seen_s = now_s, .after = before};
    snapshot_set_int(s, METRIC_fn_open_document_age_s, since(open->seen_s, now_s));
}

static uint32_t fn_of(const struct snapshot *s)
{
    uint32_t hash = FNV_START;
    if (!snapshot_has(s, METRIC_fn_serial))
        return 0;
    for (const char *c = snapshot_text(s, METRIC_fn_serial); *c; c++)
        hash = (hash ^ (unsigned char)*c) * FNV_PRIME;
    return hash ? hash : 1;
}

static int64_t number_of(const struct snapshot *s)
{
    return snapshot_has(s, METRIC_ofd_first_unsent_number) ? snapshot_int(s, METRIC_ofd_first_unsent_number) : -1;
}

void unsent_restore(struct unsent *u, const struct snapshot *last, int64_t passed_s, int32_t now_s)
{
    *u = (struct unsent){0};
    if (!metric_set_has(&last->undated, METRIC_ofd_first_unsent) || !snapshot_has(last, METRIC_ofd_first_unsent_age_s))
        return;
    int64_t age_s = passed_s + snapshot_int(last, METRIC_ofd_first_unsent_age_s);
    *u = (struct unsent){true, history_back(now_s, age_s), fn_of(last), number_of(last)};
}

bool unsent_note(struct unsent *u, const struct snapshot *s, int32_t now_s)
{
    uint32_t fn = fn_of(s);
    int64_t number = number_of(s);
    if (!snapshot_has(s, METRIC_ofd_unsent_count))
        return false;
    if (snapshot_int(s, METRIC_ofd_unsent_count) == 0) {
        *u = (struct unsent){0};
        return false;
    }
    bool same =
        u->waits && (fn == 0 || u->fn == 0 || fn == u->fn) && (number < 0 || u->number < 0 || number == u->number);
    if (!same)
        *u = (struct unsent){true, now_s, fn, number};
    u->fn = fn ? fn : u->fn;
    u->number = number >= 0 ? number : u->number;
    return !same;
}

int64_t unsent_age_s(const struct unsent *u, int32_t now_s)
{
    return u->waits ? (int64_t)now_s - u->seen_s : 0;
}
