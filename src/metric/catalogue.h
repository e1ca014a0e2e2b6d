/* The catalogue of metrics as C: the rows of catalogue.def. */
#ifndef METRIC_CATALOGUE_H
#define METRIC_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

enum metric {
#define METRIC(group, key, type, unit, rate, origin, seed, en, ru) METRIC_##group##_##key,
#include "metric/catalogue.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_type { METRIC_BOOL, METRIC_INT, METRIC_TEXT, METRIC_DATE, METRIC_TIME };
enum metric_unit {
    UNIT_NONE,
    UNIT_SECONDS,
    UNIT_UNIX,
    UNIT_DAYS,
    UNIT_KOPECKS,
    UNIT_MILLIVOLTS,
    UNIT_PERCENT,
    UNIT_CELSIUS
};
enum metric_rate { RATE_QUICK, RATE_SLOW, RATE_EXTRA };
enum metric_origin { ORIGIN_READ, ORIGIN_DERIVED };

struct metric_row {
    const char *group; /* "fn" */
    const char *key;   /* "days_left"; unique within the group */
    enum metric_type type;
    enum metric_unit unit;
    enum metric_rate rate;
    enum metric_origin origin;
    const char *seed;    /* key of seed/metrics.md, "" for none */
    const char *text_en; /* what it is */
    const char *text_ru;
};

/* The row of a metric; m < METRIC_COUNT. */
const struct metric_row *metric_row(enum metric m);

/* Finds a metric by group and key; METRIC_COUNT when there is none. */
enum metric metric_find(const char *group, const char *key);

/* Words for documents: "bool", "s", "quick", "read". */
const char *metric_type_name(enum metric_type type);
const char *metric_unit_name(enum metric_unit unit);
const char *metric_rate_name(enum metric_rate rate);
const char *metric_origin_name(enum metric_origin origin);

/* A set of metrics; zeroed memory is the empty one. */
#define METRIC_SET_WORDS ((METRIC_COUNT + 63) / 64)
struct metric_set {
    uint64_t bits[METRIC_SET_WORDS];
};

void metric_set_add(struct metric_set *set, enum metric m);
void metric_set_remove(struct metric_set *set, enum metric m);
bool metric_set_has(const struct metric_set *set, enum metric m);
bool metric_set_empty(const struct metric_set *set);

/* Leaves in `set` what is not in `less`; what is in `these` too. */
void metric_set_remove_all(struct metric_set *set, const struct metric_set *less);
void metric_set_keep_only(struct metric_set *set, const struct metric_set *these);

/* Adds every metric of the rate (DERIVED ones too). */
void metric_set_add_rate(struct metric_set *set, enum metric_rate rate);

/* Adds every metric of the group, EXTRA ones too; false when there is no such group. */
bool metric_set_add_group(struct metric_set *set, const char *group);

#endif
