#include "serve/fleet/fleet.h"

#include "base/log.h"
#include "base/time/clock.h"
#include "link/ports/arrival.h"
#include "serve/fleet/drift.h"
#include "serve/fleet/fleet_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define OVERTIME_MS 5000 /* a poll has ended so long after its own timeout, or something hangs */

static void on_timer(uv_timer_t *timer);

void fleet_plan(struct fleet *f)
{
    uint64_t at = schedule_wake_at(f->schedule), now = clock_steady_ms();
    if (f->stopping || at == UINT64_MAX) {
        (void)uv_timer_stop(&f->timer);
        return;
    }
    uv_update_time(f->loop);
    (void)uv_timer_start(&f->timer, on_timer, at > now ? at - now : 0, 0);
}

/* How many full polls may begin follows what the computer has left. */
static void follow_load(struct fleet *f, uint64_t now_ms)
{
    struct schedule_counts counts;
    if (now_ms - f->load.at_ms < LOAD_LOOK_MS)
        return;
    schedule_counts(f->schedule, &counts);
    if (load_update(&f->load, uv_metrics_idle_time(f->loop), now_ms, counts.late > f->late_seen))
        fleet_set_full_rate(f);
    f->late_seen = counts.late;
}

static void on_timer(uv_timer_t *timer)
{
    struct fleet *f = timer->data;
    follow_load(f, clock_steady_ms());
    schedule_run(f->schedule, clock_steady_ms());
    fleet_plan(f);
}

void fleet_set_state(struct fleet *f, struct kkt *k, enum poll_state state)
{
    f->states[k->state]--;
    k->state = state;
    f->states[state]++;
}

static void check_stopped(struct fleet *f)
{
    if (f->stopping && !f->runs && f->stopped) {
        void (*stopped)(void *user) = f->stopped;
        f->stopped = NULL;
        stopped(f->user);
    }
}

static struct run *acquire_run(struct fleet *f)
{
    struct run *r = f->free_runs;
    if (r)
        f->free_runs = r->next;
    else
        r = malloc(sizeof *r);
    return r;
}

static void link_run(struct fleet *f, struct run *r)
{
    r->before = NULL;
    r->next = f->runs;
    if (r->next)
        r->next->before = r;
    f->runs = r;
}

static void put_back(struct fleet *f, struct run *r)
{
    if (r->before)
        r->before->next = r->next;
    else
        f->runs = r->next;
    if (r->next)
        r->next->before = r->before;
    r->next = f->free_runs;
    f->free_runs = r;
}

static void on_gone(struct schedule_item *item, void *user)
{
    struct kkt *k = (struct kkt *)item;
    (void)user;
    known_forget(&k->known);
    free(k);
}

static void on_polled(struct snapshot *s, void *user)
{
    struct run *r = user;
    struct fleet *f = r->fleet;
    (void)s;
    r->kkt->run = NULL;
    if (!f->stopping && !r->kkt->item.removed && !r->outdated)
        fleet_handle_result(f, r);
    else if (!f->stopping)
        (void)schedule_done(f->schedule, &r->kkt->item, SCHEDULE_AGAIN, clock_steady_ms());
    else if (r->kkt->item.removed)
        on_gone(&r->kkt->item, f);
    put_back(f, r);
    if (!f->stopping)
        fleet_plan(f);
    check_stopped(f);
}

/* Memory keeps the slow values only. An alarm that stands was confirmed when it began: then the file has all values,
 * and nothing is asked twice again and again. What its poll did not bring, and `now` goes by, is in memory. */
static bool last_of(struct snapshot *to, void *user)
{
    const struct run *r = user;
    static struct snapshot kept;
    struct document d;
    bool known = known_last(&r->kkt->known, &kept);
    if (r->kkt->census.level >= SEVERITY_HIGH && r->kkt->config && fleet_read_snapshot(r->fleet, r->kkt, to, &d) &&
        document_was_read(&d)) {
        struct metric_set moments = {0};
        metric_set_add(&moments, METRIC_fn_last_document_time);
        metric_set_add(&moments, METRIC_fn_valid_until);
        if (known)
            snapshot_fill(to, &kept, &moments);
        return true;
    }
    if (known)
        *to = kept;
    return known;
}

static void ask_of(struct kkt *k, bool full, struct poll_ask *ask)
{
    struct metric_set printer = {0};
    config_ask(k->config, ask);
    ask->last = last_of;
    /* A queue that is seen for the first time begins now. */
    ask->queue_known = true;
    ask->queue_age_s = unsent_age_s(&k->unsent, clock_age_s());
    metric_set_add_rate(&ask->wanted, RATE_QUICK);
    if (full)
        metric_set_add_rate(&ask->wanted, RATE_SLOW);
    metric_set_add_group(&printer, "printer");
    if (k->item.closed) /* paper and cover are not worth a poll then */
        metric_set_remove_all(&ask->wanted, &printer);
}

