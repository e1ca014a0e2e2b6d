#include "cmd/fleet.h"

#include "base/file.h"
#include "base/log.h"
#include "cmd/result.h"

#include <stdlib.h>
#include <string.h>

#define FULL_PER_S    200 /* full polls that begin in a second, at most */
#define FIRST_GAP_MS  10  /* between the first polls of two registers, unless the interval is too short for that */
#define SPREAD_MAX_MS 3600000U

/* One register at rest: this, its configuration and its packed values. */
struct kkt {
    struct schedule_item item; /* first */
    const struct config_kkt *config;
    struct run *run;            /* while it is polled */
    struct known known;         /* the last values */
    enum poll_state state;      /* STATE_USAGE: not read yet */
    enum error_code last_error; /* of the last poll, for the log */
};

/* One poll that runs; kept for the next one when it is done. */
struct run {
    struct fleet *fleet;
    struct kkt *kkt;
    struct poll *poll;
    struct run *next;
    struct snapshot snapshot;
};

struct fleet {
    uv_loop_t *loop;
    const struct config *config;
    enum lang lang;
    struct spool *spool;
    struct schedule *schedule;
    struct kkt **kkts; /* in the order of config->kkts */
    uint32_t count;
    uv_timer_t timer;
    struct run *free_runs;
    uint32_t running;
    struct health health;
    uint32_t states[STATE_USAGE + 1];
    uint64_t done_since_asked;
    bool stopping, file_failed, spool_failed;
    void (*stopped)(void *user);
    void *user;
};

static uint64_t steady_ms(void)
{
    return uv_hrtime() / 1000000;
}

static int64_t unix_ms(void)
{
    uv_timeval64_t now = {0};
    (void)uv_gettimeofday(&now);
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}

static void on_timer(uv_timer_t *timer);

