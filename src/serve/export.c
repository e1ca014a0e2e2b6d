#include "serve/export.h"

#include "base/files/file.h"
#include "base/log.h"
#include "base/time/clock.h"
#include "output/document.h"
#include "serve/fleet/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_LENGTH  1400
#define FAILED_LOG_S 600

/* All that the thread needs of the configuration, which may be another one meanwhile. */
struct export_job {
    uv_work_t work;
    struct export *owner;
    char path[1024], state_dir[1024];
    char *statistics;
    char *names;         /* one behind another, each with its NUL */
    signed char *closed; /* of each; -1: it has no hours */
    uint32_t count;
    struct health_limits limits;
    enum lang lang;
    struct failure failure;
};

static void free_job(struct export_job *job)
{
    free(job->statistics);
    free(job->names);
    free(job->closed);
    free(job);
}

static struct export_job *make_job(struct export *e, const struct config *config, enum lang lang,
                                   const char *statistics)
{
    struct export_job *job = calloc(1, sizeof *job);
    size_t room = 1, used = 0;
    for (uint32_t i = 0; i < config->kkt_count; i++)
        room += strlen(config->kkts[i].name) + 1;
    if (!job)
        return NULL;
    job->names = malloc(room);
    job->closed = calloc(config->kkt_count + 1UL, sizeof *job->closed);
    job->statistics = malloc(strlen(statistics) + 1);
    if (!job->names || !job->closed || !job->statistics) {
        free_job(job);
        return NULL;
    }
    (void)snprintf(job->path, sizeof job->path, "%s", e->wanted);
    (void)snprintf(job->state_dir, sizeof job->state_dir, "%s", config->state_dir);
    memcpy(job->statistics, statistics, strlen(statistics) + 1);
    for (uint32_t i = 0; i < config->kkt_count; i++) {
        const struct config_kkt *kkt = &config->kkts[i];
        memcpy(job->names + used, kkt->name, strlen(kkt->name) + 1);
        used += strlen(kkt->name) + 1;
        job->closed[i] = kkt->hours ? (signed char)fleet_is_closed(kkt) : -1;
    }
    job->count = config->kkt_count;
    job->limits = config->health;
    job->lang = lang;
    job->owner = e;
    job->work.data = job;
    return job;
}

/* A snapshot that a serve has written of that register; one that was not polled yet has none. */
static void add_snapshot(const struct export_job *job, const char *name, struct prometheus *page)
{
    static struct snapshot s; /* one job at a time */
    struct document d;
    char path[PATH_LENGTH];
    (void)snprintf(path, sizeof path, "%s/%s.json", job->state_dir, name);
    if (!document_load(path, &(struct document_owner){.name = name}, &s, &d))
        return;
    document_set_health(&d, &job->limits, job->lang);
    prometheus_add(page, &d);
}

static bool write_page(struct export_job *job, const char *registers, const char *serve)
{
    size_t length = strlen(registers) + strlen(serve);
    char *text = malloc(length + 1);
    if (!text)
        return failure_set(&job->failure, ERR_NO_MEMORY, "%s", job->path);
    (void)snprintf(text, length + 1, "%s%s", registers, serve);
    bool good = file_write_atomic(job->path, text, length, false, &job->failure);
    free(text);
    return good;
}

static void write_beside(uv_work_t *work)
{
    struct export_job *job = work->data;
    struct prometheus *page = prometheus_begin();
    const char *name = job->names;
    for (uint32_t i = 0; i < job->count; i++) {
        add_snapshot(job, name, page);
        if (job->closed[i] >= 0)
            prometheus_add_closed(page, name, job->closed[i] != 0);
        name += strlen(name) + 1;
    }
    char *registers = prometheus_end(page), *serve = prometheus_serve(job->statistics);
    if (!registers || !serve)
        failure_set(&job->failure, ERR_NO_MEMORY, "%s", job->path);
    else
        (void)write_page(job, registers, serve);
    free(registers);
    free(serve);
}

static void log_failure(struct export *e, const struct failure *failure)
{
    uint32_t suppressed = 0;
    if (failure->code != ERR_NONE && ratelimit_pass(&e->failed, clock_steady_ms(), FAILED_LOG_S, &suppressed))
        log_error("the Prometheus file: %s", "файл для Prometheus: %s", failure_detail(failure, log_language()));
}

static void on_written(uv_work_t *work, int status)
{
    struct export_job *job = work->data;
    struct export *e = job->owner;
    (void)status;
    log_failure(e, &job->failure);
    if (strcmp(job->path, e->wanted) != 0) /* the configuration has changed meanwhile */
        file_remove(job->path);
    e->job = NULL;
    free_job(job);
    if (e->stopped)
        e->stopped(e->user);
}

void export_write(struct export *e, uv_loop_t *loop, const struct config *config, enum lang lang,
                  const char *statistics)
{
    const char *file = config->prometheus_file ? config->prometheus_file : "";
    if (e->wanted[0] && strcmp(e->wanted, file) != 0)
        file_remove(e->wanted);
    (void)snprintf(e->wanted, sizeof e->wanted, "%s", file);
    if (!e->wanted[0] || e->job || e->stopped)
        return;
    e->job = make_job(e, config, lang, statistics);
    if (e->job && uv_queue_work(loop, &e->job->work, write_beside, on_written) == 0)
        return;
    log_error("the Prometheus file: no memory", "файл для Prometheus: не хватило памяти");
    if (e->job)
        free_job(e->job);
    e->job = NULL;
}

bool export_stop(struct export *e, void (*stopped)(void *user), void *user)
{
    e->stopped = stopped;
    e->user = user;
    return e->job != NULL;
}

void export_remove(struct export *e)
{
    if (e->wanted[0])
        file_remove(e->wanted);
}
