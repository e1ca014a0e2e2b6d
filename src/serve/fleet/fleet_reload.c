/* From one configuration to another: only registers that changed are touched. */
#include "base/log.h"
#include "base/time/clock.h"
#include "link/turn.h"
#include "serve/fleet/fleet_internal.h"
#include "serve/serve_process.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_GAP_MS            10 /* between the first polls of two registers, unless the interval is too short for that */
#define SPREAD_MAX_MS           3600000U
#define OWN_DESCRIPTORS         32 /* of the loop, files, the spool, zabbix_sender */
#define DRIVER_POLL_DESCRIPTORS 4
#define POLL_DESCRIPTORS        (1 + TURN_FOLDERS) /* its connection, and the locks by which our own polls take turns */
#define NS_PER_MS               1000000U
#define NEW                     UINT32_MAX

/* What is to be done, by the places in the two sorted lists of registers. */
struct fleet_changes {
    uint32_t *before; /* of each register of the new configuration: its place in the old one, or NEW */
    uint8_t *how;     /* enum config_change */
    uint32_t *gone;   /* places in the old one that the new one has not */
    uint32_t gone_count;
};

/* A poll needs descriptors: more polls at once would fail for want of them, and look like dead registers. */
static uint32_t affordable_polls(const struct config *config)
{
    uint32_t descriptors = serve_process_descriptors();
    uint32_t others = OWN_DESCRIPTORS + DRIVER_POLL_DESCRIPTORS * config->driver_polls;
    uint32_t most = descriptors > others ? (descriptors - others) / POLL_DESCRIPTORS : 1;
    if (most < 1)
        most = 1;
    return config->polls < most ? config->polls : most;
}

static void set_limits(struct fleet *f, const struct config *config)
{
    uint32_t polls = affordable_polls(config);
    struct schedule_limits limits = {polls, config->driver_polls, f->load.full_per_s};
    if (polls < config->polls && polls < config->kkt_count && polls != f->logged_polls) {
        f->logged_polls = polls;
        log_warn(
            "limits: polls: %u: this process may open %u files only, so %u registers are polled at once; raise "
            "LimitNOFILE of the service (or ulimit -n)",
            "limits: polls: %u: этому процессу можно открыть только %u файлов, поэтому одновременно опрашивается %u "
            "касс; увеличьте LimitNOFILE службы (или ulimit -n)",
            config->polls, serve_process_descriptors(), polls);
    }
    schedule_set_limits(f->schedule, &limits);
}

void fleet_set_full_rate(struct fleet *f)
{
    struct schedule_limits limits = {affordable_polls(f->config), f->config->driver_polls, f->load.full_per_s};
    schedule_set_limits(f->schedule, &limits);
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
    k->item.driver = connect_needs_driver(c->connect);
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
    if (change != CONFIG_OTHER_SETTINGS)
        k->has_clock = false; /* counted by the zone of before */
    if (k->run && change != CONFIG_OTHER_SETTINGS)
        k->run->outdated = true;
    if (anew) {
        if (k->run)
            poll_cancel(k->run->poll);
        known_forget(&k->known);
        k->unsent = (struct unsent){0};
        k->open_document = (struct open_document){0};
        fleet_set_state(f, k, STATE_USAGE);
        k->history = (struct history){0};
        k->census = (struct census_entry){0};
        k->restored = true; /* the snapshot that is there is another register's */
        k->logged_error = ERR_NONE;
    }
    schedule_change(f->schedule, &k->item, anew, spread_ms(c, config->kkt_count), clock_steady_ms());
}

/* Both lists are sorted by name: one walk along both finds what is new, gone, changed or as before. */
static void compare(const struct config *old, const struct config *now, struct fleet_changes *c)
{
    uint32_t at = 0, count = old ? old->kkt_count : 0;
    for (uint32_t i = 0; i < now->kkt_count; i++) {
        int order = -1;
        while (at < count && (order = strcmp(old->kkts[at].name, now->kkts[i].name)) < 0)
            c->gone[c->gone_count++] = at++;
        bool same = at < count && order == 0;
        c->before[i] = same ? at : NEW;
        c->how[i] = (uint8_t)(same ? config_kkt_change(old, &old->kkts[at], now, &now->kkts[i]) : CONFIG_OTHER_ACCESS);
        at += same;
    }
    while (at < count)
        c->gone[c->gone_count++] = at++;
}

