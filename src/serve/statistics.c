#include "serve/statistics.h"

#include <jansson.h>
#include <uv.h>

/* Upper bounds: 1, 2, … then each a tenth above the last. */
static uint32_t bound(unsigned bucket)
{
    uint32_t ms = 1;
    for (unsigned i = 0; i < bucket; i++)
        ms += ms / 10 + 1;
    return ms;
}

void statistics_add(struct statistics *h, uint32_t duration_ms)
{
    unsigned bucket = 0;
    uint32_t ms = 1;
    while (bucket + 1 < STATISTICS_BUCKETS && duration_ms > ms) {
        ms += ms / 10 + 1;
        bucket++;
    }
    h->buckets[bucket]++;
    h->polls++;
}

static uint32_t quantile(const struct statistics *h, unsigned percent)
{
    uint64_t rank = (h->polls * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank && seen > 0)
            return bound(i);
    }
    return bound(STATISTICS_BUCKETS - 1);
}

static json_t *registers_of(const struct statistics_facts *f)
{
    static const enum poll_state states[] = {STATE_OK,          STATE_PARTIAL, STATE_BUSY,
                                             STATE_UNREACHABLE, STATE_ERROR,   STATE_PREREQUISITE};
    json_t *object = json_pack("{s:I}", "total", (json_int_t)f->total);
    for (unsigned i = 0; object && i < sizeof states / sizeof states[0]; i++)
        if (json_object_set_new(object, poll_state_name(states[i]), json_integer(f->states[states[i]])) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *spool_of(const struct spool_counts *c)
{
    return json_pack("{s:I,s:I,s:I,s:I}", "length", (json_int_t)c->length, "dropped", (json_int_t)c->dropped, "refused",
                     (json_int_t)c->refused, "set_aside", (json_int_t)c->set_aside);
}

static json_t *clock_of(const struct statistics_facts *f)
{
    json_t *clock = json_pack("{s:i}", "host_wrong", (int)f->host_clock_wrong);
    if (clock && f->drift_known)
        (void)json_object_set_new(clock, "drift_s", json_integer(f->common_drift_s));
    return clock;
}

char *statistics_document(struct statistics *h, const struct statistics_facts *f)
{
    size_t rss = 0;
    uint64_t period_ms = f->now_ms - h->since_ms;
    double per_s = period_ms > 0 ? (double)h->polls * 1000.0 / (double)period_ms : 0.0;
    (void)uv_resident_set_memory(&rss);
    json_t *root = json_pack(
        "{s:i,s:s,s:o,s:{s:I,s:I,s:I,s:f,s:I,s:I,s:I},s:o*,s:{s:I,s:I},s:I,s:I}", "schema", 1, "version",
        ZABBIX_ATOL_VERSION, "registers", registers_of(f), "polls", "total", (json_int_t)f->counts->started, "late",
        (json_int_t)(f->counts->late - h->late_reported), "late_total", (json_int_t)f->counts->late, "per_s",
        (double)(int64_t)(per_s * 100 + 0.5) / 100, "running", (json_int_t)f->counts->running, "waiting",
        (json_int_t)f->counts->waiting, "full_per_s", (json_int_t)f->full_per_s, "spool",
        f->spool ? spool_of(f->spool) : NULL, "loop_ms", "max", (json_int_t)f->loop.busy_ms, "cpu",
        (json_int_t)f->loop.cpu_ms, "memory_kb", (json_int_t)(rss / 1024), "polled_ts", (json_int_t)f->unix_s);
    if (census_end(f->census, root, json_object_get(root, "registers")) != 0 ||
        json_object_set_new(root, "clock", clock_of(f)) != 0) {
        json_decref(root);
        root = NULL;
    }
    /* Without a poll there is no poll time. */
    if (root && h->polls > 0 &&
        json_object_set_new(root, "poll_ms",
                            json_pack("{s:i,s:i,s:i}", "p50", (int)quantile(h, 50), "p95", (int)quantile(h, 95), "p99",
                                      (int)quantile(h, 99))) != 0) {
        json_decref(root);
        root = NULL;
    }
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(root);
    *h = (struct statistics){.late_reported = f->counts->late, .since_ms = f->now_ms};
    return text;
}
