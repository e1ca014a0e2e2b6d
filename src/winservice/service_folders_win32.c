/* The folders of the service: the program's data, and the places that the configuration names. */
#include "base/files/datafolder.h"
#include "base/system_error.h"
#include "winservice/rights.h"
#include "winservice/service.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define PATH_CAP  1024
#define DEPTH_MAX 16

/* What the service writes into within the program's data: each made, each with rights of its own. */
static bool make_within(const char *data, const char *const *names, unsigned count, struct failure *failure)
{
    bool good = true;
    for (unsigned i = 0; i < count && good; i++) {
        char path[PATH_CAP + 16];
        (void)snprintf(path, sizeof path, "%s\\%s", data, names[i]);
        good = rights_make_folder(path, RIGHTS_DATA, failure);
    }
    return good;
}

/* A place that the configuration names; those within the program's data are made already. */
static bool use(const char *path, const char *data, struct failure *failure)
{
    size_t length = strlen(data);
    bool within = _strnicmp(path, data, length) == 0 && (path[length] == '\\' || path[length] == '/');
    return (within && !strpbrk(path + length + 1, "\\/")) || rights_use_folder(path, RIGHTS_DATA, failure);
}

bool service_folders_make(const struct config *config, struct failure *failure)
{
    static const char *const names[] = {"state", "spool", "log"};
    char data[PATH_CAP];
    if (!data_folder(data, sizeof data))
        return failure_set(failure, ERR_SYSTEM, "ProgramData");
    return rights_make_folder(data, RIGHTS_SETTINGS, failure) &&
           make_within(data, names, sizeof names / sizeof names[0], failure) && use(config->state_dir, data, failure) &&
           (!config->push.agent_config || use(config->push.spool, data, failure));
}

bool service_may_run(const char *config_path, const struct config *config, struct failure *failure)
{
    wchar_t wide[PATH_CAP];
    char exe[3 * PATH_CAP];
    DWORD n = GetModuleFileNameW(NULL, wide, PATH_CAP);
    if (n == 0 || n >= PATH_CAP || WideCharToMultiByte(CP_UTF8, 0, wide, -1, exe, sizeof exe, NULL, NULL) == 0)
        return failure_set(failure, ERR_SYSTEM, "zabbix-atol.exe");
    bool sends = config->push.agent_config && strpbrk(config->push.sender, "\\/");
    return rights_closed(exe, RIGHTS_SETTINGS, failure) && rights_closed(config_path, RIGHTS_SETTINGS, failure) &&
           (!sends || rights_closed(config->push.sender, RIGHTS_SETTINGS, failure));
}

/* Links are removed, never followed. */
static bool remove_tree(const wchar_t *folder, unsigned depth)
{
    wchar_t path[PATH_CAP];
    WIN32_FIND_DATAW found;
    int n = _snwprintf(path, PATH_CAP, L"%ls\\*", folder);
    HANDLE search = n > 0 && n < PATH_CAP && depth < DEPTH_MAX ? FindFirstFileW(path, &found) : INVALID_HANDLE_VALUE;
    if (search == INVALID_HANDLE_VALUE)
        return RemoveDirectoryW(folder) != 0;
    do {
        bool link = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
        n = _snwprintf(path, PATH_CAP, L"%ls\\%ls", folder, found.cFileName);
        if (n < 0 || n >= PATH_CAP || wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
            continue;
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            (void)DeleteFileW(path);
        else if (link)
            (void)RemoveDirectoryW(path);
        else
            (void)remove_tree(path, depth + 1);
    } while (FindNextFileW(search, &found));
    (void)FindClose(search);
    return RemoveDirectoryW(folder) != 0;
}

/* Where it stood in earlier versions: no file of the installer, so it would stay, and the program's folder with it. */
static void remove_beside(void)
{
    wchar_t path[PATH_CAP];
    DWORD n = GetModuleFileNameW(NULL, path, PATH_CAP - 32);
    wchar_t *slash = n > 0 && n < PATH_CAP - 32 ? wcsrchr(path, L'\\') : NULL;
    if (!slash)
        return;
    (void)wcscpy(slash + 1, L"zabbix-atol.yaml");
    (void)DeleteFileW(path);
}

bool service_folders_remove(struct failure *failure)
{
    char data[PATH_CAP];
    wchar_t wide[PATH_CAP];
    if (!data_folder(data, sizeof data) || MultiByteToWideChar(CP_UTF8, 0, data, -1, wide, PATH_CAP) == 0)
        return failure_set(failure, ERR_SYSTEM, "ProgramData");
    remove_beside();
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return true;
    bool good = attributes & FILE_ATTRIBUTE_REPARSE_POINT ? RemoveDirectoryW(wide) != 0 : remove_tree(wide, 0);
    return good || failure_windows(failure, ERR_SYSTEM, data, GetLastError());
}
