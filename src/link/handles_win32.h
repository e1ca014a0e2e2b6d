/* Who has an object of the system open: by the table of all handles, as far as this user may look into the processes.
 * Windows only. */
#ifndef LINK_HANDLES_WIN32_H
#define LINK_HANDLES_WIN32_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Finds another process that has the object open and writes "frontol.exe (pid 1234)". `name`: as the system names it,
 * "\Device\Serial0". False when there is none, or it belongs to a user whose processes we may not open. Takes at most a
 * second: some handles do not answer. */
bool handles_find(const wchar_t *name, char *buf, size_t cap);

/* The system's name of what stands behind an open handle; false when it has none or it does not fit. */
bool handles_name(void *handle, wchar_t *name, size_t cap);

#endif
