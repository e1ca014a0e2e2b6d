#include "kkt/session.h"

#include "kkt/atol3/task.h"
#include "kkt/atol5/task.h"
#include "kkt/plan.h"
#include "kkt/probe.h"

#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_SILENCE_MS = 1500,
    PROBE_WAIT_MS = 1000,
    PROBES_MAX = 2,
    BUSY_PAUSE_MS = 500,
    RECONNECTS_MAX = 2,
    SILENT_REQUESTS_MAX = 2, /* in a row: then the register is gone, not one request */
    STRANGE_MAX = 8,
};

enum phase { PHASE_PROBING, PHASE_READING, PHASE_DONE };

struct kkt_session {
    struct kkt_ask ask;
    struct snapshot *out;
    enum phase phase;
    bool down;    /* between RECONNECT and link_opened */
    bool busy;    /* the last answer was "busy" */
    bool damaged; /* damaged frames came while probing */
    uint8_t reconnects, probes, silent_requests;
    uint8_t strange[STRANGE_MAX]; /* first bytes that came while probing */
    uint8_t strange_count;
    uint32_t answers;
    uint64_t probe_wake_ms;
    struct kkt_queue queue;
    struct kkt_frame_detector detector;
    struct kkt_plan plan;
    struct atol3_dialogue three;
    struct atol5_dialogue five;
};

size_t kkt_session_size(void)
{
    return sizeof(struct kkt_session);
}

static bool speaks_3(const struct kkt_session *s)
{
    return s->out->protocol == KKT_PROTOCOL_3;
}

/* The end of a poll: what is in the snapshot is what there is. */
static enum kkt_next done(struct kkt_session *s)
{
    if (s->phase == PHASE_READING && speaks_3(s) && !s->down) {
        if (s->three.active)
            atol3_dialogue_abort(&s->three, &s->queue);
        else
            atol3_dialogue_finish(&s->three, &s->queue);
    }
    s->out->retries += s->three.retries + s->five.retries;
    s->phase = PHASE_DONE;
    return KKT_NEXT_DONE;
}

/* The end of a failed poll: the failure is set, and there are no values. */
static enum kkt_next failed(struct kkt_session *s)
{
    snapshot_clear_values(s->out);
    return done(s);
}

/* The plan is settled: with values, or with a failure that speaks for the whole register. */
static enum kkt_next settled(struct kkt_session *s)
{
    return poll_state_was_read(failure_state(&s->out->failure)) ? done(s) : failed(s);
}

static enum kkt_next finish(struct kkt_session *s)
{
    kkt_plan_finish(&s->plan);
    return settled(s);
}

/* Sends the next request that can be sent. */
static enum kkt_next ask_next(struct kkt_session *s, uint64_t now_ms)
{
    const struct kkt_request *r;
    while ((r = kkt_plan_current(&s->plan)) != NULL) {
        if (speaks_3(s)) {
            uint8_t command[ATOL3_COMMAND_MAX];
            size_t n = atol3_command(r, s->plan.block, command);
            atol3_dialogue_ask(&s->three, &s->queue, command, n, now_ms);
        } else {
            uint8_t command[ATOL5_COMMAND_MAX];
            size_t n = atol5_command(r, s->out, command);
            if (n == 0) {
                kkt_plan_give_up(&s->plan, "not asked");
                continue;
            }
            atol5_dialogue_ask(&s->five, &s->queue, r->channel, command, n, now_ms);
        }
        s->out->requests++;
        return KKT_NEXT_WAIT;
    }
    return finish(s);
}

static enum kkt_next begin(struct kkt_session *s, enum kkt_protocol protocol, uint64_t now_ms)
{
    s->phase = PHASE_READING;
    s->out->protocol = protocol;
    kkt_plan_start(&s->plan, protocol, &s->ask.wanted, s->out);
    atol3_dialogue_start(&s->three, s->ask.password, s->ask.reply_timeout_ms, now_ms);
    atol5_dialogue_start(&s->five, s->ask.reply_timeout_ms, now_ms);
    /* The probe has emptied the task buffer already. */
    if (speaks_3(s) && s->probes == 0)
        atol3_dialogue_abort(&s->three, &s->queue);
    return ask_next(s, now_ms);
}

