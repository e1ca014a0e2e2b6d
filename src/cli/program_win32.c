/* A program whose manifest wants an administrator cannot be a plain child: the shell asks the user. */
#include "base/syserror.h"
#include "cli/program.h"

#include <string.h>
#include <uv.h>
/* windows.h before shellapi.h */
#include <windows.h>

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

bool program_start_as_administrator(char **program, int status, struct failure *failure)
{
    static wchar_t file[PATH_CAP], parameters[LINE_CAP];
    /* libuv's name of ERROR_ELEVATION_REQUIRED. */
    if (status != UV_EACCES)
        return false;
    SHELLEXECUTEINFOW start = {.cbSize = sizeof start,
                               .fMask = SEE_MASK_NOASYNC | SEE_MASK_FLAG_NO_UI,
                               .lpFile = file,
                               .lpParameters = parameters,
                               .nShow = SW_SHOWNORMAL};
    if (MultiByteToWideChar(CP_UTF8, 0, program[0], -1, file, PATH_CAP) > 0 && arguments_of(program, parameters) &&
        ShellExecuteExW(&start))
        return true;
    return failure_windows(failure, ERR_PROGRAM_RIGHTS, program[0], GetLastError());
}
