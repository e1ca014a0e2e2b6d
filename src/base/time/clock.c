#include "base/time/clock.h"

#include <uv.h>

int64_t clock_unix_ms(void)
{
    uv_timeval64_t now = {0};
    (void)uv_gettimeofday(&now);
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}

int64_t clock_built_s(void)
{
    return BUILD_TIME;
}

uint64_t clock_steady_ms(void)
{
    return uv_hrtime() / 1000000;
}
