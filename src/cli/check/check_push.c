/* check: what pushing needs: the agent's file, its TLS files, the program, the server and the hosts. */
#include "base/system_error.h"
#include "base/text.h"
#include "cli/check/check_caches.h"
#include "cli/check/check_report.h"
#include "cli/check/check_sender.h"
#include "push/agent_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SERVICE "zabbix-atol"

#ifdef _WIN32
#define PATH_SEPARATOR ";"
#define PROGRAM_END    ".exe"
#else
#define PATH_SEPARATOR ":"
#define PROGRAM_END    ""
#endif

static int may_run(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_access(NULL, &request, path, CHECK_MAY_RUN, NULL);
    uv_fs_req_cleanup(&request);
    return status;
}

/* As the system looks for it: along PATH, unless the name has a folder. Names that do not fit are passed over. */
int check_find_program(const char *name, char *found, size_t cap)
{
    const char *path = getenv("PATH");
    (void)text_escape(found, cap, name);
    if (strpbrk(name, "/\\"))
        return may_run(name);
    for (const char *at = path ? path : ""; *at; at += strspn(at, PATH_SEPARATOR)) {
        size_t length = strcspn(at, PATH_SEPARATOR);
        int n = snprintf(found, cap, "%.*s/%s%s", (int)length, at, name, strchr(name, '.') ? "" : PROGRAM_END);
        if (n > 0 && (size_t)n < cap && may_run(found) == 0)
            return 0;
        at += length;
    }
    (void)text_escape(found, cap, name);
    return UV_ENOENT;
}

static void report_access(struct check_report *r, enum finding finding, const char *what, const char *path, int status)
{
    char text[CHECK_PROGRAM_MAX + 200];
    if (status == 0) {
        check_good(r, what, path);
        return;
    }
    (void)snprintf(text, sizeof text, "%s: %s", path, system_error_text(status, r->lang));
    check_found_about(r, finding, what, text, path);
}

static bool check_file(struct check_report *r, const char *path, struct agent_config *agent)
{
    struct failure failure = {0};
    char text[700];
    const char *what = check_in(r, "Zabbix agent's file", "Файл агента Zabbix");
    const char *user = r->args->user ? r->args->user : SERVICE;
    if (!check_read_agent(r, path, agent, &failure)) {
        check_failed_about(r, FINDING_AGENT_FILE, &failure, "agent_config");
        return false;
    }
    (void)snprintf(text, sizeof text, "%s, ServerActive: %u", TEXT_PATH(path), agent->servers);
    if (agent->servers > 0)
        check_good(r, what, text);
    else
        check_found(r, FINDING_AGENT_SERVERS, "", text);
    for (unsigned i = 0; i < AGENT_FILES; i++)
        if (agent->files[i][0])
            report_access(r, FINDING_AGENT_TLS, agent_file_key((enum agent_file)i), agent->files[i],
                          check_access(user, agent->files[i], CHECK_MAY_READ));
    return agent->servers > 0;
}

void check_push(struct check_report *r, const struct config *config)
{
    static struct agent_config agent;
    char program[CHECK_PROGRAM_MAX];
    if (!config->push.agent_config)
        return;
    bool servers = check_file(r, config->push.agent_config, &agent);
    int status = check_find_program(config->push.sender, program, sizeof program);
    report_access(r, FINDING_SENDER_MISSING, "zabbix_sender", program, status);
    if (servers && status == 0 && check_hosts(r, config, program, agent.servers))
        check_caches(r, config->push.agent_config, &agent);
}
