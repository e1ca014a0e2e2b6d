/* The vendor's driver in a child process: the same executable started as `worker`, killed at the deadline. A hang or a
 * crash inside the vendor's library ends one poll, with a failure that says so, and nothing else. */
#ifndef DRIVER_WORKER_H
#define DRIVER_WORKER_H

#include "address/connect.h"
#include "driver/fptr.h"
#include "kkt/control.h"
#include "metric/snapshot.h"

#include <uv.h>

struct worker;

struct worker_ask {
    const struct connect *connect; /* a DRIVER address; the worker holds it too */
    struct metric_set wanted;      /* READ metrics */
    uint8_t password[2];           /* access password, BCD */
    uint32_t timeout_ms;           /* the child is killed then */
};

typedef void worker_done(struct snapshot *snapshot, void *user);

/* The child's side: one order from stdin, its messages to WORKER_FD; gives the exit status. */
int worker_main(void);

/* Begins to read through the driver; ask->connect is a DRIVER address. Brings the READ metrics of ask->wanted and sets
 * protocol, requests, unsupported, failure, port_held_ms and clock_read_ms of `out` (cleared by the caller); derived
 * values, expected serial and durations are poll.c's. `done` is called once, from the loop, when the child is gone.
 * NULL when there is no memory (then `done` is not called); every other failure is in the snapshot. */
struct worker *worker_start(uv_loop_t *loop, const struct worker_ask *ask, struct snapshot *out, worker_done *done,
                            void *user);

/* The same for one control action (`check` and `reboot`, `beep`, `set-clock` use these two): out->failure is the
 * result. `clock` for SET_CLOCK, else NULL. */
struct worker *worker_control_start(uv_loop_t *loop, const struct worker_ask *ask, enum kkt_control_action action,
                                    const struct civil *clock, struct snapshot *out, worker_done *done, void *user);

/* Where the driver was found and which version it is (fptr_describe); out->failure when it was not. */
struct worker *worker_describe_start(uv_loop_t *loop, const struct worker_ask *ask, struct fptr_driver *driver,
                                     struct snapshot *out, worker_done *done, void *user);

/* Kills the child; `done` is still called, with ERR_DRIVER_HUNG or what is known by then. */
void worker_cancel(struct worker *worker);

#endif
