#include "serve/load.h"

#define NS_PER_MS   1000000U
#define LITTLE_LEFT 20 /* percent of the loop's time */
#define MUCH_LEFT   30

static uint32_t within(uint64_t rate)
{
    if (rate < LOAD_FULL_PER_S_MIN)
        return LOAD_FULL_PER_S_MIN;
    return rate > LOAD_FULL_PER_S_MAX ? LOAD_FULL_PER_S_MAX : (uint32_t)rate;
}

bool load_update(struct load *l, uint64_t idle_ns, uint64_t now_ms, bool late)
{
    uint64_t span_ms = now_ms - l->at_ms, idle_ms = (idle_ns - l->idle_ns) / NS_PER_MS;
    uint32_t before = l->full_per_s;
    bool first = l->full_per_s == 0;
    if (!first && span_ms == 0)
        return false;
    uint64_t left = span_ms > 0 ? idle_ms * 100 / span_ms : 100;
    *l = (struct load){before, idle_ns, now_ms};
    if (first)
        l->full_per_s = LOAD_FULL_PER_S;
    else if (late || left < LITTLE_LEFT)
        l->full_per_s = within((uint64_t)before * 2 / 3);
    else if (left > MUCH_LEFT)
        l->full_per_s = within((uint64_t)before + before / 5 + 1);
    return l->full_per_s != before;
}
