/* One native attempt at one address: link + session + deadline. Only poll/ includes this. */
#ifndef POLL_NATIVE_H
#define POLL_NATIVE_H

#include "poll/ask.h"

#include <uv.h>

struct native;

/* Begins; `connect` (TCP or SERIAL), `ask` and `out` (cleared) must stay alive until done. Brings the READ metrics of
 * ask->wanted, protocol, requests, retries, unsupported, failure, port_held_ms and clock_read_ms. `done` comes once,
 * from the loop, when the port is free. NULL when there is no memory. */
struct native *native_start(uv_loop_t *loop, const struct connect *connect, const struct poll_ask *ask,
                            uint32_t timeout_ms, struct snapshot *out, poll_done *done, void *user);

/* Ends it early: `done` still comes. */
void native_cancel(struct native *native);

#endif
