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

/* One register. A name may have got another address or another register since its snapshot was written. */
struct export_entry {
    struct document_owner owner; /* the address is held, the texts stand in the job's `texts` */
    signed char closed;          /* -1: it has no hours */
};

/* All that the thread needs of the configuration, which may be another one meanwhile. */
struct export_job {
    uv_work_t work;
    struct export *owner;
    char path[1024], state_dir[1024];
    char *statistics;
    char *texts; /* one behind another, each with its NUL */
    struct export_entry *entries;
    uint32_t count;
    struct health_limits limits;
    enum lang lang;
    struct failure failure;
};

static void free_job(struct export_job *job)
{
    free(job->statistics);
    for (uint32_t i = 0; i < job->count; i++)
        connect_release(job->entries[i].owner.connect);
    free(job->texts);
    free(job->entries);
    free(job);
}

static const char *put_text(char **at, const char *text)
{
    size_t length = strlen(text) + 1;
    char *to = memcpy(*at, text, length);
    *at += length;
    return to;
}

static size_t texts_size(const struct config *config)
{
    size_t size = 1;
    for (uint32_t i = 0; i < config->kkt_count; i++)
        size += strlen(config->kkts[i].name) + strlen(config->kkts[i].serial) + 2;
    return size;
}

static struct export_job *make_job(struct export *e, const struct config *config, enum lang lang,
                                   const char *statistics)
{
    struct export_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->texts = malloc(texts_size(config));
    job->entries = calloc(config->kkt_count + 1UL, sizeof *job->entries);
    job->statistics = malloc(strlen(statistics) + 1);
    if (!job->texts || !job->entries || !job->statistics) {
        free_job(job);
        return NULL;
    }
    (void)snprintf(job->path, sizeof job->path, "%s", e->wanted);
    (void)snprintf(job->state_dir, sizeof job->state_dir, "%s", config->state_dir);
    memcpy(job->statistics, statistics, strlen(statistics) + 1);
    char *at = job->texts;
    for (job->count = 0; job->count < config->kkt_count; job->count++) {
        const struct config_kkt *kkt = &config->kkts[job->count];
        struct export_entry *entry = &job->entries[job->count];
        entry->owner.name = put_text(&at, kkt->name);
        entry->owner.serial = put_text(&at, kkt->serial);
        entry->owner.connect = connect_hold(kkt->connect);
        entry->closed = kkt->hours ? (signed char)fleet_is_closed(kkt) : -1;
    }
    job->limits = config->health;
    job->lang = lang;
    job->owner = e;
    job->work.data = job;
    return job;
}

/* A snapshot that a serve has written of that register; one that was not polled yet has none. */
static void add_snapshot(const struct export_job *job, const struct document_owner *owner, struct prometheus *page)
{
    static struct snapshot s; /* one job at a time */
    struct document d;
    char path[PATH_LENGTH];
    (void)snprintf(path, sizeof path, "%s/%s.json", job->state_dir, owner->name);
    if (!document_load(path, owner, &s, &d))
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
    for (uint32_t i = 0; i < job->count; i++) {
        const struct export_entry *entry = &job->entries[i];
        add_snapshot(job, &entry->owner, page);
        if (entry->closed >= 0)
            prometheus_add_closed(page, entry->owner.name, entry->closed != 0);
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
        file_remove_written(job->path);
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
        file_remove_written(e->wanted);
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
        file_remove_written(e->wanted);
}
