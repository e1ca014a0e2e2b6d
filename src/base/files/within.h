/* Work that may be held for ever by what stands at a path: a pipe that nobody reads or writes, a share that is gone. */
#ifndef BASE_PROCESS_WITHIN_H
#define BASE_PROCESS_WITHIN_H

#include <stdbool.h>
#include <stdint.h>

/* Calls job(data) in a thread and waits for its end, `ms` milliseconds at most. False: it was given up; its thread
 * still uses `data`, which must be left to it. Where no thread is to be had the job is done here, however long. */
bool within_ms(void (*job)(void *data), void *data, uint32_t ms);

/* How many threads are still held by a job that was given up: a plain return from main might wait for them. */
unsigned within_pending(void);

#endif
