#include "poll/native.h"

#include "base/clock.h"
#include "kkt/session.h"
#include "link/link.h"
#include "poll/suspects.h"
#include "poll/trace.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A register that has just closed a connection may refuse the next one for a moment. */
#define REOPEN_PAUSE_MS 100

struct native {
    uv_loop_t *loop;
    const struct connect *connect;
    struct snapshot *out;
    poll_done *done;
    void *user;
    struct link *link; /* NULL while closed */
    uv_timer_t timer;
    const struct poll_ask *asked;
    struct kkt_ask ask;
    uint64_t held_since; /* uv_hrtime; 0: the port is not held */
    uint64_t held_ns;
    uint8_t first[48]; /* what came before anything that a register says */
    size_t first_count;
    bool talking;   /* the session has started */
    bool reopen;    /* open again once closed */
    bool finishing; /* the result stands; only the link is still to be closed */
    max_align_t session[];
};

static struct kkt_session *session_of(struct native *n)
{
    return (struct kkt_session *)(void *)n->session;
}

static void record(struct native *n, enum trace_kind kind, const void *bytes, size_t count)
{
    (void)trace_add(n->asked->trace, kind, uv_now(n->loop), 0, bytes, count);
}

static void act(struct native *n, enum kkt_next next);
static void open_link(struct native *n);

static void timer_closed(uv_handle_t *handle)
{
    struct native *n = handle->data;
    poll_done *done = n->done;
    struct snapshot *out = n->out;
    void *user = n->user;
    out->port_held_ms = (uint32_t)((n->held_ns + 500000) / 1000000);
    free(n);
    done(out, user);
}

static void finish(struct native *n)
{
    n->finishing = true;
    n->reopen = false;
    (void)uv_timer_stop(&n->timer);
    if (n->link)
        link_close(n->link);
    else if (!uv_is_closing((uv_handle_t *)&n->timer))
        uv_close((uv_handle_t *)&n->timer, timer_closed);
}

/* Neither a connection nor a reason for having none. */
static void report_not_opened(struct native *n)
{
    if (n->link)
        link_explain_delay(n->link, n->connect->text, &n->out->failure);
    else
        failure_set(&n->out->failure, ERR_CONNECT_TIMEOUT, "%s", n->connect->text);
}

static void on_time(uv_timer_t *timer)
{
    struct native *n = timer->data;
    uint64_t now = uv_now(n->loop);
    bool late = now >= n->ask.deadline_ms;
    if (!n->talking) {
        report_not_opened(n);
        finish(n);
        return;
    }
    if (n->reopen && !n->link && !late) {
        open_link(n);
        return;
    }
    record(n, TRACE_TIMER, NULL, 0);
    act(n, kkt_session_tick(session_of(n), now));
    if (late && !n->finishing) {
        /* The session's own promise; this is the belt to its braces. */
        if (n->out->failure.code == ERR_NONE)
            failure_set(&n->out->failure, ERR_NO_ANSWER, "%s", n->connect->text);
        finish(n);
    }
}

static void set_timer(struct native *n, uint64_t at)
{
    uint64_t now = uv_now(n->loop);
    if (at > n->ask.deadline_ms)
        at = n->ask.deadline_ms;
    (void)uv_timer_start(&n->timer, on_time, at > now ? at - now : 0, 0);
}

static void pump(struct native *n)
{
    uint8_t bytes[1024];
    size_t count;
    while ((count = kkt_session_output(session_of(n), bytes, sizeof bytes)) > 0)
        if (n->link) {
            record(n, TRACE_SENT, bytes, count);
            link_write(n->link, bytes, count);
        }
}

static void act(struct native *n, enum kkt_next next)
{
    if (n->finishing)
        return;
    pump(n);
    switch (next) {
    case KKT_NEXT_WAIT:
        set_timer(n, kkt_session_wake_at(session_of(n)));
        break;
    case KKT_NEXT_RECONNECT:
        n->reopen = true;
        if (n->link)
            link_close(n->link);
        set_timer(n, n->link ? n->ask.deadline_ms : uv_now(n->loop) + REOPEN_PAUSE_MS);
        break;
    case KKT_NEXT_DONE:
        finish(n);
        break;
    }
}

static void note_clock(struct native *n)
{
    if (n->out->clock_read_ms == 0 && snapshot_has(n->out, METRIC_device_time))
        n->out->clock_read_ms = clock_unix_ms();
}

static void on_opened(struct link *link, void *user)
{
    struct native *n = user;
    (void)link;
    n->held_since = uv_hrtime();
    record(n, TRACE_OPENED, NULL, 0);
    if (n->talking) {
        n->reopen = false;
        act(n, kkt_session_link_opened(session_of(n), uv_now(n->loop)));
        return;
    }
    n->talking = true;
    kkt_session_start(session_of(n), &n->ask, n->out, uv_now(n->loop));
    act(n, KKT_NEXT_WAIT);
}

static void note_first(struct native *n, const uint8_t *bytes, size_t count)
{
    size_t room = n->out->protocol == KKT_PROTOCOL_UNKNOWN ? sizeof n->first - n->first_count : 0;
    size_t taken = count < room ? count : room;
    memcpy(n->first + n->first_count, bytes, taken);
    n->first_count += taken;
}

