#include "kkt/atol5/frame.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

/* The frames of protocol-5.md §1: header, payload, the bytes on the wire. */
static const struct {
    struct atol5_header header;
    const char *payload, *frame;
} vectors[] = {
    {{0x20, 0x01, 0xF7, 0x40}, "74 65 73 74",                             "24 40 0D 00 20 01 F7 40 74 65 73 74 65"                                                      },
    {{0x20, 0x01, 0xC3, 0x40}, "00 40 32 32",                             "24 40 0D 00 20 01 C3 40 00 40 32 32 15"                                                      },
    {{0x24, 0x01, 0xC3, 0x40}, "00 40 32 32",                             "24 40 0D 00 26 24 01 C3 40 00 40 32 32 19"                                                   },
    {{0x26, 0x01, 0xC3, 0x40}, "02 40 50 31",                             "24 40 0D 00 26 26 01 C3 40 02 40 50 31 3A"                                                   },
    {{0x2A, 0x01, 0xC5, 0x40}, "00 40 28 41",                             "24 40 0D 00 2A 01 C5 40 00 40 28 41 26 26"                                                   },
    {{0x4B, 0x01, 0xC3, 0x40}, "24 40 34 44 02 A3 04 3B",                 "24 40 11 00 4B 01 C3 40 26 24 40 34 44 02 A3 04 3B 60"                                       },
    {{0x22, 0x01, 0xC2, 0x40}, "01 40 A9 A9 31 39 35",                    "24 40 10 00 22 01 C2 40 01 40 A9 A9 31 39 35 A7"                                             },
    {{0x21, 0x01, 0xC3, 0x40}, "01 42",                                   "24 40 0B 00 21 01 C3 40 01 42 B3"                                                            },
    {{0x18, 0xC3, 0x01, 0x40},
     "00 30 30 36 37 3B 66 77 3B 35 2E 37 2E 31 33 3B 33 3B 34 3B 35 3B", "24 40 1F 00 18 C3 01 40 00 30 30 36 37 3B 66 77 3B 35 2E 37 2E 31 33 3B 33 3B 34 3B 35 3B 4F"},
    {{0x1A, 0xC2, 0x01, 0x40}, "01 00 00 31 30 32 34",                    "24 40 10 00 1A C2 01 40 01 00 00 31 30 32 34 35"                                             },
    {{0x2B, 0x01, 0xF5, 0x40}, "01",                                      "24 40 0A 00 2B 01 F5 40 01 AC"                                                               },
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

static enum atol5_event push_all(struct atol5_decoder *d, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        assert_int_equal(atol5_decoder_push(d, bytes[i]), ATOL5_EVENT_NONE);
    return atol5_decoder_push(d, bytes[count - 1]);
}

static void every_vector_is_built(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct bytes payload = hex(vectors[i].payload), frame = hex(vectors[i].frame);
        uint8_t out[256];
        assert_int_equal(atol5_frame_encode(&vectors[i].header, payload.at, payload.count, out, sizeof out),
                         frame.count);
        assert_memory_equal(out, frame.at, frame.count);
    }
}

static void every_vector_is_read(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    for (size_t i = 0; i < VECTORS; i++) {
        struct bytes payload = hex(vectors[i].payload), frame = hex(vectors[i].frame);
        assert_int_equal(push_all(&d, frame.at, frame.count), ATOL5_EVENT_FRAME);
        assert_memory_equal(&d.header, &vectors[i].header, sizeof d.header);
        assert_int_equal(d.count, payload.count);
        assert_memory_equal(d.payload, payload.at, payload.count);
    }
}

static void garbage_and_a_lone_24_are_skipped(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    struct bytes b = hex("fe 01 00 26 26 40 24 24 41 24 24 40 0B 00 21 01 C3 40 01 42 B3");
    assert_int_equal(push_all(&d, b.at, b.count), ATOL5_EVENT_FRAME);
    assert_int_equal(d.header.id, 0x21);
}

static void a_wrong_checksum_is_damage_and_the_next_frame_is_good(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    struct bytes wrong = hex("24 40 0B 00 21 01 C3 40 01 42 B4"), good = hex("24 40 0B 00 21 01 C3 40 01 42 B3");
    assert_int_equal(push_all(&d, wrong.at, wrong.count), ATOL5_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, good.at, good.count), ATOL5_EVENT_FRAME);
}

static void a_frame_that_is_cut_by_another_is_damage(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    struct bytes cut = hex("24 40 FF 00 21 01 C3 24"), rest = hex("40 0B 00 21 01 C3 40 01 42 B3");
    assert_int_equal(push_all(&d, cut.at, cut.count), ATOL5_EVENT_DAMAGED);
    assert_true(atol5_decoder_in_frame(&d));
    assert_int_equal(push_all(&d, rest.at, rest.count), ATOL5_EVENT_FRAME);
    assert_false(atol5_decoder_in_frame(&d));
}

static void wrong_escapes_and_lengths_are_damage(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    struct bytes escape = hex("24 40 26 01"), too_short = hex("24 40 08 00"), too_long = hex("24 40 0A 10");
    assert_int_equal(push_all(&d, escape.at, escape.count), ATOL5_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, too_short.at, too_short.count), ATOL5_EVENT_DAMAGED);
    assert_int_equal(push_all(&d, too_long.at, too_long.count), ATOL5_EVENT_DAMAGED);
}

static void the_longest_frame_goes_there_and_back(void **state)
{
    (void)state;
    static struct atol5_decoder d;
    static uint8_t payload[ATOL5_PAYLOAD_MAX + 1], out[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];
    const struct atol5_header header = {0x24, 0x26, 0x24, 0x26};
    memset(payload, 0x24, sizeof payload);
    assert_int_equal(atol5_frame_encode(&header, payload, ATOL5_PAYLOAD_MAX + 1, out, sizeof out), 0);
    assert_int_equal(atol5_frame_encode(&header, payload, ATOL5_PAYLOAD_MAX, out, sizeof out - 1), 0);
    size_t n = atol5_frame_encode(&header, payload, ATOL5_PAYLOAD_MAX, out, sizeof out);
    assert_true(n > 2 * ATOL5_PAYLOAD_MAX);
    assert_int_equal(push_all(&d, out, n), ATOL5_EVENT_FRAME);
    assert_memory_equal(&d.header, &header, sizeof header);
    assert_memory_equal(d.payload, payload, ATOL5_PAYLOAD_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_built),
        cmocka_unit_test(every_vector_is_read),
        cmocka_unit_test(garbage_and_a_lone_24_are_skipped),
        cmocka_unit_test(a_wrong_checksum_is_damage_and_the_next_frame_is_good),
        cmocka_unit_test(a_frame_that_is_cut_by_another_is_damage),
        cmocka_unit_test(wrong_escapes_and_lengths_are_damage),
        cmocka_unit_test(the_longest_frame_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
