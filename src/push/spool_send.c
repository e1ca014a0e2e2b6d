/* The spool hands out packets and learns what became of them. */
#include "base/log.h"
#include "base/system_error.h"
#include "base/time/clock.h"
#include "push/refused.h"
#include "push/spool_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct spool_reason not_a_line = {
    {"zabbix_sender cannot read this line", "такую строку zabbix_sender не прочитает"}
};
static const struct spool_reason refused_twice = {
    {"Zabbix refused it twice: there is no such host or trapper item, or this computer is not among its allowed hosts",
     "Zabbix дважды его отклонил: такого узла или траппера нет либо этот компьютер не в списке его разрешённых узлов"}
};
static const struct spool_reason file_missing = {
    {"a file of the spool is missing", "нет файла очереди"}
};
static const struct spool_reason no_second_try = {
    {"Zabbix refused it, and it could not be kept for its second try",
     "Zabbix его отклонил, а сохранить его для второй попытки не удалось"}
};

#define STALLED_LOG_S  600
#define AGAIN_RETRY_MS 60000
#define AGAIN_FILE_MS  10000 /* the first and the last value of a file of second tries */

static void line_done(struct spool *s, uint32_t line)
{
    batch_line_done(&s->sending, line);
    s->segments[0].values--;
    s->counts.length--;
}

static void finish_segment(struct spool *s)
{
    batch_end(&s->sending);
    spool_remove_segment(s, 0);
}

/* What an earlier run or another program wrote is checked again before it is sent. What Zabbix has refused from the
 * same host and key goes alone. */
static void check_lines(struct spool *s)
{
    struct batch *b = &s->sending;
    struct line_name name;
    for (uint32_t i = 0; i < b->count; i++)
        if (!line_check(batch_text(b, i), b->lines[i].length, &name)) {
            spool_keep_aside(s, batch_text(b, i), b->lines[i].length, &not_a_line);
            line_done(s, i);
        } else if (doubt_has(&s->doubt, &name)) {
            b->lines[i].state = LINE_ALONE;
        }
}

/* The file changed behind our back: as many values wait as there are lines. */
static void count_anew(struct spool *s)
{
    s->counts.length = s->counts.length - s->segments[0].values + s->sending.count;
    s->segments[0].values = s->sending.count;
}

static void log_stalled(struct spool *s, const char *name, int status)
{
    if (ratelimit_pass(&s->logged_stalled, clock_steady_ms(), STALLED_LOG_S, NULL))
        log_error("values cannot be sent now: %s/%s: %s; they are kept and tried again",
                  "сейчас значения не удаётся отправить: %s/%s: %s; они сохранены, попытка повторится", s->folder.path,
                  name, system_error_text(status, log_language()));
}

/* What this computer cannot do now it may be able to do at the next interval: no value is lost for that. */
static void stall(struct spool *s, const char *name, int status)
{
    s->stalled = true;
    log_stalled(s, name, status);
}

/* A file that somebody replaced by something else, or made larger than any of ours. */
static bool set_file_aside(struct spool *s, const char *name, int status)
{
    uint32_t values = s->segments[0].values;
    if (!refused_keep_file(&s->folder, name, NULL))
        return false;
    spool_forget_segment(s, 0);
    s->counts.set_aside += values;
    log_warn("%s/%s: %s; it is set aside in %s/refused", "%s/%s: %s; отложено в %s/refused", s->folder.path, name,
             status == UV_EFBIG          ? system_error_text(status, log_language())
             : log_language() == LANG_RU ? "не обычный файл"
                                         : "not a regular file",
             s->folder.path);
    return true;
}

/* The oldest file could not be read: is it done with? A file that is there and may be read later is kept. */
static bool give_up_segment(struct spool *s, const char *name, int status)
{
    uint32_t values = s->segments[0].values;
    if (s->count == 1)
        spool_close_newest(s);
    if (status != UV_ENOENT)
        return set_file_aside(s, name, status);
    spool_forget_segment(s, 0);
    spool_count_dropped(s, values, &file_missing);
    return true;
}

/* Reads the oldest file. False: try the next one, unless the spool is stalled. */
static bool begin_segment(struct spool *s)
{
    char name[SEGMENT_NAME_MAX];
    size_t length;
    int status;
    segment_name(SEGMENT_VALUES, s->segments[0].number, name);
    char *text = folder_read(&s->folder, name, SEGMENT_BYTES_MAX, &length, &status, NULL);
    if (text && !batch_begin(&s->sending, text, length))
        status = UV_ENOMEM;
    if (status == 0) {
        if (s->count == 1)
            spool_close_newest(s);
        count_anew(s);
        check_lines(s);
        return true;
    }
    bool no_file_of_ours = status == UV_ENOENT || status == UV_EINVAL || status == UV_ELOOP || status == UV_EFBIG;
    if (!no_file_of_ours || !give_up_segment(s, name, status))
        stall(s, name, status);
    return false;
}

static bool choose(struct spool *s, uint32_t max)
{
    while (s->count > 0 && !s->stalled) {
        if (!s->sending.lines && !begin_segment(s))
            continue;
        if (batch_choose(&s->sending, max))
            return true;
        finish_segment(s);
    }
    return false;
}

