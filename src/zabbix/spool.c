#include "zabbix/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

#define SUFFIX   ".values"
#define DIGITS   16
#define READ_MAX (512U << 20)
#define NO_FILE  (-1)

struct piece {
    uint64_t number; /* of its name; grows */
    uint32_t values;
};

struct spool {
    char folder[512];
    uint32_t batch, max;
    struct piece *pieces; /* oldest first */
    uint32_t count, capacity;
    uint64_t next_number, length, dropped;
    uv_file file; /* the newest piece, open for appending, or NO_FILE */
    bool taken;   /* pieces[0] is on its way */
};

static bool fail(struct failure *f, const char *path, int status)
{
    return failure_set(f, ERR_SYSTEM, "%s: %s", path, uv_strerror(status));
}

static int finished(uv_fs_t *request, ssize_t result)
{
    uv_fs_req_cleanup(request);
    return (int)result;
}

static void path_of(const struct spool *s, uint64_t number, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%0*llu%s", s->folder, DIGITS, (unsigned long long)number, SUFFIX);
}

static bool add_piece(struct spool *s, uint64_t number, uint32_t values)
{
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? s->capacity * 2 : 64;
        struct piece *pieces = realloc(s->pieces, capacity * sizeof *pieces);
        if (!pieces)
            return false;
        s->pieces = pieces;
        s->capacity = capacity;
    }
    s->pieces[s->count++] = (struct piece){number, values};
    s->length += values;
    return true;
}

static void remove_piece(struct spool *s, uint32_t index)
{
    char path[600];
    uv_fs_t request;
    path_of(s, s->pieces[index].number, path, sizeof path);
    (void)finished(&request, uv_fs_unlink(NULL, &request, path, NULL));
    s->length -= s->pieces[index].values;
    s->count--;
    memmove(&s->pieces[index], &s->pieces[index + 1], (s->count - index) * sizeof *s->pieces);
}

static void close_newest(struct spool *s)
{
    uv_fs_t request;
    if (s->file != NO_FILE)
        (void)finished(&request, uv_fs_close(NULL, &request, s->file, NULL));
    s->file = NO_FILE;
}

/* Counts the lines of a file that an earlier life left and cuts a last line that was not finished. */
static int take_up(const char *path, uint32_t *values)
{
    uv_fs_t request;
    char block[65536];
    int64_t at = 0, whole = 0;
    *values = 0;
    uv_file file = finished(&request, uv_fs_open(NULL, &request, path, O_RDWR | O_CLOEXEC, 0, NULL));
    if (file < 0)
        return file;
    uv_buf_t buf = uv_buf_init(block, sizeof block);
    int n;
    while ((n = finished(&request, uv_fs_read(NULL, &request, file, &buf, 1, at, NULL))) > 0) {
        for (int i = 0; i < n; i++)
            if (block[i] == '\n') {
                ++*values;
                whole = at + i + 1;
            }
        at += n;
    }
    if (n == 0 && whole < at)
        n = finished(&request, uv_fs_ftruncate(NULL, &request, file, whole, NULL));
    (void)finished(&request, uv_fs_close(NULL, &request, file, NULL));
    return n;
}

static bool number_of(const char *name, uint64_t *number)
{
    char *end;
    if (strspn(name, "0123456789") != DIGITS || strcmp(name + DIGITS, SUFFIX) != 0)
        return false;
    *number = strtoull(name, &end, 10);
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct piece *)a)->number, y = ((const struct piece *)b)->number;
    return x < y ? -1 : x > y;
}

static bool read_folder(struct spool *s, struct failure *failure)
{
    uv_fs_t request, made;
    uv_dirent_t entry;
    char path[1100];
    (void)finished(&made, uv_fs_mkdir(NULL, &made, s->folder, 0750, NULL));
    int status = uv_fs_scandir(NULL, &request, s->folder, 0, NULL);
    if (status < 0) {
        uv_fs_req_cleanup(&request);
        return fail(failure, s->folder, status);
    }
    while (status >= 0 && uv_fs_scandir_next(&request, &entry) != UV_EOF) {
        uint64_t number;
        uint32_t values;
        if (!number_of(entry.name, &number))
            continue;
        (void)snprintf(path, sizeof path, "%s/%.64s", s->folder, entry.name);
        status = take_up(path, &values);
        if (status >= 0 && !add_piece(s, number, values))
            status = UV_ENOMEM;
    }
    uv_fs_req_cleanup(&request);
    if (status < 0)
        return fail(failure, path, status);
    qsort(s->pieces, s->count, sizeof *s->pieces, by_number);
    while (s->count > 0 && s->pieces[0].values == 0)
        remove_piece(s, 0);
    s->next_number = s->count > 0 ? s->pieces[s->count - 1].number + 1 : 1;
    return true;
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
    spool_set_limits(s, batch, max);
    if (read_folder(s, failure))
        return s;
    spool_close(s);
    return NULL;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    close_newest(s);
    free(s->pieces);
    free(s);
}

