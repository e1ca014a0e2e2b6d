/* Frames of protocol 3 (protocol-3.md §1): FE, length, id, stuffed data, CRC-8. Pure: bytes in, bytes out. Shared with
 * the emulator. */
#ifndef KKT_ATOL3_FRAME_H
#define KKT_ATOL3_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Data bytes of the longest frame that we take or build, before stuffing. The length field could say 16383; a register
 * answers with some hundred bytes. */
#define ATOL3_DATA_MAX 2048

/* Id of a frame that the register pushes by itself (protocol-3.md §1). */
#define ATOL3_ID_PUSHED 0xF0

/* First byte of the data (protocol-3.md §2): what the client says, and what the register says. */
enum atol3_word {
    ATOL3_ADD = 0xC1,
    ATOL3_ACKNOWLEDGE = 0xC2,
    ATOL3_REQUEST = 0xC3,
    ATOL3_ABORT = 0xC4,
    ATOL3_ACKNOWLEDGE_ADD = 0xC5,
    ATOL3_PENDING = 0xA1,
    ATOL3_IN_PROGRESS = 0xA2,
    ATOL3_RESULT = 0xA3,
    ATOL3_ERROR = 0xA4,
    ATOL3_STOPPED = 0xA5,
    ATOL3_PUSHED_RESULT = 0xA6,
    ATOL3_PUSHED_ERROR = 0xA7,
    ATOL3_WAITING = 0xA8,
    ATOL3_BUFFER_FULL = 0xB1,
    ATOL3_TASK_EXISTS = 0xB2,
    ATOL3_TASK_UNKNOWN = 0xB3,
    ATOL3_ILLEGAL_VALUE = 0xB4,
};

/* Flags of ATOL3_ADD: the result is wanted; the tasks behind it go on after its error. */
enum atol3_flag { ATOL3_FLAG_RESULT = 0x01, ATOL3_FLAG_GO_ON = 0x02 };

/* Room for an encoded frame with `count` data bytes, each of which may be stuffed. */
#define ATOL3_FRAME_ROOM(count) (5 + 2 * ((size_t)(count) + 1))

/* Builds a frame into out; returns its length, 0 when count is above ATOL3_DATA_MAX or cap is too small. */
size_t atol3_frame_encode(uint8_t id, const uint8_t *data, size_t count, uint8_t *out, size_t cap);

enum atol3_event {
    ATOL3_EVENT_NONE,    /* more bytes are needed */
    ATOL3_EVENT_FRAME,   /* a whole frame: id, data, count are valid until the next push */
    ATOL3_EVENT_DAMAGED, /* a frame that is wrong: CRC, stuffing, length, or another frame began inside it */
};

/* Incremental decoder; zero-initialised is ready. Bytes before FE are skipped. */
struct atol3_decoder {
    uint8_t id;
    size_t count; /* data bytes before stuffing, as the length field says */
    uint8_t data[ATOL3_DATA_MAX];
    /* private */
    size_t taken;
    uint8_t part;
    uint8_t low; /* first length byte */
    uint8_t crc;
    uint8_t escaped; /* the last byte was FD */
};

/* Forgets a frame that has begun. */
void atol3_decoder_reset(struct atol3_decoder *d);

/* Has a frame begun that is not complete? */
int atol3_decoder_in_frame(const struct atol3_decoder *d);

/* Takes one byte from the wire. */
enum atol3_event atol3_decoder_push(struct atol3_decoder *d, uint8_t byte);

#endif
