#include "push/sender.h"

#include "base/log.h"
#include "base/process/child.h"
#include "base/ratelimit.h"
#include "base/system_error.h"
#include "base/time/clock.h"
#include "push/agent_config.h"
#include "push/rate.h"
#include "push/sender_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* zabbix_sender(1): 2 = some of the values were refused (no such host or item), or some of the servers did not get
 * them. */
#define EXIT_SOME_REFUSED 2
#define RUN_MAX_MS        60000
#define RETRY_MAX_MS      60000
#define FILE_ERROR_LOG_S  3600

struct sender {
    uv_loop_t *loop;
    char program[512], agent_config[512];
    uint32_t interval_s, rate_per_s, batch;
    struct rate rate;
    struct spool *spool;
    uv_timer_t timer;    /* the next run, or the end of this one */
    struct child *child; /* the run; NULL: none */
    struct sender_output output;
    int64_t status; /* of the process, or a libuv error when it did not start */
    int signal_number;
    bool running, stopping, away;
    uint32_t failures;
    struct ratelimit logged_refused;
    struct spool_packet packet;
    void (*stopped)(void *user);
    void *user;
};

static void on_timer(uv_timer_t *timer);

static void timer_closed(uv_handle_t *handle)
{
    struct sender *s = handle->data;
    void (*stopped)(void *user) = s->stopped;
    void *user = s->user;
    free(s);
    stopped(user);
}

/* The most values of one run. */
static uint32_t run_values(const struct sender *s)
{
    return s->batch < s->rate_per_s ? s->batch : s->rate_per_s;
}

static void plan(struct sender *s)
{
    uint64_t delay = (uint64_t)s->interval_s * 1000;
    if (s->stopping) {
        uv_close((uv_handle_t *)&s->timer, timer_closed);
        return;
    }
    if (s->failures > 0) {
        delay = UINT64_C(1000) << (s->failures > 6 ? 6 : s->failures);
        if (delay > RETRY_MAX_MS)
            delay = RETRY_MAX_MS;
    } else if (spool_full(s->spool)) {
        delay = 0;
    }
    (void)uv_timer_start(&s->timer, on_timer, delay, 0);
}

static void log_refused(struct sender *s)
{
    uint32_t more = 0;
    if (ratelimit_pass(&s->logged_refused, clock_steady_ms(), FILE_ERROR_LOG_S, &more))
        log_warn(
            "Zabbix refuses values (host \"%s\", key \"%s\"; %u more since the last such line): there is no such "
            "host or trapper item, or this computer is not among its allowed hosts. Each is sent once more after %d s",
            "Zabbix отклоняет значения (узел «%s», ключ «%s»; с прошлой такой строки ещё %u): такого узла или траппера "
            "нет "
            "либо этот компьютер не в списке его разрешённых узлов. Каждое будет отправлено ещё раз через %d с",
            s->packet.name.host, s->packet.name.key, more, SPOOL_AGAIN_S);
}

/* `unread`: why it is not known how many servers there are; code 0 when it is. */
static void log_unreachable(struct sender *s, unsigned servers, const struct failure *unread)
{
    if (s->away || s->stopping)
        return;
    s->away = true;
    if (s->status < 0)
        log_error("%s: %s; values are kept in the spool", "%s: %s; значения остаются в очереди", s->program,
                  system_error_text((int)s->status, log_language()));
    else if (unread->code != ERR_NONE)
        log_warn("how many servers must have the values is not known: %s; they are kept in the spool",
                 "сколько серверов должны получить значения, неизвестно: %s; они остаются в очереди",
                 failure_detail(unread, log_language()));
    else if (s->output.responses >= servers && s->status == EXIT_SOME_REFUSED)
        log_warn("Zabbix's answer does not match the %u values that were sent (%s); they are kept in the spool",
                 "ответ Zabbix не соответствует числу отправленных значений: %u (%s); они остаются в очереди",
                 s->packet.values, s->output.last);
    else if (s->output.responses > 0 && s->status == EXIT_SOME_REFUSED)
        log_warn("Zabbix does not accept values (only %u of %u servers answered); they are kept in the spool",
                 "Zabbix не принимает значения (ответили серверов: %u из %u); они остаются в очереди",
                 s->output.responses, servers);
    else
        log_warn("Zabbix does not accept values (%s ended with %lld, signal %d: %s); they are kept in the spool",
                 "Zabbix не принимает значения (%s завершилась с кодом %lld, сигнал %d: %s); они остаются в очереди",
                 s->program, (long long)s->status, s->signal_number, s->output.last[0] ? s->output.last : "-");
}

/* Is what it says of the packet possible? */
static bool is_believable(const struct sender *s)
{
    return s->output.total == s->packet.values && s->output.refused <= s->packet.values;
}

