#include "serve/serve.h"

#include "base/files/datafolder.h"
#include "base/log.h"
#include "base/system_error.h"
#include "base/time/clock.h"
#include "base/time/zone.h"
#include "link/link.h"
#include "push/sender.h"
#include "serve/export.h"
#include "serve/fleet/fleet.h"
#include "serve/notify.h"
#include "serve/serve_process.h"
#include "serve/signals.h"
#include "serve/state_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_NAME     "_serve"
#define STATISTICS_KEY      "kkt.serve"
#define STATISTICS_MS       60000
#define STATISTICS_FIRST_MS 5000
#define FEWEST_DESCRIPTORS  40U /* of the loop, files, the spool, zabbix_sender, one poll */
#define STOP_MS             700 /* a clean stop takes less than a second */

/* A reload that is under way: the file is read beside the loop. */
struct reload {
    uv_work_t work;
    struct config *config;
    struct fleet_changes *changes;
    struct failure failure;
    bool running, again;
};

struct serve {
    uv_loop_t loop;
    const struct serve_settings *settings;
    struct config *config;
    struct state_dir state_dir;
    struct fleet *fleet;
    struct spool *spool;
    struct sender *sender; /* NULL: nothing is pushed, or it has stopped */
    uv_timer_t health, watchdog, stop;
    struct signals signals;
    struct reload reload;
    struct export export;
    unsigned ends; /* what is still to end before the loop stops */
    bool stopping;
};

/* Of the documents and of the log. */
static enum lang language(const struct serve *s, const struct config *config)
{
    return s->settings->lang_set || !config->language_set ? s->settings->lang : config->language;
}

/* NULL without a spool. One that a reload left without `push` is sent to its end, and counts until then. */
static const struct spool_counts *spooled(const struct serve *s, struct spool_counts *counts)
{
    if (!s->spool)
        return NULL;
    spool_counts(s->spool, counts);
    return counts;
}

static void send_status(struct serve *s)
{
    char text[200];
    struct spool_counts counts;
    fleet_status(s->fleet, spooled(s, &counts), text, sizeof text);
    notify_send(text);
}

static void publish_statistics(struct serve *s)
{
    struct failure failure = {0};
    int64_t ms;
    struct spool_counts counts;
    char *text = fleet_statistics(s->fleet, spooled(s, &counts), &ms);
    bool good = text && state_dir_renew(&s->state_dir, &failure) &&
                state_dir_write(&s->state_dir, STATISTICS_NAME, text, &failure);
    if (text && s->spool && s->config->push.host[0])
        good = spool_add(s->spool, s->config->push.host, STATISTICS_KEY, ms, text, &failure) && good;
    if (!good)
        log_error("the health document: %s", "документ о состоянии serve: %s",
                  failure_detail(&failure, log_language()));
    if (s->spool)
        spool_keep_dropped(s->spool);
    if (text && !s->stopping)
        export_write(&s->export, &s->loop, s->config, language(s, s->config), text);
    free(text);
}

static void on_health(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    publish_statistics(s);
    send_status(s);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct serve *s = timer->data;
    if (fleet_gets_on(s->fleet))
        notify_send("WATCHDOG=1");
}

static struct sender_settings sender_settings(const struct config *c)
{
    return (struct sender_settings){c->push.sender, c->push.agent_config, c->push.interval_s, c->push.rate_per_s,
                                    c->push.batch};
}

/* A file of the spool is one run of zabbix_sender where the rate allows it. */
static uint32_t spool_batch(const struct config *c)
{
    return c->push.batch < c->push.rate_per_s ? c->push.batch : c->push.rate_per_s;
}

/* More documents than may be sent would fill the spool, and be dropped in the end. */
static void warn_rate(const struct config *c)
{
    double per_s = 0;
    for (uint32_t i = 0; i < c->kkt_count; i++)
        per_s += 1.0 / c->kkts[i].interval_s;
    if (c->push.agent_config && per_s > c->push.rate_per_s)
        log_warn(
            "push: rate: %u documents per second are fewer than the registers produce (%.0f): the spool will grow and "
            "lose the oldest. Raise `rate`, once Zabbix can bear it, or `interval`",
            "push: rate: %u документов в секунду меньше, чем дают кассы (%.0f): очередь будет расти и терять самые "
            "старые. Увеличьте `rate`, если Zabbix это выдержит, или `interval`",
            c->push.rate_per_s, per_s);
}

