/* Not more than so many values in any second: a server that comes back must not be flooded by what waited for it. */
#ifndef PUSH_RATE_H
#define PUSH_RATE_H

#include <stdint.h>

#define RATE_RUNS 512

/* The runs of the last second; start with zeros. */
struct rate {
    struct {
        uint64_t ended_ms; /* steady clock */
        uint32_t values;
    } runs[RATE_RUNS];
    uint32_t first, count;
};

/* How many ms until so many values may be sent (0: now), when `per_s` is the most in a second. More than `per_s` at
 * once never may: ask for less. */
uint32_t rate_wait_ms(struct rate *rate, uint32_t per_s, uint32_t values, uint64_t now_ms);

/* A run with so many values has ended now: they have reached the server by now, if at all. */
void rate_ran(struct rate *rate, uint32_t values, uint64_t now_ms);

#endif
