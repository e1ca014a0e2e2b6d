#include "base/log.h"
#include "base/system_error.h"
#include "base/time/clock.h"
#include "push/refused.h"
#include "push/spool_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_NAME        ".spool.lock"
#define DROPPED_NAME     "dropped" /* how many values were dropped in all runs */
#define FILE_ERROR_LOG_S 600
#define COUNT_BYTES      32

bool spool_add_segment(struct spool *s, const struct segment *segment)
{
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? s->capacity * 2 : 64;
        struct segment *segments = realloc(s->segments, capacity * sizeof *segments);
        if (!segments)
            return false;
        s->segments = segments;
        s->capacity = capacity;
    }
    s->segments[s->count++] = *segment;
    return true;
}

struct again *spool_add_again(struct spool *s, const struct again *again)
{
    if (s->again_count == s->again_capacity) {
        uint32_t capacity = s->again_capacity ? s->again_capacity * 2 : 4;
        struct again *more = realloc(s->again, capacity * sizeof *more);
        if (!more)
            return NULL;
        s->again = more;
        s->again_capacity = capacity;
    }
    s->again[s->again_count] = *again;
    return &s->again[s->again_count++];
}

void spool_forget_again(struct spool *s)
{
    s->again_count--;
    memmove(s->again, s->again + 1, s->again_count * sizeof *s->again);
}

void spool_forget_segment(struct spool *s, uint32_t index)
{
    s->counts.length -= s->segments[index].values;
    s->count--;
    memmove(&s->segments[index], &s->segments[index + 1], (s->count - index) * sizeof *s->segments);
}

void spool_remove_segment(struct spool *s, uint32_t index)
{
    char name[SEGMENT_NAME_MAX];
    segment_name(SEGMENT_VALUES, s->segments[index].number, name);
    folder_remove(&s->folder, name);
    spool_forget_segment(s, index);
}

bool spool_is_full_file(const struct spool *s, const struct segment *segment)
{
    return segment->values >= s->batch || segment->values >= s->max || segment->bytes >= SEGMENT_BYTES_FULL;
}

void spool_close_newest(struct spool *s)
{
    if (s->file != SPOOL_NO_FILE)
        segment_close(s->file);
    s->file = SPOOL_NO_FILE;
}

/* A file of the spool that is none of ours: a link, a FIFO, something huge. It is left alone or set aside. */
static const struct spool_reason folder_removed = {
    {"the folder of the spool was removed; it is created again", "папка очереди была удалена и создана заново"}
};
static const struct spool_reason disk_full = {
    {"no space left on the disk", "на диске нет места"}
};
static const struct spool_reason limit_reached = {
    {"`spool_max` is reached", "достигнут `spool_max`"}
};
static const struct spool_reason not_a_value = {
    {"Zabbix could not take the value", "Zabbix не может принять такое значение"}
};

static void log_bad_file(struct spool *s, const char *name, const char *english, const char *russian)
{
    if (ratelimit_pass(&s->logged_bad_file, clock_steady_ms(), FILE_ERROR_LOG_S, NULL))
        log_warn("%s/%s: %s", "%s/%s: %s", s->folder.path, name, log_language() == LANG_RU ? russian : english);
}

static int resume_segment(struct spool *s, const char *name, enum segment_kind kind, struct segment *segment,
                          uint64_t now_ms)
{
    int status = segment_resume(&s->folder, name, &segment->values);
    if (status == UV_EINVAL) {
        log_bad_file(s, name, "not a regular file, it is not sent", "не обычный файл, не отправляется");
        return 0;
    }
    if (status == UV_EFBIG && refused_keep_file(&s->folder, name, NULL)) {
        log_bad_file(s, name, "larger than any file of ours, it is set aside",
                     "больше любого нашего файла, отложен в сторону");
        s->counts.set_aside++;
        return 0;
    }
    if (status < 0)
        return status;
    if (segment->values == 0) {
        folder_remove(&s->folder, name);
        return 0;
    }
    s->counts.length += segment->values;
    const struct again again = {*segment, now_ms, now_ms + SPOOL_AGAIN_S * 1000U};
    bool good = kind == SEGMENT_AGAIN ? spool_add_again(s, &again) != NULL : spool_add_segment(s, segment);
    return good ? 0 : UV_ENOMEM;
}

struct resuming {
    struct spool *spool;
    uint64_t now_ms;
    int status;
    char name[SEGMENT_NAME_MAX];
};

static void resume_file(const char *name, void *context)
{
    struct resuming *r = context;
    struct segment segment = {0};
    enum segment_kind kind;
    char file[FOLDER_NAME_MAX];
    if (r->status < 0)
        return;
    /* A run that was killed left these half-written. */
    if (strcmp(name, SPOOL_PACKET_NAME) == 0 ||
        (folder_is_half_written(name, file) &&
         (strcmp(file, DROPPED_NAME) == 0 || strcmp(file, SPOOL_PACKET_NAME) == 0 ||
          segment_parse(file, &kind, &segment.number))))
        folder_remove(&r->spool->folder, name);
    if (!segment_parse(name, &kind, &segment.number))
        return;
    if (segment.number >= r->spool->next_number)
        r->spool->next_number = segment.number + 1;
    (void)snprintf(r->name, sizeof r->name, "%s", name);
    segment.again = kind == SEGMENT_AGAIN;
    r->status = resume_segment(r->spool, name, kind, &segment, r->now_ms);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct segment *)a)->number, y = ((const struct segment *)b)->number;
    return x < y ? -1 : x > y;
}

