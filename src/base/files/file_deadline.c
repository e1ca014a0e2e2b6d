/* A thread writes and the caller waits for it no longer than it wants to. */
#include "base/files/file.h"
#include "base/files/within.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

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
