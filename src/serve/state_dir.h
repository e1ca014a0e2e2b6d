/* The folder of the snapshots: one serve uses it. It follows no link in it, and removes nothing but what a serve made.
 */
#ifndef SERVE_STATE_DIR_H
#define SERVE_STATE_DIR_H

#include "base/files/folder.h"
#include "base/files/lock.h"
#include "config/config.h"

struct state_dir {
    struct folder folder;
    lock_handle lock;
};

/* Opens the folder, made when it is not there, locks it and removes what a killed run left half-written. False with
 * ERR_FOLDER_TAKEN or ERR_FILE. */
bool state_dir_open(struct state_dir *dir, const char *path, struct failure *failure);
void state_dir_close(struct state_dir *dir);

/* Writes NAME.json as a whole. A folder that was removed, or that another one stands in for, is made and locked anew.
 * False with ERR_FOLDER_TAKEN or ERR_FILE. */
bool state_dir_write(struct state_dir *dir, const char *name, const char *text, struct failure *failure);

/* Has the folder been removed meanwhile? Makes and locks it anew then; false when that fails. */
bool state_dir_renew(struct state_dir *dir, struct failure *failure);

/* Removes the snapshots of registers that are not configured: files NAME.json that hold a document of NAME, and no
 * other. Nothing for a configuration of no registers: it may be another serve's folder that such a trial was given. */
void state_dir_remove_stale(const struct state_dir *dir, const struct config *config);

/* The same for registers of a configuration, by their places in config->kkts. */
void state_dir_remove(const struct state_dir *dir, const struct config *config, const uint32_t *places, uint32_t count);

/* Moves the snapshots of all registers of the configuration into another folder, where they replace what is there. What
 * cannot be moved is removed. */
void state_dir_move_all(const struct state_dir *from, const struct state_dir *to, const struct config *config);

#endif
