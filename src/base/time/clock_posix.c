#include "base/time/clock.h"

#include <time.h>

int64_t clock_age_s(void)
{
    struct timespec now;
#ifdef CLOCK_BOOTTIME /* CLOCK_MONOTONIC stands while the computer sleeps */
    if (clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        return now.tv_sec;
#endif
    return (int64_t)(clock_steady_ms() / 1000);
}
