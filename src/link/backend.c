#include "link/backend.h"

#include "base/log.h"
#include "base/system_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void link_emit_opened(struct link *link)
{
    if (link->closing || link->failed)
        return;
    link->connect = NULL;
    link->opened = true;
    link->handlers.opened(link, link->user);
}

void link_emit_input(struct link *link, const uint8_t *bytes, size_t count)
{
    if (link->closing || link->failed)
        return;
    log_wire(link->who, '<', bytes, (unsigned long)count, (unsigned long)count);
    link->handlers.input(link, bytes, count, link->user);
}

void link_emit_failure(struct link *link, const struct failure *failure)
{
    if (link->closing || link->failed)
        return;
    link->connect = NULL;
    link->failed = true;
    link->handlers.failed(link, failure, link->user);
}

void link_emit_system_error(struct link *link, enum error_code code, const char *what, int status)
{
    struct failure failure;
    failure_system(&failure, code, what, status);
    link_emit_failure(link, &failure);
}

void link_emit_failed(struct link *link, enum error_code code, const char *format, ...)
{
    char detail[200];
    struct failure failure;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    failure_set(&failure, code, "%s", n < 0 ? "" : detail);
    link_emit_failure(link, &failure);
}

static void starter_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    void (*closed)(void *) = link->handlers.closed;
    void *user = link->user;
    if (!link->leaked)
        free(link);
    closed(user);
}

void link_emit_closed(struct link *link)
{
    turn_release(&link->turn);
    uv_close((uv_handle_t *)&link->starter, starter_closed);
}

static void on_turn(uv_timer_t *timer)
{
    struct link *link = timer->data;
    if (!turn_acquire(&link->turn, link->wanted)) {
        (void)uv_timer_start(&link->starter, on_turn, TURN_STEP_MS, 0);
        return;
    }
    link->wanted[0] = '\0';
    link->then(link);
}

void link_await_turn(struct link *link, const char *key, void (*then)(struct link *link))
{
    if (!key[0]) {
        then(link);
        return;
    }
    (void)snprintf(link->wanted, sizeof link->wanted, "%s", key);
    link->then = then;
    on_turn(&link->starter);
}

void link_release_turn(struct link *link)
{
    turn_release(&link->turn);
}
