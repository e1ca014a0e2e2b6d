/* One poll of one register, by whichever way its address names, to a complete snapshot: link + session + deadline +
 * derived values. Any number run side by side in one libuv loop. */
#ifndef POLL_POLL_H
#define POLL_POLL_H

#include "driver/worker.h"
#include "metric/derived/now.h"
#include "poll/ask.h"

#include <uv.h>

struct poll;

/* What the driver's process is asked for such a poll at that address. */
void poll_worker_ask(const struct poll_ask *ask, const struct connect *connect, uint32_t timeout_ms,
                     struct worker_ask *to);

/* Derives the values of a poll that is over, and keeps what was asked; a register that was not read has no values. */
void poll_complete(struct snapshot *s, const struct metric_set *asked, const struct surroundings *around);

/* The READ metrics that `asked` needs, with the serial number when one is expected. */
void poll_wanted(struct metric_set *asked, const char *expected_serial);

/* Begins. `ask` is copied; `out` must stay alive until done and is cleared first. Every failure is in the snapshot,
 * reported from the loop, never from inside this call; the return value is NULL only when there is no memory (then
 * `done` is not called). */
struct poll *poll_start(uv_loop_t *loop, const struct poll_ask *ask, struct snapshot *out, poll_done *done, void *user);

/* Ends a poll early: `done` is still called, with ERR_CANCELLED unless it was already over. */
void poll_cancel(struct poll *poll);

/* The address that was used in the end: the asked one, or what AUTO found. Valid until `done` has returned. */
const struct connect *poll_connect(const struct poll *poll);

/* For programs that poll once: runs a loop of its own until the poll is done, or SIGINT or SIGTERM cancels it. Returns
 * poll_connect, which the caller holds. */
const struct connect *poll_once(const struct poll_ask *ask, struct snapshot *out);

/* The same for many: `count` registers, at most `at_once` of them at the same time and at most `drivers` through the
 * vendor's driver. `ask` fills in what register `index` is asked, perhaps more than once; `done` gets its snapshot,
 * which is gone after the call, in the order in which they end. After a signal what has not begun is ERR_CANCELLED.
 * False, with nothing done, when there is no memory. */
typedef void poll_many_ask(unsigned index, struct poll_ask *to, void *user);
typedef void poll_many_done(unsigned index, const struct connect *used, struct snapshot *s, void *user);
bool poll_many(unsigned count, unsigned at_once, unsigned drivers, poll_many_ask *ask, poll_many_done *done,
               void *user);

#endif
