/* A folder that only one process may use: a lock file in it, released by the system when the process ends in whatever
 * way. */
#ifndef BASE_FILES_LOCK_H
#define BASE_FILES_LOCK_H

#include "base/error.h"

#include <stdint.h>

/* What is held; LOCK_NONE: nothing. */
typedef intptr_t lock_handle;
#define LOCK_NONE ((lock_handle)-1)

/* Locks FOLDER/NAME, made when it is not there. False with ERR_FOLDER_TAKEN when another process (or this one) holds
 * it, else with ERR_FILE. */
bool lock_acquire(const char *folder, const char *name, lock_handle *held, struct failure *failure);

/* Releases it; the file stays. LOCK_NONE is allowed. */
void lock_release(lock_handle held);

#endif
