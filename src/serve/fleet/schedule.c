#include "serve/fleet/schedule.h"

#include "serve/fleet/heap.h"

#include <stdlib.h>
#include <string.h>

#define GOLDEN            2654435769U /* 2^32 over the golden ratio: steps of it fill an interval evenly */
#define BACKOFF_MAX_MS    600000U
#define BACKOFF_STEPS_MAX 6
#define OPENING_MS        60000U /* not all at opening time */
#define SOON_INTERVALS    5      /* until the slow group is asked again when it was not read whole */

/* A limit: who holds it is counted, who wants it waits in line. */
struct gate {
    uint32_t limit, used;
    struct schedule_item *first, *last;
};

/* The suspect are those that did not answer last time or may be switched off: they may take half of the places, so that
 * the healthy never wait for time-outs. */
enum { GATE_ALL, GATE_DRIVER, GATE_SUSPECT, GATES_FIXED };

struct schedule {
    struct schedule_limits limits;
    struct schedule_handlers handlers;
    void *user;
    struct heap heap;
    struct gate *gates; /* GATES_FIXED, then the networks */
    char **names;       /* of the networks */
    uint32_t networks;
    uint32_t *slots; /* a hash table of them: place + 1, 0: free; a power of two, at least twice as many */
    uint32_t slot_count;
    uint32_t items, added;
    uint64_t epoch_ms, tokens_at_ms;
    uint32_t tokens; /* thousandths of full polls that may begin */
    struct schedule_counts counts;
};

void schedule_set_limits(struct schedule *s, const struct schedule_limits *limits)
{
    s->limits = *limits;
    s->gates[GATE_ALL].limit = limits->polls;
    s->gates[GATE_DRIVER].limit = limits->driver_polls;
    s->gates[GATE_SUSPECT].limit = limits->polls > 1 ? limits->polls / 2 : 1;
}

struct schedule *schedule_new(const struct schedule_limits *limits, const struct schedule_handlers *handlers,
                              void *user, uint64_t now_ms)
{
    struct schedule *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->gates = calloc(GATES_FIXED, sizeof *s->gates);
    if (!s->gates) {
        free(s);
        return NULL;
    }
    s->handlers = *handlers;
    s->user = user;
    s->epoch_ms = s->tokens_at_ms = now_ms;
    s->tokens = limits->full_per_s * 1000;
    schedule_set_limits(s, limits);
    return s;
}

void schedule_free(struct schedule *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < GATES_FIXED + s->networks; i++)
        for (struct schedule_item *item = s->gates[i].first, *next; item; item = next) {
            next = item->next;
            if (item->removed)
                s->handlers.gone(item, s->user);
        }
    for (uint32_t i = 0; i < s->networks; i++)
        free(s->names[i]);
    free(s->names);
    free(s->slots);
    free(s->gates);
    free(s->heap.items);
    free(s);
}

/* The slot of a name: its own, or the free one where it would stand (FNV-1a, then one after the other). */
static uint32_t *slot_of(uint32_t *slots, uint32_t count, char *const *names, const char *name)
{
    uint32_t hash = 2166136261U;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    uint32_t at = hash & (count - 1);
    while (slots[at] != 0 && strcmp(names[slots[at] - 1], name) != 0)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

/* Room for one more network. */
static bool reserve_network(struct schedule *s)
{
    if (s->networks * 2 < s->slot_count)
        return true;
    uint32_t count = s->slot_count ? s->slot_count * 2 : 64;
    struct gate *gates = realloc(s->gates, (GATES_FIXED + count / 2) * sizeof *gates);
    if (gates)
        s->gates = gates;
    char **names = realloc(s->names, count / 2 * sizeof *names);
    if (names)
        s->names = names;
    if (!gates || !names)
        return false;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < s->networks; i++)
        *slot_of(slots, count, s->names, s->names[i]) = i + 1;
    free(s->slots);
    s->slots = slots;
    s->slot_count = count;
    return true;
}

