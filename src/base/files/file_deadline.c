/* A thread writes and the caller waits for it no longer than it wants to. */
#include "base/files/file.h"
#include "base/files/file_place.h"
#include "base/files/within.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#ifdef _WIN32
#define SEPARATORS "/\\"
#define SAME_NAME  _stricmp
#else
#define SEPARATORS "/"
#define SAME_NAME  strcmp
#endif

struct job {
    bool good;
    struct failure failure;
    size_t count;
    char *path;
    char bytes[]; /* count bytes, then the path */
};

static void write_job(void *data)
{
    struct job *job = data;
    job->good = file_write_atomic(job->path, job->bytes, job->count, true, &job->failure);
}

static struct job *make_job(const char *path, const char *bytes, size_t count)
{
    size_t length = strlen(path) + 1;
    struct job *job = calloc(1, sizeof *job + count + length);
    if (!job)
        return NULL;
    job->count = count;
    job->path = job->bytes + count;
    memcpy(job->bytes, bytes, count);
    memcpy(job->path, path, length);
    return job;
}

bool file_write_within(const char *path, const char *bytes, size_t count, uint32_t ms, struct failure *failure)
{
    struct job *job = make_job(path, bytes, count);
    if (!job)
        return failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(path));
    if (!within_ms(write_job, job, ms))
        return failure_explain(
            failure, ERR_FILE,
            "%s was not written within %u ms: the destination accepts no data (a pipe without a "
            "reader, a share that does not answer)",
            "не удалось записать %s за %u мс: получатель не принимает данные (канал без читателя или "
            "сетевая папка не отвечает)",
            TEXT_PATH(path), ms);
    bool good = job->good;
    if (!good && failure)
        *failure = job->failure;
    free(job);
    return good;
}

/* Bytes of "folder/" of "folder/file". */
static size_t folder_bytes(const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && !strchr(SEPARATORS, path[length - 1]))
        length--;
    return length;
}

struct same {
    bool same;
    const char *b;
    char a[]; /* then b */
};

/* The folder without links, then the name; NULL when it cannot be said. The caller frees it. */
static char *whole_path(const char *path)
{
    struct file_place place;
    uv_fs_t request;
    if (file_place_find(&place, path) != 0)
        return NULL;
    size_t at = folder_bytes(place.path);
    char *name = strdup(place.path + at), *whole = NULL;
    (void)snprintf(place.path + at, sizeof place.path - at, ".");
    int status = uv_fs_realpath(NULL, &request, place.path, NULL);
    size_t cap = status == 0 && name ? strlen(request.ptr) + strlen(name) + 2 : 0;
    if (cap > 0 && (whole = malloc(cap)) != NULL)
        (void)snprintf(whole, cap, "%s/%s", (const char *)request.ptr, name);
    uv_fs_req_cleanup(&request);
    free(name);
    return whole;
}

static void same_job(void *data)
{
    struct same *job = data;
    char *a = whole_path(job->a), *b = whole_path(job->b);
    job->same = a && b && SAME_NAME(a, b) == 0;
    free(a);
    free(b);
}

bool file_same_place_within(const char *a, const char *b, uint32_t ms)
{
    size_t first = strlen(a) + 1, second = strlen(b) + 1;
    struct same *job = calloc(1, sizeof *job + first + second);
    if (!job)
        return false;
    memcpy(job->a, a, first);
    memcpy(job->a + first, b, second);
    job->b = job->a + first;
    if (!within_ms(same_job, job, ms))
        return false;
    bool same = job->same;
    free(job);
    return same;
}

struct look {
    enum file_spot spot;
    char path[]; /* then room for "." */
};

int file_is_folder(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    if (status == 0)
        status = (request.statbuf.st_mode & S_IFMT) == S_IFDIR;
    uv_fs_req_cleanup(&request);
    return status;
}

static void look_job(void *data)
{
    struct look *look = data;
    int status = file_is_folder(look->path);
    look->spot = status == 1 ? FILE_SPOT_FOLDER : FILE_SPOT_GOOD;
    if (status != UV_ENOENT && status != UV_ENOTDIR)
        return;
    size_t length = folder_bytes(look->path);
    memcpy(look->path + length, ".", 2);
    status = length > 0 ? file_is_folder(look->path) : 0;
    if (status == UV_ENOENT || status == UV_ENOTDIR)
        look->spot = FILE_SPOT_NOWHERE;
}

enum file_spot file_spot_within(const char *path, uint32_t ms)
{
    size_t length = strlen(path);
    struct look *look = calloc(1, sizeof *look + length + 2);
    if (!look)
        return FILE_SPOT_GOOD;
    memcpy(look->path, path, length + 1);
    if (!within_ms(look_job, look, ms))
        return FILE_SPOT_GOOD;
    enum file_spot spot = look->spot;
    free(look);
    return spot;
}
