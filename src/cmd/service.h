/* The Windows service around `serve`: it starts `zabbix-atol serve` as a child, keeps its log, and stops it by ending
 * its standard input. */
#ifndef CMD_SERVICE_H
#define CMD_SERVICE_H

#include "base/error.h"

#define SERVICE_NAME L"zabbix-atol"

enum service_event { SERVICE_EVENT_STARTED = 1, SERVICE_EVENT_STOPPED = 2, SERVICE_EVENT_FAILED = 3 };

/* What the service manager runs (`service run`): returns when the service has stopped. `config`: UTF-8 path, NULL for
 * the usual one. False when it was not started by the service manager. */
bool service_dispatch(const char *config, struct failure *failure);

/* install, uninstall, start, stop; false with the failure. */
bool service_install(const char *config, struct failure *failure);
bool service_uninstall(struct failure *failure);
bool service_start(struct failure *failure);
bool service_stop(struct failure *failure);

/* "running", "stopped", "starting", "stopping", "not installed". */
const char *service_status(void);

#endif
