#include "kkt/queue.h"

#include <string.h>

bool kkt_queue_put(struct kkt_queue *q, const uint8_t *bytes, size_t count)
{
    if (count > sizeof q->at - q->count)
        return false;
    memcpy(q->at + q->count, bytes, count);
    q->count += count;
    return true;
}

size_t kkt_queue_pop(struct kkt_queue *q, uint8_t *buf, size_t cap)
{
    size_t n = q->count < cap ? q->count : cap;
    memcpy(buf, q->at, n);
    memmove(q->at, q->at + n, q->count - n);
    q->count -= n;
    return n;
}
