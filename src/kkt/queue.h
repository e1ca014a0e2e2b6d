/* Bytes that wait to be written to a register. Fixed room: a request is short, and a session has at most one at a time
 * beside its acknowledgements. */
#ifndef KKT_QUEUE_H
#define KKT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct kkt_queue {
    size_t count;
    uint8_t at[512];
};

/* Appends; false (and nothing appended) when there is no room. */
static inline bool kkt_queue_put(struct kkt_queue *q, const uint8_t *bytes, size_t count)
{
    if (count > sizeof q->at - q->count)
        return false;
    memcpy(q->at + q->count, bytes, count);
    q->count += count;
    return true;
}

/* Moves at most cap bytes to buf; returns how many. */
static inline size_t kkt_queue_pop(struct kkt_queue *q, uint8_t *buf, size_t cap)
{
    size_t n = q->count < cap ? q->count : cap;
    memcpy(buf, q->at, n);
    memmove(q->at, q->at + n, q->count - n);
    q->count -= n;
    return n;
}

#endif
