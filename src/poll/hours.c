#include "poll/hours.h"

#include <stdio.h>
#include <string.h>

#define DAY_MINUTES 1440

static const char *const days[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static int day_of(const char *text)
{
    for (int i = 0; i < 7; i++)
        if (strncmp(text, days[i], 3) == 0)
            return i;
    return -1;
}

/* "Mon", "Mon-Fri" and the blank behind it; no day at all means each day. Returns the rest, NULL when it is wrong. */
static const char *read_days(const char *at, int *first, int *last)
{
    *first = day_of(at);
    if (*first < 0) {
        *first = 0;
        *last = 6;
        return at;
    }
    at += 3;
    *last = *first;
    if (*at == '-') {
        *last = day_of(at + 1);
        if (*last < 0)
            return NULL;
        at += 4;
    }
    if (*at != ' ')
        return NULL;
    return at + strspn(at, " ");
}

static const char *read_times(const char *at, uint16_t *open, uint16_t *close)
{
    unsigned h1, m1, h2, m2;
    int used = 0;
    if (sscanf(at, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &used) != 4 || used != 11)
        return NULL;
    if (m1 > 59 || m2 > 59 || h1 > 23 || h2 * 60 + m2 > DAY_MINUTES || h1 * 60 + m1 >= h2 * 60 + m2)
        return NULL;
    *open = (uint16_t)(h1 * 60 + m1);
    *close = (uint16_t)(h2 * 60 + m2);
    return at + used;
}

bool hours_parse(const char *text, struct hours *hours)
{
    memset(hours, 0, sizeof *hours);
    if (strcmp(text, "always") == 0) {
        for (int i = 0; i < 7; i++)
            hours->close[i] = DAY_MINUTES;
        return true;
    }
    for (const char *at = text;;) {
        int first, last;
        uint16_t open, close;
        at = read_days(at, &first, &last);
        at = at ? read_times(at, &open, &close) : NULL;
        if (!at)
            return false;
        for (int i = first;; i = (i + 1) % 7) {
            hours->open[i] = open;
            hours->close[i] = close;
            if (i == last)
                break;
        }
        if (*at == '\0')
            return true;
        if (*at != ',')
            return false;
        at++;
        at += strspn(at, " ");
    }
}

uint32_t hours_until_open(const struct hours *hours, const struct civil *now)
{
    int64_t days_since_1970 = civil_to_seconds(now) / 86400;
    int today = (int)((days_since_1970 + 3) % 7); /* 1970-01-01 was a Thursday */
    int second = now->hour * 3600 + now->minute * 60 + now->second;
    for (int ahead = 0; ahead <= 7; ahead++) {
        int day = (today + ahead) % 7;
        int open = hours->open[day] * 60 + ahead * 86400, close = hours->close[day] * 60 + ahead * 86400;
        if (open == close || close <= second)
            continue;
        return second >= open ? 0 : (uint32_t)(open - second);
    }
    return UINT32_MAX;
}
