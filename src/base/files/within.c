#include "base/files/within.h"

#include <stdlib.h>
#include <uv.h>

#define NS_PER_MS 1000000U

struct work {
    uv_mutex_t mutex;
    uv_cond_t condition;
    bool done;
    void (*job)(void *data);
    void *data;
};

static unsigned abandoned;

static void run(void *user)
{
    struct work *work = user;
    work->job(work->data);
    uv_mutex_lock(&work->mutex);
    work->done = true;
    uv_cond_signal(&work->condition);
    uv_mutex_unlock(&work->mutex);
}

static struct work *make_work(void (*job)(void *data), void *data)
{
    struct work *work = calloc(1, sizeof *work);
    if (!work || uv_mutex_init(&work->mutex) != 0) {
        free(work);
        return NULL;
    }
    if (uv_cond_init(&work->condition) != 0) {
        uv_mutex_destroy(&work->mutex);
        free(work);
        return NULL;
    }
    work->job = job;
    work->data = data;
    return work;
}

static void free_work(struct work *work)
{
    uv_cond_destroy(&work->condition);
    uv_mutex_destroy(&work->mutex);
    free(work);
}

static bool wait_for(struct work *work, uint32_t ms)
{
    uint64_t end = uv_hrtime() + (uint64_t)ms * NS_PER_MS, now;
    uv_mutex_lock(&work->mutex);
    while (!work->done && (now = uv_hrtime()) < end)
        (void)uv_cond_timedwait(&work->condition, &work->mutex, end - now);
    bool done = work->done;
    uv_mutex_unlock(&work->mutex);
    return done;
}

bool within_ms(void (*job)(void *data), void *data, uint32_t ms)
{
    uv_thread_t thread;
    struct work *work = make_work(job, data);
    if (!work || uv_thread_create(&thread, run, work) != 0) {
        if (work)
            free_work(work);
        job(data);
        return true;
    }
    if (!wait_for(work, ms)) {
        abandoned++; /* its thread still uses the work */
        return false;
    }
    (void)uv_thread_join(&thread);
    free_work(work);
    return true;
}

unsigned within_pending(void)
{
    return abandoned;
}
