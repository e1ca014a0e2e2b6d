#include "push/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/ratelimit.h"
#include "push/agent_config.h"
#include "push/rate.h"
#include "push/sender_output.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* zabbix_sender(1): 2 = some of the values were refused (no such host or item), or some of the servers did not get
 * them. */
#define EXIT_SOME_REFUSED 2
#define RUN_MAX_MS        60000
#define RETRY_MAX_MS      60000
#define OUTPUT_WAIT_MS    500 /* for the end of the output, once the process has ended */
#define FILE_ERROR_LOG_S  3600

/* zabbix_sender forks one process for each server: a group of its own can be killed whole. */
#ifdef _WIN32
#define SPAWN_FLAGS UV_PROCESS_WINDOWS_HIDE
#else
#define SPAWN_FLAGS UV_PROCESS_DETACHED
#endif

enum { STREAMS = 2 }; /* its standard output and error */

struct sender {
    uv_loop_t *loop;
    char program[512], agent_config[512];
    uint32_t interval_s, rate_per_s, batch;
    struct rate rate;
    struct spool *spool;
    uv_timer_t timer; /* the next run, or the end of this one */
    uv_process_t process;
    uv_pipe_t streams[STREAMS];
    char bytes[4096]; /* as they are read */
    struct sender_output output;
    unsigned open_handles; /* of this run: it is over when all are closed */
    int64_t status;        /* of the process, or a libuv error when it did not start */
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
            "host or trapper item, or this computer is none of its allowed hosts. Each is sent once more after %d s",
            s->packet.name.host, s->packet.name.key, more, SPOOL_AGAIN_S);
}

static void log_unreachable(struct sender *s, unsigned servers)
{
    if (s->away || s->stopping)
        return;
    s->away = true;
    if (s->status < 0)
        log_error("%s: %s; values are kept in the spool", s->program, uv_strerror((int)s->status));
    else if (s->output.responses >= servers && s->status == EXIT_SOME_REFUSED)
        log_warn("Zabbix's answer does not fit the %u values that were sent (%s); they are kept in the spool",
                 s->packet.values, s->output.last);
    else if (s->output.responses > 0 && s->status == EXIT_SOME_REFUSED)
        log_warn("Zabbix does not take values (only %u of %u servers answered); they are kept in the spool",
                 s->output.responses, servers);
    else
        log_warn("Zabbix does not take values (%s ended with %lld, signal %d: %s); they are kept in the spool",
                 s->program, (long long)s->status, s->signal_number,
                 s->output.last[0] ? s->output.last : "it said nothing");
}

/* Is what it says of the packet possible? */
static bool is_believable(const struct sender *s)
{
    return s->output.total == s->packet.values && s->output.refused <= s->packet.values;
}

/* 2 may mean that a server did not get the batch: it is processed only when every server answered. */
static bool is_processed(const struct sender *s, unsigned *servers)
{
    struct agent_config agent;
    *servers = 1;
    if (s->signal_number != 0 || s->status != EXIT_SOME_REFUSED)
        return s->signal_number == 0 && s->status == 0;
    if (agent_config_read(s->agent_config, &agent, NULL) && agent.servers > 0)
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
        log_info("Zabbix takes values again, %llu wait", (unsigned long long)counts.length);
    }
    s->away = false;
}

static void finish_run(struct sender *s)
{
    unsigned servers;
    s->running = false;
    rate_ran(&s->rate, s->packet.values, clock_steady_ms());
    if (is_processed(s, &servers)) {
        handle_processed(s);
    } else if (s->output.wrong_line && s->output.responses == 0 && s->signal_number == 0) {
        spool_set_aside(s->spool);
    } else {
        log_unreachable(s, servers);
        spool_release(s->spool);
        s->failures++;
    }
    plan(s);
}

static void handle_closed(uv_handle_t *handle)
{
    struct sender *s = handle->data;
    if (--s->open_handles > 0)
        return;
    (void)uv_timer_stop(&s->timer);
    sender_output_parse(&s->output, NULL, 0);
    finish_run(s);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle_closed);
}

static void close_streams(struct sender *s)
{
    for (unsigned i = 0; i < STREAMS; i++)
        close_handle(&s->streams[i]);
}

static void on_output_late(uv_timer_t *timer)
{
    close_streams(timer->data);
}

static void on_ended(uv_process_t *process, int64_t status, int signal_number)
{
    struct sender *s = process->data;
    s->status = status;
    s->signal_number = signal_number;
    (void)uv_timer_start(&s->timer, on_output_late, OUTPUT_WAIT_MS, 0);
    close_handle(process);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct sender *s = handle->data;
    (void)suggested;
    *buf = uv_buf_init(s->bytes, sizeof s->bytes);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct sender *s = stream->data;
    if (count > 0)
        sender_output_parse(&s->output, buf->base, (size_t)count);
    else if (count < 0)
        close_handle(stream);
}

static void kill_group(struct sender *s)
{
    if (uv_kill(-s->process.pid, SIGKILL) != 0)
        (void)uv_process_kill(&s->process, SIGKILL);
}

static void on_too_long(uv_timer_t *timer)
{
    kill_group(timer->data);
}

static void text_arg(char **argv, unsigned *count, const char *text)
{
    /* libuv takes char *, and does not write to it */
    memcpy(&argv[(*count)++], &text, sizeof text);
}

static int spawn(struct sender *s)
{
    char *argv[10];
    unsigned count = 0;
    const char *const words[] = {s->program, "-c", s->agent_config, "-T", "-N", "-i", s->packet.path};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        text_arg(argv, &count, words[i]);
    argv[count] = NULL;
    uv_stdio_container_t stdio[1 + STREAMS] = {{.flags = UV_IGNORE}};
    for (unsigned i = 0; i < STREAMS; i++)
        stdio[1 + i] = (uv_stdio_container_t){.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
                                              .data.stream = (uv_stream_t *)&s->streams[i]};
    uv_process_options_t options = {.file = s->program,
                                    .args = argv,
                                    .exit_cb = on_ended,
                                    .stdio = stdio,
                                    .stdio_count = 1 + STREAMS,
                                    .flags = SPAWN_FLAGS};
    return uv_spawn(s->loop, &s->process, &options);
}

static void run(struct sender *s)
{
    s->running = true;
    s->output = (struct sender_output){0};
    s->signal_number = 0;
    for (unsigned i = 0; i < STREAMS; i++) {
        (void)uv_pipe_init(s->loop, &s->streams[i], 0);
        s->streams[i].data = s;
    }
    s->open_handles = 1 + STREAMS;
    int status = spawn(s);
    s->process.data = s;
    if (status == 0) {
        for (unsigned i = 0; i < STREAMS; i++)
            if (uv_read_start((uv_stream_t *)&s->streams[i], give_room, on_output) != 0)
                close_handle(&s->streams[i]);
        (void)uv_timer_start(&s->timer, on_too_long, RUN_MAX_MS, 0);
        return;
    }
    s->status = status;
    close_handle(&s->process);
    close_streams(s);
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
    if (s->running && uv_is_active((uv_handle_t *)&s->process))
        kill_group(s);
}