struct fleet_changes *fleet_compare(const struct config *old, const struct config *now, struct failure *failure)
{
    struct fleet_changes *c = calloc(1, sizeof *c);
    if (c) {
        c->before = calloc(now->kkt_count + (size_t)1, sizeof *c->before);
        c->how = calloc(now->kkt_count + (size_t)1, sizeof *c->how);
        c->gone = calloc((old ? old->kkt_count : 0) + (size_t)1, sizeof *c->gone);
    }
    if (!c || !c->before || !c->how || !c->gone) {
        fleet_changes_free(c);
        failure_explain(failure, ERR_NO_MEMORY, "the registers", "кассы");
        return NULL;
    }
    compare(old, now, c);
    return c;
}

void fleet_changes_free(struct fleet_changes *c)
{
    if (!c)
        return;
    free(c->before);
    free(c->how);
    free(c->gone);
    free(c);
}

const uint32_t *fleet_changes_gone(const struct fleet_changes *c, uint32_t *count)
{
    *count = c->gone_count;
    return c->gone;
}

enum reload_change { RELOAD_GONE, RELOAD_CHANGED, RELOAD_NEW };

#define NAMED_MAX 50 /* registers that one reload names in the log */

static void log_changed(const struct fleet *f, uint32_t *named, const char *name, enum reload_change change)
{
    static const char *const words[][2] = {
        [RELOAD_GONE] = {"gone",    "удалена"  },
        [RELOAD_CHANGED] = {"changed", "изменена"},
        [RELOAD_NEW] = {"new",     "новая"      },
    };
    /* At the start all are new. */
    if (f->count > 0 && (*named)++ < NAMED_MAX)
        log_info("%s: %s", "%s: %s", name, words[change][log_language()]);
}

/* What found no memory is left out (NULL), and said; a later reload tries again. */
static uint32_t merge(struct fleet *f, const struct config *config, const struct fleet_changes *c, struct kkt **kkts)
{
    uint32_t changed = c->gone_count, named = 0;
    for (uint32_t i = 0; i < c->gone_count; i++)
        if (f->kkts[c->gone[i]]) {
            log_changed(f, &named, f->kkts[c->gone[i]]->config->name, RELOAD_GONE);
            remove_kkt(f, f->kkts[c->gone[i]]);
        }
    for (uint32_t i = 0; i < config->kkt_count; i++) {
        const struct config_kkt *to = &config->kkts[i];
        struct kkt *k = c->before[i] == NEW ? NULL : f->kkts[c->before[i]];
        changed += c->how[i] != CONFIG_SAME;
        if (c->how[i] != CONFIG_SAME)
            log_changed(f, &named, to->name, k ? RELOAD_CHANGED : RELOAD_NEW);
        if (!k)
            k = add_kkt(f, config, to);
        else if (c->how[i] == CONFIG_SAME)
            k->config = to;
        else
            change_kkt(f, k, config, to, (enum config_change)c->how[i]);
        if (!k)
            log_error("%s: no memory, it is not polled", "%s: не хватило памяти, касса не опрашивается", to->name);
        kkts[i] = k;
    }
    return changed;
}

/* Networks of earlier configurations are kept: polls that run may count against them. */
static void add_networks(struct fleet *f, const struct config *config)
{
    uint32_t without = 0;
    for (uint32_t i = 0; i < config->network_count; i++)
        without +=
            schedule_network(f->schedule, config->networks[i].name, config->networks[i].polls) == SCHEDULE_NO_NETWORK;
    if (without > 0)
        log_error("%u networks have no limit of polls at once: serve has known %u since its start, and no more fit; "
                  "restart it",
                  "сетей без предела одновременных опросов: %u: с запуска serve узнал %u, больше не помещается; "
                  "перезапустите его",
                  without, (unsigned)SCHEDULE_NO_NETWORK);
}

bool fleet_apply(struct fleet *f, const struct config *config, const struct fleet_changes *changes, enum lang lang,
                 struct spool *spool, struct failure *failure)
{
    struct kkt **kkts = calloc((size_t)config->kkt_count + 1, sizeof *kkts);
    uint64_t begun = uv_hrtime(), cpu = stall_cpu_ns();
    if (!kkts)
        return failure_explain(failure, ERR_NO_MEMORY, "the registers", "кассы");
    set_limits(f, config);
    add_networks(f, config);
    uint32_t changed = merge(f, config, changes, kkts);
    free(f->kkts);
    f->kkts = kkts;
    f->count = config->kkt_count;
    f->config = config;
    f->limits = config->health;
    f->lang = lang;
    f->spool = spool;
    log_info("%u registers, %u new, changed or removed", "касс: %u, из них новых, изменённых или удалённых: %u",
             f->count, changed);
    log_debug("the polls stood for %llu ms meanwhile (%llu ms of the processor)",
              (unsigned long long)(uv_hrtime() - begun) / NS_PER_MS,
              (unsigned long long)(stall_cpu_ns() - cpu) / NS_PER_MS);
    fleet_plan(f);
    return true;
}
