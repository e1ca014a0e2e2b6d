/* Values as a person reads them, and which of them are wrong. Only output/ includes this. */
#ifndef OUTPUT_TABLE_VALUES_H
#define OUTPUT_TABLE_VALUES_H

#include "metric/snapshot.h"

enum severity { SEVERITY_PLAIN, SEVERITY_WARNING, SEVERITY_WRONG };

/* "yes", "3 d 4 h", "1234.50 ₽", "open", … The metric must be there. */
void table_value(const struct snapshot *s, enum metric m, enum lang lang, char *buf, size_t cap);

/* Is the value one to worry about (the severities of domain.md §3.5)? */
enum severity table_severity(const struct snapshot *s, enum metric m);

/* The heading of a group. */
const char *table_heading(const char *group, enum lang lang);

#endif
