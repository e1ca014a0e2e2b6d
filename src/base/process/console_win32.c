#include "base/process/console.h"

#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* windows.h before shellapi.h */
#include <windows.h>

#include <shellapi.h>

#define CONSOLE_CHARACTERS 8192 /* in one write: consoles of Windows 7 refuse more than 64 KiB */

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4
#endif

static char *to_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text && WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL) == 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char **wide_arguments(int *argc)
{
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **argv = wide ? calloc((size_t)count + 1, sizeof *argv) : NULL;
    for (int i = 0; argv && i < count; i++) {
        argv[i] = to_utf8(wide[i]);
        if (!argv[i])
            argv = NULL;
    }
    (void)LocalFree(wide);
    if (argv)
        *argc = count;
    return argv;
}

char **console_begin(int *argc, char **argv)
{
    /* No library is ever looked for in the current folder. */
    (void)SetDllDirectoryW(L"");
    (void)_setmode(_fileno(stdout), _O_BINARY);
    /* Into a pipe or a file Windows would keep messages back until there are 4 KiB of them. */
    (void)setvbuf(stderr, NULL, _IONBF, 0);
    char **utf8 = wide_arguments(argc);
    return utf8 ? utf8 : argv;
}

/* The console behind a stream, NULL when it is a file or a pipe. */
static HANDLE console_of(FILE *stream)
{
    DWORD mode;
    HANDLE handle = GetStdHandle(stream == stdout ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
    return GetConsoleMode(handle, &mode) ? handle : NULL;
}

static void write_console(HANDLE console, const char *text, int length)
{
    int count = MultiByteToWideChar(CP_UTF8, 0, text, length, NULL, 0);
    wchar_t *wide = count > 0 ? malloc((size_t)count * sizeof *wide) : NULL;
    if (wide)
        count = MultiByteToWideChar(CP_UTF8, 0, text, length, wide, count);
    for (int at = 0; wide && at < count;) {
        int n = count - at < CONSOLE_CHARACTERS ? count - at : CONSOLE_CHARACTERS;
        bool split = at + n < count && IS_HIGH_SURROGATE(wide[at + n - 1]);
        DWORD written;
        n -= split ? 1 : 0;
        (void)WriteConsoleW(console, wide + at, (DWORD)n, &written, NULL);
        at += n;
    }
    free(wide);
}

static bool reader_gone; /* of stdout */

/* The C library's errno is EPIPE or EINVAL there. */
static void note_reader(void)
{
    DWORD why = GetLastError();
    reader_gone = reader_gone || why == ERROR_NO_DATA || why == ERROR_BROKEN_PIPE;
}

enum console_end console_flush(void)
{
    SetLastError(0);
    if (fflush(stdout) != 0)
        note_reader();
    if (reader_gone)
        return CONSOLE_READER_GONE;
    return ferror(stdout) ? CONSOLE_FAILED : CONSOLE_WRITTEN;
}

void console_print(FILE *to, const char *format, ...)
{
    va_list args, again;
    HANDLE console = console_of(to);
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length > 0 ? malloc((size_t)length + 1) : NULL;
    if (text)
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    if (text && console)
        write_console(console, text, length);
    else if (text) {
        SetLastError(0);
        if (fwrite(text, 1, (size_t)length, to) < (size_t)length && to == stdout)
            note_reader();
    }
    free(text);
}

int console_columns(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    return GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info) &&
                   info.srWindow.Right > info.srWindow.Left
               ? info.srWindow.Right - info.srWindow.Left + 1
               : 80;
}

bool console_colours(void)
{
    DWORD mode;
    HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
    return GetConsoleMode(console, &mode) && SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

/* An agent gives one pipe as both. Two handles do not say whether they are of one pipe: two pipes count as one. */
bool console_outputs_are_one(void)
{
    return GetFileType(GetStdHandle(STD_OUTPUT_HANDLE)) == FILE_TYPE_PIPE &&
           GetFileType(GetStdHandle(STD_ERROR_HANDLE)) == FILE_TYPE_PIPE;
}
