#include "kkt/atol3/dialogue.h"

#include "kkt/atol3/frame.h"

#include <string.h>

enum { WAIT_ANSWER, WAIT_PENDING, WAIT_TO_ADD };

/* Frame ids go 00..DC (§1). */
enum { IDS = 0xDD };

/* A failed task of ours must not stop the tasks of others (§2). */
enum { FLAGS = ATOL3_FLAG_RESULT | ATOL3_FLAG_GO_ON };

/* Bounds of the recovery of one task, on top of the poll's deadline. */
enum { TIMEOUTS_MAX = 3, TROUBLES_MAX = 6 };
enum { PENDING_MAX_MS = 10000, HELD_MAX_MS = 2000 };
enum { HELD_PAUSE_MS = 500, REPEAT_PAUSE_MS = 100, PENDING_FIRST_MS = 50, PENDING_LAST_MS = 1000 };

void atol3_dialogue_start(struct atol3_dialogue *d, const uint8_t password[2], uint32_t reply_timeout_ms, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    memcpy(d->password, password, sizeof d->password);
    d->reply_timeout_ms = reply_timeout_ms;
    /* The probe has the id 00. */
    d->next_id = (uint8_t)(1 + seed % (IDS - 1));
    d->first = ATOL3_TASK_FIRST;
    d->next_task = (uint8_t)(seed / 7 % ATOL3_TASK_COUNT);
    d->to_acknowledge = (1U << ATOL3_TASK_COUNT) - 1;
    d->wake_ms = UINT64_MAX;
}

static uint8_t put(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *data, size_t count)
{
    uint8_t frame[ATOL3_FRAME_ROOM(5 + ATOL3_COMMAND_MAX)], id = d->next_id;
    d->next_id = (uint8_t)((id + 1) % IDS);
    size_t n = atol3_frame_encode(id, data, count, frame, sizeof frame);
    (void)kkt_queue_put(q, frame, n);
    return id;
}

static uint8_t bit_of(const struct atol3_dialogue *d, uint8_t tid)
{
    return (uint8_t)(1U << (tid - d->first));
}

/* The next id of ours that no other task can have; when every one may be in use, the oldest is reused. */
static uint8_t next_tid(struct atol3_dialogue *d)
{
    if (d->abandoned == (1U << ATOL3_TASK_COUNT) - 1)
        d->abandoned = 0;
    uint8_t tid;
    do {
        tid = (uint8_t)(d->first + d->next_task);
        d->next_task = (uint8_t)((d->next_task + 1) % ATOL3_TASK_COUNT);
    } while (d->abandoned & bit_of(d, tid));
    return tid;
}

/* Remembers the id of a frame whose answer may be the task's; the oldest is overwritten. */
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

static void put_closing(struct atol3_dialogue *d, struct kkt_queue *q)
{
    if (d->to_abort)
        (void)put(d, q, (const uint8_t[]){ATOL3_ABORT}, 1);
    for (uint8_t i = 0; i < ATOL3_TASK_COUNT; i++)
        if (d->to_acknowledge >> i & 1)
            (void)put(d, q, (const uint8_t[]){ATOL3_ACKNOWLEDGE, (uint8_t)(d->first + i)}, 2);
    d->to_abort = false;
    d->to_acknowledge = 0;
}

void atol3_dialogue_finish(struct atol3_dialogue *d, struct kkt_queue *q)
{
    if (d->active && !d->taken)
        d->to_acknowledge |= bit_of(d, d->tid);
    d->active = false;
    put_closing(d, q);
}

static void wait_until(struct atol3_dialogue *d, uint8_t what, uint64_t until_ms)
{
    d->waits = what;
    d->wake_ms = until_ms;
}

static void send_add(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    put_closing(d, q);
    d->taken = false;
    uint8_t data[5 + ATOL3_COMMAND_MAX] = {ATOL3_ADD, FLAGS, d->tid, d->password[0], d->password[1]};
    memcpy(data + 5, d->command, d->command_count);
    expect(d, put(d, q, data, 5 + (size_t)d->command_count), false);
    wait_until(d, WAIT_ANSWER, now_ms + d->reply_timeout_ms);
}

