/* What the bytes of a recorded dialogue say: the name of the request in each frame, and where passwords and personal
 * data stand, which it masks. Follows both directions of one connection; sans-I/O, fixed size, no allocation. */
#ifndef KKT_TRANSCRIPT_H
#define KKT_TRANSCRIPT_H

#include "kkt/probe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kkt_request;

/* Which request a frame or a task carries, and which block of it (protocol 3, E9). */
struct kkt_carried {
    const struct kkt_request *request; /* NULL: none that a poll sends */
    uint8_t block;
};

#define KKT_TRANSCRIPT_WORDS_MAX 160
#define KKT_TRANSCRIPT_FRAME_MAX ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)

/* Zero-initialised is ready. */
struct kkt_transcript {
    bool mask; /* personal data of answers */
    /* private */
    enum kkt_protocol spoken; /* that tasks were sent in */
    bool personal_asked;
    struct atol3_decoder three;
    struct atol5_decoder five;
    struct kkt_carried by_frame[256], by_task[256];
};

/* Metrics whose values are personal data: who owns the register and where it stands. */
void kkt_personal_metrics(struct metric_set *set);

/* The connection is new: frames that had begun are forgotten. */
void kkt_transcript_opened(struct kkt_transcript *t);

/* Bytes that were sent in one write: appends the names of their requests to words ("A5 model, 3F status") and copies
 * the bytes to out, the access password of protocol 3 as 00 00. Returns how many; `cap` of twice the count is enough,
 * for a check sum may need an escape. */
size_t kkt_transcript_sent(struct kkt_transcript *t, const uint8_t *bytes, size_t count, uint8_t *out, size_t cap,
                           char words[KKT_TRANSCRIPT_WORDS_MAX]);

enum kkt_transcript_event {
    KKT_TRANSCRIPT_LOOSE,   /* the byte belongs to no frame */
    KKT_TRANSCRIPT_INSIDE,  /* a frame has begun or goes on */
    KKT_TRANSCRIPT_FRAME,   /* it ends a whole frame */
    KKT_TRANSCRIPT_DAMAGED, /* it shows that the frame is damaged */
};

/* One byte that was received. `begins`: the byte is the first of a frame. */
enum kkt_transcript_event kkt_transcript_received(struct kkt_transcript *t, uint8_t byte, bool *begins);

/* After KKT_TRANSCRIPT_FRAME: what it answers, "" when nothing is known, appended to words; and, when it holds personal
 * data that are to be masked, the frame with those masked in out (KKT_TRANSCRIPT_FRAME_MAX bytes), of that length,
 * digits as 0, other characters as *: checksum and lengths stay right. 0: the frame may stand as it is. */
size_t kkt_transcript_answer(struct kkt_transcript *t, char words[KKT_TRANSCRIPT_WORDS_MAX], uint8_t *out);

/* May a byte that is in no whole frame be personal? It is masked as this one then, damaged as it is. */
uint8_t kkt_transcript_masked_byte(const struct kkt_transcript *t, uint8_t byte);

#endif
