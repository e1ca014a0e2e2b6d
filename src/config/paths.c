#include "config/paths.h"

#include <stdio.h>
#include <string.h>

bool path_is_absolute(const char *path)
{
    return path[0] == '/' || path[0] == '\\' || (path[0] && path[1] == ':');
}

size_t path_folder_length(const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] != '/' && path[length - 1] != '\\')
        length--;
    return length;
}

bool path_beside(const char *from, const char *path, char *buf, size_t cap)
{
    int folder = path_is_absolute(path) ? 0 : (int)path_folder_length(from);
    int n = snprintf(buf, cap, "%.*s%s", folder, from, path);
    return n >= 0 && (size_t)n < cap;
}
