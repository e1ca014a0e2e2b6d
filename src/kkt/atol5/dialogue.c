#include "kkt/atol5/dialogue.h"

#include <string.h>

/* Frame ids of the host begin at 20 and go on after FF with 21 (§1). */
enum { FRAME_FIRST = 0x20, FRAME_AFTER_LAST = 0x21 };

/* Bounds of the recovery of one request, on top of the poll's deadline. */
enum { TIMEOUTS_MAX = 3, TROUBLES_MAX = 6 };

/* A header is odd when it breaks with that many equal steps of the id; so many odd ones in a session are believed. */
enum { STEPS_SURE = 2, UNUSUAL_HEADERS_MAX = 3 };

/* The register counts the ids of its frames 18..1F and begins again (§1). */
enum { ID_FIRST = 0x18, ID_LAST = 0x1F };

void atol5_dialogue_start(struct atol5_dialogue *d, uint32_t reply_timeout_ms, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    d->reply_timeout_ms = reply_timeout_ms;
    d->next_frame = FRAME_FIRST;
    d->next_task = (uint8_t)seed;
    d->wake_ms = UINT64_MAX;
}

/* Before its first answer in this session a channel may still keep one of an earlier session, under any task id. */
static bool has_own_answer(const struct atol5_dialogue *d)
{
    return (d->answered >> (d->channel & 7) & 1) != 0;
}

static void put(struct atol5_dialogue *d, struct kkt_queue *q, const uint8_t *payload, size_t count)
{
    const struct atol5_header header = {d->next_frame, ATOL5_HOST, d->channel, ATOL5_TYPE_DATA};
    d->next_frame = d->next_frame == 0xFF ? FRAME_AFTER_LAST : (uint8_t)(d->next_frame + 1);
    uint8_t frame[ATOL5_FRAME_ROOM(2 + ATOL5_COMMAND_MAX)];
    size_t n = atol5_frame_encode(&header, payload, count, frame, sizeof frame);
    (void)kkt_queue_put(q, frame, n);
}

static void send_command(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    uint8_t payload[2 + ATOL5_COMMAND_MAX];
    d->task = d->next_task++;
    d->to_ask = false;
    d->again = false;
    payload[0] = d->task;
    payload[1] = ATOL5_EXECUTE;
    memcpy(payload + 2, d->command, d->command_count);
    put(d, q, payload, 2 + (size_t)d->command_count);
    d->wake_ms = now_ms + d->reply_timeout_ms;
}

/* Asks for the last answer once more; it carries the id of its own task, not of this one (§3). */
static void send_again(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    put(d, q, (const uint8_t[]){d->next_task++, ATOL5_LAST_RESULT}, 2);
    d->wake_ms = now_ms + d->reply_timeout_ms;
}

void atol5_dialogue_ask(struct atol5_dialogue *d, struct kkt_queue *q, uint8_t channel, const uint8_t *command,
                        size_t count, enum kkt_delivery delivery, uint64_t now_ms)
{
    d->channel = channel;
    d->delivery = delivery;
    memcpy(d->command, command, count);
    d->command_count = (uint8_t)count;
    d->active = true;
    d->noticed = false;
    d->damaged = false;
    d->timeouts = 0;
    d->troubles = 0;
    d->first = d->next_task;
    send_command(d, q, now_ms);
}

void atol5_dialogue_hurry(struct atol5_dialogue *d)
{
    d->timeouts = TIMEOUTS_MAX - 1;
}

void atol5_dialogue_repeat(struct atol5_dialogue *d, uint32_t pause_ms, uint64_t now_ms)
{
    d->active = true;
    d->to_ask = true;
    d->timeouts = 0;
    d->troubles = 0;
    d->first = d->next_task; /* what was answered "busy" is no answer any more */
    d->wake_ms = now_ms + pause_ms;
}

static enum kkt_progress give_up(struct atol5_dialogue *d)
{
    d->active = false;
    d->wake_ms = UINT64_MAX;
    return d->damaged ? KKT_PROGRESS_DAMAGED : KKT_PROGRESS_SILENT;
}

void atol5_dialogue_abandon(struct atol5_dialogue *d)
{
    (void)give_up(d);
}

/* Another try: the last answer once more, or the request itself while the channel may keep a foreign one. A request
 * that may not be repeated is only asked about. */
