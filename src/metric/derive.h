/* Values that are computed from read ones: the DERIVED rows of the catalogue. A value whose parts are absent stays
 * absent. The same code serves every way to a register, so that they cannot differ. */
#ifndef METRIC_DERIVE_H
#define METRIC_DERIVE_H

#include "base/zone.h"
#include "metric/snapshot.h"

/* Computes what `wanted` names. `zone` is the register's (its clock tells none); `now_unix_s` the host's clock at the
 * moment when device.time was read. DERIVED values that are there already (the driver told them) are kept. */
void derive_metrics(struct snapshot *s, const struct metric_set *wanted, const struct zone *zone, int64_t now_unix_s);

/* Adds the READ metrics that the DERIVED ones in `wanted` are computed from. */
void derive_add_sources(struct metric_set *wanted);

/* The READ metrics behind a DERIVED one, METRIC_COUNT after the last; NULL for a READ metric. For the documents. */
const enum metric *derive_sources(enum metric m);

#endif
