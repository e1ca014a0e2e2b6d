/* The one place that runs a loop for one task (a poll, a control action, a command): for programs that do nothing else.
 * A signal ends the task and not the program, so that there is a document and the till's own program is started. */
#ifndef BASE_PROCESS_ONCE_H
#define BASE_PROCESS_ONCE_H

#include "base/error.h"

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

/* Did a signal cancel a task? */
bool once_was_interrupted(void);

/* If so, ends the process by that signal, as its parent expects it; else returns. For the end of main, when everything
 * is written. On Windows, which has no such end, it returns. */
void once_end_by_signal(void);

#endif
