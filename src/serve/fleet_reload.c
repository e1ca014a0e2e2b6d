/* From one configuration to another: only registers that changed are touched. */
#include "base/clock.h"
#include "base/log.h"
#include "serve/fleet_internal.h"

#include <stdlib.h>
#include <string.h>

#define FULL_PER_S    200 /* full polls that begin in a second, at most */
#define FIRST_GAP_MS  10  /* between the first polls of two registers, unless the interval is too short for that */
#define SPREAD_MAX_MS 3600000U

struct schedule_limits fleet_limits(const struct config *config)
{
    return (struct schedule_limits){config->polls, config->driver_polls, FULL_PER_S};
}

static uint32_t spread_ms(const struct config_kkt *c, uint32_t count)
{
    uint64_t window = (uint64_t)count * FIRST_GAP_MS, interval = (uint64_t)c->interval_s * 1000;
    if (window > interval)
        window = interval;
    return window > SPREAD_MAX_MS ? SPREAD_MAX_MS : (uint32_t)window;
}

static void set_item(struct fleet *f, struct kkt *k, const struct config *config, const struct config_kkt *c)
{
    k->config = c;
    k->item.interval_s = c->interval_s;
    k->item.identity_interval_s = c->identity_interval_s;
    k->item.driver = c->driver;
    k->item.network = SCHEDULE_NO_NETWORK;
    if (c->network != CONFIG_NO_NETWORK)
        k->item.network =
            schedule_network(f->schedule, config->networks[c->network].name, config->networks[c->network].polls);
}

static struct kkt *add_kkt(struct fleet *f, const struct config *config, const struct config_kkt *c)
{
    struct kkt *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->state = STATE_USAGE;
    set_item(f, k, config, c);
    if (!schedule_add(f->schedule, &k->item, spread_ms(c, config->kkt_count), clock_steady_ms())) {
        free(k);
        return NULL;
    }
    f->states[STATE_USAGE]++;
    return k;
}

/* A poll that runs is ended; the schedule lets the register go after it. */
static void remove_kkt(struct fleet *f, struct kkt *k)
{
    f->states[k->state]--;
    k->config = NULL;
    if (k->run)
        poll_cancel(k->run->poll);
    schedule_remove(f->schedule, &k->item);
}

/* The register keeps its place and, unless it is read in another way now, its values and its running poll. A poll that
 * would collide with the next one is ended; the next one waits for its end. */
static void change_kkt(struct fleet *f, struct kkt *k, const struct config *config, const struct config_kkt *c,
                       enum config_change change)
{
    bool anew = change == CONFIG_OTHER_ACCESS;
    set_item(f, k, config, c);
    if (k->run && change != CONFIG_OTHER_SETTINGS)
        k->run->outdated = true;
    if (anew) {
        if (k->run)
            poll_cancel(k->run->poll);
        known_forget(&k->known);
        fleet_set_state(f, k, STATE_USAGE);
        k->logged_error = ERR_NONE;
    }
    schedule_change(f->schedule, &k->item, anew, spread_ms(c, config->kkt_count), clock_steady_ms());
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
        enum config_change change =
            before ? config_kkt_change(f->config, before->config, config, c) : CONFIG_OTHER_ACCESS;
        kkts[i] = before ? before : add_kkt(f, config, c);
        changed += change != CONFIG_SAME;
        if (before && change == CONFIG_SAME)
            before->config = c;
        else if (before)
            change_kkt(f, before, config, c, change);
    }
    while (old < f->count) {
        remove_kkt(f, f->kkts[old++]);
        changed++;
    }
    return changed;
}

bool fleet_reload(struct fleet *f, const struct config *config, enum lang lang, struct spool *spool,
                  struct failure *failure)
{
    struct schedule_limits limits = fleet_limits(config);
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
    fleet_plan(f);
    return true;
}
