#include "base/time/zone.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sched.h>
#include <sys/mount.h>
#endif

static void names_and_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t offset;
    } rows[] = {
        {"UTC",            0     },
        {"+03:00",         10800 },
        {"-05:30",         -19800},
        {"Europe/Moscow",  10800 },
        {"Asia/Kamchatka", 43200 }
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct zone zone;
        assert_true(zone_parse(rows[i].name, &zone));
        assert_int_equal(zone_offset(&zone, 1795338000), rows[i].offset);
    }
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"Moscow", "+3", "+03:60", "+15:00", "03:00", "Europe/moscow"};
    struct zone zone;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(zone_parse(bad[i], &zone));
}

static void wall_clock_and_back(void **state)
{
    (void)state;
    struct zone zone;
    struct civil c = {2026, 11, 22, 12, 0, 0}, back;
    char text[ZONE_TEXT_MAX];
    assert_true(zone_parse("Europe/Moscow", &zone));
    assert_int_equal(zone_to_unix(&zone, &c), 1795338000);
    assert_true(zone_from_unix(&zone, 1795338000, &back));
    assert_int_equal(back.hour, 12);
    zone_print(&zone, 1795338000, text);
    assert_string_equal(text, "2026-11-22T12:00:00+03:00");
}

/* Winter and summer alike: Russia has had no summer time since 2014. */
static void the_zones_of_russia(void **state)
{
    (void)state;
    static const struct {
        int hours;
        const char *names;
    } rows[] = {
        {2,  "Europe/Kaliningrad"                                                         },
        {3,  "Europe/Moscow Europe/Simferopol Europe/Kirov Europe/Volgograd Europe/Minsk" },
        {4,  "Europe/Astrakhan Europe/Samara Europe/Saratov Europe/Ulyanovsk"             },
        {5,  "Asia/Yekaterinburg"                                                         },
        {6,  "Asia/Omsk"                                                                  },
        {7,  "Asia/Novosibirsk Asia/Barnaul Asia/Tomsk Asia/Novokuznetsk Asia/Krasnoyarsk"},
        {8,  "Asia/Irkutsk"                                                               },
        {9,  "Asia/Chita Asia/Yakutsk Asia/Khandyga"                                      },
        {10, "Asia/Vladivostok Asia/Ust-Nera"                                             },
        {11, "Asia/Magadan Asia/Sakhalin Asia/Srednekolymsk"                              },
        {12, "Asia/Kamchatka Asia/Anadyr"                                                 },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char names[200];
        (void)snprintf(names, sizeof names, "%s", rows[i].names);
        for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
            struct zone zone;
            assert_true(zone_parse(name, &zone));
            if (zone_offset(&zone, 1795338000) != rows[i].hours * 3600 ||
                zone_offset(&zone, 1782900000) != rows[i].hours * 3600)
                fail_msg("%s", name);
        }
    }
}

#ifndef _WIN32
static int32_t hours_here(void)
{
    const struct zone host = {.host = true};
    return zone_offset(&host, 1795338000) / 3600;
}

/* In a mount namespace of this process alone. */
static bool set_host_zone(const char *name)
{
    char from[100];
    (void)snprintf(from, sizeof from, "/usr/share/zoneinfo/%s", name);
    return mount(from, "/etc/localtime", "", MS_BIND, NULL) == 0;
}

static void a_changed_zone_of_the_host_is_seen_when_asked_for(void **state)
{
    (void)state;
    if (unsetenv("TZ") != 0 || unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
        !set_host_zone("Europe/Moscow"))
        skip(); /* it needs the right to mount, and the zones */
    zone_refresh();
    assert_int_equal(hours_here(), 3);
    assert_true(set_host_zone("Asia/Omsk"));
    zone_refresh();
    assert_int_equal(hours_here(), 6);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zones_of_russia),
        cmocka_unit_test(names_and_offsets),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(wall_clock_and_back),
#ifndef _WIN32
        cmocka_unit_test(a_changed_zone_of_the_host_is_seen_when_asked_for),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
