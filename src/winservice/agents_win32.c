#include "winservice/agents.h"

#include "base/system_error.h"
#include "winservice/service_wait.h"

#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PATH_CAP 1024

static const struct {
    const wchar_t *program;
    const wchar_t *conf; /* when the command line names none: beside the program */
    bool second;
} kinds[] = {
    {L"zabbix_agentd.exe", L"zabbix_agentd.conf", false},
    {L"zabbix_agent2.exe", L"zabbix_agent2.conf", true },
};

/* Where a name stands in a text, whatever the case of its letters. */
static const wchar_t *find_name(const wchar_t *text, const wchar_t *name)
{
    size_t length = wcslen(name);
    for (; *text; text++)
        if (_wcsnicmp(text, name, length) == 0)
            return text;
    return NULL;
}

/* The word behind -c, --config or --config=; false when there is none. `rest` is what stands behind the program. */
static bool find_option(const wchar_t *rest, wchar_t *conf, size_t cap)
{
    wchar_t line[2 * PATH_CAP];
    int count = 0;
    bool found = false;
    /* The parser reads the first word by other rules, as a program's name. */
    int n = _snwprintf(line, sizeof line / sizeof line[0], L"agent %ls", rest);
    if (n < 0 || (size_t)n >= sizeof line / sizeof line[0])
        return false;
    wchar_t **words = CommandLineToArgvW(line, &count);
    for (int i = 1; words && i < count && !found; i++) {
        const wchar_t *value = NULL;
        if (wcsncmp(words[i], L"--config=", 9) == 0)
            value = words[i] + 9;
        else if ((wcscmp(words[i], L"-c") == 0 || wcscmp(words[i], L"--config") == 0) && i + 1 < count)
            value = words[i + 1];
        found = value && wcslen(value) < cap && wcscpy(conf, value);
    }
    (void)LocalFree(words);
    return found;
}

static bool to_utf8(const wchar_t *wide, char *text, size_t cap)
{
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, (int)cap, NULL, NULL) > 0;
}

/* `line`: the service's command line, its program in quotes or not. */
static bool read_line(const wchar_t *line, struct agent *agent)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        wchar_t conf[PATH_CAP];
        const wchar_t *at = find_name(line, kinds[i].program);
        if (!at)
            continue;
        const wchar_t *rest = at + wcslen(kinds[i].program), *folder = line + (*line == L'"');
        rest += *rest == L'"';
        if (!find_option(rest, conf, PATH_CAP)) {
            int n = _snwprintf(conf, PATH_CAP, L"%.*ls%ls", (int)(at - folder), folder, kinds[i].conf);
            if (n < 0 || n >= PATH_CAP)
                return false;
        }
        wchar_t program[PATH_CAP];
        int n = _snwprintf(program, PATH_CAP, L"%.*ls", (int)(at - folder) + (int)wcslen(kinds[i].program), folder);
        agent->second = kinds[i].second;
        return n > 0 && n < PATH_CAP && to_utf8(program, agent->program, sizeof agent->program) &&
               to_utf8(conf, agent->conf, sizeof agent->conf);
    }
    return false;
}

static bool look_at(SC_HANDLE manager, const ENUM_SERVICE_STATUS_PROCESSW *row, struct agent *agent)
{
    static union {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192]; /* the most that Windows gives */
    } buffer;
    DWORD needed;
    SC_HANDLE service = OpenServiceW(manager, row->lpServiceName, SERVICE_QUERY_CONFIG);
    if (!service)
        return false;
    bool found = QueryServiceConfigW(service, &buffer.config, sizeof buffer, &needed) &&
                 read_line(buffer.config.lpBinaryPathName, agent);
    (void)CloseServiceHandle(service);
    if (!found || wcslen(row->lpServiceName) >= sizeof agent->service / sizeof agent->service[0])
        return false;
    (void)wcscpy(agent->service, row->lpServiceName);
    agent->running = row->ServiceStatusProcess.dwCurrentState == SERVICE_RUNNING;
    return to_utf8(row->lpServiceName, agent->name, sizeof agent->name);
}

/* All services with their states; free() it. */
static ENUM_SERVICE_STATUS_PROCESSW *list_services(SC_HANDLE manager, DWORD *count)
{
    DWORD size = 0, resume = 0;
    *count = 0;
    (void)EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &size, count,
                                &resume, NULL);
    size += 65536; /* some may be installed meanwhile */
    resume = 0;
    BYTE *bytes = malloc(size);
    if (bytes && EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, bytes, size,
                                       &size, count, &resume, NULL))
        return (ENUM_SERVICE_STATUS_PROCESSW *)(void *)bytes;
    free(bytes);
    *count = 0;
    return NULL;
}

unsigned agents_find(struct agent agents[AGENTS_MAX])
{
    DWORD count = 0;
    unsigned found = 0;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    if (!manager)
        return 0;
    ENUM_SERVICE_STATUS_PROCESSW *rows = list_services(manager, &count);
    for (DWORD i = 0; i < count && found < AGENTS_MAX; i++)
        found += look_at(manager, &rows[i], &agents[found]);
    free(rows);
    (void)CloseServiceHandle(manager);
    return found;
}

static bool is_in_state(const SERVICE_STATUS *status, DWORD state)
{
    if (status->dwCurrentState == state)
        return true;
    SetLastError(status->dwCurrentState == SERVICE_STOPPED && status->dwWin32ExitCode
                     ? status->dwWin32ExitCode /* it has ended at once */
                     : ERROR_SERVICE_REQUEST_TIMEOUT);
    return false;
}

static bool stop_and_start(SC_HANDLE service)
{
    SERVICE_STATUS status;
    if (ControlService(service, SERVICE_CONTROL_STOP, &status)) {
        status = service_wait(service, SERVICE_STOPPED, SERVICE_STOPPED);
        if (!is_in_state(&status, SERVICE_STOPPED))
            return false;
    } else if (GetLastError() != ERROR_SERVICE_NOT_ACTIVE) {
        return false;
    }
    if (!StartServiceW(service, 0, NULL))
        return false;
    status = service_wait(service, SERVICE_RUNNING, SERVICE_STOPPED);
    return is_in_state(&status, SERVICE_RUNNING);
}

bool agent_restart(const struct agent *agent, struct failure *failure)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service =
        manager ? OpenServiceW(manager, agent->service, SERVICE_START | SERVICE_STOP | SERVICE_QUERY_STATUS) : NULL;
    bool good = service && stop_and_start(service);
    DWORD error = GetLastError();
    if (service)
        (void)CloseServiceHandle(service);
    if (manager)
        (void)CloseServiceHandle(manager);
    return good || failure_windows(failure, ERR_SETUP_RESTART, agent->name, error);
}
