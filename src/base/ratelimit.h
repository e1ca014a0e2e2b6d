/* A repeated message is logged once per interval, not each time. */
#ifndef BASE_RATELIMIT_H
#define BASE_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* One kind of message; start with zeros. */
struct ratelimit {
    uint64_t last_ms;    /* when it was logged last, steady clock */
    uint32_t suppressed; /* how many were suppressed since */
    bool begun;          /* it was logged at least once */
};

/* May it be logged now? Yes the first time, then once in `gap_s` seconds at most. `suppressed` (may be NULL) gets how
 * many were suppressed since the last one that was logged. */
bool ratelimit_pass(struct ratelimit *limit, uint64_t now_ms, uint32_t gap_s, uint32_t *suppressed);

#endif
