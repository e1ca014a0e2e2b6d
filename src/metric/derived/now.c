#include "metric/derived/now.h"

#include "metric/derived/reconcile.h"

#define DAY   86400
#define NEVER INT64_MIN

static int64_t unix_of(const struct snapshot *s, enum metric m, const struct zone *zone)
{
    struct civil c = snapshot_civil(s, m);
    return zone_to_unix(zone, &c);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Where m was read: in this poll, else in an earlier one; NULL: nowhere. */
static const struct snapshot *source_of(const struct snapshot *s, const struct surroundings *around, enum metric m)
{
    if (snapshot_has(s, m))
        return s;
    bool before = around->last && snapshot_has(around->last, m) && !metric_set_has(&s->undated, m);
    return before ? around->last : NULL;
}

/* No clock can be before this moment: the last fiscal document, that of an earlier poll too. One that is dated beyond
 * the term of its FN, or of any FN, was made by a clock that was wrong then. */
static int64_t last_document_s(const struct snapshot *s, const struct surroundings *around)
{
    const struct snapshot *from = source_of(s, around, METRIC_fn_last_document_time);
    const struct snapshot *term = source_of(s, around, METRIC_fn_valid_until);
    if (!from)
        return NEVER;
    int64_t at = unix_of(from, METRIC_fn_last_document_time, around->zone);
    int64_t end = term ? unix_of(term, METRIC_fn_valid_until, around->zone) + DAY
                       : later(around->host_s, around->built_s) + FN_LONGEST_TERM_S;
    return at > end ? NEVER : at - FN_MINUTE_S;
}

static bool document_is_known(const struct snapshot *s, const struct surroundings *around)
{
    enum metric m = METRIC_fn_last_document_time;
    return source_of(s, around, m) || metric_set_has(&s->undated, m) || metric_set_has(&s->unsupported, m) ||
           reconcile_is_without_fn(s);
}

struct now now_of(const struct snapshot *s, const struct surroundings *around)
{
    struct now now = {.unix_s = around->host_s, .document_known = document_is_known(s, around)};
    int64_t document = last_document_s(s, around), host = around->host_s;
    bool has_clock = snapshot_has(s, METRIC_device_time);
    int64_t clock = has_clock ? unix_of(s, METRIC_device_time, around->zone) : NEVER;
    bool apart = !has_clock || clock - host > DAY || host - clock > DAY;
    now.host_wrong = around->host_clock == HOST_CLOCK_WRONG || host < around->built_s - DAY ||
                     (apart && host < document && around->host_clock != HOST_CLOCK_RIGHT);
    now.register_wrong = !has_clock || clock < document || (apart && (!now.host_wrong || clock < around->built_s));
    /* Two clocks that agree are right: then the document's date is not. */
    if (!apart && clock < document && host < document)
        now.register_wrong = now.host_wrong = false;
    if (!now.register_wrong)
        now.unix_s = clock;
    else if (now.host_wrong)
        now.unix_s = later(later(clock, host), later(document, around->built_s));
    return now;
}
