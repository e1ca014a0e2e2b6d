/* What a kind of link implements: link/tcp.c, link/serial_posix.c, link/serial_win32.c. Only link/ includes this. */
#ifndef LINK_BACKEND_H
#define LINK_BACKEND_H

#include "address/connect.h"
#include "link/handlers.h"
#include "link/turn.h"

#include <stdbool.h>
#include <uv.h>

/* Longest time that link_close waits for bytes to go out. */
#define LINK_DRAIN_MS 300

struct link_backend {
    size_t size; /* of the whole object; struct link is its first member; it is zeroed at birth */
    /* Begins to open; called from the loop, so it may emit events at once. */
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
    uint64_t deadline_ms; /* of the opening, on the loop's clock */
    char who[64];         /* in the log */
    uint8_t secret[2];    /* hidden there, unless it is 00 00 */
    uv_timer_t starter;   /* calls backend->start from the loop, and waits for a turn */
    bool started, opened, failed, closing;
    bool leaked;     /* the system may write into it yet: it is not freed */
    bool looking_up; /* the name's address is not known yet */
    struct turn turn;
    char wanted[TURN_KEY_MAX]; /* the turn that is waited for; "" when none is */
    void (*then)(struct link *link);
};

extern const struct link_backend link_tcp;
extern const struct link_backend link_serial;

/* The events, for backends. No event follows link_close but `closed`, nor after a failure. */
void link_emit_opened(struct link *link);
void link_emit_input(struct link *link, const uint8_t *bytes, size_t count);
void link_emit_failed(struct link *link, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void link_emit_system_error(struct link *link, enum error_code code, const char *what, int status);
void link_emit_failure(struct link *link, const struct failure *failure);
/* Frees the link after its last handle is closed. */
void link_emit_closed(struct link *link);

/* Calls then(link) once the turn at `key` is ours, perhaps at once; at once for "". It is released by
 * link_release_turn, or with the link. */
void link_await_turn(struct link *link, const char *key, void (*then)(struct link *link));
void link_release_turn(struct link *link);

#endif
