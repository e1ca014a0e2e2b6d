#include "push/spool.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/ratelimit.h"
#include "push/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_FILE          (-1)
#define LOCK_NAME        ".spool.lock"
#define DROPPED_NAME     "dropped" /* how many values were dropped in all lives */
#define FILE_ERROR_LOG_S 600
#define COUNT_BYTES      32

struct segment {
    uint64_t number; /* of its name; grows */
    uint32_t values;
};

struct spool {
    char folder[512];
    lock_handle lock;
    uint32_t batch, max;
    struct segment *segments; /* oldest first */
    uint32_t count, capacity;
    uint64_t next_number, length, dropped, refused;
    uint64_t dropped_kept; /* as the file DROPPED_NAME says */
    struct ratelimit logged_dropped;
    uv_file file; /* the newest segment, open for appending, or NO_FILE */
    bool taken;   /* segments[0] is on its way */
};

static bool fail(struct failure *f, const char *path, int status)
{
    return failure_set(f, ERR_SYSTEM, "%s: %s", path, uv_strerror(status));
}

static bool add_segment(struct spool *s, uint64_t number, uint32_t values)
{
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? s->capacity * 2 : 64;
        struct segment *segments = realloc(s->segments, capacity * sizeof *segments);
        if (!segments)
            return false;
        s->segments = segments;
        s->capacity = capacity;
    }
    s->segments[s->count++] = (struct segment){number, values};
    s->length += values;
    return true;
}

static void remove_segment(struct spool *s, uint32_t index)
{
    char path[SEGMENT_PATH_MAX];
    segment_path(s->folder, s->segments[index].number, path, sizeof path);
    file_remove(path);
    s->length -= s->segments[index].values;
    s->count--;
    memmove(&s->segments[index], &s->segments[index + 1], (s->count - index) * sizeof *s->segments);
}

static void close_newest(struct spool *s)
{
    if (s->file != NO_FILE)
        segment_close(s->file);
    s->file = NO_FILE;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct segment *)a)->number, y = ((const struct segment *)b)->number;
    return x < y ? -1 : x > y;
}

static bool read_folder(struct spool *s, struct failure *failure)
{
    uv_fs_t request;
    uv_dirent_t entry;
    char path[1100];
    int status = uv_fs_scandir(NULL, &request, s->folder, 0, NULL);
    if (status < 0) {
        uv_fs_req_cleanup(&request);
        return fail(failure, s->folder, status);
    }
    while (status >= 0 && uv_fs_scandir_next(&request, &entry) != UV_EOF) {
        uint64_t number;
        uint32_t values;
        (void)snprintf(path, sizeof path, "%s/%.64s", s->folder, entry.name);
        if (strncmp(entry.name, DROPPED_NAME ".", strlen(DROPPED_NAME ".")) == 0)
            file_remove(path); /* a killed life left it half-written */
        if (!segment_number(entry.name, &number))
            continue;
        status = segment_resume(path, &values);
        if (status >= 0 && !add_segment(s, number, values))
            status = UV_ENOMEM;
    }
    uv_fs_req_cleanup(&request);
    if (status < 0)
        return fail(failure, path, status);
    if (s->count > 1)
        qsort(s->segments, s->count, sizeof *s->segments, by_number);
    s->next_number = s->count > 0 ? s->segments[s->count - 1].number + 1 : 1;
    for (uint32_t i = s->count; i > 0; i--)
        if (s->segments[i - 1].values == 0)
            remove_segment(s, i - 1);
    return true;
}

static void dropped_path(const struct spool *s, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%s", s->folder, DROPPED_NAME);
}

static void read_dropped(struct spool *s)
{
    char path[SEGMENT_PATH_MAX];
    size_t count;
    dropped_path(s, path, sizeof path);
    char *text = file_read(path, COUNT_BYTES, &count, NULL, NULL);
    if (text)
        s->dropped = s->dropped_kept = strtoull(text, NULL, 10);
    free(text);
}

void spool_keep_dropped(struct spool *s)
{
    char path[SEGMENT_PATH_MAX], text[COUNT_BYTES];
    if (s->dropped == s->dropped_kept)
        return;
    dropped_path(s, path, sizeof path);
    int n = snprintf(text, sizeof text, "%llu\n", (unsigned long long)s->dropped);
    if (file_write_atomic(path, text, (size_t)n, false, NULL))
        s->dropped_kept = s->dropped;
}

static bool claim_folder(struct spool *s, struct failure *failure)
{
    uv_fs_t request;
    int status = uv_fs_mkdir(NULL, &request, s->folder, 0750, NULL);
    uv_fs_req_cleanup(&request);
    if (status != 0 && status != UV_EEXIST)
        return fail(failure, s->folder, status);
    return lock_acquire(s->folder, LOCK_NAME, &s->lock, failure) && read_folder(s, failure);
}

