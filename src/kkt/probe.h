/* Telling the two protocols apart: the combined probe (protocol-5.md §2), and a detector of frames of both kinds in one
 * stream of bytes. */
#ifndef KKT_PROBE_H
#define KKT_PROBE_H

#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"
#include "metric/snapshot.h"

/* The probes: an echo request of platform 5 and a question to protocol 3, in one write. The first question is about a
 * task that there is not (C3 DE) and changes nothing. The vendor's own is Abort, which cancels whatever another program
 * has queued: it is only for a register that was silent to the first. */
#define KKT_PROBES 2
struct kkt_probe {
    const uint8_t *bytes;
    size_t count;
};
extern const struct kkt_probe kkt_probes[KKT_PROBES];

enum kkt_detected {
    KKT_DETECTED_NOTHING,
    KKT_DETECTED_FRAME_3,
    KKT_DETECTED_FRAME_5,
    KKT_DETECTED_DAMAGED, /* of the protocol that is spoken; of either while it is unknown */
    KKT_DETECTED_TELNET,  /* a command of telnet (RFC 854, as RFC 2217 uses it), first or behind a banner of plain text
                           */
};

/* Zero-initialised is ready. The frame is in the decoder until the next byte. */
struct kkt_frame_detector {
    struct atol3_decoder three;
    struct atol5_decoder five;
    /* private: where in the stream the frames that are open began */
    uint64_t position, three_began, five_began;
    uint8_t command[4]; /* of telnet, as far as it has come */
    uint8_t command_count;
    bool no_telnet; /* what has come is none */
};

/* Takes one byte. While `spoken` is known, bytes of its frames that look like a frame of the other kind are not taken
 * for one. */
enum kkt_detected kkt_detector_push(struct kkt_frame_detector *detector, enum kkt_protocol spoken, uint8_t byte);

/* Does a frame of either kind begin with this byte? */
bool kkt_begins_frame(uint8_t byte);

/* Is the frame of protocol 3 that has just come the question of our own probe? No register asks it: what answers is an
 * echo. */
bool kkt_detector_has_own_probe(const struct kkt_frame_detector *detector);

/* Forgets frames that have begun. */
void kkt_detector_reset(struct kkt_frame_detector *detector);

#endif
