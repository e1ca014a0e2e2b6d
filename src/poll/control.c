#include "poll/control.h"

#include "base/process/once.h"
#include "driver/worker.h"
#include "poll/runner.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A register takes one connection at a time and notices the end of the last one only after a moment; the caller has
 * just looked at it, and will look again. */
#define SETTLE_MS 150

/* One action at one register, natively or through the driver. */
struct control {
    const struct poll_ask *ask;
    enum kkt_control_action action;
    const struct civil *clock;
    struct failure *result;
    struct once *once;
    uv_loop_t *loop;
    uv_timer_t timer; /* the settling before and after */
    bool over;        /* `result` stands */
    struct kkt_control_ask order;
    struct runner *runner;
    struct worker *worker;
    struct snapshot *out; /* of the driver's process */
    max_align_t dialogue[];
};

static struct kkt_control *dialogue_of(void *d)
{
    struct control *c = d;
    return (struct kkt_control *)(void *)c->dialogue;
}

static void on_start(void *d, uint64_t now_ms)
{
    struct control *c = d;
    kkt_control_start(dialogue_of(d), &c->order, c->result, now_ms);
}

static size_t output(void *d, uint8_t *buf, size_t cap)
{
    return kkt_control_output(dialogue_of(d), buf, cap);
}

static enum kkt_next input(void *d, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    return kkt_control_input(dialogue_of(d), bytes, count, now_ms);
}

static enum kkt_next tick(void *d, uint64_t now_ms)
{
    return kkt_control_tick(dialogue_of(d), now_ms);
}

static enum kkt_next link_lost(void *d, uint64_t now_ms)
{
    return kkt_control_link_lost(dialogue_of(d), now_ms);
}

static uint64_t wake_at(const void *d)
{
    const struct control *c = d;
    return kkt_control_wake_at((const struct kkt_control *)(const void *)c->dialogue);
}

/* The caller has just read it. */
static bool recognised(const void *d)
{
    (void)d;
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    once_done(((struct control *)handle->data)->once);
}

static void on_settled(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_closed);
}

static void on_done(uint32_t held_ms, void *user)
{
    struct control *c = user;
    (void)held_ms;
    c->runner = NULL;
    c->over = true;
    (void)uv_timer_start(&c->timer, on_settled, SETTLE_MS, 0);
}

/* A command is never sent a second time over a new connection: it may have been done. */
static void on_begin(uv_timer_t *timer)
{
    static const struct runner_dialogue dialogue = {on_start,  output, input,   tick,
                                                    link_lost, NULL,   wake_at, recognised};
    struct control *c = timer->data;
    struct runner_ask ask = {.connect = c->ask->connect,
                             .deadline_ms = c->order.deadline_ms,
                             .dialogue = &dialogue,
                             .d = c,
                             .failure = c->result,
                             .name = c->ask->name};
    memcpy(ask.password, c->ask->password, sizeof ask.password);
    c->runner = runner_start(c->loop, &ask, on_done, c);
    if (c->runner)
        return;
    failure_set(c->result, ERR_NO_MEMORY, "%s", c->ask->connect->text);
    uv_close((uv_handle_t *)timer, on_closed);
}

static void on_worker(struct snapshot *out, void *user)
{
    struct control *c = user;
    *c->result = out->failure;
    once_done(c->once);
}

static bool start(uv_loop_t *loop, struct once *once, void *user)
{
    struct control *c = user;
    c->once = once;
    c->loop = loop;
    uv_update_time(loop);
    if (c->ask->connect->way == CONNECT_DRIVER) {
        struct worker_ask order;
        poll_worker_ask(c->ask, c->ask->connect, c->ask->timeout_ms, &order);
        c->worker = worker_control_start(loop, &order, c->action, c->clock, c->out, on_worker, c);
        return c->worker != NULL;
    }
    c->order.deadline_ms = uv_now(loop) + SETTLE_MS + c->ask->timeout_ms;
    (void)uv_timer_init(loop, &c->timer);
    c->timer.data = c;
    (void)uv_timer_start(&c->timer, on_begin, SETTLE_MS, 0);
    return true;
}

static void cancel(void *user)
{
    struct control *c = user;
    if (c->worker) {
        worker_cancel(c->worker);
    } else if (c->runner) {
        runner_cancel(c->runner);
    } else if (!uv_is_closing((uv_handle_t *)&c->timer)) {
        if (!c->over)
            failure_set(c->result, ERR_CANCELLED, "%s", c->ask->connect->text);
        uv_close((uv_handle_t *)&c->timer, on_closed);
    }
}

void control_once(const struct poll_ask *ask, enum kkt_protocol protocol, enum kkt_control_action action,
                  const struct civil *clock, struct failure *result)
{
    struct control *c = calloc(1, sizeof *c + kkt_control_size());
    struct snapshot *out = calloc(1, sizeof *out);
    struct once_task task = {start, cancel, c};
    failure_clear(result);
    if (!c || !out) {
        free(c);
        free(out);
        failure_set(result, ERR_NO_MEMORY, "%s", ask->connect->text);
        return;
    }
    *c = (struct control){.ask = ask, .action = action, .clock = clock, .result = result, .out = out};
    c->order.action = action;
    c->order.protocol = protocol;
    memcpy(c->order.password, ask->password, sizeof c->order.password);
    if (clock)
        c->order.clock = *clock;
    (void)once_run(&task, result);
    free(out);
    free(c);
}
