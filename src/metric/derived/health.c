#include "metric/derived/health.h"

#include "base/text.h"
#include "metric/derived/derive.h"
#include "metric/derived/health_internal.h"
#include "metric/derived/reconcile.h"
#include "metric/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define IN_FULL       2  /* reasons that are reported in full */
#define NAMES_LETTERS 80 /* of few names */

static int64_t limit_value(const struct metric_limit *limit, const struct health_limits *limits)
{
    return limits && limits->changed[limit->reason] ? limits->value[limit->reason] : limit->value;
}

static bool is_beyond_limit(const struct metric_limit *limit, int64_t value, const struct health_limits *limits)
{
    int64_t bound = limit_value(limit, limits);
    if (limits && limits->changed[limit->reason] && limits->off[limit->reason])
        return false;
    switch (limit->side) {
    case SIDE_AT_LEAST:
        return value >= bound;
    case SIDE_AT_MOST:
        return value <= bound;
    case SIDE_BELOW:
        return value < bound;
    case SIDE_APART:
        return value > bound || value < -bound;
    case SIDE_IS:
        return value == bound;
    case SIDE_NONE:
        break;
    }
    return false;
}

static bool guard_opens(const struct snapshot *s, const struct metric_guard *guard)
{
    if (!guard->guarded)
        return true;
    bool is = snapshot_has(s, guard->metric) && snapshot_int(s, guard->metric) == guard->value;
    return is != guard->unless;
}

enum reason health_reason(const struct snapshot *s, enum metric m, const struct health_limits *limits)
{
    const struct metric_row *row = metric_row(m);
    enum reason worst = REASON_none;
    if (!snapshot_has(s, m) || !guard_opens(s, &row->guard))
        return REASON_none;
    for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++)
        if (is_beyond_limit(&row->limits[i], snapshot_int(s, m), limits))
            worst = row->limits[i].reason; /* the worst stands last */
    return worst;
}

static void raise_reason(struct found *f, enum reason reason, enum metric m)
{
    unsigned i = 0;
    if (reason == REASON_none)
        return;
    while (i < f->count && f->raised[i].reason != reason)
        i++;
    struct raised *r = &f->raised[i];
    if (i == f->count) {
        *r = (struct raised){.reason = reason, .metric = m};
        f->count++;
    }
    if (m == METRIC_COUNT)
        return;
    metric_set_add(&r->also, m);
    /* Of two counts of days the smaller one speaks. */
    if (r->metric != METRIC_COUNT && metric_row(m)->unit == UNIT_DAYS &&
        snapshot_int(f->s, m) < snapshot_int(f->s, r->metric))
        r->metric = m;
}

/* Does `other` speak for `reason` too: the same subject, worse, or as bad and with more to say (the smaller number)? */
static bool covers(enum reason other, enum reason reason)
{
    const struct reason_row *a = reason_row(other), *b = reason_row(reason);
    return strcmp(a->subject, b->subject) == 0 &&
           (a->severity > b->severity || (a->severity == b->severity && a->number < b->number));
}

static void keep_worst_of_each_subject(struct found *f)
{
    unsigned kept = 0;
    bool covered[REASON_COUNT] = {false};
    for (unsigned i = 0; i < f->count; i++)
        for (unsigned j = 0; j < f->count; j++)
            covered[i] = covered[i] || covers(f->raised[j].reason, f->raised[i].reason);
    for (unsigned i = 0; i < f->count; i++)
        if (!covered[i])
            f->raised[kept++] = f->raised[i];
    f->count = kept;
}

static void sort_worst_first(struct found *f)
{
    for (unsigned i = 1; i < f->count; i++)
        for (unsigned j = i; j > 0 && reason_code(f->raised[j].reason) > reason_code(f->raised[j - 1].reason); j--) {
            struct raised other = f->raised[j];
            f->raised[j] = f->raised[j - 1];
            f->raised[j - 1] = other;
        }
}

/* What no single value says. */
static void raise_combined(struct found *f)
{
    const struct snapshot *s = f->s;
    bool autonomous =
        snapshot_has(s, METRIC_registration_autonomous) && snapshot_int(s, METRIC_registration_autonomous);
    bool queue = snapshot_has(s, METRIC_ofd_unsent_count) && snapshot_int(s, METRIC_ofd_unsent_count) > 0;
    if (queue && !autonomous && !snapshot_has(s, METRIC_ofd_first_unsent_age_s) &&
        metric_set_has(&s->undated, METRIC_ofd_first_unsent))
        raise_reason(f, REASON_queue_undated, METRIC_COUNT);
    if (snapshot_has(s, METRIC_marking_unsent_count) && snapshot_int(s, METRIC_marking_unsent_count) > 0 &&
        metric_set_has(&s->undated, METRIC_marking_first_unsent))
        raise_reason(f, REASON_marking_undated, METRIC_COUNT);
    if (metric_set_has(&s->undated, METRIC_device_time))
        raise_reason(f, REASON_no_clock, METRIC_COUNT);
    if (s->host_clock_wrong)
        raise_reason(f, REASON_host_clock_wrong, METRIC_COUNT);
    if (reconcile_is_term_unknown(s))
        raise_reason(f, REASON_fn_term_unknown, METRIC_COUNT);
}

