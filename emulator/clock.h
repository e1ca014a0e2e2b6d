/* The wall clock as the C library has it, over base/time/civil.h. */
#ifndef EMULATOR_CLOCK_H
#define EMULATOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Seconds of a wall clock since 1970-01-01T00:00:00, no zone; tm_year, tm_mon, … as in C;
 * outside the years 1 to 9999 the first of 1970. */
int64_t clock_from_tm(const struct tm *tm);
struct tm clock_to_tm(int64_t wall);

/* The host's wall clock now. */
int64_t clock_now(void);

/* "yyyy-mm-dd" or "yyyy-mm-ddThh:mm:ss"; false when it is neither. */
bool clock_parse(const char *text, int64_t *wall);

#endif