static void send_probe(struct kkt_session *s, uint64_t now_ms)
{
    (void)kkt_queue_put(&s->queue, kkt_probe, kkt_probe_count);
    s->probe_wake_ms = now_ms + PROBE_WAIT_MS;
    s->probes++;
}

void kkt_session_start(struct kkt_session *s, const struct kkt_ask *ask, struct snapshot *out, uint64_t now_ms)
{
    memset(s, 0, sizeof *s);
    s->ask = *ask;
    s->out = out;
    if (s->ask.reply_timeout_ms == 0)
        s->ask.reply_timeout_ms = DEFAULT_SILENCE_MS;
    if (ask->protocol == KKT_PROTOCOL_UNKNOWN)
        send_probe(s, now_ms);
    else
        (void)begin(s, ask->protocol, now_ms);
}

static enum kkt_next probe_failed(struct kkt_session *s)
{
    char bytes[3 * STRANGE_MAX + 1] = "";
    for (unsigned i = 0; i < s->strange_count; i++)
        (void)snprintf(bytes + 3 * i, sizeof bytes - 3 * i, "%02X ", s->strange[i]);
    if (s->strange_count == 0)
        failure_set(&s->out->failure, ERR_NO_ANSWER, "no answer to the probe");
    else
        failure_set(&s->out->failure, s->damaged ? ERR_LINE_NOISE : ERR_NOT_A_KKT, "to the probe it answers %s%s",
                    bytes, s->strange_count == STRANGE_MAX ? "…" : "");
    return failed(s);
}

/* Code and name of the request that is asked now. */
static const struct kkt_request *current(struct kkt_session *s)
{
    static const struct kkt_request none = {.name = "-", .code_length = 1};
    const struct kkt_request *r = kkt_plan_current(&s->plan);
    return r ? r : &none;
}

/* One request got no whole answer in spite of all repeats. */
static enum kkt_next given_up(struct kkt_session *s, enum kkt_progress progress, uint64_t now_ms)
{
    static const struct {
        enum kkt_progress progress;
        enum error_code failure;
        const char *reason;
    } rows[] = {
        {KKT_PROGRESS_SILENT,  ERR_NO_ANSWER,  "no answer"                       },
        {KKT_PROGRESS_DAMAGED, ERR_LINE_NOISE, "damaged answers"                 },
        {KKT_PROGRESS_REFUSED, ERR_BAD_ANSWER, "its task buffer does not take it"},
    };
    unsigned row = 0;
    while (rows[row].progress != progress)
        row++;
    const struct kkt_request *r = current(s);
    if (s->answers == 0 || ++s->silent_requests >= SILENT_REQUESTS_MAX) {
        failure_set(&s->out->failure, rows[row].failure, "%.*s: %s", r->code_length, r->name, rows[row].reason);
        return failed(s);
    }
    kkt_plan_give_up(&s->plan, rows[row].reason);
    return ask_next(s, now_ms);
}

static enum kkt_next answered(struct kkt_session *s, uint64_t now_ms)
{
    const struct kkt_request *r = current(s);
    const uint8_t *answer = speaks_3(s) ? s->three.answer : s->five.answer;
    size_t count = speaks_3(s) ? s->three.answer_count : s->five.answer_count;
    bool error = speaks_3(s) && s->three.answer_error;
    enum kkt_verdict verdict = s->plan.language->decode(&s->plan, r, answer, count, error);
    s->silent_requests = 0;
    s->busy = verdict == KKT_BUSY;
    switch (verdict) {
    case KKT_BUSY:
        if (speaks_3(s))
            atol3_dialogue_repeat(&s->three, BUSY_PAUSE_MS, now_ms);
        else
            atol5_dialogue_repeat(&s->five, BUSY_PAUSE_MS, now_ms);
        return KKT_NEXT_WAIT;
    case KKT_REFUSING:
        return failed(s);
    case KKT_MORE:
        s->plan.block++;
        break;
    case KKT_DECODED:
        kkt_plan_next(&s->plan);
        break;
    }
    s->answers++;
    return ask_next(s, now_ms);
}

