#include "push/rate.h"

#define SECOND_MS 1000

static void forget_old(struct rate *r, uint64_t now_ms)
{
    while (r->count > 0 && now_ms - r->runs[r->first].ended_ms >= SECOND_MS) {
        r->first = (r->first + 1) % RATE_RUNS;
        r->count--;
    }
}

uint32_t rate_wait_ms(struct rate *r, uint32_t per_s, uint32_t values, uint64_t now_ms)
{
    uint32_t sent = 0;
    forget_old(r, now_ms);
    /* From the newest back to the one that must be over a second old. */
    for (uint32_t i = r->count; i > 0; i--) {
        uint32_t at = (r->first + i - 1) % RATE_RUNS;
        sent += r->runs[at].values;
        if (sent + values > per_s)
            return (uint32_t)(r->runs[at].ended_ms + SECOND_MS - now_ms);
    }
    return r->count == RATE_RUNS ? (uint32_t)(r->runs[r->first].ended_ms + SECOND_MS - now_ms) : 0;
}

void rate_ran(struct rate *r, uint32_t values, uint64_t now_ms)
{
    forget_old(r, now_ms);
    if (r->count == RATE_RUNS) { /* nobody asked: the oldest joins its successor */
        uint32_t next = (r->first + 1) % RATE_RUNS;
        r->runs[next].values += r->runs[r->first].values;
        r->first = next;
        r->count--;
    }
    uint32_t at = (r->first + r->count++) % RATE_RUNS;
    r->runs[at].ended_ms = now_ms;
    r->runs[at].values = values;
}
