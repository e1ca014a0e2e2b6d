#include "serve/state_dir.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "output/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LOCK_NAME     ".lock"
#define FILE_NAME_MAX 300
#define FILE_PATH_MAX 1400
#define DOCUMENT_MAX  (1U << 20)

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* Calls `each` with the path and the name of each file. */
static void walk(const char *folder, void (*each)(const char *path, const char *name, const void *context),
                 const void *context)
{
    uv_fs_t request;
    uv_dirent_t entry;
    char path[FILE_PATH_MAX];
    if (uv_fs_scandir(NULL, &request, folder, 0, NULL) >= 0)
        while (uv_fs_scandir_next(&request, &entry) != UV_EOF) {
            (void)snprintf(path, sizeof path, "%.1000s/%.300s", folder, entry.name);
            each(path, entry.name, context);
        }
    uv_fs_req_cleanup(&request);
}

/* A life that was killed may have left half-written files; they never had their final name. */
static void remove_half_written(const char *path, const char *name, const void *context)
{
    (void)context;
    if (ends_with(name, ".tmp") && strstr(name, ".json."))
        file_remove(path);
}

bool state_dir_acquire(const char *folder, lock_handle *lock, struct failure *failure)
{
    uv_fs_t request;
    int status = uv_fs_mkdir(NULL, &request, folder, 0750, NULL);
    uv_fs_req_cleanup(&request);
    if (status == 0 || status == UV_EEXIST) {
        status = uv_fs_access(NULL, &request, folder, 7, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (status != 0)
        return failure_set(failure, ERR_SYSTEM, "%s: %s", folder, uv_strerror(status));
    if (!lock_acquire(folder, LOCK_NAME, lock, failure))
        return false;
    walk(folder, remove_half_written, NULL);
    return true;
}

static bool is_document_of(const char *path, const char *name)
{
    static struct snapshot s;
    struct document d;
    size_t count;
    char *text = file_read(path, DOCUMENT_MAX, &count, NULL, NULL);
    bool ours = text && document_read(text, count, clock_unix_ms() / 1000, &s, &d, NULL) && strcmp(d.name, name) == 0;
    free(text);
    return ours;
}

static void remove_stranger(const char *path, const char *file, const void *context)
{
    char name[FILE_NAME_MAX];
    if (!ends_with(file, ".json") || strlen(file) >= sizeof name)
        return;
    (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen(".json")), file);
    if (config_find(context, name) || !is_document_of(path, name))
        return;
    log_info("%s: not configured any more, its snapshot is removed", name);
    file_remove(path);
}

void state_dir_remove_stale(const struct config *config)
{
    walk(config->state_dir, remove_stranger, config);
}

void state_dir_remove_gone(const struct config *old, const struct config *now)
{
    char path[FILE_PATH_MAX];
    bool moved = strcmp(old->state_dir, now->state_dir) != 0;
    for (uint32_t i = 0; i < old->kkt_count; i++)
        if ((moved || !config_find(now, old->kkts[i].name)) &&
            config_snapshot_path(old, old->kkts[i].name, path, sizeof path))
            file_remove(path);
}