/* A whole file is sent as it is; a part of it, or what somebody removed meanwhile, as a file of its own. */
static bool write_packet(struct spool *s, struct spool_packet *packet)
{
    char name[SEGMENT_NAME_MAX];
    struct failure failure = {0};
    size_t length;
    uint64_t size;
    segment_name(SEGMENT_VALUES, s->segments[0].number, name);
    if (batch_is_whole(&s->sending) && folder_has_file(&s->folder, name, &size))
        return folder_file_path(&s->folder, name, packet->path, sizeof packet->path);
    char *text = batch_packet(&s->sending, &length);
    bool good = text && folder_write(&s->folder, SPOOL_PACKET_NAME, text, length, &failure) &&
                folder_file_path(&s->folder, SPOOL_PACKET_NAME, packet->path, sizeof packet->path);
    free(text);
    s->stalled = !good;
    if (!good && ratelimit_pass(&s->logged_stalled, clock_steady_ms(), STALLED_LOG_S, NULL))
        log_error("values cannot be sent now: %s; they are kept and tried again",
                  "сейчас значения не удаётся отправить: %s; они сохранены, попытка повторится",
                  text ? failure_detail(&failure, log_language()) : system_error_text(UV_ENOMEM, log_language()));
    return good;
}

/* The oldest file of a second try becomes the newest of all; when that cannot be done now it waits once more. */
static void requeue_again(struct spool *s, uint64_t now_ms)
{
    char old[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    struct segment segment = s->again[0].segment;
    segment_name(SEGMENT_AGAIN, segment.number, old);
    segment.number = s->next_number++;
    segment_name(SEGMENT_VALUES, segment.number, name);
    spool_close_newest(s);
    int status = spool_add_segment(s, &segment) ? 0 : UV_ENOMEM;
    if (status == 0 && (status = folder_move(&s->folder, old, &s->folder, name)) != 0)
        s->count--;
    if (status != 0 && status != UV_ENOENT) {
        log_stalled(s, old, status);
        s->again[0].due_ms = now_ms + AGAIN_RETRY_MS;
        return;
    }
    if (status == UV_ENOENT) {
        s->counts.length -= segment.values;
        spool_count_dropped(s, segment.values, &file_missing);
    }
    spool_forget_again(s);
}

static void requeue_due(struct spool *s, uint64_t now_ms)
{
    while (s->again_count > 0 && now_ms >= s->again[0].due_ms)
        requeue_again(s, now_ms);
}

bool spool_peek(struct spool *s, uint32_t max, uint64_t now_ms, struct spool_packet *packet)
{
    if (s->taken)
        return false;
    s->stalled = false;
    requeue_due(s, now_ms);
    if (!choose(s, max) || !write_packet(s, packet))
        return false;
    packet->values = s->sending.packet;
    (void)line_check(batch_text(&s->sending, s->sending.first), s->sending.lines[s->sending.first].length, &s->first);
    packet->name = s->first;
    s->taken = true;
    return true;
}

static void packet_done(struct spool *s)
{
    for (uint32_t i = s->sending.first; i < s->sending.end; i++)
        if (s->sending.lines[i].state != LINE_DONE)
            line_done(s, i);
    if (s->sending.left == 0)
        finish_segment(s);
}

void spool_done(struct spool *s)
{
    if (s->taken) {
        if (s->sending.packet == 1)
            doubt_remove(&s->doubt, &s->first);
        packet_done(s);
    }
    s->taken = false;
}

static void split_packet(struct spool *s)
{
    for (uint32_t i = s->sending.first; i < s->sending.end; i++)
        if (s->sending.lines[i].state != LINE_DONE)
            s->sending.lines[i].state = LINE_ALONE;
}

/* The file that gets the next value of a second try: the newest one, or another when that is full or too old: all of a
 * file are due together. */
static struct again *open_again(struct spool *s, uint64_t now_ms)
{
    struct again *newest = s->again_count > 0 ? &s->again[s->again_count - 1] : NULL;
    if (newest && now_ms - newest->begun_ms < AGAIN_FILE_MS && !spool_is_full_file(s, &newest->segment))
        return newest;
    const struct again fresh = {
        {.number = s->next_number++, .again = true},
        now_ms, 0
    };
    return spool_add_again(s, &fresh);
}

/* Into a file of those that are sent again; its last one decides when. */
static bool wait_for_again(struct spool *s, const char *line, size_t length, uint64_t now_ms)
{
    char name[SEGMENT_NAME_MAX];
    struct again *again = open_again(s, now_ms);
    if (!again)
        return false;
    segment_name(SEGMENT_AGAIN, again->segment.number, name);
    uv_file file = folder_append_to(&s->folder, name);
    int status = file < 0 ? file : segment_append(file, line, length + 1);
    if (file >= 0)
        segment_close(file);
    if (status != 0) {
        s->again_count -= again->segment.values == 0;
        return false;
    }
    again->segment.values++;
    again->segment.bytes += (uint32_t)length + 1;
    again->due_ms = now_ms + SPOOL_AGAIN_S * 1000U;
    s->counts.length++;
    return true;
}

static void refuse_one(struct spool *s, uint64_t now_ms)
{
    const char *line = batch_text(&s->sending, s->sending.first); /* with its newline */
    size_t length = s->sending.lines[s->sending.first].length;
    s->counts.refused += !s->segments[0].again;
    doubt_add(&s->doubt, &s->first);
    if (s->segments[0].again)
        spool_keep_aside(s, line, length, &refused_twice);
    else if (!wait_for_again(s, line, length, now_ms))
        spool_keep_aside(s, line, length, &no_second_try);
    packet_done(s);
}

void spool_refuse(struct spool *s, uint64_t now_ms)
{
    if (s->taken && s->sending.packet > 1)
        split_packet(s);
    else if (s->taken)
        refuse_one(s, now_ms);
    s->taken = false;
}

void spool_set_aside(struct spool *s)
{
    if (s->taken && s->sending.packet > 1) {
        split_packet(s);
    } else if (s->taken) {
        spool_keep_aside(s, batch_text(&s->sending, s->sending.first), s->sending.lines[s->sending.first].length,
                         &not_a_line);
        packet_done(s);
    }
    s->taken = false;
}

void spool_release(struct spool *s)
{
    s->taken = false;
}
