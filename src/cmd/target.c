#include "cmd/target.h"

#include "base/file.h"
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

bool target_find(const struct args *args, const char *word, struct target *target, struct failure *failure)
{
    memset(target, 0, sizeof *target);
    if (!connect_is_address(word) && !strchr(word, ':'))
        return failure_set(failure, ERR_USAGE,
                           "\"%.60s\" is neither a register of the configuration nor an address (as tcp://10.0.0.15).",
                           word);
    if (!connect_parse(word, &target->ask.connect, failure))
        return false;
    (void)snprintf(target->name, sizeof target->name, "%s", word);
    target->ask.timeout_ms = args->timeout_ms ? args->timeout_ms : DEFAULT_TIMEOUT_MS;
    if (!zone_parse(args->zone ? args->zone : "host", &target->ask.zone))
        return failure_set(failure, ERR_USAGE, "--timezone \"%.60s\": expected a name as Europe/Moscow or +03:00.",
                           args->zone);
    return target_groups(args->groups, &target->ask.wanted, failure);
}

static bool read_snapshot(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    struct failure failure = {0};
    size_t count;
    uv_timeval64_t now = {0};
    if (args->max_age_ms == 0 || !target->snapshot_file[0])
        return false;
    char *text = file_read(target->snapshot_file, DOCUMENT_MAX, &count, NULL, &failure);
    (void)uv_gettimeofday(&now);
    bool good = text && document_read(text, count, now.tv_sec, s, d, &failure);
    free(text);
    if (!good)
        log_info("snapshot %s: %s", target->snapshot_file, failure.detail);
    return good && d->age_s <= (int64_t)args->max_age_ms / 1000;
}

void target_read(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    struct connect used;
    if (read_snapshot(args, target, s, d))
        return;
    poll_once(&target->ask, s, &used);
    document_of(d, target->name, used.text, s, &target->ask.zone, args->lang);
}
