#include "driver/describe.h"

#include "base/process/once.h"

#include <stdlib.h>

struct description {
    const struct worker_ask *ask;
    struct fptr_driver *driver;
    struct snapshot *out;
    struct worker *worker;
    struct once *once;
};

static void on_described(struct snapshot *out, void *user)
{
    (void)out;
    once_done(((struct description *)user)->once);
}

static bool start_description(uv_loop_t *loop, struct once *once, void *user)
{
    struct description *d = user;
    d->once = once;
    d->worker = worker_describe_start(loop, d->ask, d->driver, d->out, on_described, d);
    return d->worker != NULL;
}

static void cancel_description(void *user)
{
    worker_cancel(((struct description *)user)->worker);
}

void driver_describe(const struct worker_ask *ask, struct fptr_driver *driver, struct failure *failure)
{
    struct snapshot *out = calloc(1, sizeof *out);
    struct description d = {.ask = ask, .driver = driver, .out = out};
    struct once_task task = {start_description, cancel_description, &d};
    if (!out) {
        failure_set(failure, ERR_NO_MEMORY, "%s", ask->connect->text);
        return;
    }
    snapshot_clear(out);
    if (once_run(&task, failure))
        *failure = out->failure;
    free(out);
}
