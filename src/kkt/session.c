#include "kkt/session.h"

#include "kkt/dialogue.h"
#include "kkt/language.h"

#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_REPLY_TIMEOUT_MS = 1500,
    PROBE_WAIT_MS = 1000,
    RECONNECTS_MAX = 2,
    SILENT_REQUESTS_MAX = 3, /* in a row: then the register is gone, or this channel of it, not one request */
    PENDING_REQUESTS_MAX = 2,
    CLOSINGS_MAX = 2,        /* over one request: then it costs its own values */
    CLOSED_REQUESTS_MAX = 3, /* in a row: then the line is gone, not one request */
    LINKS_MAX = 8,           /* closed in one poll after its first answer */
    BUSY_PAUSE_MS = 500,
    BUSY_TRIES_MAX = 3,        /* of one request */
    BUSY_REQUESTS_MAX = 3,     /* in a row, before any answer: then the register refuses to begin */
    BUSY_PATIENT_REQUESTS = 2, /* in a row: the next ones are tried once only */
    FIRST_BYTES_MAX = 8,
};

enum phase { PHASE_PROBING, PHASE_READING, PHASE_DONE };

struct kkt_session {
    struct kkt_ask ask;
    struct snapshot *out;
    enum phase phase;
    bool down;    /* between RECONNECT and link_opened */
    bool damaged; /* damaged frames came while probing */
    uint8_t reconnects, probes, silent_requests;
    uint8_t busy_tries, busy_requests;
    uint8_t closings, closed_requests, closed_links;
    bool closed_again;                        /* the current request is given up as soon as the link is up */
    uint8_t answered_channel, silent_channel; /* platform 5 */
    uint8_t first_bytes[FIRST_BYTES_MAX];     /* that came while probing */
    uint8_t first_count;
    uint32_t answers;
    uint64_t probe_wake_ms;
    struct kkt_dialogue dialogue;
    struct kkt_plan plan;
};

size_t kkt_session_size(void)
{
    return sizeof(struct kkt_session);
}

/* The end of a poll: what is in the snapshot is what there is. */
static enum kkt_next done(struct kkt_session *s)
{
    if (s->phase == PHASE_READING && !s->down)
        kkt_dialogue_finish(&s->dialogue);
    s->out->retries += kkt_dialogue_retries(&s->dialogue);
    s->phase = PHASE_DONE;
    return KKT_NEXT_DONE;
}

/* The end of a failed poll: the failure is set, and there are no values. */
static enum kkt_next failed(struct kkt_session *s)
{
    snapshot_clear_values(s->out);
    return done(s);
}

/* The plan is over: with values, or with a failure that speaks for the whole register. */
static enum kkt_next finished(struct kkt_session *s)
{
    return poll_state_was_read(failure_state(&s->out->failure)) ? done(s) : failed(s);
}

/* Code and name of the request that is asked now. */
static const struct kkt_request *current(struct kkt_session *s)
{
    static const struct kkt_request none = {.name = "-", .code_length = 1};
    const struct kkt_request *r = kkt_plan_current(&s->plan);
    return r ? r : &none;
}

/* The failure speaks for the whole register: "A5: no answer". */
static enum kkt_next fail_at_request(struct kkt_session *s, enum error_code code, struct kkt_words why)
{
    const struct kkt_request *r = current(s);
    failure_explain(&s->out->failure, code, "%.*s: %s%.0s", "%.*s: %.0s%s", r->code_length, r->name, why.en, why.ru);
    return failed(s);
}

