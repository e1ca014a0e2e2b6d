#include "cli/target.h"

#include "base/files/folder.h"
#include "base/files/within.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "config/load.h"
#include "metric/derived/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAREST_AMONG 1000 /* names that a mistyped one is held against */
#define SERVE_READS_MS                                                                                                 \
    50000 /* nobody waits for it; the Windows service allows a start 60 s, then the log has the reason */

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

/* With a group comes what its limits hang on: an autonomous register has no queue to the OFD that is too old. */
static bool add_named(const char *name, struct metric_set *set)
{
    struct metric_set group = {0};
    bool found = metric_set_add_group(&group, name);
    derive_add_guards(&group);
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (metric_set_has(&group, (enum metric)m))
            metric_set_add(set, (enum metric)m);
    return found;
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
    bool found = add_named(name, set);
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
            return failure_explain(failure, ERR_USAGE, "--groups: there is no group \"%s\". Expected: %s.",
                                   "--groups: группы «%s» нет. Ожидалось: %s.", TEXT_SHORT(name), known);
        }
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

/* What stands at a path may never answer: a share that is gone, a pipe. No wait for it is longer than for a register.
 */
static uint32_t read_timeout_ms(const struct args *args)
{
    if (args->timeout_ms > 0)
        return args->timeout_ms;
    return strcmp(args->command, "serve") == 0 ? SERVE_READS_MS : TARGET_TIMEOUT_MS;
}

static bool read_within(const struct args *args, const char *path, void (*job)(void *data), void *data,
                        enum error_code code, struct failure *failure)
{
    return within_ms(job, data, read_timeout_ms(args)) ||
           failure_explain(failure, code,
                           "%s was not read within %u ms: no answer (a network share that is unavailable, a pipe "
                           "without a writer, or this computer is overloaded)",
                           "%s не удалось прочитать за %u мс: нет ответа (сетевая папка недоступна, в канал никто не "
                           "пишет или компьютер перегружен)",
                           TEXT_PATH(path), read_timeout_ms(args));
}

bool target_read_within(const struct args *args, const char *path, void (*job)(void *data), void *data,
                        struct failure *failure)
{
    return read_within(args, path, job, data, ERR_CONFIG, failure);
}

struct config_job {
    char path[1100];
    struct config *config;
    bool missing;
    struct failure failure;
};

static void load_config(void *data)
{
    struct config_job *job = data;
    job->config = config_load(job->path, &job->missing, &job->failure);
}

struct config *target_config_at(const struct args *args, const char *path, bool *missing, struct failure *failure)
{
    *missing = false;
    struct config_job *job = calloc(1, sizeof *job);
    if (!job) {
        failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(path));
        return NULL;
    }
    if (strlen(path) >= sizeof job->path) {
        free(job);
        failure_explain(failure, ERR_CONFIG, "the path is too long: %s", "слишком длинный путь: %s", TEXT_PATH(path));
        return NULL;
    }
    memcpy(job->path, path, strlen(path) + 1);
    if (!read_within(args, path, load_config, job, ERR_CONFIG_UNREAD, failure))
        return NULL; /* the job is left to its thread */
    struct config *config = job->config;
    if (!config)
        *failure = job->failure;
    *missing = job->missing;
    free(job);
    return config;
}

bool target_no_config(const char *path, struct failure *failure)
{
    return failure_explain(failure, ERR_CONFIG,
                           "The configuration %s does not exist. Create it, or give another with -c FILE.",
                           "Нет файла настроек %s. Создайте его или укажите другой: -c FILE.", TEXT_PATH(path));
}

struct config *target_config(const struct args *args, struct failure *failure)
{
    char usual[1100];
    bool missing;
    const char *path = args->config ? args->config : config_default_path(usual, sizeof usual);
    struct config *config = target_config_at(args, path, &missing, failure);
    if (!config && missing)
        (void)target_no_config(path, failure);
    return config;
}

void target_follow_language(const struct args *args, const struct config *config)
{
    if (!args->lang_set && config->language_set)
        log_set_language(config->language);
}

static bool unknown_name(const struct args *args, const struct config *config, const char *name,
                         struct failure *failure)
{
    const char *names[NEAREST_AMONG];
    unsigned count = 0;
    for (uint32_t i = 0; i < config->kkt_count && i < NEAREST_AMONG; i++)
        names[count++] = config->kkts[i].name;
    const char *nearest = args_nearest(name, names, count);
    if (nearest)
        return failure_explain(
            failure, ERR_CONFIG, "\"%s\" is not a register of the configuration. Did you mean \"%s\"?",
            "ККТ «%s» нет в настройках. Возможно, имелась в виду «%s»?", TEXT_SHORT(name), TEXT_SHORT(nearest));
    if (args->configured)
        return failure_explain(failure, ERR_CONFIG,
                               "\"%s\" is not a register of the configuration. `zabbix-atol discover` lists them.",
                               "ККТ «%s» нет в настройках. Список: zabbix-atol discover.", TEXT_SHORT(name));
    return failure_explain(
        failure, ERR_CONFIG,
        "\"%s\" is neither a register of the configuration nor an address (for example tcp://10.0.0.15).",
        "«%s» — не ККТ из настроек и не адрес (например tcp://10.0.0.15).", TEXT_SHORT(name));
}

