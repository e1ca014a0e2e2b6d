/* Time zones of the shops. Russia has had no summer time since 2014, so a zone is an offset: a table of names serves
 * Linux and Windows alike. */
#ifndef BASE_TIME_ZONE_H
#define BASE_TIME_ZONE_H

#include "base/time/civil.h"

#include <stdbool.h>
#include <stdint.h>

struct zone {
    bool host;        /* the zone of this computer, summer time included */
    int32_t offset_s; /* east of Greenwich, when not `host` */
};

/* Reads "", "host" (the computer's own), "UTC", "+03:00", "-05:30", "Europe/Moscow", "Asia/Yekaterinburg" …
 * False when the name is unknown. */
bool zone_parse(const char *name, struct zone *zone);

/* The host's zone may have been changed since the process began: reads it again. For any thread. */
void zone_refresh(void);

/* Offset of the zone at that moment (Unix time), seconds east of Greenwich. */
int32_t zone_offset(const struct zone *zone, int64_t unix_s);

/* Unix time of a wall-clock reading in the zone. */
int64_t zone_to_unix(const struct zone *zone, const struct civil *c);

/* Wall-clock reading of a Unix time in the zone; false outside years 1..9999. */
bool zone_from_unix(const struct zone *zone, int64_t unix_s, struct civil *c);

/* "2026-11-22T12:00:00+03:00"; the buffer holds ZONE_TEXT_MAX bytes. */
#define ZONE_TEXT_MAX 32
void zone_print(const struct zone *zone, int64_t unix_s, char text[ZONE_TEXT_MAX]);

#endif
