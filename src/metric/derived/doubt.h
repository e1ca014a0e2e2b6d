/* Implausible values: those that do not fit their usual form or each other. They stay values, but the native ways ask
 * for them once more in the same poll, as both protocols let one pair of flipped bits in twenty through
 * (docs/reliability.md). */
#ifndef METRIC_DERIVED_DOUBT_H
#define METRIC_DERIVED_DOUBT_H

#include "metric/snapshot.h"

/* Adds the READ metrics that are doubtful. Derived values must be there (derive_metrics). */
void doubt_of(const struct snapshot *s, struct metric_set *doubtful);

/* Is the registration number (РНМ) the tax service's for that register and owner? Its last six digits are a checksum of
 * the first ten, of the INN and of the factory serial number. False also for what is no such number. */
bool doubt_number_fits(const char *number, const char *inn, const char *serial);

#endif
