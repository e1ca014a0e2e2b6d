/* Values that follow from more than one answer. Every way to a register calls these two once, when all is read and
 * before the values that were not asked for are dropped, so that the ways cannot differ. */
#ifndef METRIC_DERIVED_RECONCILE_H
#define METRIC_DERIVED_RECONCILE_H

#include "metric/snapshot.h"

/* The moment of a closed shift, or of one whose state was not read, says nothing: shift.expires is absent then. */
void reconcile_shift(struct snapshot *s);

/* Before its fiscal phase an FN has no term: fn.valid_until and fn.resource_days are absent. With fn.present 0 nothing
 * else of the groups fn and ofd is there but what the register itself keeps: the date of expiry, the last sending,
 * where the OFD is. The rest is old or made up without an FN. With nothing unsent there is no first unsent document:
 * its date is dropped. */
void reconcile_fn(struct snapshot *s);

/* Is whatever the register tells of this metric without a meaning, by what else it tells? So is the date of the first
 * unsent document when there is none, be it a date or not. */
bool reconcile_says_nothing(const struct snapshot *s, enum metric m);

/* Does the register say that it has no FN? */
bool reconcile_is_without_fn(const struct snapshot *s);

/* Is the end of an FN in its fiscal phase not known at all: it reports no date and counts no days? Days that it counted
 * by a wrong clock were reported. */
bool reconcile_is_term_unknown(const struct snapshot *s);

/* Does the register say that it is not fiscalised? */
bool reconcile_is_not_fiscal(const struct snapshot *s);

/* Protocol 3: what a register that is not fiscalised tells of its shift is garbage, and is not supported. */
void reconcile_not_fiscal(struct snapshot *s);

/* Does the metric come from the FN only? */
bool reconcile_needs_fn(enum metric m);

#endif
