/* One poll for programs that do nothing else: a loop of its own, and a signal ends the poll, not the program, so that
 * there is a document and the till's own program is started. */
#include "base/clock.h"
#include "poll/poll.h"

#include <signal.h>
#include <stdlib.h>

static const int endings[] = {SIGINT, SIGTERM};
#define ENDINGS (sizeof endings / sizeof endings[0])

struct once {
    struct poll *poll;
    struct connect *used;
    uv_signal_t signals[ENDINGS];
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct once *once = handle->data;
    (void)number;
    if (once->poll)
        poll_cancel(once->poll);
}

static void on_done(struct snapshot *out, void *user)
{
    struct once *once = user;
    (void)out;
    if (once->used)
        *once->used = *poll_connect(once->poll);
    once->poll = NULL;
    for (unsigned i = 0; i < ENDINGS; i++)
        uv_close((uv_handle_t *)&once->signals[i], NULL);
    uv_stop(once->signals[0].loop);
}

static void watch_signals(uv_loop_t *loop, struct once *once)
{
    for (unsigned i = 0; i < ENDINGS; i++) {
        (void)uv_signal_init(loop, &once->signals[i]);
        once->signals[i].data = once;
        (void)uv_signal_start(&once->signals[i], on_signal, endings[i]);
    }
}

void poll_once(const struct poll_ask *ask, struct snapshot *out, struct connect *used)
{
    /* Not on the stack: a lookup of a name that nobody answers keeps its loop (link_lookups_pending). */
    uv_loop_t *loop = malloc(sizeof *loop);
    struct once *once = calloc(1, sizeof *once);
    if (used)
        *used = ask->connect;
    snapshot_clear(out);
    out->polled_ms = clock_unix_ms();
    if (!loop || !once || uv_loop_init(loop) != 0) {
        free(loop);
        free(once);
        failure_set(&out->failure, ERR_NO_MEMORY, "a loop for %s", ask->connect.text);
        return;
    }
    once->used = used;
    once->poll = poll_start(loop, ask, out, on_done, once);
    if (once->poll) {
        watch_signals(loop, once);
        (void)uv_run(loop, UV_RUN_DEFAULT);
    } else {
        failure_set(&out->failure, ERR_NO_MEMORY, "a poll of %s", ask->connect.text);
    }
    /* The closing of the signals takes one more turn. */
    (void)uv_run(loop, UV_RUN_NOWAIT);
    if (uv_loop_close(loop) == 0) {
        free(loop);
        free(once);
    }
}