static void send_request(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    expect(d, put(d, q, (const uint8_t[]){ATOL3_REQUEST, d->tid}, 2), true);
    wait_until(d, WAIT_ANSWER, now_ms + d->reply_timeout_ms);
}

/* The task begins again with a new tid, so that nothing of the earlier try is taken for it. */
static void add_again(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    d->retries++;
    d->tid = next_tid(d);
    d->id_count = 0;
    send_add(d, q, now_ms);
}

void atol3_dialogue_ask(struct atol3_dialogue *d, struct kkt_queue *q, const uint8_t *command, size_t count,
                        enum kkt_delivery delivery, uint64_t now_ms)
{
    memcpy(d->command, command, count);
    d->command_count = (uint8_t)count;
    d->delivery = delivery;
    d->active = true;
    d->held_by = KKT_PROGRESS_WAIT;
    d->after_own_error = d->own_error;
    d->own_error = false;
    d->damaged = false;
    d->refused = false;
    d->timeouts = 0;
    d->troubles = 0;
    d->pause_ms = PENDING_FIRST_MS;
    d->id_count = 0;
    d->tid = next_tid(d);
    send_add(d, q, now_ms);
}

void atol3_dialogue_hurry(struct atol3_dialogue *d)
{
    d->timeouts = TIMEOUTS_MAX - 1;
}

void atol3_dialogue_repeat(struct atol3_dialogue *d, uint32_t pause_ms, uint64_t now_ms)
{
    d->active = true;
    d->after_own_error = d->own_error;
    d->timeouts = 0;
    d->troubles = 0;
    d->id_count = 0;
    wait_until(d, WAIT_TO_ADD, now_ms + pause_ms);
}

/* The id of a task that may still be in the buffer is not used again while another one is free. */
static enum kkt_progress give_up(struct atol3_dialogue *d, enum kkt_progress why)
{
    d->active = false;
    d->wake_ms = UINT64_MAX;
    d->abandoned |= bit_of(d, d->tid);
    if (!d->taken)
        d->to_acknowledge |= bit_of(d, d->tid);
    return why;
}

void atol3_dialogue_abandon(struct atol3_dialogue *d)
{
    if (d->active)
        (void)give_up(d, KKT_PROGRESS_SILENT);
}

static enum kkt_progress give_up_with_cause(struct atol3_dialogue *d)
{
    return give_up(d, d->refused ? KKT_PROGRESS_REFUSED : d->damaged ? KKT_PROGRESS_DAMAGED : KKT_PROGRESS_SILENT);
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
    d->own_error = error;
    d->active = false;
    d->wake_ms = UINT64_MAX;
    d->to_acknowledge |= bit_of(d, d->tid);
    return KKT_PROGRESS_ANSWER;
}

/* The register says why the task is not done yet; true while the limit is not reached. */
static bool is_held(struct atol3_dialogue *d, enum kkt_progress by, uint64_t now_ms)
{
    if (d->held_by != by) {
        d->held_by = by;
        d->held_since_ms = now_ms;
    }
    d->timeouts = 0;
    return now_ms - d->held_since_ms < (by == KKT_PROGRESS_PENDING ? PENDING_MAX_MS : HELD_MAX_MS);
}

static enum kkt_progress wait_for_push(struct atol3_dialogue *d, uint64_t now_ms)
{
    if (!is_held(d, KKT_PROGRESS_PENDING, now_ms))
        return give_up(d, KKT_PROGRESS_PENDING);
    wait_until(d, WAIT_PENDING, now_ms + d->pause_ms);
    d->pause_ms = d->pause_ms * 2 > PENDING_LAST_MS ? PENDING_LAST_MS : d->pause_ms * 2;
    return KKT_PROGRESS_WAIT;
}

