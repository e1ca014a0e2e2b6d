#include "kkt/atol3/frame.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

/* The complete frames of protocol-3.md §7: id, data, the frame on the wire. */
static const struct {
    uint8_t id;
    const char *data, *frame;
} vectors[] = {
    {0x00, "c4",                                                                                                 "fe 01 00 00 c4 02"                           },
    {0x00, "a3",                                                                                                 "fe 01 00 00 a3 2e"                           },
    {0x00, "c1 01 00 00 00 a5",                                                                                  "fe 06 00 00 c1 01 00 00 00 a5 77"            },
    {0x00, "a3 00 03 01 43 00 00 03 00 01 57 55 80 92 8e 8b 20 31 31 94",
     "fe 14 00 00 a3 00 03 01 43 00 00 03 00 01 57 55 80 92 8e 8b 20 31 31 94 4e"                                                                              },
    {0x15, "c2 08",                                                                                              "fe 02 00 15 c2 08 4a"                        },
    {0x15, "a3",                                                                                                 "fe 01 00 15 a3 37"                           },
    {0x13, "c1 01 08 00 00 91 11 00 00",                                                                         "fe 09 00 13 c1 01 08 00 00 91 11 00 00 0d"   },
    {0x13, "a3 55 00 22 11 26 12 34 56",                                                                         "fe 09 00 13 a3 55 00 22 11 26 12 34 56 54"   },
    {0x20, "c1 01 10 00 00 a4 20",                                                                               "fe 07 00 20 c1 01 10 00 00 a4 20 c9"         },
    {0x20, "a3 55 00 02 00 07 00 f7 03 00 00 1a 0b 15 0a 14",
     "fe 10 00 20 a3 55 00 02 00 07 00 f7 03 00 00 1a 0b 15 0a 14 c8"                                                                                          },
    {0x22, "c1 01 11 00 00 a4 30",                                                                               "fe 07 00 22 c1 01 11 00 00 a4 30 cb"         },
    {0x22, "a3 55 00 03 00 00 01 00 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd 03 00 00",
     "fe 21 00 22 a3 55 00 03 00 00 01 00 1a 0b 16 0c 1e 39 39 39 39 30 37 38 39 30 30 30 31 32 33 34 35 fd ed 03 00 "
     "00 "
     "63"                                                                                                                                                      },
    {0x14, "c1 01 09 00 00 3f",                                                                                  "fe 06 00 14 c1 01 09 00 00 3f 6a"            },
    {0x14, "a3 44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04",
     "fe 1f 00 14 a3 44 30 01 26 11 22 12 34 56 4f 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04 5a"                                             },
    {0x24, "c1 01 12 00 00 91 16 00 00",                                                                         "fe 09 00 24 c1 01 12 00 00 91 16 00 00 36"   },
    {0x24, "a3 55 00 00 10 67 12 34 56 78",                                                                      "fe 0a 00 24 a3 55 00 00 10 67 12 34 56 78 23"},
    {0x28, "c1 01 14 00 00 e9 fa 03 00",                                                                         "fe 09 00 28 c1 01 14 00 00 e9 fa 03 00 b5"   },
    {0x28, "a3 55 00 01 fa 03 0c 00 37 37 30 31 32 33 34 35 36 37 20 20",
     "fe 14 00 28 a3 55 00 01 fa 03 0c 00 37 37 30 31 32 33 34 35 36 37 20 20 8f"                                                                              },
    {0x2c, "c1 01 16 00 00 a4 30",                                                                               "fe 07 00 2c c1 01 16 00 00 a4 30 3d"         },
    {0x2c, "a4 55 d2 00",                                                                                        "fe 04 00 2c a4 55 d2 00 e1"                  },
    {0x30, "a3 55 00 02 00 07 00 01 fe fd 00 1a 0b 15 0a 14",
     "fe 10 00 30 a3 55 00 02 00 07 00 01 fd ee fd ed 00 1a 0b 15 0a 14 59"                                                                                    },
    {0x00, "c2 30",                                                                                              "fe 02 00 00 c2 30 fd ed"                     },
    {0x33, "a1",                                                                                                 "fe 01 00 33 a1 d3"                           },
    {0xF0, "a6 19 55 00 22 11 26 12 34 56",                                                                      "fe 0a 00 f0 a6 19 55 00 22 11 26 12 34 56 f8"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

/* Pushes the bytes; the event of the last byte, and none before it. */
static enum atol3_event push_all(struct atol3_decoder *d, const struct bytes *b)
{
    for (size_t i = 0; i + 1 < b->count; i++)
        assert_int_equal(atol3_decoder_push(d, b->at[i]), ATOL3_EVENT_NONE);
    return atol3_decoder_push(d, b->at[b->count - 1]);
}

static void every_vector_is_built(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct bytes data = hex(vectors[i].data), frame = hex(vectors[i].frame);
        uint8_t out[256];
        assert_int_equal(atol3_frame_encode(vectors[i].id, data.at, data.count, out, sizeof out), frame.count);
        assert_memory_equal(out, frame.at, frame.count);
    }
}

static void every_vector_is_read(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    for (size_t i = 0; i < VECTORS; i++) {
        struct bytes data = hex(vectors[i].data), frame = hex(vectors[i].frame);
        assert_int_equal(push_all(&d, &frame), ATOL3_EVENT_FRAME);
        assert_int_equal(d.id, vectors[i].id);
        assert_int_equal(d.count, data.count);
        assert_memory_equal(d.data, data.at, data.count);
    }
}

static void garbage_before_a_frame_is_skipped(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    struct bytes b = hex("00 24 40 0d 00 fd ed 55 fe fe 01 00 33 a1 d3");
    assert_int_equal(push_all(&d, &b), ATOL3_EVENT_FRAME);
    assert_int_equal(d.id, 0x33);
}

static void a_wrong_crc_is_damage_and_the_next_frame_is_good(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    struct bytes wrong = hex("fe 01 00 33 a1 d4"), good = hex("fe 01 00 33 a1 d3");
    assert_int_equal(push_all(&d, &wrong), ATOL3_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, &good), ATOL3_EVENT_FRAME);
}

