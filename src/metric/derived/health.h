/* `health` (design.md §3): what is wrong with a register, worst first, by the limits of the catalogue. */
#ifndef METRIC_DERIVED_HEALTH_H
#define METRIC_DERIVED_HEALTH_H

#include "metric/snapshot.h"

#define HEALTH_BRIEF_MAX     96
#define HEALTH_TEXT_MAX      2048
#define HEALTH_ALARM_MAX     512
#define HEALTH_ALARM_LETTERS 255 /* what an item of the type Character holds in Zabbix */

/* Limits that the configuration changed, by the reason that they raise; zeroed: the catalogue's own. */
struct health_limits {
    bool changed[REASON_COUNT];
    bool off[REASON_COUNT]; /* with `changed`: the reason is not raised */
    int64_t value[REASON_COUNT];
};

struct health {
    unsigned code;                /* of the worst reason, 0: well */
    enum severity level;          /* of the worst reason */
    char brief[HEALTH_BRIEF_MAX]; /* the worst in short, "+N": so many more; "OK" */
    char text[HEALTH_TEXT_MAX];   /* a line a reason: the two worst in full, the rest in short; "" when all is well */
    char lines[HEALTH_TEXT_MAX];  /* the same with a line for each sentence, for tiles that do not wrap; never "" */
    /* By severity, "" for none: the reasons that Zabbix has no number for, as many as fit into HEALTH_ALARM_LETTERS and
     * how many more there are, and what to do, as the name of a problem.
     * A text changes only when a reason comes or goes: it holds no value that changes by itself. */
    char alarms[SEVERITY_DISASTER + 1][HEALTH_ALARM_MAX];
    unsigned listed[SEVERITY_DISASTER + 1]; /* how many reasons each of `alarms` speaks for */
    bool raised[REASON_COUNT];              /* the reasons that are reported: of each subject the worst */
};

/* What `s` says in this state. `error` is the document's sentence ("" when there is none): it speaks for a register
 * that was not read. `limits` may be NULL. */
void health_of(const struct snapshot *s, enum poll_state state, const char *error, const struct health_limits *limits,
               enum lang lang, struct health *health);

/* The worst reason that the value of this metric raises, REASON_none when it is well or not there. */
enum reason health_reason(const struct snapshot *s, enum metric m, const struct health_limits *limits);

/* The READ metrics behind all that is raised by a value and weighs at least so much. */
void health_sources(const struct snapshot *s, const struct health_limits *limits, enum severity least,
                    struct metric_set *sources);

/* The READ metrics that raise High or Disaster, by their own value or by one that is derived from it: they are asked
 * once more before anybody is alarmed (design.md §3). Derived values must be there (derive_metrics). */
void health_alarming(const struct snapshot *s, const struct health_limits *limits, struct metric_set *alarming);

/* The short text of a reason with the catalogue's own limit, for value maps. */
void reason_brief(enum reason reason, enum lang lang, char *buf, size_t cap);

/* The metrics of identity that both have and that differ. */
void health_other_identity(const struct snapshot *s, const struct snapshot *last, struct metric_set *differing);

#endif
