/* Packets of zabbix_sender to the hosts of the registers. */
#ifndef CLI_CHECK_CHECK_SENDER_H
#define CLI_CHECK_CHECK_SENDER_H

#include "cli/check/check_report.h"

/* Sends each register's host the value of kkt.closed that is true now (is the shop closed?), which every trapper
 * template takes and which changes nothing: do all the `servers` of ServerActive answer, and do they know the hosts?
 * True: each packet had an answer. */
bool check_hosts(struct check_report *report, const struct config *config, const char *program, unsigned servers);

#endif
