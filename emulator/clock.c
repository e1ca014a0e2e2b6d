#include "clock.h"

#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 of a date; the year begins in March, so that the leap day is its last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

int64_t clock_from_tm(const struct tm *tm)
{
    return ((days_of(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday) * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 +
           tm->tm_sec;
}

struct tm clock_to_tm(int64_t wall)
{
    int64_t days = wall / 86400, rest = wall % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    struct tm tm = {.tm_hour = (int)(rest / 3600), .tm_min = (int)(rest / 60 % 60), .tm_sec = (int)(rest % 60)};
    int year = (int)(1970 + days / 366);
    while (days_of(year + 1, 1, 1) <= days)
        year++;
    int month = 1;
    while (month < 12 && days_of(year, month + 1, 1) <= days)
        month++;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = (int)(days - days_of(year, month, 1)) + 1;
    return tm;
}

int64_t clock_now(void)
{
    time_t now = time(NULL);
    const struct tm *local = localtime(&now);
    return local ? clock_from_tm(local) : (int64_t)now;
}

bool clock_parse(const char *text, int64_t *wall)
{
    int year, month, day, hour = 0, minute = 0, second = 0, used = 0;
    int parts = sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used);
    if (parts != 3 || used != 10)
        return false;
    if (text[used] != '\0') {
        text += used;
        used = 0;
        parts = sscanf(text, "T%2d:%2d:%2d%n", &hour, &minute, &second, &used);
        if (parts != 3 || used != 9 || text[used] != '\0')
            return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59)
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    *wall = clock_from_tm(&tm);
    return clock_to_tm(*wall).tm_mday == day;
}
