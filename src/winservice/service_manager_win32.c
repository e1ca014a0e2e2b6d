/* The service manager: install, uninstall, start, stop, status. */
#include "base/exit_status.h"
#include "winservice/service.h"

#include <stdio.h>
#include <string.h>

#define PATH_CAP   1024
#define WAIT_MS    30000
#define STEP_MS    100
#define EVENT_KEY  L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\zabbix-atol"
#define MESSAGES   L"%SystemRoot%\\System32\\EventCreate.exe" /* its messages 1 to 1000 are the text itself */
#define RESTART_MS 60000

/* What Windows says, as a sentence of ours. */
static bool fail(struct failure *failure, const char *what)
{
    static const struct {
        DWORD error;
        enum error_code code;
    } rows[] = {
        {ERROR_ACCESS_DENIED,           ERR_SERVICE_RIGHTS},
        {ERROR_SERVICE_DOES_NOT_EXIST,  ERR_SERVICE_ABSENT},
        {ERROR_SERVICE_EXISTS,          ERR_SERVICE_EXISTS},
        {ERROR_SERVICE_ALREADY_RUNNING, ERR_SERVICE_RUNS  },
        {ERROR_SERVICE_NOT_ACTIVE,      ERR_SERVICE_RESTS },
    };
    DWORD error = GetLastError();
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].error == error)
            return failure_set(failure, rows[i].code, "%s", what);
    return failure_set(failure, ERR_SYSTEM, "%s: Windows error %lu", what, (unsigned long)error);
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

/* The service is started in another folder: the path of the configuration becomes a whole one. */
static bool command_line(const char *config, wchar_t *line, size_t cap)
{
    wchar_t exe[PATH_CAP], named[PATH_CAP], path[PATH_CAP] = L"";
    DWORD n = GetModuleFileNameW(NULL, exe, PATH_CAP);
    if (n == 0 || n >= PATH_CAP)
        return false;
    if (config) {
        if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, config, -1, named, PATH_CAP) == 0)
            return false;
        n = GetFullPathNameW(named, PATH_CAP, path, NULL);
        if (n == 0 || n >= PATH_CAP)
            return false;
    }
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

static bool create(SC_HANDLE manager, const wchar_t *line, const struct config *config, struct failure *failure)
{
    SC_HANDLE there = OpenServiceW(manager, SERVICE_NAME, SERVICE_QUERY_STATUS);
    if (there) {
        (void)CloseServiceHandle(there);
        return failure_set(failure, ERR_SERVICE_EXISTS, "service install");
    }
    if (!service_folders_make(config, failure))
        return false;
    SC_HANDLE service = CreateServiceW(manager, SERVICE_NAME, L"zabbix-atol", SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, line, NULL,
                                       NULL, NULL, L"NT AUTHORITY\\LocalService", L"");
    if (!service)
        return fail(failure, "service install");
    configure(service);
    register_events();
    (void)CloseServiceHandle(service);
    return true;
}

bool service_install(const char *path, const struct config *config, struct failure *failure)
{
    wchar_t line[2 * PATH_CAP + 64];
    if (!command_line(path, line, sizeof line / sizeof line[0]))
        return failure_set(failure, ERR_USAGE, "The path of the program or of the configuration is too long.");
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return fail(failure, "service install");
    bool good = create(manager, line, config, failure);
    (void)CloseServiceHandle(manager);
    return good;
}

/* The service's status once it has one of these states, or when 30 seconds are over. */
static SERVICE_STATUS wait_for(SC_HANDLE service, DWORD state, DWORD other)
{
    SERVICE_STATUS status = {.dwCurrentState = 0};
    for (DWORD waited = 0; waited < WAIT_MS; waited += STEP_MS) {
        if (!QueryServiceStatus(service, &status) || status.dwCurrentState == state || status.dwCurrentState == other)
            break;
        Sleep(STEP_MS);
    }
    return status;
}

bool service_uninstall(struct failure *failure)
{
    SC_HANDLE service = open_service(DELETE | SERVICE_STOP | SERVICE_QUERY_STATUS, failure, "service uninstall");
    SERVICE_STATUS status;
    if (!service)
        return false;
    if (ControlService(service, SERVICE_CONTROL_STOP, &status))
        (void)wait_for(service, SERVICE_STOPPED, SERVICE_STOPPED);
    bool good = DeleteService(service) || fail(failure, "service uninstall");
    (void)CloseServiceHandle(service);
    (void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, EVENT_KEY);
    return good;
}

/* How the start came out. */
static bool judge_start(const SERVICE_STATUS *status, struct failure *failure)
{
    DWORD code = status->dwServiceSpecificExitCode;
    if (status->dwCurrentState == SERVICE_RUNNING)
        return true;
    if (status->dwCurrentState == SERVICE_START_PENDING)
        return failure_set(failure, ERR_SERVICE_SLOW, "service start");
    return failure_set(failure, code == EXIT_USAGE ? ERR_SERVICE_SETTINGS : ERR_SERVICE_ENDED, "exit status %lu",
                       (unsigned long)code);
}

bool service_start(struct failure *failure)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, failure, "service start");
    if (!service)
        return false;
    bool good = StartServiceW(service, 0, NULL) || fail(failure, "service start");
    if (good) {
        SERVICE_STATUS status = wait_for(service, SERVICE_RUNNING, SERVICE_STOPPED);
        good = judge_start(&status, failure);
    }
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
    if (good) {
        status = wait_for(service, SERVICE_STOPPED, SERVICE_STOPPED);
        good = status.dwCurrentState == SERVICE_STOPPED || failure_set(failure, ERR_SERVICE_SLOW, "service stop");
    }
    (void)CloseServiceHandle(service);
    return good;
}

enum service_state service_state(void)
{
    static const struct {
        DWORD windows;
        enum service_state ours;
    } rows[] = {
        {SERVICE_START_PENDING, SERVICE_IS_STARTING},
        {SERVICE_RUNNING,       SERVICE_IS_RUNNING },
        {SERVICE_STOP_PENDING,  SERVICE_IS_STOPPING},
    };
    SERVICE_STATUS status;
    enum service_state state = SERVICE_IS_STOPPED;
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS, NULL, "");
    if (!service)
        return SERVICE_IS_ABSENT;
    bool known = QueryServiceStatus(service, &status);
    for (unsigned i = 0; known && i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].windows == status.dwCurrentState)
            state = rows[i].ours;
    (void)CloseServiceHandle(service);
    return state;
}
