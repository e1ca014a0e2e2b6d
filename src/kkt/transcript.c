#include "kkt/transcript.h"

#include "base/text.h"
#include "kkt/atol5/values.h"
#include "kkt/language.h"

#include <stdio.h>
#include <string.h>

/* Bytes of a task of protocol 3 before its command: C1, flags, task id, password of two (protocol-3.md §2). */
enum { TASK_HEAD = 5, TASK_ID = 2, TASK_PASSWORD = 3 };

/* Tag and length before a value of the registration report. */
enum { TLV_HEAD = 4 };

static const enum metric personal[] = {
    METRIC_registration_organization_name,
    METRIC_registration_organization_inn,
    METRIC_registration_organization_address,
    METRIC_registration_organization_email,
    METRIC_registration_payments_address,
    METRIC_registration_machine_number,
    METRIC_registration_fns_url,
};

void kkt_personal_metrics(struct metric_set *set)
{
    memset(set, 0, sizeof *set);
    for (unsigned i = 0; i < sizeof personal / sizeof personal[0]; i++)
        metric_set_add(set, personal[i]);
}

static bool holds_personal(const struct kkt_request *r)
{
    for (unsigned i = 0; i < sizeof personal / sizeof personal[0]; i++)
        if (kkt_request_field(r, personal[i]))
            return true;
    return false;
}

void kkt_transcript_opened(struct kkt_transcript *t)
{
    atol3_decoder_reset(&t->three);
    atol5_decoder_reset(&t->five);
}

static void append(char words[KKT_TRANSCRIPT_WORDS_MAX], const char *more)
{
    size_t used = strlen(words);
    (void)snprintf(words + used, KKT_TRANSCRIPT_WORDS_MAX - used, "%s%s", used ? ", " : "", more);
}

/* The tag that a request of platform 5 for one attribute of the registration ends with. */
static bool same_tag(const struct kkt_request *r, const uint8_t *arguments, size_t count)
{
    struct atol5_values values;
    atol5_values_split(&values, arguments, count);
    return values.count > 0 && values.at[1] == 3 && text_le16(values.bytes + 1) == r->tag;
}

static bool is_request(const struct kkt_request *r, enum kkt_protocol protocol, const uint8_t *command, size_t count)
{
    size_t fixed = protocol == KKT_PROTOCOL_3 && r->shape == SHAPE_TAG ? r->count - 1U : r->count;
    if (count < fixed || memcmp(command, r->bytes, fixed) != 0)
        return false;
    if (r->argument == ARGUMENT_TAG)
        return same_tag(r, command + fixed, count - fixed);
    return r->argument == ARGUMENT_CLOCK || count == r->count;
}

static struct kkt_carried find_carried(const struct kkt_transcript *t, uint8_t channel, const uint8_t *command,
                                       size_t count)
{
    const struct kkt_language *l = kkt_language(t->spoken);
    bool three = t->spoken == KKT_PROTOCOL_3;
    for (unsigned i = 0; i < l->request_count; i++) {
        const struct kkt_request *r = &l->requests[i];
        if ((three || r->channel == channel) && is_request(r, t->spoken, command, count))
            return (struct kkt_carried){r, three && r->shape == SHAPE_TAG ? command[count - 1] : 0};
    }
    return (struct kkt_carried){0};
}

static void note(struct kkt_transcript *t, struct kkt_carried c, char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    append(words, c.request ? c.request->name : "no request of a poll");
    t->personal_asked |= !c.request || holds_personal(c.request);
}

/* A frame of protocol 3 that was sent; true when it holds a password, which is 00 00 in data then. */
static bool note_sent_3(struct kkt_transcript *t, uint8_t id, uint8_t *data, size_t count,
                        char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    if (count < 1)
        return false;
    if (data[0] == ATOL3_REQUEST && count >= 2) {
        t->by_frame[id] = t->by_task[data[1]];
        if (t->by_frame[id].request)
            append(words, "asks again");
        return false;
    }
    t->by_frame[id] = (struct kkt_carried){0};
    if (data[0] != ATOL3_ADD || count < TASK_HEAD)
        return false;
    t->spoken = KKT_PROTOCOL_3;
    t->by_frame[id] = t->by_task[data[TASK_ID]] = find_carried(t, 0, data + TASK_HEAD, count - TASK_HEAD);
    note(t, t->by_frame[id], words);
    data[TASK_PASSWORD] = data[TASK_PASSWORD + 1] = 0;
    return true;
}

