/* The folder of the snapshots: one serve uses it, and what stands in it belongs to registers that there are. */
#ifndef SERVE_STATE_DIR_H
#define SERVE_STATE_DIR_H

#include "base/lock.h"
#include "config/config.h"

/* Makes the folder if it is not there, locks it and removes what a killed life left half-written. False with
 * ERR_FOLDER_TAKEN or ERR_SYSTEM. */
bool state_dir_acquire(const char *folder, lock_handle *lock, struct failure *failure);

/* Removes the snapshots of registers that are not configured: files NAME.json that hold a document of NAME, and no
 * other. */
void state_dir_remove_stale(const struct config *config);

/* Removes the snapshots of the registers that only the old configuration has, or of all when their folder is another
 * one now. */
void state_dir_remove_gone(const struct config *old, const struct config *now);

#endif
