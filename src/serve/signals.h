/* How serve is told to read its configuration again, or to stop: signals, and the end of its standard input. */
#ifndef SERVE_SIGNALS_H
#define SERVE_SIGNALS_H

#include <stdbool.h>
#include <uv.h>

struct signal_handlers {
    void (*reload)(void *user);
    void (*stop)(void *user);
};

struct signals {
    uv_signal_t hangup, terminate, interrupt, broken;
    uv_pipe_t input;
    const struct signal_handlers *handlers;
    void *user;
    bool reads_input;
};

/* Begins to listen. `stop_on_eof`: the end of standard input stops too. */
void signals_start(struct signals *signals, uv_loop_t *loop, const struct signal_handlers *handlers, bool stop_on_eof,
                   void *user);

/* Listens no more; `signals` stays until the loop has run for a turn. */
void signals_end(struct signals *signals);

#endif
