/* What `setup` needs of the system, one file a system: setup_posix.c, setup_win32.c. All else of `setup` is the same
 * everywhere. Each function sets `failure` when it returns false; none prints. */
#ifndef CLI_SETUP_SETUP_SYSTEM_H
#define CLI_SETUP_SETUP_SYSTEM_H

#include "base/error.h"

#include <stddef.h>

#define SETUP_AGENTS_MAX 2

/* A Zabbix agent of this computer, classic or 2. Paths are UTF-8 and absolute. */
struct setup_agent {
    char name[64];     /* of its service: "zabbix-agent2" */
    char program[512]; /* its executable */
    char config[512];  /* its main file */
    char include[512]; /* the file that setup writes; "": its main file includes no folder for it (Linux) */
    char user[64];     /* it runs as; "": no rights are given by a user (Windows) */
    bool runs;
};

/* How an agent is joined to the program, for a person: in English and Russian. */
struct setup_join_words {
    const char *would[2], *done[2];
};
extern const struct setup_join_words setup_join_words;

/* May this user change the system's configuration? ERR_SETUP_RIGHTS says what to type. */
bool setup_may_change(struct failure *failure);

/* Finds the agents that are installed, at most `cap`; those that run first. Returns how many. */
unsigned setup_find_agents(struct setup_agent *agents, unsigned cap);

/* The user parameters for this computer: zabbix_agentd.d/zabbix-atol.conf as it came with the program, with the
 * program's own path in it. The caller frees it. NULL with ERR_SETUP_FILES when it is nowhere. */
char *setup_parameters(struct failure *failure);

/* Writes them, whole, into the agent's `include` or where setup_parameters_later says. False when others than
 * administrators could change the file there: the agent may run it with all rights. */
bool setup_write_parameters(const char *path, const char *text, struct failure *failure);

/* Where the user parameters may lie for an agent that is installed later with a setting that names them. False:
 * nowhere. */
bool setup_parameters_later(char *path, size_t cap);

/* The templates for Zabbix that came with the program. */
void setup_templates_path(char *path, size_t cap);

/* Makes a folder for the configuration, unless it is there. False when others than administrators may write into it. */
bool setup_make_folder(const char *path, struct failure *failure);

/* Can the agent use the parameters? Linux: its user may read the configuration and open the ports. Windows: its main
 * file includes them. */
bool setup_is_joined(const struct setup_agent *agent);

/* Sees to it, and takes it back. On Linux the right to the ports stays, others may use it. */
bool setup_join(const struct setup_agent *agent, struct failure *failure);
bool setup_leave(const struct setup_agent *agent, struct failure *failure);

/* What the two change: the agent's user, or its main file. */
const char *setup_joined(const struct setup_agent *agent);

/* A file of the configuration may hold passwords of registers: readable by `serve` and by the agent, nobody else. */
bool setup_protect(const char *path, struct failure *failure);

/* Makes the agent read its configuration anew, starts one that does not run. False with ERR_SETUP_RESTART and what to
 * type. */
bool setup_restart(const struct setup_agent *agent, struct failure *failure);

/* Asks an item of the agent as its user, by the agent's own program and configuration; `value` gets what Zabbix would,
 * NUL-terminated. False with ERR_SETUP_AGENT: what the agent said. */
bool setup_ask(const struct setup_agent *agent, const char *key, char *value, size_t cap, struct failure *failure);

#endif
