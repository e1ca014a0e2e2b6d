/* What health.c and health_alarm.c share. */
#ifndef METRIC_DERIVED_HEALTH_INTERNAL_H
#define METRIC_DERIVED_HEALTH_INTERNAL_H

#include "metric/derived/health.h"

/* One reason that is there. */
struct raised {
    enum reason reason;
    enum metric metric;     /* that raised it, METRIC_COUNT: none */
    struct metric_set also; /* all that raised it */
};

struct found {
    const struct snapshot *s;
    const struct health_limits *limits;
    const char *error;
    enum lang lang;
    bool lasting;   /* texts are written without values that change by themselves */
    bool few_names; /* a list of names is short, and says how many more there are */
    struct raised raised[REASON_COUNT];
    unsigned count;
};

/* Text that is put together piece by piece. */
struct writer {
    char *to;
    size_t used, cap;
    bool missing; /* a value of the [part] is not there */
    bool hole;    /* a value of the sentence itself is not there */
};

/* Appends; what does not fit is left out. */
void health_put_text(struct writer *w, const char *text);

/* What a list has no room for, behind `joint`: ", 3 more"; nothing when `count` is 0. */
void health_put_more(struct writer *w, const struct found *f, const char *joint, unsigned count);

/* A text of reasons.def: {slots} are filled in, a [part] whose slots are not all there is left out. */
void health_put_template(struct writer *w, const struct found *f, const struct raised *r, const char *text);

/* The reason in short. */
void health_put_brief(struct writer *w, const struct found *f, const struct raised *r);

/* The limit of the metric that raises the reason, NULL when none does. */
const struct metric_limit *health_limit_of(enum metric m, enum reason reason);

/* Fills in `alarms`. `all`: what was raised before only the worst of each subject was kept. */
void health_write_alarms(const struct found *kept, const struct found *all, struct health *h);

/* Fills in `lines` from `text`. */
void health_write_lines(struct health *h, enum lang lang);

#endif
