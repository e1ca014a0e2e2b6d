/* --trace of `get`: the record of its poll as a file. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "cli/target.h"

/* Lets the poll be recorded when --trace is there; false with ERR_USAGE where that cannot be. */
bool trace_prepare(const struct args *args, struct target *target, struct failure *failure);

/* Writes the record, atomically and within `ms`; true when there is none. Frees it. */
bool trace_write(const struct args *args, struct target *target, const struct document *d, uint32_t ms,
                 struct failure *failure);

#endif
