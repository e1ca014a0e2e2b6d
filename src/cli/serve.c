/* serve: polls every register of the configuration, for ever. */
#include "base/datafolder.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "push/sender.h"
#include "serve/fleet.h"
#include "serve/notify.h"
#include "serve/serve_process.h"
#include "serve/state_dir.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_NAME     "_serve"
#define STATISTICS_KEY      "kkt.serve"
#define STATISTICS_MS       60000
#define STATISTICS_FIRST_MS 5000
#define STOP_MS             700 /* a clean stop takes less than a second */

/* On Windows SIGHUP is the closing of the window. */
#ifdef _WIN32
#define HANGUP_RELOADS false
#else
#define HANGUP_RELOADS true
#endif

struct serve {
    uv_loop_t loop;
    const struct args *args;
    struct config *config;
    lock_handle lock; /* of state_dir */
    struct fleet *fleet;
    struct spool *spool;
    struct sender *sender; /* NULL: nothing is pushed, or it has stopped */
    uv_timer_t health, watchdog, stop;
    uv_signal_t hangup, terminate, interrupt, broken;
    uv_pipe_t input; /* --stop-on-eof */
    unsigned ends;   /* what is still to end before the loop stops */
    bool stopping;
};

static enum lang language(const struct args *args, const struct config *config)
{
    return args->lang_set || !config->language_set ? args->lang : config->language;
}

static void publish_statistics(struct serve *s)
{
    struct failure failure = {0};
    char path[1024];
    int64_t ms;
    char *text = fleet_statistics(s->fleet, &ms);
    bool good = text && config_snapshot_path(s->config, STATISTICS_NAME, path, sizeof path) &&
                file_write_atomic(path, text, strlen(text), false, &failure);
    if (good && s->spool && s->config->push.host[0])
        good = spool_add(s->spool, s->config->push.host, STATISTICS_KEY, ms, text, &failure);
    if (!good)
        log_error("the health document: %s", failure.detail);
    if (s->spool)
        spool_keep_dropped(s->spool);
    free(text);
}

static void on_health(uv_timer_t *timer)
{
    publish_statistics(timer->data);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    if (fleet_gets_on(s->fleet))
        notify_send("WATCHDOG=1");
}

static struct sender_settings sender_settings(const struct config *c)
{
    return (struct sender_settings){c->push.sender, c->push.agent_config, c->push.interval_s};
}

/* Pushing as the configuration says; a reload may begin it, and goes on with what is there. */
static bool start_push(struct serve *s, const struct config *c, struct failure *failure)
{
    struct sender_settings settings = sender_settings(c);
    if (!c->push.agent_config)
        return true;
    if (!s->spool)
        s->spool = spool_open(c->push.spool, c->push.batch, c->push.spool_max, failure);
    if (!s->spool)
        return false;
    spool_set_limits(s->spool, c->push.batch, c->push.spool_max);
    if (s->sender)
        sender_set(s->sender, &settings);
    else
        s->sender = sender_start(&s->loop, &settings, s->spool);
    return s->sender || failure_set(failure, ERR_NO_MEMORY, "the sender");
}

static void warn_other_spool(const struct serve *s, const struct config *c)
{
    if (s->spool && c->push.agent_config && strcmp(spool_folder(s->spool), c->push.spool) != 0)
        log_warn("push: spool: %s is used after a restart; until then values go to %s", c->push.spool,
                 spool_folder(s->spool));
}

/* Another state_dir is taken before the old one is let go. */
static bool reload(struct serve *s, const struct config *config, struct failure *failure)
{
    lock_handle lock = s->lock;
    bool moved = strcmp(config->state_dir, s->config->state_dir) != 0;
    if (moved && !state_dir_acquire(config->state_dir, &lock, failure))
        return false;
    if (!start_push(s, config, failure) || !fleet_reload(s->fleet, config, language(s->args, config),
                                                         config->push.agent_config ? s->spool : NULL, failure)) {
        if (moved)
            lock_release(lock);
        return false;
    }
    state_dir_remove_gone(s->config, config);
    if (moved) {
        lock_release(s->lock);
        s->lock = lock;
        state_dir_remove_stale(config);
    }
    warn_other_spool(s, config);
    return true;
}

static void read_again(struct serve *s)
{
    struct failure failure = {0};
    if (s->stopping)
        return;
    struct config *config = target_config(s->args, &failure);
    if (!config || !reload(s, config, &failure)) {
        char text[700];
        failure_text(&failure, s->args->lang, text, sizeof text);
        log_error("the configuration stays as it was: %s", text);
        config_free(config);
        return;
    }
    config_free(s->config);
    s->config = config;
    serve_process_trim();
}

