/* The vendor's driver itself, for `check`. */
#ifndef DRIVER_DESCRIBE_H
#define DRIVER_DESCRIBE_H

#include "driver/worker.h"

/* Where the driver of a DRIVER address was found and which version it is; `failure` when it was not. In a
 * loop of its own. */
void driver_describe(const struct worker_ask *ask, struct fptr_driver *driver, struct failure *failure);

#endif
