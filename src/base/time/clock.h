/* The host's clocks. Protocol code reads neither: time is handed to it. */
#ifndef BASE_TIME_CLOCK_H
#define BASE_TIME_CLOCK_H

#include <stdint.h>

/* Unix time in milliseconds by the host's clock, which may be set back and forth; 0 when the host has none. */
int64_t clock_unix_ms(void);

/* Unix time when this program was built (that of its source): no clock that is right shows less. */
int64_t clock_built_s(void);

/* Milliseconds that only go on, from an arbitrary beginning. */
uint64_t clock_steady_ms(void);

/* Whole seconds from an arbitrary beginning that go on while the computer sleeps, too: ages are counted by it. */
int32_t clock_age_s(void);

#endif