/* The buffer does not take the task now (full, stopped): the same one again after a pause. */
static enum kkt_progress wait_to_add(struct atol3_dialogue *d, enum kkt_progress by, uint64_t now_ms)
{
    if (d->delivery == KKT_ONCE || !is_held(d, by, now_ms))
        return give_up(d, by);
    d->to_acknowledge |= bit_of(d, d->tid);
    wait_until(d, WAIT_TO_ADD, now_ms + HELD_PAUSE_MS);
    return KKT_PROGRESS_WAIT;
}

/* A5: the tasks are stopped by one that failed. Was it ours (a register that does not know the flag), then C4 lets them
 * go on; was it another's, then its owner will see to it. */
static enum kkt_progress handle_stopped(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->after_own_error || d->delivery == KKT_ONCE)
        return wait_to_add(d, KKT_PROGRESS_STOPPED, now_ms);
    d->after_own_error = false;
    d->to_abort = true;
    add_again(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

/* B2: a task with this id is in the buffer, and it is not the one that was asked: it is not ours to acknowledge. */
static enum kkt_progress handle_accepted(struct atol3_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    d->refused = true;
    d->taken = true;
    if (d->delivery == KKT_ONCE || !may_retry(d))
        return give_up_with_cause(d);
    d->abandoned |= bit_of(d, d->tid);
    add_again(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

/* B4 to an Add: this register takes no such ids. */
static bool may_change_ids(struct atol3_dialogue *d, uint8_t status, bool ask)
{
    if (status != ATOL3_ILLEGAL_VALUE || ask || d->delivery == KKT_ONCE || d->first != ATOL3_TASK_FIRST)
        return false;
    d->first = ATOL3_TASK_SECOND;
    d->to_acknowledge = 0;
    d->abandoned = 0;
    return true;
}

/* B3, B4: to a C3 the task is not there, so the Add was lost; to an Add it is a refusal, tried again after a pause. */
static enum kkt_progress handle_unknown(struct atol3_dialogue *d, struct kkt_queue *q, bool ask, uint64_t now_ms)
{
    d->refused = !ask;
    if (d->delivery == KKT_ONCE || !may_retry(d))
        return give_up_with_cause(d);
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
        return give_up_with_cause(d);
    d->retries++;
    send_request(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

static enum kkt_progress handle_status(struct atol3_dialogue *d, struct kkt_queue *q, bool ask, const uint8_t *data,
                                       size_t count, uint64_t now_ms)
{
    switch (data[0]) {
    case ATOL3_RESULT:
    case ATOL3_ERROR:
        /* A result of less than two bytes is no answer: the register is asked for the whole one (§2). */
        if (count < 3)
            return atol3_dialogue_damaged(d, q, now_ms);
        return handle_answer(d, data + 1, count - 1, data[0] == ATOL3_ERROR);
    case ATOL3_PENDING:
    case ATOL3_IN_PROGRESS:
    case ATOL3_WAITING:
        return wait_for_push(d, now_ms);
    case ATOL3_STOPPED:
        return handle_stopped(d, q, now_ms);
    case ATOL3_TASK_EXISTS:
        return handle_accepted(d, q, now_ms);
    case ATOL3_BUFFER_FULL:
        return wait_to_add(d, KKT_PROGRESS_FULL, now_ms);
    case ATOL3_TASK_UNKNOWN:
    case ATOL3_ILLEGAL_VALUE:
        if (may_change_ids(d, data[0], ask)) {
            add_again(d, q, now_ms);
            return KKT_PROGRESS_WAIT;
        }
        return handle_unknown(d, q, ask, now_ms);
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
        bool ours =
            count >= 4 && data[1] == d->tid && (data[0] == ATOL3_PUSHED_RESULT || data[0] == ATOL3_PUSHED_ERROR);
        return ours ? handle_answer(d, data + 2, count - 2, data[0] == ATOL3_PUSHED_ERROR) : KKT_PROGRESS_WAIT;
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
        if (++d->timeouts > TIMEOUTS_MAX)
            return give_up_with_cause(d);
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
