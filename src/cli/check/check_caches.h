/* The caches of the Zabbix server that values are pushed to. */
#ifndef CLI_CHECK_CHECK_CACHES_H
#define CLI_CHECK_CHECK_CACHES_H

#include "cli/check/check_report.h"

/* How full the caches of the agent's server are (the first of ServerActive), where an agent is installed to ask it. A
 * server that does not tell is noted, and no finding. */
void check_caches(struct check_report *report, const char *agent_file, const struct agent_config *agent);

#endif
