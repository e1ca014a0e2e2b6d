/* Frames of protocol 3: noise is taken as it comes, and what is built is read back. */
#include "fuzz.h"

#include "kkt/atol3/frame.h"

static struct atol3_decoder first, second;
static uint8_t wire[ATOL3_FRAME_ROOM(ATOL3_DATA_MAX)];

/* What a frame carries comes out again, with its last byte and not before. */
static void there_and_back(uint8_t id, const uint8_t *data, size_t count)
{
    size_t length = atol3_frame_encode(id, data, count, wire, sizeof wire);
    if (count > ATOL3_DATA_MAX) {
        REQUIRE(length == 0);
        return;
    }
    REQUIRE(length > count && length <= ATOL3_FRAME_ROOM(count));
    REQUIRE(atol3_frame_encode(id, data, count, wire, length - 1) == 0);
    (void)atol3_frame_encode(id, data, count, wire, sizeof wire);
    atol3_decoder_reset(&second);
    for (size_t i = 0; i + 1 < length; i++)
        REQUIRE(atol3_decoder_push(&second, wire[i]) == ATOL3_EVENT_NONE && atol3_decoder_in_frame(&second));
    REQUIRE(atol3_decoder_push(&second, wire[length - 1]) == ATOL3_EVENT_FRAME);
    REQUIRE(second.id == id && second.count == count && memcmp(second.data, data, count) == 0);
    REQUIRE(!atol3_decoder_in_frame(&second));
}

/* Frames as long as they get, and longer: the length and then some bytes again and again. */
static void long_frame(struct input in)
{
    struct input pattern = {in.at + 2, in.left - 2};
    memset(&first, 0, sizeof first);
    (void)atol3_decoder_push(&first, 0xFE);
    (void)atol3_decoder_push(&first, in.at[0]);
    (void)atol3_decoder_push(&first, in.at[1]);
    for (size_t i = 0; i < ATOL3_DATA_MAX + 20 && atol3_decoder_in_frame(&first); i++)
        if (atol3_decoder_push(&first, pattern.at[i % pattern.left]) == ATOL3_EVENT_FRAME)
            REQUIRE(first.count <= ATOL3_DATA_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&first, 0, sizeof first);
    for (size_t i = 0; i < size; i++)
        if (atol3_decoder_push(&first, data[i]) == ATOL3_EVENT_FRAME) {
            REQUIRE(first.count <= ATOL3_DATA_MAX);
            there_and_back(first.id, first.data, first.count);
        }
    if (size > 0)
        there_and_back(data[0], data + 1, size - 1);
    if (size >= 3 && size % 16 == 0)
        long_frame((struct input){data, size});
    return 0;
}
