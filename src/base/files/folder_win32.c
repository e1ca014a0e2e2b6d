/* Windows has no openat: paths below a folder whose permissions keep other users out, and whatever is a reparse point
 * is refused. */
#include "base/files/folder.h"

#include "base/system_error.h"

#include "base/files/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_CAP (FOLDER_PATH_MAX + FOLDER_NAME_MAX + 8)

static int done(uv_fs_t *request, ssize_t result)
{
    uv_fs_req_cleanup(request);
    return (int)result;
}

/* The path of a file, and what stands there: 0 a regular file, UV_ENOENT nothing, UV_EINVAL something else. */
static int look_at(const struct folder *folder, const char *name, char *path, uint64_t *size)
{
    uv_fs_t request;
    if (!folder_file_path(folder, name, path, PATH_CAP))
        return UV_ENAMETOOLONG;
    int status = uv_fs_lstat(NULL, &request, path, NULL);
    bool regular = status == 0 && (request.statbuf.st_mode & S_IFMT) == S_IFREG;
    *size = request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    return status == 0 && !regular ? UV_EINVAL : status;
}

static bool adopt(struct folder *folder, int made, struct failure *failure)
{
    uv_fs_t request;
    int status =
        made == 0 || made == UV_EEXIST ? done(&request, uv_fs_access(NULL, &request, folder->path, 7, NULL)) : made;
    if (status != 0)
        return folder_failed(folder, "", status, failure);
    folder->handle = 0;
    return true;
}

bool folder_open(struct folder *folder, const char *path, struct failure *failure)
{
    uv_fs_t request;
    int n = snprintf(folder->path, sizeof folder->path, "%s", path);
    folder->handle = FOLDER_CLOSED;
    if (n < 0 || (size_t)n >= sizeof folder->path)
        return failure_explain(failure, ERR_FILE, "the path is too long: %s", "слишком длинный путь: %s", path);
    return adopt(folder, done(&request, uv_fs_mkdir(NULL, &request, path, 0750, NULL)), failure);
}

bool folder_open_inside(struct folder *folder, const struct folder *outer, const char *name, struct failure *failure)
{
    uv_fs_t request;
    folder->handle = FOLDER_CLOSED;
    if (!folder_file_path(outer, name, folder->path, sizeof folder->path))
        return failure_explain(failure, ERR_FILE, "the path is too long: %s/%s", "слишком длинный путь: %s/%s",
                               outer->path, name);
    int made = done(&request, uv_fs_mkdir(NULL, &request, folder->path, 0750, NULL));
    int status = uv_fs_lstat(NULL, &request, folder->path, NULL);
    if (status == 0 && (request.statbuf.st_mode & S_IFMT) != S_IFDIR)
        made = UV_ENOTDIR;
    uv_fs_req_cleanup(&request);
    return adopt(folder, made, failure);
}

void folder_close(struct folder *folder)
{
    folder->handle = FOLDER_CLOSED;
}

bool folder_is_at(const struct folder *folder, const char *path)
{
    uv_fs_t request;
    uv_stat_t ours = {0};
    if (uv_fs_stat(NULL, &request, folder->path, NULL) == 0)
        ours = request.statbuf;
    uv_fs_req_cleanup(&request);
    bool same = uv_fs_stat(NULL, &request, path, NULL) == 0 && ours.st_ino != 0 &&
                request.statbuf.st_dev == ours.st_dev && request.statbuf.st_ino == ours.st_ino;
    uv_fs_req_cleanup(&request);
    return same;
}

bool folder_is_gone(const struct folder *folder)
{
    uv_fs_t request;
    return done(&request, uv_fs_stat(NULL, &request, folder->path, NULL)) != 0;
}

bool folder_write(const struct folder *folder, const char *name, const char *bytes, size_t count,
                  struct failure *failure)
{
    char path[PATH_CAP];
    uint64_t size;
    int status = look_at(folder, name, path, &size);
    if (status != 0 && status != UV_ENOENT)
        return folder_failed(folder, name, status, failure);
    return file_write_atomic(path, bytes, count, false, failure);
}

char *folder_read(const struct folder *folder, const char *name, size_t max, size_t *count, int *status,
                  struct failure *failure)
{
    char path[PATH_CAP], *bytes = NULL;
    uint64_t size;
    int reason = look_at(folder, name, path, &size);
    if (reason == 0)
        bytes = file_content(path, max, count, &reason);
    if (status)
        *status = reason;
    if (!bytes)
        folder_failed(folder, name, reason, failure);
    return bytes;
}

char *folder_read_path(const char *path, size_t max, size_t *count, struct failure *failure)
{
    uv_fs_t request;
    int status = uv_fs_lstat(NULL, &request, path, NULL);
    if (status == 0 && (request.statbuf.st_mode & S_IFMT) != S_IFREG)
        status = UV_EINVAL;
    uv_fs_req_cleanup(&request);
    if (status == 0)
        return file_read(path, max, count, NULL, failure);
    failure_system(failure, ERR_FILE, path, status);
    return NULL;
}

static uv_file open_file(const struct folder *folder, const char *name, int flags)
{
    char path[PATH_CAP];
    uint64_t size;
    uv_fs_t request;
    int status = look_at(folder, name, path, &size);
    if (status != 0 && (status != UV_ENOENT || !(flags & O_CREAT)))
        return status;
    return done(&request, uv_fs_open(NULL, &request, path, flags, 0640, NULL));
}

uv_file folder_create(const struct folder *folder, const char *name)
{
    return open_file(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_APPEND);
}

uv_file folder_append_to(const struct folder *folder, const char *name)
{
    return open_file(folder, name, O_CREAT | O_WRONLY | O_APPEND);
}

bool folder_has_file(const struct folder *folder, const char *name, uint64_t *size)
{
    char path[PATH_CAP];
    return look_at(folder, name, path, size) == 0;
}

int folder_cut(const struct folder *folder, const char *name, uint64_t size)
{
    uv_fs_t request;
    uv_file file = open_file(folder, name, O_WRONLY);
    if (file < 0)
        return file;
    int status = done(&request, uv_fs_ftruncate(NULL, &request, file, (int64_t)size, NULL));
    (void)done(&request, uv_fs_close(NULL, &request, file, NULL));
    return status;
}

int folder_move(const struct folder *from, const char *name, const struct folder *to, const char *new_name)
{
    char old[PATH_CAP], path[PATH_CAP];
    uv_fs_t request;
    if (!folder_file_path(from, name, old, sizeof old) || !folder_file_path(to, new_name, path, sizeof path))
        return UV_ENAMETOOLONG;
    return done(&request, uv_fs_rename(NULL, &request, old, path, NULL));
}

void folder_remove(const struct folder *folder, const char *name)
{
    char path[PATH_CAP];
    if (folder_file_path(folder, name, path, sizeof path))
        file_remove(path);
}

int folder_each(const struct folder *folder, void (*each)(const char *name, void *context), void *context)
{
    uv_fs_t request;
    uv_dirent_t entry;
    int status = uv_fs_scandir(NULL, &request, folder->path, 0, NULL);
    while (status >= 0 && uv_fs_scandir_next(&request, &entry) != UV_EOF)
        each(entry.name, context);
    uv_fs_req_cleanup(&request);
    return status < 0 ? status : 0;
}
