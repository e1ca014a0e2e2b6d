/* Who holds a port: for messages only. */
#ifndef LINK_HOLDER_H
#define LINK_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Finds another process that has the device open and writes "frontol (pid 1234)"; false when the system does not tell
 * (other users' processes are visible to root only). */
bool link_find_holder(const char *device, char *buf, size_t cap);

#endif
