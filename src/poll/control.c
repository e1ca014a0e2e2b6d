#include "poll/control.h"

#include "driver/worker.h"
#include "link/link.h"

#include <stdlib.h>
#include <string.h>

/* A register takes one connection at a time and notices the end of the last one only after a moment; the caller has
 * just looked at it, and will look again. */
#define SETTLE_MS 150

struct control {
    uv_loop_t *loop;
    const struct connect *connect;
    struct link *link;
    uv_timer_t timer;
    struct kkt_control_ask ask;
    struct kkt_control *dialogue; /* owned */
    struct failure *result;
    bool talking, done;
};

static void act(struct control *c, enum kkt_next next);

static void on_settled(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, NULL);
}

static void on_closed(void *user)
{
    struct control *c = user;
    c->link = NULL;
    (void)uv_timer_start(&c->timer, on_settled, SETTLE_MS, 0);
}

static void finish(struct control *c)
{
    if (c->done)
        return;
    c->done = true;
    (void)uv_timer_stop(&c->timer);
    link_close(c->link);
}

static void on_time(uv_timer_t *timer)
{
    struct control *c = timer->data;
    if (!c->talking) {
        link_explain_delay(c->link, c->connect->text, c->result);
        finish(c);
        return;
    }
    act(c, kkt_control_tick(c->dialogue, uv_now(c->loop)));
    if (!c->done && uv_now(c->loop) >= c->ask.deadline_ms) {
        failure_set(c->result, ERR_NO_ANSWER, "%s", c->connect->text);
        finish(c);
    }
}

static void set_timer(struct control *c, uint64_t at)
{
    uint64_t now = uv_now(c->loop);
    if (at > c->ask.deadline_ms)
        at = c->ask.deadline_ms;
    (void)uv_timer_start(&c->timer, on_time, at > now ? at - now : 0, 0);
}

static void act(struct control *c, enum kkt_next next)
{
    uint8_t bytes[512];
    size_t count;
    if (c->done)
        return;
    while ((count = kkt_control_output(c->dialogue, bytes, sizeof bytes)) > 0)
        link_write(c->link, bytes, count);
    if (next == KKT_NEXT_WAIT) {
        set_timer(c, kkt_control_wake_at(c->dialogue));
        return;
    }
    /* A command is never sent a second time over a new connection: it may have been done. */
    if (next == KKT_NEXT_RECONNECT && c->result->code == ERR_NONE)
        failure_set(c->result, ERR_CONNECTION_LOST, "%s", c->connect->text);
    finish(c);
}

static void on_opened(struct link *link, void *user)
{
    struct control *c = user;
    (void)link;
    c->talking = true;
    kkt_control_start(c->dialogue, &c->ask, c->result, uv_now(c->loop));
    act(c, KKT_NEXT_WAIT);
}

static void on_input(struct link *link, const uint8_t *bytes, size_t count, void *user)
{
    struct control *c = user;
    (void)link;
    if (!c->done)
        act(c, kkt_control_input(c->dialogue, bytes, count, uv_now(c->loop)));
}

static void on_failed(struct link *link, const struct failure *failure, void *user)
{
    struct control *c = user;
    (void)link;
    if (c->done)
        return;
    if (!c->talking) {
        *c->result = *failure;
        finish(c);
        return;
    }
    enum kkt_next next = kkt_control_link_lost(c->dialogue, uv_now(c->loop));
    act(c, next == KKT_NEXT_WAIT ? KKT_NEXT_RECONNECT : next);
}

static void on_start(uv_timer_t *timer)
{
    static const struct link_handlers handlers = {on_opened, on_input, on_failed, on_closed};
    struct control *c = timer->data;
    c->link = link_open(c->loop, c->connect, c->ask.deadline_ms, &handlers, c, c->result);
    if (c->link)
        set_timer(c, c->ask.deadline_ms);
    else
        uv_close((uv_handle_t *)timer, NULL);
}

static void on_worker(struct snapshot *out, void *user)
{
    struct failure *result = user;
    *result = out->failure;
}

static void through_driver(uv_loop_t *loop, const struct poll_ask *ask, enum kkt_control_action action,
                           const struct civil *clock, struct failure *result)
{
    struct snapshot *out = calloc(1, sizeof *out);
    struct worker_ask order;
    poll_worker_ask(ask, &ask->connect, ask->timeout_ms, &order);
    if (!out || !worker_control_start(loop, &order, action, clock, out, on_worker, result))
        failure_set(result, ERR_NO_MEMORY, "the driver's process");
    else
        (void)uv_run(loop, UV_RUN_DEFAULT);
    free(out);
}

static void natively(uv_loop_t *loop, const struct poll_ask *ask, enum kkt_protocol protocol,
                     enum kkt_control_action action, const struct civil *clock, struct failure *result)
{
    struct control c = {.loop = loop, .connect = &ask->connect, .result = result};
    c.dialogue = calloc(1, kkt_control_size());
    if (!c.dialogue) {
        failure_set(result, ERR_NO_MEMORY, "the dialogue");
        return;
    }
    c.ask.action = action;
    c.ask.protocol = protocol;
    memcpy(c.ask.password, ask->password, sizeof c.ask.password);
    if (clock)
        c.ask.clock = *clock;
    c.ask.deadline_ms = uv_now(loop) + SETTLE_MS + ask->timeout_ms;
    (void)uv_timer_init(loop, &c.timer);
    c.timer.data = &c;
    (void)uv_timer_start(&c.timer, on_start, SETTLE_MS, 0);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    free(c.dialogue);
}

void control_once(const struct poll_ask *ask, enum kkt_protocol protocol, enum kkt_control_action action,
                  const struct civil *clock, struct failure *result)
{
    uv_loop_t loop;
    failure_clear(result);
    if (uv_loop_init(&loop) != 0) {
        failure_set(result, ERR_NO_MEMORY, "a loop");
        return;
    }
    if (ask->connect.way == CONNECT_DRIVER)
        through_driver(&loop, ask, action, clock, result);
    else
        natively(&loop, ask, protocol, action, clock, result);
    (void)uv_loop_close(&loop);
}
