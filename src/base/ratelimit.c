#include "base/ratelimit.h"

#include <stddef.h>

bool ratelimit_pass(struct ratelimit *s, uint64_t now_ms, uint32_t gap_s, uint32_t *suppressed)
{
    if (s->begun && now_ms - s->last_ms < (uint64_t)gap_s * 1000) {
        s->suppressed++;
        return false;
    }
    if (suppressed)
        *suppressed = s->suppressed;
    *s = (struct ratelimit){.last_ms = now_ms, .begun = true};
    return true;
}
