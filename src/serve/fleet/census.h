/* Totals of all registers, for the dashboard: registers by severity, the ends of their FNs, queues, firmware. */
#ifndef SERVE_FLEET_CENSUS_H
#define SERVE_FLEET_CENSUS_H

#include "output/document.h"

#include <jansson.h>

/* What one register adds; start with zeros. The values are those of the last poll that brought them; without
 * an FN there is no queue. */
struct census_entry {
    int32_t fn_days;    /* until the FN must be replaced: the smaller of its date and its own count */
    uint32_t unsent;    /* documents in its queue */
    uint32_t ofd_age_s; /* of the oldest of them */
    uint16_t fn_month;  /* months since the year 0, of the FN's end; 0: not known */
    uint16_t firmware;  /* place in census.firmware + 1; 0: not known */
    uint8_t level;      /* enum severity, of the last document */
    bool has_fn_days, has_document, was_read;
    bool autonomous; /* without an OFD (tag 1002): what its FN keeps waits for nobody */
};

#define CENSUS_FIRMWARE_MAX  1000
#define CENSUS_FIRMWARE_TEXT 32

/* The versions of firmware that were seen; start with zeros. */
struct census {
    char (*firmware)[CENSUS_FIRMWARE_TEXT];
    uint32_t firmware_count;
};

/* A document of the register, whatever its state. */
void census_update(struct census *census, struct census_entry *entry, const struct document *d);

/* One walk over all registers. */
struct census_sum;
struct census_sum *census_begin(const struct census *census);
/* `unread_for_s`: how long it has not been read. */
void census_add(struct census_sum *sum, const struct census_entry *entry, uint32_t unread_for_s);
/* Puts `severity`, `fn`, `ofd`, `firmware`, `fn_ends` into the document and `without_data` into `registers`, and frees
 * the sum (NULL is allowed). Not 0: there is no memory. */
int census_end(struct census_sum *sum, json_t *root, json_t *registers);

#endif