/* Sends the next request that can be sent. */
static enum kkt_next ask_next(struct kkt_session *s, uint64_t now_ms)
{
    static const struct kkt_words silent = {"not asked, for its channel is silent", "не запрошено: канал молчит"};
    const struct kkt_request *r;
    s->busy_tries = 0;
    s->closings = 0;
    while ((r = kkt_plan_current(&s->plan)) != NULL ||
           (kkt_plan_confirm(&s->plan) && (r = kkt_plan_current(&s->plan)) != NULL)) {
        if (r->channel && r->channel == s->silent_channel) {
            kkt_plan_give_up(&s->plan, silent);
            continue;
        }
        uint8_t command[KKT_COMMAND_MAX];
        size_t n = s->plan.language->command(&s->plan, r, command);
        if (n == 0) {
            kkt_plan_skip(&s->plan);
            continue;
        }
        kkt_dialogue_ask(&s->dialogue, r->channel, command, n, KKT_MAY_REPEAT, now_ms);
        if (s->silent_requests > 0)
            kkt_dialogue_hurry(&s->dialogue);
        s->out->requests++;
        return KKT_NEXT_WAIT;
    }
    kkt_plan_finish(&s->plan);
    return finished(s);
}

static enum kkt_next begin(struct kkt_session *s, enum kkt_protocol protocol, uint64_t now_ms)
{
    s->phase = PHASE_READING;
    s->out->protocol = protocol;
    kkt_plan_start(&s->plan, kkt_language(protocol), &s->ask, s->out);
    kkt_dialogue_start(&s->dialogue, protocol, s->ask.password, s->ask.reply_timeout_ms, now_ms);
    return ask_next(s, now_ms);
}

static void send_probe(struct kkt_session *s, uint64_t now_ms)
{
    const struct kkt_probe *probe = &kkt_probes[s->probes++];
    (void)kkt_queue_put(&s->dialogue.queue, probe->bytes, probe->count);
    s->probe_wake_ms = now_ms + PROBE_WAIT_MS;
}

void kkt_session_start(struct kkt_session *s, const struct kkt_ask *ask, struct snapshot *out, uint64_t now_ms)
{
    memset(s, 0, sizeof *s);
    s->ask = *ask;
    s->out = out;
    if (s->ask.reply_timeout_ms == 0)
        s->ask.reply_timeout_ms = DEFAULT_REPLY_TIMEOUT_MS;
    if (ask->protocol == KKT_PROTOCOL_UNKNOWN)
        send_probe(s, now_ms);
    else
        (void)begin(s, ask->protocol, now_ms);
}

static enum kkt_next probe_failed(struct kkt_session *s)
{
    char bytes[3 * FIRST_BYTES_MAX + 8] = "";
    for (unsigned i = 0; i < s->first_count; i++)
        (void)snprintf(bytes + 3 * i, sizeof bytes - 3 * i, i + 1U < s->first_count ? "%02X " : "%02X",
                       s->first_bytes[i]);
    if (s->first_count == 0)
        failure_explain(&s->out->failure, ERR_NO_ANSWER, "no answer to the probe", "нет ответа на пробный запрос");
    else
        failure_explain(&s->out->failure, s->damaged ? ERR_LINE_NOISE : ERR_NOT_A_KKT, "it answers the probe with %s%s",
                        "на пробный запрос отвечает %s%s", bytes, s->first_count == FIRST_BYTES_MAX ? " …" : "");
    return failed(s);
}

/* What ends a whole poll at once, whatever was asked. */
static enum kkt_next abort_poll(struct kkt_session *s, enum kkt_progress progress)
{
    if (progress == KKT_PROGRESS_TELNET)
        failure_explain(&s->out->failure, ERR_TELNET, "it sends telnet commands (FF)",
                        "он передаёт команды telnet (FF)");
    else if (progress == KKT_PROGRESS_FOREIGN && s->answers == 0 && kkt_detector_has_own_probe(&s->dialogue.detector))
        failure_explain(&s->out->failure, ERR_NOT_A_KKT, "it sends back what is sent to it",
                        "возвращается то, что отправлено");
    else if (progress == KKT_PROGRESS_FOREIGN)
        failure_explain(&s->out->failure, ERR_BAD_ANSWER, "%.*s: an answer in another protocol than %d",
                        "%.*s: ответ по другому протоколу, не %d", current(s)->code_length, current(s)->name,
                        (int)s->out->protocol);
    else
        failure_explain(&s->out->failure, ERR_FLOOD, "%u bytes, %u frames, %u of them damaged",
                        "%u байт, кадров: %u, из них повреждённых: %u", s->dialogue.bytes,
                        s->dialogue.frames + s->dialogue.damaged, s->dialogue.damaged);
    return failed(s);
}