static void note_sent_5(struct kkt_transcript *t, const struct atol5_header *header, const uint8_t *payload,
                        size_t count, char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    if (count < 2 || (header->destination != ATOL5_FISCAL && header->destination != ATOL5_SYSTEM))
        return;
    if (payload[1] == ATOL5_LAST_RESULT)
        append(words, "asks again");
    if (payload[1] != ATOL5_EXECUTE)
        return;
    t->spoken = KKT_PROTOCOL_5;
    t->by_task[payload[0]] = find_carried(t, header->destination, payload + 2, count - 2);
    note(t, t->by_task[payload[0]], words);
}

size_t kkt_transcript_sent(struct kkt_transcript *t, const uint8_t *bytes, size_t count, uint8_t *out, size_t cap,
                           char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    struct atol3_decoder three = {0};
    struct atol5_decoder five = {0};
    uint8_t frame[ATOL3_FRAME_ROOM(ATOL3_DATA_MAX)];
    size_t used = 0, began = 0;
    for (size_t i = 0; i < count && used < cap; i++) {
        bool inside = atol3_decoder_in_frame(&three);
        enum atol3_event event = atol3_decoder_push(&three, bytes[i]);
        if (!inside)
            began = used;
        out[used++] = bytes[i];
        if (event == ATOL3_EVENT_FRAME && t->spoken != KKT_PROTOCOL_5 &&
            note_sent_3(t, three.id, three.data, three.count, words)) {
            size_t n = atol3_frame_encode(three.id, three.data, three.count, frame, sizeof frame);
            used = began; /* without room it is left out: never a password */
            if (n <= cap - began) {
                memcpy(out + began, frame, n);
                used += n;
            }
        }
        if (atol5_decoder_push(&five, bytes[i]) == ATOL5_EVENT_FRAME && t->spoken != KKT_PROTOCOL_3)
            note_sent_5(t, &five.header, five.payload, five.count, words);
    }
    return used;
}

static enum kkt_transcript_event frame_event(bool frame, bool damaged, bool inside)
{
    return frame     ? KKT_TRANSCRIPT_FRAME
           : damaged ? KKT_TRANSCRIPT_DAMAGED
           : inside  ? KKT_TRANSCRIPT_INSIDE
                     : KKT_TRANSCRIPT_LOOSE;
}

enum kkt_transcript_event kkt_transcript_received(struct kkt_transcript *t, uint8_t byte, bool *begins)
{
    if (t->spoken == KKT_PROTOCOL_3) {
        bool before = atol3_decoder_in_frame(&t->three);
        enum atol3_event event = atol3_decoder_push(&t->three, byte);
        bool inside = atol3_decoder_in_frame(&t->three);
        *begins = inside && (!before || event == ATOL3_EVENT_DAMAGED);
        return frame_event(event == ATOL3_EVENT_FRAME, event == ATOL3_EVENT_DAMAGED, inside);
    }
    bool before = atol5_decoder_in_frame(&t->five);
    enum atol5_event event = atol5_decoder_push(&t->five, byte);
    bool inside = atol5_decoder_in_frame(&t->five);
    *begins = inside && (!before || event == ATOL5_EVENT_DAMAGED);
    return frame_event(event == ATOL5_EVENT_FRAME, event == ATOL5_EVENT_DAMAGED, inside);
}

static uint8_t masked(uint8_t byte)
{
    return byte >= '0' && byte <= '9' ? '0' : byte == ' ' || byte == 0 ? byte : '*';
}

static void mask_bytes(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = masked(bytes[i]);
}

/* `55 00 blocks slice`; the slice of the first block begins with tag and length. True when there is anything to mask.
 */
static bool mask_3(const struct kkt_carried *c, uint8_t *answer, size_t count)
{
    size_t head = 3 + (c->request && c->block == 0 ? TLV_HEAD : 0);
    if (count <= head || answer[1] != 0)
        return false;
    mask_bytes(answer + head, count - head);
    return true;
}

