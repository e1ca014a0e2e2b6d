/* From the files to the configuration: their keys, as tables. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config.h"

/* Reads a configuration; NULL path = the usual place. NULL with ERR_CONFIG: "file:line: what is wrong, what is
 * expected". `missing` (may be NULL) is set when there is no such file. */
struct config *config_load(const char *path, bool *missing, struct failure *failure);

#endif
