/* One request after another on the channels of platform 5 (protocol-5.md §3, §4): task ids, the repeat of the last
 * answer after a loss, the register's notices. Knows no request and no value. */
#ifndef KKT_ATOL5_DIALOGUE_H
#define KKT_ATOL5_DIALOGUE_H

#include "kkt/atol5/frame.h"
#include "kkt/atol5/requests.h"
#include "kkt/queue.h"

#include <stdbool.h>

struct atol5_dialogue {
    uint64_t wake_ms;      /* when to call tick */
    const uint8_t *answer; /* after KKT_PROGRESS_ANSWER, until the next frame: result code and data */
    size_t answer_count;
    uint32_t retries; /* repeats so far, all requests */
    /* private */
    uint32_t reply_timeout_ms;
    uint8_t next_frame;
    uint8_t next_task;
    uint8_t first; /* id of its first try: an answer to an earlier try of the same request is as good */
    uint8_t task;  /* id of the request that is asked now */
    uint8_t channel;
    enum kkt_delivery delivery;
    bool active;
    bool to_ask;      /* waits to send the request, not for an answer */
    uint8_t answered; /* channels that have answered in this session, as bits: opcode 42 makes sense there */
    bool again;       /* opcode 42 was sent because of silence: an answer of an earlier task means a lost request */
    bool noticed;     /* a notice of the control channel was followed */
    bool damaged;
    /* what the headers of this register's frames were like so far: an odd one is damage that the checksum let pass */
    bool header_known;
    struct atol5_header last;
    uint8_t step, steps;     /* from id to id, and how often it was the same in a row */
    uint8_t unusual_headers; /* so far; after UNUSUAL_HEADERS_MAX they are taken for this register's habit */
    uint8_t timeouts, troubles;
    uint8_t command_count;
    uint8_t command[ATOL5_COMMAND_MAX];
};

/* `seed` makes task ids of two polls differ, so that a late answer to one is not taken in the other. */
void atol5_dialogue_start(struct atol5_dialogue *d, uint32_t reply_timeout_ms, uint64_t seed);

/* Sends a request: command and parameters, at most ATOL5_COMMAND_MAX bytes. KKT_ONCE: it is executed once only. */
void atol5_dialogue_ask(struct atol5_dialogue *d, struct kkt_queue *q, uint8_t channel, const uint8_t *command,
                        size_t count, enum kkt_delivery delivery, uint64_t now_ms);

/* The request that was just asked is tried twice only. */
void atol5_dialogue_hurry(struct atol5_dialogue *d);

/* The request that is asked now is given up; what still comes for it is ignored. */
void atol5_dialogue_abandon(struct atol5_dialogue *d);

/* The same request once more after a pause (the register is busy). */
void atol5_dialogue_repeat(struct atol5_dialogue *d, uint32_t pause_ms, uint64_t now_ms);

/* A whole frame came. */
enum kkt_progress atol5_dialogue_frame(struct atol5_dialogue *d, struct kkt_queue *q, const struct atol5_header *header,
                                       const uint8_t *payload, size_t count, uint64_t now_ms);

/* A damaged frame came. */
enum kkt_progress atol5_dialogue_damaged(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

enum kkt_progress atol5_dialogue_tick(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

/* The link is new: asks for the answer that is missing. */
void atol5_dialogue_reopened(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

#endif
