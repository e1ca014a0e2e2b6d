#include "base/system_error.h"
#include "base/text.h"
#include "link/backend.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void on_start(uv_timer_t *timer)
{
    struct link *link = timer->data;
    link->started = true;
    link->backend->start(link);
}

static void on_turn(uv_timer_t *timer)
{
    struct link *link = timer->data;
    if (!turn_take(&link->turn, link->wanted)) {
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

struct link *link_open(uv_loop_t *loop, const struct connect *connect, uint64_t deadline_ms,
                       const struct link_handlers *handlers, void *user, struct failure *failure)
{
    const struct link_backend *backend = connect->way == CONNECT_TCP ? &link_tcp : &link_serial;
    struct link *link = calloc(1, backend->size);
    if (!link) {
        failure_set(failure, ERR_NO_MEMORY, "a link of %zu bytes", backend->size);
        return NULL;
    }
    link->loop = loop;
    link->connect = connect;
    (void)text_escape(link->who, sizeof link->who, connect->text);
    link->handlers = *handlers;
    link->user = user;
    link->backend = backend;
    link->deadline_ms = deadline_ms;
    turn_init(&link->turn);
    /* Neither can fail: the timer is ours and its callback is not NULL. */
    (void)uv_timer_init(loop, &link->starter);
    link->starter.data = link;
    (void)uv_timer_start(&link->starter, on_start, 0, 0);
    return link;
}

void link_set_log(struct link *link, const char *name, const uint8_t password[2])
{
    if (name[0])
        (void)text_escape(link->who, sizeof link->who, name);
    memcpy(link->secret, password, sizeof link->secret);
}

/* Where the password stands in a task of protocol 3: C1, flags, task id, password (protocol-3.md §2); each of the two
 * before it may be escaped. `count`: nowhere. */
static unsigned long secret_at(const struct link *link, const uint8_t *bytes, size_t count)
{
    if (link->secret[0] == 0 && link->secret[1] == 0)
        return (unsigned long)count;
    for (size_t i = 0; i < count; i++)
        for (size_t at = i + 3; bytes[i] == 0xC1 && at <= i + 5 && at + 1 < count; at++)
            if (memcmp(bytes + at, link->secret, sizeof link->secret) == 0)
                return (unsigned long)at;
    return (unsigned long)count;
}

void link_write(struct link *link, const uint8_t *bytes, size_t count)
{
    if (!link->opened || link->failed || link->closing || count == 0)
        return;
    if (log_get_level() >= LOG_LEVEL_WIRE)
        log_wire(link->who, '>', bytes, (unsigned long)count, secret_at(link, bytes, count));
    link->backend->write(link, bytes, count);
}

void link_close(struct link *link)
{
    if (link->closing)
        return;
    link->closing = true;
    (void)uv_timer_stop(&link->starter);
    if (link->started)
        link->backend->close(link);
    else
        link_emit_closed(link);
}

void link_explain_delay(const struct link *link, const char *where, struct failure *failure)
{
    if (link->looking_up)
        failure_explain(failure, ERR_HOST_UNKNOWN, "%s, the look-up of the name took too long",
                        "%s, имя ищется слишком долго", where);
    else if (link->wanted[0])
        turn_explain(link->wanted, where, failure);
    else
        failure_set(failure, ERR_CONNECT_TIMEOUT, "%s", where);
}
