/* A thread writes and the caller waits for it no longer than it wants to. */
#include "base/files/file.h"
#include "base/files/within.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#ifdef _WIN32
#define SEPARATORS "/\\"
#else
#define SEPARATORS "/"
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
    size_t length = strlen(look->path);
    while (length > 0 && !strchr(SEPARATORS, look->path[length - 1]))
        length--;
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
