#include "base/time/clock.h"

#include <windows.h>

int64_t clock_age_s(void)
{
    return (int64_t)(GetTickCount64() / 1000); /* sleep is in it */
}
