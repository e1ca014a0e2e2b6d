/* Many polls at once, and one, for programs that do nothing else (base/process/once.h). */
#include "base/process/once.h"
#include "base/time/clock.h"
#include "poll/poll.h"

#include <stdlib.h>

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
    uv_loop_t *loop;
    struct once *once;
    unsigned count, next, running, drivers, drivers_max, slots;
    poll_many_ask *ask;
    poll_many_done *done;
    void *user;
    struct slot slot[];
};

static void start_more(struct many *m);

static void cancel(void *user)
{
    struct many *m = user;
    for (unsigned i = 0; i < m->slots; i++)
        if (m->slot[i].poll)
            poll_cancel(m->slot[i].poll);
}

static void on_done(struct snapshot *out, void *user)
{
    struct slot *slot = user;
    struct many *m = slot->many;
    const struct connect *used = poll_connect(slot->poll);
    slot->poll = NULL;
    m->running--;
    m->drivers -= slot->driver;
    m->done(slot->index, used, out, m->user);
    start_more(m);
}

/* What could not even begin. */
static void fail_slot(struct slot *slot, enum error_code code)
{
    snapshot_clear(&slot->out);
    slot->out.polled_ms = clock_unix_ms();
    failure_set(&slot->out.failure, code, "%s", slot->ask.connect->text);
    slot->many->done(slot->index, slot->ask.connect, &slot->out, slot->many->user);
}

static struct slot *free_slot(struct many *m)
{
    for (unsigned i = 0; i < m->slots; i++)
        if (!m->slot[i].poll)
            return &m->slot[i];
    return NULL;
}

/* Registers are asked in their order; one for the driver waits for its turn, and the rest behind it. */
static void start_more(struct many *m)
{
    struct slot *slot;
    while (m->next < m->count && (slot = free_slot(m)) != NULL) {
        slot->index = m->next;
        m->ask(slot->index, &slot->ask, m->user);
        slot->driver = connect_needs_driver(slot->ask.connect);
        if (slot->driver && m->drivers >= m->drivers_max)
            break;
        m->next++;
        if (once_was_interrupted()) {
            fail_slot(slot, ERR_CANCELLED);
            continue;
        }
        slot->poll = poll_start(m->loop, &slot->ask, &slot->out, on_done, slot);
        if (!slot->poll) {
            fail_slot(slot, ERR_NO_MEMORY);
            continue;
        }
        m->running++;
        m->drivers += slot->driver;
    }
    if (m->running == 0)
        once_done(m->once);
}

static bool start(uv_loop_t *loop, struct once *once, void *user)
{
    struct many *m = user;
    m->loop = loop;
    m->once = once;
    start_more(m);
    return true;
}

static bool run_many(const struct many *wanted, unsigned at_once, struct failure *failure)
{
    unsigned most = at_once < wanted->count ? at_once : wanted->count, slots = most ? most : 1;
    struct many *m = calloc(1, sizeof *m + slots * sizeof m->slot[0]);
    if (!m)
        return failure_set(failure, ERR_NO_MEMORY, "%u", slots);
    *m = *wanted;
    m->slots = slots;
    for (unsigned i = 0; i < slots; i++)
        m->slot[i].many = m;
    struct once_task task = {start, cancel, m};
    bool ran = once_run(&task, failure);
    free(m);
    return ran;
}

bool poll_many(unsigned count, unsigned at_once, unsigned drivers, poll_many_ask *ask, poll_many_done *done, void *user)
{
    struct many wanted = {.count = count, .drivers_max = drivers ? drivers : 1, .ask = ask, .done = done, .user = user};
    return run_many(&wanted, at_once, NULL);
}

struct one {
    const struct poll_ask *ask;
    struct snapshot *out;
    const struct connect *used; /* held */
};

static void ask_once(unsigned index, struct poll_ask *to, void *user)
{
    (void)index;
    *to = *((struct one *)user)->ask;
}

static void done_once(unsigned index, const struct connect *used, struct snapshot *s, void *user)
{
    struct one *one = user;
    (void)index;
    *one->out = *s;
    one->used = connect_hold(used);
}

const struct connect *poll_once(const struct poll_ask *ask, struct snapshot *out)
{
    struct one one = {ask, out, NULL};
    struct many wanted = {.count = 1, .drivers_max = 1, .ask = ask_once, .done = done_once, .user = &one};
    snapshot_clear(out);
    out->polled_ms = clock_unix_ms();
    (void)run_many(&wanted, 1, &out->failure);
    return one.used ? one.used : connect_hold(ask->connect);
}
