/* A byte stream to a register in a libuv loop: TCP or serial. The only floor that touches descriptors. No function
 * blocks; every result comes through the handlers, never from inside the call that caused it. */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "address/connect.h"
#include "base/error.h"
#include "link/handlers.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Begins to open. `connect` is TCP or SERIAL and must stay alive until opened or failed. Waits for its turn where
 * another poll of this program is at the same register. `deadline_ms`, on the loop's clock: the addresses of a name
 * share the time until then; ending it is the caller's. NULL with ERR_NO_MEMORY only; every other failure is an event.
 * Serial: raw 8N1, exclusive; a port that another program holds is ERR_PORT_BUSY with the holder named where the system
 * reports it. */
struct link *link_open(uv_loop_t *loop, const struct connect *connect, uint64_t deadline_ms,
                       const struct link_handlers *handlers, void *user, struct failure *failure);

/* For the log of the bytes: whose they are (a name; else the address), and the access password, which is not shown. */
void link_set_log(struct link *link, const char *name, const uint8_t password[2]);

/* Writes all bytes in their order (they are copied). A write error is a `failed` event. */
void link_write(struct link *link, const uint8_t *bytes, size_t count);

/* Closes once written bytes are out (bounded); then `closed`. May be called in any state, once. */
void link_close(struct link *link);

/* What it still waits for, as the failure of a poll whose time is over: the look-up of the name, its turn, or the
 * connection itself. */
void link_explain_delay(const struct link *link, const char *where, struct failure *failure);

/* Lookups of host names that still run in libuv's threads. After a poll that ended by its deadline it may be above 0:
 * then the loop cannot be closed yet, and a program that wants to end now must use _Exit. */
unsigned link_lookups_pending(void);

#endif
