/* A program that is run to its end, its output read, within a time. */
#ifndef BASE_PROCESS_COMMAND_H
#define BASE_PROCESS_COMMAND_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Runs argv[0] (looked for along PATH when it has no folder) with no standard input; what it writes on stdout and
 * stderr goes into `out` (cap > 0, always terminated, cut when it is longer). NULL ends argv; it runs in `folder`
 * (NULL: this program's own). True when it ended by itself within `timeout_ms`: `*status` is its exit status. False
 * with ERR_SYSTEM: it was not started, or was killed for it took too long, or by a signal. */
bool command_run(const char *const *argv, const char *folder, uint32_t timeout_ms, char *out, size_t cap, int *status,
                 struct failure *failure);

#endif
