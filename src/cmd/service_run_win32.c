/* The service itself: a child `serve`, its log in a file with rotation, the event log on start, stop and failure. */
#include "cmd/service.h"

#include <stdio.h>
#include <string.h>
/* windows.h before shlobj.h */
#include <windows.h>

#include <shlobj.h>

#define PATH_CAP 1024
#define LOG_MAX  (5 * 1024 * 1024)
#define LOG_KEEP 3 /* zabbix-atol.log.1 … .3 */

static struct {
    SERVICE_STATUS_HANDLE handle;
    const char *config;
    HANDLE child_input; /* ending it stops the child */
    volatile LONG stopping;
    wchar_t log_path[PATH_CAP];
    HANDLE log;
    LONGLONG logged;
} service;

static void set_state(DWORD state, DWORD error)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0,
        .dwWin32ExitCode = error,
        .dwWaitHint = 10000,
    };
    (void)SetServiceStatus(service.handle, &status);
}

static void tell_event(enum service_event event, const wchar_t *text)
{
    HANDLE source = RegisterEventSourceW(NULL, SERVICE_NAME);
    if (!source)
        return;
    WORD type = event == SERVICE_EVENT_FAILED ? EVENTLOG_ERROR_TYPE : EVENTLOG_INFORMATION_TYPE;
    (void)ReportEventW(source, type, 0, (DWORD)event, NULL, 1, 0, &text, NULL);
    (void)DeregisterEventSource(source);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)type, (void)data, (void)context;
    if (control == SERVICE_CONTROL_INTERROGATE)
        return NO_ERROR;
    if (control != SERVICE_CONTROL_STOP && control != SERVICE_CONTROL_SHUTDOWN)
        return ERROR_CALL_NOT_IMPLEMENTED;
    set_state(SERVICE_STOP_PENDING, NO_ERROR);
    if (InterlockedExchange(&service.stopping, 1) == 0)
        (void)CloseHandle(service.child_input);
    return NO_ERROR;
}

/* C:\ProgramData\zabbix-atol\zabbix-atol.log */
static bool open_log(void)
{
    wchar_t folder[PATH_CAP];
    LARGE_INTEGER size;
    if (SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, folder) != S_OK)
        return false;
    (void)wcscat(folder, L"\\zabbix-atol");
    (void)CreateDirectoryW(folder, NULL);
    (void)_snwprintf(service.log_path, PATH_CAP, L"%ls\\zabbix-atol.log", folder);
    service.log = CreateFileW(service.log_path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (service.log == INVALID_HANDLE_VALUE || !GetFileSizeEx(service.log, &size))
        return false;
    service.logged = size.QuadPart;
    return true;
}

static void rotate_log(void)
{
    wchar_t from[PATH_CAP + 8], to[PATH_CAP + 8];
    (void)CloseHandle(service.log);
    for (int i = LOG_KEEP; i > 0; i--) {
        (void)_snwprintf(to, PATH_CAP + 8, L"%ls.%d", service.log_path, i);
        if (i > 1)
            (void)_snwprintf(from, PATH_CAP + 8, L"%ls.%d", service.log_path, i - 1);
        else
            (void)wcscpy(from, service.log_path);
        (void)MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING);
    }
    (void)open_log();
}

/* The child's lines, each with the time before it. */
static void keep_line(const char *line, size_t length)
{
    SYSTEMTIME now;
    char stamp[32];
    DWORD written;
    GetLocalTime(&now);
    int n = snprintf(stamp, sizeof stamp, "%04u-%02u-%02u %02u:%02u:%02u ", now.wYear, now.wMonth, now.wDay, now.wHour,
                     now.wMinute, now.wSecond);
    if (service.log == INVALID_HANDLE_VALUE || n <= 0)
        return;
    (void)WriteFile(service.log, stamp, (DWORD)n, &written, NULL);
    (void)WriteFile(service.log, line, (DWORD)length, &written, NULL);
    service.logged += (LONGLONG)n + (LONGLONG)length;
    if (service.logged > LOG_MAX)
        rotate_log();
}