uint16_t schedule_network(struct schedule *s, const char *name, uint32_t polls)
{
    uint32_t *slot = s->slots ? slot_of(s->slots, s->slot_count, s->names, name) : NULL;
    if (!slot || *slot == 0) {
        char *copy = s->networks < SCHEDULE_NO_NETWORK && reserve_network(s) ? strdup(name) : NULL;
        if (!copy)
            return SCHEDULE_NO_NETWORK;
        s->gates[GATES_FIXED + s->networks] = (struct gate){0};
        s->names[s->networks++] = copy;
        slot = slot_of(s->slots, s->slot_count, s->names, name);
        *slot = s->networks;
    }
    s->gates[GATES_FIXED + *slot - 1].limit = polls;
    return (uint16_t)(*slot - 1);
}

/* The gates that a poll passes. */
static unsigned gates_of(const struct schedule_claim *claim, uint32_t gates[4])
{
    unsigned n = 0;
    if (claim->network != SCHEDULE_NO_NETWORK)
        gates[n++] = GATES_FIXED + (uint32_t)claim->network;
    if (claim->driver)
        gates[n++] = GATE_DRIVER;
    if (claim->suspect)
        gates[n++] = GATE_SUSPECT;
    gates[n++] = GATE_ALL;
    return n;
}

/* A part of a span by the item's phase. */
static uint64_t part(const struct schedule_item *item, uint64_t span_ms)
{
    return (uint64_t)(((span_ms >> 8) * item->phase) >> 24);
}

/* The item's next turn after a moment: its own raster, so that the whole stays spread for ever. */
static uint64_t next_turn(const struct schedule *s, const struct schedule_item *item, uint64_t after)
{
    uint64_t interval = (uint64_t)item->interval_s * 1000;
    uint64_t base = s->epoch_ms + part(item, interval);
    return after < base ? base : base + ((after - base) / interval + 1) * interval;
}

bool schedule_add(struct schedule *s, struct schedule_item *item, uint32_t spread_ms, uint64_t now_ms)
{
    if (!heap_reserve(&s->heap, s->items + 1))
        return false;
    s->items++;
    item->running = item->full = item->waiting = item->removed = item->closed = item->arrived = false;
    item->failures = 0;
    item->phase = s->added++ * GOLDEN;
    item->next = NULL;
    item->slow_due_ms = item->rest_until_ms = 0;
    item->due_ms = now_ms + part(item, spread_ms);
    heap_push(&s->heap, item);
    return true;
}

/* About the identity interval, another length for each register. */
static uint64_t identity_ms(const struct schedule_item *item)
{
    uint64_t identity = (uint64_t)item->identity_interval_s * 1000;
    return identity - identity / 10 + part(item, identity / 5);
}

/* What was planned by a longer interval than there is now. */
static void no_later_than(uint64_t *at_ms, uint64_t latest_ms)
{
    if (*at_ms > latest_ms)
        *at_ms = latest_ms;
}

static void forget(struct schedule_item *item)
{
    item->failures = 0;
    item->arrived = false;
    item->slow_due_ms = item->rest_until_ms = 0;
}

void schedule_change(struct schedule *s, struct schedule_item *item, bool anew, uint32_t spread_ms, uint64_t now_ms)
{
    if (anew)
        forget(item);
    no_later_than(&item->slow_due_ms, now_ms + identity_ms(item));
    no_later_than(&item->rest_until_ms, now_ms + identity_ms(item));
    if (item->running || item->waiting)
        return;
    heap_remove(&s->heap, item);
    item->due_ms = now_ms + part(item, spread_ms);
    heap_push(&s->heap, item);
}

void schedule_hurry(struct schedule *s, struct schedule_item *item, uint64_t now_ms)
{
    if (item->failures == 0)
        return;
    item->arrived = true;
    if (item->running || item->waiting || item->due_ms <= now_ms)
        return;
    heap_remove(&s->heap, item);
    item->due_ms = now_ms;
    heap_push(&s->heap, item);
}

