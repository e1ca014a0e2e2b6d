#include "base/console.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
/* windows.h before shellapi.h */
#include <windows.h>

#include <shellapi.h>

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
    (void)SetConsoleOutputCP(CP_UTF8);
    (void)_setmode(_fileno(stdout), _O_BINARY);
    char **utf8 = wide_arguments(argc);
    return utf8 ? utf8 : argv;
}