static void ended(void *user)
{
    struct serve *s = user;
    if (--s->ends == 0)
        uv_stop(&s->loop);
}

static void sender_ended(void *user)
{
    struct serve *s = user;
    s->sender = NULL;
    ended(s);
}

static void on_stop_timeout(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    if (s->sender)
        sender_kill(s->sender);
    uv_stop(&s->loop);
}

static void stop(struct serve *s)
{
    if (s->stopping)
        return;
    s->stopping = true;
    notify_send("STOPPING=1");
    log_info("stopping");
    publish_statistics(s);
    (void)uv_timer_start(&s->stop, on_stop_timeout, STOP_MS, 0);
    s->ends = s->sender ? 2 : 1;
    if (s->sender)
        sender_stop(s->sender, sender_ended, s);
    fleet_stop(s->fleet, ended, s);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    (void)number;
    stop(signal->data);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    (void)number;
    if (HANGUP_RELOADS)
        read_again(signal->data);
    else
        stop(signal->data);
}

static void give_input_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char bytes[64];
    (void)handle, (void)suggested;
    *buf = uv_buf_init(bytes, sizeof bytes);
}

/* The end of the input is the end; a line `reload` is what SIGHUP is elsewhere. */
static void on_input(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    static const char wish[] = "reload\n";
    if (count < 0)
        stop(stream->data);
    else if ((size_t)count >= sizeof wish - 1 && memcmp(buf->base, wish, sizeof wish - 1) == 0)
        read_again(stream->data);
}

static void watch_input(struct serve *s)
{
    (void)uv_pipe_init(&s->loop, &s->input, 0);
    s->input.data = s;
    int status = uv_pipe_open(&s->input, 0);
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&s->input, give_input_buffer, on_input);
    if (status != 0)
        log_warn("--stop-on-eof: standard input is no pipe: %s", uv_strerror(status));
}

static void start_signals(struct serve *s)
{
    static const struct {
        size_t offset;
        int number;
        uv_signal_cb callback;
    } rows[] = {
        {offsetof(struct serve, hangup),    SIGHUP,   on_hangup   },
        {offsetof(struct serve, terminate), SIGTERM,  on_terminate},
        {offsetof(struct serve, interrupt), SIGINT,   on_terminate},
#ifdef SIGBREAK
        {offsetof(struct serve, broken),    SIGBREAK, on_terminate},
#endif
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uv_signal_t *signal = (uv_signal_t *)(void *)((char *)s + rows[i].offset);
        (void)uv_signal_init(&s->loop, signal);
        signal->data = s;
        (void)uv_signal_start(signal, rows[i].callback, rows[i].number);
    }
}

static void start_timers(struct serve *s)
{
    uint64_t watchdog_ms = notify_watchdog_ms();
    (void)uv_timer_init(&s->loop, &s->health);
    (void)uv_timer_init(&s->loop, &s->watchdog);
    (void)uv_timer_init(&s->loop, &s->stop);
    s->health.data = s->watchdog.data = s->stop.data = s;
    (void)uv_timer_start(&s->health, on_health, STATISTICS_FIRST_MS, STATISTICS_MS);
    if (watchdog_ms > 0)
        (void)uv_timer_start(&s->watchdog, on_watchdog, watchdog_ms / 3, watchdog_ms / 3);
}

static bool start(struct serve *s, struct failure *failure)
{
    if (uv_loop_init(&s->loop) != 0)
        return failure_set(failure, ERR_NO_MEMORY, "the loop");
    data_folder_make();
    if (!state_dir_acquire(s->config->state_dir, &s->lock, failure) || !start_push(s, s->config, failure))
        return false;
    state_dir_remove_stale(s->config);
    start_signals(s);
    start_timers(s);
    if (s->args->stop_on_eof)
        watch_input(s);
    s->fleet = fleet_start(&s->loop, s->config, language(s->args, s->config), s->spool, failure);
    return s->fleet != NULL;
}

int cmd_serve(const struct args *args)
{
    static struct serve serve;
    struct failure failure = {0};
    if (args->verbose == 0)
        log_set_level(LOG_LEVEL_INFO);
    serve.args = args;
    serve_process_prepare();
    serve.config = target_config(args, &failure);
    if (!serve.config)
        return command_fail(args, &failure);
    serve_process_trim();
    if (!start(&serve, &failure))
        return command_fail(args, &failure);
    notify_send("READY=1");
    (void)uv_run(&serve.loop, UV_RUN_DEFAULT);
    spool_close(serve.spool);
    log_info("stopped");
    /* What is left are handles of this one loop: the process ends with it. */
    (void)fflush(NULL);
    _Exit(EXIT_DONE);
}
