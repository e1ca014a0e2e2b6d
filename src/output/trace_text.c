#include "output/trace_text.h"

#include "base/text.h"
#include "kkt/transcript.h"
#include "output/buffer.h"
#include "output/trace_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_words[TRACE_KINDS] = {
    [TRACE_ATTEMPT] = "connect", [TRACE_OPENED] = "open", [TRACE_SENT] = ">",        [TRACE_RECEIVED] = "<",
    [TRACE_TIMER] = "timer",     [TRACE_LOST] = "lost",   [TRACE_CLOSED] = "closed", [TRACE_DRIVER] = "driver",
};

/* One line a group: "wanted: device model serial". */
static void add_set(struct buffer *b, const char *word, const struct metric_set *set)
{
    const char *group = "";
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = metric_row((enum metric)i);
        if (!metric_set_has(set, (enum metric)i))
            continue;
        if (strcmp(group, row->group) != 0)
            buffer_add(b, "%s%s: %s", *group ? "\n" : "", word, row->group);
        group = row->group;
        buffer_add(b, " %s", row->key);
    }
    if (*group)
        buffer_add(b, "\n");
}

static void add_head(struct buffer *b, const struct trace *t)
{
    const struct zone zone = {.offset_s = t->zone_offset_s};
    char started[ZONE_TEXT_MAX];
    zone_print(&zone, t->polled_ms / 1000, started);
    buffer_add(b, "zabbix-atol-trace %d\nversion: %s\nname: %s\naddress: %s\nused: %s\nprotocol: %d\n", TRACE_FORMAT,
               ZABBIX_ATOL_VERSION, t->name, t->connect, t->used, (int)t->protocol);
    buffer_add(b, "serial: %s\nstarted: %lld # %s\nzone: %d\nclock: %llu\nbuilt: %lld\n", t->expected_serial,
               (long long)t->polled_ms, started, (int)t->zone_offset_s, (unsigned long long)t->clock_ms,
               (long long)t->built_s);
    add_set(b, "wanted", &t->wanted);
    add_set(b, "masked", &t->masked);
    if (t->again_known)
        add_set(b, "again", &t->again);
    if (t->again_known && metric_set_empty(&t->again))
        buffer_add(b, "again: -\n");
}

static void add_words(struct buffer *b, const char *words)
{
    if (*words)
        buffer_add(b, " # %s", words);
}

void trace_words_of(struct kkt_transcript *transcript, const struct trace *t, const struct trace_event *e,
                    char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    static uint8_t out[KKT_TRANSCRIPT_FRAME_MAX];
    const uint8_t *bytes = t->bytes + e->first;
    bool begins;
    words[0] = '\0';
    if (e->kind == TRACE_OPENED)
        kkt_transcript_opened(transcript);
    if (e->kind == TRACE_SENT)
        (void)kkt_transcript_sent(transcript, bytes, e->count, out, sizeof out, words);
    for (uint32_t i = 0; e->kind == TRACE_RECEIVED && i < e->count; i++)
        if (kkt_transcript_received(transcript, bytes[i], &begins) == KKT_TRANSCRIPT_FRAME)
            (void)kkt_transcript_answer(transcript, words, out);
}

static void add_event(struct buffer *b, struct kkt_transcript *transcript, const struct trace *t,
                      const struct trace_event *e)
{
    char words[KKT_TRANSCRIPT_WORDS_MAX];
    const uint8_t *bytes = t->bytes + e->first;
    buffer_add(b, "%u %s", e->at_ms, trace_words[e->kind]);
    if (e->kind == TRACE_ATTEMPT || e->kind == TRACE_DRIVER)
        buffer_add(b, " %u %.*s", e->number, (int)e->count, (const char *)bytes);
    for (uint32_t i = 0; (e->kind == TRACE_SENT || e->kind == TRACE_RECEIVED) && i < e->count; i++)
        buffer_add(b, " %02X", bytes[i]);
    trace_words_of(transcript, t, e, words);
    add_words(b, words);
    buffer_add(b, "\n");
}

static void add_result(struct buffer *b, const struct trace *t)
{
    char english[400], russian[400];
    (void)text_escape(english, sizeof english, t->failure.detail);
    (void)text_escape(russian, sizeof russian, t->failure.detail_ru);
    buffer_add(b, "result: %s %u %u %lld # %s\n", error_name(t->failure.code), t->duration_ms, t->held_ms,
               (long long)t->clock_read_ms, poll_state_name(failure_state(&t->failure)));
    buffer_add(b, "english: %s\nrussian: %s\nend\n", english, russian);
}

char *trace_text(const struct trace *t)
{
    struct buffer b = {0};
    struct kkt_transcript *transcript = calloc(1, sizeof *transcript);
    if (!transcript)
        return NULL;
    transcript->mask = !metric_set_empty(&t->masked);
    add_head(&b, t);
    buffer_add(&b, "events: %u%s\n", t->event_count, t->full ? " cut" : "");
    for (unsigned i = 0; i < t->event_count; i++)
        add_event(&b, transcript, t, &t->events[i]);
    add_result(&b, t);
    free(transcript);
    return buffer_detach(&b);
}

char *trace_story(const struct trace *t)
{
    struct buffer b = {0};
    struct kkt_transcript *transcript = calloc(1, sizeof *transcript);
    if (!transcript)
        return NULL;
    transcript->mask = !metric_set_empty(&t->masked);
    for (unsigned i = 0; i < t->event_count; i++) {
        const struct trace_event *e = &t->events[i];
        char words[KKT_TRANSCRIPT_WORDS_MAX];
        bool bytes = e->kind == TRACE_SENT || e->kind == TRACE_RECEIVED, address = e->count > 0 && !bytes;
        trace_words_of(transcript, t, e, words);
        char name[CONNECT_TEXT_MAX] = "";
        if (address)
            (void)snprintf(name, sizeof name, "%.*s", (int)e->count, (const char *)t->bytes + e->first);
        buffer_add(&b, "%8u ms  %-7s %s%s", e->at_ms, trace_words[e->kind], TEXT_PATH(name), words);
        if (bytes && !*words)
            for (uint32_t k = 0; k < e->count && k < 32; k++)
                buffer_add(&b, "%s%02X", k ? " " : "", t->bytes[e->first + k]);
        buffer_add(&b, "\n");
    }
    free(transcript);
    return buffer_detach(&b);
}