static enum kkt_next progress(struct kkt_session *s, enum kkt_progress progress, uint64_t now_ms)
{
    switch (progress) {
    case KKT_PROGRESS_ANSWER:
        return answered(s, now_ms);
    case KKT_PROGRESS_SILENT:
    case KKT_PROGRESS_DAMAGED:
    case KKT_PROGRESS_REFUSED:
        return given_up(s, progress, now_ms);
    case KKT_PROGRESS_WAIT:
        break;
    }
    return KKT_NEXT_WAIT;
}

static enum kkt_next detected_while_probing(struct kkt_session *s, enum kkt_detected detected, uint8_t byte,
                                            uint64_t now_ms)
{
    if (s->strange_count < STRANGE_MAX)
        s->strange[s->strange_count++] = byte;
    if (detected == KKT_DETECTED_FRAME_3)
        return begin(s, KKT_PROTOCOL_3, now_ms);
    if (detected == KKT_DETECTED_FRAME_5)
        return begin(s, KKT_PROTOCOL_5, now_ms);
    s->damaged |= detected == KKT_DETECTED_DAMAGED;
    return KKT_NEXT_WAIT;
}

/* A register does not change its protocol in the middle: what looks so must not become values. */
static enum kkt_next detected_other_protocol(struct kkt_session *s)
{
    const struct kkt_request *r = current(s);
    failure_set(&s->out->failure, ERR_BAD_ANSWER, "%.*s: an answer in another protocol than %d", r->code_length,
                r->name, (int)s->out->protocol);
    return failed(s);
}

static enum kkt_next detected_while_reading(struct kkt_session *s, enum kkt_detected detected, uint64_t now_ms)
{
    switch (detected) {
    case KKT_DETECTED_FRAME_3:
        if (!speaks_3(s))
            return detected_other_protocol(s);
        return progress(s,
                        atol3_dialogue_frame(&s->three, &s->queue, s->detector.three.id, s->detector.three.data,
                                             s->detector.three.count, now_ms),
                        now_ms);
    case KKT_DETECTED_FRAME_5:
        if (speaks_3(s))
            return detected_other_protocol(s);
        return progress(s,
                        atol5_dialogue_frame(&s->five, &s->queue, &s->detector.five.header, s->detector.five.payload,
                                             s->detector.five.count, now_ms),
                        now_ms);
    case KKT_DETECTED_DAMAGED:
        return progress(s,
                        speaks_3(s) ? atol3_dialogue_damaged(&s->three, &s->queue, now_ms)
                                    : atol5_dialogue_damaged(&s->five, &s->queue, now_ms),
                        now_ms);
    case KKT_DETECTED_NOTHING:
        break;
    }
    return KKT_NEXT_WAIT;
}

/* The time of the whole poll is over. */
static enum kkt_next out_of_time(struct kkt_session *s)
{
    if (s->phase == PHASE_PROBING)
        return probe_failed(s);
    const struct kkt_request *r = current(s);
    bool pending = speaks_3(s) && s->three.pending;
    if (s->busy || (s->answers == 0 && pending))
        failure_set(&s->out->failure, ERR_KKT_BUSY, "%.*s: it was busy until the time was over", r->code_length,
                    r->name);
    else if (s->answers == 0)
        failure_set(&s->out->failure, ERR_NO_ANSWER, "%.*s: no answer", r->code_length, r->name);
    if (s->out->failure.code != ERR_NONE)
        return failed(s);
    kkt_plan_cut(&s->plan);
    return settled(s);
}