static void on_start(struct schedule_item *item, bool full, void *user)
{
    struct fleet *f = user;
    struct kkt *k = (struct kkt *)item;
    struct poll_ask ask;
    if (!k->restored)
        fleet_restore(f, k);
    ask_of(k, full, &ask);
    ask.host_clock = fleet_host_clock(f);
    if (!item->closed)
        fleet_publish_open(f, k);
    struct run *r = acquire_run(f);
    if (r) {
        r->fleet = f;
        r->kkt = k;
        r->outdated = false;
        ask.last_user = r;
        ask.limits = &f->limits;
        r->deadline_ms = clock_steady_ms() + ask.timeout_ms + OVERTIME_MS;
        r->poll = poll_start(f->loop, &ask, &r->snapshot, on_polled, r);
    }
    if (r && r->poll) {
        k->run = r;
        link_run(f, r);
        return;
    }
    /* Without memory there is no poll; the schedule gets it back as one that failed, later. */
    free(r);
    log_error("%s: no memory for a poll", "%s: не хватило памяти для опроса", k->config->name);
    (void)schedule_done(f->schedule, item, SCHEDULE_FAILED, clock_steady_ms());
}

static uint32_t closed_s(struct schedule_item *item, void *user)
{
    struct kkt *k = (struct kkt *)item;
    uint32_t seconds = fleet_closed_s(k);
    history_look(&k->history, seconds > 0, clock_age_s());
    if (seconds > 0)
        fleet_publish_closed(user, k);
    return seconds;
}

/* A port or a USB device has appeared: registers on this computer that did not answer may be there again. */
static void on_arrival(void *user)
{
    struct fleet *f = user;
    uint64_t now = clock_steady_ms();
    for (uint32_t i = 0; !f->stopping && i < f->count; i++) {
        struct kkt *k = f->kkts[i];
        if (k && k->item.failures > 0 && !connect_host(k->config->connect)[0])
            schedule_hurry(f->schedule, &k->item, now);
    }
    if (!f->stopping)
        fleet_plan(f);
}

static bool begin(struct fleet *f, const struct config *config, enum lang lang, struct spool *spool,
                  struct failure *failure)
{
    struct fleet_changes *changes = fleet_compare(NULL, config, failure);
    bool good = changes && fleet_apply(f, config, changes, lang, spool, failure);
    fleet_changes_free(changes);
    return good;
}

struct fleet *fleet_start(uv_loop_t *loop, const struct config *config, struct state_dir *state_dir, enum lang lang,
                          struct spool *spool, struct failure *failure)
{
    static const struct schedule_handlers handlers = {on_start, closed_s, on_gone};
    struct schedule_limits limits = {config->polls, config->driver_polls, LOAD_FULL_PER_S};
    struct fleet *f = calloc(1, sizeof *f);
    if (f)
        f->schedule = schedule_new(&limits, &handlers, f, clock_steady_ms());
    if (!f || !f->schedule) {
        free(f);
        failure_explain(failure, ERR_NO_MEMORY, "the registers", "кассы");
        return NULL;
    }
    f->loop = loop;
    f->state_dir = state_dir;
    (void)uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
    (void)load_update(&f->load, uv_metrics_idle_time(loop), clock_steady_ms(), false);
    f->health.since_ms = clock_steady_ms();
    (void)uv_timer_init(loop, &f->timer);
    f->timer.data = f;
    f->arrival = arrival_watch(loop, on_arrival, f);
    stall_watch(&f->stall, loop);
    if (begin(f, config, lang, spool, failure))
        return f;
    uv_close((uv_handle_t *)&f->timer, NULL);
    return NULL;
}

void fleet_stop(struct fleet *f, void (*stopped)(void *user), void *user)
{
    f->stopping = true;
    f->stopped = stopped;
    f->user = user;
    uv_close((uv_handle_t *)&f->timer, NULL);
    for (struct run *r = f->runs; r; r = r->next)
        poll_cancel(r->poll);
    check_stopped(f);
}

void fleet_close(struct fleet *f)
{
    arrival_end(f->arrival);
    stall_end(&f->stall);
}

