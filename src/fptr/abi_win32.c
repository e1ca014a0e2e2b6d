#include "fptr/abi.h"

#include "fptr/wide.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PATH_CAP 1024

/* The vendor's installer writes its folder here, in the view of its own bitness (design of issue 6). */
#define VENDOR_KEY L"SOFTWARE\\ATOL\\Drivers\\10.0\\KKT"

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* A library of the other bitness gives ERROR_BAD_EXE_FORMAT; so does a damaged one. */
static void tell(const char *file, DWORD error, struct failure *failure)
{
    if (error == ERROR_BAD_EXE_FORMAT)
        failure_set(failure, ERR_DRIVER_BITNESS, "%.160s does not fit this %d-bit program; take zabbix-atol-%s.exe",
                    file, (int)sizeof(void *) * 8, sizeof(void *) == 8 ? "x86" : "x64");
    else
        failure_set(failure, error == ERROR_MOD_NOT_FOUND ? ERR_DRIVER_MISSING : ERR_DRIVER_LOAD,
                    "%.160s: Windows error %lu", file, (unsigned long)error);
}

void *fptr_library_open(const char *file, struct failure *failure)
{
    wchar_t path[PATH_CAP];
    bool has_folder = strpbrk(file, "\\/") != NULL;
    if (!wide_from_utf8(file, path, PATH_CAP)) {
        failure_set(failure, ERR_DRIVER_MISSING, "%.200s: not a file name", file);
        return NULL;
    }
    if (has_folder && !is_file(path)) {
        failure_set(failure, ERR_DRIVER_MISSING, "%.200s: no such file", file);
        return NULL;
    }
    /* The library's own folder is searched for what it needs (msvcp140.dll lies beside it). */
    HMODULE library = LoadLibraryExW(path, NULL, has_folder ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    if (!library) {
        DWORD error = GetLastError();
        tell(file, error, failure);
        if (has_folder && error == ERROR_MOD_NOT_FOUND)
            failure->code = ERR_DRIVER_LOAD;
    }
    return (void *)library;
}

fptr_symbol *fptr_library_symbol(void *library, const char *name)
{
    fptr_symbol *function = NULL;
    FARPROC found = GetProcAddress((HMODULE)library, name);
    memcpy(&function, &found, sizeof function);
    return function;
}

static bool registry_folder(REGSAM view, wchar_t *folder, DWORD cap)
{
    HKEY key;
    DWORD type = 0, size = (cap - 1) * (DWORD)sizeof(wchar_t);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, VENDOR_KEY, 0, KEY_QUERY_VALUE | view, &key) != ERROR_SUCCESS)
        return false;
    LSTATUS status = RegQueryValueExW(key, L"INSTALL_DIR", NULL, &type, (BYTE *)folder, &size);
    (void)RegCloseKey(key);
    if (status != ERROR_SUCCESS || type != REG_SZ)
        return false;
    folder[size / sizeof(wchar_t)] = L'\0';
    return true;
}

static bool program_files(const wchar_t *variable, wchar_t *folder, DWORD cap)
{
    DWORD n = GetEnvironmentVariableW(variable, folder, cap);
    return n > 0 && n + 32 < cap && wcscat(folder, L"\\ATOL\\Drivers10\\KKT") != NULL;
}

bool fptr_library_place(unsigned index, char *file, size_t cap)
{
    wchar_t folder[PATH_CAP] = L"";
    bool found = false;
    switch (index) {
    case 0:
        found = registry_folder(KEY_WOW64_64KEY, folder, PATH_CAP);
        break;
    case 1:
        found = registry_folder(KEY_WOW64_32KEY, folder, PATH_CAP);
        break;
    case 2:
        found = program_files(L"ProgramFiles", folder, PATH_CAP);
        break;
    case 3:
        found = program_files(L"ProgramFiles(x86)", folder, PATH_CAP);
        break;
    case 4:
        (void)snprintf(file, cap, "fptr10.dll");
        return true;
    default:
        return false;
    }
    size_t n = found ? wide_to_utf8(folder, PATH_CAP, file, cap) : 0;
    (void)snprintf(file + n, cap - n, "%s", n ? "\\bin\\fptr10.dll" : "fptr10.dll");
    return true;
}

bool fptr_environment(const char *name, char *value, size_t cap)
{
    wchar_t key[64], found[PATH_CAP];
    if (!wide_from_utf8(name, key, sizeof key / sizeof key[0]))
        return false;
    DWORD n = GetEnvironmentVariableW(key, found, PATH_CAP);
    return n > 0 && n < PATH_CAP && wide_to_utf8(found, n, value, cap) < cap - 4;
}

bool fptr_port_problem(const char *device, struct failure *failure)
{
    (void)device;
    (void)failure;
    return false;
}

void fptr_quiet_logs(void)
{
}
