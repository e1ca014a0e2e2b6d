#include "cli/target.h"

#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 15000
#define DOCUMENT_MAX       (1U << 20)

static void list_groups(char *buf, size_t cap)
{
    size_t used = 0;
    const char *last = "";
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        const char *group = metric_row((enum metric)i)->group;
        if (strcmp(last, group) == 0)
            continue;
        last = group;
        int n = snprintf(buf + used, cap - used, "%s, ", group);
        if (n > 0 && (size_t)n < cap - used)
            used += (size_t)n;
    }
    (void)snprintf(buf + used, cap - used, "quick, slow, extra, all");
}

static bool add_group(const char *name, struct metric_set *set)
{
    static const struct {
        const char *name;
        enum metric_rate rate;
    } rates[] = {
        {"quick", RATE_QUICK},
        {"slow",  RATE_SLOW },
        {"extra", RATE_EXTRA},
    };
    bool found = metric_set_add_group(set, name);
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (strcmp(name, rates[i].name) == 0 || strcmp(name, "all") == 0) {
            metric_set_add_rate(set, rates[i].rate);
            found = true;
        }
    return found;
}

bool target_groups(const char *groups, struct metric_set *set, struct failure *failure)
{
    const char *at = groups ? groups : "quick,slow";
    memset(set, 0, sizeof *set);
    for (;;) {
        char name[32], known[160];
        size_t length = strcspn(at, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), at);
        if (!add_group(name, set)) {
            list_groups(known, sizeof known);
            return failure_set(failure, ERR_USAGE, "--groups: there is no group \"%s\". Expected: %s.", name, known);
        }
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

struct config *target_config(const struct args *args, struct failure *failure)
{
    char usual[512];
    bool missing = false;
    const char *path = args->config ? args->config : config_default_path(usual, sizeof usual);
    struct config *config = config_load(path, &missing, failure);
    if (!config && missing)
        failure_set(failure, ERR_CONFIG, "There is no configuration %.180s. Write one, or give another with -c FILE.",
                    path);
    return config;
}

/* A NAME of the configuration. */
static bool find_name(const struct args *args, const char *name, struct target *target, struct failure *failure)
{
    struct config *config = target_config(args, failure);
    if (!config) {
        /* Without a file the name is more likely a mistyped address. */
        struct failure why = *failure;
        return failure_set(failure, ERR_CONFIG, "\"%.40s\" is no address (as tcp://10.0.0.15), and: %.320s", name,
                           why.detail);
    }
    const struct config_kkt *kkt = config_find(config, name);
    if (kkt) {
        config_ask(kkt, &target->ask);
        target->configured = true;
        target->control_allowed = kkt->control;
        target->limits = config->health;
        if (!args->lang_set && config->language_set)
            target->lang = config->language;
        if (!config_snapshot_path(config, name, target->snapshot_file, sizeof target->snapshot_file))
            target->snapshot_file[0] = '\0';
    } else {
        failure_set(failure, ERR_CONFIG,
                    "\"%.60s\" is neither a register of the configuration nor an address (as tcp://10.0.0.15).", name);
    }
    config_free(config);
    return kkt != NULL;
}

bool target_find(const struct args *args, const char *word, struct target *target, struct failure *failure)
{
    memset(target, 0, sizeof *target);
    target->lang = args->lang;
    target->ask.zone.host = true;
    /* A name has no colon: what has one is an address, though perhaps a wrong one. */
    if (connect_is_address(word) || strchr(word, ':')) {
        if (!connect_parse(word, &target->ask.connect, failure))
            return false;
    } else if (!find_name(args, word, target, failure)) {
        return false;
    }
    (void)snprintf(target->name, sizeof target->name, "%s", word);
    if (args->timeout_ms)
        target->ask.timeout_ms = args->timeout_ms;
    else if (target->ask.timeout_ms == 0)
        target->ask.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (args->zone && !zone_parse(args->zone, &target->ask.zone))
        return failure_set(failure, ERR_USAGE, "--timezone \"%.60s\": expected a name as Europe/Moscow or +03:00.",
                           args->zone);
    return target_groups(args->groups, &target->ask.wanted, failure);
}

/* serve reads the quick and the slow metrics. */
static bool serve_reads_all(const struct metric_set *wanted)
{
    struct metric_set beyond = *wanted, read = {0};
    metric_set_add_rate(&read, RATE_QUICK);
    metric_set_add_rate(&read, RATE_SLOW);
    metric_set_remove_all(&beyond, &read);
    return metric_set_empty(&beyond);
}

static bool read_snapshot(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    struct failure failure = {0};
    size_t count;
    if (args->max_age_ms == 0 || !target->snapshot_file[0] || !serve_reads_all(&target->ask.wanted))
        return false;
    char *text = folder_read_path(target->snapshot_file, DOCUMENT_MAX, &count, &failure);
    bool good = text && document_read(text, count, clock_unix_ms() / 1000, s, d, &failure);
    free(text);
    if (!good)
        log_info("snapshot %s: %s", target->snapshot_file, failure.detail);
    metric_set_keep_only(&s->present, &target->ask.wanted);
    metric_set_keep_only(&s->unsupported, &target->ask.wanted);
    return good && d->age_s <= (int64_t)args->max_age_ms / 1000;
}

void target_read(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    struct connect used;
    if (read_snapshot(args, target, s, d)) {
        document_judge(d, &target->limits, target->lang);
        return;
    }
    poll_once(&target->ask, s, &used);
    document_of(d, target->name, used.text, s, &target->ask.zone, &target->limits, target->lang);
}
