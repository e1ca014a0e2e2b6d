#include "poll/trace.h"

#include "base/text.h"
#include "base/time/clock.h"
#include "kkt/transcript.h"

#include <stdlib.h>
#include <string.h>

struct trace *trace_new(void)
{
    return calloc(1, sizeof(struct trace));
}

void trace_free(struct trace *trace)
{
    if (!trace)
        return;
    free(trace->events);
    free(trace->bytes);
    free(trace);
}

static bool grow_events(struct trace *t)
{
    if (t->event_count < t->event_room)
        return true;
    unsigned room = t->event_room ? 2 * t->event_room : 256;
    struct trace_event *more = t->event_count < TRACE_EVENTS_MAX ? realloc(t->events, room * sizeof *more) : NULL;
    if (!more)
        return false;
    t->events = more;
    t->event_room = room;
    return true;
}

static bool grow_bytes(struct trace *t, size_t count)
{
    if (count > TRACE_BYTES_MAX - t->byte_count)
        return false;
    uint32_t room = t->byte_room ? t->byte_room : 8192;
    while (room < t->byte_count + count)
        room *= 2;
    uint8_t *more = room == t->byte_room ? t->bytes : realloc(t->bytes, room);
    if (!more)
        return false;
    t->bytes = more;
    t->byte_room = room;
    return true;
}

bool trace_add(struct trace *t, enum trace_kind kind, uint64_t now_ms, uint32_t number, const void *bytes, size_t count)
{
    if (!t || t->full)
        return false;
    if (!grow_events(t) || !grow_bytes(t, count)) {
        t->full = true;
        return false;
    }
    uint32_t at = now_ms > t->clock_ms ? (uint32_t)(now_ms - t->clock_ms) : 0;
    t->events[t->event_count++] = (struct trace_event){kind, at, number, t->byte_count, (uint32_t)count, 0};
    if (count)
        memcpy(t->bytes + t->byte_count, bytes, count);
    t->byte_count += (uint32_t)count;
    return true;
}

void trace_begin(struct trace *t, const struct poll_ask *ask, int64_t unix_ms, uint64_t now_ms)
{
    if (!t)
        return;
    (void)text_escape(t->connect, sizeof t->connect, ask->connect->text);
    memcpy(t->expected_serial, ask->expected_serial, sizeof t->expected_serial);
    t->wanted = ask->wanted;
    t->protocol = ask->protocol;
    t->polled_ms = unix_ms;
    t->zone_offset_s = zone_offset(&ask->zone, unix_ms / 1000);
    t->clock_ms = now_ms;
    t->built_s = clock_built_s();
    t->again_known = true;
}

/* The bytes once more, each with the event that it belongs to, in the order of the events. */
struct stream {
    uint8_t *bytes;
    uint32_t *owner;
    uint32_t used, room;
};

/* What came may begin a frame before something is sent and end it behind: two streams. */
struct rewrite {
    struct kkt_transcript transcript;
    struct stream in, other;
    uint32_t began; /* where in `in` the frame that comes in begins */
    bool inside;
};

static void put(struct stream *s, uint8_t byte, uint32_t owner)
{
    if (s->used == s->room)
        return;
    s->bytes[s->used] = byte;
    s->owner[s->used++] = owner;
}

/* What was no whole frame after all. */
static void mask_loose(struct rewrite *w)
{
    for (uint32_t i = w->began; w->inside && i < w->in.used; i++)
        w->in.bytes[i] = kkt_transcript_masked_byte(&w->transcript, w->in.bytes[i]);
    w->inside = false;
}

/* In the place of the frame that has come to its end; a byte more belongs to the last event. */
static void put_frame(struct rewrite *w, const uint8_t *frame, size_t count, uint32_t last)
{
    struct stream *s = &w->in;
    uint32_t end = s->used;
    s->used = w->began;
    for (size_t i = 0; i < count; i++)
        put(s, frame[i], s->used < end ? s->owner[s->used] : last);
}

