#include "base/time/clock.h"

#include <windows.h>

int32_t clock_age_s(void)
{
    return (int32_t)(GetTickCount64() / 1000); /* sleep is in it */
}
