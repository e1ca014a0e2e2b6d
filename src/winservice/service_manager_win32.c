/* The service manager: install, uninstall, start, stop, status. */
#include "base/exit_status.h"
#include "base/system_error.h"
#include "winservice/service.h"
#include "winservice/service_wait.h"

#include <shellapi.h>
#include <stdio.h>
#include <string.h>

#define PATH_CAP   1024
#define LINE_CAP   (2 * PATH_CAP + 64)
#define EVENT_KEY  L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\zabbix-atol"
#define MESSAGES   L"%SystemRoot%\\System32\\EventCreate.exe" /* its messages 1 to 1000 are the text itself */
#define ACCOUNT    L"NT SERVICE\\zabbix-atol"
#define RESTART_MS 60000

/* What Windows says, as a sentence of ours. */
static bool fail(struct failure *failure, const char *what)
{
    static const struct {
        DWORD error;
        enum error_code code;
    } rows[] = {
        {ERROR_ACCESS_DENIED,          ERR_SERVICE_RIGHTS},
        {ERROR_SERVICE_DOES_NOT_EXIST, ERR_SERVICE_ABSENT},
        {ERROR_SERVICE_NOT_ACTIVE,     ERR_SERVICE_RESTS },
    };
    DWORD error = GetLastError();
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].error == error)
            return failure_set(failure, rows[i].code, "%s", what);
    return failure_windows(failure, ERR_SYSTEM, what, error);
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

/* The service restarts its child itself; Windows starts it again only when it crashes. No privilege but that of walking
 * folders. What an old Windows does not know stays as it is. */
static void configure(SC_HANDLE service)
{
    SC_ACTION restart = {SC_ACTION_RESTART, RESTART_MS};
    SERVICE_FAILURE_ACTIONSW actions = {.dwResetPeriod = 86400, .cActions = 1, .lpsaActions = &restart};
    SERVICE_FAILURE_ACTIONS_FLAG flag = {.fFailureActionsOnNonCrashFailures = FALSE};
    wchar_t privileges[] = L"SeChangeNotifyPrivilege\0";
    SERVICE_REQUIRED_PRIVILEGES_INFOW least = {privileges};
    wchar_t text[] = L"Polls ATOL fiscal registers for Zabbix / Опрашивает кассы АТОЛ для Zabbix";
    SERVICE_DESCRIPTIONW description = {text};
    /* At once: the registers are read before a cashier logs on and the till takes the port. */
    SERVICE_DELAYED_AUTO_START_INFO delayed = {FALSE};
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

/* Makes the service, or gives the one that is there the same command line and account. */
static bool create(SC_HANDLE manager, const wchar_t *line, struct failure *failure)
{
    SC_HANDLE service = OpenServiceW(manager, SERVICE_NAME, SERVICE_ALL_ACCESS);
    bool good = true;
    if (service)
        good = ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, line,
                                    NULL, NULL, NULL, ACCOUNT, L"", L"zabbix-atol") != 0;
    else if (GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST)
        service = CreateServiceW(manager, SERVICE_NAME, L"zabbix-atol", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                 SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, line, NULL, NULL, NULL, ACCOUNT, L"");
    if (!service || !good) {
        fail(failure, "service install");
    } else {
        configure(service);
        register_events();
    }
    if (service)
        (void)CloseServiceHandle(service);
    return service && good;
}

bool service_install(const char *path, const struct config *config, struct failure *failure)
{
    wchar_t line[LINE_CAP];
    if (!command_line(path, line, LINE_CAP))
        return failure_explain(failure, ERR_USAGE, "The path of the program or of the configuration is too long.",
                               "Слишком длинный путь программы или файла настроек.");
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return fail(failure, "service install");
    bool good = service_folders_make(config, failure) && create(manager, line, failure);
    (void)CloseServiceHandle(manager);
    return good;
}

/* Asks it to stop; good when it does not run. */
static bool stop(SC_HANDLE service, const char *what, struct failure *failure)
{
    SERVICE_STATUS status;
    if (!ControlService(service, SERVICE_CONTROL_STOP, &status))
        return GetLastError() == ERROR_SERVICE_NOT_ACTIVE || fail(failure, what);
    status = service_wait(service, SERVICE_STOPPED, SERVICE_STOPPED);
    return status.dwCurrentState == SERVICE_STOPPED || failure_set(failure, ERR_SERVICE_SLOW, "%s", what);
}

