#include "zabbix/sender.h"

#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* zabbix_sender(1): 2 = sent, but the server refused some of the values (no such host or item). They were processed:
 * they are not sent again. */
#define EXIT_SOME_REFUSED 2
#define RUN_MAX_MS        60000
#define RETRY_MAX_MS      60000

struct sender {
    uv_loop_t *loop;
    char program[512], agent_config[512];
    uint32_t interval_s;
    struct spool *spool;
    uv_timer_t timer; /* the next run, or the end of this one */
    uv_process_t process;
    bool running, stopping, away;
    uint32_t failures;
    char file[600];
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

static void finish_run(struct sender *s, bool taken)
{
    if (taken) {
        spool_done(s->spool);
        s->failures = 0;
        if (s->away)
            log_info("Zabbix takes values again, %llu wait", (unsigned long long)spool_length(s->spool));
        s->away = false;
    } else {
        spool_release(s->spool);
        s->failures++;
    }
    plan(s);
}

static void process_closed(uv_handle_t *handle)
{
    struct sender *s = handle->data;
    s->running = false;
    finish_run(s, s->file[0] == '\0');
}

/* file[0] == '\0' tells process_closed that the values are in Zabbix. */
static void on_ended(uv_process_t *process, int64_t status, int signal_number)
{
    struct sender *s = process->data;
    (void)uv_timer_stop(&s->timer);
    if (signal_number == 0 && (status == 0 || status == EXIT_SOME_REFUSED)) {
        if (status == EXIT_SOME_REFUSED)
            log_debug("Zabbix refused some values of %s (no such host or item)", s->file);
        s->file[0] = '\0';
    } else if (!s->away && !s->stopping) {
        s->away = true;
        log_warn("Zabbix does not take values (%s ended with %lld, signal %d); they are kept in the spool", s->program,
                 (long long)status, signal_number);
    }
    uv_close((uv_handle_t *)process, process_closed);
}

static void on_too_long(uv_timer_t *timer)
{
    struct sender *s = timer->data;
    (void)uv_process_kill(&s->process, SIGKILL);
}

static void text_arg(char **argv, unsigned *count, const char *text)
{
    /* libuv takes char *, and does not write to it */
    memcpy(&argv[(*count)++], &text, sizeof text);
}

static void run(struct sender *s)
{
    char *argv[10];
    unsigned count = 0;
    const char *const words[] = {s->program, "-c", s->agent_config, "-T", "-N", "-i", s->file};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        text_arg(argv, &count, words[i]);
    argv[count] = NULL;
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {.file = s->program,
                                    .args = argv,
                                    .exit_cb = on_ended,
                                    .stdio = stdio,
                                    .stdio_count = 3,
                                    .flags = UV_PROCESS_WINDOWS_HIDE};
    s->running = true;
    int status = uv_spawn(s->loop, &s->process, &options);
    s->process.data = s;
    if (status == 0) {
        (void)uv_timer_start(&s->timer, on_too_long, RUN_MAX_MS, 0);
        return;
    }
    if (!s->away)
        log_error("%s: %s; values are kept in the spool", s->program, uv_strerror(status));
    s->away = true;
    uv_close((uv_handle_t *)&s->process, process_closed);
}

static void on_timer(uv_timer_t *timer)
{
    struct sender *s = timer->data;
    if (spool_take(s->spool, s->file, sizeof s->file))
        run(s);
    else
        plan(s);
}

void sender_set(struct sender *s, const struct sender_settings *settings)
{
    (void)snprintf(s->program, sizeof s->program, "%s", settings->program);
    (void)snprintf(s->agent_config, sizeof s->agent_config, "%s", settings->agent_config);
    s->interval_s = settings->interval_s;
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
    if (s->running)
        (void)uv_process_kill(&s->process, SIGKILL);
}
