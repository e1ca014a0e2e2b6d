/* This program's own file, for starting it again. */
#ifndef BASE_PROCESS_EXECUTABLE_H
#define BASE_PROCESS_EXECUTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* At the start of the program: opens its file, so that it can be started again after an update has replaced it on the
 * disk. */
void executable_open(void);

/* What to start. False when the system does not report it. */
bool executable_path(char *path, size_t cap);

#endif
