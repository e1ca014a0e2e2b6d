/* A thread writes and the caller waits for it no longer than it wants to: opening a pipe that nobody reads, or a file
 * on a share that is gone, may hold a thread for ever. */
#include "base/files/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct job {
    uv_mutex_t mutex;
    uv_cond_t condition;
    bool done, good;
    struct failure failure;
    size_t count;
    char *path;
    char bytes[]; /* count bytes, then the path */
};

static unsigned abandoned;

static void run(void *user)
{
    struct job *job = user;
    struct failure failure = {0};
    bool good = file_write_atomic(job->path, job->bytes, job->count, true, &failure);
    uv_mutex_lock(&job->mutex);
    job->good = good;
    job->failure = failure;
    job->done = true;
    uv_cond_signal(&job->condition);
    uv_mutex_unlock(&job->mutex);
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
    if (uv_mutex_init(&job->mutex) != 0) {
        free(job);
        return NULL;
    }
    if (uv_cond_init(&job->condition) != 0) {
        uv_mutex_destroy(&job->mutex);
        free(job);
        return NULL;
    }
    return job;
}

static void free_job(struct job *job)
{
    uv_cond_destroy(&job->condition);
    uv_mutex_destroy(&job->mutex);
    free(job);
}

static bool wait_for(struct job *job, uint32_t ms)
{
    uint64_t end = uv_hrtime() + (uint64_t)ms * 1000000, now;
    uv_mutex_lock(&job->mutex);
    while (!job->done && (now = uv_hrtime()) < end)
        (void)uv_cond_timedwait(&job->condition, &job->mutex, end - now);
    bool done = job->done;
    uv_mutex_unlock(&job->mutex);
    return done;
}

bool file_write_within(const char *path, const char *bytes, size_t count, uint32_t ms, struct failure *failure)
{
    uv_thread_t thread;
    struct job *job = make_job(path, bytes, count);
    if (!job || uv_thread_create(&thread, run, job) != 0) {
        if (job)
            free_job(job);
        return failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(path));
    }
    if (!wait_for(job, ms)) {
        abandoned++; /* its thread still uses the job */
        return failure_explain(
            failure, ERR_SYSTEM,
            "%s was not written within %u ms: what stands there does not take it (a pipe without a "
            "reader, a share that does not answer)",
            "не удалось записать %s за %u мс: получатель не принимает данные (канал без читателя или "
            "сетевая папка не отвечает)",
            TEXT_PATH(path), ms);
    }
    (void)uv_thread_join(&thread);
    bool good = job->good;
    if (!good && failure)
        *failure = job->failure;
    free_job(job);
    return good;
}

unsigned file_writes_pending(void)
{
    return abandoned;
}
