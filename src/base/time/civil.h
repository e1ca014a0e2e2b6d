/* Dates and times of a register: wall-clock values without a zone. */
#ifndef BASE_TIME_CIVIL_H
#define BASE_TIME_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* year 1..9999, month 1..12, day 1..31, hour 0..23, minute and second 0..59 */
struct civil {
    int year, month, day, hour, minute, second;
};

/* Room for "yyyy-mm-ddThh:mm:ss" and its NUL. */
#define CIVIL_TEXT_MAX 20

/* A real date of the calendar and a real time of day? */
bool civil_valid(const struct civil *c);

/* Seconds from 1970-01-01T00:00:00 of the same clock (no zone). The date must be valid. */
int64_t civil_to_seconds(const struct civil *c);

/* The inverse, for years 1..9999; outside them false. */
bool civil_from_seconds(int64_t seconds, struct civil *c);

/* "yyyy-mm-ddThh:mm:ss" / "yyyy-mm-dd" */
void civil_print_time(const struct civil *c, char text[CIVIL_TEXT_MAX]);
void civil_print_date(const struct civil *c, char text[CIVIL_TEXT_MAX]);

/* Reads exactly these two forms (the date alone gives 00:00:00); false when the text is anything else. */
bool civil_parse(const char *text, struct civil *c);

#endif
