#include "poll/poll.h"

#include "base/log.h"
#include "base/time/clock.h"
#include "driver/worker.h"
#include "metric/derived/derive.h"
#include "metric/derived/reconcile.h"
#include "poll/auto.h"
#include "poll/native.h"
#include "poll/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_TERM_S (5 * 366 * 86400)

struct poll {
    uv_loop_t *loop;
    struct poll_ask ask;     /* wanted: with the sources of the derived metrics */
    struct metric_set asked; /* what the caller wants to see */
    struct snapshot *out;
    poll_done *done;
    void *user;
    const struct connect **addresses; /* AUTO_MAX of AUTO, held; else NULL */
    unsigned count, index;
    struct failure best;                      /* AUTO: the most specific failure so far, */
    unsigned best_index;                      /* the address that it came from, */
    enum kkt_protocol best_protocol;          /* and what was spoken there */
    uint32_t port_held_ms, requests, retries; /* AUTO: of the attempts that are over */
    struct native *native;
    struct worker *worker;
    struct failure refusal; /* why it is not begun; ERR_NONE: it is */
    uv_timer_t refusing;
    uint64_t began_ns;
    int64_t began_ms;
    bool cancelled;
};

static uint32_t elapsed_ms(const struct poll *p)
{
    return (uint32_t)((uv_hrtime() - p->began_ns + 500000) / 1000000);
}

const struct connect *poll_connect(const struct poll *poll)
{
    return poll->addresses ? poll->addresses[poll->index] : poll->ask.connect;
}

static bool was_read(const struct snapshot *s)
{
    return poll_state_was_read(failure_state(&s->failure));
}

/* Values of an unknown register must not be reported as those of the expected one. */
static void check_serial(struct poll *p)
{
    struct snapshot *s = p->out;
    if (!p->ask.expected_serial[0] || !was_read(s))
        return;
    if (!snapshot_has(s, METRIC_device_serial))
        failure_explain(&s->failure, ERR_WRONG_KKT, "expected %s, but its serial number was not read",
                        "ожидалась %s, но заводской номер не прочитан", p->ask.expected_serial);
    else if (strcmp(snapshot_text(s, METRIC_device_serial), p->ask.expected_serial) != 0)
        failure_explain(&s->failure, ERR_WRONG_KKT, "expected %s, found %s", "ожидалась %s, найдена %s",
                        p->ask.expected_serial, snapshot_text(s, METRIC_device_serial));
}

/* No FN lasts longer than 1,110 days: such a date is unreadable, and would hide the end of the FN for ever. */
static void check_term_is_near(struct snapshot *s, const struct surroundings *around)
{
    if (!snapshot_has(s, METRIC_fn_valid_until))
        return;
    struct civil end = snapshot_civil(s, METRIC_fn_valid_until);
    if (zone_to_unix(around->zone, &end) <= now_of(s, around).unix_s + LONGEST_TERM_S)
        return;
    char english[96], russian[128];
    (void)snprintf(english, sizeof english, "fn.valid_until unreadable (%04d-%02d-%02d)", end.year, end.month, end.day);
    (void)snprintf(russian, sizeof russian, "fn.valid_until не разобрать (%04d-%02d-%02d)", end.year, end.month,
                   end.day);
    snapshot_remove(s, METRIC_fn_valid_until);
    if (s->failure.code == ERR_NONE)
        failure_explain(&s->failure, ERR_PARTIAL, "%s", "%s", "");
    else
        failure_append(&s->failure, "; ", "; ");
    failure_append(&s->failure, english, russian);
}

/* An FN in its fiscal phase has a term: a missing one must not look like a healthy register. */
static void check_term(struct snapshot *s)
{
    if (s->failure.code == ERR_NONE && reconcile_is_term_unknown(s))
        failure_set(&s->failure, ERR_FN_TERM_UNKNOWN, "%s",
                    snapshot_has(s, METRIC_fn_serial) ? snapshot_text(s, METRIC_fn_serial) : "?");
}

void poll_complete(struct snapshot *s, const struct metric_set *asked, const struct surroundings *around)
{
    if (was_read(s)) {
        check_term_is_near(s, around);
        derive_check_resource(s, around);
        derive_metrics(s, asked, around);
        check_term(s);
        metric_set_keep_only(&s->present, asked);
    } else {
        snapshot_clear_values(s);
    }
    metric_set_keep_only(&s->unsupported, asked);
    metric_set_keep_only(&s->undated, asked);
}

