#include "base/seldom.h"

#include <stddef.h>

bool seldom(struct seldom *s, uint64_t now_ms, uint32_t gap_s, uint32_t *unsaid)
{
    if (s->begun && now_ms - s->told_ms < (uint64_t)gap_s * 1000) {
        s->unsaid++;
        return false;
    }
    if (unsaid)
        *unsaid = s->unsaid;
    *s = (struct seldom){.told_ms = now_ms, .begun = true};
    return true;
}
