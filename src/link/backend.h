/* What a kind of link implements: link/tcp.c, link/serial_posix.c, link/serial_win32.c. Only link/ includes this. */
#ifndef LINK_BACKEND_H
#define LINK_BACKEND_H

#include "link/link.h"

#include <stdbool.h>

/* Longest time that link_close waits for bytes to go out. */
#define LINK_DRAIN_MS 300

struct link_backend {
    size_t size; /* of the whole object; struct link is its first member; it is zeroed at birth */
    /* Begins to open; called from the loop, so it may tell at once. */
    void (*start)(struct link *link);
    /* Called only between opened and failed/close. */
    void (*write)(struct link *link, const uint8_t *bytes, size_t count);
    /* Sends what is still to be sent for at most LINK_DRAIN_MS, closes all handles, then calls link_emit_closed.
     * Called once, after start. */
    void (*close)(struct link *link);
};

struct link {
    uv_loop_t *loop;
    const struct connect *connect; /* NULL once opened or failed */
    struct link_handlers handlers;
    void *user;
    const struct link_backend *backend;
    uv_timer_t starter; /* calls backend->start from the loop */
    bool started, opened, failed, closing;
    bool looking_up; /* the name's address is not known yet */
};

extern const struct link_backend link_tcp;
extern const struct link_backend link_serial;

/* The events, for backends. Nothing is told after link_close but `closed`, nor after a failure. */
void link_emit_opened(struct link *link);
void link_emit_input(struct link *link, const uint8_t *bytes, size_t count);
void link_emit_failed(struct link *link, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Frees the link after its last handle is closed. */
void link_emit_closed(struct link *link);

#endif