/* A NAME of the configuration. */
static bool find_name(const struct args *args, const char *name, struct target *target, struct failure *failure)
{
    struct config *config = target_config(args, failure);
    if (!config) {
        /* Without a file the name is more likely a mistyped address. */
        return args->configured || failure->code != ERR_CONFIG
                   ? false
                   : failure_prepend(failure, ERR_CONFIG,
                                     "\"%s\" is not an address (for example tcp://10.0.0.15), and: ",
                                     "«%s» — не адрес (например tcp://10.0.0.15). ", TEXT_SHORT(name));
    }
    target_follow_language(args, config);
    const struct config_kkt *kkt = config_find(config, name);
    if (kkt) {
        config_ask(kkt, &target->ask);
        (void)connect_hold(target->ask.connect);
        target->configured = true;
        target->control_allowed = kkt->control;
        target->limits = config->health;
        target->ask.limits = &target->limits;
        if (!config_snapshot_path(config, name, target->snapshot_file, sizeof target->snapshot_file))
            target->snapshot_file[0] = '\0';
    } else {
        (void)unknown_name(args, config, name, failure);
    }
    config_free(config);
    return kkt != NULL;
}

/* What comes from outside is never an option, and with --configured never an address. */
static bool word_is_allowed(const struct args *args, const char *word, bool address, struct failure *failure)
{
    if (!*word)
        return failure_explain(failure, ERR_USAGE, "The register's name is empty.", "Имя ККТ пустое.");
    if (word[0] == '-')
        return failure_explain(failure, ERR_USAGE,
                               "\"%s\" is not a register: neither a name nor an address begins with \"-\".",
                               "«%s» — не ККТ: ни имя, ни адрес не начинаются с «-».", TEXT_SHORT(word));
    if (address && args->configured)
        return failure_explain(
            failure, ERR_USAGE,
            "\"%s\" is an address; here only names of the configuration are allowed (--configured). Give the register "
            "a "
            "name in the configuration and use that.",
            "«%s» — адрес, а здесь разрешены только имена из настроек (--configured). Дайте ККТ имя в настройках и "
            "укажите его.",
            TEXT_SHORT(word));
    return true;
}

static bool find(const struct args *args, const char *word, struct target *target, struct failure *failure)
{
    memset(target, 0, sizeof *target);
    target->ask.zone.host = true;
    /* A name has no colon: what has one is an address, though perhaps a wrong one. */
    bool address = connect_is_address(word) || strchr(word, ':');
    if (!word_is_allowed(args, word, address, failure))
        return false;
    if (address) {
        target->ask.connect = connect_parse(word, failure);
        if (!target->ask.connect)
            return false;
    } else if (!find_name(args, word, target, failure)) {
        return false;
    }
    (void)text_escape(target->name, sizeof target->name, word);
    if (args->timeout_ms)
        target->ask.timeout_ms = args->timeout_ms;
    else if (target->ask.timeout_ms == 0)
        target->ask.timeout_ms = TARGET_TIMEOUT_MS;
    if (args->zone && !zone_parse(args->zone, &target->ask.zone))
        return failure_explain(
            failure, ERR_USAGE, "--timezone \"%s\": expected a name such as Europe/Moscow, or +03:00.",
            "--timezone «%s»: ожидалось имя, например Europe/Moscow, или +03:00.", TEXT_SHORT(args->zone));
    return target_groups(args->groups, &target->ask.wanted, failure);
}

bool target_find(const struct args *args, const char *word, struct target *target, struct failure *failure)
{
    if (find(args, word, target, failure))
        return true;
    target_free(target);
    return false;
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

struct snapshot_job {
    char path[sizeof((struct target *)NULL)->snapshot_file];
    char *text;
    size_t count;
    struct failure failure;
};

static void load_snapshot(void *data)
{
    struct snapshot_job *job = data;
    job->text = folder_read_path(job->path, DOCUMENT_BYTES_MAX, &job->count, &job->failure);
}

/* The text of the file, which the caller frees; NULL with the reason. */
static char *snapshot_text_of(const struct args *args, const char *path, size_t *count, struct failure *failure)
{
    struct snapshot_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    (void)snprintf(job->path, sizeof job->path, "%s", path);
    if (!within_ms(load_snapshot, job, read_timeout_ms(args))) {
        failure_set(failure, ERR_SYSTEM, "%s", TEXT_PATH(path));
        return NULL;
    }
    char *text = job->text;
    *count = job->count;
    *failure = job->failure;
    free(job);
    return text;
}

static bool read_snapshot(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    const struct document_owner owner = {target->name, target->ask.connect, target->ask.expected_serial};
    struct failure failure = {0};
    size_t count;
    if (args->max_age_ms == 0 || !target->snapshot_file[0] || !serve_reads_all(&target->ask.wanted))
        return false;
    char *text = snapshot_text_of(args, target->snapshot_file, &count, &failure);
    bool good = text && document_read(text, count, clock_unix_ms() / 1000, s, d, &failure);
    free(text);
    if (good && !document_is_of(d, &owner))
        good = failure_explain(&failure, ERR_SNAPSHOT_OLD, "it is of another register: \"%s\", %s",
                               "он другой ККТ: «%s», %s", d->name, d->connect);
    if (!good)
        log_info("snapshot %s: %s", "снимок %s: %s", target->snapshot_file, failure_detail(&failure, log_language()));
    metric_set_keep_only(&s->present, &target->ask.wanted);
    metric_set_keep_only(&s->unsupported, &target->ask.wanted);
    return good && d->age_s <= (int64_t)args->max_age_ms / 1000;
}

void target_read(const struct args *args, const struct target *target, struct snapshot *s, struct document *d)
{
    if (read_snapshot(args, target, s, d)) {
        document_set_health(d, &target->limits, log_language());
        return;
    }
    const struct connect *used = poll_once(&target->ask, s);
    document_of(d, target->name, used->text, s, &target->ask.zone, &target->limits, log_language());
    connect_release(used);
}

void target_free(struct target *target)
{
    connect_release(target->ask.connect);
    target->ask.connect = NULL;
}
