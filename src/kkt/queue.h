/* Bytes that wait to be written to a register. Fixed room: a request is short, and a session has at most one at a time
 * beside an acknowledgement. */
#ifndef KKT_QUEUE_H
#define KKT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kkt_queue {
    size_t count;
    uint8_t at[512];
};

/* Appends; false (and nothing appended) when there is no room. */
bool kkt_queue_put(struct kkt_queue *q, const uint8_t *bytes, size_t count);

/* Moves at most cap bytes to buf; returns how many. */
size_t kkt_queue_pop(struct kkt_queue *q, uint8_t *buf, size_t cap);

#endif
