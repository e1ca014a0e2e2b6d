/* What a value may look like: the range and the form of its row in catalogue.def. snapshot_set_* hold every value
 * against it, whichever way it came, so that a value out of its form is unreadable everywhere alike. */
#ifndef METRIC_FORM_H
#define METRIC_FORM_H

#include "base/time/civil.h"
#include "metric/catalogue.h"

#include <stddef.h>

/* A BOOL is 0 or 1, a number lies in its range or has a word. */
bool form_number(enum metric m, int64_t value);

/* UTF-8 without control characters, of the length and the alphabet of the row. */
bool form_text(enum metric m, const char *text, size_t length);

enum form_date {
    FORM_DATE_GOOD,
    FORM_DATE_NONE,      /* how a register writes that it has none */
    FORM_DATE_IMPOSSIBLE /* month 22, or a year after 2099 */
};

/* None are: all zeros, 1970, 1 and 2 January 2070 (01.01.70 in two digits, and a day later), and whatever is before
 * 2016, when there were no FNs; of the register's own clock only zeros, 1970 and 2070-01-01. */
enum form_date form_date(enum metric m, const struct civil *c);

/* How a register fills a text that it does not have: nothing, or an INN of zeros only. */
bool form_is_no_text(enum metric m, const char *text, size_t length);

/* 10 or 12 digits whose check digits are right; 00 and ten digits is how a register fills up an organisation's.
 * Zeros only are none. */
bool form_is_inn(const char *text, size_t length);

#endif
