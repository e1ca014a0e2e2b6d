/* What serve tells of itself: one JSON document a minute. */
#ifndef CMD_HEALTH_H
#define CMD_HEALTH_H

#include "base/error.h"
#include "poll/schedule.h"

#include <stdint.h>

#define HEALTH_BUCKETS 96

/* Poll times since the last document, in buckets that grow by a tenth. */
struct health {
    uint32_t buckets[HEALTH_BUCKETS];
    uint64_t polls;
    uint64_t late_told; /* of earlier documents */
    uint64_t since_ms;  /* steady clock */
};

void health_note(struct health *health, uint32_t duration_ms);

/* Facts from elsewhere. */
struct health_facts {
    const uint32_t *states; /* registers by enum poll_state; STATE_USAGE: not read yet */
    uint32_t total;
    const struct schedule_counts *counts;
    uint64_t spool_length, spool_dropped, spool_refused;
    uint64_t now_ms; /* steady clock */
    int64_t unix_s;
};

/* The document, for the caller to free; NULL when there is no memory. Begins the next period. */
char *health_document(struct health *health, const struct health_facts *facts);

#endif
