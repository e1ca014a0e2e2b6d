/* Many registers and a clock of their own, for the tests of the schedule. */
#ifndef TESTS_SCHEDULE_WORLD_H
#define TESTS_SCHEDULE_WORLD_H

#include "serve/fleet/schedule.h"

#include "check.h"

#include <string.h>

#define KKTS 2000

struct world {
    struct schedule *schedule;
    uint64_t now;
    struct schedule_item items[KKTS];
    struct schedule_item *running[KKTS];
    unsigned running_count, most, gone, full_count, looks;
    uint32_t closed_s;
    uint32_t per_second[200];
};

static struct world w;

static inline void on_start(struct schedule_item *item, bool full, void *user)
{
    (void)user;
    w.running[w.running_count++] = item;
    w.full_count += full;
    if (w.running_count > w.most)
        w.most = w.running_count;
    if (w.now / 1000 < 200)
        w.per_second[w.now / 1000]++;
}

static inline uint32_t closed_s(struct schedule_item *item, void *user)
{
    (void)item, (void)user;
    w.looks++;
    return w.closed_s;
}

static inline void on_gone(struct schedule_item *item, void *user)
{
    (void)item, (void)user;
    w.gone++;
}

static inline void begin(uint32_t polls, uint32_t full_per_s)
{
    static const struct schedule_handlers handlers = {on_start, closed_s, on_gone};
    struct schedule_limits limits = {polls, 2, full_per_s};
    memset(&w, 0, sizeof w);
    w.schedule = schedule_new(&limits, &handlers, NULL, 0);
    assert_non_null(w.schedule);
}

static inline void add(unsigned count, uint32_t spread_ms)
{
    for (unsigned i = 0; i < count; i++) {
        w.items[i] =
            (struct schedule_item){.interval_s = 60, .identity_interval_s = 600, .network = SCHEDULE_NO_NETWORK};
        assert_true(schedule_add(w.schedule, &w.items[i], spread_ms, w.now));
    }
}

/* Ends every running poll that way. */
static inline enum schedule_change finish_all(enum schedule_outcome outcome)
{
    enum schedule_change news = SCHEDULE_NO_NEWS;
    unsigned count = w.running_count;
    struct schedule_item *items[KKTS];
    memcpy(items, w.running, sizeof items);
    w.running_count = 0;
    for (unsigned i = 0; i < count; i++)
        news = schedule_done(w.schedule, items[i], outcome, w.now);
    return news;
}

/* Time goes on to `until`; every poll takes no time. */
static inline void run_until(uint64_t until, enum schedule_outcome outcome)
{
    for (; w.now <= until; w.now += 100) {
        schedule_run(w.schedule, w.now);
        while (w.running_count > 0)
            (void)finish_all(outcome);
    }
}

static inline uint64_t late(void)
{
    struct schedule_counts counts;
    schedule_counts(w.schedule, &counts);
    return counts.late;
}

#endif
