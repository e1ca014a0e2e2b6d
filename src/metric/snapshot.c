#include "metric/snapshot.h"

#include "metric/form.h"

#include <string.h>

void snapshot_clear(struct snapshot *s)
{
    memset(s, 0, offsetof(struct snapshot, number));
    s->text_used = 0;
}

void snapshot_clear_values(struct snapshot *s)
{
    memset(&s->present, 0, sizeof s->present);
    memset(&s->undated, 0, sizeof s->undated);
    memset(&s->computed, 0, sizeof s->computed);
    s->text_used = 0;
}

bool snapshot_has(const struct snapshot *s, enum metric m)
{
    return metric_set_has(&s->present, m);
}

static void set(struct snapshot *s, enum metric m, int64_t value)
{
    s->number[m] = value;
    metric_set_add(&s->present, m);
}

bool snapshot_set_int(struct snapshot *s, enum metric m, int64_t value)
{
    if (!form_number(m, value))
        return false;
    set(s, m, value);
    return true;
}

void snapshot_set_bool(struct snapshot *s, enum metric m, bool value)
{
    set(s, m, value ? 1 : 0);
}

bool snapshot_set_time(struct snapshot *s, enum metric m, const struct civil *c)
{
    switch (form_date(m, c)) {
    case FORM_DATE_GOOD:
        set(s, m, civil_to_seconds(c));
        return true;
    case FORM_DATE_NONE:
        snapshot_set_undated(s, m);
        return true;
    case FORM_DATE_IMPOSSIBLE:
        break;
    }
    return false;
}

void snapshot_set_undated(struct snapshot *s, enum metric m)
{
    snapshot_remove(s, m);
    metric_set_add(&s->undated, m);
}

bool snapshot_set_text(struct snapshot *s, enum metric m, const char *text, size_t length)
{
    if (!form_text(m, text, length) || length >= SNAPSHOT_TEXT_MAX - s->text_used)
        return false;
    memcpy(s->text + s->text_used, text, length);
    s->text[s->text_used + length] = '\0';
    set(s, m, (int64_t)s->text_used);
    s->text_used += (uint32_t)length + 1;
    return true;
}

void snapshot_remove(struct snapshot *s, enum metric m)
{
    metric_set_remove(&s->present, m);
}

int64_t snapshot_int(const struct snapshot *s, enum metric m)
{
    return s->number[m];
}

const char *snapshot_text(const struct snapshot *s, enum metric m)
{
    return s->text + s->number[m];
}

struct civil snapshot_civil(const struct snapshot *s, enum metric m)
{
    struct civil c = {0};
    (void)civil_from_seconds(s->number[m], &c);
    return c;
}

void snapshot_fill(struct snapshot *to, const struct snapshot *from, const struct metric_set *which)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!metric_set_has(which, m) || snapshot_has(to, m))
            continue;
        if (metric_set_has(&from->undated, m))
            metric_set_add(&to->undated, m);
        if (!snapshot_has(from, m))
            continue;
        if (metric_row(m)->type == METRIC_TEXT)
            (void)snapshot_set_text(to, m, snapshot_text(from, m), strlen(snapshot_text(from, m)));
        else
            set(to, m, from->number[m]);
    }
}

/* Packed: the head of the struct up to `number`, the present numbers in order, the texts of present metrics in order
 * (a text's number is not stored). */
/* The failure stands first; most snapshots that rest have none, and it is longer than all their values. What was
 * computed is computed at once or never. */
enum { PACK_FROM = offsetof(struct snapshot, protocol), PACK_TO = offsetof(struct snapshot, number) };

static size_t pack(const struct snapshot *s, char *to)
{
    bool failed = s->failure.code != ERR_NONE;
    size_t from_byte = failed ? 0 : PACK_FROM, used = 1 + PACK_TO - from_byte;
    if (to) {
        to[0] = failed;
        memcpy(to + 1, (const char *)s + from_byte, PACK_TO - from_byte);
    }
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!snapshot_has(s, m))
            continue;
        bool text = metric_row(m)->type == METRIC_TEXT;
        const void *from = text ? (const void *)snapshot_text(s, m) : (const void *)&s->number[m];
        size_t n = text ? strlen(snapshot_text(s, m)) + 1 : sizeof s->number[m];
        if (to)
            memcpy(to + used, from, n);
        used += n;
    }
    return used;
}

size_t snapshot_packed_size(const struct snapshot *s)
{
    return pack(s, NULL);
}

void snapshot_pack(const struct snapshot *s, void *to)
{
    (void)pack(s, to);
}

bool snapshot_unpack(struct snapshot *s, const void *from, size_t size)
{
    const char *at = from;
    const char *end = at + size;
    if (size < 1)
        return false;
    size_t from_byte = *at++ ? 0 : PACK_FROM, head = PACK_TO - from_byte;
    if ((size_t)(end - at) < head)
        return false;
    failure_clear(&s->failure);
    s->computed = (struct metric_set){0};
    memcpy((char *)s + from_byte, at, head);
    at += head;
    struct metric_set present = s->present, undated = s->undated;
    snapshot_clear_values(s);
    s->undated = undated;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!metric_set_has(&present, m))
            continue;
        size_t left = (size_t)(end - at);
        if (metric_row(m)->type == METRIC_TEXT) {
            const char *stop = memchr(at, '\0', left);
            if (!stop || !snapshot_set_text(s, m, at, (size_t)(stop - at)))
                return false;
            at = stop + 1;
        } else {
            int64_t value;
            if (left < sizeof value)
                return false;
            memcpy(&value, at, sizeof value);
            set(s, m, value);
            at += sizeof value;
        }
    }
    return at == end;
}