bool service_uninstall(struct failure *failure)
{
    static const char what[] = "service uninstall";
    SC_HANDLE service = open_service(DELETE | SERVICE_STOP | SERVICE_QUERY_STATUS, failure, what);
    if (!service)
        return failure->code == ERR_SERVICE_ABSENT;
    bool good = stop(service, what, failure) && (DeleteService(service) || fail(failure, what));
    (void)CloseServiceHandle(service);
    if (good)
        (void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, EVENT_KEY);
    return good;
}

/* How the start came out. */
static bool start_result(const SERVICE_STATUS *status, struct failure *failure)
{
    DWORD code = status->dwServiceSpecificExitCode;
    if (status->dwCurrentState == SERVICE_RUNNING)
        return true;
    if (status->dwCurrentState == SERVICE_START_PENDING)
        return failure_set(failure, ERR_SERVICE_SLOW, "service start");
    return failure_explain(failure, code == EXIT_USAGE ? ERR_SERVICE_SETTINGS : ERR_SERVICE_ENDED, "exit status %lu",
                           "код %lu", (unsigned long)code);
}

bool service_start(struct failure *failure)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, failure, "service start");
    if (!service)
        return false;
    bool good = StartServiceW(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING ||
                fail(failure, "service start");
    if (good) {
        SERVICE_STATUS status = service_wait(service, SERVICE_RUNNING, SERVICE_STOPPED);
        good = start_result(&status, failure);
    }
    (void)CloseServiceHandle(service);
    return good;
}

bool service_stop(struct failure *failure)
{
    SC_HANDLE service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, failure, "service stop");
    if (!service)
        return false;
    bool good = stop(service, "service stop", failure);
    (void)CloseServiceHandle(service);
    return good;
}

bool service_reload(struct failure *failure)
{
    SERVICE_STATUS status;
    SC_HANDLE service = open_service(SERVICE_PAUSE_CONTINUE, failure, "service reload");
    if (!service)
        return false;
    bool good = ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status) || fail(failure, "service reload");
    (void)CloseServiceHandle(service);
    return good;
}

/* The word behind -c in the service's command line. */
static void find_config(const wchar_t *line, char *path, size_t cap)
{
    int count = 0;
    wchar_t **words = CommandLineToArgvW(line, &count);
    for (int i = 0; words && i + 1 < count; i++)
        if (wcscmp(words[i], L"-c") == 0 &&
            WideCharToMultiByte(CP_UTF8, 0, words[i + 1], -1, path, (int)cap, NULL, NULL) == 0)
            path[0] = '\0';
    (void)LocalFree(words);
}

static void read_settings(SC_HANDLE service, struct service_facts *facts)
{
    static union {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192]; /* the most that Windows gives */
    } buffer;
    DWORD needed;
    if (!QueryServiceConfigW(service, &buffer.config, sizeof buffer, &needed))
        return;
    find_config(buffer.config.lpBinaryPathName, facts->config, sizeof facts->config);
    if (WideCharToMultiByte(CP_UTF8, 0, buffer.config.lpServiceStartName, -1, facts->account, sizeof facts->account,
                            NULL, NULL) == 0)
        facts->account[0] = '\0';
}

static void read_status(const SERVICE_STATUS_PROCESS *status, struct service_facts *facts)
{
    static const struct {
        DWORD windows;
        enum service_state ours;
    } rows[] = {
        {SERVICE_START_PENDING, SERVICE_IS_STARTING},
        {SERVICE_RUNNING,       SERVICE_IS_RUNNING },
        {SERVICE_STOP_PENDING,  SERVICE_IS_STOPPING},
    };
    facts->state = SERVICE_IS_STOPPED;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].windows == status->dwCurrentState)
            facts->state = rows[i].ours;
    facts->process = status->dwProcessId;
    facts->exit_code = status->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR ? status->dwServiceSpecificExitCode : 0;
}

bool service_look(struct service_facts *facts, struct failure *failure)
{
    SERVICE_STATUS_PROCESS status;
    DWORD needed;
    *facts = (struct service_facts){.state = SERVICE_IS_ABSENT};
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, failure, "service status");
    if (!service)
        return failure->code == ERR_SERVICE_ABSENT;
    bool good = QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed) ||
                fail(failure, "service status");
    if (good)
        read_status(&status, facts);
    if (good)
        read_settings(service, facts);
    (void)CloseServiceHandle(service);
    return good;
}