static void release_item(struct schedule *s, struct schedule_item *item)
{
    s->items--;
    s->handlers.gone(item, s->user);
}

void schedule_remove(struct schedule *s, struct schedule_item *item)
{
    item->removed = true;
    if (item->running || item->waiting)
        return;
    heap_remove(&s->heap, item);
    release_item(s, item);
}

static void wait_at(struct schedule *s, struct gate *gate, struct schedule_item *item)
{
    item->next = NULL;
    item->waiting = true;
    s->counts.waiting++;
    if (gate->last)
        gate->last->next = item;
    else
        gate->first = item;
    gate->last = item;
}

/* May a full poll begin? */
static bool use_token(struct schedule *s, uint64_t now_ms)
{
    uint64_t full = (uint64_t)s->limits.full_per_s * 1000;
    if (full == 0)
        return true;
    uint64_t tokens = s->tokens + (now_ms - s->tokens_at_ms) * s->limits.full_per_s;
    s->tokens_at_ms = now_ms;
    s->tokens = (uint32_t)(tokens > full ? full : tokens);
    if (s->tokens < 1000)
        return false;
    s->tokens -= 1000;
    return true;
}

static void try_start(struct schedule *s, struct schedule_item *item, uint64_t now_ms)
{
    uint32_t gates[4];
    struct schedule_claim claim = {item->network, item->driver, item->failures > 0 || item->closed};
    unsigned n = gates_of(&claim, gates);
    for (unsigned i = 0; i < n; i++)
        if (s->gates[gates[i]].used >= s->gates[gates[i]].limit) {
            wait_at(s, &s->gates[gates[i]], item);
            return;
        }
    for (unsigned i = 0; i < n; i++)
        s->gates[gates[i]].used++;
    item->held = claim;
    item->running = true;
    s->counts.running++;
    s->counts.started++;
    if (!claim.suspect && now_ms > item->due_ms + SCHEDULE_LATE_MS)
        s->counts.late++;
    item->full = item->slow_due_ms <= now_ms && use_token(s, now_ms);
    s->handlers.start(item, item->full, s->user);
}

/* When a closed one is looked at again: the clock may be set, and what it said a while ago counts no more. */
static uint64_t next_look(const struct schedule_item *item, uint32_t closed_s, uint64_t now_ms)
{
    uint64_t interval = (uint64_t)item->interval_s * 1000, look = now_ms + SCHEDULE_LOOK_S * 1000U;
    uint64_t opening = now_ms + (uint64_t)closed_s * 1000 + part(item, interval < OPENING_MS ? interval : OPENING_MS);
    if (opening < look)
        look = opening;
    return item->rest_until_ms < look ? item->rest_until_ms : look;
}

void schedule_run(struct schedule *s, uint64_t now_ms)
{
    struct schedule_item *item;
    while ((item = heap_top(&s->heap)) != NULL && item->due_ms <= now_ms) {
        heap_remove(&s->heap, item);
        uint32_t closed_s = s->handlers.closed_s(item, s->user);
        item->closed = closed_s > 0;
        if (item->closed && item->rest_until_ms > now_ms) {
            item->due_ms = next_look(item, closed_s, now_ms);
            heap_push(&s->heap, item);
            continue;
        }
        try_start(s, item, now_ms);
    }
}

uint64_t schedule_wake_at(const struct schedule *s)
{
    const struct schedule_item *top = heap_top(&s->heap);
    return top ? top->due_ms : UINT64_MAX;
}

/* Those who wait at a gate that has room again. */
static void admit(struct schedule *s, uint32_t index, uint64_t now_ms)
{
    while (s->gates[index].first && s->gates[index].used < s->gates[index].limit) {
        struct gate *gate = &s->gates[index];
        struct schedule_item *item = gate->first;
        gate->first = item->next;
        if (!gate->first)
            gate->last = NULL;
        item->waiting = false;
        s->counts.waiting--;
        if (item->removed)
            release_item(s, item);
        else
            try_start(s, item, now_ms);
    }
}

