/* libuv's synchronous calls: the same code on Linux and Windows, with UTF-8 paths and a rename that replaces. */
#include "base/file.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

#define TRIES 16

static bool fail(struct failure *f, const char *path, int status)
{
    return failure_set(f, ERR_SYSTEM, "%s: %s", path, uv_strerror(status));
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

static int mode_of(const char *path)
{
    uv_fs_t request;
    int mode = 0644;
    if (uv_fs_stat(NULL, &request, path, NULL) == 0)
        mode = (int)(request.statbuf.st_mode & 0777);
    uv_fs_req_cleanup(&request);
    return mode;
}

/* A name beside the file that nobody has: PATH.PID-N.tmp */
static int create_beside(const char *path, char *name, size_t cap, uv_file *file)
{
    static unsigned counter;
    int status = UV_EEXIST, mode = mode_of(path);
    for (int i = 0; i < TRIES && status == UV_EEXIST; i++) {
        uv_fs_t request;
        int n = snprintf(name, cap, "%s.%ld-%u.tmp", path, (long)uv_os_getpid(), counter++);
        if (n < 0 || (size_t)n >= cap)
            return UV_ENAMETOOLONG;
        status = done(&request, uv_fs_open(NULL, &request, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode, NULL));
    }
    *file = status;
    return status < 0 ? status : 0;
}

bool file_write_atomic(const char *path, const char *bytes, size_t count, bool durable, struct failure *failure)
{
    char name[4096];
    uv_file file;
    uv_fs_t request;
    int status = create_beside(path, name, sizeof name, &file);
    if (status != 0)
        return fail(failure, path, status);
    status = write_all(file, bytes, count);
    if (status == 0 && durable)
        status = done(&request, uv_fs_fsync(NULL, &request, file, NULL));
    int closed = done(&request, uv_fs_close(NULL, &request, file, NULL));
    if (status == 0)
        status = closed;
    if (status == 0)
        status = done(&request, uv_fs_rename(NULL, &request, name, path, NULL));
    if (status == 0)
        return true;
    (void)done(&request, uv_fs_unlink(NULL, &request, name, NULL));
    return fail(failure, path, status);
}

static int read_all(uv_file file, char *bytes, size_t cap, size_t *count)
{
    *count = 0;
    while (*count < cap) {
        uv_fs_t request;
        uv_buf_t buf = uv_buf_init(bytes + *count, (unsigned)(cap - *count));
        int n = done(&request, uv_fs_read(NULL, &request, file, &buf, 1, -1, NULL));
        if (n <= 0)
            return n;
        *count += (size_t)n;
    }
    return UV_EFBIG;
}

char *file_read(const char *path, size_t max, size_t *count, bool *missing, struct failure *failure)
{
    uv_fs_t request;
    uv_file file = done(&request, uv_fs_open(NULL, &request, path, O_RDONLY | O_CLOEXEC, 0, NULL));
    if (missing)
        *missing = file == UV_ENOENT;
    if (file < 0) {
        fail(failure, path, file);
        return NULL;
    }
    char *bytes = malloc(max + 1);
    int status = bytes ? read_all(file, bytes, max + 1, count) : UV_ENOMEM;
    (void)done(&request, uv_fs_close(NULL, &request, file, NULL));
    if (status != 0) {
        free(bytes);
        fail(failure, path, status);
        return NULL;
    }
    bytes[*count] = '\0';
    return bytes;
}
