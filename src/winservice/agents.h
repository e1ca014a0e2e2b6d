/* The Zabbix agents of this computer: services whose program is zabbix_agentd.exe or zabbix_agent2.exe. */
#ifndef WINSERVICE_AGENTS_H
#define WINSERVICE_AGENTS_H

#include "base/error.h"

#include <stdbool.h>
#include <windows.h>

#define AGENTS_MAX 8 /* more on one computer are not looked at */

struct agent {
    wchar_t service[256];
    char name[512];     /* the same, UTF-8, for a person */
    char program[1024]; /* its executable, UTF-8 */
    char conf[1024];    /* path of its configuration, UTF-8 */
    bool second;        /* agent 2 */
    bool running;
};

/* Gives how many there are; 0 also when the service manager does not answer. */
unsigned agents_find(struct agent agents[AGENTS_MAX]);

/* Stops the agent and starts it again; one that does not run is started. False with ERR_SETUP_RESTART when it does not
 * come up. */
bool agent_restart(const struct agent *agent, struct failure *failure);

#endif
