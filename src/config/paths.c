#include "config/paths.h"

#include "base/system_error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

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

static const int lasting[] = {UV_ENOENT, UV_EISDIR,       UV_ENOTDIR, UV_EACCES, UV_EPERM,
                              UV_ELOOP,  UV_ENAMETOOLONG, UV_EINVAL,  UV_EFBIG};

bool config_unread(const char *path, int status, struct failure *failure)
{
    enum error_code code = status == UV_ENOMEM ? ERR_NO_MEMORY : ERR_CONFIG_UNREAD;
    for (unsigned i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        if (lasting[i] == status)
            code = ERR_FILE;
    failure_system(failure, code, path, status);
    if (failure && (status == UV_EACCES || status == UV_EPERM))
        failure_append(failure, ". Let the user that runs zabbix-atol read it.",
                       ". Разрешите чтение пользователю, от имени которого работает zabbix-atol.");
    return false;
}
