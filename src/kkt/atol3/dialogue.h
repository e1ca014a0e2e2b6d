/* One task after another in the task buffer of a register of protocol 3 (protocol-3.md §2): adding, acknowledging,
 * waiting, and what to do about silence, damage and refusals. Knows no request and no value.
 *
 * The buffer may be shared with the till's program, so nothing here touches a task of another: C4 (which empties the
 * whole buffer) is sent only when our own failed task has stopped it. */
#ifndef KKT_ATOL3_DIALOGUE_H
#define KKT_ATOL3_DIALOGUE_H

#include "kkt/atol3/requests.h"
#include "kkt/queue.h"

#include <stdbool.h>

/* Task ids of our own, DD..DF: the vendor's driver counts 00..DC, and acknowledges DE and DF when it opens. A register
 * that refuses them (B4, never seen) is asked with DA..DC. */
#define ATOL3_TASK_FIRST  0xDD
#define ATOL3_TASK_SECOND 0xDA
#define ATOL3_TASK_COUNT  3

#define ATOL3_IDS_MAX 8

/* Zero-initialised, then atol3_dialogue_start. */
struct atol3_dialogue {
    uint64_t wake_ms;      /* when to call tick */
    const uint8_t *answer; /* after KKT_PROGRESS_ANSWER, until the next frame */
    size_t answer_count;
    bool answer_error; /* the task failed (A4, A7) */
    uint32_t retries;  /* repeats so far, all tasks */
    /* private */
    uint32_t reply_timeout_ms;
    uint32_t pause_ms;
    uint8_t password[2];
    uint8_t next_id;
    uint8_t first, next_task; /* ids are first + 0..ATOL3_TASK_COUNT - 1 */
    uint8_t abandoned;        /* bits: ids whose task may still be in the buffer, or is another's */
    uint8_t to_acknowledge;   /* bits: ids to acknowledge with the next write */
    bool to_abort;            /* the buffer is stopped by our own failed task */
    bool own_error;           /* the last answer was a failed task of our own */
    bool after_own_error;     /* the task asked now is the first one behind it */
    enum kkt_delivery delivery;
    bool active;
    uint8_t waits; /* for what */
    uint8_t tid;
    uint8_t timeouts, troubles;
    bool taken;                /* the register said that another task has the id */
    bool damaged;              /* the last trouble was damage */
    bool refused;              /* the last trouble was a word of the task buffer: id exists, id unknown */
    enum kkt_progress held_by; /* PENDING, FULL, STOPPED: what the register says since held_since_ms; else WAIT */
    uint64_t held_since_ms;
    uint8_t ids[ATOL3_IDS_MAX]; /* of the frames whose answer may be the task's */
    bool asks[ATOL3_IDS_MAX];   /* that frame was a C3 */
    uint8_t id_count;
    uint8_t command[ATOL3_COMMAND_MAX];
    uint8_t command_count;
};

/* `seed` makes ids of two polls differ, so that a late answer to one is not taken in the other. With the first write go
 * acknowledgements of our ids: whatever an earlier poll of ours has left in the buffer is cleared, nothing else. */
void atol3_dialogue_start(struct atol3_dialogue *d, const uint8_t password[2], uint32_t reply_timeout_ms,
                          uint64_t seed);

/* Begins a task: command without password, at most ATOL3_COMMAND_MAX bytes. The acknowledgement of the one before goes
 * in the same write. KKT_ONCE: the task is added once only. */
void atol3_dialogue_ask(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *command, size_t count,
                        enum kkt_delivery delivery, uint64_t now_ms);

/* The task that was just asked is tried twice only. */
void atol3_dialogue_hurry(struct atol3_dialogue *d);

/* The task that is asked now is given up; what still comes for it is ignored. */
void atol3_dialogue_abandon(struct atol3_dialogue *d);

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

/* The last write: acknowledges the last answer, and the task that is still open. */
void atol3_dialogue_finish(struct atol3_dialogue *d, struct kkt_queue *q);

#endif
