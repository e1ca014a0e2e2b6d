/* The conversation with one register in either protocol: bytes in, bytes out, one request at a time. Polls and control
 * both speak through it; what a request means is theirs to know. Sans-I/O, fixed size, no allocation, no clock. */
#ifndef KKT_DIALOGUE_H
#define KKT_DIALOGUE_H

#include "kkt/atol3/dialogue.h"
#include "kkt/atol5/dialogue.h"
#include "kkt/probe.h"
#include "kkt/queue.h"

/* More than any poll brings: a full one with all groups is about 10 KiB in 200 frames. */
#define KKT_BYTES_MAX   (256U * 1024)
#define KKT_FRAMES_MAX  2000U
#define KKT_DAMAGED_MAX 300U
/* A register answers a probe with some bytes. */
#define KKT_PROBE_BYTES_MAX 4096U

/* Zero-initialised is ready for the probe. */
struct kkt_dialogue {
    enum kkt_protocol protocol; /* UNKNOWN while probing */
    struct kkt_queue queue;     /* waits to be written */
    struct kkt_frame_detector detector;
    struct atol3_dialogue three;
    struct atol5_dialogue five;
    /* what came so far */
    uint32_t bytes, frames, damaged;
};

/* What is known after a byte while the protocol is not: WAIT; ANSWER when the byte ended a frame of *found; DAMAGED,
 * FLOOD, TELNET. */
enum kkt_progress kkt_dialogue_probe(struct kkt_dialogue *d, uint8_t byte, enum kkt_protocol *found);

/* The protocol is known (not UNKNOWN). `password` and `reply_timeout_ms` as in struct kkt_ask, 0 is not allowed. */
void kkt_dialogue_start(struct kkt_dialogue *d, enum kkt_protocol protocol, const uint8_t password[2],
                        uint32_t reply_timeout_ms, uint64_t now_ms);

/* Sends a request; `channel` is platform 5's. */
void kkt_dialogue_ask(struct kkt_dialogue *d, uint8_t channel, const uint8_t *command, size_t count,
                      enum kkt_delivery delivery, uint64_t now_ms);

/* The same request once more after a pause (the register is busy). */
void kkt_dialogue_repeat(struct kkt_dialogue *d, uint32_t pause_ms, uint64_t now_ms);

/* The request that was just asked is tried twice only: the one before it got no answer. */
void kkt_dialogue_hurry(struct kkt_dialogue *d);

/* The request that is asked now is given up; what still comes for it is ignored. */
void kkt_dialogue_abandon(struct kkt_dialogue *d);

/* One byte from the register. */
enum kkt_progress kkt_dialogue_push(struct kkt_dialogue *d, uint8_t byte, uint64_t now_ms);

/* Time has come. */
enum kkt_progress kkt_dialogue_tick(struct kkt_dialogue *d, uint64_t now_ms);

/* The link is new: frames that had begun are forgotten, the answer that is missing is asked for. */
void kkt_dialogue_reopened(struct kkt_dialogue *d, uint64_t now_ms);

/* The last write: what the register keeps for us may go. */
void kkt_dialogue_finish(struct kkt_dialogue *d);

/* After KKT_PROGRESS_ANSWER, until the next byte: the answer (platform 5: result code and data), and whether protocol 3
 * marked it as a failed task. */
const uint8_t *kkt_dialogue_answer(const struct kkt_dialogue *d, size_t *count, bool *error);

/* Why the register holds back the answer that is asked for (PENDING, FULL, STOPPED); WAIT: it says nothing. */
enum kkt_progress kkt_dialogue_held_by(const struct kkt_dialogue *d);

/* Repeats so far, for whatever reason. */
uint32_t kkt_dialogue_retries(const struct kkt_dialogue *d);

/* When to call tick at the latest; UINT64_MAX: never. */
uint64_t kkt_dialogue_wake_at(const struct kkt_dialogue *d);

#endif
