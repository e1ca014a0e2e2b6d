/* Telling the two protocols apart: the combined probe (protocol-5.md §2), and an ear that hears frames of both kinds
 * in one stream of bytes. */
#ifndef KKT_PROBE_H
#define KKT_PROBE_H

#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"
#include "metric/snapshot.h"

/* The probe: an echo request of platform 5 and the Abort of protocol 3, in one write. */
extern const uint8_t kkt_probe[];
extern const size_t kkt_probe_count;

enum kkt_detected {
    KKT_DETECTED_NOTHING,
    KKT_DETECTED_FRAME_3,
    KKT_DETECTED_FRAME_5,
    KKT_DETECTED_DAMAGED, /* of the protocol that is spoken; of either while it is unknown */
};

/* Zero-initialised is ready. The frame is in the decoder until the next byte. */
struct kkt_frame_detector {
    struct atol3_decoder three;
    struct atol5_decoder five;
    /* private: where in the stream the frames that are open began */
    uint64_t position, three_began, five_began;
};

/* Takes one byte. While `spoken` is known, bytes of its frames that look like a frame of the other kind are not taken
 * for one. */
enum kkt_detected kkt_detector_push(struct kkt_frame_detector *detector, enum kkt_protocol spoken, uint8_t byte);

/* Forgets frames that have begun. */
void kkt_detector_reset(struct kkt_frame_detector *detector);

#endif
