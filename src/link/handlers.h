/* The events of a link (link/link.h) for its owner. */
#ifndef LINK_HANDLERS_H
#define LINK_HANDLERS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct link;

struct link_handlers {
    /* Open and ready to write. */
    void (*opened)(struct link *link, void *user);
    /* Bytes came; they are gone after the call. */
    void (*input)(struct link *link, const uint8_t *bytes, size_t count, void *user);
    /* Could not be opened, or went down by itself; no more events but `closed` after link_close. */
    void (*failed)(struct link *link, const struct failure *failure, void *user);
    /* link_close is complete, the port is free, the link is freed. The last event. */
    void (*closed)(void *user);
};

#endif
