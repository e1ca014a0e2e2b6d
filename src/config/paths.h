/* Paths that a configuration names. Only config/ includes this. */
#ifndef CONFIG_PATHS_H
#define CONFIG_PATHS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* "/x", "\x", "C:…" */
bool path_is_absolute(const char *path);

/* The length of "folder/" in "folder/file"; 0 when there is no folder. */
size_t path_folder_length(const char *path);

/* A relative `path` begins at the folder of the file `from`. False when it does not fit. */
bool path_beside(const char *from, const char *path, char *buf, size_t cap);

/* "PATH: words of the libuv error, and what to do". ERR_FILE when only a person can mend it (there is no such file, it
 * is a folder, nobody may read it), else ERR_CONFIG_UNREAD or ERR_NO_MEMORY: it may be read the next time. Returns
 * false. */
bool config_unread(const char *path, int status, struct failure *failure);

#endif
