#include "serve/state_dir.h"

#include "base/log.h"
#include "base/time/clock.h"
#include "output/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_NAME ".lock"
#define SUFFIX    ".json"

/* NAME of NAME.json; false when it is no such name. */
static bool register_of(const char *file, char *name)
{
    size_t length = strlen(file), tail = strlen(SUFFIX);
    if (length <= tail || length >= FOLDER_NAME_MAX || strcmp(file + length - tail, SUFFIX) != 0)
        return false;
    (void)snprintf(name, FOLDER_NAME_MAX, "%.*s", (int)(length - tail), file);
    return true;
}

/* A run that was killed may have left half-written files; they never had their final name. */
static void remove_half_written(const char *name, void *context)
{
    char file[FOLDER_NAME_MAX], owner[FOLDER_NAME_MAX];
    if (folder_is_half_written(name, file) && register_of(file, owner))
        folder_remove(context, name);
}

bool state_dir_open(struct state_dir *dir, const char *path, struct failure *failure)
{
    dir->lock = LOCK_NONE;
    if (!folder_open(&dir->folder, path, failure))
        return false;
    if (!lock_acquire(path, LOCK_NAME, &dir->lock, failure)) {
        folder_close(&dir->folder);
        return false;
    }
    (void)folder_each(&dir->folder, remove_half_written, &dir->folder);
    return true;
}

void state_dir_close(struct state_dir *dir)
{
    lock_release(dir->lock);
    dir->lock = LOCK_NONE;
    folder_close(&dir->folder);
}

bool state_dir_renew(struct state_dir *dir, struct failure *failure)
{
    struct state_dir fresh;
    if (!folder_is_gone(&dir->folder))
        return true;
    if (!state_dir_open(&fresh, dir->folder.path, failure))
        return false;
    log_warn("%s: the folder was removed; it is created again", "%s: папка была удалена и создана заново",
             dir->folder.path);
    state_dir_close(dir);
    *dir = fresh;
    return true;
}

bool state_dir_write(struct state_dir *dir, const char *name, const char *text, struct failure *failure)
{
    char file[FOLDER_NAME_MAX];
    int n = snprintf(file, sizeof file, "%s" SUFFIX, name);
    if (n < 0 || (size_t)n >= sizeof file)
        return folder_failed(&dir->folder, name, UV_ENAMETOOLONG, failure);
    if (folder_write(&dir->folder, file, text, strlen(text), failure))
        return true;
    return folder_is_gone(&dir->folder) && state_dir_renew(dir, failure) &&
           folder_write(&dir->folder, file, text, strlen(text), failure);
}

static bool is_document_of(const struct folder *folder, const char *file, const char *name)
{
    static struct snapshot s;
    struct document d;
    size_t count;
    char *text = folder_read(folder, file, DOCUMENT_BYTES_MAX, &count, NULL, NULL);
    bool ours = text && document_read(text, count, clock_unix_ms() / 1000, &s, &d, NULL) && strcmp(d.name, name) == 0;
    free(text);
    return ours;
}

struct stale {
    const struct folder *folder;
    const struct config *config;
};

static void remove_stale(const char *file, void *context)
{
    const struct stale *stale = context;
    char name[FOLDER_NAME_MAX];
    if (!register_of(file, name) || config_find(stale->config, name) || !is_document_of(stale->folder, file, name))
        return;
    log_info("%s: not configured any more, its snapshot is removed", "%s: больше нет в настройках, её снимок удалён",
             name);
    folder_remove(stale->folder, file);
}

void state_dir_remove_stale(const struct state_dir *dir, const struct config *config)
{
    struct stale stale = {&dir->folder, config};
    if (config->kkt_count > 0)
        (void)folder_each(&dir->folder, remove_stale, &stale);
}

static void remove_own(const struct state_dir *dir, const char *name)
{
    char file[FOLDER_NAME_MAX];
    (void)snprintf(file, sizeof file, "%.250s" SUFFIX, name);
    if (is_document_of(&dir->folder, file, name))
        folder_remove(&dir->folder, file);
}

void state_dir_remove(const struct state_dir *dir, const struct config *config, const uint32_t *places, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        remove_own(dir, config->kkts[places[i]].name);
}

/* Another file system: copied. */
static bool copy_document(const struct folder *from, const struct folder *to, const char *file)
{
    size_t count;
    char *text = folder_read(from, file, DOCUMENT_BYTES_MAX, &count, NULL, NULL);
    bool good = text && folder_write(to, file, text, count, NULL);
    free(text);
    if (good)
        folder_remove(from, file);
    return good;
}

void state_dir_move_all(const struct state_dir *from, const struct state_dir *to, const struct config *config)
{
    for (uint32_t i = 0; i < config->kkt_count; i++) {
        char file[FOLDER_NAME_MAX];
        (void)snprintf(file, sizeof file, "%.250s" SUFFIX, config->kkts[i].name);
        if (is_document_of(&from->folder, file, config->kkts[i].name) &&
            folder_move(&from->folder, file, &to->folder, file) != 0 &&
            !copy_document(&from->folder, &to->folder, file))
            folder_remove(&from->folder, file);
    }
}
