/* What the vendor's driver must not be let into, and what is put right behind it. The driver looks at no lock: it
 * resets a USB register under whoever holds it, and one that is killed leaves interface 00 without its kernel driver.
 * Blocks in the system: called from a thread (base/process/background.h). */
#ifndef DRIVER_GUARD_H
#define DRIVER_GUARD_H

#include "address/connect.h"

struct guard {
    const struct connect *connect; /* a DRIVER address, held */
    void *owner;                   /* whoever runs it, for its loop only */
    char path[32];                 /* BUS-PORT of the register on USB, "" when there is none */
    struct failure failure;        /* of guard_check; ERR_NONE: the driver may begin */
};

/* May the driver open the port? Busy when another process holds the serial device, or the register's ttys or USB
 * interfaces; several registers on USB must be named; without rights to the USB node that is said. `guard` is a struct
 * guard. */
void guard_check(void *guard);

/* Frees a struct guard, with its hold of the address; from any thread. */
void guard_free(void *guard);

/* After the driver's process has ended, however it ended: interface 00 has its kernel driver again. */
void guard_restore(void *guard);

#endif
