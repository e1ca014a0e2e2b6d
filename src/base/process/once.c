#include "base/process/once.h"

#include "base/system_error.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const int endings[] = {SIGINT, SIGTERM};
#define ENDINGS (sizeof endings / sizeof endings[0])
#define SPARE   12 /* of descriptors, for a loop and its signals */

static int ended_by; /* the signal that cancelled a task; 0: none */

/* Not on the stack: a look-up of a name that nobody answers keeps its loop. */
struct once {
    uv_loop_t loop;
    const struct once_task *task; /* NULL once it is done */
    uv_signal_t signals[ENDINGS];
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct once *once = handle->data;
    ended_by = number;
    if (once->task)
        once->task->cancel(once->task->user);
}

static void watch_signals(struct once *once)
{
    for (unsigned i = 0; i < ENDINGS; i++) {
        (void)uv_signal_init(&once->loop, &once->signals[i]);
        once->signals[i].data = once;
        (void)uv_signal_start(&once->signals[i], on_signal, endings[i]);
    }
}

void once_done(struct once *once)
{
    once->task = NULL;
    for (unsigned i = 0; i < ENDINGS; i++)
        uv_close((uv_handle_t *)&once->signals[i], NULL);
    uv_stop(&once->loop);
}

/* libuv aborts the process when the pipe of its signals finds no descriptor. */
static int spare_descriptors(void)
{
    uv_fs_t request;
    int files[SPARE], count = 0, status = 0;
    while (count < SPARE && status >= 0) {
        status = uv_fs_open(NULL, &request, "/dev/null", O_RDONLY, 0, NULL);
        uv_fs_req_cleanup(&request);
        if (status >= 0)
            files[count++] = status;
    }
    while (count > 0) {
        (void)uv_fs_close(NULL, &request, files[--count], NULL);
        uv_fs_req_cleanup(&request);
    }
    return status == UV_EMFILE || status == UV_ENFILE ? status : 0;
}

bool once_run(const struct once_task *task, struct failure *failure)
{
    struct once *once = calloc(1, sizeof *once);
    int status = once ? spare_descriptors() : UV_ENOMEM;
    if (status == 0)
        status = uv_loop_init(&once->loop);
    if (status != 0) {
        free(once);
        return failure_words(failure, status == UV_ENOMEM ? ERR_NO_MEMORY : ERR_LOCAL_SHORTAGE, status);
    }
    once->task = task;
    watch_signals(once);
    bool started = task->start(&once->loop, once, task->user);
    if (started)
        (void)uv_run(&once->loop, UV_RUN_DEFAULT);
    else
        once_done(once);
    /* The closing of the signals takes one more turn. */
    (void)uv_run(&once->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&once->loop) == 0)
        free(once);
    return started || failure_words(failure, ERR_NO_MEMORY, UV_ENOMEM);
}

bool once_was_interrupted(void)
{
    return ended_by != 0;
}

void once_end_by_signal(void)
{
#ifndef _WIN32
    if (ended_by == 0)
        return;
    (void)fflush(NULL);
    (void)signal(ended_by, SIG_DFL);
    (void)raise(ended_by);
#endif
}
