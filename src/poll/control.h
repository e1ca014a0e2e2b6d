/* One control action at one register, for `reboot`, `beep` and `set-clock`. Apart from polling: nothing here is
 * reachable from poll_start. */
#ifndef POLL_CONTROL_H
#define POLL_CONTROL_H

#include "kkt/control.h"
#include "poll/poll.h"

/* Does the action at ask->connect, which is not AUTO, in a loop of its own; `protocol` as a poll just before has found
 * it. `clock` for SET_CLOCK, else NULL. ERR_NONE in `result` when the register took the command. */
void control_once(const struct poll_ask *ask, enum kkt_protocol protocol, enum kkt_control_action action,
                  const struct civil *clock, struct failure *result);

#endif
