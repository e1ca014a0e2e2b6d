#include "base/time/civil.h"

#include <stdio.h>
#include <string.h>

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

bool civil_valid(const struct civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour >= 0 && c->hour <= 23 && c->minute >= 0 &&
           c->minute <= 59 && c->second >= 0 && c->second <= 59;
}

/* Days before 1 January of the year, counted from 0001-01-01. */
static int64_t days_before_year(int year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

#define DAYS_TO_1970 719162

int64_t civil_to_seconds(const struct civil *c)
{
    int64_t days = days_before_year(c->year) - DAYS_TO_1970;
    for (int month = 1; month < c->month; month++)
        days += days_in_month(c->year, month);
    days += c->day - 1;
    return ((days * 24 + c->hour) * 60 + c->minute) * 60 + c->second;
}

bool civil_from_seconds(int64_t seconds, struct civil *c)
{
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += DAYS_TO_1970;
    if (days < 0 || days >= days_before_year(10000))
        return false;
    int year = (int)(days * 400 / 146097) + 1;
    while (days_before_year(year) > days)
        year--;
    while (days_before_year(year + 1) <= days)
        year++;
    int day = (int)(days - days_before_year(year));
    int month = 1;
    while (day >= days_in_month(year, month))
        day -= days_in_month(year, month++);
    *c = (struct civil){year, month, day + 1, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60)};
    return true;
}

void civil_print_time(const struct civil *c, char text[CIVIL_TEXT_MAX])
{
    (void)snprintf(text, CIVIL_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)c->year % 10000u,
                   (unsigned)c->month % 100u, (unsigned)c->day % 100u, (unsigned)c->hour % 100u,
                   (unsigned)c->minute % 100u, (unsigned)c->second % 100u);
}

void civil_print_date(const struct civil *c, char text[CIVIL_TEXT_MAX])
{
    (void)snprintf(text, CIVIL_TEXT_MAX, "%04u-%02u-%02u", (unsigned)c->year % 10000u, (unsigned)c->month % 100u,
                   (unsigned)c->day % 100u);
}

/* Reads `digits` decimal digits and the character after them (0 = end of text). */
static bool parse_part(const char **text, int digits, char after, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (**text - '0');
    }
    if (**text != after)
        return false;
    if (after)
        (*text)++;
    return true;
}

bool civil_parse(const char *text, struct civil *c)
{
    *c = (struct civil){0};
    bool date_only = strlen(text) == 10;
    if (!parse_part(&text, 4, '-', &c->year) || !parse_part(&text, 2, '-', &c->month) ||
        !parse_part(&text, 2, date_only ? '\0' : 'T', &c->day))
        return false;
    if (!date_only && (!parse_part(&text, 2, ':', &c->hour) || !parse_part(&text, 2, ':', &c->minute) ||
                       !parse_part(&text, 2, '\0', &c->second)))
        return false;
    return civil_valid(c);
}