void poll_wanted(struct metric_set *asked, const char *expected_serial)
{
    derive_add_sources(asked);
    if (expected_serial[0])
        metric_set_add(asked, METRIC_device_serial);
}

static void destroy(struct poll *p)
{
    for (unsigned i = 0; p->addresses && i < p->count; i++)
        connect_release(p->addresses[i]);
    connect_release(p->ask.connect);
    free(p->addresses);
    free(p);
}

static void finish(struct poll *p)
{
    struct snapshot *s = p->out;
    s->polled_ms = p->began_ms;
    s->duration_ms = elapsed_ms(p);
    s->port_held_ms += p->port_held_ms;
    s->requests += p->requests;
    s->retries += p->retries;
    int64_t clock_ms = s->clock_read_ms ? s->clock_read_ms : p->began_ms;
    static struct snapshot last;
    struct surroundings around = poll_surroundings(&p->ask, clock_ms / 1000, clock_built_s());
    if (was_read(s) && p->ask.last && p->ask.last(&last, p->ask.last_user))
        around.last = &last;
    poll_complete(s, &p->asked, &around);
    if (p->ask.drawer_inverted && snapshot_has(s, METRIC_printer_drawer_opened))
        snapshot_set_bool(s, METRIC_printer_drawer_opened, snapshot_int(s, METRIC_printer_drawer_opened) == 0);
    p->done(s, p->user);
    destroy(p);
}

static bool start_attempt(struct poll *p);

/* AUTO goes on to the next address after a failure. Returns true when an attempt runs. */
static bool try_next(struct poll *p)
{
    struct failure failed = p->out->failure;
    if (p->index == 0 || auto_failure_is_more_specific(failed.code, p->best.code)) {
        p->best = failed;
        p->best_index = p->index;
        p->best_protocol = p->out->protocol;
    }
    log_info("auto: %s: %s", "auto: %s: %s", poll_connect(p)->text, error_name(failed.code));
    unsigned next = p->index + 1;
    while (next < p->count && auto_skip(poll_connect(p), p->addresses[next], failed.code))
        next++;
    bool driver_next = next < p->count && p->addresses[next]->way == CONNECT_DRIVER;
    if (p->cancelled || next >= p->count || elapsed_ms(p) >= p->ask.timeout_ms ||
        (driver_next && !auto_driver_may_help(p->best.code)))
        return false;
    p->index = next;
    p->port_held_ms += p->out->port_held_ms;
    p->requests += p->out->requests;
    p->retries += p->out->retries;
    snapshot_clear(p->out);
    return start_attempt(p);
}

/* What was asked, and a driver that is not installed was not. */
static void name_asked(struct poll *p, bool no_driver)
{
    char list[200] = "";
    size_t used = 0;
    for (unsigned i = 0; i <= p->index; i++) {
        if (no_driver && p->addresses[i]->way == CONNECT_DRIVER)
            continue;
        int n = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", p->addresses[i]->text);
        if (n > 0 && (size_t)n < sizeof list - used)
            used += (size_t)n;
    }
    if (used == 0)
        failure_explain(&p->out->failure, ERR_NO_KKT_FOUND,
                        "no exchange port of ATOL (2912:0005) here; the vendor's driver is not installed",
                        "здесь нет порта обмена АТОЛ (2912:0005); драйвер АТОЛ не установлен");
    else if (no_driver)
        failure_explain(&p->out->failure, ERR_NO_KKT_FOUND, "asked %s; the vendor's driver is not installed",
                        "опрошены %s; драйвер АТОЛ не установлен", list);
    else
        failure_explain(&p->out->failure, ERR_NO_KKT_FOUND, "asked %s", "опрошены %s", list);
}

/* Nothing was found. `auto` alone names no port, so its sentence names those that were asked. */
static void report_nothing_found(struct poll *p)
{
    bool no_driver = p->out->failure.code == ERR_DRIVER_MISSING;
    p->out->failure = p->best;
    p->out->protocol = p->best_protocol;
    bool bare = !connect_host(p->ask.connect)[0] && !connect_device(p->ask.connect)[0];
    if (bare && !auto_failure_is_more_specific(p->best.code, ERR_NO_ANSWER))
        name_asked(p, no_driver);
    p->index = p->best_index;
}

