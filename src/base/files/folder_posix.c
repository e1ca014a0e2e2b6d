#include "base/files/folder.h"

#include "base/system_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 16

static int fd_of(const struct folder *folder)
{
    return (int)folder->handle;
}

/* A folder in which files can be made, by its descriptor. */
static bool adopt(struct folder *folder, int fd, struct failure *failure)
{
    if (fd < 0 || faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        int reason = errno;
        if (fd >= 0)
            (void)close(fd);
        return folder_failed(folder, "", -reason, failure);
    }
    folder->handle = fd;
    return true;
}

bool folder_open(struct folder *folder, const char *path, struct failure *failure)
{
    int n = snprintf(folder->path, sizeof folder->path, "%s", path);
    folder->handle = FOLDER_CLOSED;
    if (n < 0 || (size_t)n >= sizeof folder->path)
        return failure_explain(failure, ERR_FILE, "the path is too long: %s", "слишком длинный путь: %s", path);
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return folder_failed(folder, "", -errno, failure);
    return adopt(folder, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failure);
}

bool folder_open_inside(struct folder *folder, const struct folder *outer, const char *name, struct failure *failure)
{
    folder->handle = FOLDER_CLOSED;
    if (!folder_file_path(outer, name, folder->path, sizeof folder->path))
        return failure_explain(failure, ERR_FILE, "the path is too long: %s/%s", "слишком длинный путь: %s/%s",
                               outer->path, name);
    if (mkdirat(fd_of(outer), name, 0750) != 0 && errno != EEXIST)
        return folder_failed(folder, "", -errno, failure);
    return adopt(folder, openat(fd_of(outer), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), failure);
}

void folder_close(struct folder *folder)
{
    if (folder->handle != FOLDER_CLOSED)
        (void)close(fd_of(folder));
    folder->handle = FOLDER_CLOSED;
}

bool folder_is_at(const struct folder *folder, const char *path)
{
    struct stat ours, now;
    return fstat(fd_of(folder), &ours) == 0 && stat(path, &now) == 0 && ours.st_dev == now.st_dev &&
           ours.st_ino == now.st_ino;
}

bool folder_is_gone(const struct folder *folder)
{
    return !folder_is_at(folder, folder->path);
}

