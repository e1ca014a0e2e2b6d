/* libuv's synchronous calls: the same code on Linux and Windows, with UTF-8 paths and a rename that replaces. */
#include "base/files/file.h"

#include "base/files/file_place.h"
#include "base/system_error.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif
#ifndef O_NOFOLLOW
#define O_NOFOLLOW 0
#endif

#define TRIES     16
#define READ_STEP 16384 /* of memory, at first */

/* How long a reader may hold the file that is to be replaced: a durable write belongs to one document, the other kind
 * to a loop with many registers, which waits meanwhile. */
#define RENAME_STEP_MS      5
#define DURABLE_PATIENCE_MS 1000
#define PATIENCE_MS         100

static bool fail(struct failure *f, const char *path, int status)
{
    if (status == FILE_FOREIGN_LINK)
        return failure_explain(
            f, ERR_FILE,
            "%s is a link that another user made in a folder open to all, and is not followed; remove "
            "it or write to another folder",
            "%s — ссылка, созданная другим пользователем в общей папке; запись по ней не идёт. Удалите "
            "её или выберите другую папку",
            TEXT_PATH(path));
    return failure_system(f, ERR_FILE, path, status);
}

static int done(uv_fs_t *request, ssize_t result)
{
    uv_fs_req_cleanup(request);
    return (int)result;
}

static int write_all(uv_file file, const char *bytes, size_t count)
{
    while (count > 0) {
        uv_fs_t request;
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, count > 1 << 20 ? 1U << 20 : (unsigned)count);
        int n = done(&request, uv_fs_write(NULL, &request, file, &buf, 1, -1, NULL));
        if (n < 0)
            return n;
        bytes += n;
        count -= (size_t)n;
    }
    return 0;
}

/* Who could read the old file can read the new one, as far as we may give it away. The mode after the owner, whose
 * change takes bits from it. */
static void keep_rights(const struct file_place *place, uv_file file)
{
#ifdef _WIN32
    (void)place, (void)file; /* rights are the folder's there */
#else
    uv_fs_t request;
    if (done(&request, uv_fs_fchown(NULL, &request, file, place->owner, place->group, NULL)) != 0)
        (void)done(&request, uv_fs_fchown(NULL, &request, file, (uv_uid_t)-1, place->group, NULL));
    (void)done(&request, uv_fs_fchmod(NULL, &request, file, place->mode, NULL));
#endif
}

/* A name beside the file that nobody has: PATH.PID-N.tmp */
static int create_beside(const struct file_place *place, char *name, size_t cap, uv_file *file)
{
    static unsigned counter;
    int status = UV_EEXIST;
    uv_fs_t request;
    for (int i = 0; i < TRIES && status == UV_EEXIST; i++) {
        int n = snprintf(name, cap, "%s.%ld-%u.tmp", place->path, (long)uv_os_getpid(), counter++);
        if (n < 0 || (size_t)n >= cap)
            return UV_ENAMETOOLONG;
        status = done(&request, uv_fs_open(NULL, &request, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                                           place->exists ? 0600 : place->mode, NULL));
    }
    if (status >= 0 && place->exists)
        keep_rights(place, status);
    *file = status;
    return status < 0 ? status : 0;
}

static int close_after(uv_file file, int status)
{
    uv_fs_t request;
    int closed = done(&request, uv_fs_close(NULL, &request, file, NULL));
    return status == 0 ? closed : status;
}

static int write_into(const struct file_place *place, const char *bytes, size_t count)
{
    uv_fs_t request;
    int flags = O_WRONLY | O_CLOEXEC | (place->magic ? 0 : O_NOFOLLOW);
    uv_file file = done(&request, uv_fs_open(NULL, &request, place->path, flags, 0, NULL));
    return file < 0 ? file : close_after(file, write_all(file, bytes, count));
}

#ifdef _WIN32
/* There a file cannot be replaced while anybody has it open: an agent, an antivirus. They close it soon. */
static int rename_over(const char *from, const char *to, unsigned patience_ms)
{
    uv_fs_t request;
    for (unsigned waited = 0;; waited += RENAME_STEP_MS) {
        int status = done(&request, uv_fs_rename(NULL, &request, from, to, NULL));
        bool held = status == UV_EPERM || status == UV_EACCES || status == UV_EBUSY;
        if (!held || waited >= patience_ms)
            return status;
        uv_sleep(RENAME_STEP_MS);
    }
}
#else
static int rename_over(const char *from, const char *to, unsigned patience_ms)
{
    uv_fs_t request;
    (void)patience_ms;
    return done(&request, uv_fs_rename(NULL, &request, from, to, NULL));
}
#endif

static int replace(const struct file_place *place, const char *bytes, size_t count, bool durable)
{
    char name[FILE_PATH_BYTES];
    uv_file file;
    uv_fs_t request;
    int status = create_beside(place, name, sizeof name, &file);
    if (status != 0)
        return status;
    status = write_all(file, bytes, count);
    if (status == 0 && durable)
        status = done(&request, uv_fs_fsync(NULL, &request, file, NULL));
    status = close_after(file, status);
    if (status == 0)
        status = rename_over(name, place->path, durable ? DURABLE_PATIENCE_MS : PATIENCE_MS);
    if (status != 0)
        file_remove(name);
    return status;
}

bool file_write_atomic(const char *path, const char *bytes, size_t count, bool durable, struct failure *failure)
{
    struct file_place place;
    int status = file_place_find(&place, path);
    if (status == 0)
        status = place.special ? write_into(&place, bytes, count) : replace(&place, bytes, count, durable);
    return status == 0 || fail(failure, path, status);
}

void file_remove(const char *path)
{
    uv_fs_t request;
    (void)done(&request, uv_fs_unlink(NULL, &request, path, NULL));
}

void file_remove_written(const char *path)
{
    struct file_place place;
    if (file_place_find(&place, path) == 0 && place.exists && !place.special)
        file_remove(place.path);
}

/* Memory grows with what comes: `max` is a limit, not a need. There is room for a NUL behind the bytes. */
static int read_all(uv_file file, size_t max, char **bytes, size_t *count)
{
    size_t room = 0;
    for (;;) {
        if (*count == room) {
            if (room > max)
                return UV_EFBIG;
            room = room == 0 ? READ_STEP : 2 * room;
            room = room > max ? max + 1 : room;
            char *more = realloc(*bytes, room);
            if (!more)
                return UV_ENOMEM;
            *bytes = more;
        }
        uv_fs_t request;
        uv_buf_t buf = uv_buf_init(*bytes + *count, (unsigned)(room - *count));
        int n = done(&request, uv_fs_read(NULL, &request, file, &buf, 1, -1, NULL));
        if (n <= 0)
            return n;
        *count += (size_t)n;
    }
}

char *file_content(const char *path, size_t max, size_t *count, int *status)
{
    uv_fs_t request;
    char *bytes = NULL;
    uv_file file = done(&request, uv_fs_open(NULL, &request, path, O_RDONLY | O_CLOEXEC, 0, NULL));
    *count = 0;
    *status = file < 0 ? file : read_all(file, max, &bytes, count);
    if (file >= 0)
        (void)done(&request, uv_fs_close(NULL, &request, file, NULL));
    if (*status != 0) {
        free(bytes);
        return NULL;
    }
    bytes[*count] = '\0';
    return bytes;
}

char *file_read(const char *path, size_t max, size_t *count, bool *missing, struct failure *failure)
{
    int status;
    char *bytes = file_content(path, max, count, &status);
    if (missing)
        *missing = status == UV_ENOENT;
    if (!bytes)
        fail(failure, path, status);
    return bytes;
}
