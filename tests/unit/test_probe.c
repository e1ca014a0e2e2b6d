/* The ear that tells frames of both kinds apart in one stream (protocol-5.md §2). */
#include "kkt/probe.h"

#include "bytes.h"
#include "check.h"

#include <string.h>

static struct kkt_frame_detector detector;

static int fresh(void **state)
{
    (void)state;
    memset(&detector, 0, sizeof detector);
    return 0;
}

/* What was heard of these bytes, in order: one word each that is not NOTHING. */
static unsigned hear(enum kkt_protocol spoken, const char *text, enum kkt_detected detected[8])
{
    struct bytes b = hex(text);
    unsigned count = 0;
    for (size_t i = 0; i < b.count; i++) {
        enum kkt_detected h = kkt_detector_push(&detector, spoken, b.at[i]);
        if (h != KKT_DETECTED_NOTHING && count < 8)
            detected[count++] = h;
    }
    return count;
}

static void each_kind_is_heard_while_none_is_spoken(void **state)
{
    (void)state;
    enum kkt_detected detected[8];
    assert_int_equal(hear(KKT_PROTOCOL_UNKNOWN, "fe 01 00 00 a3 2e", detected), 1);
    assert_int_equal(detected[0], KKT_DETECTED_FRAME_3);
    assert_int_equal(hear(KKT_PROTOCOL_UNKNOWN, "24 40 0D 00 20 01 F7 40 74 65 73 74 65", detected), 1);
    assert_int_equal(detected[0], KKT_DETECTED_FRAME_5);
}

/* The FN's answer holds the number 1790 (FE 06 00 00), which with the frame's own checksum makes a frame of protocol 3.
 */
static void a_frame_inside_the_spoken_kind_is_not_heard(void **state)
{
    (void)state;
    enum kkt_detected detected[8];
    const char *frame = "24 40 1a 00 1a c3 01 40 41 30 30 01 00 03 00 fe 06 00 00 1a 0b 01 08 04 3b 8e";
    assert_int_equal(hear(KKT_PROTOCOL_5, frame, detected), 1);
    assert_int_equal(detected[0], KKT_DETECTED_FRAME_5);
}

static void a_frame_of_the_other_kind_alone_is_heard(void **state)
{
    (void)state;
    enum kkt_detected detected[8];
    assert_int_equal(hear(KKT_PROTOCOL_5, "fe 01 00 00 a3 2e", detected), 1);
    assert_int_equal(detected[0], KKT_DETECTED_FRAME_3);
    assert_int_equal(hear(KKT_PROTOCOL_3, "24 40 0D 00 20 01 F7 40 74 65 73 74 65", detected), 1);
    assert_int_equal(detected[0], KKT_DETECTED_FRAME_5);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

/* The payload of a frame of platform 5 holds FE: what begins there began later. */
static void a_frame_of_the_other_kind_that_began_before_is_told(void **state)
{
    (void)state;
    static const struct atol5_header header = {0x18, 0xC1, 0x01, 0x40};
    static const uint8_t payload[] = {0x07, 0x30, 0x30, 0xFE, 0x7F, 0x00, 0x3b};
    uint8_t frame[64];
    size_t n = atol5_frame_encode(&header, payload, sizeof payload, frame, sizeof frame);
    enum kkt_detected last = KKT_DETECTED_NOTHING;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        enum kkt_detected one = kkt_detector_push(&detector, KKT_PROTOCOL_3, frame[i]);
        last = one == KKT_DETECTED_NOTHING ? last : one;
    }
    assert_int_equal(last, KKT_DETECTED_FRAME_5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_frame_of_the_other_kind_that_began_before_is_told, fresh),
        TEST(each_kind_is_heard_while_none_is_spoken),
        TEST(a_frame_inside_the_spoken_kind_is_not_heard),
        TEST(a_frame_of_the_other_kind_alone_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
