/* The spool hands out packets and learns what became of them. */
#include "base/log.h"
#include "base/system_error.h"
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

/* What an earlier run or another program wrote is checked again before it is sent. */
static void check_lines(struct spool *s)
{
    struct batch *b = &s->sending;
    for (uint32_t i = 0; i < b->count; i++)
        if (!line_check(batch_text(b, i), b->lines[i].length, NULL)) {
            spool_keep_aside(s, batch_text(b, i), b->lines[i].length, &not_a_line);
            line_done(s, i);
        }
}

/* The file changed behind our back: as many values wait as there are lines. */
static void count_anew(struct spool *s)
{
    s->counts.length = s->counts.length - s->segments[0].values + s->sending.count;
    s->segments[0].values = s->sending.count;
}

/* Reads the oldest file. A file that somebody removed, or that cannot be read, is not waited for. */
static bool begin_segment(struct spool *s)
{
    char name[SEGMENT_NAME_MAX];
    size_t length;
    struct failure failure = {0};
    if (s->count == 1)
        spool_close_newest(s);
    segment_name(SEGMENT_VALUES, s->segments[0].number, name);
    char *text = folder_read(&s->folder, name, SEGMENT_BYTES_MAX, &length, NULL, &failure);
    if (text && batch_begin(&s->sending, text, length)) {
        count_anew(s);
        check_lines(s);
        return true;
    }
    uint32_t values = s->segments[0].values;
    spool_remove_segment(s, 0);
    spool_count_dropped(s, values, &file_missing);
    return false;
}

static bool choose(struct spool *s, uint32_t max)
{
    while (s->count > 0) {
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
    if (!good)
        log_error("values cannot be sent: %s", "значения не удалось отправить: %s",
                  text ? failure_detail(&failure, log_language()) : system_error_text(UV_ENOMEM, log_language()));
    return good;
}

/* Those that wait for their second try become the newest file. */
static void requeue_waiting(struct spool *s, uint64_t now_ms)
{
    char old[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    struct segment segment = s->waiting;
    if (segment.values == 0 || now_ms < s->waiting_until_ms)
        return;
    segment_name(SEGMENT_AGAIN, segment.number, old);
    segment.number = s->next_number++;
    segment_name(SEGMENT_VALUES, segment.number, name);
    s->waiting = (struct segment){0};
    spool_close_newest(s);
    int status = folder_move(&s->folder, old, &s->folder, name);
    if (status == 0 && spool_add_segment(s, &segment))
        return;
    s->counts.length -= segment.values;
    const struct spool_reason failed = spool_system_reason(status ? status : UV_ENOMEM);
    spool_count_dropped(s, segment.values, &failed);
}

bool spool_peek(struct spool *s, uint32_t max, uint64_t now_ms, struct spool_packet *packet)
{
    if (s->taken)
        return false;
    requeue_waiting(s, now_ms);
    if (!choose(s, max) || !write_packet(s, packet))
        return false;
    packet->values = s->sending.packet;
    (void)line_check(batch_text(&s->sending, s->sending.first), s->sending.lines[s->sending.first].length,
                     &packet->name);
    s->taken = true;
    return true;
}

static void packet_done(struct spool *s)
{
    for (uint32_t i = 0; i < s->sending.packet; i++)
        line_done(s, s->sending.first + i);
    if (s->sending.left == 0)
        finish_segment(s);
}

void spool_done(struct spool *s)
{
    if (s->taken)
        packet_done(s);
    s->taken = false;
}

static void split_packet(struct spool *s)
{
    for (uint32_t i = 0; i < s->sending.packet; i++)
        s->sending.lines[s->sending.first + i].state = LINE_ALONE;
}

/* Into the file of those that are sent again; the first one decides when. */
static bool wait_for_again(struct spool *s, const char *line, size_t length, uint64_t now_ms)
{
    char name[SEGMENT_NAME_MAX];
    if (s->waiting.values == 0) {
        s->waiting = (struct segment){.number = s->next_number++, .again = true};
        s->waiting_until_ms = now_ms + SPOOL_AGAIN_S * 1000U;
    }
    segment_name(SEGMENT_AGAIN, s->waiting.number, name);
    uv_file file = folder_append_to(&s->folder, name);
    int status = file < 0 ? file : segment_append(file, line, length + 1);
    if (file >= 0)
        segment_close(file);
    if (status != 0)
        return false;
    s->waiting.values++;
    s->counts.length++;
    return true;
}

static void refuse_one(struct spool *s, uint64_t now_ms)
{
    const char *line = batch_text(&s->sending, s->sending.first); /* with its newline */
    size_t length = s->sending.lines[s->sending.first].length;
    s->counts.refused += !s->segments[0].again;
    if (s->segments[0].again || !wait_for_again(s, line, length, now_ms))
        spool_keep_aside(s, line, length, &refused_twice);
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
