/* What serve reports about itself: one JSON document a minute. */
#ifndef SERVE_STATISTICS_H
#define SERVE_STATISTICS_H

#include "base/error.h"
#include "push/spool.h"
#include "serve/fleet/census.h"
#include "serve/fleet/schedule.h"
#include "serve/stall.h"

#include <stdint.h>

#define STATISTICS_BUCKETS 96

/* Poll times since the last document, in buckets that grow by a tenth. */
struct statistics {
    uint32_t buckets[STATISTICS_BUCKETS];
    uint64_t polls;
    uint64_t late_reported; /* of earlier documents */
    uint64_t since_ms;      /* steady clock */
};

void statistics_add(struct statistics *health, uint32_t duration_ms);

/* Facts from elsewhere. */
struct statistics_facts {
    const uint32_t *states; /* registers by enum poll_state; STATE_USAGE: not read yet */
    uint32_t total;
    const struct schedule_counts *counts;
    const struct spool_counts *spool; /* NULL: there is none */
    struct census_sum *census;        /* freed by statistics_document */
    uint32_t full_per_s;              /* full polls that may begin in a second */
    bool host_clock_wrong, drift_known;
    int64_t common_drift_s;  /* of the registers' clocks, when drift_known */
    struct stall_times loop; /* since the last document */
    uint64_t now_ms;         /* steady clock */
    int64_t unix_s;
};

/* The document, for the caller to free; NULL when there is no memory. Begins the next period. */
char *statistics_document(struct statistics *health, const struct statistics_facts *facts);

#endif
