/* What of a serial port may block in the system: opening, setting up, closing. Only link/serial_*.c includes this; it
 * calls these from a thread of their own (base/process/background.h). */
#ifndef LINK_PORTS_PORT_H
#define LINK_PORTS_PORT_H

#include "base/error.h"

#include <stdint.h>

#define PORT_NONE ((intptr_t)-1)

struct port {
    char device[128];
    uint32_t baud;
    intptr_t handle;        /* descriptor or HANDLE; PORT_NONE: not open */
    bool locked;            /* the port is ours: nothing else may be done to it while it is somebody else's */
    void *owner;            /* the link, for its loop only */
    struct failure failure; /* of the opening; ERR_NONE: it is open, raw 8N1, exclusive, its buffers empty */
};

/* Opens device at baud. `port` is a struct port. */
void port_open(void *port);

/* Closes it, whatever state it is in; bytes that were not sent are dropped. */
void port_close(void *port);

/* The same, and frees it: for an opening that nobody waits for any more. */
void port_discard(void *port);

#endif