static const struct kkt_words busy_words = {"busy", "занята"};

/* Why one request got no whole answer in spite of all repeats. */
static const struct given_up {
    enum error_code failure;
    struct kkt_words why;
    bool holds; /* what holds up this request holds up all others */
} given_up_rows[] = {
    [KKT_PROGRESS_SILENT] = {ERR_NO_ANSWER,  {"no answer", "нет ответа"},                                                                 false},
    [KKT_PROGRESS_DAMAGED] = {ERR_LINE_NOISE, {"damaged answers", "ответы повреждены"},                                             false},
    [KKT_PROGRESS_REFUSED] = {ERR_BAD_ANSWER,
                             {"its task buffer does not accept it", "буфер заданий его не принимает"},
                             false                                                                                                                      },
    [KKT_PROGRESS_PENDING] = {ERR_KKT_BUSY,   {"still in progress", "всё ещё выполняется"},                                        false},
    [KKT_PROGRESS_FULL] = {ERR_KKT_BUSY,
                             {"its task buffer is full of another program's tasks",
                            "буфер заданий заполнен заданиями другой программы"},
                             true                                                                                                                       },
    [KKT_PROGRESS_STOPPED] = {ERR_KKT_BUSY,
                             {"its task buffer is stopped by an error of another program's task",
                               "буфер заданий остановлен ошибкой в задании другой программы"},
                             true                                                                                                                       },
};

/* Nothing comes over the channel of the current request, and the last answer came over another: that one goes on. */
static bool leave_channel(struct kkt_session *s)
{
    uint8_t channel = current(s)->channel;
    if (channel == s->answered_channel || s->silent_channel)
        return false;
    s->silent_channel = channel;
    s->silent_requests--;
    return true;
}

/* What was answered is kept, whatever is silent behind it. */
static enum kkt_next given_up(struct kkt_session *s, enum kkt_progress progress, uint64_t now_ms)
{
    const struct given_up *row = &given_up_rows[progress];
    uint8_t most = row->failure == ERR_KKT_BUSY ? PENDING_REQUESTS_MAX : SILENT_REQUESTS_MAX;
    if (s->answers == 0)
        return fail_at_request(s, row->failure, row->why);
    if (row->holds || (++s->silent_requests >= most && !leave_channel(s))) {
        kkt_plan_cut(&s->plan, ERR_PARTIAL, row->why);
        return finished(s);
    }
    kkt_plan_give_up(&s->plan, row->why);
    return ask_next(s, now_ms);
}

/* "Busy" to one request: again after a pause, but not for long, and not for every one of them. */
static enum kkt_next handle_busy(struct kkt_session *s, uint64_t now_ms)
{
    uint8_t tries = s->answers > 0 && s->busy_requests >= BUSY_PATIENT_REQUESTS ? 1 : BUSY_TRIES_MAX;
    if (++s->busy_tries < tries) {
        kkt_dialogue_repeat(&s->dialogue, BUSY_PAUSE_MS, now_ms);
        return KKT_NEXT_WAIT;
    }
    if (++s->busy_requests >= BUSY_REQUESTS_MAX && s->answers == 0)
        return fail_at_request(s, ERR_KKT_BUSY, busy_words);
    kkt_plan_give_up(&s->plan, busy_words);
    return ask_next(s, now_ms);
}

