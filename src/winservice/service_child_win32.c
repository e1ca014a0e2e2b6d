/* The service's child: `zabbix-atol serve` with pipes for its input and its messages, and an event for its readiness.
 */
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

/* The child inherits the event under the number that the environment tells it. */
static bool make_ready_event(struct service_child *child, SECURITY_ATTRIBUTES *inherit)
{
    wchar_t number[32];
    child->ready = CreateEventW(inherit, TRUE, FALSE, NULL);
    (void)_snwprintf(number, 32, L"%llu", (unsigned long long)(uintptr_t)child->ready);
    return child->ready && SetEnvironmentVariableW(NOTIFY_EVENT, number);
}

bool service_child_start(const char *path, struct service_child *child)
{
    wchar_t line[2 * PATH_CAP + 64];
    HANDLE input_end = NULL, output_end = NULL;
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    PROCESS_INFORMATION started;
    if (!command_line(path, line, sizeof line / sizeof line[0]) || !make_ready_event(child, &inherit) ||
        !CreatePipe(&input_end, &child->input, &inherit, 0) || !CreatePipe(&child->output, &output_end, &inherit, 0))
        return false;
    (void)SetHandleInformation(child->input, HANDLE_FLAG_INHERIT, 0);
    (void)SetHandleInformation(child->output, HANDLE_FLAG_INHERIT, 0);
    STARTUPINFOW start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = input_end,
                          .hStdOutput = output_end,
                          .hStdError = output_end};
    bool good = CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &started) != 0;
    (void)CloseHandle(input_end);
    (void)CloseHandle(output_end);
    if (!good)
        return false;
    (void)CloseHandle(started.hThread);
    child->process = started.hProcess;
    return true;
}
