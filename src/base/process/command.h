/* A program that is run to its end, its output read, within a time. */
#ifndef BASE_PROCESS_COMMAND_H
#define BASE_PROCESS_COMMAND_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct command_options {
    const char *const *argv; /* NULL-terminated; argv[0] is looked for along PATH when it has no folder */
    const char *folder;      /* where it runs; NULL: where we do */
    const char *input;       /* what it reads on its standard input; NULL: nothing */
    bool errors;             /* what it writes on stderr is read too, whole lines between those of stdout */
    uint32_t timeout_ms;     /* it is killed then */
};

/* Runs it, in a loop of its own; what it writes goes into `out` (cap > 0, always terminated, cut when it is longer).
 * True when it ended by itself: `*status` is its exit status. False with ERR_SYSTEM: it was not started, or was killed
 * for it took too long, or by a signal; ERR_NO_MEMORY. */
bool command_run(const struct command_options *command, char *out, size_t cap, int *status, struct failure *failure);

#endif
