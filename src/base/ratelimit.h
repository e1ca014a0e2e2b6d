/* A message that repeats itself is told now and then, not each time. */
#ifndef BASE_RATELIMIT_H
#define BASE_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* One kind of message; start with zeros. */
struct ratelimit {
    uint64_t last_ms;    /* when it was told last, steady clock */
    uint32_t suppressed; /* how often it was held back since */
    bool begun;          /* it was told at least once */
};

/* May it be told now? At once the first time, then once in `gap_s` seconds at most. `suppressed` (may be NULL) gets how
 * often it was held back since it was told last. */
bool ratelimit_pass(struct ratelimit *limit, uint64_t now_ms, uint32_t gap_s, uint32_t *suppressed);

#endif
