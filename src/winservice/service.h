/* The Windows service around `serve`: it starts `zabbix-atol serve` as a child, keeps its log, and stops it by ending
 * its standard input. */
#ifndef WINSERVICE_SERVICE_H
#define WINSERVICE_SERVICE_H

#include "base/error.h"
#include "config/config.h"

#include <windows.h>

#define SERVICE_NAME L"zabbix-atol"

enum service_event { SERVICE_EVENT_STARTED = 1, SERVICE_EVENT_STOPPED = 2, SERVICE_EVENT_FAILED = 3 };

enum service_state {
    SERVICE_IS_ABSENT,
    SERVICE_IS_STOPPED,
    SERVICE_IS_STARTING,
    SERVICE_IS_RUNNING,
    SERVICE_IS_STOPPING,
};

/* ---- service_manager_win32.c: what the commands ask of the service manager; false with the failure ---- */

/* `path`: UTF-8, of the configuration, NULL for the usual place; `config`: what stands in it. */
bool service_install(const char *path, const struct config *config, struct failure *failure);
bool service_uninstall(struct failure *failure);
/* Returns when `serve` polls, or has ended already (ERR_SERVICE_SETTINGS, ERR_SERVICE_ENDED). */
bool service_start(struct failure *failure);
bool service_stop(struct failure *failure);
enum service_state service_state(void);

/* ---- service_folders_win32.c ---- */

/* Makes the folders that the service writes into. That of the program's data, with all that is in it, is given to
 * administrators to rule, the service's account to change and users to read: every user may make folders in
 * ProgramData, so what stands there already proves nothing. A folder elsewhere that exists keeps its rights. */
bool service_folders_make(const struct config *config, struct failure *failure);

/* ---- service_run_win32.c ---- */

/* What the service manager runs (`service run`): returns when the service has stopped. `path`: UTF-8 path of the
 * configuration, NULL for the usual one. False when it was not started by the service manager. */
bool service_dispatch(const char *path, struct failure *failure);

/* ---- service_child_win32.c ---- */

struct service_child {
    HANDLE process;
    HANDLE input;  /* ending it stops the child */
    HANDLE output; /* what it says */
    HANDLE ready;  /* is set when it polls */
};

/* Starts `serve`; false when Windows refuses. */
bool service_child_start(const char *path, struct service_child *child);

/* ---- service_log_win32.c: ProgramData\zabbix-atol\zabbix-atol.log and three older ones ---- */

/* False when the file cannot be opened; it is tried again with each line. */
bool service_log_open(void);

/* One line of the child, with the time before it. */
void service_log_line(const char *line, size_t length);

#endif