static void rewrite_received(struct rewrite *w, const uint8_t *bytes, uint32_t count, uint32_t event)
{
    static uint8_t frame[KKT_TRANSCRIPT_FRAME_MAX];
    for (uint32_t i = 0; i < count; i++) {
        char words[KKT_TRANSCRIPT_WORDS_MAX] = "";
        bool begins = false;
        enum kkt_transcript_event kind = kkt_transcript_received(&w->transcript, bytes[i], &begins);
        if (begins || kind == KKT_TRANSCRIPT_DAMAGED) {
            if (!begins)
                put(&w->in, bytes[i], event);
            mask_loose(w);
            w->began = w->in.used;
            w->inside = begins;
            if (begins)
                put(&w->in, bytes[i], event);
            continue;
        }
        put(&w->in, kind == KKT_TRANSCRIPT_LOOSE ? kkt_transcript_masked_byte(&w->transcript, bytes[i]) : bytes[i],
            event);
        if (kind != KKT_TRANSCRIPT_FRAME)
            continue;
        size_t n = kkt_transcript_answer(&w->transcript, words, frame);
        if (n)
            put_frame(w, frame, n, event);
        w->inside = false;
    }
}

static void rewrite_sent(struct rewrite *w, const uint8_t *bytes, uint32_t count, uint32_t event)
{
    uint8_t out[4096];
    char words[KKT_TRANSCRIPT_WORDS_MAX] = "";
    if (count > sizeof out / 2)
        count = sizeof out / 2;
    size_t n = kkt_transcript_sent(&w->transcript, bytes, count, out, sizeof out, words);
    for (size_t i = 0; i < n; i++)
        put(&w->other, out[i], event);
}

static void rewrite_event(struct rewrite *w, const struct trace *t, uint32_t index)
{
    const struct trace_event *e = &t->events[index];
    if (e->kind == TRACE_SENT)
        rewrite_sent(w, t->bytes + e->first, e->count, index);
    else if (e->kind == TRACE_RECEIVED)
        rewrite_received(w, t->bytes + e->first, e->count, index);
    else
        for (uint32_t i = 0; i < e->count; i++)
            put(&w->other, t->bytes[e->first + i], index);
    if (e->kind == TRACE_OPENED || e->kind == TRACE_LOST || e->kind == TRACE_CLOSED) {
        mask_loose(w);
        kkt_transcript_opened(&w->transcript);
    }
}

static uint32_t copy_event_bytes(struct stream *s, uint32_t *at, uint32_t event, uint8_t *to)
{
    uint32_t began = *at;
    while (*at < s->used && s->owner[*at] == event)
        ++*at;
    memcpy(to, s->bytes + began, *at - began);
    return *at - began;
}

/* Hands the bytes back to their events. */
static bool restore_bytes(struct rewrite *w, struct trace *t)
{
    uint32_t in = 0, other = 0, used = 0, room = w->in.used + w->other.used + 1;
    uint8_t *bytes = malloc(room);
    if (!bytes)
        return false;
    for (uint32_t i = 0; i < t->event_count; i++) {
        t->events[i].first = used;
        used += copy_event_bytes(&w->in, &in, i, bytes + used);
        used += copy_event_bytes(&w->other, &other, i, bytes + used);
        t->events[i].count = used - t->events[i].first;
    }
    free(t->bytes);
    t->bytes = bytes;
    t->byte_count = used;
    t->byte_room = room;
    return true;
}

static bool make_stream(struct stream *s, uint32_t room)
{
    s->room = room;
    s->bytes = malloc(room);
    s->owner = malloc(room * sizeof *s->owner);
    return s->bytes && s->owner;
}

static void free_stream(struct stream *s)
{
    free(s->bytes);
    free(s->owner);
}

bool trace_mask(struct trace *t, bool personal)
{
    struct rewrite *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    bool in = make_stream(&w->in, 2 * t->byte_count + 1), other = make_stream(&w->other, 2 * t->byte_count + 1);
    bool good = in && other;
    w->transcript.mask = !personal;
    for (uint32_t i = 0; good && i < t->event_count; i++)
        rewrite_event(w, t, i);
    if (good) {
        mask_loose(w);
        good = restore_bytes(w, t);
    }
    if (!personal) {
        kkt_personal_metrics(&t->masked);
        metric_set_keep_only(&t->masked, &t->wanted);
    }
    free_stream(&w->in);
    free_stream(&w->other);
    free(w);
    return good;
}
