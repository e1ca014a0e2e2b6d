#include "kkt/probe.h"

const uint8_t kkt_probe[] = {0x24, 0x40, 0x0D, 0x00, 0x20, 0x01, 0xF7, 0x40, 0x74, 0x65,
                             0x73, 0x74, 0x65, 0xFE, 0x01, 0x00, 0x00, 0xC4, 0x02};
const size_t kkt_probe_count = sizeof kkt_probe;

void kkt_ear_reset(struct kkt_ear *ear)
{
    atol3_decoder_reset(&ear->three);
    atol5_decoder_reset(&ear->five);
}

/* Is a frame of the spoken kind open that began before the other kind's frame did? Then that frame is its content. */
static bool inside_of_three(const struct kkt_ear *ear, uint64_t other_began)
{
    return atol3_decoder_inside(&ear->three) && ear->three_began < other_began;
}

static bool inside_of_five(const struct kkt_ear *ear, uint64_t other_began)
{
    return atol5_decoder_inside(&ear->five) && ear->five_began < other_began;
}

enum kkt_heard kkt_ear_push(struct kkt_ear *ear, enum kkt_protocol spoken, uint8_t byte)
{
    ear->position++;
    uint64_t three_began = ear->three_began, five_began = ear->five_began;
    if (byte == 0xFE)
        ear->three_began = ear->position;
    if (byte == 0x24 && !ear->five.escaped)
        ear->five_began = ear->position;
    enum atol3_event three = atol3_decoder_push(&ear->three, byte);
    enum atol5_event five = atol5_decoder_push(&ear->five, byte);
    /* A frame that ends with the last byte of the spoken one stood inside it. */
    if (spoken == KKT_PROTOCOL_5 && five == ATOL5_EVENT_FRAME)
        three = ATOL3_EVENT_NONE;
    if (three == ATOL3_EVENT_FRAME && (spoken != KKT_PROTOCOL_5 || !inside_of_five(ear, three_began))) {
        atol5_decoder_reset(&ear->five);
        return KKT_HEARD_FRAME_3;
    }
    if (five == ATOL5_EVENT_FRAME && (spoken != KKT_PROTOCOL_3 || !inside_of_three(ear, five_began))) {
        atol3_decoder_reset(&ear->three);
        return KKT_HEARD_FRAME_5;
    }
    if ((three == ATOL3_EVENT_DAMAGED && spoken != KKT_PROTOCOL_5) ||
        (five == ATOL5_EVENT_DAMAGED && spoken != KKT_PROTOCOL_3))
        return KKT_HEARD_DAMAGED;
    return KKT_HEARD_NOTHING;
}
