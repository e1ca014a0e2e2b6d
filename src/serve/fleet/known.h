/* From one poll to the whole picture of a register: quick values of now and slow values of the last full poll, packed
 * while the register rests. */
#ifndef SERVE_FLEET_KNOWN_H
#define SERVE_FLEET_KNOWN_H

#include "metric/derived/now.h"

/* Start with zeros. */
struct known {
    void *packed; /* NULL: nothing is known */
    uint32_t size;
    struct failure *missing; /* what the last full poll did not bring; NULL: it brought all */
    int64_t whole_ms;        /* when a full poll brought all, Unix time; 0: never */
};

/* Adds to a fresh poll `s` the slow values that are known, unless the register, its FN or its firmware is another one
 * (true then); what is computed is computed anew from
 * all that is known then. Remembers the result. A poll that brought
 * nothing forgets all; values whose register or FN did not report its number are not added to. What is missing in a
 * full poll is reported (ERR_PARTIAL) until one brings all; meanwhile the values of the last whole one stand in for it,
 * for twice `identity_s` at most. */
bool known_merge(struct known *known, struct snapshot *s, bool full, uint32_t identity_s,
                 const struct surroundings *around);

/* The last snapshot, whole; false when nothing is known. */
bool known_last(const struct known *known, struct snapshot *to);

void known_forget(struct known *known);

#endif
