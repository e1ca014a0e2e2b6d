/* Frames of platform 5 (protocol-5.md §1): 24 40, length, id, source, destination, type, payload, checksum, escaped.
 * Pure: bytes in, bytes out. Shared with the emulator. */
#ifndef KKT_ATOL5_FRAME_H
#define KKT_ATOL5_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Payload bytes of the longest frame that we take or build. */
#define ATOL5_PAYLOAD_MAX 4096

/* Bytes of a frame around its payload, before escaping. */
#define ATOL5_FRAME_OVERHEAD 9

/* Room for an encoded frame with `count` payload bytes, all escaped. */
#define ATOL5_FRAME_ROOM(count) (1 + 2 * (ATOL5_FRAME_OVERHEAD - 1 + (size_t)(count)))

/* Addresses (protocol-5.md §1, header fields). */
enum atol5_address {
    ATOL5_HOST = 0x01,
    ATOL5_CONTROL = 0xC2,
    ATOL5_FISCAL = 0xC3,
    ATOL5_SYSTEM = 0xC5,
    ATOL5_TUNNEL = 0xF5,
    ATOL5_ECHO = 0xF7,
};

/* Type of all frames from the host, and bits of an answer's type: the payload is a transport error; to be ignored. */
enum atol5_type { ATOL5_TYPE_DATA = 0x40, ATOL5_TYPE_ERROR = 0x01, ATOL5_TYPE_IGNORED = 0x02 };

/* Second byte of a request's payload (protocol-5.md §3): execute; give the last answer again. */
enum atol5_opcode { ATOL5_EXECUTE = 0x40, ATOL5_LAST_RESULT = 0x42 };

struct atol5_header {
    uint8_t id;
    uint8_t source;
    uint8_t destination;
    uint8_t type;
};

/* Builds a frame into out; returns its length, 0 when count is above ATOL5_PAYLOAD_MAX or cap is too small. */
size_t atol5_frame_encode(const struct atol5_header *header, const uint8_t *payload, size_t count, uint8_t *out,
                          size_t cap);

enum atol5_event {
    ATOL5_EVENT_NONE,    /* more bytes are needed */
    ATOL5_EVENT_FRAME,   /* a whole frame: header, payload, count are valid until the next push */
    ATOL5_EVENT_DAMAGED, /* a frame that is wrong: checksum, escape, length, or another frame began inside it */
};

/* Incremental decoder; zero-initialised is ready. Bytes before 24 are skipped. */
struct atol5_decoder {
    struct atol5_header header;
    size_t count;
    uint8_t payload[ATOL5_PAYLOAD_MAX];
    /* private */
    size_t taken;  /* bytes of the frame so far, escapes removed, the leading 24 included; 0: not inside a frame */
    size_t length; /* what the length field says */
    uint8_t sum;
    uint8_t escaped; /* the last byte was 26 */
};

/* Forgets a frame that has begun. */
void atol5_decoder_reset(struct atol5_decoder *d);

/* Has a frame begun that is not complete? */
int atol5_decoder_in_frame(const struct atol5_decoder *d);

/* Takes one byte from the wire. */
enum atol5_event atol5_decoder_push(struct atol5_decoder *d, uint8_t byte);

#endif
