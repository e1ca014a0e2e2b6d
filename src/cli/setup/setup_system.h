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
    char include[512]; /* the file that setup writes, in a folder that its main file includes; "": it includes none */
    char user[64];     /* it runs as; "": it needs no rights to be given */
};

/* May this user change the system's configuration? ERR_SETUP_RIGHTS says what to type. */
bool setup_may_change(struct failure *failure);

/* Finds the agents that are installed, at most `cap`; those that run first. Returns how many. */
unsigned setup_find_agents(struct setup_agent *agents, unsigned cap);

/* The user parameters as they came with the program (zabbix_agentd.d/zabbix-atol.conf): where that file is. False with
 * ERR_SETUP_FILES when it is nowhere. */
bool setup_parameters_path(char *path, size_t cap, struct failure *failure);

/* Does the agent's user have the rights to read the configuration and to open the ports? */
bool setup_has_rights(const struct setup_agent *agent);

/* Gives them. */
bool setup_give_rights(const struct setup_agent *agent, struct failure *failure);

/* Takes the right to read the configuration back (`setup --remove`); that to the ports stays, others may use it. */
bool setup_take_rights(const struct setup_agent *agent, struct failure *failure);

/* A file of the configuration may hold passwords of registers: readable by `serve` and by the agent, nobody else. */
bool setup_protect(const char *path, struct failure *failure);

/* Makes the agent read its configuration anew. False with ERR_SETUP_RESTART and what to type. */
bool setup_restart(const struct setup_agent *agent, struct failure *failure);

/* Asks an item of the agent as its user, by the agent's own program and configuration; `value` gets what Zabbix would,
 * NUL-terminated. False with ERR_SETUP_AGENT: what the agent said. */
bool setup_ask(const struct setup_agent *agent, const char *key, char *value, size_t cap, struct failure *failure);

#endif
