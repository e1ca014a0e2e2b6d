/* When each of many registers is polled. No clock and no I/O: the caller says what time it is, and is told what to
 * start. Times are milliseconds of one steady clock. */
#ifndef SERVE_FLEET_SCHEDULE_H
#define SERVE_FLEET_SCHEDULE_H

#include "serve/fleet/item.h"

#define SCHEDULE_LOOK_S 300

struct schedule_limits {
    uint32_t polls;        /* at once, in all */
    uint32_t driver_polls; /* at once, through the driver */
    uint32_t full_per_s;   /* full polls that may begin in a second: identity must not make quick polls late; 0 = any */
};

struct schedule_handlers {
    /* Begin a poll; `full`: the slow group too; item->closed: outside the opening hours. schedule_done must follow,
     * never from inside. */
    void (*start)(struct schedule_item *item, bool full, void *user);
    /* Seconds until the shop opens by a clock that may be set meanwhile; 0 = it is open. Asked at each turn, of a
     * closed one at least each SCHEDULE_LOOK_S. */
    uint32_t (*closed_s)(struct schedule_item *item, void *user);
    /* A removed item is no longer used: its memory is the caller's again. */
    void (*gone)(struct schedule_item *item, void *user);
};

struct schedule;

/* NULL when there is no memory. schedule_free asks for no item to run. */
struct schedule *schedule_new(const struct schedule_limits *limits, const struct schedule_handlers *handlers,
                              void *user, uint64_t now_ms);
void schedule_free(struct schedule *schedule);
void schedule_set_limits(struct schedule *schedule, const struct schedule_limits *limits);

/* A network with a limit of its own: finds it by name or adds it, and sets its limit. The index for items;
 * SCHEDULE_NO_NETWORK when there is no memory. */
uint16_t schedule_network(struct schedule *schedule, const char *name, uint32_t polls);

/* Puts a register in; its first poll comes within `spread_ms`. False when there is no memory. */
bool schedule_add(struct schedule *schedule, struct schedule_item *item, uint32_t spread_ms, uint64_t now_ms);

/* The caller has changed the first group of an item; it is polled again within `spread_ms`, or its running poll goes
 * on. `anew`: it stands for another register now, of which nothing is known. */
void schedule_change(struct schedule *schedule, struct schedule_item *item, bool anew, uint32_t spread_ms,
                     uint64_t now_ms);

/* Its device may have come back: one that did not answer last time is polled at once, and if it does not answer yet,
 * for it is still starting, the pauses begin small again. */
void schedule_hurry(struct schedule *schedule, struct schedule_item *item, uint64_t now_ms);

/* Takes one out; `gone` is called at once, or when its poll is done. */
void schedule_remove(struct schedule *schedule, struct schedule_item *item);

/* Starts what is due and within the limits. Call at schedule_wake_at and after schedule_done. */
void schedule_run(struct schedule *schedule, uint64_t now_ms);

/* When the next item is due; UINT64_MAX = nothing is planned. */
uint64_t schedule_wake_at(const struct schedule *schedule);

enum schedule_outcome {
    SCHEDULE_READ,       /* values came */
    SCHEDULE_INCOMPLETE, /* values came, but not all: after a full poll the slow group is asked again soon */
    SCHEDULE_CHANGED, /* values came, and the FN, the firmware or the register is another one: all is asked at once */
    SCHEDULE_BUSY,    /* somebody else has the port: next time as usual */
    SCHEDULE_FAILED,  /* dead or wrong: less and less often */
    SCHEDULE_SILENT,  /* no answer, which means nothing: next time as usual, and no news */
    SCHEDULE_AGAIN,   /* its result does not count: everything is asked at once */
};

enum schedule_change { SCHEDULE_NO_NEWS, SCHEDULE_LOST, SCHEDULE_BACK };

/* A poll is done. Says whether the register was lost or came back by it (reported once each). */
enum schedule_change schedule_done(struct schedule *schedule, struct schedule_item *item, enum schedule_outcome outcome,
                                   uint64_t now_ms);

struct schedule_counts {
    uint64_t started;
    uint64_t late;    /* begun more than SCHEDULE_LATE_MS behind their time, or left out; the suspect do not count */
    uint32_t running; /* now */
    uint32_t waiting; /* now, for a limit */
};
#define SCHEDULE_LATE_MS 1000
void schedule_counts(const struct schedule *schedule, struct schedule_counts *counts);

#endif
