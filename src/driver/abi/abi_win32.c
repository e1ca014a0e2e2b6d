#include "base/text.h"
#include "driver/abi/abi.h"

#include "base/system_error.h"
#include "driver/abi/wide.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PATH_CAP 1024

/* The vendor's installer writes its folder here, in the view of its own bitness (design of issue 6). */
#define VENDOR_KEY L"SOFTWARE\\ATOL\\Drivers\\10.0\\KKT"

#ifdef _WIN64
#define OWN_VIEW            KEY_WOW64_64KEY
#define OTHER_VIEW          KEY_WOW64_32KEY
#define OTHER_PROGRAM_FILES L"ProgramFiles(x86)"
#else
#define OWN_VIEW            KEY_WOW64_32KEY
#define OTHER_VIEW          KEY_WOW64_64KEY
#define OTHER_PROGRAM_FILES L"ProgramW6432"
#endif

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* A library built for another architecture gives ERROR_BAD_EXE_FORMAT; so does a damaged one. */
static void report_load_error(const char *file, DWORD error, struct failure *failure)
{
    if (error == ERROR_BAD_EXE_FORMAT)
        failure_explain(failure, ERR_DRIVER_BITNESS,
                        "%s does not fit this %d-bit program; the other one is in zabbix-atol-%s-windows-%s.zip",
                        "%s не подходит этой %d-разрядной программе; другая — в zabbix-atol-%s-windows-%s.zip",
                        TEXT_SHORT(file), (int)sizeof(void *) * 8, ZABBIX_ATOL_VERSION,
                        sizeof(void *) == 8 ? "x86" : "x64");
    else
        failure_windows(failure, ERR_DRIVER_LOAD, file, error);
}

bool fptr_is_built(struct failure *failure)
{
    (void)failure;
    return true;
}

/* Always by the full path: a bare name would be looked for in the current folder and in PATH, where anybody may put a
 * library of that name. */
void *fptr_library_open(const char *file, struct failure *failure)
{
    wchar_t named[PATH_CAP], path[PATH_CAP];
    if (!wide_from_utf8(file, named, PATH_CAP)) {
        failure_explain(failure, ERR_DRIVER_MISSING, "%s: not a file name", "%s: это не имя файла", TEXT_PATH(file));
        return NULL;
    }
    DWORD length = GetFullPathNameW(named, PATH_CAP, path, NULL);
    if (length == 0 || length >= PATH_CAP || !is_file(path)) {
        failure_explain(failure, ERR_DRIVER_MISSING, "%s: no such file", "%s: такого файла нет", TEXT_PATH(file));
        return NULL;
    }
    /* The library's own folder is searched for what it needs (msvcp140.dll lies beside it). */
    HMODULE library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!library)
        report_load_error(file, GetLastError(), failure);
    return (void *)library;
}

fptr_symbol *fptr_library_symbol(void *library, const char *name)
{
    fptr_symbol *function = NULL;
    FARPROC found = GetProcAddress((HMODULE)library, name);
    memcpy(&function, &found, sizeof function);
    return function;
}

/* ---- places: each is a folder, false when this computer has no such one ---- */

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
    return folder[0] != L'\0';
}

static bool own_view(wchar_t *folder, DWORD cap)
{
    return registry_folder(OWN_VIEW, folder, cap);
}

static bool other_view(wchar_t *folder, DWORD cap)
{
    return registry_folder(OTHER_VIEW, folder, cap);
}

static bool program_files(const wchar_t *variable, wchar_t *folder, DWORD cap)
{
    DWORD n = GetEnvironmentVariableW(variable, folder, cap);
    return n > 0 && n + 32 < cap && wcscat(folder, L"\\ATOL\\Drivers10\\KKT") != NULL;
}

static bool own_program_files(wchar_t *folder, DWORD cap)
{
    return program_files(L"ProgramFiles", folder, cap);
}

static bool other_program_files(wchar_t *folder, DWORD cap)
{
    return program_files(OTHER_PROGRAM_FILES, folder, cap);
}

static bool exe_folder(wchar_t *folder, DWORD cap)
{
    DWORD n = GetModuleFileNameW(NULL, folder, cap);
    wchar_t *slash = n > 0 && n < cap ? wcsrchr(folder, L'\\') : NULL;
    if (slash)
        *slash = L'\0';
    return slash != NULL;
}

static bool system_folder(wchar_t *folder, DWORD cap)
{
    UINT n = GetSystemDirectoryW(folder, cap);
    return n > 0 && n < cap;
}

enum fptr_place fptr_library_place(unsigned index, char *file, size_t cap)
{
    static const struct {
        bool (*find)(wchar_t *folder, DWORD cap);
        const char *inside;
    } places[] = {
        {own_view,            "\\bin\\"},
        {other_view,          "\\bin\\"},
        {own_program_files,   "\\bin\\"},
        {other_program_files, "\\bin\\"},
        {exe_folder,          "\\"     },
        {system_folder,       "\\"     },
    };
    wchar_t folder[PATH_CAP];
    if (index >= sizeof places / sizeof places[0])
        return FPTR_PLACE_END;
    size_t n = places[index].find(folder, PATH_CAP) ? wide_to_utf8(folder, PATH_CAP, file, cap) : 0;
    int more = n ? snprintf(file + n, cap - n, "%s" FPTR_LIBRARY, places[index].inside) : -1;
    return more > 0 && (size_t)more < cap - n ? FPTR_PLACE_FILE : FPTR_PLACE_NONE;
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