/* Bytes first: an answer that came in time must not be taken for silence because the caller was slow. */
enum kkt_next kkt_session_input(struct kkt_session *s, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    enum kkt_next next = s->phase == PHASE_DONE ? KKT_NEXT_DONE : KKT_NEXT_WAIT;
    for (size_t i = 0; i < count && next == KKT_NEXT_WAIT; i++) {
        enum kkt_detected detected = kkt_detector_push(&s->detector, s->out->protocol, bytes[i]);
        next = s->phase == PHASE_PROBING ? detected_while_probing(s, detected, bytes[i], now_ms)
                                         : detected_while_reading(s, detected, now_ms);
    }
    return next == KKT_NEXT_WAIT ? kkt_session_tick(s, now_ms) : next;
}

static enum kkt_next tick_probe(struct kkt_session *s, uint64_t now_ms)
{
    if (now_ms < s->probe_wake_ms)
        return KKT_NEXT_WAIT;
    if (s->probes >= PROBES_MAX)
        return probe_failed(s);
    s->out->retries++;
    send_probe(s, now_ms);
    return KKT_NEXT_WAIT;
}

enum kkt_next kkt_session_tick(struct kkt_session *s, uint64_t now_ms)
{
    if (s->phase == PHASE_DONE)
        return KKT_NEXT_DONE;
    if (now_ms >= s->ask.deadline_ms)
        return out_of_time(s);
    if (s->down)
        return KKT_NEXT_WAIT;
    if (s->phase == PHASE_PROBING)
        return tick_probe(s, now_ms);
    return progress(s,
                    speaks_3(s) ? atol3_dialogue_tick(&s->three, &s->queue, now_ms)
                                : atol5_dialogue_tick(&s->five, &s->queue, now_ms),
                    now_ms);
}

enum kkt_next kkt_session_link_lost(struct kkt_session *s, uint64_t now_ms)
{
    if (s->phase == PHASE_DONE)
        return KKT_NEXT_DONE;
    s->queue.count = 0;
    s->down = true;
    kkt_detector_reset(&s->detector);
    if (now_ms >= s->ask.deadline_ms)
        return out_of_time(s);
    if (s->reconnects++ < RECONNECTS_MAX)
        return KKT_NEXT_RECONNECT;
    if (s->phase == PHASE_PROBING)
        failure_set(&s->out->failure, ERR_CONNECTION_LOST, "closed by the register before it answered the probe");
    else
        failure_set(&s->out->failure, ERR_CONNECTION_LOST, "closed by the register at %.*s", current(s)->code_length,
                    current(s)->name);
    return failed(s);
}

enum kkt_next kkt_session_link_opened(struct kkt_session *s, uint64_t now_ms)
{
    if (s->phase == PHASE_DONE)
        return KKT_NEXT_DONE;
    if (now_ms >= s->ask.deadline_ms)
        return out_of_time(s);
    s->down = false;
    if (s->phase == PHASE_PROBING) {
        s->out->retries++;
        send_probe(s, now_ms);
    } else if (speaks_3(s)) {
        atol3_dialogue_reopened(&s->three, &s->queue, now_ms);
    } else {
        atol5_dialogue_reopened(&s->five, &s->queue, now_ms);
    }
    return KKT_NEXT_WAIT;
}

size_t kkt_session_output(struct kkt_session *s, uint8_t *buf, size_t cap)
{
    return kkt_queue_pop(&s->queue, buf, cap);
}

uint64_t kkt_session_wake_at(const struct kkt_session *s)
{
    if (s->phase == PHASE_DONE)
        return 0;
    uint64_t wake = s->phase == PHASE_PROBING ? s->probe_wake_ms : speaks_3(s) ? s->three.wake_ms : s->five.wake_ms;
    return s->down || s->ask.deadline_ms < wake ? s->ask.deadline_ms : wake;
}
