#include "link/link.h"

#include "base/log.h"
#include "base/text.h"
#include "link/backend.h"

#include <stdlib.h>
#include <string.h>

static void on_start(uv_timer_t *timer)
{
    struct link *link = timer->data;
    link->started = true;
    link->backend->start(link);
}

struct link *link_open(uv_loop_t *loop, const struct connect *connect, uint64_t deadline_ms,
                       const struct link_handlers *handlers, void *user, struct failure *failure)
{
    const struct link_backend *backend = connect->way == CONNECT_TCP ? &link_tcp : &link_serial;
    struct link *link = calloc(1, backend->size);
    if (!link) {
        failure_explain(failure, ERR_NO_MEMORY, "a link of %zu bytes", "соединение, байт: %zu", backend->size);
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