void spool_set_limits(struct spool *s, uint32_t batch, uint32_t max)
{
    s->batch = batch;
    s->max = max;
}

static bool open_newest(struct spool *s, struct failure *failure)
{
    char path[600];
    uv_fs_t request;
    path_of(s, s->next_number, path, sizeof path);
    s->file = finished(
        &request, uv_fs_open(NULL, &request, path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0640, NULL));
    if (s->file < 0) {
        int status = s->file;
        s->file = NO_FILE;
        s->next_number++; /* a name that is taken must not stop us for ever */
        return fail(failure, path, status);
    }
    if (!add_piece(s, s->next_number, 0)) {
        close_newest(s);
        return failure_set(failure, ERR_NO_MEMORY, "%s", path);
    }
    s->next_number++;
    return true;
}

/* Text in quotation marks as zabbix_sender reads it; a line end would end the value. */
static char *quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text == '\n' || *text == '\r' ? ' ' : *text;
    }
    *to++ = '"';
    return to;
}

static char *line_of(const char *host, const char *key, int64_t ms, const char *value, size_t *length)
{
    char *line = malloc(2 * (strlen(host) + strlen(key) + strlen(value)) + 64);
    if (!line)
        return NULL;
    char *at = quote(line, host);
    *at++ = ' ';
    at = quote(at, key);
    at += sprintf(at, " %lld %d ", (long long)(ms / 1000), (int)(ms % 1000) * 1000000);
    at = quote(at, value);
    *at++ = '\n';
    *length = (size_t)(at - line);
    return line;
}

static void drop_oldest(struct spool *s)
{
    while (s->length > s->max) {
        uint32_t index = s->taken ? 1 : 0; /* what is on its way stays */
        if (index + 1 >= s->count)
            return;
        s->dropped += s->pieces[index].values;
        remove_piece(s, index);
    }
}

bool spool_add(struct spool *s, const char *host, const char *key, int64_t ms, const char *value,
               struct failure *failure)
{
    uv_fs_t request;
    size_t length;
    if (s->file == NO_FILE && !open_newest(s, failure))
        return false;
    char *line = line_of(host, key, ms, value, &length);
    if (!line)
        return failure_set(failure, ERR_NO_MEMORY, "%s", s->folder);
    uv_buf_t buf = uv_buf_init(line, (unsigned)length);
    int status = finished(&request, uv_fs_write(NULL, &request, s->file, &buf, 1, -1, NULL));
    free(line);
    if (status != (int)length) {
        /* A part of a line must not meet the next one: this file takes no more. */
        char path[600];
        uint32_t left;
        close_newest(s);
        path_of(s, s->pieces[s->count - 1].number, path, sizeof path);
        (void)take_up(path, &left);
        return fail(failure, s->folder, status < 0 ? status : UV_ENOSPC);
    }
    s->pieces[s->count - 1].values++;
    s->length++;
    if (s->pieces[s->count - 1].values >= s->batch)
        close_newest(s);
    drop_oldest(s);
    return true;
}

bool spool_take(struct spool *s, char *path, size_t cap)
{
    while (s->count > 0 && s->pieces[0].values == 0 && !(s->count == 1 && s->file != NO_FILE))
        remove_piece(s, 0);
    if (s->taken || s->count == 0 || s->pieces[0].values == 0)
        return false;
    if (s->count == 1)
        close_newest(s);
    s->taken = true;
    path_of(s, s->pieces[0].number, path, cap);
    return true;
}

void spool_done(struct spool *s)
{
    s->taken = false;
    remove_piece(s, 0);
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

bool spool_full(const struct spool *s)
{
    return s->count > 1 || (s->count == 1 && s->file == NO_FILE);
}