static void plan_after_failure(struct schedule_item *item, uint64_t now_ms)
{
    uint64_t interval = (uint64_t)item->interval_s * 1000;
    unsigned steps = item->failures > BACKOFF_STEPS_MAX ? BACKOFF_STEPS_MAX : item->failures - 1U;
    uint64_t delay = interval << steps;
    if (delay > BACKOFF_MAX_MS)
        delay = interval > BACKOFF_MAX_MS ? interval : BACKOFF_MAX_MS;
    item->due_ms = now_ms + delay;
    item->slow_due_ms = 0; /* a register that comes back is asked everything: it may be another one */
}

static void plan_slow(struct schedule_item *item, enum schedule_outcome outcome, uint64_t now_ms)
{
    uint64_t identity = identity_ms(item), soon = (uint64_t)item->interval_s * 1000 * SOON_INTERVALS;
    if (outcome == SCHEDULE_INCOMPLETE && soon < identity)
        item->slow_due_ms = now_ms + soon;
    else if (outcome != SCHEDULE_BUSY && outcome != SCHEDULE_SILENT)
        item->slow_due_ms = now_ms + identity;
}

static void plan_next(struct schedule *s, struct schedule_item *item, enum schedule_outcome outcome, uint64_t now_ms)
{
    uint64_t interval = (uint64_t)item->interval_s * 1000;
    if (outcome == SCHEDULE_CHANGED && !item->full) {
        item->slow_due_ms = 0;
        item->due_ms = now_ms;
        return;
    }
    if (item->full)
        plan_slow(item, outcome, now_ms);
    uint64_t next = next_turn(s, item, item->due_ms + interval / 2);
    if (next <= now_ms) {
        if (outcome != SCHEDULE_BUSY && !item->closed)
            s->counts.late += (now_ms - next) / interval + 1;
        next = next_turn(s, item, now_ms);
    }
    item->due_ms = next;
}

static enum schedule_change apply_outcome(struct schedule *s, struct schedule_item *item, enum schedule_outcome outcome,
                                          uint64_t now_ms)
{
    bool lost = item->failures > 0;
    if (item->closed)
        item->rest_until_ms = now_ms + identity_ms(item);
    if (outcome == SCHEDULE_FAILED) {
        item->failures = (uint8_t)(item->arrived ? 1 : item->failures < UINT8_MAX ? item->failures + 1 : UINT8_MAX);
        item->arrived = false;
        plan_after_failure(item, now_ms);
        return lost ? SCHEDULE_NO_NEWS : SCHEDULE_LOST;
    }
    if (outcome == SCHEDULE_AGAIN) {
        forget(item);
        item->due_ms = now_ms;
        return SCHEDULE_NO_NEWS;
    }
    if (outcome != SCHEDULE_SILENT) {
        item->failures = 0;
        item->arrived = false;
        item->due_ms = lost ? now_ms : item->due_ms;
    }
    plan_next(s, item, outcome, now_ms);
    return lost && outcome != SCHEDULE_SILENT ? SCHEDULE_BACK : SCHEDULE_NO_NEWS;
}

enum schedule_change schedule_done(struct schedule *s, struct schedule_item *item, enum schedule_outcome outcome,
                                   uint64_t now_ms)
{
    uint32_t gates[4];
    unsigned n = gates_of(&item->held, gates);
    enum schedule_change news = SCHEDULE_NO_NEWS;
    for (unsigned i = 0; i < n; i++)
        s->gates[gates[i]].used--;
    item->running = false;
    s->counts.running--;
    if (item->removed) {
        release_item(s, item);
    } else {
        news = apply_outcome(s, item, outcome, now_ms);
        heap_push(&s->heap, item);
    }
    for (unsigned i = 0; i < n; i++)
        admit(s, gates[i], now_ms);
    return news;
}

void schedule_counts(const struct schedule *s, struct schedule_counts *counts)
{
    *counts = s->counts;
}
