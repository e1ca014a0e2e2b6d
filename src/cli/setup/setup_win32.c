/* setup on Windows: the agents by their services, the line that their files get, the folder of the configuration. */
#include "base/files/datafolder.h"
#include "base/files/file.h"
#include "base/process/command.h"
#include "base/process/executable.h"
#include "base/system_error.h"
#include "base/text.h"
#include "cli/setup/agent_include.h"
#include "cli/setup/setup_system.h"
#include "cli/setup/setup_text.h"
#include "winservice/agents.h"
#include "winservice/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MS  60000
#define FILE_MAX    (1U << 20)
#define OUTPUT_MAX  (1U << 16)
#define PATH_CAP    1024
#define PARAMETERS  "zabbix-atol.conf"
#define USUAL_PLACE "C:\\Program Files\\zabbix-atol\\"

const struct setup_join_words setup_join_words = {
    {"Would include the user parameters in the agent's file", "Параметры будут подключены в файле агента"},
    {"User parameters included in the agent's file",          "Параметры подключены в файле агента"           },
};

bool setup_may_change(struct failure *failure)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return failure_explain(failure, ERR_SETUP_RIGHTS, "open the command line as administrator%s",
                               "откройте командную строку от имени администратора%s", "");
    (void)CloseServiceHandle(manager);
    return true;
}

/* The folder of the program, with its backslash; "" when the system does not report it. */
static void own_folder(char *folder, size_t cap)
{
    if (!executable_path(folder, cap) || !strrchr(folder, '\\'))
        folder[0] = '\0';
    else
        strrchr(folder, '\\')[1] = '\0';
}

static bool is_folder(const char *path)
{
    wchar_t wide[PATH_CAP];
    DWORD attributes = MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, PATH_CAP) > 0 ? GetFileAttributesW(wide)
                                                                                     : INVALID_FILE_ATTRIBUTES;
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

bool setup_parameters_later(char *path, size_t cap)
{
    char folder[PATH_CAP];
    int n = data_folder(folder, sizeof folder) ? snprintf(path, cap, "%s\\" PARAMETERS, folder) : -1;
    return n > 0 && (size_t)n < cap;
}

/* The file that came with the program, as an administrator may have included it by hand. */
static void shipped(char *path, size_t cap)
{
    char folder[PATH_CAP];
    own_folder(folder, sizeof folder);
    (void)snprintf(path, cap, "%s" PARAMETERS, folder);
}

static bool is_later(const char *path)
{
    char later[PATH_CAP];
    return setup_parameters_later(later, sizeof later) && strcmp(path, later) == 0;
}

bool setup_write_parameters(const char *path, const char *text, struct failure *failure)
{
    char data[PATH_CAP] = "";
    (void)data_folder(data, sizeof data);
    return (!is_later(path) || setup_make_folder(data, failure)) &&
           file_write_atomic(path, text, strlen(text), true, failure);
}

/* A folder that the agent includes already is the place for a file more; else its file includes one in the folder of
 * the configuration, which an upgrade does not touch. */
static void find_include(struct setup_agent *agent)
{
    struct failure ignored;
    size_t count;
    char *text = file_read(agent->config, FILE_MAX, &count, NULL, &ignored), folder[480];
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (setup_agent_include(line, "", folder, sizeof folder) && folder[0] && folder[1] == ':' &&
            is_folder(folder)) {
            (void)snprintf(agent->include, sizeof agent->include, "%s\\" PARAMETERS, folder);
            break;
        }
    free(text);
    if (!agent->include[0] && !setup_parameters_later(agent->include, sizeof agent->include))
        agent->include[0] = '\0';
}

static bool fill(const struct agent *found, struct setup_agent *agent)
{
    *agent = (struct setup_agent){.runs = found->running};
    int n = snprintf(agent->config, sizeof agent->config, "%s", found->conf);
    int m = snprintf(agent->program, sizeof agent->program, "%s", found->program);
    (void)snprintf(agent->name, sizeof agent->name, "%.63s", found->name);
    text_cut_utf8(agent->name);
    find_include(agent);
    return n > 0 && (size_t)n < sizeof agent->config && m > 0 && (size_t)m < sizeof agent->program;
}