/* Result code of two bytes, then the values, each ended by `;`, `;` and `~` in them behind a `~` (protocol-5.md §3).
 * A masked character of two bytes becomes one. Returns the new length; the same, when there is nothing to mask. */
static size_t mask_5(const struct kkt_request *r, uint8_t *answer, size_t count)
{
    unsigned value = 0, place = 0;
    size_t used = 2;
    for (size_t i = 2; i < count; i++) {
        if (answer[i] == ';') {
            value++;
            place = 0;
            answer[used++] = ';';
            continue;
        }
        bool escaped = answer[i] == '~' && i + 1 < count, hide = !r || (r->shape == SHAPE_TAG && place >= TLV_HEAD);
        for (unsigned f = 0; !hide && r->shape != SHAPE_TAG && f < sizeof personal / sizeof personal[0]; f++) {
            const struct kkt_field *field = kkt_request_field(r, personal[f]);
            hide = field && field->at == value;
        }
        if (hide) {
            answer[used++] = masked(answer[i + escaped]);
        } else {
            answer[used++] = answer[i];
            if (escaped)
                answer[used++] = answer[i + 1];
        }
        i += escaped;
        place++;
    }
    return count < 2 ? count : used;
}

static void describe_request(const struct kkt_carried *c, bool hidden, char words[KKT_TRANSCRIPT_WORDS_MAX])
{
    char text[KKT_TRANSCRIPT_WORDS_MAX];
    (void)snprintf(text, sizeof text, "%s%s", c->request ? c->request->name : "", hidden ? " (masked)" : "");
    if (*text)
        append(words, text);
}

static size_t answer_3(struct kkt_transcript *t, char words[KKT_TRANSCRIPT_WORDS_MAX], uint8_t *out)
{
    uint8_t *data = t->three.data;
    size_t count = t->three.count;
    bool pushed = t->three.id == ATOL3_ID_PUSHED && count > 2;
    bool result = pushed ? data[0] == ATOL3_PUSHED_RESULT || data[0] == ATOL3_PUSHED_ERROR
                         : count > 1 && (data[0] == ATOL3_RESULT || data[0] == ATOL3_ERROR);
    if (!result)
        return 0;
    size_t head = pushed ? 2 : 1;
    const struct kkt_carried c = pushed ? t->by_task[data[1]] : t->by_frame[t->three.id];
    bool hide = t->mask && t->personal_asked && (!c.request || holds_personal(c.request)) &&
                mask_3(&c, data + head, count - head);
    describe_request(&c, hide, words);
    return hide ? atol3_frame_encode(t->three.id, data, count, out, KKT_TRANSCRIPT_FRAME_MAX) : 0;
}

static size_t answer_5(struct kkt_transcript *t, char words[KKT_TRANSCRIPT_WORDS_MAX], uint8_t *out)
{
    struct atol5_decoder *d = &t->five;
    if (d->count < 3 || (d->header.source != ATOL5_FISCAL && d->header.source != ATOL5_SYSTEM))
        return 0;
    const struct kkt_carried c = t->by_task[d->payload[0]];
    bool hide = t->mask && t->personal_asked && (!c.request || holds_personal(c.request));
    describe_request(&c, hide, words);
    if (!hide)
        return 0;
    size_t count = 1 + mask_5(c.request, d->payload + 1, d->count - 1);
    return atol5_frame_encode(&d->header, d->payload, count, out, KKT_TRANSCRIPT_FRAME_MAX);
}

size_t kkt_transcript_answer(struct kkt_transcript *t, char words[KKT_TRANSCRIPT_WORDS_MAX], uint8_t *out)
{
    return t->spoken == KKT_PROTOCOL_3 ? answer_3(t, words, out) : answer_5(t, words, out);
}

uint8_t kkt_transcript_masked_byte(const struct kkt_transcript *t, uint8_t byte)
{
    bool letter = byte >= ' ' && byte < 0xFD && byte != '$' && byte != '&' && byte != ';' && byte != '~';
    return t->mask && t->personal_asked && letter ? masked(byte) : byte;
}