static void on_attempt(struct snapshot *out, void *user)
{
    struct poll *p = user;
    p->native = NULL;
    p->worker = NULL;
    check_serial(p);
    if (p->addresses && !was_read(out)) {
        if (try_next(p))
            return;
        report_nothing_found(p);
    }
    finish(p);
}

/* What is left of the time is shared evenly among the addresses that are left. */
static uint32_t share_ms(const struct poll *p)
{
    uint32_t gone = elapsed_ms(p);
    uint32_t left = gone < p->ask.timeout_ms ? p->ask.timeout_ms - gone : 0;
    return left / (p->count - p->index);
}

void poll_worker_ask(const struct poll_ask *ask, const struct connect *connect, uint32_t timeout_ms,
                     struct worker_ask *to)
{
    to->connect = connect;
    to->wanted = ask->wanted;
    memcpy(to->password, ask->password, sizeof to->password);
    to->timeout_ms = timeout_ms;
}

static bool start_attempt(struct poll *p)
{
    const struct connect *c = poll_connect(p);
    uint32_t timeout_ms = share_ms(p);
    if (c->way == CONNECT_DRIVER) {
        struct worker_ask ask;
        poll_worker_ask(&p->ask, c, timeout_ms, &ask);
        (void)trace_add(p->ask.trace, TRACE_DRIVER, uv_now(p->loop), 0, c->text, strlen(c->text));
        p->worker = worker_start(p->loop, &ask, p->out, on_attempt, p);
    } else {
        p->native = native_start(p->loop, c, &p->ask, timeout_ms, p->out, on_attempt, p);
    }
    if (!p->worker && !p->native)
        failure_explain(&p->out->failure, ERR_NO_MEMORY, "a poll of %s", "опрос %s", c->text);
    return p->worker || p->native;
}

static bool prepare(struct poll *p)
{
    p->asked = p->ask.wanted;
    poll_wanted(&p->ask.wanted, p->ask.expected_serial);
    p->count = 1;
    bool automatic = p->ask.connect->way == CONNECT_AUTO;
    if (!automatic && !(p->ask.any_speed && p->ask.connect->way == CONNECT_SERIAL))
        return true;
    if (automatic && !p->ask.expected_serial[0] && !auto_is_clear(p->ask.connect, &p->refusal))
        return true;
    p->addresses = calloc(AUTO_MAX, sizeof *p->addresses);
    if (!p->addresses)
        return false;
    p->count = automatic ? auto_addresses(p->ask.connect, p->addresses) : auto_speeds(p->ask.connect, p->addresses);
    return p->count > 0;
}

static void refusal_closed(uv_handle_t *handle)
{
    struct poll *p = handle->data;
    finish(p);
}

static void on_refusal(uv_timer_t *timer)
{
    struct poll *p = timer->data;
    p->out->failure = p->refusal;
    uv_close((uv_handle_t *)timer, refusal_closed);
}

/* Reported from the loop, as everything is. */
static bool refuse(struct poll *p)
{
    (void)uv_timer_init(p->loop, &p->refusing);
    p->refusing.data = p;
    return uv_timer_start(&p->refusing, on_refusal, 0, 0) == 0;
}

struct poll *poll_start(uv_loop_t *loop, const struct poll_ask *ask, struct snapshot *out, poll_done *done, void *user)
{
    struct poll *p = calloc(1, sizeof *p);
    snapshot_clear(out);
    if (!p)
        return NULL;
    p->loop = loop;
    p->ask = *ask;
    (void)connect_hold(ask->connect);
    p->out = out;
    p->done = done;
    p->user = user;
    p->began_ns = uv_hrtime();
    p->began_ms = clock_unix_ms();
    trace_begin(p->ask.trace, ask, p->began_ms, uv_now(loop));
    if (!prepare(p) || !(p->refusal.code != ERR_NONE ? refuse(p) : start_attempt(p))) {
        destroy(p);
        return NULL;
    }
    return p;
}

void poll_cancel(struct poll *p)
{
    p->cancelled = true;
    if (p->native)
        native_cancel(p->native);
    else if (p->worker)
        worker_cancel(p->worker);
}