static void a_frame_that_is_cut_by_another_is_damage(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    struct bytes cut = hex("fe 09 00 13 a3 55 fe"), rest = hex("01 00 33 a1 d3");
    assert_int_equal(push_all(&d, &cut), ATOL3_EVENT_DAMAGED);
    assert_true(atol3_decoder_in_frame(&d));
    assert_int_equal(push_all(&d, &rest), ATOL3_EVENT_FRAME);
    assert_false(atol3_decoder_in_frame(&d));
}

static void wrong_stuffing_and_lengths_are_damage(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    struct bytes stuffing = hex("fe 01 00 33 fd 01"), high_bit = hex("fe 81"), too_long = hex("fe 7f 7f");
    assert_int_equal(push_all(&d, &stuffing), ATOL3_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, &high_bit), ATOL3_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, &too_long), ATOL3_EVENT_DAMAGED);
}

static void an_empty_frame_is_a_frame(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    uint8_t out[16];
    size_t n = atol3_frame_encode(7, NULL, 0, out, sizeof out);
    assert_int_equal(n, 5);
    for (size_t i = 0; i + 1 < n; i++)
        assert_int_equal(atol3_decoder_push(&d, out[i]), ATOL3_EVENT_NONE);
    assert_int_equal(atol3_decoder_push(&d, out[n - 1]), ATOL3_EVENT_FRAME);
    assert_int_equal(d.count, 0);
}

static void the_longest_frame_goes_there_and_back(void **state)
{
    (void)state;
    static struct atol3_decoder d;
    static uint8_t data[ATOL3_DATA_MAX + 1], out[ATOL3_FRAME_ROOM(ATOL3_DATA_MAX)];
    memset(data, 0xFE, sizeof data);
    assert_int_equal(atol3_frame_encode(0, data, ATOL3_DATA_MAX + 1, out, sizeof out), 0);
    assert_int_equal(atol3_frame_encode(0, data, ATOL3_DATA_MAX, out, sizeof out - 1), 0);
    size_t n = atol3_frame_encode(0, data, ATOL3_DATA_MAX, out, sizeof out);
    assert_true(n > 2 * ATOL3_DATA_MAX);
    for (size_t i = 0; i + 1 < n; i++)
        assert_int_equal(atol3_decoder_push(&d, out[i]), ATOL3_EVENT_NONE);
    assert_int_equal(atol3_decoder_push(&d, out[n - 1]), ATOL3_EVENT_FRAME);
    assert_memory_equal(d.data, data, ATOL3_DATA_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_built),
        cmocka_unit_test(every_vector_is_read),
        cmocka_unit_test(garbage_before_a_frame_is_skipped),
        cmocka_unit_test(a_wrong_crc_is_damage_and_the_next_frame_is_good),
        cmocka_unit_test(a_frame_that_is_cut_by_another_is_damage),
        cmocka_unit_test(wrong_stuffing_and_lengths_are_damage),
        cmocka_unit_test(an_empty_frame_is_a_frame),
        cmocka_unit_test(the_longest_frame_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
