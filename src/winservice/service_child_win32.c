/* The service's child: `zabbix-atol serve` with pipes for its input and its messages, and events for its readiness and
 * its watchdog. */
#include "serve/notify.h"
#include "winservice/service.h"

#include <stdint.h>
#include <stdio.h>

#define PATH_CAP 1024

static bool command_line(const char *config, wchar_t *line, size_t cap)
{
    wchar_t exe[PATH_CAP], path[PATH_CAP] = L"";
    DWORD n = GetModuleFileNameW(NULL, exe, PATH_CAP);
    if (n == 0 || n >= PATH_CAP)
        return false;
    if (config && MultiByteToWideChar(CP_UTF8, 0, config, -1, path, PATH_CAP) == 0)
        return false;
    int used = config ? _snwprintf(line, cap, L"\"%ls\" serve --stop-on-eof -c \"%ls\"", exe, path)
                      : _snwprintf(line, cap, L"\"%ls\" serve --stop-on-eof", exe);
    return used > 0 && (size_t)used < cap;
}

/* The child inherits the event under the number that is in its environment. */
static HANDLE make_event(const wchar_t *variable, bool stays_set)
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    wchar_t number[32];
    HANDLE event = CreateEventW(&inherit, stays_set, FALSE, NULL);
    (void)_snwprintf(number, 32, L"%llu", (unsigned long long)(uintptr_t)event);
    (void)SetEnvironmentVariableW(variable, event ? number : NULL);
    return event;
}

/* *child_end is inherited, *own_end is not. */
static bool make_pipe(HANDLE *child_end, HANDLE *own_end, bool child_reads)
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    if (!CreatePipe(child_reads ? child_end : own_end, child_reads ? own_end : child_end, &inherit, 0))
        return false;
    return SetHandleInformation(*own_end, HANDLE_FLAG_INHERIT, 0) != 0;
}

static void close_handle(HANDLE *handle)
{
    if (*handle)
        (void)CloseHandle(*handle);
    *handle = NULL;
}

static bool start_process(const char *path, HANDLE input, HANDLE output, HANDLE *process)
{
    wchar_t line[2 * PATH_CAP + 64];
    PROCESS_INFORMATION started;
    STARTUPINFOW start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = input,
                          .hStdOutput = output,
                          .hStdError = output};
    if (!command_line(path, line, sizeof line / sizeof line[0])) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &started))
        return false;
    (void)CloseHandle(started.hThread);
    *process = started.hProcess;
    return true;
}

bool service_child_start(const char *path, unsigned watchdog_ms, struct service_child *child)
{
    HANDLE input = NULL, output = NULL;
    wchar_t us[32];
    *child = (struct service_child){.process = NULL};
    (void)_snwprintf(us, 32, L"%lu000", (unsigned long)watchdog_ms);
    (void)SetEnvironmentVariableW(L"WATCHDOG_USEC", us);
    child->ready = make_event(NOTIFY_READY, true);
    child->watchdog = make_event(NOTIFY_WATCHDOG, false);
    bool good = child->ready && child->watchdog && make_pipe(&input, &child->input, true) &&
                make_pipe(&output, &child->output, false) && start_process(path, input, output, &child->process);
    DWORD error = GetLastError();
    close_handle(&input);
    close_handle(&output);
    if (!good)
        service_child_close(child);
    SetLastError(error);
    return good;
}

void service_child_close(struct service_child *child)
{
    HANDLE *all[] = {&child->process, &child->input, &child->output, &child->ready, &child->watchdog};
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        close_handle(all[i]);
}
