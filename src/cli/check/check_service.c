/* check: what serve needs, as its user sees it; whether it runs, and what it has read lately. */
#include "base/files/lock.h"
#include "base/system_error.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "cli/check/check_report.h"
#include "config/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#define SERVICE_USER "zabbix-atol"
#define STATISTICS   "_serve.json"
#define LOCK_NAME    ".lock"
#define STUCK_S      180 /* serve writes its statistics each minute */
#define PATH_BYTES   1400

static const char *user_of(const struct check_report *r)
{
    return r->args->user ? r->args->user : SERVICE_USER;
}

static void report_rights(struct check_report *r, enum finding finding, const char *what, const char *path, int status)
{
    char text[700];
    if (status == 0) {
        check_good(r, what, path);
        return;
    }
    const char *who = check_knows_user(user_of(r)) ? user_of(r) : check_in(r, "this user", "текущий пользователь");
    (void)snprintf(text, sizeof text, "%s: %s (%s: %s)", TEXT_PATH(path), system_error_text(status, r->lang),
                   check_in(r, "user", "пользователь"), who);
    check_found_about(r, finding, what, text, path);
}

/* serve makes the last folder of the path itself. */
static int may_keep(const char *user, const char *folder)
{
    char parent[PATH_BYTES];
    int status = check_access(user, folder, CHECK_MAY_ALL);
    if (status != UV_ENOENT)
        return status;
    int n = snprintf(parent, sizeof parent, "%.*s", (int)path_folder_length(folder), folder);
    if (n < 0 || (size_t)n >= sizeof parent)
        return UV_ENAMETOOLONG;
    return check_access(user, n > 0 ? parent : ".", CHECK_MAY_ALL);
}

/* A spool within state_dir: serve makes that first. */
static int may_spool(const char *user, const struct config *config)
{
    size_t length = strlen(config->state_dir);
    int status = may_keep(user, config->push.spool);
    bool within = strncmp(config->push.spool, config->state_dir, length) == 0 && config->push.spool[length] == '/';
    return status == UV_ENOENT && within ? may_keep(user, config->state_dir) : status;
}

/* Does a serve hold the folder? Looks only: what is not there is not made. */
static bool serve_runs(const struct config *config)
{
    lock_handle held;
    struct failure failure = {0};
    char path[PATH_BYTES];
    uv_fs_t request;
    int n = snprintf(path, sizeof path, "%s/" LOCK_NAME, config->state_dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return false;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    if (status != 0)
        return false;
    if (!lock_acquire(config->state_dir, LOCK_NAME, &held, &failure))
        return failure.code == ERR_FOLDER_TAKEN;
    lock_release(held);
    return false;
}

/* Seconds since a file of the state folder was written, -1 when there is none. */
static int64_t age_of(const struct config *config, const char *name)
{
    char path[PATH_BYTES];
    uv_fs_t request;
    int n = snprintf(path, sizeof path, "%s/%s", config->state_dir, name);
    int status = n > 0 && (size_t)n < sizeof path ? uv_fs_stat(NULL, &request, path, NULL) : UV_ENAMETOOLONG;
    int64_t age = status == 0 ? clock_unix_ms() / 1000 - request.statbuf.st_mtim.tv_sec : -1;
    if (status != UV_ENAMETOOLONG)
        uv_fs_req_cleanup(&request);
    return age;
}

static void check_serve(struct check_report *r, const struct config *config)
{
    char text[300];
    int64_t age = age_of(config, STATISTICS);
    if (serve_runs(config)) {
        if (age <= STUCK_S) {
            check_good(r, "serve", check_in(r, "it runs", "работает"));
            return;
        }
        (void)check_print(r, text, sizeof text, "it runs, but has not written its statistics for %" PRId64 " s",
                          "работает, но не пишет статистику уже %" PRId64 " с", age);
        check_found(r, FINDING_SERVE_STUCK, "", text);
    } else if (config->push.agent_config) {
        check_found(
            r, FINDING_SERVE_STOPPED, "",
            check_in(r, "it is not running: nothing is polled or pushed", "не работает: опроса и отправки нет"));
    } else {
        check_note(r, "serve",
                   check_in(r, "it is not running; only `get --max-age` and `push` need it",
                            "не работает; нужен только для `get --max-age` и `push`"));
    }
}

void check_service(struct check_report *r, const struct config *config, const char *config_path)
{
    const char *user = user_of(r);
    if (check_knows_user(user))
        report_rights(r, FINDING_CONFIG_RIGHTS,
                      check_in(r, "Configuration for the service", "Файл настроек для службы"), config_path,
                      check_access(user, config_path, CHECK_MAY_READ));
    if (config->push.agent_config || serve_runs(config) || check_knows_user(user))
        report_rights(r, FINDING_STATE_DIR, "state_dir", config->state_dir, may_keep(user, config->state_dir));
    if (config->push.agent_config)
        report_rights(r, FINDING_SPOOL, "spool", config->push.spool, may_spool(user, config));
    check_serve(r, config);
}

/* The state that serve's snapshot has, and its age; false when there is none that can be read. */
static bool read_kept(const struct config *config, const char *name, enum poll_state *state, int64_t *age_s)
{
    static struct snapshot s;
    struct document d;
    char path[PATH_BYTES];
    if (!config_snapshot_path(config, name, path, sizeof path) || !document_load(path, NULL, &s, &d))
        return false;
    *state = d.state;
    *age_s = d.age_s;
    return true;
}

void check_snapshots(struct check_report *r, const struct config *config, const struct status_row *rows)
{
    char text[500];
    if (!serve_runs(config))
        return;
    for (uint32_t i = 0; i < config->kkt_count; i++) {
        const struct config_kkt *kkt = rows[i].kkt;
        enum poll_state state;
        int64_t age;
        if (!read_kept(config, kkt->name, &state, &age))
            continue;
        int64_t limit = status_fresh_s(kkt), open = status_open_for_s(kkt);
        if (age > limit && (open == 0 || open > limit)) { /* a shop that has just opened is read in its turn */
            (void)check_print(r, text, sizeof text, "its snapshot is %" PRId64 " s old, its interval is %u s",
                              "снимку %" PRId64 " с, а интервал опроса %u с", age, kkt->interval_s);
            check_found(r, FINDING_SNAPSHOT_OLD, kkt->name, text);
        } else if (poll_state_was_read(rows[i].state) && (state == STATE_PREREQUISITE || state == STATE_ERROR)) {
            (void)snprintf(text, sizeof text, "%s: %s",
                           check_in(r, "check has just read it; serve says", "check её прочитал; serve сообщает"),
                           poll_state_name(state));
            check_found(r, FINDING_SERVE_SANDBOX, kkt->name, text);
        }
    }
}
