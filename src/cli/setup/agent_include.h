/* The line of a Zabbix agent's file that includes ours: put in, taken out, nothing else touched. */
#ifndef CLI_SETUP_AGENT_INCLUDE_H
#define CLI_SETUP_AGENT_INCLUDE_H

#include "base/error.h"

#include <stddef.h>

/* What was found and done, for the person who asked. */
struct agent_include {
    bool changed;           /* the file was written */
    bool mark_removed;      /* a byte order mark, at which every agent stops, stood at its beginning and is gone */
    unsigned unreadable_at; /* the first line that is not UTF-8, at which agents stop; 0: none. It is left as it is */
};

/* Sees to it that the agent's file at `path` includes `file`, once, as its last line; or, with `wanted` false, that it
 * does not. The line's end is that of the file's other lines; the file is written whole, and only when it changes.
 * False with ERR_AGENT_FILE when the file is UTF-16, which no agent reads, with ERR_FILE when it cannot be read or
 * written. `file` has no line break. */
bool agent_include_set(const char *path, const char *file, bool wanted, struct agent_include *out,
                       struct failure *failure);

/* Does it include `file`? False as above when it cannot be read. */
bool agent_include_find(const char *path, const char *file, bool *there, struct failure *failure);

#endif
