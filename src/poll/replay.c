#include "poll/replay.h"

#include "base/text.h"
#include "kkt/session.h"
#include "poll/poll.h"
#include "poll/suspects.h"

#include <stdlib.h>
#include <string.h>

struct replay {
    const struct trace *trace;
    struct snapshot *out;
    struct poll_ask asked; /* wanted: with the sources of the derived metrics */
    struct kkt_ask ask;
    struct kkt_session *session;
    uint64_t now_ms;
    uint32_t requests, retries; /* of the attempts that are over */
    uint8_t pending[1024];      /* what the session has written and the record has not confirmed yet */
    size_t pending_count;
    bool talking, linked, done, driver;
};

static void suspects(struct snapshot *seen, struct metric_set *set, void *user)
{
    const struct replay *r = user;
    if (r->trace->again_known) {
        *set = r->trace->again;
        return;
    }
    int64_t unix_ms = r->trace->polled_ms + (int64_t)(r->now_ms - r->trace->clock_ms);
    suspects_at(seen, set, &r->asked, unix_ms / 1000, r->trace->built_s);
}

static bool differs(const struct trace_event *e, struct failure *f)
{
    return failure_explain(f, ERR_USAGE,
                           "line %u: the record does not go on as this program would; it is damaged or of another "
                           "version of zabbix-atol.",
                           "строка %u: запись продолжается не так, как работает эта программа; файл повреждён или "
                           "записан другой версией zabbix-atol.",
                           e->line);
}

static void drain(struct replay *r)
{
    size_t n;
    do {
        n = kkt_session_output(r->session, r->pending + r->pending_count, sizeof r->pending - r->pending_count);
        r->pending_count += n;
    } while (n > 0);
    if (!r->linked)
        r->pending_count = 0;
}

static void step(struct replay *r, enum kkt_next next)
{
    r->done = next == KKT_NEXT_DONE;
    drain(r);
}

static void begin_attempt(struct replay *r, const struct trace_event *e, enum trace_kind kind)
{
    r->requests += r->out->requests;
    r->retries += r->out->retries;
    snapshot_clear(r->out);
    r->driver = kind == TRACE_DRIVER;
    r->talking = r->linked = r->done = false;
    r->ask.deadline_ms = r->now_ms + e->number;
}

static void opened(struct replay *r)
{
    r->linked = true;
    if (r->talking) {
        step(r, kkt_session_link_opened(r->session, r->now_ms));
        return;
    }
    r->talking = true;
    kkt_session_start(r->session, &r->ask, r->out, r->now_ms);
    step(r, KKT_NEXT_WAIT);
}

static bool sent(struct replay *r, const struct trace_event *e, const uint8_t *bytes)
{
    if (e->count > r->pending_count || memcmp(r->pending, bytes, e->count) != 0)
        return false;
    r->pending_count -= e->count;
    memmove(r->pending, r->pending + e->count, r->pending_count);
    return true;
}

static bool replay_event(struct replay *r, const struct trace_event *e)
{
    const uint8_t *bytes = r->trace->bytes + e->first;
    bool first = e->kind == TRACE_ATTEMPT || e->kind == TRACE_DRIVER;
    r->now_ms = r->trace->clock_ms + e->at_ms;
    if (e->kind == TRACE_SENT)
        return r->talking && sent(r, e, bytes);
    if (r->pending_count > 0)
        return false;
    if (first) {
        begin_attempt(r, e, e->kind);
        return true;
    }
    if (e->kind == TRACE_CLOSED) {
        r->linked = false;
        return true;
    }
    if (r->driver || r->done || (e->kind != TRACE_OPENED && !r->talking) || (e->kind == TRACE_OPENED && r->linked) ||
        ((e->kind == TRACE_RECEIVED || e->kind == TRACE_LOST) && !r->linked))
        return false;
    if (e->kind == TRACE_OPENED)
        opened(r);
    else if (e->kind == TRACE_RECEIVED)
        step(r, kkt_session_input(r->session, bytes, e->count, r->now_ms));
    else if (e->kind == TRACE_TIMER)
        step(r, kkt_session_tick(r->session, r->now_ms));
    else
        step(r, kkt_session_link_lost(r->session, r->now_ms));
    return true;
}

static void complete(struct replay *r)
{
    const struct trace *t = r->trace;
    struct snapshot *s = r->out;
    const struct zone zone = {.offset_s = t->zone_offset_s};
    s->requests += r->requests;
    s->retries += r->retries;
    s->polled_ms = t->polled_ms;
    s->clock_read_ms = t->clock_read_ms;
    s->duration_ms = t->duration_ms;
    s->port_held_ms = t->held_ms;
    int64_t clock_ms = t->clock_read_ms ? t->clock_read_ms : t->polled_ms;
    const struct surroundings around = {.zone = &zone, .host_s = clock_ms / 1000, .built_s = t->built_s};
    metric_set_remove_all(&s->present, &t->masked);
    poll_complete(s, &t->wanted, &around);
}

/* The poll knows more of a failure than its session: why the link went down, that it is another register. */
static bool finish(struct replay *r, struct failure *failure)
{
    const struct trace *t = r->trace;
    struct snapshot *s = r->out;
    unsigned last = t->event_count ? t->events[t->event_count - 1].line : 0;
    bool read = poll_state_was_read(failure_state(&t->failure));
    if (read && r->driver)
        return failure_explain(
            failure, ERR_USAGE,
            "line %u: the register was read through the vendor's driver, whose dialogue is not recorded.",
            "строка %u: ККТ прочитана через драйвер производителя, его обмен не записывается.", last);
    complete(r);
    /* A value that the register wrote wrongly may look right when it is masked. */
    bool same = s->failure.code == t->failure.code ||
                (!metric_set_empty(&t->masked) && poll_state_was_read(failure_state(&s->failure)));
    if (r->pending_count > 0 || (read && (!r->done || !same)))
        return failure_explain(failure, ERR_USAGE, "line %u: the record ends before its poll does, or differently.",
                               "строка %u: запись кончается раньше опроса или иначе, чем он.", last);
    s->failure = t->failure;
    if (!read)
        snapshot_clear_values(s);
    return true;
}

static void prepare(struct replay *r)
{
    const struct trace *t = r->trace;
    r->asked.zone = (struct zone){.offset_s = t->zone_offset_s};
    r->asked.wanted = t->wanted;
    poll_wanted(&r->asked.wanted, t->expected_serial);
    r->ask =
        (struct kkt_ask){.wanted = r->asked.wanted, .protocol = t->protocol, .suspects = suspects, .suspects_user = r};
}

bool poll_replay(const struct trace *t, struct snapshot *out, struct failure *failure)
{
    struct replay *r = calloc(1, sizeof *r);
    struct kkt_session *session = malloc(kkt_session_size());
    bool good = r && session;
    snapshot_clear(out);
    if (!good)
        (void)failure_explain(failure, ERR_NO_MEMORY, "a replay", "воспроизведение записи");
    else {
        r->trace = t;
        r->out = out;
        r->session = session;
        prepare(r);
    }
    for (unsigned i = 0; good && i < t->event_count; i++)
        good = replay_event(r, &t->events[i]) || differs(&t->events[i], failure);
    good = good && finish(r, failure);
    free(session);
    free(r);
    return good;
}
