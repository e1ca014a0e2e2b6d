#include "clock.h"

#include "base/time/civil.h"

int64_t clock_from_tm(const struct tm *tm)
{
    struct civil c = {tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec};
    return civil_to_seconds(&c);
}

struct tm clock_to_tm(int64_t wall)
{
    struct civil c = {1970, 1, 1, 0, 0, 0};
    (void)civil_from_seconds(wall, &c);
    return (struct tm){.tm_year = c.year - 1900,
                       .tm_mon = c.month - 1,
                       .tm_mday = c.day,
                       .tm_hour = c.hour,
                       .tm_min = c.minute,
                       .tm_sec = c.second};
}

int64_t clock_now(void)
{
    time_t now = time(NULL);
    const struct tm *local = localtime(&now);
    return local ? clock_from_tm(local) : (int64_t)now;
}

bool clock_parse(const char *text, int64_t *wall)
{
    struct civil c;
    if (!civil_parse(text, &c))
        return false;
    *wall = civil_to_seconds(&c);
    return true;
}
