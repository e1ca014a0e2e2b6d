#include "base/ratelimit.h"

#include <stddef.h>

bool ratelimit_pass(struct ratelimit *limit, uint64_t now_ms, uint32_t gap_s, uint32_t *suppressed)
{
    if (limit->begun && now_ms - limit->last_ms < (uint64_t)gap_s * 1000) {
        limit->suppressed++;
        return false;
    }
    if (suppressed)
        *suppressed = limit->suppressed;
    *limit = (struct ratelimit){.last_ms = now_ms, .begun = true};
    return true;
}
