#include "kkt/atol3/frame.h"

enum { STX = 0xFE, ESC = 0xFD, STUFFED_STX = 0xEE, STUFFED_ESC = 0xED };

/* Parts of a frame, in their order on the wire. */
enum { PART_NONE, PART_LOW, PART_HIGH, PART_ID, PART_DATA, PART_CRC };

/* One step of CRC-8, polynomial 31, most significant bit first. */
static uint8_t crc_step(uint8_t crc, uint8_t byte)
{
    unsigned value = (unsigned)(crc ^ byte);
    for (int bit = 0; bit < 8; bit++)
        value = value & 0x80 ? (value << 1 ^ 0x31) & 0xFF : value << 1;
    return (uint8_t)value;
}

static size_t put_stuffed(uint8_t byte, uint8_t *out)
{
    if (byte != STX && byte != ESC) {
        out[0] = byte;
        return 1;
    }
    out[0] = ESC;
    out[1] = byte == STX ? STUFFED_STX : STUFFED_ESC;
    return 2;
}

size_t atol3_frame_encode(uint8_t id, const uint8_t *data, size_t count, uint8_t *out, size_t cap)
{
    if (count > ATOL3_DATA_MAX || cap < ATOL3_FRAME_ROOM(count))
        return 0;
    size_t used = 0;
    out[used++] = STX;
    out[used++] = (uint8_t)(count & 0x7F);
    out[used++] = (uint8_t)(count >> 7);
    uint8_t crc = crc_step(0xFF, id);
    used += put_stuffed(id, out + used);
    for (size_t i = 0; i < count; i++) {
        crc = crc_step(crc, data[i]);
        used += put_stuffed(data[i], out + used);
    }
    return used + put_stuffed(crc, out + used);
}

void atol3_decoder_reset(struct atol3_decoder *d)
{
    d->part = PART_NONE;
    d->escaped = 0;
}

int atol3_decoder_in_frame(const struct atol3_decoder *d)
{
    return d->part != PART_NONE;
}

static enum atol3_event damaged(struct atol3_decoder *d)
{
    atol3_decoder_reset(d);
    return ATOL3_EVENT_DAMAGED;
}

/* A bare FE stands only at the beginning of a frame: whatever was before it is lost. */
static enum atol3_event begin(struct atol3_decoder *d)
{
    enum atol3_event event = d->part > PART_LOW ? ATOL3_EVENT_DAMAGED : ATOL3_EVENT_NONE;
    d->part = PART_LOW;
    d->escaped = 0;
    d->taken = 0;
    d->crc = 0xFF;
    return event;
}

static enum atol3_event push_length(struct atol3_decoder *d, uint8_t byte)
{
    if (byte >= 0x80)
        return damaged(d);
    if (d->part == PART_LOW) {
        d->low = byte;
        d->part = PART_HIGH;
        return ATOL3_EVENT_NONE;
    }
    d->count = (size_t)d->low | (size_t)byte << 7;
    if (d->count > ATOL3_DATA_MAX)
        return damaged(d);
    d->part = PART_ID;
    return ATOL3_EVENT_NONE;
}

/* A byte after the length, stuffing removed. */
static enum atol3_event push_content(struct atol3_decoder *d, uint8_t byte)
{
    if (d->part == PART_CRC) {
        if (byte != d->crc)
            return damaged(d);
        d->part = PART_NONE;
        return ATOL3_EVENT_FRAME;
    }
    d->crc = crc_step(d->crc, byte);
    if (d->part == PART_ID)
        d->id = byte;
    else
        d->data[d->taken++] = byte;
    d->part = d->taken == d->count ? PART_CRC : PART_DATA;
    return ATOL3_EVENT_NONE;
}

enum atol3_event atol3_decoder_push(struct atol3_decoder *d, uint8_t byte)
{
    if (byte == STX)
        return begin(d);
    switch (d->part) {
    case PART_NONE:
        return ATOL3_EVENT_NONE;
    case PART_LOW:
    case PART_HIGH:
        return push_length(d, byte);
    default:
        break;
    }
    if (d->escaped) {
        d->escaped = 0;
        if (byte != STUFFED_STX && byte != STUFFED_ESC)
            return damaged(d);
        return push_content(d, byte == STUFFED_STX ? STX : ESC);
    }
    if (byte == ESC) {
        d->escaped = 1;
        return ATOL3_EVENT_NONE;
    }
    return push_content(d, byte);
}
