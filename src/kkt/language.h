/* The protocols, each with its request table, and what the tables say. */
#ifndef KKT_LANGUAGE_H
#define KKT_LANGUAGE_H

#include "kkt/plan.h"

/* The language of a protocol; NULL for UNKNOWN. */
const struct kkt_language *kkt_language(enum kkt_protocol protocol);

/* Where a READ metric comes from at that protocol, for the documents: "A4 20 [4..5] LE16", "05 [1]"; written to buf,
 * with " / " between two sources of one value.
 * False when the protocol has no such value. */
bool kkt_metric_source(enum kkt_protocol protocol, enum metric m, char *buf, size_t cap);

/* The requests a poll may send, one after another for documents and tests: name ("A4 20 OFD exchange"), the exact bytes
 * of the task (command and parameters without password, ids and framing), and its rate. Left out of the bytes are
 * arguments that are values of earlier answers: at platform 5 the registration's number and the tag behind `4D`, the
 * register's clock behind `4;`; at protocol 3 the last byte of E9 counts blocks. False after the last. */
struct kkt_request_info {
    const char *name;
    const uint8_t *bytes;
    size_t count;
    enum metric_rate rate;
};
bool kkt_request_list(enum kkt_protocol protocol, unsigned index, struct kkt_request_info *info);

#endif