static void plan(struct fleet *f)
{
    uint64_t at = schedule_wake_at(f->schedule), now = steady_ms();
    if (f->stopping || at == UINT64_MAX) {
        (void)uv_timer_stop(&f->timer);
        return;
    }
    uv_update_time(f->loop);
    (void)uv_timer_start(&f->timer, on_timer, at > now ? at - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct fleet *f = timer->data;
    schedule_run(f->schedule, steady_ms());
    plan(f);
}

static void set_state(struct fleet *f, struct kkt *k, enum poll_state state)
{
    f->states[k->state]--;
    k->state = state;
    f->states[state]++;
}

/* A failure that repeats itself is told once. */
static void tell_once(bool *told, bool good, const struct failure *failure)
{
    if (!good && !*told)
        log_error("%s: %s", error_name(failure->code), failure->detail);
    *told = !good;
}

static void keep_result(struct fleet *f, struct kkt *k, const struct document *d)
{
    struct failure failure = {0};
    char path[1024];
    char *text = document_json(d, false);
    bool good = text && config_snapshot_path(f->config, k->config->name, path, sizeof path) &&
                file_write_atomic(path, text, strlen(text), false, &failure);
    if (!text)
        failure_set(&failure, ERR_NO_MEMORY, "the document of %s", k->config->name);
    tell_once(&f->file_failed, good, &failure);
    if (text && f->spool)
        tell_once(&f->spool_failed,
                  spool_add(f->spool, k->config->name, FLEET_DOCUMENT_KEY, d->snapshot->polled_ms, text, &failure),
                  &failure);
    free(text);
}

static enum schedule_outcome outcome_of(enum poll_state state, bool changed)
{
    if (state == STATE_OK || state == STATE_PARTIAL)
        return changed ? SCHEDULE_CHANGED : SCHEDULE_READ;
    return state == STATE_BUSY ? SCHEDULE_BUSY : SCHEDULE_FAILED;
}

static void tell_news(struct kkt *k, const struct document *d, enum schedule_news news)
{
    enum error_code code = d->snapshot->failure.code;
    if (news == SCHEDULE_BACK)
        log_info("%s: back: %s", k->config->name, poll_state_name(d->state));
    else if (news == SCHEDULE_LOST)
        log_warn("%s: lost: %s: %s", k->config->name, poll_state_name(d->state), d->error);
    else if (code != k->last_error && !document_was_read(d))
        log_warn("%s: %s: %s", k->config->name, poll_state_name(d->state), d->error);
    k->last_error = code;
}

static void check_stopped(struct fleet *f)
{
    if (f->stopping && f->running == 0 && f->stopped) {
        void (*stopped)(void *user) = f->stopped;
        f->stopped = NULL;
        stopped(f->user);
    }
}

static void on_polled(struct snapshot *s, void *user)
{
    struct run *r = user;
    struct fleet *f = r->fleet;
    struct kkt *k = r->kkt;
    f->running--;
    k->run = NULL;
    if (!f->stopping && !k->item.removed) {
        struct document d;
        bool changed = result_merge(&k->known, s, k->item.full, &k->config->zone);
        document_of(&d, k->config->name, poll_connect(r->poll)->text, s, &k->config->zone, f->lang);
        keep_result(f, k, &d);
        health_note(&f->health, s->duration_ms);
        set_state(f, k, d.state);
        f->done_since_asked++;
        tell_news(k, &d, schedule_done(f->schedule, &k->item, outcome_of(d.state, changed), steady_ms()));
    } else if (!f->stopping) {
        (void)schedule_done(f->schedule, &k->item, SCHEDULE_READ, steady_ms());
    }
    r->next = f->free_runs;
    f->free_runs = r;
    if (!f->stopping)
        plan(f);
    check_stopped(f);
}

static struct run *take_run(struct fleet *f)
{
    struct run *r = f->free_runs;
    if (r)
        f->free_runs = r->next;
    else
        r = malloc(sizeof *r);
    if (r)
        r->fleet = f;
    return r;
}

/* Without memory there is no poll; the schedule gets it back as one that failed, later. */
static void on_no_memory(struct fleet *f, struct kkt *k)
{
    log_error("%s: no memory for a poll", k->config->name);
    f->running--;
    (void)schedule_done(f->schedule, &k->item, SCHEDULE_FAILED, steady_ms());
}

static void on_start(struct schedule_item *item, bool full, void *user)
{
    struct fleet *f = user;
    struct kkt *k = (struct kkt *)item;
    struct poll_ask ask;
    config_ask(k->config, &ask);
    metric_set_add_rate(&ask.wanted, RATE_QUICK);
    if (full)
        metric_set_add_rate(&ask.wanted, RATE_SLOW);
    f->running++;
    struct run *r = take_run(f);
    if (r) {
        r->kkt = k;
        r->poll = poll_start(f->loop, &ask, &r->snapshot, on_polled, r);
    }
    if (r && r->poll) {
        k->run = r;
        return;
    }
    free(r);
    on_no_memory(f, k);
}

static uint32_t closed_s(const struct schedule_item *item, void *user)
{
    const struct config_kkt *c = ((const struct kkt *)item)->config;
    struct civil now;
    (void)user;
    if (!c->hours || !zone_from_unix(&c->zone, unix_ms() / 1000, &now))
        return 0;
    uint32_t seconds = hours_until_open(c->hours, &now);
    return seconds > 7 * 86400 ? 7 * 86400 : seconds;
}

static void on_gone(struct schedule_item *item, void *user)
{
    struct kkt *k = (struct kkt *)item;
    (void)user;
    result_forget(&k->known);
    free(k);
}

static uint32_t spread_ms(const struct config_kkt *c, uint32_t count)
{
    uint64_t window = (uint64_t)count * FIRST_GAP_MS, interval = (uint64_t)c->interval_s * 1000;
    if (window > interval)
        window = interval;
    return window > SPREAD_MAX_MS ? SPREAD_MAX_MS : (uint32_t)window;
}

static struct kkt *add_kkt(struct fleet *f, const struct config *config, const struct config_kkt *c, uint32_t count)
{
    struct kkt *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->config = c;
    k->state = STATE_USAGE;
    k->item.interval_s = c->interval_s;
    k->item.identity_interval_s = c->identity_interval_s;
    k->item.driver = c->driver;
    k->item.network = SCHEDULE_NO_NETWORK;
    if (c->network != CONFIG_NO_NETWORK)
        k->item.network =
            schedule_network(f->schedule, config->networks[c->network].name, config->networks[c->network].polls);
    if (!schedule_add(f->schedule, &k->item, spread_ms(c, count), steady_ms())) {
        free(k);
        return NULL;
    }
    f->states[STATE_USAGE]++;
    return k;
}

static void remove_kkt(struct fleet *f, struct kkt *k)
{
    f->states[k->state]--;
    schedule_remove(f->schedule, &k->item);
}

/* Both lists are sorted by name: one walk along both finds what is new, gone, changed or as before. */
static uint32_t merge(struct fleet *f, const struct config *config, struct kkt **kkts)
{
    uint32_t old = 0, changed = 0;
    for (uint32_t i = 0; i < config->kkt_count; i++) {
        const struct config_kkt *c = &config->kkts[i];
        int order = -1;
        while (old < f->count && (order = strcmp(f->kkts[old]->config->name, c->name)) < 0) {
            remove_kkt(f, f->kkts[old++]);
            changed++;
        }
        struct kkt *before = old < f->count && order == 0 ? f->kkts[old++] : NULL;
        if (before && config_kkt_equal(f->config, before->config, config, c)) {
            before->config = c;
            kkts[i] = before;
            continue;
        }
        if (before)
            remove_kkt(f, before);
        kkts[i] = add_kkt(f, config, c, config->kkt_count);
        changed++;
    }
    while (old < f->count) {
        remove_kkt(f, f->kkts[old++]);
        changed++;
    }
    return changed;
}

static struct schedule_limits limits_of(const struct config *config)
{
    return (struct schedule_limits){config->polls, config->driver_polls, FULL_PER_S};
}

bool fleet_reload(struct fleet *f, const struct config *config, enum lang lang, struct spool *spool,
                  struct failure *failure)
{
    struct schedule_limits limits = limits_of(config);
    struct kkt **kkts = calloc((size_t)config->kkt_count + 1, sizeof *kkts);
    if (!kkts)
        return failure_set(failure, ERR_NO_MEMORY, "the registers");
    schedule_set_limits(f->schedule, &limits);
    for (uint32_t i = 0; i < config->network_count; i++)
        (void)schedule_network(f->schedule, config->networks[i].name, config->networks[i].polls);
    uint32_t changed = merge(f, config, kkts);
    free(f->kkts);
    f->kkts = kkts;
    f->count = 0;
    /* What found no memory is left out, and told. */
    for (uint32_t i = 0; i < config->kkt_count; i++)
        if (kkts[i])
            kkts[f->count++] = kkts[i];
        else
            log_error("%s: no memory, it is not polled", config->kkts[i].name);
    f->config = config;
    f->lang = lang;
    f->spool = spool;
    log_info("%u registers, %u new, changed or gone", f->count, changed);
    plan(f);
    return true;
}

struct fleet *fleet_start(uv_loop_t *loop, const struct config *config, enum lang lang, struct spool *spool,
                          struct failure *failure)
{
    static const struct schedule_handlers handlers = {on_start, closed_s, on_gone};
    struct schedule_limits limits = limits_of(config);
    struct fleet *f = calloc(1, sizeof *f);
    if (f)
        f->schedule = schedule_new(&limits, &handlers, f, steady_ms());
    if (!f || !f->schedule) {
        free(f);
        failure_set(failure, ERR_NO_MEMORY, "the registers");
        return NULL;
    }
    f->loop = loop;
    f->health.since_ms = steady_ms();
    (void)uv_timer_init(loop, &f->timer);
    f->timer.data = f;
    if (fleet_reload(f, config, lang, spool, failure))
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
    for (uint32_t i = 0; i < f->count; i++)
        if (f->kkts[i]->run)
            poll_cancel(f->kkts[i]->run->poll);
    check_stopped(f);
}

void fleet_free(struct fleet *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        result_forget(&f->kkts[i]->known);
        free(f->kkts[i]);
    }
    while (f->free_runs) {
        struct run *next = f->free_runs->next;
        free(f->free_runs);
        f->free_runs = next;
    }
    schedule_free(f->schedule);
    free(f->kkts);
    free(f);
}

char *fleet_health(struct fleet *f, int64_t *ms)
{
    struct schedule_counts counts;
    schedule_counts(f->schedule, &counts);
    *ms = unix_ms();
    struct health_facts facts = {
        .states = f->states,
        .total = f->count,
        .counts = &counts,
        .spool_length = f->spool ? spool_length(f->spool) : 0,
        .spool_dropped = f->spool ? spool_dropped(f->spool) : 0,
        .now_ms = steady_ms(),
        .unix_s = *ms / 1000,
    };
    return health_document(&f->health, &facts);
}

bool fleet_gets_on(struct fleet *f)
{
    bool on = f->done_since_asked > 0 || (f->running == 0 && schedule_wake_at(f->schedule) > steady_ms());
    f->done_since_asked = 0;
    return on;
}
