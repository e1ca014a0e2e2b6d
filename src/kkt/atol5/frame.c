#include "kkt/atol5/frame.h"

enum { START = 0x24, ESC = 0x26, SECOND = 0x40 };

/* Where the parts of a frame stand, escapes removed. */
enum { AT_SECOND = 1, AT_LENGTH = 2, AT_ID = 4, AT_SOURCE, AT_DESTINATION, AT_TYPE, AT_PAYLOAD };

static size_t put(uint8_t byte, uint8_t *sum, uint8_t *out)
{
    *sum = (uint8_t)(*sum + byte);
    if (byte != START && byte != ESC) {
        out[0] = byte;
        return 1;
    }
    out[0] = ESC;
    out[1] = byte;
    return 2;
}

size_t atol5_frame_encode(const struct atol5_header *header, const uint8_t *payload, size_t count, uint8_t *out,
                          size_t cap)
{
    if (count > ATOL5_PAYLOAD_MAX || cap < ATOL5_FRAME_ROOM(count))
        return 0;
    size_t length = count + ATOL5_FRAME_OVERHEAD;
    const uint8_t head[] = {
        SECOND, (uint8_t)length, (uint8_t)(length >> 8), header->id, header->source, header->destination, header->type};
    uint8_t sum = 0, ignored = 0;
    size_t used = 0;
    out[used++] = START;
    for (size_t i = 0; i < sizeof head; i++)
        used += put(head[i], &sum, out + used);
    for (size_t i = 0; i < count; i++)
        used += put(payload[i], &sum, out + used);
    return used + put(sum, &ignored, out + used);
}

void atol5_decoder_reset(struct atol5_decoder *d)
{
    d->taken = 0;
    d->escaped = 0;
}

int atol5_decoder_in_frame(const struct atol5_decoder *d)
{
    return d->taken > 0;
}

static enum atol5_event damaged(struct atol5_decoder *d)
{
    atol5_decoder_reset(d);
    return ATOL5_EVENT_DAMAGED;
}

/* A bare 24 stands only at the beginning of a frame: whatever was before it is lost. */
static enum atol5_event begin(struct atol5_decoder *d)
{
    enum atol5_event event = d->taken > AT_SECOND ? ATOL5_EVENT_DAMAGED : ATOL5_EVENT_NONE;
    d->taken = 1;
    d->length = 0;
    d->count = 0;
    d->sum = 0;
    d->escaped = 0;
    return event;
}

static enum atol5_event push_head(struct atol5_decoder *d, uint8_t byte)
{
    switch (d->taken) {
    case AT_SECOND:
        if (byte != SECOND) {
            /* A lone 24 is garbage, not a frame. */
            atol5_decoder_reset(d);
            return ATOL5_EVENT_NONE;
        }
        break;
    case AT_LENGTH:
        d->length = byte;
        break;
    case AT_LENGTH + 1:
        d->length |= (size_t)byte << 8;
        if (d->length < ATOL5_FRAME_OVERHEAD || d->length > ATOL5_FRAME_OVERHEAD + ATOL5_PAYLOAD_MAX)
            return damaged(d);
        break;
    case AT_ID:
        d->header.id = byte;
        break;
    case AT_SOURCE:
        d->header.source = byte;
        break;
    case AT_DESTINATION:
        d->header.destination = byte;
        break;
    default:
        d->header.type = byte;
        break;
    }
    d->sum = (uint8_t)(d->sum + byte);
    d->taken++;
    return ATOL5_EVENT_NONE;
}

/* A byte of the frame, escapes removed. */
static enum atol5_event push_content(struct atol5_decoder *d, uint8_t byte)
{
    if (d->taken < AT_PAYLOAD)
        return push_head(d, byte);
    if (d->taken + 1 < d->length) {
        d->payload[d->count++] = byte;
        d->sum = (uint8_t)(d->sum + byte);
        d->taken++;
        return ATOL5_EVENT_NONE;
    }
    if (byte != d->sum)
        return damaged(d);
    atol5_decoder_reset(d);
    return ATOL5_EVENT_FRAME;
}

enum atol5_event atol5_decoder_push(struct atol5_decoder *d, uint8_t byte)
{
    if (d->taken == 0)
        return byte == START ? begin(d) : ATOL5_EVENT_NONE;
    if (d->escaped) {
        d->escaped = 0;
        return byte == START || byte == ESC ? push_content(d, byte) : damaged(d);
    }
    if (byte == START)
        return begin(d);
    if (byte == ESC) {
        d->escaped = 1;
        return ATOL5_EVENT_NONE;
    }
    return push_content(d, byte);
}