static int again_by_number(const void *a, const void *b)
{
    return by_number(&((const struct again *)a)->segment, &((const struct again *)b)->segment);
}

static bool read_folder(struct spool *s, uint64_t now_ms, struct failure *failure)
{
    struct resuming r = {.spool = s, .now_ms = now_ms};
    s->next_number = 1;
    int status = folder_each(&s->folder, resume_file, &r);
    if (status == 0)
        status = r.status;
    if (status < 0)
        return folder_failed(&s->folder, r.name, status, failure);
    if (s->count > 1)
        qsort(s->segments, s->count, sizeof *s->segments, by_number);
    if (s->again_count > 1)
        qsort(s->again, s->again_count, sizeof *s->again, again_by_number);
    return true;
}

static void read_dropped(struct spool *s)
{
    size_t count;
    char *text = folder_read(&s->folder, DROPPED_NAME, COUNT_BYTES, &count, NULL, NULL);
    if (text)
        s->counts.dropped = s->dropped_kept = strtoull(text, NULL, 10);
    free(text);
}

void spool_keep_dropped(struct spool *s)
{
    char text[COUNT_BYTES];
    if (s->counts.dropped == s->dropped_kept)
        return;
    int n = snprintf(text, sizeof text, "%" PRIu64 "\n", s->counts.dropped);
    if (folder_write(&s->folder, DROPPED_NAME, text, (size_t)n, NULL))
        s->dropped_kept = s->counts.dropped;
}

struct spool *spool_open(const char *folder, uint32_t batch, uint32_t max, uint64_t now_ms, struct failure *failure)
{
    struct spool *s = calloc(1, sizeof *s);
    if (!s) {
        failure_set(failure, ERR_NO_MEMORY, "%s", folder);
        return NULL;
    }
    s->file = SPOOL_NO_FILE;
    s->lock = LOCK_NONE;
    spool_set_limits(s, batch, max);
    if (folder_open(&s->folder, folder, failure) && lock_acquire(folder, LOCK_NAME, &s->lock, failure) &&
        read_folder(s, now_ms, failure)) {
        read_dropped(s);
        return s;
    }
    spool_close(s);
    return NULL;
}

/* What is left of the file that is being sent. */
static void save_unsent(struct spool *s)
{
    char name[SEGMENT_NAME_MAX];
    size_t length;
    if (s->sending.lines && s->sending.left < s->sending.count) {
        char *text = batch_rest(&s->sending, &length);
        segment_name(SEGMENT_VALUES, s->segments[0].number, name);
        if (text)
            (void)folder_write(&s->folder, name, text, length, NULL);
        free(text);
    }
    batch_end(&s->sending);
    folder_remove(&s->folder, SPOOL_PACKET_NAME);
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    if (s->lock != LOCK_NONE) {
        spool_keep_dropped(s);
        save_unsent(s);
    }
    spool_close_newest(s);
    lock_release(s->lock);
    folder_close(&s->folder);
    free(s->segments);
    free(s->again);
    free(s);
}

const char *spool_folder(const struct spool *s)
{
    return s->folder.path;
}

void spool_set_limits(struct spool *s, uint32_t batch, uint32_t max)
{
    s->batch = batch;
    s->max = max;
}

struct spool_reason spool_system_reason(int status)
{
    return (struct spool_reason){
        {system_error_text(status, LANG_EN), system_error_text(status, LANG_RU)}
    };
}

void spool_count_dropped(struct spool *s, uint32_t values, const struct spool_reason *why)
{
    s->counts.dropped += values;
    if (values > 0 && ratelimit_pass(&s->logged_dropped, clock_steady_ms(), FILE_ERROR_LOG_S, NULL))
        log_warn("%s: values are dropped (%s): %" PRIu64 " wait, %" PRIu64 " dropped so far",
                 "%s: значения потеряны (%s): в очереди %" PRIu64 ", всего потеряно %" PRIu64, s->folder.path,
                 why->words[log_language()], s->counts.length, s->counts.dropped);
}

void spool_keep_aside(struct spool *s, const char *line, size_t length, const struct spool_reason *why)
{
    struct failure failure = {0};
    struct line_name name;
    uint32_t more = 0;
    if (!line_check(line, length, &name))
        name = (struct line_name){"?", "?"};
    if (!refused_keep(&s->folder, line, length, &failure)) {
        s->counts.dropped++;
        if (ratelimit_pass(&s->logged_failed, clock_steady_ms(), FILE_ERROR_LOG_S, NULL))
            log_error("a value is lost (host \"%s\", key \"%s\"): %s; it is not kept: %s",
                      "значение потеряно (узел «%s», ключ «%s»): %s; сохранить его не удалось: %s", name.host, name.key,
                      why->words[log_language()], failure_detail(&failure, log_language()));
        return;
    }
    s->counts.set_aside++;
    if (!ratelimit_pass(&s->logged_aside, clock_steady_ms(), FILE_ERROR_LOG_S, &more))
        return;
    log_warn(
        "a value is set aside (host \"%s\", key \"%s\"; %" PRIu32 " more since the last such line): %s; it is kept in "
        "%s/refused",
        "значение отложено (узел «%s», ключ «%s»; с прошлой такой строки ещё %" PRIu32 "): %s; сохранено в %s/refused",
        name.host, name.key, more, why->words[log_language()], s->folder.path);
}