unsigned setup_find_agents(struct setup_agent *agents, unsigned cap)
{
    static struct agent found[AGENTS_MAX];
    unsigned count = 0, all = agents_find(found);
    for (int running = 1; running >= 0; running--)
        for (unsigned i = 0; i < all && count < cap; i++)
            count += found[i].running == (running == 1) && fill(&found[i], &agents[count]);
    return count;
}

char *setup_parameters(struct failure *failure)
{
    char folder[PATH_CAP], path[PATH_CAP + 32];
    size_t count;
    own_folder(folder, sizeof folder);
    shipped(path, sizeof path);
    char *text = file_read(path, FILE_MAX, &count, NULL, failure);
    if (!text) {
        failure_set(failure, ERR_SETUP_FILES, "%s", path);
        return NULL;
    }
    char *moved = setup_replace(text, USUAL_PLACE, folder);
    if (!moved)
        failure_set(failure, ERR_NO_MEMORY, "%s", path);
    free(text);
    return moved;
}

void setup_templates_path(char *path, size_t cap)
{
    char folder[PATH_CAP];
    own_folder(folder, sizeof folder);
    (void)snprintf(path, cap, "%stemplates", folder);
}

/* The folder of the program's data is looked through, whoever made it; another one keeps its rights, if they are good.
 */
bool setup_make_folder(const char *path, struct failure *failure)
{
    char data[PATH_CAP];
    bool own = data_folder(data, sizeof data) && _stricmp(path, data) == 0;
    return own ? rights_make_folder(path, RIGHTS_SETTINGS, failure) : rights_use_folder(path, RIGHTS_SETTINGS, failure);
}

bool setup_is_joined(const struct setup_agent *agent)
{
    struct failure ignored;
    char by_hand[PATH_CAP + 32];
    bool there = false, other = false;
    shipped(by_hand, sizeof by_hand);
    return agent_include_find(agent->config, by_hand, &other, &ignored) && !other &&
           (!is_later(agent->include) ||
            (agent_include_find(agent->config, agent->include, &there, &ignored) && there));
}

/* A line for the file beside the program would give every parameter twice, which stops an agent. */
bool setup_join(const struct setup_agent *agent, struct failure *failure)
{
    struct agent_include out;
    char by_hand[PATH_CAP + 32];
    shipped(by_hand, sizeof by_hand);
    return agent_include_set(agent->config, by_hand, false, &out, failure) &&
           (!is_later(agent->include) || agent_include_set(agent->config, agent->include, true, &out, failure));
}

bool setup_leave(const struct setup_agent *agent, struct failure *failure)
{
    struct agent_include out;
    char by_hand[PATH_CAP + 32];
    shipped(by_hand, sizeof by_hand);
    return agent_include_set(agent->config, by_hand, false, &out, failure) &&
           (!is_later(agent->include) || agent_include_set(agent->config, agent->include, false, &out, failure));
}

const char *setup_joined(const struct setup_agent *agent)
{
    return agent->config;
}

/* By the folder's rights. */
bool setup_protect(const char *path, struct failure *failure)
{
    (void)path, (void)failure;
    return true;
}

bool setup_restart(const struct setup_agent *agent, struct failure *failure)
{
    static struct agent found[AGENTS_MAX];
    unsigned all = agents_find(found);
    for (unsigned i = 0; i < all; i++)
        if (strcmp(found[i].conf, agent->config) == 0 && strcmp(found[i].program, agent->program) == 0)
            return agent_restart(&found[i], failure);
    return failure_set(failure, ERR_SETUP_RESTART, "%s", agent->name);
}

/* An agent may print in the code page of the console: what is no UTF-8 becomes a question mark. */
static void only_ascii(char *text)
{
    if (text_is_utf8(text, strlen(text)))
        return;
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            *text = '?';
}

bool setup_ask(const struct setup_agent *agent, const char *key, char *value, size_t cap, struct failure *failure)
{
    static char out[OUTPUT_MAX];
    int status;
    const char *const argv[] = {agent->program, "-c", agent->config, "-t", key, NULL};
    if (!command_run(&(struct command_options){argv, NULL, NULL, true, COMMAND_MS}, out, sizeof out, &status, failure))
        return false;
    only_ascii(out);
    if (setup_answer(out, value, cap))
        return true;
    out[strcspn(out, "\r\n")] = '\0';
    return failure_explain(failure, ERR_SETUP_AGENT, "%s: \"%s\"", "%s: «%s»", key, TEXT_PATH(out));
}
