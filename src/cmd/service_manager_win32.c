/* The service manager: install, uninstall, start, stop, status. */
#include "cmd/service.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define PATH_CAP   1024
#define WAIT_MS    30000
#define STEP_MS    100
#define EVENT_KEY  L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\zabbix-atol"
#define MESSAGES   L"%SystemRoot%\\System32\\EventCreate.exe" /* its messages 1 to 1000 are the text itself */
#define RESTART_MS 60000

static bool fail(struct failure *failure, const char *what)
{
    DWORD error = GetLastError();
    switch (error) {
    case ERROR_ACCESS_DENIED:
        return failure_set(failure, ERR_USAGE, "%s needs an administrator: run the command line as administrator.",
                           what);
    case ERROR_SERVICE_DOES_NOT_EXIST:
        return failure_set(failure, ERR_USAGE, "The service is not installed: zabbix-atol service install.");
    case ERROR_SERVICE_EXISTS:
        return failure_set(failure, ERR_USAGE, "The service is installed already.");
    case ERROR_SERVICE_ALREADY_RUNNING:
        return failure_set(failure, ERR_USAGE, "The service runs already.");
    case ERROR_SERVICE_NOT_ACTIVE:
        return failure_set(failure, ERR_USAGE, "The service does not run.");
    default:
        return failure_set(failure, ERR_SYSTEM, "%s: Windows error %lu", what, (unsigned long)error);
    }
}

static SC_HANDLE open_service(DWORD rights, struct failure *failure, const char *what)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, SERVICE_NAME, rights) : NULL;
    if (!service && failure)
        fail(failure, what);
    if (manager)
        (void)CloseServiceHandle(manager);
    return service;
}

static bool command_line(const char *config, wchar_t *line, size_t cap)
{
    wchar_t exe[PATH_CAP], path[PATH_CAP] = L"";
    DWORD n = GetModuleFileNameW(NULL, exe, PATH_CAP);
    if (n == 0 || n >= PATH_CAP)
        return false;
    if (config && MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, config, -1, path, PATH_CAP) == 0)
        return false;
    int used = config ? _snwprintf(line, cap, L"\"%ls\" service run -c \"%ls\"", exe, path)
                      : _snwprintf(line, cap, L"\"%ls\" service run", exe);
    return used > 0 && (size_t)used < cap;
}

/* Restarted after a failure; no privilege but that of walking folders. */
static void configure(SC_HANDLE service)
{
    SC_ACTION restart = {SC_ACTION_RESTART, RESTART_MS};
    SERVICE_FAILURE_ACTIONSW actions = {.dwResetPeriod = 86400, .cActions = 1, .lpsaActions = &restart};
    SERVICE_FAILURE_ACTIONS_FLAG flag = {.fFailureActionsOnNonCrashFailures = TRUE};
    wchar_t privileges[] = L"SeChangeNotifyPrivilege\0";
    SERVICE_REQUIRED_PRIVILEGES_INFOW least = {privileges};
    wchar_t text[] = L"Polls ATOL fiscal registers for Zabbix / Опрашивает кассы АТОЛ для Zabbix";
    SERVICE_DESCRIPTIONW description = {text};
    SERVICE_DELAYED_AUTO_START_INFO delayed = {TRUE};
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &actions);
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag);
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &least);
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description);
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
}

static void register_events(void)
{
    HKEY key;
    DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, EVENT_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL) != ERROR_SUCCESS)
        return;
    (void)RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)MESSAGES, sizeof MESSAGES);
    (void)RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof types);
    (void)RegCloseKey(key);
}

bool service_install(const char *config, struct failure *failure)
{
    wchar_t line[2 * PATH_CAP + 64];
    if (!command_line(config, line, sizeof line / sizeof line[0]))
        return failure_set(failure, ERR_USAGE, "The path of the program or of the configuration is too long.");
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return fail(failure, "service install");
    SC_HANDLE service = CreateServiceW(manager, SERVICE_NAME, L"zabbix-atol", SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, line, NULL,
                                       NULL, NULL, L"NT AUTHORITY\\LocalService", L"");
    bool good = service || fail(failure, "service install");
    if (service) {
        configure(service);
        register_events();
        (void)CloseServiceHandle(service);
    }
    (void)CloseServiceHandle(manager);
    return good;
}

static DWORD current_state(SC_HANDLE service)
{
    SERVICE_STATUS status;
    return QueryServiceStatus(service, &status) ? status.dwCurrentState : 0;
}

static bool wait_for(SC_HANDLE service, DWORD state)
{
    for (DWORD waited = 0; waited < WAIT_MS; waited += STEP_MS) {
        if (current_state(service) == state)
            return true;
        Sleep(STEP_MS);
    }
    return false;
}

bool service_uninstall(struct failure *failure)
{
    SC_HANDLE service = open_service(DELETE | SERVICE_STOP | SERVICE_QUERY_STATUS, failure, "service uninstall");
    SERVICE_STATUS status;
    if (!service)
        return false;
    if (ControlService(service, SERVICE_CONTROL_STOP, &status))
        (void)wait_for(service, SERVICE_STOPPED);
    bool good = DeleteService(service) || fail(failure, "service uninstall");
    (void)CloseServiceHandle(service);
    (void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, EVENT_KEY);
    return good;
}

bool service_start(struct failure *failure)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, failure, "service start");
    if (!service)
        return false;
    bool good = StartServiceW(service, 0, NULL) || fail(failure, "service start");
    if (good && !wait_for(service, SERVICE_RUNNING))
        good = failure_set(failure, ERR_SYSTEM, "the service did not start in 30 s; its log says why");
    (void)CloseServiceHandle(service);
    return good;
}

bool service_stop(struct failure *failure)
{
    SERVICE_STATUS status;
    SC_HANDLE service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, failure, "service stop");
    if (!service)
        return false;
    bool good = ControlService(service, SERVICE_CONTROL_STOP, &status) || fail(failure, "service stop");
    if (good && !wait_for(service, SERVICE_STOPPED))
        good = failure_set(failure, ERR_SYSTEM, "the service did not stop in 30 s");
    (void)CloseServiceHandle(service);
    return good;
}

const char *service_status(void)
{
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS, NULL, "");
    if (!service)
        return "not installed";
    DWORD state = current_state(service);
    (void)CloseServiceHandle(service);
    switch (state) {
    case SERVICE_RUNNING:
        return "running";
    case SERVICE_START_PENDING:
        return "starting";
    case SERVICE_STOP_PENDING:
        return "stopping";
    default:
        return "stopped";
    }
}