static void raise_state(struct found *f, enum poll_state state)
{
    static const enum reason of[] = {[STATE_PARTIAL] = REASON_partial,           [STATE_BUSY] = REASON_busy,
                                     [STATE_UNREACHABLE] = REASON_unreachable,   [STATE_ERROR] = REASON_error,
                                     [STATE_PREREQUISITE] = REASON_prerequisite, [STATE_USAGE] = REASON_prerequisite};
    raise_reason(f, of[state], METRIC_COUNT);
}

static void put(struct writer *w, const char *text, size_t length)
{
    if (length >= w->cap - w->used)
        length = w->cap - w->used - 1;
    memcpy(w->to + w->used, text, length);
    w->used += length;
    w->to[w->used] = '\0';
}

void health_put_text(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

void health_put_more(struct writer *w, const struct found *f, const char *joint, unsigned count)
{
    char more[32];
    if (count == 0)
        return;
    (void)snprintf(more, sizeof more, f->lang == LANG_RU ? "%sещё %u" : "%s%u more", joint, count);
    health_put_text(w, more);
}

static void put_names(struct writer *w, const struct found *f, const struct raised *r)
{
    size_t before = w->used;
    unsigned left = 0, told = 0;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        left += metric_set_has(&r->also, (enum metric)m);
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        char label[160];
        if (!metric_set_has(&r->also, (enum metric)m))
            continue;
        metric_label((enum metric)m, f->lang, label, sizeof label);
        if (f->few_names && told > 0 &&
            text_width(w->to + before, w->used - before) + text_width(label, strlen(label)) > NAMES_LETTERS)
            break;
        health_put_text(w, told++ > 0 ? ", " : "");
        health_put_text(w, label);
        left--;
    }
    health_put_more(w, f, ", ", left);
}

const struct metric_limit *health_limit_of(enum metric m, enum reason reason)
{
    const struct metric_row *row = metric_row(m);
    for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++)
        if (row->limits[i].reason == reason)
            return &row->limits[i];
    return NULL;
}

static enum metric named(const char *name)
{
    char group[64];
    const char *dot = strchr(name, '.');
    if (!dot || (size_t)(dot - name) >= sizeof group)
        return METRIC_COUNT;
    (void)snprintf(group, sizeof group, "%.*s", (int)(dot - name), name);
    return metric_find(group, dot + 1);
}

/* A distance has no sign in a sentence: which clock is ahead stands in the value itself. */
static int64_t value_in_words(const struct raised *r, const struct snapshot *s)
{
    const struct metric_limit *limit = health_limit_of(r->metric, r->reason);
    int64_t value = snapshot_int(s, r->metric);
    return limit && limit->side == SIDE_APART && value < 0 ? -value : value;
}

/* What stands in braces. */
static void put_slot(struct writer *w, const struct found *f, const struct raised *r, const char *slot)
{
    char text[512] = "";
    bool stays = !f->lasting || strcmp(slot, "fn.valid_until") == 0;
    const struct metric_limit *limit = r->metric == METRIC_COUNT ? NULL : health_limit_of(r->metric, r->reason);
    if (strcmp(slot, "names") == 0) {
        put_names(w, f, r);
        return;
    }
    if (strcmp(slot, "limit") == 0 && limit) {
        value_number(r->metric, limit_value(limit, f->limits), f->lang, text, sizeof text);
    } else if (strcmp(slot, "value") == 0 && r->metric != METRIC_COUNT && stays) {
        value_number(r->metric, value_in_words(r, f->s), f->lang, text, sizeof text);
    } else {
        enum metric m = named(slot);
        /* The FN's own count has no date: that of its term belongs to the other count. */
        stays = stays && !(m == METRIC_fn_valid_until && r->metric == METRIC_fn_resource_days);
        if (m != METRIC_COUNT && snapshot_has(f->s, m) && stays)
            value_text(f->s, m, f->lang, text, sizeof text);
    }
    w->missing = w->missing || !text[0];
    health_put_text(w, text);
}

/* A text of reasons.def: {slots} are filled in, a [part] whose slots are not all there is left out. */
void health_put_template(struct writer *w, const struct found *f, const struct raised *r, const char *text)
{
    size_t part = 0;
    bool inside = false;
    for (const char *at = text; *at;) {
        /* "2 дн." at the end of a sentence has one full stop. */
        if (*at == '.' && w->used > 0 && w->to[w->used - 1] == '.')
            at++;
        size_t plain = strcspn(at, "{[]");
        put(w, at, plain);
        at += plain;
        if (*at == '[') {
            part = w->used;
            w->missing = false;
            inside = true;
            at++;
        } else if (*at == ']') {
            if (w->missing)
                w->to[w->used = part] = '\0';
            w->missing = inside = false;
            at++;
        } else if (*at == '{') {
            char slot[64];
            size_t length = strcspn(at, "}");
            (void)snprintf(slot, sizeof slot, "%.*s", (int)(length - 1), at + 1);
            put_slot(w, f, r, slot);
            w->hole = w->hole || (w->missing && !inside);
            at += length + (at[length] == '}');
        }
    }
}

