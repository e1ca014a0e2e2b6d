#include "base/time/zone.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    int hours;
} zones[] = {
    {"UTC",                0 },
    {"Europe/Kaliningrad", 2 },
    {"Europe/Moscow",      3 },
    {"Europe/Simferopol",  3 },
    {"Europe/Kirov",       3 },
    {"Europe/Volgograd",   3 },
    {"Europe/Minsk",       3 },
    {"Europe/Astrakhan",   4 },
    {"Europe/Samara",      4 },
    {"Europe/Saratov",     4 },
    {"Europe/Ulyanovsk",   4 },
    {"Asia/Yekaterinburg", 5 },
    {"Asia/Omsk",          6 },
    {"Asia/Novosibirsk",   7 },
    {"Asia/Barnaul",       7 },
    {"Asia/Tomsk",         7 },
    {"Asia/Novokuznetsk",  7 },
    {"Asia/Krasnoyarsk",   7 },
    {"Asia/Irkutsk",       8 },
    {"Asia/Chita",         9 },
    {"Asia/Yakutsk",       9 },
    {"Asia/Khandyga",      9 },
    {"Asia/Vladivostok",   10},
    {"Asia/Ust-Nera",      10},
    {"Asia/Magadan",       11},
    {"Asia/Sakhalin",      11},
    {"Asia/Srednekolymsk", 11},
    {"Asia/Kamchatka",     12},
    {"Asia/Anadyr",        12},
};

static bool two_digits(const char *text, int limit, int *value)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *value = (text[0] - '0') * 10 + (text[1] - '0');
    return *value <= limit;
}

bool zone_parse(const char *name, struct zone *zone)
{
    *zone = (struct zone){.host = true, .offset_s = 0};
    if (name[0] == '\0' || strcmp(name, "host") == 0)
        return true;
    zone->host = false;
    if (name[0] == '+' || name[0] == '-') {
        int hours, minutes;
        if (strlen(name) != 6 || name[3] != ':' || !two_digits(name + 1, 14, &hours) ||
            !two_digits(name + 4, 59, &minutes))
            return false;
        zone->offset_s = (hours * 60 + minutes) * 60 * (name[0] == '-' ? -1 : 1);
        return true;
    }
    for (unsigned i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(name, zones[i].name) == 0) {
            zone->offset_s = zones[i].hours * 3600;
            return true;
        }
    return false;
}

void zone_refresh(void)
{
#ifdef _WIN32
    _tzset();
#else
    tzset();
#endif
}

static int32_t host_offset(int64_t unix_s)
{
    time_t t = (time_t)unix_s;
    struct tm local;
#ifdef _WIN32
    if (localtime_s(&local, &t) != 0)
        return 0;
#else
    if (!localtime_r(&t, &local))
        return 0;
#endif
    struct civil c = {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                      local.tm_hour,        local.tm_min,     local.tm_sec > 59 ? 59 : local.tm_sec};
    return (int32_t)(civil_to_seconds(&c) - unix_s);
}

int32_t zone_offset(const struct zone *zone, int64_t unix_s)
{
    return zone->host ? host_offset(unix_s) : zone->offset_s;
}

int64_t zone_to_unix(const struct zone *zone, const struct civil *c)
{
    int64_t wall = civil_to_seconds(c);
    /* The offset depends on the moment, and the moment on the offset: two steps settle it outside the hour in which
     * a host with summer time changes its clock. */
    int64_t guess = wall - zone_offset(zone, wall);
    return wall - zone_offset(zone, guess);
}

bool zone_from_unix(const struct zone *zone, int64_t unix_s, struct civil *c)
{
    return civil_from_seconds(unix_s + zone_offset(zone, unix_s), c);
}

void zone_print(const struct zone *zone, int64_t unix_s, char text[ZONE_TEXT_MAX])
{
    struct civil c = {1970, 1, 1, 0, 0, 0};
    char wall[CIVIL_TEXT_MAX];
    int32_t offset = zone_offset(zone, unix_s);
    if (!civil_from_seconds(unix_s + offset, &c))
        offset = 0;
    civil_print_time(&c, wall);
    unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
    (void)snprintf(text, ZONE_TEXT_MAX, "%s%c%02u:%02u", wall, offset < 0 ? '-' : '+', minutes / 60 % 100,
                   minutes % 60);
}