static enum kkt_next answered(struct kkt_session *s, uint64_t now_ms)
{
    size_t count;
    bool error;
    const uint8_t *answer = kkt_dialogue_answer(&s->dialogue, &count, &error);
    s->silent_requests = 0;
    s->closed_requests = 0;
    s->answered_channel = current(s)->channel;
    switch (kkt_plan_handle_answer(&s->plan, current(s), answer, count, error)) {
    case KKT_BUSY:
        return handle_busy(s, now_ms);
    case KKT_REFUSING:
        return failed(s);
    case KKT_MORE:
        s->plan.block++;
        break;
    case KKT_REASON:
        break;
    case KKT_DECODED:
        kkt_plan_next(&s->plan);
        break;
    }
    s->busy_requests = 0;
    s->plan.begun = true;
    s->answers++;
    return ask_next(s, now_ms);
}

static enum kkt_next progress(struct kkt_session *s, enum kkt_progress progress, uint64_t now_ms)
{
    switch (progress) {
    case KKT_PROGRESS_WAIT:
        return KKT_NEXT_WAIT;
    case KKT_PROGRESS_ANSWER:
        return answered(s, now_ms);
    case KKT_PROGRESS_FOREIGN:
    case KKT_PROGRESS_FLOOD:
    case KKT_PROGRESS_TELNET:
        return abort_poll(s, progress);
    case KKT_PROGRESS_SILENT:
    case KKT_PROGRESS_DAMAGED:
    case KKT_PROGRESS_REFUSED:
    case KKT_PROGRESS_PENDING:
    case KKT_PROGRESS_FULL:
    case KKT_PROGRESS_STOPPED:
        break;
    }
    return given_up(s, progress, now_ms);
}

static enum kkt_next probed(struct kkt_session *s, uint8_t byte, uint64_t now_ms)
{
    enum kkt_protocol found = KKT_PROTOCOL_UNKNOWN;
    if (s->first_count < FIRST_BYTES_MAX)
        s->first_bytes[s->first_count++] = byte;
    switch (kkt_dialogue_probe(&s->dialogue, byte, &found)) {
    case KKT_PROGRESS_ANSWER:
        return begin(s, found, now_ms);
    case KKT_PROGRESS_TELNET:
        return abort_poll(s, KKT_PROGRESS_TELNET);
    case KKT_PROGRESS_FLOOD:
        return probe_failed(s);
    case KKT_PROGRESS_DAMAGED:
        s->damaged = true;
        break;
    default:
        break;
    }
    return KKT_NEXT_WAIT;
}

/* The time of the whole poll is over. */
static enum kkt_next out_of_time(struct kkt_session *s)
{
    if (s->phase == PHASE_PROBING)
        return probe_failed(s);
    enum kkt_progress held = kkt_dialogue_held_by(&s->dialogue);
    const struct given_up *row = &given_up_rows[held == KKT_PROGRESS_WAIT ? KKT_PROGRESS_SILENT : held];
    struct kkt_words why = s->busy_tries > 0 ? busy_words : row->why;
    if (s->answers == 0)
        return fail_at_request(s, s->busy_tries > 0 ? ERR_KKT_BUSY : row->failure, why);
    kkt_plan_cut(&s->plan, ERR_TOO_LITTLE_TIME, why);
    return finished(s);
}

/* Bytes first: an answer that came in time must not be taken for silence because the caller was slow. */
enum kkt_next kkt_session_input(struct kkt_session *s, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    enum kkt_next next = s->phase == PHASE_DONE ? KKT_NEXT_DONE : KKT_NEXT_WAIT;
    for (size_t i = 0; i < count && next == KKT_NEXT_WAIT; i++)
        next = s->phase == PHASE_PROBING ? probed(s, bytes[i], now_ms)
                                         : progress(s, kkt_dialogue_push(&s->dialogue, bytes[i], now_ms), now_ms);
    return next == KKT_NEXT_WAIT ? kkt_session_tick(s, now_ms) : next;
}

