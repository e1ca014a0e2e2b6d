/* How serve is told to read its configuration again, or to stop: signals, and the end of its standard input. */
#ifndef SERVE_SIGNALS_H
#define SERVE_SIGNALS_H

#include "base/error.h"

#include <stdbool.h>
#include <uv.h>

struct signal_handlers {
    void (*reload)(void *user);
    void (*stop)(void *user);
};

struct signals {
    uv_signal_t hangup, terminate, interrupt, broken;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tty_t tty;
    } input;
    const struct signal_handlers *handlers;
    void *user;
    bool reads_input; /* `input` is open */
};

/* Is standard input something whose end can be waited for: a pipe, a socket, a terminal? libuv aborts the process over
 * a file or a device. False with ERR_USAGE. */
bool signals_can_watch_input(struct failure *failure);

/* Begins to listen. `stop_on_eof`: the end of standard input stops too; false with ERR_USAGE when it cannot be read. */
bool signals_start(struct signals *signals, uv_loop_t *loop, const struct signal_handlers *handlers, bool stop_on_eof,
                   void *user, struct failure *failure);

/* Listens no more; `signals` stays until the loop has run for a turn. */
void signals_end(struct signals *signals);

#endif
