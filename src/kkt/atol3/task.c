#include "kkt/atol3/task.h"

#include "kkt/atol3/frame.h"

#include <string.h>

/* Commands of the client and states of the register (§2). */
enum { ADD = 0xC1, ACK = 0xC2, REQ = 0xC3, ABORT = 0xC4 };
enum {
    PENDING = 0xA1,
    IN_PROGRESS = 0xA2,
    RESULT = 0xA3,
    TASK_ERROR = 0xA4,
    STOPPED = 0xA5,
    PUSHED_RESULT = 0xA6,
    PUSHED_ERROR = 0xA7,
    WAITING = 0xA8,
    BUFFER_FULL = 0xB1,
    TID_EXISTS = 0xB2,
    TID_UNKNOWN = 0xB3,
};
enum { WAIT_ANSWER, WAIT_PENDING, WAIT_TO_ADD };

/* Frame and task ids go 00..DC (§1, §2). Flag 01: the result is wanted. */
enum { IDS = 0xDD, FLAG_RESULT = 0x01 };

/* Bounds of the recovery of one task, on top of the poll's deadline. */
enum { SILENCES_MAX = 3, TROUBLES_MAX = 6 };
enum { FULL_PAUSE_MS = 500, REPEAT_PAUSE_MS = 100, PENDING_FIRST_MS = 50, PENDING_LAST_MS = 1000 };

void atol3_dialogue_start(struct atol3_dialogue *d, const uint8_t password[2], uint32_t reply_timeout_ms, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    memcpy(d->password, password, sizeof d->password);
    d->reply_timeout_ms = reply_timeout_ms;
    /* The probe's Abort has the id 00. */
    d->next_id = (uint8_t)(1 + seed % (IDS - 1));
    d->next_tid = (uint8_t)(seed / 7 % IDS);
    d->wake_ms = UINT64_MAX;
}

static uint8_t next(uint8_t *counter)
{
    uint8_t id = *counter;
    *counter = (uint8_t)((id + 1) % IDS);
    return id;
}

static uint8_t put(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *data, size_t count)
{
    uint8_t frame[ATOL3_FRAME_ROOM(5 + ATOL3_COMMAND_MAX)], id = next(&d->next_id);
    size_t n = atol3_frame_encode(id, data, count, frame, sizeof frame);
    (void)kkt_queue_put(q, frame, n);
    return id;
}

/* Remembers the id of a frame whose answer may be the task's; the oldest gives way. */
static void expect(struct atol3_dialogue *d, uint8_t id, bool ask)
{
    if (d->id_count == ATOL3_IDS_MAX) {
        memmove(d->ids, d->ids + 1, ATOL3_IDS_MAX - 1);
        memmove(d->asks, d->asks + 1, (ATOL3_IDS_MAX - 1) * sizeof d->asks[0]);
        d->id_count--;
    }
    d->ids[d->id_count] = id;
    d->asks[d->id_count++] = ask;
}

void atol3_dialogue_abort(struct atol3_dialogue *d, struct kkt_queue *q)
{
    (void)put(d, q, (const uint8_t[]){ABORT}, 1);
}

void atol3_dialogue_finish(struct atol3_dialogue *d, struct kkt_queue *q)
{
    if (d->closing == ABORT)
        atol3_dialogue_abort(d, q);
    else if (d->closing == ACK)
        (void)put(d, q, (const uint8_t[]){ACK, d->closing_tid}, 2);
    d->closing = 0;
}

static void wait_until(struct atol3_dialogue *d, uint8_t what, uint64_t until_ms)
{
    d->waits = what;
    d->wake_ms = until_ms;
}

static void send_add(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    atol3_dialogue_finish(d, q);
    uint8_t data[5 + ATOL3_COMMAND_MAX] = {ADD, FLAG_RESULT, d->tid, d->password[0], d->password[1]};
    memcpy(data + 5, d->command, d->command_count);
    expect(d, put(d, q, data, 5 + (size_t)d->command_count), false);
    wait_until(d, WAIT_ANSWER, now_ms + d->reply_timeout_ms);
}

static void send_request(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    expect(d, put(d, q, (const uint8_t[]){REQ, d->tid}, 2), true);
    wait_until(d, WAIT_ANSWER, now_ms + d->reply_timeout_ms);
}

/* The task begins again with a new tid, so that nothing of the earlier try is taken for it. */
static void add_again(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    d->retries++;
    d->tid = next(&d->next_tid);
    d->id_count = 0;
    send_add(d, q, now_ms);
}

void atol3_dialogue_ask(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *command, size_t count,
                        uint64_t now_ms)
{
    memcpy(d->command, command, count);
    d->command_count = (uint8_t)count;
    d->active = true;
    d->pending = false;
    d->damaged = false;
    d->refused = false;
    d->silences = 0;
    d->troubles = 0;
    d->pause_ms = PENDING_FIRST_MS;
    d->id_count = 0;
    d->tid = next(&d->next_tid);
    send_add(d, q, now_ms);
}

void atol3_dialogue_repeat(struct atol3_dialogue *d, uint32_t pause_ms, uint64_t now_ms)
{
    d->active = true;
    d->silences = 0;
    d->troubles = 0;
    d->id_count = 0;
    wait_until(d, WAIT_TO_ADD, now_ms + pause_ms);
}

