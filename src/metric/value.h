/* Values as a person reads them. */
#ifndef METRIC_VALUE_H
#define METRIC_VALUE_H

#include "metric/snapshot.h"

/* "yes", "3 d 4 h", "1234.50 ₽", "open", "2026-11-22 12:00:03": the value of a metric that is there, written into
 * buf, cut at a whole character. Russian dates are 22.11.2026. */
void value_text(const struct snapshot *s, enum metric m, enum lang lang, char *buf, size_t cap);

/* A number in the unit of the metric, as value_text writes it. */
void value_number(enum metric m, int64_t value, enum lang lang, char *buf, size_t cap);

#endif
