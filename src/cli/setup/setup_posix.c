/* setup on Linux: the agents of Debian's and Zabbix's own packages, users and groups, systemd or init scripts. */
#include "base/files/file.h"
#include "base/process/command.h"
#include "base/system_error.h"
#include "base/text.h"
#include "cli/setup/setup_system.h"
#include "cli/setup/setup_text.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define COMMAND_MS  60000
#define FILE_MAX    (1U << 20)
#define OUTPUT_MAX  (1U << 16)
#define READ_GROUP  "zabbix-atol" /* reads /etc/zabbix-atol */
#define PORTS_GROUP "dialout"

/* clang-format off */
static const struct known {
    const char *name, *program, *config;
} known[] = {
    {"zabbix-agent2", "/usr/sbin/zabbix_agent2", "/etc/zabbix/zabbix_agent2.conf"},
    {"zabbix-agent",  "/usr/sbin/zabbix_agentd", "/etc/zabbix/zabbix_agentd.conf"},
};
/* clang-format on */

bool setup_may_change(struct failure *failure)
{
    return geteuid() == 0 || failure_set(failure, ERR_SETUP_RIGHTS, "sudo zabbix-atol setup");
}

static void read_agent_line(struct setup_agent *agent, char *line)
{
    char folder[480], user[64];
    if (!agent->include[0] && setup_agent_include(line, "/etc/zabbix/", folder, sizeof folder) &&
        file_is_folder(folder) == 1)
        (void)snprintf(agent->include, sizeof agent->include, "%s/zabbix-atol.conf", folder);
    if (sscanf(line, " User = %63[a-z0-9_-]", user) == 1)
        (void)snprintf(agent->user, sizeof agent->user, "%s", user);
}

static bool read_agent(const struct known *k, struct setup_agent *agent)
{
    struct failure ignored;
    size_t count;
    if (access(k->program, X_OK) != 0)
        return false;
    char *text = file_read(k->config, FILE_MAX, &count, NULL, &ignored), *rest = text;
    if (!text)
        return false;
    memset(agent, 0, sizeof *agent);
    (void)snprintf(agent->name, sizeof agent->name, "%s", k->name);
    (void)snprintf(agent->program, sizeof agent->program, "%s", k->program);
    (void)snprintf(agent->config, sizeof agent->config, "%s", k->config);
    (void)snprintf(agent->user, sizeof agent->user, "zabbix");
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        read_agent_line(agent, line);
    free(text);
    return true;
}

/* A process whose program is that; of /proc, as far as it may be read. */
static bool is_running(const char *program)
{
    DIR *processes = opendir("/proc");
    bool found = false;
    for (struct dirent *e; processes && !found && (e = readdir(processes)) != NULL;) {
        char link[300], target[300];
        (void)snprintf(link, sizeof link, "/proc/%.200s/exe", e->d_name);
        ssize_t n = readlink(link, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        found = strcmp(target, program) == 0;
    }
    if (processes)
        (void)closedir(processes);
    return found;
}

unsigned setup_find_agents(struct setup_agent *agents, unsigned cap)
{
    unsigned count = 0;
    for (int running = 1; running >= 0; running--)
        for (unsigned i = 0; i < sizeof known / sizeof known[0] && count < cap; i++)
            if (is_running(known[i].program) == (running == 1) && read_agent(&known[i], &agents[count]))
                agents[count++].runs = running == 1;
    return count;
}

const struct setup_join_words setup_join_words = {
    {"Would give the agent's user the groups of ports and configuration",
     "Пользователь агента получит группы портов и настроек"                                  },
    {"Groups given to the agent's user",                                  "Пользователю агента выданы группы"},
};

char *setup_parameters(struct failure *failure)
{
    static const char tail[] = "zabbix_agentd.d/zabbix-atol.conf";
    char own[512], path[600] = ZABBIX_ATOL_DATADIR "/zabbix_agentd.d/zabbix-atol.conf";
    size_t length = sizeof own, count;
    /* A static program lies beside its files. */
    if (access(path, R_OK) != 0 && uv_exepath(own, &length) == 0 && strrchr(own, '/')) {
        *strrchr(own, '/') = '\0';
        (void)snprintf(path, sizeof path, "%s/%s", own, tail);
    }
    char *text = file_read(path, FILE_MAX, &count, NULL, failure);
    if (!text)
        failure_set(failure, ERR_SETUP_FILES, ZABBIX_ATOL_DATADIR "/%s", tail);
    return text;
}

bool setup_write_parameters(const char *path, const char *text, struct failure *failure)
{
    return file_write_atomic(path, text, strlen(text), true, failure);
}

bool setup_parameters_later(char *path, size_t cap)
{
    (void)path, (void)cap;
    return false;
}

void setup_templates_path(char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s", ZABBIX_ATOL_DATADIR "/templates");
}

bool setup_make_folder(const char *path, struct failure *failure)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return true;
    return failure_system(failure, ERR_SYSTEM, path, -errno);
}