/* Pushing as the configuration says; a reload may begin it, and goes on with what is there. */
static bool start_push(struct serve *s, const struct config *c, struct failure *failure)
{
    struct sender_settings settings = sender_settings(c);
    if (!c->push.agent_config)
        return true;
    if (!s->spool)
        s->spool = spool_open(c->push.spool, spool_batch(c), c->push.spool_max, clock_steady_ms(), failure);
    if (!s->spool)
        return false;
    spool_set_limits(s->spool, spool_batch(c), c->push.spool_max);
    warn_rate(c);
    if (s->sender)
        sender_set(s->sender, &settings);
    else
        s->sender = sender_start(&s->loop, &settings, s->spool);
    return s->sender || failure_explain(failure, ERR_NO_MEMORY, "the sender", "отправка в Zabbix");
}

static void warn_other_spool(const struct serve *s, const struct config *c)
{
    if (s->spool && c->push.agent_config && strcmp(spool_folder(s->spool), c->push.spool) != 0)
        log_warn("push: spool: %s is used after a restart; until then values go to %s",
                 "push: spool: %s вступит в силу после перезапуска; до него значения идут в %s", c->push.spool,
                 spool_folder(s->spool));
}

/* Another state_dir is opened before the old one is closed. */
static bool apply(struct serve *s, const struct config *config, struct fleet_changes *changes, struct failure *failure)
{
    struct state_dir fresh;
    bool moved = !folder_is_at(&s->state_dir.folder, config->state_dir);
    if (moved && !state_dir_open(&fresh, config->state_dir, failure))
        return false;
    if (!start_push(s, config, failure) || !fleet_apply(s->fleet, config, changes, language(s, config),
                                                        config->push.agent_config ? s->spool : NULL, failure)) {
        if (moved)
            state_dir_close(&fresh);
        return false;
    }
    log_set_language(language(s, config));
    if (moved) {
        state_dir_move_all(&s->state_dir, &fresh, s->config);
        state_dir_close(&s->state_dir);
        s->state_dir = fresh;
        state_dir_remove_stale(&s->state_dir, config);
    } else {
        uint32_t count;
        const uint32_t *gone = fleet_changes_gone(changes, &count);
        state_dir_remove(&s->state_dir, s->config, gone, count);
    }
    warn_other_spool(s, config);
    return true;
}

/* In a thread of its own: a large file must not hold the polls that run. */
static void read_beside(uv_work_t *work)
{
    struct serve *s = work->data;
    struct reload *r = &s->reload;
    r->config = s->settings->read_config(s->settings->context, &r->failure);
    r->changes = r->config ? fleet_compare(s->config, r->config, &r->failure) : NULL;
}

static void free_beside(uv_work_t *work)
{
    config_free(((struct serve *)work->data)->reload.config);
    serve_process_trim();
}

static void start_reload(struct serve *s);

static void end_reload(struct serve *s)
{
    s->reload.running = false;
    if (s->stopping)
        return;
    notify_send("READY=1");
    send_status(s);
    if (s->reload.again)
        start_reload(s);
}

static void on_freed(uv_work_t *work, int status)
{
    (void)status;
    end_reload(work->data);
}

static void on_read(uv_work_t *work, int status)
{
    struct serve *s = work->data;
    struct reload *r = &s->reload;
    struct config *other = r->config; /* that is not used any more */
    (void)status;
    zone_refresh();
    if (!s->stopping && r->config && r->changes && apply(s, r->config, r->changes, &r->failure)) {
        other = s->config;
        s->config = r->config;
    } else if (!s->stopping) {
        char text[700];
        failure_text(&r->failure, log_language(), text, sizeof text);
        log_error("the old configuration stays in use: %s", "настройки остались прежними: %s", text);
    }
    fleet_changes_free(r->changes);
    r->config = other;
    if (uv_queue_work(&s->loop, &r->work, free_beside, on_freed) != 0)
        end_reload(s);
}

