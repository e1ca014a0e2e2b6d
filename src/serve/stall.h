/* How long the loop was busy without a look at what came in: everything else waits meanwhile. By the clock, and by the
 * processor's time: on a computer that others use too the first is longer. */
#ifndef SERVE_STALL_H
#define SERVE_STALL_H

#include <stdint.h>
#include <uv.h>

struct stall {
    uv_prepare_t prepare;
    uint64_t at_ns, idle_ns, cpu_ns;     /* at the last turn */
    uint64_t longest_ns, longest_cpu_ns; /* since stall_longest was asked */
};

/* The processor's time of this thread. */
uint64_t stall_cpu_ns(void);

/* Begins to measure; the loop must have been configured with UV_METRICS_IDLE_TIME. */
void stall_watch(struct stall *stall, uv_loop_t *loop);
/* Ends it; `stall` stays until the loop has run for a turn. */
void stall_end(struct stall *stall);

/* The longest turns since the last call, in ms. */
struct stall_times {
    uint32_t busy_ms, cpu_ms;
};
struct stall_times stall_longest(struct stall *stall);

#endif