void fleet_free(struct fleet *f)
{
    schedule_free(f->schedule);
    for (uint32_t i = 0; i < f->count; i++)
        if (f->kkts[i])
            on_gone(&f->kkts[i]->item, f);
    for (struct run *r = f->free_runs, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    free(f->kkts);
    free(f->census.firmware);
    free(f);
}

void fleet_status(const struct fleet *f, const struct spool_counts *spooled, char *text, size_t cap)
{
    uint32_t read = f->states[STATE_OK] + f->states[STATE_PARTIAL], none = f->states[STATE_USAGE];
    int used = snprintf(text, cap,
                        f->lang == LANG_RU ? "STATUS=касс: %u; прочитано %u, не прочитано %u, ещё не опрошено %u"
                                           : "STATUS=%u registers: %u read, %u not read, %u not polled yet",
                        f->count, read, f->count - read - none, none);
    if (spooled && used > 0 && (size_t)used < cap)
        (void)snprintf(text + used, cap - (size_t)used,
                       f->lang == LANG_RU ? "; значений в очереди к Zabbix: %llu" : "; %llu values wait for Zabbix",
                       (unsigned long long)spooled->length);
}

int64_t fleet_host_ahead_s(void)
{
    return clock_unix_ms() / 1000 - clock_age_s();
}

enum host_clock fleet_host_clock(const struct fleet *f)
{
    int64_t set_s = fleet_host_ahead_s() - f->confirmed_ahead_s;
    if (f->host_clock_wrong)
        return HOST_CLOCK_WRONG;
    return f->host_clock_confirmed && set_s >= -DRIFT_LIMIT_S && set_s <= DRIFT_LIMIT_S ? HOST_CLOCK_RIGHT
                                                                                        : HOST_CLOCK_UNKNOWN;
}

/* All registers apart from this computer alike: it is this computer, and that is said once. */
static void judge_clock(struct fleet *f)
{
    struct drift *drift = calloc(1, sizeof *drift);
    int64_t host_ahead_s = fleet_host_ahead_s();
    for (uint32_t i = 0; drift && i < f->count; i++)
        if (f->kkts[i] && f->kkts[i]->has_clock)
            drift_add(drift, f->kkts[i]->clock_ahead_s - host_ahead_s);
    bool wrong = drift && drift_is_host(drift, &f->common_drift_s);
    f->drift_known = drift && drift->count >= DRIFT_LEAST;
    f->host_clock_confirmed = drift && drift_confirms_host(drift);
    f->confirmed_ahead_s = host_ahead_s;
    free(drift);
    if (wrong && !f->host_clock_wrong)
        log_warn(
            "the clocks of the registers differ from this computer's by %lld s, all alike: this computer's clock is "
            "wrong (or `timezone` of the registers is); set it. No register is blamed meanwhile",
            "часы касс расходятся с часами этого компьютера на %lld с, все одинаково: неверны часы компьютера (или "
            "`timezone` касс); исправьте их. До этого ни одной кассе расхождение не засчитывается",
            (long long)f->common_drift_s);
    else if (!wrong && f->host_clock_wrong)
        log_info("this computer's clock and those of the registers agree again",
                 "часы этого компьютера и касс снова совпадают");
    f->host_clock_wrong = wrong;
}

static struct census_sum *sum_census(const struct fleet *f)
{
    int32_t now_s = clock_age_s();
    struct census_sum *sum = census_begin(&f->census);
    for (uint32_t i = 0; sum && i < f->count; i++)
        if (f->kkts[i])
            census_add(sum, &f->kkts[i]->census, history_unread_s(&f->kkts[i]->history, now_s));
    return sum;
}

char *fleet_statistics(struct fleet *f, const struct spool_counts *spooled, int64_t *ms)
{
    struct schedule_counts counts;
    schedule_counts(f->schedule, &counts);
    judge_clock(f);
    *ms = clock_unix_ms();
    struct statistics_facts facts = {
        .states = f->states,
        .total = f->count,
        .counts = &counts,
        .spool = spooled,
        .census = sum_census(f),
        .full_per_s = f->load.full_per_s,
        .loop = stall_longest(&f->stall),
        .host_clock_wrong = f->host_clock_wrong,
        .drift_known = f->drift_known,
        .common_drift_s = f->common_drift_s,
        .now_ms = clock_steady_ms(),
        .unix_s = *ms / 1000,
    };
    return statistics_document(&f->health, &facts);
}

static bool no_poll_is_overdue(const struct fleet *f, uint64_t now_ms)
{
    for (const struct run *r = f->runs; r; r = r->next)
        if (now_ms >= r->deadline_ms)
            return false;
    return true;
}

bool fleet_gets_on(struct fleet *f)
{
    uint64_t now = clock_steady_ms();
    bool on = f->done_since_asked > 0 || (f->runs ? no_poll_is_overdue(f, now) : schedule_wake_at(f->schedule) > now);
    f->done_since_asked = 0;
    return on;
}
