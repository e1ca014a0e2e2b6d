#include "poll/runner.h"

#include "link/link.h"
#include "poll/stranger.h"
#include "poll/trace.h"

#include <stdlib.h>
#include <string.h>

/* A register that has just closed a connection may refuse the next one for a moment. */
#define REOPEN_PAUSE_MS 100

struct runner {
    uv_loop_t *loop;
    struct runner_ask ask;
    const struct runner_dialogue *dialogue;
    runner_done *done;
    void *user;
    struct link *link; /* NULL while closed */
    uv_timer_t timer;
    uint64_t held_since; /* uv_hrtime; 0: the port is not held */
    uint64_t held_ns;
    uint8_t first[STRANGER_BYTES_MAX]; /* what came before anything that a register says, over one connection */
    size_t first_count;
    bool first_is_whole; /* that connection is over */
    bool talking;        /* the dialogue has started */
    bool reopen;         /* open again once closed */
    bool finishing;      /* the result stands; only the link is still to be closed */
};

static void record(struct runner *r, enum trace_kind kind, const void *bytes, size_t count)
{
    (void)trace_add(r->ask.trace, kind, uv_now(r->loop), 0, bytes, count);
}

static void act(struct runner *r, enum kkt_next next);
static void explain_stranger(struct runner *r, enum kkt_next next);
static void open_link(struct runner *r);

static void timer_closed(uv_handle_t *handle)
{
    struct runner *r = handle->data;
    runner_done *done = r->done;
    void *user = r->user;
    uint32_t held_ms = (uint32_t)((r->held_ns + 500000) / 1000000);
    free(r);
    done(held_ms, user);
}

static void finish(struct runner *r)
{
    r->finishing = true;
    r->reopen = false;
    (void)uv_timer_stop(&r->timer);
    if (r->link)
        link_close(r->link);
    else if (!uv_is_closing((uv_handle_t *)&r->timer))
        uv_close((uv_handle_t *)&r->timer, timer_closed);
}

/* Neither a connection nor a reason for having none. */
static void report_not_opened(struct runner *r)
{
    if (r->link)
        link_explain_delay(r->link, r->ask.connect->text, r->ask.failure);
    else
        failure_set(r->ask.failure, ERR_CONNECT_TIMEOUT, "%s", r->ask.connect->text);
}

static void on_time(uv_timer_t *timer)
{
    struct runner *r = timer->data;
    uint64_t now = uv_now(r->loop);
    bool late = now >= r->ask.deadline_ms;
    if (!r->talking) {
        report_not_opened(r);
        finish(r);
        return;
    }
    if (r->reopen && !r->link && !late) {
        open_link(r);
        return;
    }
    record(r, TRACE_TIMER, NULL, 0);
    enum kkt_next next = r->dialogue->tick(r->ask.d, now);
    if (r->link)
        explain_stranger(r, next);
    act(r, next);
    if (late && !r->finishing) {
        /* The session's own promise; this is a second safeguard. */
        if (r->ask.failure->code == ERR_NONE)
            failure_set(r->ask.failure, ERR_NO_ANSWER, "%s", r->ask.connect->text);
        finish(r);
    }
}

static void set_timer(struct runner *r, uint64_t at)
{
    uint64_t now = uv_now(r->loop);
    if (at > r->ask.deadline_ms)
        at = r->ask.deadline_ms;
    (void)uv_timer_start(&r->timer, on_time, at > now ? at - now : 0, 0);
}

static void pump(struct runner *r)
{
    uint8_t bytes[1024];
    size_t count;
    while ((count = r->dialogue->output(r->ask.d, bytes, sizeof bytes)) > 0)
        if (r->link) {
            record(r, TRACE_SENT, bytes, count);
            link_write(r->link, bytes, count);
        }
}

static void act(struct runner *r, enum kkt_next next)
{
    if (r->finishing)
        return;
    pump(r);
    switch (next) {
    case KKT_NEXT_WAIT:
        set_timer(r, r->dialogue->wake_at(r->ask.d));
        break;
    case KKT_NEXT_RECONNECT:
        if (!r->dialogue->link_opened) {
            if (r->ask.failure->code == ERR_NONE)
                failure_set(r->ask.failure, ERR_CONNECTION_LOST, "%s", r->ask.connect->text);
            finish(r);
            break;
        }
        r->reopen = true;
        if (r->link)
            link_close(r->link);
        set_timer(r, r->link ? r->ask.deadline_ms : uv_now(r->loop) + REOPEN_PAUSE_MS);
        break;
    case KKT_NEXT_DONE:
        finish(r);
        break;
    }
}

static void on_opened(struct link *link, void *user)
{
    struct runner *r = user;
    (void)link;
    r->held_since = uv_hrtime();
    record(r, TRACE_OPENED, NULL, 0);
    if (r->talking) {
        r->reopen = false;
        act(r, r->dialogue->link_opened(r->ask.d, uv_now(r->loop)));
        return;
    }
    r->talking = true;
    r->dialogue->start(r->ask.d, uv_now(r->loop));
    act(r, KKT_NEXT_WAIT);
}

