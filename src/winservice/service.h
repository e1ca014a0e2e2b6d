/* The Windows service around `serve`: it starts `zabbix-atol serve` as a child, keeps its log, watches it, starts it
 * again after a failure, and stops it by ending its standard input. */
#ifndef WINSERVICE_SERVICE_H
#define WINSERVICE_SERVICE_H

#include "base/error.h"
#include "config/config.h"

#include <windows.h>

#define SERVICE_NAME L"zabbix-atol"

/* Numbers of the events in the log "Application" (docs/windows.md). */
enum service_event {
    SERVICE_EVENT_STARTED = 1,
    SERVICE_EVENT_STOPPED = 2,
    SERVICE_EVENT_FAILED = 3,    /* it does not run any more */
    SERVICE_EVENT_RESTARTED = 4, /* `serve` has failed and is started again */
    SERVICE_EVENT_PROGRAM = 5,   /* the program behind `--` was not started; not of the service */
};

enum service_state {
    SERVICE_IS_ABSENT,
    SERVICE_IS_STOPPED,
    SERVICE_IS_STARTING,
    SERVICE_IS_RUNNING,
    SERVICE_IS_STOPPING,
};

/* What `service status` prints. */
struct service_facts {
    enum service_state state;
    unsigned long process;   /* its pid; 0: none */
    unsigned long exit_code; /* of `serve`, when it ended by itself at last; 0: it did not */
    char account[128];       /* "NT SERVICE\zabbix-atol"; "" when it is not installed */
    char config[1024];       /* path of the configuration; "": the usual place */
};

/* ---- service_manager_win32.c: what the commands ask of the service manager; false with the failure ---- */

/* Installs the service, or brings one that is there to the same state. `path`: UTF-8, of the configuration, NULL for
 * the usual place; `config`: what stands in it. */
bool service_install(const char *path, const struct config *config, struct failure *failure);
/* Stops and removes it; good when there is none. */
bool service_uninstall(struct failure *failure);
/* Returns when `serve` polls, at once when it runs already; or when it has ended (ERR_SERVICE_SETTINGS,
 * ERR_SERVICE_ENDED). */
bool service_start(struct failure *failure);
/* Good when it does not run. */
bool service_stop(struct failure *failure);
/* The service reads its configuration again; the log says how that came out. */
bool service_reload(struct failure *failure);
/* False when the service manager does not answer. */
bool service_look(struct service_facts *facts, struct failure *failure);

/* ---- service_folders_win32.c ---- */

/* Makes the folders that the service writes into, and gives them their rights: rights.h. Every user may make folders in
 * ProgramData, so one that stands there already is refused when anybody else could have written into it. */
bool service_folders_make(const struct config *config, struct failure *failure);

/* Removes the folder of the program's data with all that is in it, and a configuration beside the program; good when
 * there is none. */
bool service_folders_remove(struct failure *failure);

/* May the service, and with it an agent with SYSTEM's rights, run this program and read this configuration? False when
 * others than administrators may change one of them. */
bool service_may_run(const char *config_path, const struct config *config, struct failure *failure);

/* ---- service_run_win32.c ---- */

/* What the service manager runs (`service run`): returns when the service has stopped. `path`: UTF-8 path of the
 * configuration, NULL for the usual one; `lang`: of the events. False when it was not started by the service manager.
 */
bool service_dispatch(const char *path, enum lang lang, struct failure *failure);

/* ---- service_event_win32.c ---- */

/* Writes an event; `detail`, UTF-8, stands in for the %ls of its text. */
void service_event_write(enum service_event event, enum lang lang, const char *detail);

/* ---- service_child_win32.c ---- */

struct service_child {
    HANDLE process;
    HANDLE input;    /* ending it stops the child; a line `reload` lets it read its configuration again */
    HANDLE output;   /* what it says */
    HANDLE ready;    /* is set when it polls */
    HANDLE watchdog; /* is set again and again while its loop turns */
};

/* Starts `serve`, which signals its watchdog at least every `watchdog_ms`; false, with GetLastError(), when Windows
 * refuses. */
bool service_child_start(const char *path, unsigned watchdog_ms, struct service_child *child);

/* Closes the handles; the process must have ended. */
void service_child_close(struct service_child *child);

/* ---- service_log_win32.c: ProgramData\zabbix-atol\log\zabbix-atol.log and three older ones ---- */

/* The log's path, UTF-8; false when Windows names no folder for it. */
bool service_log_path(char *path, size_t cap);

/* False when the file cannot be opened; it is tried again with each line. */
bool service_log_open(void);

/* One line, with the time before it; in the file when this returns. */
void service_log_line(const char *line, size_t length);

#endif
