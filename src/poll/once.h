/* The one place that runs a loop for one register: for programs that do nothing else. A signal ends the task and not
 * the program, so that there is a document and the till's own program is started. */
#ifndef POLL_ONCE_H
#define POLL_ONCE_H

#include "base/error.h"
#include "driver/worker.h"

#include <stdbool.h>
#include <uv.h>

struct once;

struct once_task {
    /* Begins it; the end of it calls once_done. False when there is no memory: then it does not. */
    bool (*start)(uv_loop_t *loop, struct once *once, void *user);
    /* SIGINT or SIGTERM came: once_done is still to be called. */
    void (*cancel)(void *user);
    void *user;
};

/* Runs a loop of its own until the task is done. False with ERR_NO_MEMORY or ERR_LOCAL_SHORTAGE. */
bool once_run(const struct once_task *task, struct failure *failure);

/* The task is over. */
void once_done(struct once *once);

/* Where the driver of a DRIVER address was found and which version it is; `failure` when it was not. */
void driver_describe_once(const struct worker_ask *ask, struct fptr_driver *driver, struct failure *failure);

#endif
