/* Reports when a serial port or a USB device has appeared: a register that was switched on or plugged in again is
 * polled at once, and does not wait for its turn. */
#ifndef LINK_PORTS_ARRIVAL_H
#define LINK_PORTS_ARRIVAL_H

#include <uv.h>

struct arrival;

/* Calls `arrived` from the loop, a moment after the device came (its links and rights must be there) and once more
 * later, for the slow ones. NULL when the system reports nothing (Windows; no memory; a container without the events of
 * the kernel): polls then come in their turn. */
struct arrival *arrival_watch(uv_loop_t *loop, void (*arrived)(void *user), void *user);

/* Ends it (NULL is allowed); freed by the loop, which must run on for a turn. */
void arrival_end(struct arrival *arrival);

#endif