/* 2 may mean that a server did not get the batch: it is processed only when every server answered. Nobody knows that
 * when the agent's file cannot be read (`unread`): then it is not. */
static bool is_processed(const struct sender *s, unsigned *servers, struct failure *unread)
{
    struct agent_config agent;
    *servers = 1;
    if (s->signal_number != 0 || s->status != EXIT_SOME_REFUSED)
        return s->signal_number == 0 && s->status == 0;
    if (!agent_config_read(s->agent_config, &agent, unread))
        return false;
    if (agent.servers > 0)
        *servers = agent.servers;
    return s->output.responses >= *servers && is_believable(s);
}

static void handle_processed(struct sender *s)
{
    if (s->output.refused > 0) {
        if (s->packet.values == 1)
            log_refused(s);
        spool_refuse(s->spool, clock_steady_ms());
    } else {
        spool_done(s->spool);
    }
    s->failures = 0;
    if (s->away) {
        struct spool_counts counts;
        spool_counts(s->spool, &counts);
        log_info("Zabbix accepts values again, %llu wait", "Zabbix снова принимает значения, в очереди %llu",
                 (unsigned long long)counts.length);
    }
    s->away = false;
}

static void finish_run(struct sender *s)
{
    unsigned servers;
    struct failure unread = {0};
    s->running = false;
    rate_ran(&s->rate, s->packet.values, clock_steady_ms());
    if (is_processed(s, &servers, &unread)) {
        handle_processed(s);
    } else if (s->output.wrong_line && s->output.responses == 0 && s->signal_number == 0) {
        spool_set_aside(s->spool);
    } else {
        log_unreachable(s, servers, &unread);
        spool_release(s->spool);
        s->failures++;
    }
    plan(s);
}

static bool on_output(const char *bytes, size_t count, void *user)
{
    struct sender *s = user;
    sender_output_parse(&s->output, bytes, count);
    return true;
}

static void on_ended(const struct child_end *end, void *user)
{
    struct sender *s = user;
    s->child = NULL;
    s->status = end->error ? end->error : end->status;
    s->signal_number = end->signal_number;
    sender_output_parse(&s->output, NULL, 0);
    finish_run(s);
}

static void run(struct sender *s)
{
    static const struct child_handlers handlers = {on_output, on_ended};
    const char *const words[] = {s->program, "-c", s->agent_config, "-T", "-N", "-i", s->packet.path, NULL};
    /* zabbix_sender forks one process for each server: a group of its own can be killed whole. */
    struct child_options options = {
        .file = s->program,
        .args = words,
        .streams = {CHILD_NOTHING, CHILD_WRITES, CHILD_WRITES},
        .timeout_ms = RUN_MAX_MS,
        .group = true
    };
    s->running = true;
    s->output = (struct sender_output){0};
    s->child = child_start(s->loop, &options, &handlers, s);
    if (!s->child)
        on_ended(&(struct child_end){.error = UV_ENOMEM}, s);
}

static void on_timer(uv_timer_t *timer)
{
    struct sender *s = timer->data;
    uint64_t now = clock_steady_ms();
    uint32_t wait_ms = rate_wait_ms(&s->rate, s->rate_per_s, 1, now);
    if (wait_ms == 0 && !spool_peek(s->spool, run_values(s), now, &s->packet)) {
        plan(s);
        return;
    }
    if (wait_ms == 0) {
        wait_ms = rate_wait_ms(&s->rate, s->rate_per_s, s->packet.values, now);
        if (wait_ms == 0) {
            run(s);
            return;
        }
        spool_release(s->spool);
    }
    (void)uv_timer_start(timer, on_timer, wait_ms, 0);
}

void sender_set(struct sender *s, const struct sender_settings *settings)
{
    (void)snprintf(s->program, sizeof s->program, "%s", settings->program);
    (void)snprintf(s->agent_config, sizeof s->agent_config, "%s", settings->agent_config);
    s->interval_s = settings->interval_s;
    s->rate_per_s = settings->rate_per_s;
    s->batch = settings->batch;
}

struct sender *sender_start(uv_loop_t *loop, const struct sender_settings *settings, struct spool *spool)
{
    struct sender *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->loop = loop;
    sender_set(s, settings);
    s->spool = spool;
    (void)uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    plan(s);
    return s;
}

void sender_stop(struct sender *s, void (*stopped)(void *user), void *user)
{
    s->stopping = true;
    s->stopped = stopped;
    s->user = user;
    if (!s->running) {
        (void)uv_timer_stop(&s->timer);
        plan(s);
    }
}

void sender_kill(struct sender *s)
{
    if (s->child)
        child_kill(s->child);
}