/* A group that does not exist gives no right and takes none. */
static bool is_member(const char *user, const char *group)
{
    struct group *g = getgrnam(group);
    if (!g)
        return true;
    for (char **name = g->gr_mem; *name; name++)
        if (strcmp(*name, user) == 0)
            return true;
    gid_t id = g->gr_gid;
    struct passwd *p = getpwnam(user);
    return p && p->pw_gid == id;
}

bool setup_is_joined(const struct setup_agent *agent)
{
    return !agent->user[0] || (is_member(agent->user, READ_GROUP) && is_member(agent->user, PORTS_GROUP));
}

/* A system command that must end with 0. */
static bool run_command(const char *const *argv, enum error_code code, struct failure *failure)
{
    char out[400];
    int status;
    if (!command_run(&(struct command_options){argv, "/", NULL, true, COMMAND_MS}, out, sizeof out, &status, failure))
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return status == 0 || failure_explain(failure, code, "%s %s: %d \"%s\"", "%s %s: %d «%s»", argv[0], argv[1], status,
                                          TEXT_PATH(out));
}

bool setup_join(const struct setup_agent *agent, struct failure *failure)
{
    static const char *const groups[] = {READ_GROUP, PORTS_GROUP};
    for (unsigned i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        const char *const argv[] = {"/usr/sbin/usermod", "-aG", groups[i], agent->user, NULL};
        if (!is_member(agent->user, groups[i]) && !run_command(argv, ERR_SYSTEM, failure))
            return false;
    }
    return true;
}

bool setup_leave(const struct setup_agent *agent, struct failure *failure)
{
    const char *const argv[] = {"/usr/bin/gpasswd", "-d", agent->user, READ_GROUP, NULL};
    return !getgrnam(READ_GROUP) || !is_member(agent->user, READ_GROUP) || run_command(argv, ERR_SYSTEM, failure);
}

const char *setup_joined(const struct setup_agent *agent)
{
    return agent->user;
}

bool setup_protect(const char *path, struct failure *failure)
{
    struct group *g = getgrnam(READ_GROUP);
    if (!g)
        return true;
    if (chown(path, 0, g->gr_gid) != 0 || chmod(path, 0640) != 0)
        return failure_system(failure, ERR_SYSTEM, path, -errno);
    return true;
}

bool setup_restart(const struct setup_agent *agent, struct failure *failure)
{
    char script[128];
    const char *const systemd[] = {"systemctl", "restart", agent->name, NULL};
    const char *const init[] = {script, "restart", NULL};
    (void)snprintf(script, sizeof script, "/etc/init.d/%s", agent->name);
    if (access("/run/systemd/system", F_OK) == 0)
        return run_command(systemd, ERR_SETUP_RESTART, failure);
    if (access(script, X_OK) == 0)
        return run_command(init, ERR_SETUP_RESTART, failure);
    return failure_explain(failure, ERR_SETUP_RESTART, "%s: no systemd runs here and there is no %s",
                           "%s: systemd не работает и нет %s", agent->name, script);
}

bool setup_ask(const struct setup_agent *agent, const char *key, char *value, size_t cap, struct failure *failure)
{
    static char out[OUTPUT_MAX];
    int status;
    /* As its user, with the groups that it has from now on; in a folder that it may read. */
    const char *const argv[] = {"runuser", "-u",          agent->user, "--", agent->program,
                                "-c",      agent->config, "-t",        key,  NULL};
    if (!command_run(&(struct command_options){argv, "/", NULL, true, COMMAND_MS}, out, sizeof out, &status, failure))
        return false;
    if (setup_answer(out, value, cap))
        return true;
    out[strcspn(out, "\r\n")] = '\0';
    return failure_explain(failure, ERR_SETUP_AGENT, "%s: \"%s\"", "%s: «%s»", key, TEXT_PATH(out));
}
