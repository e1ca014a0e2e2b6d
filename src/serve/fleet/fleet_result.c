/* What becomes of a poll's result: snapshot file, spool, log, schedule. */
#include "base/log.h"
#include "base/time/clock.h"
#include "metric/derived/derive.h"
#include "serve/fleet/fleet_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_ERROR_LOG_S 600  /* files that cannot be written */
#define POLL_ERROR_LOG_S 3600 /* the same trouble of one register */
#define DAY_S            86400

static void log_failure(struct ratelimit *limit, const struct failure *failure)
{
    uint32_t suppressed = 0;
    if (!ratelimit_pass(limit, clock_steady_ms(), FILE_ERROR_LOG_S, &suppressed))
        return;
    if (suppressed > 0)
        log_error("%s: %s (and %u more like it)", "%s: %s (и ещё %u таких же)", error_name(failure->code),
                  failure_detail(failure, log_language()), (unsigned)suppressed);
    else
        log_error("%s: %s", "%s: %s", error_name(failure->code), failure_detail(failure, log_language()));
}

void fleet_push(struct fleet *f, const struct kkt *k, const char *key, int64_t ms, const char *text)
{
    struct failure failure = {0};
    if (f->spool && !spool_add(f->spool, k->config->name, key, ms, text, &failure))
        log_failure(&f->spool_failed, &failure);
}

static void keep_result(struct fleet *f, struct kkt *k, const struct document *d)
{
    struct failure failure = {0};
    char *text = document_json(d, false);
    if (!text)
        failure_explain(&failure, ERR_NO_MEMORY, "the document of %s", "документ %s", k->config->name);
    /* First into the spool: a run that is killed in between has published nothing that Zabbix will not get. */
    if (text)
        fleet_push(f, k, FLEET_DOCUMENT_KEY, d->snapshot->polled_ms, text);
    if (!text || !state_dir_write(f->state_dir, k->config->name, text, &failure))
        log_failure(&f->file_failed, &failure);
    free(text);
}

static enum schedule_outcome outcome_of(enum poll_state state, bool changed, bool full)
{
    if (state == STATE_PARTIAL && full)
        return SCHEDULE_INCOMPLETE;
    if (poll_state_was_read(state))
        return changed ? SCHEDULE_CHANGED : SCHEDULE_READ;
    return state == STATE_BUSY ? SCHEDULE_BUSY : SCHEDULE_FAILED;
}

/* A port that is opened and closed all day long is logged once an hour. */
static void log_poll_error(struct kkt *k, const struct document *d)
{
    enum error_code code = d->snapshot->failure.code;
    uint32_t now_s = (uint32_t)(clock_steady_ms() / 1000);
    if (code == k->logged_error && now_s - k->logged_error_s < POLL_ERROR_LOG_S)
        return;
    k->logged_error = code;
    k->logged_error_s = now_s;
    log_warn("%s: %s: %s", "%s: %s: %s", k->config->name, poll_state_name(d->state), d->error);
}

static void log_change(struct kkt *k, const struct document *d, enum schedule_change news)
{
    if (news == SCHEDULE_BACK) {
        log_info("%s: responding again: %s", "%s: снова отвечает: %s", k->config->name, poll_state_name(d->state));
    } else if (news == SCHEDULE_LOST) {
        k->logged_error = d->snapshot->failure.code;
        k->logged_error_s = (uint32_t)(clock_steady_ms() / 1000);
        log_warn("%s: stopped responding: %s: %s", "%s: перестала отвечать: %s: %s", k->config->name,
                 poll_state_name(d->state), d->error);
    } else if (!document_was_read(d)) {
        log_poll_error(k, d);
    }
}

/* What was known of the printer before closing time is not reported meanwhile. */
static void omit_printer(struct snapshot *s)
{
    struct metric_set printer = {0};
    metric_set_add_group(&printer, "printer");
    metric_set_remove_all(&s->present, &printer);
}

bool fleet_read_snapshot(const struct fleet *f, const struct kkt *k, struct snapshot *s, struct document *d)
{
    char file[FOLDER_NAME_MAX];
    size_t length;
    (void)snprintf(file, sizeof file, "%.250s.json", k->config->name);
    char *text = folder_read(&f->state_dir->folder, file, DOCUMENT_BYTES_MAX, &length, NULL, NULL);
    const struct document_owner owner = {k->config->name, k->config->connect, k->config->serial};
    bool good = text && document_read(text, length, clock_unix_ms() / 1000, s, d, NULL) && d->history.known &&
                document_is_of(d, &owner);
    free(text);
    return good;
}

/* The seconds since the snapshot was taken; none that a wrong clock has counted. `host_clock_wrong` is known of a
 * register that was read only; a clock from before this program was built is wrong without that. */
