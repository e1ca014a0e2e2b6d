/* check: what pushing needs. */
#include "cli/check/check_report.h"
#include "push/agent_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PATH_BYTES 1200

/* As for uv_fs_access; the values are the same everywhere. */
enum { MAY_RUN = 1, MAY_READ = 4, MAY_ALL = 7 };

#ifdef _WIN32
#define PATH_SEPARATOR ";"
#define PROGRAM_END    ".exe"
#else
#define PATH_SEPARATOR ":"
#define PROGRAM_END    ""
#endif

static int access_of(const char *path, int mode)
{
    uv_fs_t request;
    int status = uv_fs_access(NULL, &request, path, mode, NULL);
    uv_fs_req_cleanup(&request);
    return status;
}

static void say_access(struct check_report *r, int status, const char *what, const char *path)
{
    char text[PATH_BYTES + 300];
    (void)snprintf(text, sizeof text, "%.1000s%s%s%s", path, status ? ": " : "", status ? uv_strerror(status) : "",
                   status == UV_EACCES || status == UV_EPERM
                       ? check_in(r, ". Run `check` as the user of serve, and give that user the right",
                                  ". Запустите `check` от пользователя serve и дайте ему права")
                       : "");
    check_say(r, status == 0, what, text);
}

static void check_agent(struct check_report *r, const char *path)
{
    struct agent_config agent;
    struct failure failure = {0};
    char text[700];
    const char *what = check_in(r, "Zabbix agent's file", "Файл агента Zabbix");
    if (!agent_config_read(path, &agent, &failure)) {
        failure_text(&failure, r->args->lang, text, sizeof text);
        check_say(r, false, what, text);
        return;
    }
    (void)snprintf(text, sizeof text, "%.400s, ServerActive: %u", path, agent.servers);
    check_say(r, agent.servers > 0, what, text);
    for (unsigned i = 0; i < AGENT_FILES; i++)
        if (agent.files[i][0])
            say_access(r, access_of(agent.files[i], MAY_READ), agent_file_key((enum agent_file)i), agent.files[i]);
}

/* As the system looks for it: along PATH, unless the name has a folder. */
static int find_program(const char *name, char *found, size_t cap)
{
    const char *path = getenv("PATH");
    if (strpbrk(name, "/\\")) {
        (void)snprintf(found, cap, "%s", name);
        return access_of(name, MAY_RUN);
    }
    for (const char *at = path ? path : ""; *at; at += strspn(at, PATH_SEPARATOR)) {
        size_t length = strcspn(at, PATH_SEPARATOR);
        (void)snprintf(found, cap, "%.*s/%s%s", (int)length, at, name, strchr(name, '.') ? "" : PROGRAM_END);
        if (access_of(found, MAY_RUN) == 0)
            return 0;
        at += length;
    }
    (void)snprintf(found, cap, "%s", name);
    return UV_ENOENT;
}

/* serve makes the last folder of the path itself. */
static int may_write(const char *folder)
{
    char parent[PATH_BYTES];
    int status = access_of(folder, MAY_ALL);
    if (status != UV_ENOENT)
        return status;
    (void)snprintf(parent, sizeof parent, "%s", folder);
    size_t length = strlen(parent);
    while (length > 0 && !strchr("/\\", parent[length - 1]))
        length--;
    parent[length] = '\0';
    return access_of(length > 0 ? parent : ".", MAY_ALL);
}

/* A spool within state_dir: serve makes that first. */
static int may_write_spool(const struct config *config)
{
    size_t length = strlen(config->state_dir);
    int status = may_write(config->push.spool);
    bool within = strncmp(config->push.spool, config->state_dir, length) == 0 && config->push.spool[length] == '/';
    return status == UV_ENOENT && within ? may_write(config->state_dir) : status;
}

void check_push(struct check_report *r, const struct config *config)
{
    char program[PATH_BYTES];
    if (!config->push.agent_config)
        return;
    check_agent(r, config->push.agent_config);
    int status = find_program(config->push.sender, program, sizeof program);
    say_access(r, status, "zabbix_sender", program);
    say_access(r, may_write(config->state_dir), "state_dir", config->state_dir);
    say_access(r, may_write_spool(config), "spool", config->push.spool);
}
