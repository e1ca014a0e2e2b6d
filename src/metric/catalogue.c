#include "metric/catalogue.h"

#include <string.h>

static const struct metric_row rows[METRIC_COUNT] = {
#define METRIC(group, key, type, unit, rate, origin, seed, en, ru)                                                     \
    {#group, #key, METRIC_##type, UNIT_##unit, RATE_##rate, ORIGIN_##origin, seed, en, ru},
#include "metric/catalogue.def"
#undef METRIC
};

const struct metric_row *metric_row(enum metric m)
{
    return &rows[m];
}

enum metric metric_find(const char *group, const char *key)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (strcmp(rows[m].group, group) == 0 && strcmp(rows[m].key, key) == 0)
            return (enum metric)m;
    return METRIC_COUNT;
}

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {"bool", "int", "text", "date", "time"};
    return names[type];
}

const char *metric_unit_name(enum metric_unit unit)
{
    static const char *const names[] = {"", "s", "unixtime", "days", "kopecks", "mV", "%", "°C"};
    return names[unit];
}

const char *metric_rate_name(enum metric_rate rate)
{
    static const char *const names[] = {"quick", "slow", "extra"};
    return names[rate];
}

const char *metric_origin_name(enum metric_origin origin)
{
    return origin == ORIGIN_READ ? "read" : "derived";
}

void metric_set_add(struct metric_set *set, enum metric m)
{
    set->bits[m / 64] |= UINT64_C(1) << (m % 64);
}

void metric_set_remove(struct metric_set *set, enum metric m)
{
    set->bits[m / 64] &= ~(UINT64_C(1) << (m % 64));
}

bool metric_set_has(const struct metric_set *set, enum metric m)
{
    return (set->bits[m / 64] >> (m % 64) & 1) != 0;
}

bool metric_set_empty(const struct metric_set *set)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        any |= set->bits[i];
    return any == 0;
}

void metric_set_remove_all(struct metric_set *set, const struct metric_set *less)
{
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        set->bits[i] &= ~less->bits[i];
}

void metric_set_keep_only(struct metric_set *set, const struct metric_set *these)
{
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        set->bits[i] &= these->bits[i];
}

void metric_set_add_rate(struct metric_set *set, enum metric_rate rate)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (rows[m].rate == rate)
            metric_set_add(set, (enum metric)m);
}

bool metric_set_add_group(struct metric_set *set, const char *group)
{
    bool found = false;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (strcmp(rows[m].group, group) == 0) {
            metric_set_add(set, (enum metric)m);
            found = true;
        }
    return found;
}