static void on_input(struct link *link, const uint8_t *bytes, size_t count, void *user)
{
    struct native *n = user;
    (void)link;
    if (n->finishing || n->reopen)
        return;
    note_first(n, bytes, count);
    record(n, TRACE_RECEIVED, bytes, count);
    enum kkt_next next = kkt_session_input(session_of(n), bytes, count, uv_now(n->loop));
    note_clock(n);
    act(n, next);
}

/* The first line of a text that came; false when it is none. */
static bool first_text(const struct native *n, char *text)
{
    size_t length = 0;
    while (length < n->first_count && n->first[length] >= 0x20 && n->first[length] < 0x7F) {
        text[length] = (char)n->first[length];
        length++;
    }
    text[length] = '\0';
    return length > 0 && (length == n->first_count || n->first[length] == '\r' || n->first[length] == '\n');
}

/* A register and a converter serve one program at a time. Who comes second is turned away: the connection is accepted
 * and closed, or closed behind a text. */
static bool was_turned_away(struct native *n)
{
    static const char *const other_services[] = {"HTTP/", "SSH-", "220 ", "RFB "};
    char text[sizeof n->first + 1];
    if (n->connect->way != CONNECT_TCP || n->out->protocol != KKT_PROTOCOL_UNKNOWN)
        return false;
    if (n->first_count == 0)
        return !failure_explain(&n->out->failure, ERR_PORT_BUSY, "%s accepts a connection and closes it at once",
                                "%s принимает соединение и сразу закрывает", n->connect->text);
    if (!first_text(n, text))
        return false;
    for (unsigned i = 0; i < sizeof other_services / sizeof other_services[0]; i++)
        if (strncmp(text, other_services[i], strlen(other_services[i])) == 0)
            return !failure_set(&n->out->failure, ERR_NOT_A_KKT, "%s: \"%s\"", n->connect->text, text);
    return !failure_explain(&n->out->failure, ERR_PORT_BUSY, "%s answers \"%s\" and closes the connection",
                            "%s отвечает «%s» и закрывает соединение", n->connect->text, text);
}

static void on_failed(struct link *link, const struct failure *failure, void *user)
{
    struct native *n = user;
    (void)link;
    if (n->finishing)
        return;
    if (!n->talking) {
        n->out->failure = *failure;
        finish(n);
        return;
    }
    record(n, TRACE_LOST, NULL, 0);
    enum kkt_next next = kkt_session_link_lost(session_of(n), uv_now(n->loop));
    /* A session does not know why the link went down. */
    if (next == KKT_NEXT_DONE && n->out->failure.code == ERR_CONNECTION_LOST &&
        (failure->code != ERR_CONNECTION_LOST || !was_turned_away(n)))
        n->out->failure = *failure;
    act(n, next == KKT_NEXT_WAIT ? KKT_NEXT_RECONNECT : next);
}

static void on_closed(void *user)
{
    struct native *n = user;
    n->link = NULL;
    record(n, TRACE_CLOSED, NULL, 0);
    if (n->held_since)
        n->held_ns += uv_hrtime() - n->held_since;
    n->held_since = 0;
    if (n->finishing)
        finish(n);
    else
        set_timer(n, uv_now(n->loop) + REOPEN_PAUSE_MS);
}

static void open_link(struct native *n)
{
    static const struct link_handlers handlers = {on_opened, on_input, on_failed, on_closed};
    n->link = link_open(n->loop, n->connect, n->ask.deadline_ms, &handlers, n, &n->out->failure);
    if (n->link) {
        link_set_log(n->link, n->asked->name, n->ask.password);
        set_timer(n, n->ask.deadline_ms);
    } else
        finish(n);
}

struct native *native_start(uv_loop_t *loop, const struct connect *connect, const struct poll_ask *ask,
                            uint32_t timeout_ms, struct snapshot *out, poll_done *done, void *user)
{
    size_t size = sizeof(struct native) + kkt_session_size();
    struct native *n = calloc(1, size);
    if (!n)
        return NULL;
    uv_update_time(loop);
    n->loop = loop;
    n->connect = connect;
    n->out = out;
    n->done = done;
    n->user = user;
    n->asked = ask;
    n->ask.wanted = ask->wanted;
    n->ask.protocol = ask->protocol;
    memcpy(n->ask.password, ask->password, sizeof n->ask.password);
    n->ask.deadline_ms = uv_now(loop) + timeout_ms;
    n->ask.suspects = suspects_of;
    n->ask.suspects_user = (void *)(uintptr_t)ask;
    (void)uv_timer_init(loop, &n->timer);
    n->timer.data = n;
    (void)trace_add(ask->trace, TRACE_ATTEMPT, uv_now(loop), timeout_ms, connect->text, strlen(connect->text));
    open_link(n);
    return n;
}

void native_cancel(struct native *n)
{
    if (n->finishing)
        return;
    if (n->out->failure.code == ERR_NONE)
        failure_set(&n->out->failure, ERR_CANCELLED, "%s", n->connect->text);
    finish(n);
}