void health_put_brief(struct writer *w, const struct found *f, const struct raised *r)
{
    health_put_template(w, f, r, reason_row(r->reason)->brief[f->lang]);
}

static void put_in_full(struct writer *w, const struct found *f, const struct raised *r)
{
    const char *text = reason_row(r->reason)->text[f->lang];
    if (text[0])
        health_put_template(w, f, r, text);
    else
        health_put_text(w, f->error);
}

static void write_text(const struct found *f, struct health *h)
{
    struct writer w = {.to = h->text, .cap = sizeof h->text};
    h->text[0] = '\0';
    for (unsigned i = 0; i < f->count; i++) {
        if (i > 0)
            health_put_text(&w, i <= IN_FULL ? "\n" : "; ");
        if (i < IN_FULL) {
            put_in_full(&w, f, &f->raised[i]);
            continue;
        }
        if (i == IN_FULL)
            health_put_text(&w, f->lang == LANG_RU ? "Ещё: " : "Also: ");
        health_put_brief(&w, f, &f->raised[i]);
    }
    if (f->count > IN_FULL && h->text[w.used - 1] != '.')
        health_put_text(&w, ".");
    text_cut_utf8(h->text);
}

static void write_brief(const struct found *f, struct health *h)
{
    struct writer w = {.to = h->brief, .cap = sizeof h->brief};
    char more[16] = "";
    h->brief[0] = '\0';
    if (f->count == 0) {
        health_put_text(&w, f->lang == LANG_RU ? "норма" : "OK");
        return;
    }
    health_put_brief(&w, f, &f->raised[0]);
    if (f->count > 1)
        (void)snprintf(more, sizeof more, " +%u", f->count - 1);
    health_put_text(&w, more);
    text_cut_utf8(h->brief);
}

void health_of(const struct snapshot *s, enum poll_state state, const char *error, const struct health_limits *limits,
               enum lang lang, struct health *health)
{
    struct found f = {.s = s, .limits = limits, .error = error, .lang = lang};
    raise_state(&f, state);
    if (poll_state_was_read(state)) {
        for (unsigned m = 0; m < METRIC_COUNT; m++)
            raise_reason(&f, health_reason(s, (enum metric)m, limits), (enum metric)m);
        raise_combined(&f);
    }
    const struct found all = f;
    keep_worst_of_each_subject(&f);
    sort_worst_first(&f);
    health_write_alarms(&f, &all, health);
    memset(health->raised, 0, sizeof health->raised);
    for (unsigned i = 0; i < f.count; i++)
        health->raised[f.raised[i].reason] = true;
    health->code = f.count ? reason_code(f.raised[0].reason) : 0;
    health->level = f.count ? reason_row(f.raised[0].reason)->severity : SEVERITY_NOTHING;
    write_brief(&f, health);
    write_text(&f, health);
    health_write_lines(health, lang);
}

/* The first metric that can raise it. */
static enum metric first_metric_of(enum reason reason)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (health_limit_of((enum metric)m, reason))
            return (enum metric)m;
    return METRIC_COUNT;
}

void reason_brief(enum reason reason, enum lang lang, char *buf, size_t cap)
{
    struct found f = {.lang = lang};
    struct raised r = {.reason = reason, .metric = first_metric_of(reason)};
    struct writer w = {.to = buf, .cap = cap};
    buf[0] = '\0';
    health_put_brief(&w, &f, &r);
    text_cut_utf8(buf);
}

void health_alarming(const struct snapshot *s, const struct health_limits *limits, struct metric_set *alarming)
{
    health_sources(s, limits, SEVERITY_HIGH, alarming);
}

void health_sources(const struct snapshot *s, const struct health_limits *limits, enum severity least,
                    struct metric_set *sources)
{
    memset(sources, 0, sizeof *sources);
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        enum reason reason = health_reason(s, m, limits);
        if (reason == REASON_none || reason_row(reason)->severity < least)
            continue;
        const enum metric *source = derive_sources(m);
        const struct metric_guard *guard = &metric_row(m)->guard;
        if (guard->guarded && snapshot_has(s, guard->metric) && metric_row(guard->metric)->origin == ORIGIN_READ)
            metric_set_add(sources, guard->metric);
        if (!source)
            metric_set_add(sources, m);
        for (; source && *source != METRIC_COUNT; source++)
            if (snapshot_has(s, *source))
                metric_set_add(sources, *source);
    }
}

void health_other_identity(const struct snapshot *s, const struct snapshot *last, struct metric_set *differing)
{
    memset(differing, 0, sizeof *differing);
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (metric_row(m)->identity && snapshot_has(s, m) && snapshot_has(last, m) &&
            strcmp(snapshot_text(s, m), snapshot_text(last, m)) != 0)
            metric_set_add(differing, m);
    }
}
