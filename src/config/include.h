/* include: registers.d/[*].yaml - the files that a pattern names. Only config/ and the reader of the agent's file
 * (push/agent_config.c) include this. */
#ifndef CONFIG_INCLUDE_H
#define CONFIG_INCLUDE_H

#include "base/error.h"

/* Calls `each` for the files that the pattern names, in the order of their names; a relative pattern begins at the
 * folder of `from`. Stars stand for anything, in the last part of the path only; a pattern with a star may name no file
 * at all. False when `each` was, or with ERR_FILE. */
bool include_each(const char *from, const char *pattern,
                  bool (*each)(const char *path, void *context, struct failure *failure), void *context,
                  struct failure *failure);

#endif