static enum kkt_progress try_again(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    d->retries++;
    if (has_own_answer(d) || d->delivery == KKT_ONCE) {
        send_again(d, q, now_ms);
        d->again = true;
    } else {
        send_command(d, q, now_ms);
    }
    return KKT_PROGRESS_WAIT;
}

enum kkt_progress atol5_dialogue_damaged(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->active || d->to_ask)
        return KKT_PROGRESS_WAIT;
    d->damaged = true;
    d->steps = 0; /* a frame was lost, and its id with it */
    if (++d->troubles > TROUBLES_MAX)
        return give_up(d);
    return try_again(d, q, now_ms);
}

/* The register may report on the control channel that a task is finished (§4, a guess): its answer is asked for, once.
 */
static enum kkt_progress handle_notice(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (d->noticed || !has_own_answer(d))
        return KKT_PROGRESS_WAIT;
    d->noticed = true;
    d->retries++;
    send_again(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

static bool is_ours(const struct atol5_dialogue *d, uint8_t task)
{
    return (uint8_t)(task - d->first) <= (uint8_t)(d->task - d->first);
}

/* An answer of an earlier task to our 42: the request itself was lost. */
static enum kkt_progress handle_earlier(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->again || d->delivery == KKT_ONCE)
        return KKT_PROGRESS_WAIT;
    if (++d->troubles > TROUBLES_MAX)
        return give_up(d);
    d->retries++;
    send_command(d, q, now_ms);
    return KKT_PROGRESS_WAIT;
}

/* Destination, type and the step of the id are each register's own habit, which no answer depends on (§1). Two flipped
 * bits pass the checksum in 5 % of cases; when one of them is here, that shows. */
static bool is_unusual(struct atol5_dialogue *d, const struct atol5_header *header)
{
    bool again = d->last.id == ID_LAST && header->id == ID_FIRST;
    uint8_t step = again ? 1 : (uint8_t)(header->id - d->last.id);
    bool unusual = d->header_known && d->unusual_headers < UNUSUAL_HEADERS_MAX &&
                   (header->destination != d->last.destination || header->type != d->last.type ||
                    (d->steps >= STEPS_SURE && step != d->step));
    if (unusual) {
        d->unusual_headers++;
        d->header_known = false;
        d->steps = 0;
        return true;
    }
    bool same_step = d->header_known && step == d->step;
    d->steps = !same_step ? 0 : d->steps < STEPS_SURE ? (uint8_t)(d->steps + 1) : d->steps;
    d->step = step;
    d->last = *header;
    d->header_known = true;
    return false;
}

enum kkt_progress atol5_dialogue_frame(struct atol5_dialogue *d, struct kkt_queue *q, const struct atol5_header *header,
                                       const uint8_t *payload, size_t count, uint64_t now_ms)
{
    if (!d->active || d->to_ask || (header->type & ATOL5_TYPE_IGNORED))
        return KKT_PROGRESS_WAIT;
    if (header->source == ATOL5_CONTROL) {
        d->steps = 0; /* it has an id of its own */
        return handle_notice(d, q, now_ms);
    }
    if (header->source != d->channel)
        return KKT_PROGRESS_WAIT;
    if ((header->type & ATOL5_TYPE_ERROR) || (header->type != ATOL5_TYPE_DATA && header->type != 0) || count < 3)
        return atol5_dialogue_damaged(d, q, now_ms);
    if (!is_ours(d, payload[0]))
        return handle_earlier(d, q, now_ms);
    if (is_unusual(d, header))
        return atol5_dialogue_damaged(d, q, now_ms);
    d->active = false;
    d->answered |= (uint8_t)(1U << (d->channel & 7));
    d->wake_ms = UINT64_MAX;
    d->answer = payload + 1;
    d->answer_count = count - 1;
    return KKT_PROGRESS_ANSWER;
}

enum kkt_progress atol5_dialogue_tick(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (!d->active || now_ms < d->wake_ms)
        return KKT_PROGRESS_WAIT;
    if (d->to_ask) {
        d->retries++;
        send_command(d, q, now_ms);
        return KKT_PROGRESS_WAIT;
    }
    if (++d->timeouts > TIMEOUTS_MAX)
        return give_up(d);
    return try_again(d, q, now_ms);
}

void atol5_dialogue_reopened(struct atol5_dialogue *d, struct kkt_queue *q, uint64_t now_ms)
{
    if (d->active && !d->to_ask)
        (void)try_again(d, q, now_ms);
}
