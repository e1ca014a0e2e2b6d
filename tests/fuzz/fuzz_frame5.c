/* Frames of platform 5: noise is taken as it comes, and what is built is read back. */
#include "fuzz.h"

#include "kkt/atol5/frame.h"

static struct atol5_decoder first, second;
static uint8_t wire[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];

/* What a frame carries comes out again, with its last byte and not before. */
static void there_and_back(const struct atol5_header *header, const uint8_t *payload, size_t count)
{
    size_t length = atol5_frame_encode(header, payload, count, wire, sizeof wire);
    if (count > ATOL5_PAYLOAD_MAX) {
        REQUIRE(length == 0);
        return;
    }
    REQUIRE(length >= count + ATOL5_FRAME_OVERHEAD && length <= ATOL5_FRAME_ROOM(count));
    REQUIRE(atol5_frame_encode(header, payload, count, wire, length - 1) == 0);
    (void)atol5_frame_encode(header, payload, count, wire, sizeof wire);
    atol5_decoder_reset(&second);
    for (size_t i = 0; i + 1 < length; i++)
        REQUIRE(atol5_decoder_push(&second, wire[i]) == ATOL5_EVENT_NONE && atol5_decoder_in_frame(&second));
    REQUIRE(atol5_decoder_push(&second, wire[length - 1]) == ATOL5_EVENT_FRAME);
    REQUIRE(second.count == count && memcmp(second.payload, payload, count) == 0);
    REQUIRE(memcmp(&second.header, header, sizeof *header) == 0);
    REQUIRE(!atol5_decoder_in_frame(&second));
}

/* Frames as long as they get, and longer: the length and then some bytes again and again. */
static void long_frame(struct input in)
{
    struct input pattern = {in.at + 2, in.left - 2};
    memset(&first, 0, sizeof first);
    (void)atol5_decoder_push(&first, 0x24);
    (void)atol5_decoder_push(&first, 0x40);
    (void)atol5_decoder_push(&first, in.at[0]);
    (void)atol5_decoder_push(&first, in.at[1]);
    for (size_t i = 0; i < ATOL5_PAYLOAD_MAX + 20 && atol5_decoder_in_frame(&first); i++)
        if (atol5_decoder_push(&first, pattern.at[i % pattern.left]) == ATOL5_EVENT_FRAME)
            REQUIRE(first.count <= ATOL5_PAYLOAD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&first, 0, sizeof first);
    for (size_t i = 0; i < size; i++)
        if (atol5_decoder_push(&first, data[i]) == ATOL5_EVENT_FRAME) {
            REQUIRE(first.count <= ATOL5_PAYLOAD_MAX);
            there_and_back(&first.header, first.payload, first.count);
        }
    if (size >= 4) {
        const struct atol5_header header = {data[0], data[1], data[2], data[3]};
        there_and_back(&header, data + 4, size - 4);
    }
    if (size >= 3 && size % 16 == 0)
        long_frame((struct input){data, size});
    return 0;
}
