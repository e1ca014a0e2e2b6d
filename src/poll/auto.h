/* CONNECT_AUTO: which addresses to try, in their order. Only poll/ includes this. */
#ifndef POLL_AUTO_H
#define POLL_AUTO_H

#include "address/connect.h"

#include <stdbool.h>

#define AUTO_MAX 16

/* Writes at most AUTO_MAX addresses: the native ways first, the driver last; at least one. */
unsigned auto_addresses(const struct connect *asked, struct connect list[AUTO_MAX]);

/* After a failure at a native address: may the vendor's driver do better? Not when nothing was reached. */
bool auto_driver_may_help(enum error_code code);

/* Which of two failures tells more about why nothing was found? */
bool auto_failure_tells_more(enum error_code candidate, enum error_code than);

#endif
