/* Opening hours of a shop: when its register is worth a poll. */
#ifndef POLL_HOURS_H
#define POLL_HOURS_H

#include "base/civil.h"

#include <stdbool.h>
#include <stdint.h>

/* Minutes since midnight for each day, Monday first; open == close: closed all day; close may be up to 24:00. Hours
 * over midnight are written as two days. */
struct hours {
    uint16_t open[7];
    uint16_t close[7];
};

/* Reads "always", "09:00-21:00" (each day) or "Mon-Fri 09:00-21:00, Sat 10:00-18:00" (days not named are closed).
 * False when it is anything else. */
bool hours_parse(const char *text, struct hours *hours);

/* Seconds from this wall-clock moment until the shop is open: 0 = it is open now, UINT32_MAX = it never is. */
uint32_t hours_until_open(const struct hours *hours, const struct civil *now);

#endif
