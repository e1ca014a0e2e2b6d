/* check: can the Zabbix agent beside the register read it? Its include, its time-out, the rights of its user. */
#include "base/text.h"
#include "cli/check/check_report.h"
#include "link/ports/scan.h"
#include "push/agent_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_TIMEOUT_S 13 /* kkt.get ends by itself after 12 s */
#define PORTS_MAX       64

/* The agent runs `zabbix-atol` as its own user. */
static void check_rights(struct check_report *r, const struct agent_config *agent, const char *config_path)
{
    static struct scan_port ports[PORTS_MAX];
    char text[700];
    if (!check_knows_user(agent->user))
        return;
    unsigned count = scan_ports(ports, PORTS_MAX);
    for (unsigned i = 0; i < count; i++)
        if (ports[i].kind == SCAN_EXCHANGE &&
            check_access(agent->user, ports[i].device, CHECK_MAY_READ | CHECK_MAY_WRITE) != 0) {
            (void)snprintf(text, sizeof text, "%s: %s %s", agent->user,
                           check_in(r, "may not open the port", "нет прав на порт"), TEXT_PATH(ports[i].device));
            check_found(r, FINDING_AGENT_USER, "", text);
        }
    if (config_path && check_access(agent->user, config_path, CHECK_MAY_READ) != 0) {
        (void)snprintf(text, sizeof text, "%s: %s %s", agent->user, check_in(r, "may not read", "нет прав на чтение"),
                       TEXT_PATH(config_path));
        check_found(r, FINDING_AGENT_USER, "", text);
    }
}

static void check_command(struct check_report *r, const struct agent_config *agent, const char *path)
{
    char text[700];
    if (!strstr(agent->kkt_get, "--configured") && !strstr(agent->kkt_get, "type ")) {
        (void)check_print(r, text, sizeof text, "%s: kkt.get takes any address and option from an item key: %s",
                          "%s: kkt.get принимает из ключа элемента любой адрес и параметр: %s", TEXT_PATH(path),
                          TEXT_SHORT(agent->kkt_get));
        check_found(r, FINDING_AGENT_OPEN, "", text);
    }
    if (agent->timeout_s < LEAST_TIMEOUT_S) {
        (void)check_print(
            r, text, sizeof text, "%s: %u s, but a poll may take 12 s: the agent would not wait for its document",
            "%s: %u с, а опрос может длиться 12 с: агент не дождётся документа", TEXT_PATH(path), agent->timeout_s);
        check_found(r, FINDING_AGENT_TIMEOUT, "", text);
    }
}

struct agent_job {
    char *path; /* its own: the thread may outlive everything */
    struct agent_config agent;
    bool good;
    struct failure failure;
};

static void read_agent(void *data)
{
    struct agent_job *job = data;
    job->good = agent_config_read(job->path, &job->agent, &job->failure);
}

bool check_read_agent(const struct check_report *report, const char *path, struct agent_config *agent,
                      struct failure *failure)
{
    struct agent_job *job = calloc(1, sizeof *job);
    if (job)
        job->path = strdup(path);
    if (!job || !job->path) {
        free(job);
        return failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(path));
    }
    if (!target_read_within(report->args, path, read_agent, job, failure))
        return false;
    bool good = job->good;
    *agent = job->agent;
    *failure = job->failure;
    free(job->path);
    free(job);
    return good;
}

/* `asked`: the person named the file. */
static void check_file(struct check_report *r, const char *path, bool asked, const char *config_path)
{
    struct agent_config agent;
    struct failure failure = {0};
    unsigned before = r->errors + r->warnings;
    const char *what = check_in(r, "Zabbix agent", "Агент Zabbix");
    if (!check_read_agent(r, path, &agent, &failure)) {
        if (asked)
            check_failed_about(r, FINDING_AGENT_FILE, &failure, "--agent");
        else
            check_note(r, what, failure_detail(&failure, r->lang));
        return;
    }
    if (!agent.kkt_get[0] && !asked && r->pushes) {
        check_note(
            r, check_in(r, "This agent polls no register; serve pushes", "Агент ККТ не опрашивает, отправляет serve"),
            path);
        return;
    }
    if (!agent.kkt_get[0]) {
        char text[400];
        check_found(r, FINDING_AGENT_INCLUDE, "",
                    check_print(r, text, sizeof text, "this agent does not know kkt.get: %s",
                                "этот агент не знает kkt.get: %s", TEXT_PATH(path)));
        return;
    }
    check_command(r, &agent, path);
    check_rights(r, &agent, config_path);
    if (r->errors + r->warnings == before)
        check_good(r, what, path);
}

void check_agent(struct check_report *r, const char *config_path)
{
    if (r->args->agent) {
        check_file(r, r->args->agent, true, config_path);
        return;
    }
    const char *files[CHECK_AGENTS_MAX];
    unsigned count = check_agent_files(files);
    for (unsigned i = 0; i < count; i++)
        check_file(r, files[i], false, config_path);
    if (count == 0)
        check_note(r, check_in(r, "No Zabbix agent in the usual places", "Агента Zabbix в обычных местах нет"), "");
}
