/* What cannot be a plain child: shortcuts, documents, and programs whose manifest wants an administrator. The shell
 * opens them, and asks the user where that is needed. */
#include "cli/program/program.h"

#include "base/system_error.h"
#include "winservice/service.h"

#include <string.h>
#include <uv.h>
/* windows.h before shellapi.h */
#include <windows.h>

#include <objbase.h>
#include <shellapi.h>

#define PATH_CAP 1024
#define LINE_CAP 8192

struct line {
    char text[LINE_CAP];
    size_t used;
    bool full;
};

void program_prepare(void)
{
    /* libuv's own error mode would take the till's program its message windows. */
    (void)SetErrorMode(0);
    (void)SetDllDirectoryW(NULL);
}

static void put(struct line *line, char byte, size_t times)
{
    line->full = line->full || line->used + times >= LINE_CAP;
    if (line->full)
        return;
    memset(line->text + line->used, byte, times);
    line->used += times;
    line->text[line->used] = '\0';
}

/* In quotes, as CommandLineToArgvW reads it: backslashes are doubled before a quote, and only there. */
static void put_argument(struct line *line, const char *argument)
{
    put(line, '"', 1);
    for (const char *at = argument; *at;) {
        size_t slashes = strspn(at, "\\");
        at += slashes;
        put(line, '\\', *at == '"' || *at == '\0' ? 2 * slashes : slashes);
        if (*at == '"')
            put(line, '\\', 1);
        if (*at)
            put(line, *at++, 1);
    }
    put(line, '"', 1);
}

static bool arguments_of(char **program, wchar_t *wide)
{
    static struct line line;
    line = (struct line){.used = 0};
    for (char **argument = program + 1; *argument; argument++) {
        if (line.used > 0)
            put(&line, ' ', 1);
        put_argument(&line, *argument);
    }
    return !line.full && MultiByteToWideChar(CP_UTF8, 0, line.text, -1, wide, LINE_CAP) > 0;
}

static bool open_by_shell(const wchar_t *file, const wchar_t *parameters)
{
    SHELLEXECUTEINFOW start = {.cbSize = sizeof start,
                               .fMask = SEE_MASK_NOASYNC | SEE_MASK_FLAG_NO_UI,
                               .lpFile = file,
                               .lpParameters = parameters,
                               .nShow = SW_SHOWNORMAL};
    /* Parts of the shell want it. */
    HRESULT com = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    bool good = ShellExecuteExW(&start) != 0;
    DWORD error = GetLastError();
    if (SUCCEEDED(com))
        CoUninitialize();
    SetLastError(error);
    return good;
}

bool program_start_by_shell(char **program, struct failure *failure)
{
    static wchar_t file[PATH_CAP], parameters[LINE_CAP];
    if (MultiByteToWideChar(CP_UTF8, 0, program[0], -1, file, PATH_CAP) == 0 || !arguments_of(program, parameters))
        return failure_windows(failure, ERR_PROGRAM_START, program[0], ERROR_FILENAME_EXCED_RANGE);
    if (open_by_shell(file, parameters))
        return true;
    DWORD error = GetLastError();
    return failure_windows(failure, error == ERROR_CANCELLED ? ERR_PROGRAM_RIGHTS : ERR_PROGRAM_START, program[0],
                           error);
}

/* A service or a task in the background has no desktop: a box there would wait for ever. */
static bool has_desktop(void)
{
    USEROBJECTFLAGS flags = {.dwFlags = 0};
    DWORD size;
    return GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof flags, &size) &&
           (flags.dwFlags & WSF_VISIBLE);
}

void program_show_failure(const struct failure *failure, enum lang lang)
{
    char text[1024];
    wchar_t wide[1024];
    failure_text(failure, lang, text, sizeof text);
    service_event_write(SERVICE_EVENT_PROGRAM, lang, text);
    if (has_desktop() && MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 1024) > 0)
        (void)MessageBoxW(NULL, wide, L"zabbix-atol", MB_OK | MB_ICONERROR | MB_SETFOREGROUND);
}
