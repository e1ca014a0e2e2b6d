#include "base/time/hours.h"

#include <stdio.h>
#include <string.h>

#define DAY_MINUTES  1440
#define WEEK_MINUTES (7 * DAY_MINUTES)
#define WEEK_SECONDS (WEEK_MINUTES * 60)

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

/* "09:00-21:00" as minutes of one day; a range over midnight ends on the next one. */
static const char *read_times(const char *at, unsigned *open, unsigned *close)
{
    unsigned h1, m1, h2, m2;
    int used = 0;
    if (sscanf(at, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &used) != 4 || used != 11)
        return NULL;
    *open = h1 * 60 + m1;
    *close = h2 * 60 + m2;
    if (m1 > 59 || m2 > 59 || h1 > 23 || *close > DAY_MINUTES || *open == *close)
        return NULL;
    if (*close < *open)
        *close += DAY_MINUTES;
    return at + used;
}

/* The last range of a week meets the first ones of the next. */
static bool overlap(const struct hours_range *a, const struct hours_range *b)
{
    for (int shift = -WEEK_MINUTES; shift <= WEEK_MINUTES; shift += WEEK_MINUTES)
        if (a->open < b->close + shift && b->open + shift < a->close)
            return true;
    return false;
}

static enum hours_verdict add(struct hours *hours, unsigned open, unsigned close)
{
    struct hours_range range = {(uint16_t)open, (uint16_t)close};
    for (unsigned i = 0; i < hours->count; i++)
        if (overlap(&range, &hours->ranges[i]))
            return HOURS_OVERLAP;
    if (hours->count == HOURS_RANGES_MAX)
        return HOURS_TOO_MANY;
    hours->ranges[hours->count++] = range;
    return HOURS_GOOD;
}

static enum hours_verdict add_days(struct hours *hours, int first, int last, unsigned open, unsigned close)
{
    for (int day = first;; day = (day + 1) % 7) {
        unsigned midnight = (unsigned)day * DAY_MINUTES;
        enum hours_verdict verdict = add(hours, midnight + open, midnight + close);
        if (verdict != HOURS_GOOD || day == last)
            return verdict;
    }
}

enum hours_verdict hours_parse(const char *text, struct hours *hours)
{
    memset(hours, 0, sizeof *hours);
    if (strcmp(text, "always") == 0)
        return add(hours, 0, WEEK_MINUTES);
    for (const char *at = text;;) {
        int first, last;
        unsigned open, close;
        at = read_days(at, &first, &last);
        at = at ? read_times(at, &open, &close) : NULL;
        if (!at)
            return HOURS_UNREADABLE;
        enum hours_verdict verdict = add_days(hours, first, last, open, close);
        if (verdict != HOURS_GOOD || *at == '\0')
            return verdict;
        if (*at != ',')
            return HOURS_UNREADABLE;
        at++;
        at += strspn(at, " ");
    }
}

static int second_of_week(const struct civil *now)
{
    int64_t days_since_1970 = civil_to_seconds(now) / 86400;
    int today = (int)((days_since_1970 + 3) % 7); /* 1970-01-01 was a Thursday */
    return today * 86400 + now->hour * 3600 + now->minute * 60 + now->second;
}

/* When the range that holds this second of the week begins, perhaps in a week before; the next second when none does.
 */
static int beginning(const struct hours *hours, int second)
{
    for (unsigned i = 0; i < hours->count; i++)
        for (int shift = -2 * WEEK_SECONDS; shift <= 0; shift += WEEK_SECONDS) {
            int open = hours->ranges[i].open * 60 + shift, close = hours->ranges[i].close * 60 + shift;
            if (second >= open && second < close)
                return open;
        }
    return second + 1;
}

uint32_t hours_open_for(const struct hours *hours, const struct civil *now)
{
    int second = second_of_week(now), opened = beginning(hours, second);
    /* Ranges that meet, "00:00-12:00, 12:00-24:00", are one. */
    for (int before; second - opened < WEEK_SECONDS && (before = beginning(hours, opened - 1)) < opened;)
        opened = before;
    int seconds = opened < second ? second - opened : 0;
    return (uint32_t)(seconds < WEEK_SECONDS ? seconds : WEEK_SECONDS);
}

uint32_t hours_until_open(const struct hours *hours, const struct civil *now)
{
    int second = second_of_week(now);
    uint32_t least = UINT32_MAX;
    if (beginning(hours, second) <= second)
        return 0;
    for (unsigned i = 0; i < hours->count; i++)
        for (int shift = 0; shift <= WEEK_SECONDS; shift += WEEK_SECONDS) {
            int open = hours->ranges[i].open * 60 + shift;
            if (open > second && (uint32_t)(open - second) < least)
                least = (uint32_t)(open - second);
        }
    return least;
}
