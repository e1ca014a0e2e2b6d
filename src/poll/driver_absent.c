/* Stands in until fptr/ and poll/worker.c are part of the build: every driver: address is refused with a sentence. */
#include "fptr/fptr.h"
#include "poll/worker.h"

#include <stdlib.h>

struct worker {
    uv_timer_t timer;
    struct snapshot *out;
    poll_done *done;
    void *user;
};

static void on_closed(uv_handle_t *handle)
{
    struct worker *w = handle->data;
    poll_done *done = w->done;
    struct snapshot *out = w->out;
    void *user = w->user;
    free(w);
    done(out, user);
}

struct worker *worker_start(uv_loop_t *loop, const struct poll_ask *ask, struct snapshot *out, poll_done *done,
                            void *user)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->out = out;
    w->done = done;
    w->user = user;
    failure_set(&out->failure, ERR_DRIVER_MISSING, "%s (this build reads no driver)", ask->connect.text);
    (void)uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    uv_close((uv_handle_t *)&w->timer, on_closed);
    return w;
}

void worker_cancel(struct worker *worker)
{
    (void)worker;
}

bool fptr_metric_source(enum metric m, char *buf, size_t cap)
{
    (void)m;
    (void)buf;
    (void)cap;
    return false;
}
