#include "base/time/clock.h"

#include <time.h>

int32_t clock_age_s(void)
{
    struct timespec now;
#ifdef CLOCK_BOOTTIME /* CLOCK_MONOTONIC stands while the computer sleeps */
    if (clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        return (int32_t)now.tv_sec;
#endif
    return (int32_t)(clock_steady_ms() / 1000);
}
