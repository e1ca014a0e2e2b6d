/* When all registers differ from this computer alike, this computer's clock is wrong. That can be decided from many
 * registers, never from one. */
#ifndef SERVE_FLEET_DRIFT_H
#define SERVE_FLEET_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIFT_LEAST   3   /* registers that it takes */
#define DRIFT_ALIKE_S 60  /* from the middle one */
#define DRIFT_LIMIT_S 120 /* below that nothing is said: the limit of the catalogue's first warning */
#define DRIFT_DAY_S   86400
#define DRIFT_SAMPLE  1001

/* The registers' clocks minus the host's, in seconds, a sample of at most DRIFT_SAMPLE; start with zeros. */
struct drift {
    int64_t seconds[DRIFT_SAMPLE];
    uint32_t count, seen;
};

/* One register's; of more than DRIFT_SAMPLE some are left out, evenly. */
void drift_add(struct drift *drift, int64_t seconds);

/* Do at least nine in ten differ from the host alike, and by more than the limit? `common_s` gets by how much. Sorts.
 */
bool drift_is_host(struct drift *drift, int64_t *common_s);

/* Are most of them (DRIFT_LEAST at least) within a day of the host? Then a clock that is further off is itself wrong.
 */
bool drift_confirms_host(const struct drift *drift);

#endif
