#include "serve/fleet/drift.h"

#include <stdlib.h>

#define OF_TEN 9

void drift_add(struct drift *d, int64_t seconds)
{
    uint32_t seen = d->seen++;
    if (d->count < DRIFT_SAMPLE)
        d->seconds[d->count++] = seconds;
    else if (seen % (seen / DRIFT_SAMPLE + 1) == 0)
        d->seconds[seen % DRIFT_SAMPLE] = seconds;
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

bool drift_is_host(struct drift *d, int64_t *common_s)
{
    uint32_t alike = 0;
    *common_s = 0;
    if (d->count < DRIFT_LEAST)
        return false;
    qsort(d->seconds, d->count, sizeof d->seconds[0], order);
    int64_t middle = d->seconds[d->count / 2];
    for (uint32_t i = 0; i < d->count; i++)
        alike += d->seconds[i] >= middle - DRIFT_ALIKE_S && d->seconds[i] <= middle + DRIFT_ALIKE_S;
    *common_s = middle;
    return (middle > DRIFT_LIMIT_S || middle < -DRIFT_LIMIT_S) && (uint64_t)alike * 10 >= (uint64_t)d->count * OF_TEN;
}

bool drift_confirms_host(const struct drift *d)
{
    uint32_t near = 0;
    for (uint32_t i = 0; i < d->count; i++)
        near += d->seconds[i] >= -DRIFT_DAY_S && d->seconds[i] <= DRIFT_DAY_S;
    return d->count >= DRIFT_LEAST && near * 2 > d->count;
}
