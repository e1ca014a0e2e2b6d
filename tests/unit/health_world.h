/* A snapshot and what `health` says of it. */
#ifndef TESTS_HEALTH_WORLD_H
#define TESTS_HEALTH_WORLD_H

#include "metric/derived/health.h"

#include "check.h"

#include <string.h>

static struct snapshot s;
static struct health h;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    return 0;
}

static void judge(const struct health_limits *limits, enum lang lang)
{
    health_of(&s, STATE_OK, "", limits, lang, &h);
}

#endif