static void start_reload(struct serve *s)
{
    struct reload *r = &s->reload;
    r->again = r->running;
    if (s->stopping || r->running)
        return;
    notify_reloading();
    *r = (struct reload){.work.data = s, .running = true};
    if (uv_queue_work(&s->loop, &r->work, read_beside, on_read) != 0) {
        log_error("the old configuration stays in use: no memory", "настройки остались прежними: не хватило памяти");
        end_reload(s);
    }
}

static void on_reload(void *user)
{
    start_reload(user);
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

static void on_stop(void *user)
{
    struct serve *s = user;
    if (s->stopping)
        return;
    s->stopping = true;
    notify_send("STOPPING=1");
    log_info("stopping", "останавливается");
    publish_statistics(s);
    (void)uv_timer_start(&s->stop, on_stop_timeout, STOP_MS, 0);
    s->ends = s->sender ? 2 : 1;
    if (export_stop(&s->export, ended, s))
        s->ends++;
    if (s->sender)
        sender_stop(s->sender, sender_ended, s);
    fleet_stop(s->fleet, ended, s);
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
    static const struct signal_handlers handlers = {on_reload, on_stop};
    uint32_t descriptors = serve_process_descriptors();
    /* libuv aborts the process when it cannot get the first few. */
    if (descriptors < FEWEST_DESCRIPTORS)
        return failure_explain(failure, ERR_SERVE_SHORTAGE, "this process may open %u files only, serve needs %u",
                               "процесс может открыть файлов: %u, а serve нужно %u", descriptors, FEWEST_DESCRIPTORS);
    int status = uv_loop_init(&s->loop);
    if (status != 0)
        return failure_words(failure, status == UV_ENOMEM ? ERR_NO_MEMORY : ERR_SERVE_SHORTAGE, status);
    data_folder_make();
    log_set_language(language(s, s->config));
    if (!state_dir_open(&s->state_dir, s->config->state_dir, failure) || !start_push(s, s->config, failure))
        return false;
    state_dir_remove_stale(&s->state_dir, s->config);
    if (!signals_start(&s->signals, &s->loop, &handlers, s->settings->stop_on_eof, s, failure))
        return false;
    serve_process_hold_reload(false);
    start_timers(s);
    s->fleet = fleet_start(&s->loop, s->config, &s->state_dir, language(s, s->config), s->spool, failure);
    return s->fleet != NULL;
}

#define CLOSING_TURNS 4 /* of the loop: a handle may be closed by the closing of another one */

/* Everything that was opened is closed and freed, so that what was forgotten is seen by those who look for it. When
 * something hangs, the end of the process is the end of it. */
static bool close_all(struct serve *s)
{
    if (s->ends > 0 || s->reload.running || link_lookups_pending() > 0)
        return false;
    fleet_close(s->fleet);
    signals_end(&s->signals);
    uv_close((uv_handle_t *)&s->health, NULL);
    uv_close((uv_handle_t *)&s->watchdog, NULL);
    uv_close((uv_handle_t *)&s->stop, NULL);
    for (int i = 0; i < CLOSING_TURNS; i++)
        (void)uv_run(&s->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&s->loop) != 0)
        log_error("a handle of the loop is still open", "в цикле событий остался незакрытый дескриптор");
    fleet_free(s->fleet);
    state_dir_close(&s->state_dir);
    config_free(s->config);
    return true;
}

bool serve_run(const struct serve_settings *settings, bool *closed, struct failure *failure)
{
    static struct serve serve;
    serve_process_hold_reload(true);
    if (settings->stop_on_eof && !signals_can_watch_input(failure))
        return false;
    serve.settings = settings;
    serve_process_prepare();
    serve.config = settings->read_config(settings->context, failure);
    if (!serve.config)
        return false;
    serve_process_trim();
    if (!start(&serve, failure))
        return false;
    notify_send("READY=1");
    send_status(&serve);
    (void)uv_run(&serve.loop, UV_RUN_DEFAULT);
    spool_close(serve.spool);
    export_remove(&serve.export);
    *closed = close_all(&serve);
    log_info("stopped", "остановлен");
    return true;
}
