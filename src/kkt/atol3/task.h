/* One task after another in the task buffer of a register of protocol 3 (protocol-3.md §2): adding, acknowledging,
 * waiting, and what to do about silence, damage and refusals. Knows no request and no value. */
#ifndef KKT_ATOL3_TASK_H
#define KKT_ATOL3_TASK_H

#include "kkt/atol3/requests.h"
#include "kkt/queue.h"

#include <stdbool.h>

#define ATOL3_IDS_MAX 8

/* Zero-initialised, then atol3_dialogue_start. */
struct atol3_dialogue {
    uint64_t wake_ms;      /* when to call tick */
    const uint8_t *answer; /* after KKT_PROGRESS_ANSWER, until the next frame */
    size_t answer_count;
    bool answer_error; /* the task failed (A4, A7) */
    bool pending;      /* the register said that it is at it */
    uint32_t retries;  /* repeats so far, all tasks */
    /* private */
    uint32_t reply_timeout_ms;
    uint32_t pause_ms;
    uint8_t password[2];
    uint8_t next_id, next_tid;
    uint8_t closing; /* what to send before the next task: C2, C4 or nothing */
    uint8_t closing_tid;
    bool active;
    uint8_t waits; /* for what */
    uint8_t tid;
    uint8_t silences, troubles;
    bool damaged;               /* the last trouble was damage */
    bool refused;               /* the last trouble was a word of the task buffer: stopped, id exists, id unknown */
    uint8_t ids[ATOL3_IDS_MAX]; /* of the frames whose answer may be the task's */
    bool asks[ATOL3_IDS_MAX];   /* that frame was a C3 */
    uint8_t id_count;
    uint8_t command[ATOL3_COMMAND_MAX];
    uint8_t command_count;
};

/* `seed` makes ids of two polls differ, so that a late answer to one is not taken in the other. */
void atol3_dialogue_start(struct atol3_dialogue *d, const uint8_t password[2], uint32_t reply_timeout_ms,
                          uint64_t seed);

/* Empties the register's task buffer; nothing waits for the answer. */
void atol3_dialogue_abort(struct atol3_dialogue *d, struct kkt_queue *q);

/* Begins a task: command without password. The acknowledgement of the one before goes in the same write. */
void atol3_dialogue_ask(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *command, size_t count,
                        uint64_t now_ms);

/* The same task once more after a pause (the register is busy). */
void atol3_dialogue_repeat(struct atol3_dialogue *d, uint32_t pause_ms, uint64_t now_ms);

/* A whole frame came. */
enum kkt_progress atol3_dialogue_frame(struct atol3_dialogue *d, struct kkt_queue *q, uint8_t id, const uint8_t *data,
                                       size_t count, uint64_t now_ms);

/* A damaged frame came. */
enum kkt_progress atol3_dialogue_damaged(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

enum kkt_progress atol3_dialogue_tick(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

/* The link is new: asks for the task that is open. */
void atol3_dialogue_reopened(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms);

/* Acknowledges the last answer. */
void atol3_dialogue_finish(struct atol3_dialogue *d, struct kkt_queue *q);

#endif
