#include "paths.h"

#include <stdlib.h>
#include <wchar.h>
/* windows.h before shellapi.h */
#include <windows.h>

#include <shellapi.h>

#define PATH_CAP 1024
#define MODE_CAP 8

static char *to_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text)
        (void)WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

char **paths_arguments(int *argc, char **argv)
{
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **utf8 = wide ? calloc((size_t)count + 1, sizeof *utf8) : NULL;
    for (int i = 0; utf8 && i < count; i++) {
        utf8[i] = to_utf8(wide[i]);
        if (!utf8[i])
            return argv;
    }
    (void)LocalFree(wide);
    if (!utf8)
        return argv;
    *argc = count;
    return utf8;
}

FILE *paths_open(const char *path, const char *mode)
{
    wchar_t wide[PATH_CAP], how[MODE_CAP];
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, PATH_CAP) == 0 ||
        MultiByteToWideChar(CP_UTF8, 0, mode, -1, how, MODE_CAP) == 0)
        return NULL;
    return _wfopen(wide, how);
}