/* What stands at a name that is to be written; a new file gets 0644. False with the reason when it must stay. */
static bool may_replace(const struct folder *folder, const char *name, struct stat *old, bool *is_file,
                        struct failure *failure)
{
    struct stat own;
    *is_file = false;
    if (fstatat(fd_of(folder), name, old, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || folder_failed(folder, name, -errno, failure);
    *is_file = S_ISREG(old->st_mode);
    if (*is_file || old->st_uid == geteuid())
        return true;
    if (fstat(fd_of(folder), &own) == 0 && own.st_uid == old->st_uid)
        return true;
    return failure_explain(failure, ERR_FILE, "%s/%s is no file and belongs to another user: remove it",
                           "%s/%s — не файл и принадлежит другому пользователю: удалите его", folder->path, name);
}

/* A name beside the file that nobody has: NAME.PID-N.tmp */
static int create_beside(const struct folder *folder, const char *name, char *beside, size_t cap)
{
    static unsigned counter;
    int fd = -1;
    for (int i = 0; i < TRIES; i++) {
        int n = snprintf(beside, cap, "%s.%ld-%u.tmp", name, (long)getpid(), counter++);
        if (n < 0 || (size_t)n >= cap)
            return UV_ENAMETOOLONG;
        fd = openat(fd_of(folder), beside, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t n = write(fd, bytes, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        count -= (size_t)n;
    }
    return 0;
}

/* Who could read the old file can read the new one, as far as we may give it away. Nothing is asked of the system that
 * is so already: a sandbox may forbid the question. */
static int keep_rights(int fd, const struct stat *old)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        return -errno;
    bool same_owner = now.st_uid == old->st_uid && now.st_gid == old->st_gid;
    if (!same_owner && fchown(fd, old->st_uid, old->st_gid) != 0 && errno != EPERM)
        return -errno;
    bool same_mode = (now.st_mode & 0777) == (old->st_mode & 0777);
    return same_mode || fchmod(fd, old->st_mode & 0777) == 0 ? 0 : -errno;
}

bool folder_write(const struct folder *folder, const char *name, const char *bytes, size_t count,
                  struct failure *failure)
{
    struct stat old;
    bool is_file;
    char beside[FOLDER_NAME_MAX + 64];
    if (!may_replace(folder, name, &old, &is_file, failure))
        return false;
    int fd = create_beside(folder, name, beside, sizeof beside);
    if (fd < 0)
        return folder_failed(folder, name, fd, failure);
    int status = write_all(fd, bytes, count);
    if (status == 0 && is_file)
        status = keep_rights(fd, &old);
    if (close(fd) != 0 && status == 0)
        status = -errno;
    if (status == 0 && renameat(fd_of(folder), beside, fd_of(folder), name) != 0)
        status = -errno;
    if (status == 0)
        return true;
    folder_remove(folder, beside);
    return folder_failed(folder, name, status, failure);
}

/* A regular file, opened without waiting for whatever else may stand there; a negative libuv error otherwise. */
static int open_at(int folder, const char *name, int flags)
{
    struct stat s;
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
        return fd;
    (void)close(fd);
    return UV_EINVAL;
}

static int open_file(const struct folder *folder, const char *name, int flags)
{
    return open_at(fd_of(folder), name, flags);
}

static int read_all(int fd, char *bytes, size_t cap, size_t *count)
{
    *count = 0;
    while (*count < cap) {
        ssize_t n = read(fd, bytes + *count, cap - *count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        *count += (size_t)n;
    }
    return UV_EFBIG;
}

/* As much memory as the file needs, and one byte more to see that it has not grown. */
static char *content(int fd, size_t max, size_t *count, int *status)
{
    struct stat s;
    *status = fstat(fd, &s) == 0 ? 0 : -errno;
    if (*status == 0 && (uint64_t)s.st_size > max)
        *status = UV_EFBIG;
    if (*status != 0)
        return NULL;
    size_t cap = (size_t)s.st_size + 1;
    char *bytes = malloc(cap + 1);
    *status = bytes ? read_all(fd, bytes, cap, count) : UV_ENOMEM;
    if (*status != 0) {
        free(bytes);
        return NULL;
    }
    bytes[*count] = '\0';
    return bytes;
}

char *folder_read(const struct folder *folder, const char *name, size_t max, size_t *count, int *status,
                  struct failure *failure)
{
    int fd = open_file(folder, name, O_RDONLY), reason = fd < 0 ? fd : 0;
    char *bytes = fd < 0 ? NULL : content(fd, max, count, &reason);
    if (fd >= 0)
        (void)close(fd);
    if (status)
        *status = reason;
    if (!bytes && (reason == UV_EINVAL || reason == UV_ELOOP))
        failure_explain(failure, ERR_FILE, "%s/%s is no regular file", "%s/%s — не обычный файл", folder->path, name);
    else if (!bytes)
        folder_failed(folder, name, reason, failure);
    return bytes;
}

char *folder_read_path(const char *path, size_t max, size_t *count, struct failure *failure)
{
    int fd = open_at(AT_FDCWD, path, O_RDONLY), status = fd < 0 ? fd : 0;
    char *bytes = fd < 0 ? NULL : content(fd, max, count, &status);
    if (fd >= 0)
        (void)close(fd);
    if (!bytes)
        failure_system(failure, ERR_FILE, path, status);
    return bytes;
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
    struct stat s;
    if (fstatat(fd_of(folder), name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
        return false;
    *size = (uint64_t)s.st_size;
    return true;
}

int folder_cut(const struct folder *folder, const char *name, uint64_t size)
{
    int fd = open_file(folder, name, O_WRONLY);
    if (fd < 0)
        return fd;
    int status = ftruncate(fd, (off_t)size) == 0 ? 0 : -errno;
    (void)close(fd);
    return status;
}

int folder_move(const struct folder *from, const char *name, const struct folder *to, const char *new_name)
{
    return renameat(fd_of(from), name, fd_of(to), new_name) == 0 ? 0 : -errno;
}

void folder_remove(const struct folder *folder, const char *name)
{
    (void)unlinkat(fd_of(folder), name, 0);
}

int folder_each(const struct folder *folder, void (*each)(const char *name, void *context), void *context)
{
    int fd = openat(fd_of(folder), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int reason = errno;
        if (fd >= 0)
            (void)close(fd);
        return -reason;
    }
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(entry->d_name, context);
    (void)closedir(dir);
    return 0;
}
