/* Values that are computed from read ones: the DERIVED rows of the catalogue. A value whose parts are absent stays
 * absent. The same code serves every way to a register, so that they cannot differ. */
#ifndef METRIC_DERIVED_DERIVE_H
#define METRIC_DERIVED_DERIVE_H

#include "metric/derived/now.h"
#include "metric/snapshot.h"

/* Computes what `wanted` names, makes an open shift that is past its 24 hours an expired one, and the date of a waiting
 * document that is after tomorrow none (undated). DERIVED values that are there already (the driver returned them) are
 * kept; those that an earlier call computed and that are wanted now are computed anew: it may have known less. */
void derive_metrics(struct snapshot *s, const struct metric_set *wanted, const struct surroundings *around);

/* The FN counts its days from the moment that it was asked for, the register's time. From another day than today they
 * are none: fn.resource_days is undated then. For the poll that asked, before derive_metrics. */
void derive_check_resource(struct snapshot *s, const struct surroundings *around);

/* Adds the READ metrics that the DERIVED ones in `wanted` are computed from. */
void derive_add_sources(struct metric_set *wanted);

/* Adds the metrics that the limits of those in `wanted` hang on (ONLY_IF, UNLESS): without them health cannot judge. */
void derive_add_guards(struct metric_set *wanted);

/* The READ metrics behind a DERIVED one, METRIC_COUNT after the last; NULL for a READ metric but shift.state, which is
 * judged by others. */
const enum metric *derive_sources(enum metric m);

#endif