static enum kkt_progress give_up(struct atol3_dialogue *d)
{
    d->active = false;
    d->wake_ms = UINT64_MAX;
    /* The task may still be in the buffer, which has room for one. */
    d->closing = ABORT;
    if (d->refused)
        return KKT_PROGRESS_REFUSED;
    return d->damaged ? KKT_PROGRESS_DAMAGED : KKT_PROGRESS_SILENT;
}

/* Counts a trouble; true while there may be another try. */
static bool may_retry(struct atol3_dialogue *d)
{
    return ++d->troubles <= TROUBLES_MAX;
}

static enum kkt_progress handle_answer(struct atol3_dialogue *d, const uint8_t *answer, size_t count, bool error)
{
    d->answer = answer;
    d->answer_count = count;
    d->answer_error = error;
    d->active = false;
    d->wake_ms = UINT64_MAX;
    d->closing = error ? ABORT : ACK;
    d->closing_tid = d->tid;
    return KKT_PROGRESS_ANSWER;
}

static enum kkt_progress wait_for_push(struct atol3_dialogue *d, uint64_t now_ms)
{
    d->pending = true;
    d->silences = 0;
    wait_until(d, WAIT_PENDING, now_ms + d->pause_ms);
    d->pause_ms = d->pause_ms * 2 > PENDING_LAST_MS ? PENDING_LAST_MS : d->pause_ms * 2;
    return KKT_PROGRESS_WAIT;
}

static enum kkt_progress abort_and_add(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    d->refused = true;
    if (!may_retry(d))
        return give_up(d);
    d->closing = ABORT;
    add_again(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

/* B3, B4: to a C3 the task is not there, so the Add was lost; to an Add it is a refusal, tried again after a pause. */
static enum kkt_progress unknown_tid(struct atol3_dialogue *d, struct kkt_queue *q, bool ask, uint64_t now_ms)
{
    d->refused = !ask;
    if (!may_retry(d))
        return give_up(d);
    if (ask)
        add_again(d, q, now_ms);
    else
        wait_until(d, WAIT_TO_ADD, now_ms + REPEAT_PAUSE_MS);
    return KKT_PROGRESS_WAIT;
}

enum kkt_progress atol3_dialogue_damaged(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->active || d->waits == WAIT_TO_ADD)
        return KKT_PROGRESS_WAIT;
    d->damaged = true;
    d->refused = false;
    if (!may_retry(d))
        return give_up(d);
    d->retries++;
    send_request(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

static enum kkt_progress handle_status(struct atol3_dialogue *d, struct kkt_queue *q, bool ask, const uint8_t *data,
                                       size_t count, uint64_t now_ms)
{
    switch (data[0]) {
    case RESULT:
    case TASK_ERROR:
        /* A result of less than two bytes is no answer: the register is asked for the whole one (§2). */
        if (count < 3)
            return atol3_dialogue_damaged(d, q, now_ms);
        return handle_answer(d, data + 1, count - 1, data[0] == TASK_ERROR);
    case PENDING:
    case IN_PROGRESS:
    case WAITING:
        return wait_for_push(d, now_ms);
    case STOPPED:
    case TID_EXISTS:
        return abort_and_add(d, q, now_ms);
    case BUFFER_FULL:
        d->pending = true;
        wait_until(d, WAIT_TO_ADD, now_ms + FULL_PAUSE_MS);
        return KKT_PROGRESS_WAIT;
    case TID_UNKNOWN:
    case TID_UNKNOWN + 1:
        return unknown_tid(d, q, ask, now_ms);
    default:
        return atol3_dialogue_damaged(d, q, now_ms);
    }
}

enum kkt_progress atol3_dialogue_frame(struct atol3_dialogue *d, struct kkt_queue *q, uint8_t id, const uint8_t *data,
                                       size_t count, uint64_t now_ms)
{
    if (!d->active)
        return KKT_PROGRESS_WAIT;
    if (count == 0)
        return atol3_dialogue_damaged(d, q, now_ms);
    if (id == ATOL3_ID_PUSHED) {
        bool ours = count >= 4 && data[1] == d->tid && (data[0] == PUSHED_RESULT || data[0] == PUSHED_ERROR);
        return ours ? handle_answer(d, data + 2, count - 2, data[0] == PUSHED_ERROR) : KKT_PROGRESS_WAIT;
    }
    if (d->waits == WAIT_TO_ADD)
        return KKT_PROGRESS_WAIT;
    for (unsigned i = 0; i < d->id_count; i++)
        if (d->ids[i] == id)
            return handle_status(d, q, d->asks[i], data, count, now_ms);
    return KKT_PROGRESS_WAIT;
}

enum kkt_progress atol3_dialogue_tick(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->active || now_ms < d->wake_ms)
        return KKT_PROGRESS_WAIT;
    switch (d->waits) {
    case WAIT_TO_ADD:
        add_again(d, q, now_ms);
        break;
    case WAIT_PENDING:
        send_request(d, q, now_ms);
        break;
    default:
        d->refused = false;
        if (++d->silences > SILENCES_MAX)
            return give_up(d);
        d->retries++;
        send_request(d, q, now_ms);
        break;
    }
    return KKT_PROGRESS_WAIT;
}

void atol3_dialogue_reopened(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->active)
        return;
    d->retries++;
    send_request(d, q, now_ms);
}
