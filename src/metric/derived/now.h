/* Which moment is now for a register: its own clock or the host's (design.md §3, "Now"). No alarm may end, and none
 * begin, because a clock is wrong. */
#ifndef METRIC_DERIVED_NOW_H
#define METRIC_DERIVED_NOW_H

#include "base/time/zone.h"
#include "metric/snapshot.h"

#define FN_LONGEST_TERM_S (1200 * 86400) /* an FN of 36 months lasts 1,110 days */
#define FN_MINUTE_S       60             /* the FN's times have no seconds */

/* What others say of the host's clock. */
enum host_clock {
    HOST_CLOCK_UNKNOWN, /* there is nobody to ask */
    HOST_CLOCK_RIGHT,   /* most registers are within a day of it */
    HOST_CLOCK_WRONG,   /* all registers drift alike */
};

/* What is known beside the register's values. */
struct surroundings {
    const struct zone *zone; /* the register's: its clock has none */
    int64_t host_s;          /* the host's clock (Unix time) at the moment when device.time was read */
    bool queue_known;        /* somebody sees the queue of unsent documents from poll to poll */
    int64_t queue_age_s;     /* then: for how long; 0: it is seen for the first time */
    int64_t built_s;         /* when this program was built: no clock of a host that runs it is before that */
    enum host_clock host_clock;
    const struct snapshot
        *last; /* what is known of the register: what this poll may not bring, or was refused; or NULL */
};

struct now {
    int64_t unix_s;
    bool register_wrong; /* the register's clock cannot be right, or is not there */
    bool host_wrong;     /* the host's cannot */
    bool document_known; /* the last document was read, now or before, or the register has none to read */
};

/* The register's clock while it is within a day of the host's; else the host's. Wrong beyond doubt is a clock before
 * the last fiscal document, or a host's before this program was built: then the other one counts. A host that other
 * registers confirm is not the wrong one. With both wrong it is the latest moment that is known to have been. */
struct now now_of(const struct snapshot *s, const struct surroundings *around);

#endif
