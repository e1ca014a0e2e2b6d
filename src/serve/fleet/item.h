/* One register of a schedule (serve/fleet/schedule.h), kept in its heap (serve/fleet/heap.h). */
#ifndef SERVE_FLEET_ITEM_H
#define SERVE_FLEET_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_NO_NETWORK UINT16_MAX

/* The limits that a poll counts against. */
struct schedule_claim {
    uint16_t network;
    bool driver, suspect; /* suspect: it did not answer last time, or is closed */
};

/* One register; the first member of the caller's own struct. The caller fills the first group before schedule_add; the
 * rest is the schedule's. */
struct schedule_item {
    uint32_t interval_s, identity_interval_s; /* quick and slow group */
    uint16_t network;                         /* of schedule_network, or SCHEDULE_NO_NETWORK */
    bool driver;                              /* counts against the limit of child processes */

    bool running, full, waiting, removed;
    bool closed;                /* this poll began outside the opening hours */
    bool arrived;               /* its device has come back since its last poll was planned: the pauses begin anew */
    uint8_t failures;           /* polls in a row that brought nothing, at most 255 */
    struct schedule_claim held; /* of the poll that runs */
    uint32_t phase;             /* its place within the interval, in 2^-32 */
    uint32_t heap_at;
    uint64_t due_ms, slow_due_ms;
    uint64_t rest_until_ms;     /* a closed one is not polled before */
    struct schedule_item *next; /* waiting for a limit */
};

#endif
