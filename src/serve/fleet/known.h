/* From one poll to the whole picture of a register: quick values of now and slow values of the last full poll, packed
 * while the register rests. */
#ifndef SERVE_FLEET_KNOWN_H
#define SERVE_FLEET_KNOWN_H

#include "metric/derived/health.h"
#include "metric/derived/now.h"

/* Start with zeros. */
struct known {
    void *packed; /* NULL: nothing is known */
    uint32_t size;
    struct failure *missing; /* what the last full poll did not bring; NULL: it brought all */
    struct metric_set held;  /* of the packed values those that a later poll asked for and did not bring */
};

struct known_poll {
    bool full;
    const struct surroundings *around;  /* of the poll */
    const struct health_limits *limits; /* NULL: the catalogue's */
};

/* Adds to a fresh poll `s` the slow values that are known, unless the register, its FN or its firmware is another one;
 * what is computed is computed anew from all that is known then. Remembers the result. A poll that brought nothing
 * forgets all. True: everything must be asked at once, as it is another one, or nobody knows (neither serial number was
 * read; `s` says so).
 *
 * What a poll asked for and did not bring is absent, in this document and in those that follow, and a full poll that
 * lacks something is reported (ERR_PARTIAL) until one brings all. But no alarm ends because a request was refused: such
 * values are held for known_health. A refused serial number or version says nothing against the register. */
bool known_merge(struct known *known, struct snapshot *s, const struct known_poll *poll);

/* What `health` goes by: the values of `s` (known_merge has seen it) and those that are held, into `to`. False when
 * nothing is held: then it is `s` itself. */
bool known_health(const struct known *known, const struct snapshot *s, const struct known_poll *poll,
                  struct snapshot *to);

/* Zabbix watches the smaller one of the two counts of the FN's days. When the one that raises an alarm is held, the
 * other alone would end it: it is removed from `s`. */
void known_keep_fn_alarm(struct snapshot *s, const struct snapshot *whole, const struct health_limits *limits);

/* The last snapshot: slow values, identity, what raised an alarm. False when nothing is known. */
bool known_last(const struct known *known, struct snapshot *to);

void known_forget(struct known *known);

#endif
