/* CONNECT_AUTO: which addresses to try, in their order. Only poll/ includes this. */
#ifndef POLL_AUTO_H
#define POLL_AUTO_H

#include "address/connect.h"

#include <stdbool.h>

#define AUTO_MAX 16

/* Writes at most AUTO_MAX addresses, which the caller holds: the native ways first, the driver last. A serial port that
 * the address names stands there once for each speed, unless the address gives its own. 0: no memory. */
unsigned auto_addresses(const struct connect *asked, const struct connect *list[AUTO_MAX]);

/* The same for a SERIAL address: the port at each speed, and no driver. */
unsigned auto_speeds(const struct connect *asked, const struct connect *list[AUTO_MAX]);

/* `auto` alone where several registers are on USB: false with ERR_SEVERAL_REGISTERS, which names them. */
bool auto_is_clear(const struct connect *asked, struct failure *failure);

/* Is the address before this one the same port at another speed, and the failure there no matter of speed? */
bool auto_skip(const struct connect *before, const struct connect *next, enum error_code code);

/* After a failure at a native address: may the vendor's driver do better? Not when nothing was reached. */
bool auto_driver_may_help(enum error_code code);

/* Which of two failures says more about why nothing was found? */
bool auto_failure_is_more_specific(enum error_code candidate, enum error_code than);

#endif