struct spool *spool_open(const char *folder, uint32_t batch, uint32_t max, struct failure *failure)
{
    struct spool *s = calloc(1, sizeof *s);
    if (!s) {
        failure_set(failure, ERR_NO_MEMORY, "%s", folder);
        return NULL;
    }
    (void)snprintf(s->folder, sizeof s->folder, "%s", folder);
    s->file = NO_FILE;
    s->lock = LOCK_NONE;
    spool_set_limits(s, batch, max);
    if (claim_folder(s, failure)) {
        read_dropped(s);
        return s;
    }
    spool_close(s);
    return NULL;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    spool_keep_dropped(s);
    close_newest(s);
    lock_release(s->lock);
    free(s->segments);
    free(s);
}

const char *spool_folder(const struct spool *s)
{
    return s->folder;
}

void spool_set_limits(struct spool *s, uint32_t batch, uint32_t max)
{
    s->batch = batch;
    s->max = max;
}

static void count_dropped(struct spool *s, uint32_t values, const char *why)
{
    s->dropped += values;
    if (values > 0 && ratelimit_pass(&s->logged_dropped, clock_steady_ms(), FILE_ERROR_LOG_S, NULL))
        log_warn("%s: values are dropped (%s): %llu wait, %llu dropped so far", s->folder, why,
                 (unsigned long long)s->length, (unsigned long long)s->dropped);
}

/* What is on its way and the file that is being written stay. */
static bool drop_oldest(struct spool *s, const char *why)
{
    uint32_t index = s->taken ? 1 : 0;
    if (index >= s->count || (index + 1 == s->count && s->file != NO_FILE))
        return false;
    uint32_t values = s->segments[index].values;
    remove_segment(s, index);
    count_dropped(s, values, why);
    return true;
}

static int open_newest(struct spool *s)
{
    char path[SEGMENT_PATH_MAX];
    segment_path(s->folder, s->next_number++, path, sizeof path); /* a name that is taken must not stop us for ever */
    uv_file file = segment_create(path);
    if (file < 0)
        return file;
    s->file = file;
    if (add_segment(s, s->next_number - 1, 0))
        return 0;
    close_newest(s);
    file_remove(path);
    return UV_ENOMEM;
}

/* The line as the newest value; after a failure no empty file is left. */
static int append(struct spool *s, const char *line, size_t length)
{
    int status = s->file == NO_FILE ? open_newest(s) : 0;
    if (status == 0)
        status = segment_append(s->file, line, length);
    if (status != 0 && s->file != NO_FILE && (s->segments[s->count - 1].values == 0 || !segment_no_room(status))) {
        close_newest(s);
        if (s->segments[s->count - 1].values == 0)
            remove_segment(s, s->count - 1);
    }
    return status;
}

bool spool_add(struct spool *s, const char *host, const char *key, int64_t ms, const char *value,
               struct failure *failure)
{
    size_t length = 0;
    int status;
    char *line = segment_line(host, key, ms, value, &length);
    do
        status = line ? append(s, line, length) : UV_ENOMEM;
    while (segment_no_room(status) && drop_oldest(s, "no room on the disk"));
    free(line);
    if (status != 0) {
        count_dropped(s, 1, uv_strerror(status));
        return fail(failure, s->folder, status);
    }
    s->segments[s->count - 1].values++;
    s->length++;
    if (s->segments[s->count - 1].values >= s->batch)
        close_newest(s);
    while (s->length > s->max && s->count > (s->taken ? 2 : 1) && drop_oldest(s, "`spool_max` is reached"))
        continue;
    return true;
}

/* A file that somebody removed is not waited for. */
static bool is_there(struct spool *s, char *path, size_t cap)
{
    segment_path(s->folder, s->segments[0].number, path, cap);
    if (segment_exists(path))
        return true;
    uint32_t values = s->segments[0].values;
    if (s->count == 1)
        close_newest(s);
    remove_segment(s, 0);
    count_dropped(s, values, "a file of the spool is missing");
    return false;
}

bool spool_peek(struct spool *s, char *path, size_t cap)
{
    while (!s->taken && s->count > 0) {
        if (!is_there(s, path, cap))
            continue;
        if (s->count == 1)
            close_newest(s);
        s->taken = true;
        return true;
    }
    return false;
}

void spool_done(struct spool *s, uint32_t refused)
{
    s->taken = false;
    s->refused += refused;
    remove_segment(s, 0);
}

void spool_release(struct spool *s)
{
    s->taken = false;
}

uint64_t spool_length(const struct spool *s)
{
    return s->length;
}

uint64_t spool_dropped(const struct spool *s)
{
    return s->dropped;
}

uint64_t spool_refused(const struct spool *s)
{
    return s->refused;
}

bool spool_full(const struct spool *s)
{
    return s->count > 1 || (s->count == 1 && s->file == NO_FILE);
}