static enum kkt_next tick_probe(struct kkt_session *s, uint64_t now_ms)
{
    if (now_ms < s->probe_wake_ms)
        return KKT_NEXT_WAIT;
    if (s->probes >= KKT_PROBES)
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
    return progress(s, kkt_dialogue_tick(&s->dialogue, now_ms), now_ms);
}

/* What came while probing begins as no frame of a register does. */
static bool is_a_strangers(const struct kkt_session *s)
{
    return s->first_count > 0 && !kkt_begins_frame(s->first_bytes[0]);
}

static const struct kkt_words closed_words = {"the register closes the connection", "ККТ закрывает соединение"};

static enum kkt_next fail_closed(struct kkt_session *s)
{
    failure_explain(&s->out->failure, ERR_CONNECTION_LOST, "closed by the register at %.*s",
                    "ККТ закрыла соединение на запросе %.*s", current(s)->code_length, current(s)->name);
    return failed(s);
}

/* The register closed the link over a request, which is asked again over a new one; at the second time it costs its own
 * values. Links over which nothing comes any more are none; one link for each answer would be too many. */
static enum kkt_next handle_closed(struct kkt_session *s)
{
    s->reconnects = 1;
    s->closed_again = ++s->closings >= CLOSINGS_MAX;
    if (s->closed_again && ++s->closed_requests >= CLOSED_REQUESTS_MAX)
        return fail_closed(s);
    if (++s->closed_links < LINKS_MAX)
        return KKT_NEXT_RECONNECT;
    kkt_plan_cut(&s->plan, ERR_PARTIAL, closed_words);
    return finished(s);
}

enum kkt_next kkt_session_link_lost(struct kkt_session *s, uint64_t now_ms)
{
    if (s->phase == PHASE_DONE)
        return KKT_NEXT_DONE;
    bool was_up = !s->down;
    s->dialogue.queue.count = 0;
    s->down = true;
    if (now_ms >= s->ask.deadline_ms)
        return out_of_time(s);
    if (was_up && s->answers > 0)
        return handle_closed(s);
    if (s->reconnects++ < RECONNECTS_MAX)
        return KKT_NEXT_RECONNECT;
    if (s->phase == PHASE_PROBING && is_a_strangers(s))
        return probe_failed(s);
    if (s->phase != PHASE_PROBING)
        return fail_closed(s);
    failure_explain(&s->out->failure, ERR_CONNECTION_LOST, "closed by the register before it answered the probe",
                    "ККТ закрыла соединение, не ответив на пробный запрос");
    return failed(s);
}

enum kkt_next kkt_session_link_opened(struct kkt_session *s, uint64_t now_ms)
{
    if (s->phase == PHASE_DONE)
        return KKT_NEXT_DONE;
    if (now_ms >= s->ask.deadline_ms)
        return out_of_time(s);
    s->down = false;
    if (s->closed_again)
        kkt_dialogue_abandon(&s->dialogue);
    kkt_dialogue_reopened(&s->dialogue, now_ms);
    if (s->closed_again) {
        s->closed_again = false;
        kkt_plan_give_up(&s->plan, closed_words);
        return ask_next(s, now_ms);
    }
    if (s->phase == PHASE_PROBING) {
        s->out->retries++;
        s->probes = 0;
        send_probe(s, now_ms);
    }
    return KKT_NEXT_WAIT;
}

size_t kkt_session_output(struct kkt_session *s, uint8_t *buf, size_t cap)
{
    return kkt_queue_pop(&s->dialogue.queue, buf, cap);
}

uint64_t kkt_session_wake_at(const struct kkt_session *s)
{
    if (s->phase == PHASE_DONE)
        return 0;
    uint64_t wake = s->phase == PHASE_PROBING ? s->probe_wake_ms : kkt_dialogue_wake_at(&s->dialogue);
    return s->down || s->ask.deadline_ms < wake ? s->ask.deadline_ms : wake;
}