static void keep_output(HANDLE output)
{
    char buffer[4096];
    size_t used = 0;
    DWORD n;
    while (ReadFile(output, buffer + used, (DWORD)(sizeof buffer - used), &n, NULL) && n > 0) {
        used += n;
        char *end;
        while ((end = memchr(buffer, '\n', used)) || used == sizeof buffer) {
            size_t length = end ? (size_t)(end - buffer) + 1 : used;
            keep_line(buffer, length);
            used -= length;
            memmove(buffer, buffer + length, used);
        }
    }
    if (used > 0)
        keep_line(buffer, used);
}

static bool child_command(wchar_t *line, size_t cap)
{
    wchar_t exe[PATH_CAP], config[PATH_CAP] = L"";
    DWORD n = GetModuleFileNameW(NULL, exe, PATH_CAP);
    if (n == 0 || n >= PATH_CAP)
        return false;
    if (service.config && MultiByteToWideChar(CP_UTF8, 0, service.config, -1, config, PATH_CAP) == 0)
        return false;
    int used = service.config ? _snwprintf(line, cap, L"\"%ls\" serve --stop-on-eof -c \"%ls\"", exe, config)
                              : _snwprintf(line, cap, L"\"%ls\" serve --stop-on-eof", exe);
    return used > 0 && (size_t)used < cap;
}

/* Starts the child with pipes for its input and its messages; *output is for reading them. */
static bool start_child(HANDLE *process, HANDLE *output)
{
    wchar_t line[2 * PATH_CAP + 64];
    HANDLE input_end = NULL, output_end = NULL;
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    PROCESS_INFORMATION child;
    if (!child_command(line, sizeof line / sizeof line[0]) ||
        !CreatePipe(&input_end, &service.child_input, &inherit, 0) || !CreatePipe(output, &output_end, &inherit, 0))
        return false;
    (void)SetHandleInformation(service.child_input, HANDLE_FLAG_INHERIT, 0);
    (void)SetHandleInformation(*output, HANDLE_FLAG_INHERIT, 0);
    STARTUPINFOW start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = input_end,
                          .hStdOutput = output_end,
                          .hStdError = output_end};
    bool good = CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &child) != 0;
    (void)CloseHandle(input_end);
    (void)CloseHandle(output_end);
    if (!good)
        return false;
    (void)CloseHandle(child.hThread);
    *process = child.hProcess;
    return true;
}

static void WINAPI service_main(DWORD argc, LPWSTR *argv)
{
    HANDLE process, output;
    DWORD code = 0;
    (void)argc, (void)argv;
    service.handle = RegisterServiceCtrlHandlerExW(SERVICE_NAME, on_control, NULL);
    if (!service.handle)
        return;
    set_state(SERVICE_START_PENDING, NO_ERROR);
    service.log = INVALID_HANDLE_VALUE;
    bool log = open_log();
    if (!start_child(&process, &output)) {
        tell_event(SERVICE_EVENT_FAILED, L"zabbix-atol serve could not be started.");
        set_state(SERVICE_STOPPED, ERROR_PROCESS_ABORTED);
        return;
    }
    set_state(SERVICE_RUNNING, NO_ERROR);
    tell_event(SERVICE_EVENT_STARTED,
               log ? L"zabbix-atol serve has started." : L"zabbix-atol serve has started, without a log file.");
    keep_output(output);
    (void)WaitForSingleObject(process, INFINITE);
    (void)GetExitCodeProcess(process, &code);
    bool asked = service.stopping != 0;
    tell_event(asked ? SERVICE_EVENT_STOPPED : SERVICE_EVENT_FAILED,
               asked ? L"zabbix-atol serve has stopped." : L"zabbix-atol serve has ended by itself; its log says why.");
    set_state(SERVICE_STOPPED, asked ? NO_ERROR : ERROR_PROCESS_ABORTED);
}

bool service_dispatch(const char *config, struct failure *failure)
{
    wchar_t name[] = SERVICE_NAME;
    SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };
    service.config = config;
    return StartServiceCtrlDispatcherW(table) ||
           failure_set(failure, ERR_USAGE,
                       "`service run` is for the service manager; use `service start`, or `serve`.");
}
