#include "poll/native.h"

#include "base/time/clock.h"
#include "kkt/session.h"
#include "poll/runner.h"
#include "poll/suspects.h"
#include "poll/trace.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct native {
    struct snapshot *out;
    poll_done *done;
    void *user;
    struct runner *runner;
    struct kkt_ask ask;
    max_align_t session[];
};

static struct kkt_session *session_of(void *d)
{
    struct native *n = d;
    return (struct kkt_session *)(void *)n->session;
}

static void on_start(void *d, uint64_t now_ms)
{
    struct native *n = d;
    kkt_session_start(session_of(d), &n->ask, n->out, now_ms);
}

static size_t output(void *d, uint8_t *buf, size_t cap)
{
    return kkt_session_output(session_of(d), buf, cap);
}

static enum kkt_next input(void *d, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    struct native *n = d;
    enum kkt_next next = kkt_session_input(session_of(d), bytes, count, now_ms);
    if (n->out->clock_read_ms == 0 && snapshot_has(n->out, METRIC_device_time))
        n->out->clock_read_ms = clock_unix_ms();
    return next;
}

static enum kkt_next tick(void *d, uint64_t now_ms)
{
    return kkt_session_tick(session_of(d), now_ms);
}

static enum kkt_next link_lost(void *d, uint64_t now_ms)
{
    return kkt_session_link_lost(session_of(d), now_ms);
}

static enum kkt_next link_opened(void *d, uint64_t now_ms)
{
    return kkt_session_link_opened(session_of(d), now_ms);
}

static uint64_t wake_at(const void *d)
{
    const struct native *n = d;
    return kkt_session_wake_at((const struct kkt_session *)(const void *)n->session);
}

static bool recognised(const void *d)
{
    return ((const struct native *)d)->out->protocol != KKT_PROTOCOL_UNKNOWN;
}

static void on_done(uint32_t held_ms, void *user)
{
    struct native *n = user;
    struct snapshot *out = n->out;
    poll_done *done = n->done;
    void *caller = n->user;
    out->port_held_ms = held_ms;
    free(n);
    done(out, caller);
}

struct native *native_start(uv_loop_t *loop, const struct connect *connect, const struct poll_ask *ask,
                            uint32_t timeout_ms, struct snapshot *out, poll_done *done, void *user)
{
    static const struct runner_dialogue dialogue = {on_start,  output,      input,   tick,
                                                    link_lost, link_opened, wake_at, recognised};
    struct native *n = calloc(1, sizeof *n + kkt_session_size());
    if (!n)
        return NULL;
    uv_update_time(loop);
    n->out = out;
    n->done = done;
    n->user = user;
    n->ask.wanted = ask->wanted;
    n->ask.protocol = ask->protocol;
    memcpy(n->ask.password, ask->password, sizeof n->ask.password);
    n->ask.deadline_ms = uv_now(loop) + timeout_ms;
    n->ask.suspects = suspects_of;
    n->ask.suspects_user = (void *)(uintptr_t)ask;
    struct runner_ask runner = {.connect = connect,
                                .deadline_ms = n->ask.deadline_ms,
                                .dialogue = &dialogue,
                                .d = n,
                                .failure = &out->failure,
                                .name = ask->name,
                                .trace = ask->trace};
    memcpy(runner.password, ask->password, sizeof runner.password);
    (void)trace_add(ask->trace, TRACE_ATTEMPT, uv_now(loop), timeout_ms, connect->text, strlen(connect->text));
    n->runner = runner_start(loop, &runner, on_done, n);
    if (n->runner)
        return n;
    free(n);
    return NULL;
}

void native_cancel(struct native *n)
{
    runner_cancel(n->runner);
}
