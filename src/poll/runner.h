/* One dialogue with one register at one address: link + dialogue + deadline, for polls and for control alike. The
 * deadline holds in the look-up of a name, in the wait for a turn, in connecting and in the dialogue. */
#ifndef POLL_RUNNER_H
#define POLL_RUNNER_H

#include "address/connect.h"
#include "kkt/session.h"

#include <uv.h>

/* What is said to the register: kkt/session.h and kkt/control.h have this shape. `d` is the dialogue. */
struct runner_dialogue {
    void (*start)(void *d, uint64_t now_ms); /* once the link is open for the first time */
    size_t (*output)(void *d, uint8_t *buf, size_t cap);
    enum kkt_next (*input)(void *d, const uint8_t *bytes, size_t count, uint64_t now_ms);
    enum kkt_next (*tick)(void *d, uint64_t now_ms);
    enum kkt_next (*link_lost)(void *d, uint64_t now_ms);
    enum kkt_next (*link_opened)(void *d, uint64_t now_ms); /* NULL: nothing is said over a second connection */
    uint64_t (*wake_at)(const void *d);
    bool (*recognised)(const void *d); /* has a register answered? */
};

struct trace;

struct runner_ask {
    const struct connect *connect;          /* TCP or SERIAL, alive until done */
    uint64_t deadline_ms;                   /* on the loop's clock */
    const struct runner_dialogue *dialogue; /* alive until done, */
    void *d;                                /* and its object */
    const char *name;                       /* for the log of the bytes, alive until done; "" for the address */
    uint8_t password[2];                    /* access password, which the log does not show */
    struct trace *trace;                    /* records it; NULL: nothing does */
    struct failure *failure;                /* the result; the dialogue's, or why there was none */
};

struct runner;

/* Called once, from the loop, when the port is free. `held_ms`: how long it was open. */
typedef void runner_done(uint32_t held_ms, void *user);

/* Begins. NULL when there is no memory. */
struct runner *runner_start(uv_loop_t *loop, const struct runner_ask *ask, runner_done *done, void *user);

/* Ends it early: `done` still comes, with ERR_CANCELLED. */
void runner_cancel(struct runner *runner);

#endif