static void record_first_bytes(struct runner *r, const uint8_t *bytes, size_t count)
{
    bool wanted = !r->first_is_whole && !r->dialogue->recognised(r->ask.d);
    size_t room = wanted ? sizeof r->first - r->first_count : 0;
    size_t taken = count < room ? count : room;
    memcpy(r->first + r->first_count, bytes, taken);
    r->first_count += taken;
}

static void on_input(struct link *link, const uint8_t *bytes, size_t count, void *user)
{
    struct runner *r = user;
    (void)link;
    if (r->finishing || r->reopen)
        return;
    record_first_bytes(r, bytes, count);
    record(r, TRACE_RECEIVED, bytes, count);
    enum kkt_next next = r->dialogue->input(r->ask.d, bytes, count, uv_now(r->loop));
    explain_stranger(r, next);
    act(r, next);
}

/* A register and a converter serve one program at a time. Who comes second is turned away: the connection is accepted
 * and closed, or closed behind a text, or kept open behind one. True when the failure says so, or names the service. */
static bool was_rejected(struct runner *r, bool closed)
{
    char text[STRANGER_TEXT_MAX];
    const char *address = r->ask.connect->text;
    if (r->ask.connect->way != CONNECT_TCP || r->dialogue->recognised(r->ask.d))
        return false;
    if (r->first_count == 0)
        return closed &&
               !failure_explain(r->ask.failure, ERR_PORT_BUSY, "%s accepts a connection and closes it at once",
                                "%s принимает соединение и сразу закрывает", address);
    if (!stranger_text(r->first, r->first_count, closed, text))
        return false;
    if (stranger_is_service(text))
        return !failure_set(r->ask.failure, ERR_NOT_A_KKT, "%s: \"%s\"", address, text);
    if (!closed)
        return !failure_explain(r->ask.failure, ERR_PORT_BUSY, "%s answers \"%s\"", "%s отвечает «%s»", address, text);
    return !failure_explain(r->ask.failure, ERR_PORT_BUSY, "%s answers \"%s\" and closes the connection",
                            "%s отвечает «%s» и закрывает соединение", address, text);
}

/* A dialogue that ended over an open link knows bytes, no texts. */
static void explain_stranger(struct runner *r, enum kkt_next next)
{
    enum error_code code = r->ask.failure->code;
    if (next == KKT_NEXT_DONE && !r->finishing && (code == ERR_NOT_A_KKT || code == ERR_LINE_NOISE))
        (void)was_rejected(r, false);
}

static void on_failed(struct link *link, const struct failure *failure, void *user)
{
    struct runner *r = user;
    (void)link;
    if (r->finishing)
        return;
    if (!r->talking) {
        *r->ask.failure = *failure;
        finish(r);
        return;
    }
    record(r, TRACE_LOST, NULL, 0);
    r->first_is_whole = r->first_count > 0;
    enum kkt_next next = r->dialogue->link_lost(r->ask.d, uv_now(r->loop));
    /* A session does not know why the link went down, nor what a text means. */
    enum error_code code = next == KKT_NEXT_DONE ? r->ask.failure->code : ERR_NONE;
    if (code == ERR_CONNECTION_LOST || code == ERR_NOT_A_KKT || code == ERR_LINE_NOISE) {
        bool rejected = failure->code == ERR_CONNECTION_LOST && was_rejected(r, true);
        if (!rejected && code == ERR_CONNECTION_LOST)
            *r->ask.failure = *failure;
    }
    act(r, next == KKT_NEXT_WAIT ? KKT_NEXT_RECONNECT : next);
}

static void on_closed(void *user)
{
    struct runner *r = user;
    r->link = NULL;
    record(r, TRACE_CLOSED, NULL, 0);
    if (r->held_since)
        r->held_ns += uv_hrtime() - r->held_since;
    r->held_since = 0;
    if (r->finishing)
        finish(r);
    else
        set_timer(r, uv_now(r->loop) + REOPEN_PAUSE_MS);
}

static void open_link(struct runner *r)
{
    static const struct link_handlers handlers = {on_opened, on_input, on_failed, on_closed};
    r->link = link_open(r->loop, r->ask.connect, r->ask.deadline_ms, &handlers, r, r->ask.failure);
    if (!r->link) {
        finish(r);
        return;
    }
    link_set_log(r->link, r->ask.name, r->ask.password);
    set_timer(r, r->ask.deadline_ms);
}

struct runner *runner_start(uv_loop_t *loop, const struct runner_ask *ask, runner_done *done, void *user)
{
    struct runner *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->loop = loop;
    r->ask = *ask;
    r->dialogue = ask->dialogue;
    r->done = done;
    r->user = user;
    /* Neither can fail: the timer is ours. */
    (void)uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    open_link(r);
    return r;
}

void runner_cancel(struct runner *r)
{
    if (r->finishing)
        return;
    if (r->ask.failure->code == ERR_NONE)
        failure_set(r->ask.failure, ERR_CANCELLED, "%s", r->ask.connect->text);
    finish(r);
}
