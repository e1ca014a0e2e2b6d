/* Whole files: read at once, written so that a reader sees the old content or the new one. Paths are UTF-8 on every
 * system. */
#ifndef BASE_FILES_FILE_H
#define BASE_FILES_FILE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Writes by a temporary file in the same folder and a rename. `durable`: also fsync before the rename, so that a power
 * cut leaves the old content or the new one; without it only a crash of the program is covered. Keeps the mode of a
 * file that is replaced, whatever the umask, and, as far as it may, its owner. Follows links, but not one that another
 * user made in a folder open to all; a device or a pipe is written into. On Windows a reader keeps the file from being
 * replaced: it is waited for, a second when durable, else a tenth. False with ERR_FILE; the old file is untouched
 * then. */
bool file_write_atomic(const char *path, const char *bytes, size_t count, bool durable, struct failure *failure);

/* The same, durable, but given up after `ms` milliseconds, whatever stands there: a pipe that nobody reads, a share
 * that is gone. What was given up still holds
 * a thread (base/files/within.h). */
bool file_write_within(const char *path, const char *bytes, size_t count, uint32_t ms, struct failure *failure);

enum file_spot { FILE_SPOT_GOOD, FILE_SPOT_FOLDER, FILE_SPOT_NOWHERE };

/* What is obviously wrong with a path that is to be written later: FOLDER: one stands there; NOWHERE: the folder that
 * it would stand in does not exist. GOOD is no promise, and also what was not known within `ms` milliseconds. */
enum file_spot file_spot_within(const char *path, uint32_t ms);

/* Would both paths be one file, written as file_write_atomic does: the same name in the same folder, links followed?
 * False also when it was not known within `ms` milliseconds. */
bool file_same_place_within(const char *a, const char *b, uint32_t ms);

/* 1: a folder stands there, or a link to one; 0: something else; else a libuv error. */
int file_is_folder(const char *path);

/* Removes a file; a file that cannot be removed stays; the error is ignored. */
void file_remove(const char *path);

/* The same for a file that file_write_atomic has written: links are followed as there and stay; what is no regular file
 * stays too. */
void file_remove_written(const char *path);

/* Reads a file of at most `max` bytes into memory that the caller frees; a NUL stands behind the content. NULL with
 * ERR_FILE. `missing` (may be NULL): whether the reason is that there is no such file. */
char *file_read(const char *path, size_t max, size_t *count, bool *missing, struct failure *failure);

/* The same for a caller that decides by the reason: `status` is 0 or a libuv error (UV_EFBIG: more than `max`). */
char *file_content(const char *path, size_t max, size_t *count, int *status);

#endif
