#include "kkt/probe.h"

#include <string.h>

static const uint8_t first[] = {0x24, 0x40, 0x0D, 0x00, 0x20, 0x01, 0xF7, 0x40, 0x74, 0x65,
                                0x73, 0x74, 0x65, 0xFE, 0x02, 0x00, 0x00, 0xC3, 0xDE, 0xD7};
static const uint8_t vendors[] = {0x24, 0x40, 0x0D, 0x00, 0x20, 0x01, 0xF7, 0x40, 0x74, 0x65,
                                  0x73, 0x74, 0x65, 0xFE, 0x01, 0x00, 0x00, 0xC4, 0x02};
const struct kkt_probe kkt_probes[KKT_PROBES] = {
    {first,   sizeof first  },
    {vendors, sizeof vendors}
};

void kkt_detector_reset(struct kkt_frame_detector *detector)
{
    atol3_decoder_reset(&detector->three);
    atol5_decoder_reset(&detector->five);
}

enum { BEGIN_3 = 0xFE, BEGIN_5 = 0x24 };

bool kkt_begins_frame(uint8_t byte)
{
    return byte == BEGIN_3 || byte == BEGIN_5;
}

/* The frame at the end of both probes, without its checksum: FE, length, id, data. */
bool kkt_detector_has_own_probe(const struct kkt_frame_detector *detector)
{
    const struct atol3_decoder *three = &detector->three;
    const uint8_t *sent = first + sizeof first - 3;
    return three->id == 0 && ((three->count == 2 && memcmp(three->data, sent, 2) == 0) ||
                              (three->count == 1 && three->data[0] == vendors[sizeof vendors - 2]));
}

/* Telnet (RFC 854): IAC, a command, an option. DONT is FE, with which a frame of protocol 3 begins. */
enum { IAC = 0xFF, SB = 0xFA, DONT = 0xFE };

static bool is_of_banner(uint8_t byte)
{
    return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t';
}

/* A command stands at the beginning of the stream, or behind a banner of plain text. */
static bool is_telnet(struct kkt_frame_detector *detector, uint8_t byte)
{
    uint8_t *command = detector->command;
    if (detector->no_telnet)
        return false;
    if (detector->command_count > 0 || byte == IAC)
        command[detector->command_count++] = byte;
    else
        detector->no_telnet = !is_of_banner(byte);
    switch (detector->command_count) {
    case 2:
        detector->no_telnet = command[1] < SB || command[1] > DONT;
        return false;
    case 3:
        return command[1] != DONT || command[2] >= 0x80;
    case 4:
        /* Behind noise the same bytes may begin a frame of protocol 3, but none of such a length. */
        detector->no_telnet = true;
        return (command[2] | command[3] << 7) > ATOL3_DATA_MAX;
    default:
        return false;
    }
}

/* Is a frame of the spoken kind open that began before the other kind's frame did? Then that frame is its content. */
static bool is_inside_frame_3(const struct kkt_frame_detector *detector, uint64_t other_began)
{
    return atol3_decoder_in_frame(&detector->three) && detector->three_began < other_began;
}

static bool is_inside_frame_5(const struct kkt_frame_detector *detector, uint64_t other_began)
{
    return atol5_decoder_in_frame(&detector->five) && detector->five_began < other_began;
}

enum kkt_detected kkt_detector_push(struct kkt_frame_detector *detector, enum kkt_protocol spoken, uint8_t byte)
{
    detector->position++;
    if (is_telnet(detector, byte))
        return KKT_DETECTED_TELNET;
    uint64_t three_began = detector->three_began, five_began = detector->five_began;
    if (byte == BEGIN_3)
        detector->three_began = detector->position;
    if (byte == BEGIN_5 && !detector->five.escaped)
        detector->five_began = detector->position;
    enum atol3_event three = atol3_decoder_push(&detector->three, byte);
    enum atol5_event five = atol5_decoder_push(&detector->five, byte);
    /* A frame that ends with the last byte of the spoken one stood inside it. */
    if (spoken == KKT_PROTOCOL_5 && five == ATOL5_EVENT_FRAME)
        three = ATOL3_EVENT_NONE;
    if (three == ATOL3_EVENT_FRAME && (spoken != KKT_PROTOCOL_5 || !is_inside_frame_5(detector, three_began))) {
        atol5_decoder_reset(&detector->five);
        return KKT_DETECTED_FRAME_3;
    }
    if (five == ATOL5_EVENT_FRAME && (spoken != KKT_PROTOCOL_3 || !is_inside_frame_3(detector, five_began))) {
        atol3_decoder_reset(&detector->three);
        return KKT_DETECTED_FRAME_5;
    }
    if ((three == ATOL3_EVENT_DAMAGED && spoken != KKT_PROTOCOL_5) ||
        (five == ATOL5_EVENT_DAMAGED && spoken != KKT_PROTOCOL_3))
        return KKT_DETECTED_DAMAGED;
    return KKT_DETECTED_NOTHING;
}
