/* A folder that belongs to this program: its files are reached through the folder that was opened, never by a path, and
 * no link in it is followed. Names are UTF-8, without a slash. */
#ifndef BASE_FILES_FOLDER_H
#define BASE_FILES_FOLDER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define FOLDER_PATH_MAX 1024
#define FOLDER_NAME_MAX 300

struct folder {
    intptr_t handle; /* of the system; FOLDER_CLOSED: not open */
    char path[FOLDER_PATH_MAX];
};
#define FOLDER_CLOSED ((intptr_t)-1)

/* Opens a folder, made (mode 0750) when it is not there, in which files can be made. The path itself may lead over
 * links. False with ERR_FILE "path: reason"; a path that is too long is an error too. */
bool folder_open(struct folder *folder, const char *path, struct failure *failure);
/* The same for a folder NAME within another one; a link is refused. */
bool folder_open_inside(struct folder *folder, const struct folder *outer, const char *name, struct failure *failure);
void folder_close(struct folder *folder);

/* Does a path lead to this folder, however it is written? */
bool folder_is_at(const struct folder *folder, const char *path);
/* Does its own path lead to another folder by now, or to none? */
bool folder_is_gone(const struct folder *folder);

/* FOLDER/NAME; false when it does not fit. For messages and other programs. */
bool folder_file_path(const struct folder *folder, const char *name, char *path, size_t cap);

/* Writes a file so that a reader sees the old content or the new one (no fsync: a crash of the program is covered, a
 * power cut is not). Mode and owner of a file stay, a new one has 0644 less the umask. What stands there and is no file
 * is replaced as a whole when it belongs to this user or to the folder's owner, and refused when it is another user's;
 * the target of a link is never touched. False with ERR_FILE "path: reason". */
bool folder_write(const struct folder *folder, const char *name, const char *bytes, size_t count,
                  struct failure *failure);

/* Reads a regular file of at most `max` bytes into memory that the caller frees; a NUL stands behind the content. A
 * link, a FIFO, a device is refused without waiting for it. NULL with ERR_FILE; `status` (may be NULL): 0 or a libuv
 * error, UV_EINVAL or UV_ELOOP for what is no regular file, UV_EFBIG for one that is larger. */
char *folder_read(const struct folder *folder, const char *name, size_t max, size_t *count, int *status,
                  struct failure *failure);

/* The same by a path, in a folder that need not be ours to write into. */
char *folder_read_path(const char *path, size_t max, size_t *count, struct failure *failure);

/* A new file, open for appending, mode 0640; a libuv error when it is below 0. folder_append_to: one that may be there,
 * a regular file. Close with uv_fs_close. */
uv_file folder_create(const struct folder *folder, const char *name);
uv_file folder_append_to(const struct folder *folder, const char *name);

/* Is there a regular file of that name, and how large is it? */
bool folder_has_file(const struct folder *folder, const char *name, uint64_t *size);

/* Cuts a file to a length. 0 or a libuv error. */
int folder_cut(const struct folder *folder, const char *name, uint64_t size);

/* Renames a file, into another folder too; what has the name there is replaced. 0 or a libuv error. */
int folder_move(const struct folder *from, const char *name, const struct folder *to, const char *new_name);

/* Removes a file or a link; what cannot be removed stays. */
void folder_remove(const struct folder *folder, const char *name);

/* Calls `each` with every name in the folder, in no order. 0 or a libuv error. */
int folder_each(const struct folder *folder, void (*each)(const char *name, void *context), void *context);

/* Is NAME one of the half-written files that folder_write leaves when its process is killed? `file`: the name that it
 * was to have, at least FOLDER_NAME_MAX bytes. */
bool folder_is_half_written(const char *name, char *file);

/* ERR_FILE "FOLDER/NAME: words of the error", each language whole; `name` "" speaks of the folder. Returns false. */
bool folder_failed(const struct folder *folder, const char *name, int status, struct failure *failure);

#endif
