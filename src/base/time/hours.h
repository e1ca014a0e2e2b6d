/* Opening hours of a shop: when its register is worth a poll. */
#ifndef BASE_TIME_HOURS_H
#define BASE_TIME_HOURS_H

#include "base/time/civil.h"

#include <stdbool.h>
#include <stdint.h>

#define HOURS_RANGES_MAX 28 /* four a day */

/* Minutes since Monday 00:00. The last range of a week may end in the next one. */
struct hours_range {
    uint16_t open, close;
};

struct hours {
    uint16_t count;
    struct hours_range ranges[HOURS_RANGES_MAX];
};

enum hours_verdict {
    HOURS_GOOD,
    HOURS_UNREADABLE, /* it is no such text */
    HOURS_OVERLAP,    /* two ranges of one day overlap */
    HOURS_TOO_MANY,   /* more than HOURS_RANGES_MAX ranges */
};

/* Reads "always", "09:00-21:00" (each day), "Mon-Fri 09:00-21:00, Sat 10:00-18:00" (days not named are closed) or
 * several ranges of one day, "09:00-13:00, 14:00-18:00". A range that ends before it begins, "20:00-04:00", ends on the
 * day after the one that it belongs to. */
enum hours_verdict hours_parse(const char *text, struct hours *hours);

/* Seconds from this wall-clock moment until the shop is open: 0 = it is open now, UINT32_MAX = it never is. */
uint32_t hours_until_open(const struct hours *hours, const struct civil *now);

/* Seconds for which it has been open; 0 = it is closed, or opens just now. At most a week: "always" has no beginning.
 */
uint32_t hours_open_for(const struct hours *hours, const struct civil *now);

#endif
