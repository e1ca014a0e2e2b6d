/* Inputs of the targets that hold a conversation: two bytes of settings, then records. records.c mutates them record by
 * record, and repairs checksums and escapes of frames, without which nearly nothing would get past the frame decoders.
 */
#ifndef TESTS_FUZZ_RECORDS_H
#define TESTS_FUZZ_RECORDS_H

#include "fuzz.h"

#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"

#define RECORDS_HEAD 2

enum record_kind {
    RECORD_BYTES,  /* as they are on the wire */
    RECORD_ANSWER, /* data of a frame that answers what was asked last (sessions); bytes (emulator) */
    RECORD_FRAME3, /* id, data: a good frame of protocol 3 */
    RECORD_FRAME5, /* id, source, destination, type, payload: a good frame of platform 5 */
    RECORD_TIME,   /* LE16 milliseconds pass */
    RECORD_LOST,   /* the connection goes down */
    RECORD_KINDS,
};

struct record {
    enum record_kind kind;
    struct input payload;
};

/* The next record: kind, LE16 length, payload, which may be cut by the end. False at the end. */
static inline bool record_next(struct input *in, struct record *record)
{
    if (in->left == 0)
        return false;
    record->kind = (enum record_kind)(input_byte(in) % RECORD_KINDS);
    record->payload = input_part(in, input_two(in));
    return true;
}

#define RECORD_WIRE_MAX ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)

/* The bytes on the wire of a record of the kinds BYTES, FRAME3 and FRAME5; how many. */
static inline size_t record_wire(const struct record *record, uint8_t wire[RECORD_WIRE_MAX])
{
    struct input in = record->payload;
    if (record->kind == RECORD_FRAME3) {
        uint8_t id = input_byte(&in);
        return atol3_frame_encode(id, in.at, in.left, wire, RECORD_WIRE_MAX);
    }
    if (record->kind == RECORD_FRAME5) {
        struct atol5_header header;
        header.id = input_byte(&in);
        header.source = input_byte(&in);
        header.destination = input_byte(&in);
        header.type = input_byte(&in);
        return atol5_frame_encode(&header, in.at, in.left, wire, RECORD_WIRE_MAX);
    }
    size_t count = in.left < RECORD_WIRE_MAX ? in.left : RECORD_WIRE_MAX;
    memcpy(wire, in.at, count);
    return count;
}

#endif
