/* How long the loop was busy without a look at what came in: everything else stands meanwhile. */
#ifndef SERVE_STALL_H
#define SERVE_STALL_H

#include <stdint.h>
#include <uv.h>

struct stall {
    uv_prepare_t prepare;
    uint64_t at_ns, idle_ns; /* at the last turn */
    uint64_t longest_ns;     /* since stall_longest_ms was asked */
};

/* Begins to measure; the loop must have been configured with UV_METRICS_IDLE_TIME. */
void stall_watch(struct stall *stall, uv_loop_t *loop);

/* The longest turn since the last call. */
uint32_t stall_longest_ms(struct stall *stall);

#endif