static int64_t since_snapshot(const struct snapshot *last)
{
    int64_t then_s = last->polled_ms / 1000, passed = clock_unix_ms() / 1000 - then_s;
    bool wrong = last->host_clock_wrong || then_s < clock_built_s() - DAY_S;
    return passed > 0 && !wrong ? passed : 0;
}

void fleet_restore(struct fleet *f, struct kkt *k)
{
    static struct snapshot last;
    struct document d;
    k->restored = true;
    if (fleet_read_snapshot(f, k, &last, &d)) {
        d.age_s = since_snapshot(&last);
        document_set_health(&d, &f->config->health, f->lang);
        history_restore(&k->history, &d, &f->config->health, fleet_open_s(k, d.age_s), clock_age_s());
        census_update(&f->census, &k->census, &d);
        unsent_restore(&k->unsent, &last, d.age_s, clock_age_s());
        open_document_restore(&k->open_document, &d, clock_age_s());
    }
}

/* Beside a clock that nobody sets: a host that is set is seen at once, before all registers are polled again. */
static void note_clock(struct kkt *k, const struct snapshot *s)
{
    k->has_clock = snapshot_has(s, METRIC_device_time) && s->clock_read_ms > 0;
    if (!k->has_clock)
        return;
    struct civil clock = snapshot_civil(s, METRIC_device_time);
    k->clock_ahead_s = zone_to_unix(&k->config->zone, &clock) - s->clock_read_ms / 1000 + fleet_host_ahead_s();
}

/* Another document waits than the one whose age the poll was given. */
static void derive_queue_age(struct snapshot *s, const struct surroundings *around)
{
    const struct metric_set computed = s->computed;
    derive_metrics(s, &computed, around);
}

/* The same as its poll was given. */
static struct surroundings surroundings_of(const struct fleet *f, const struct kkt *k, const struct snapshot *s)
{
    int64_t clock_ms = s->clock_read_ms ? s->clock_read_ms : s->polled_ms;
    return (struct surroundings){.zone = &k->config->zone,
                                 .host_s = clock_ms / 1000,
                                 .queue_known = true,
                                 .queue_age_s = unsent_age_s(&k->unsent, clock_age_s()),
                                 .built_s = clock_built_s(),
                                 .host_clock = fleet_host_clock(f)};
}

/* No alarm ends because a request was refused. */
static void set_health(const struct fleet *f, const struct kkt *k, struct snapshot *s, const struct known_poll *poll,
                       struct document *d)
{
    static struct snapshot whole;
    if (!known_health(&k->known, s, poll, &whole))
        return;
    if (f->host_clock_wrong)
        snapshot_remove(&whole, METRIC_device_clock_drift_s);
    if (k->item.closed)
        omit_printer(&whole);
    d->snapshot = &whole;
    document_set_health(d, &f->config->health, f->lang);
    d->snapshot = s;
    known_keep_fn_alarm(s, &whole, &f->config->health);
}

void fleet_handle_result(struct fleet *f, struct run *r)
{
    struct kkt *k = r->kkt;
    struct snapshot *s = &r->snapshot;
    struct document d;
    enum poll_state polled = failure_state(&s->failure);
    f->done_since_asked++;
    if (k->item.closed && !poll_state_was_read(polled)) {
        log_debug("%s: not read while it is closed: %s", k->config->name, error_name(s->failure.code));
        (void)schedule_done(f->schedule, &k->item, SCHEDULE_SILENT, clock_steady_ms());
        return;
    }
    note_clock(k, s);
    bool other_queue = unsent_note(&k->unsent, s, clock_age_s());
    open_document_note(&k->open_document, s, clock_age_s());
    const struct surroundings around = surroundings_of(f, k, s);
    if (other_queue)
        derive_queue_age(s, &around);
    const struct known_poll poll = {k->item.full, &around, &f->config->health};
    bool changed = known_merge(&k->known, s, &poll);
    if (f->host_clock_wrong) /* nobody's clock is measured by a wrong one */
        snapshot_remove(s, METRIC_device_clock_drift_s);
    if (k->item.closed)
        omit_printer(s);
    document_of(&d, k->config->name, poll_connect(r->poll)->text, s, &k->config->zone, &f->config->health, f->lang);
    set_health(f, k, s, &poll, &d);
    history_next(&k->history, &d, &f->config->health, clock_age_s());
    census_update(&f->census, &k->census, &d);
    keep_result(f, k, &d);
    statistics_add(&f->health, s->duration_ms);
    fleet_set_state(f, k, d.state);
    enum schedule_outcome outcome = outcome_of(polled, changed, k->item.full);
    log_change(k, &d, schedule_done(f->schedule, &k->item, outcome, clock_steady_ms()));
}
