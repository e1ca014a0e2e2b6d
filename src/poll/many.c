/* Polls for programs that do nothing else: a loop of its own, so many at once; a signal ends the polls, not the
 * program, so that there is a document and the till's own program is started. */
#include "base/clock.h"
#include "poll/poll.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const int endings[] = {SIGINT, SIGTERM};
#define ENDINGS (sizeof endings / sizeof endings[0])

static int ended_by; /* the signal that cancelled a poll; 0: none */

struct many;

/* One of the polls that run at the same time. */
struct slot {
    struct many *many;
    struct poll *poll; /* NULL: the slot is free */
    unsigned index;
    bool driver;
    struct poll_ask ask;
    struct snapshot out;
};

struct many {
    uv_loop_t loop;
    uv_signal_t signals[ENDINGS];
    unsigned count, next, running, drivers, drivers_max, slots;
    poll_many_ask *ask;
    poll_many_done *done;
    void *user;
    struct slot slot[];
};

static void start_more(struct many *m);

static void on_signal(uv_signal_t *handle, int number)
{
    struct many *m = handle->data;
    ended_by = number;
    for (unsigned i = 0; i < m->slots; i++)
        if (m->slot[i].poll)
            poll_cancel(m->slot[i].poll);
}

static void on_done(struct snapshot *out, void *user)
{
    struct slot *slot = user;
    struct many *m = slot->many;
    struct connect used = *poll_connect(slot->poll);
    slot->poll = NULL;
    m->running--;
    m->drivers -= slot->driver;
    m->done(slot->index, &used, out, m->user);
    start_more(m);
}

/* What could not even begin. */
static void fail_slot(struct slot *slot, enum error_code code)
{
    snapshot_clear(&slot->out);
    slot->out.polled_ms = clock_unix_ms();
    failure_set(&slot->out.failure, code, "%s", slot->ask.connect.text);
    slot->many->done(slot->index, &slot->ask.connect, &slot->out, slot->many->user);
}

static struct slot *free_slot(struct many *m)
{
    for (unsigned i = 0; i < m->slots; i++)
        if (!m->slot[i].poll)
            return &m->slot[i];
    return NULL;
}

static void stop(struct many *m)
{
    for (unsigned i = 0; i < ENDINGS; i++)
        if (!uv_is_closing((uv_handle_t *)&m->signals[i]))
            uv_close((uv_handle_t *)&m->signals[i], NULL);
    uv_stop(&m->loop);
}

/* Registers are asked in their order; one for the driver waits for its turn, and the rest behind it. */
static void start_more(struct many *m)
{
    struct slot *slot;
    while (m->next < m->count && (slot = free_slot(m)) != NULL) {
        slot->index = m->next;
        m->ask(slot->index, &slot->ask, m->user);
        slot->driver = slot->ask.connect.way == CONNECT_DRIVER || slot->ask.connect.way == CONNECT_AUTO;
        if (slot->driver && m->drivers >= m->drivers_max)
            break;
        m->next++;
        if (ended_by) {
            fail_slot(slot, ERR_CANCELLED);
            continue;
        }
        slot->poll = poll_start(&m->loop, &slot->ask, &slot->out, on_done, slot);
        if (!slot->poll) {
            fail_slot(slot, ERR_NO_MEMORY);
            continue;
        }
        m->running++;
        m->drivers += slot->driver;
    }
    if (m->running == 0)
        stop(m);
}

static struct many *make(unsigned at_once)
{
    /* Not on the stack: a lookup of a name that nobody answers keeps its loop (link_lookups_pending). */
    struct many *m = calloc(1, sizeof *m + at_once * sizeof m->slot[0]);
    if (m && uv_loop_init(&m->loop) != 0) {
        free(m);
        return NULL;
    }
    return m;
}

static void watch_signals(struct many *m)
{
    for (unsigned i = 0; i < ENDINGS; i++) {
        (void)uv_signal_init(&m->loop, &m->signals[i]);
        m->signals[i].data = m;
        (void)uv_signal_start(&m->signals[i], on_signal, endings[i]);
    }
}

bool poll_many(unsigned count, unsigned at_once, unsigned drivers, poll_many_ask *ask, poll_many_done *done, void *user)
{
    unsigned slots = at_once < count ? at_once : count;
    struct many *m = make(slots ? slots : 1);
    if (!m)
        return false;
    m->count = count;
    m->slots = slots ? slots : 1;
    m->drivers_max = drivers ? drivers : 1;
    m->ask = ask;
    m->done = done;
    m->user = user;
    for (unsigned i = 0; i < m->slots; i++)
        m->slot[i].many = m;
    watch_signals(m);
    start_more(m);
    (void)uv_run(&m->loop, UV_RUN_DEFAULT);
    /* The closing of the signals takes one more turn. */
    (void)uv_run(&m->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&m->loop) == 0)
        free(m);
    return true;
}

struct once {
    const struct poll_ask *ask;
    struct snapshot *out;
    struct connect *used;
};

static void ask_once(unsigned index, struct poll_ask *to, void *user)
{
    (void)index;
    *to = *((struct once *)user)->ask;
}

static void done_once(unsigned index, const struct connect *used, struct snapshot *s, void *user)
{
    struct once *once = user;
    (void)index;
    *once->out = *s;
    if (once->used)
        *once->used = *used;
}

void poll_once(const struct poll_ask *ask, struct snapshot *out, struct connect *used)
{
    struct once once = {ask, out, used};
    if (used)
        *used = ask->connect;
    snapshot_clear(out);
    out->polled_ms = clock_unix_ms();
    if (!poll_many(1, 1, 1, ask_once, done_once, &once))
        failure_set(&out->failure, ERR_NO_MEMORY, "%s", ask->connect.text);
}

bool poll_was_interrupted(void)
{
    return ended_by != 0;
}

void poll_end_by_signal(void)
{
#ifndef _WIN32
    if (ended_by == 0)
        return;
    (void)fflush(NULL);
    (void)signal(ended_by, SIG_DFL);
    (void)raise(ended_by);
#endif
}
