#include "cli/status/collect.h"

#include "base/text.h"
#include "base/time/clock.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE   64
#define PATH_MAX_ 1400

struct collection {
    const struct status_ask *ask;
    struct status_row *rows;
    unsigned *to_poll; /* indices of registers without a fresh snapshot */
    unsigned poll_count, done;
};

int64_t status_fresh_s(const struct config_kkt *kkt)
{
    int64_t quick = 3 * (int64_t)kkt->interval_s + kkt->timeout_s, slow = 2 * (int64_t)kkt->identity_interval_s;
    return slow > quick && status_open_for_s(kkt) == 0 ? slow : quick;
}

int64_t status_open_for_s(const struct config_kkt *kkt)
{
    struct civil now;
    if (!config_shop_time(kkt, clock_unix_ms() / 1000, &now))
        return INT64_MAX;
    return hours_until_open(kkt->hours, &now) > 0 ? 0 : (int64_t)hours_open_for(kkt->hours, &now) + 1;
}

static struct status_value value_of(const struct snapshot *s, enum metric m)
{
    return snapshot_has(s, m) ? (struct status_value){true, snapshot_int(s, m)} : (struct status_value){false, 0};
}

static void fill_row(struct status_row *row, const struct document *d, bool kept)
{
    const struct snapshot *s = d->snapshot;
    row->state = d->state;
    row->code = d->health.code;
    row->level = d->health.level;
    (void)text_escape(row->brief, sizeof row->brief, d->health.brief);
    char line[HEALTH_TEXT_MAX];
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(d->health.text, "\n"), d->health.text);
    (void)text_escape(row->advice, sizeof row->advice, line);
    if (snapshot_has(s, METRIC_device_serial))
        (void)text_escape(row->serial, sizeof row->serial, snapshot_text(s, METRIC_device_serial));
    row->kept = kept;
    row->age_s = d->age_s;
    row->polled_ts = s->polled_ms / 1000;
    row->fn_days = value_of(s, METRIC_fn_days_left);
    row->unsent = value_of(s, METRIC_ofd_unsent_count);
    row->shift = value_of(s, METRIC_shift_state);
}

static void add_row(struct collection *c, unsigned index, const struct document *d, bool kept)
{
    fill_row(&c->rows[index], d, kept);
    if (c->ask->each)
        c->ask->each(d, c->ask->user);
    c->done++;
    if (c->ask->progress)
        c->ask->progress(c->done, c->ask->config->kkt_count, c->ask->user);
}

/* A snapshot that is there, can be read, is of this register and is young enough. */
static bool read_kept(struct collection *c, unsigned index)
{
    static struct snapshot s;
    struct document d;
    const struct config *config = c->ask->config;
    const struct config_kkt *kkt = &config->kkts[index];
    const struct document_owner owner = {kkt->name, kkt->connect, kkt->serial};
    char path[PATH_MAX_];
    int64_t fresh = c->ask->args->max_age_ms ? (int64_t)c->ask->args->max_age_ms / 1000 : status_fresh_s(kkt);
    if (c->ask->poll_all || !config_snapshot_path(config, kkt->name, path, sizeof path))
        return false;
    if (!document_load(path, &owner, &s, &d) || d.age_s < 0 || d.age_s > fresh)
        return false;
    document_set_health(&d, &config->health, c->ask->lang);
    add_row(c, index, &d, true);
    return true;
}

static void ask_one(unsigned index, struct poll_ask *to, void *user)
{
    const struct collection *c = user;
    config_ask(&c->ask->config->kkts[c->to_poll[index]], to);
    to->limits = &c->ask->config->health;
    if (c->ask->args->timeout_ms)
        to->timeout_ms = c->ask->args->timeout_ms;
    metric_set_add_rate(&to->wanted, RATE_QUICK);
    metric_set_add_rate(&to->wanted, RATE_SLOW);
}

static void add_poll(unsigned index, const struct connect *used, struct snapshot *s, void *user)
{
    struct collection *c = user;
    struct document d;
    const struct config *config = c->ask->config;
    const struct config_kkt *kkt = &config->kkts[c->to_poll[index]];
    document_of(&d, kkt->name, used->text, s, &kkt->zone, &config->health, c->ask->lang);
    add_row(c, c->to_poll[index], &d, false);
}

/* A register that was not read stands among the equally urgent ones by its code; the rest by name. */
static int by_urgency(const void *a, const void *b)
{
    const struct status_row *x = a, *y = b;
    if (x->code != y->code)
        return x->code > y->code ? -1 : 1;
    return strcmp(x->kkt->name, y->kkt->name);
}

struct status_row *status_collect(const struct status_ask *ask, struct failure *failure)
{
    const struct config *config = ask->config;
    unsigned count = config->kkt_count;
    struct collection c = {.ask = ask};
    c.rows = calloc(count + 1, sizeof *c.rows);
    c.to_poll = calloc(count + 1, sizeof *c.to_poll);
    bool good = c.rows && c.to_poll;
    for (unsigned i = 0; good && i < count; i++) {
        c.rows[i].kkt = &config->kkts[i];
        if (!read_kept(&c, i))
            c.to_poll[c.poll_count++] = i;
    }
    unsigned at_once = config->polls < AT_ONCE ? config->polls : AT_ONCE;
    good = good && (c.poll_count == 0 || poll_many(c.poll_count, at_once, config->driver_polls, ask_one, add_poll, &c));
    free(c.to_poll);
    if (!good) {
        free(c.rows);
        failure_set(failure, ERR_NO_MEMORY, "%u", count);
        return NULL;
    }
    qsort(c.rows, count, sizeof *c.rows, by_urgency);
    return c.rows;
}