static void drop_again(struct spool *s, const struct spool_reason *why)
{
    char name[SEGMENT_NAME_MAX];
    uint32_t values = s->again[0].segment.values;
    segment_name(SEGMENT_AGAIN, s->again[0].segment.number, name);
    folder_remove(&s->folder, name);
    s->counts.length -= values;
    spool_forget_again(s);
    spool_count_dropped(s, values, why);
}

/* What is on its way stays. What Zabbix has refused goes before the file that is being written, and that only when
 * `newest` may go too. */
static bool drop_oldest(struct spool *s, bool newest, const struct spool_reason *why)
{
    uint32_t index = s->taken ? 1 : 0;
    bool last = index + 1 >= s->count;
    if (last && s->again_count > 0) {
        drop_again(s, why);
        return true;
    }
    if (last && !newest)
        return false;
    if (index >= s->count)
        return false;
    if (index == 0) /* what was read of it to be sent again */
        batch_end(&s->sending);
    if (index + 1 == s->count)
        spool_close_newest(s);
    uint32_t values = s->segments[index].values;
    spool_remove_segment(s, index);
    spool_count_dropped(s, values, why);
    return true;
}

/* Somebody removed the folder, or put another in its place: what stood in it is gone. */
static bool renew_folder(struct spool *s)
{
    struct folder folder;
    lock_handle lock;
    uint64_t lost = s->counts.length;
    if (!folder_is_gone(&s->folder) || !folder_open(&folder, s->folder.path, NULL))
        return false;
    if (!lock_acquire(folder.path, LOCK_NAME, &lock, NULL)) {
        folder_close(&folder);
        return false;
    }
    spool_close_newest(s);
    lock_release(s->lock);
    folder_close(&s->folder);
    s->folder = folder;
    s->lock = lock;
    batch_end(&s->sending);
    s->count = 0;
    s->counts.length = 0;
    s->taken = false;
    s->again_count = 0;
    s->dropped_kept = 0;
    spool_count_dropped(s, (uint32_t)lost, &folder_removed);
    return true;
}

static int open_newest(struct spool *s)
{
    char name[SEGMENT_NAME_MAX];
    struct segment segment = {.number = s->next_number++}; /* a name that is taken must not stop us for ever */
    segment_name(SEGMENT_VALUES, segment.number, name);
    uv_file file = folder_create(&s->folder, name);
    if (file == UV_ENOENT && renew_folder(s))
        file = folder_create(&s->folder, name);
    if (file < 0)
        return file;
    s->file = file;
    if (spool_add_segment(s, &segment))
        return 0;
    spool_close_newest(s);
    folder_remove(&s->folder, name);
    return UV_ENOMEM;
}

/* The line as the newest value; after a failure no empty file is left. */
static int append(struct spool *s, const char *line, size_t length)
{
    int status = s->file == SPOOL_NO_FILE ? open_newest(s) : 0;
    if (status == 0)
        status = segment_append(s->file, line, length);
    if (status != 0 && s->file != SPOOL_NO_FILE &&
        (s->segments[s->count - 1].values == 0 || !segment_no_room(status))) {
        spool_close_newest(s);
        if (s->segments[s->count - 1].values == 0)
            spool_remove_segment(s, s->count - 1);
    }
    return status;
}

bool spool_add(struct spool *s, const char *host, const char *key, int64_t ms, const char *value,
               struct failure *failure)
{
    size_t length = 0;
    int status;
    char *line = line_build(host, key, ms, value, &length);
    do
        status = line ? append(s, line, length) : UV_EINVAL;
    while (segment_no_room(status) && drop_oldest(s, true, &disk_full));
    free(line);
    if (status != 0) {
        const struct spool_reason failed = spool_system_reason(status);
        spool_count_dropped(s, 1, line ? &failed : &not_a_value);
        return folder_failed(&s->folder, "", status, failure);
    }
    s->segments[s->count - 1].values++;
    s->segments[s->count - 1].bytes += (uint32_t)length;
    s->counts.length++;
    if (spool_is_full_file(s, &s->segments[s->count - 1]))
        spool_close_newest(s);
    while (s->counts.length > s->max && drop_oldest(s, false, &limit_reached))
        continue;
    return true;
}

void spool_counts(const struct spool *s, struct spool_counts *counts)
{
    *counts = s->counts;
}

bool spool_full(const struct spool *s)
{
    if (s->stalled)
        return false;
    return s->sending.lines || s->count > 1 || (s->count == 1 && s->file == SPOOL_NO_FILE);
}
