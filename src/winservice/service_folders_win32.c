/* The folders of the service and who may do what in them. */
#include "base/datafolder.h"
#include "winservice/service.h"

#include <stdio.h>
#include <wchar.h>
/* windows.h comes with service.h */
#include <aclapi.h>
#include <sddl.h>

#define PATH_CAP  1024
#define DEPTH_MAX 8 /* nothing of ours lies deeper */

/* Administrators and the system: everything; LocalService: to change; users: to read. Nothing from ProgramData. */
#define RIGHTS L"O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;LS)(A;OICI;0x1200a9;;;BU)"

struct rights {
    SECURITY_ATTRIBUTES attributes;
    PSID owner;
    PACL list;
    ACL none; /* no rights of its own: those of the folder above */
};

static bool fail(struct failure *failure, const wchar_t *path, DWORD error)
{
    char text[PATH_CAP];
    if (WideCharToMultiByte(CP_UTF8, 0, path, -1, text, sizeof text, NULL, NULL) == 0)
        text[0] = '\0';
    return failure_set(failure, error == ERROR_ACCESS_DENIED ? ERR_SERVICE_RIGHTS : ERR_SYSTEM,
                       "%.300s: Windows error %lu", text, (unsigned long)error);
}

static bool read_rights(struct rights *r, struct failure *failure)
{
    BOOL there, defaulted;
    r->attributes = (SECURITY_ATTRIBUTES){.nLength = sizeof r->attributes};
    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(RIGHTS, SDDL_REVISION_1,
                                                             &r->attributes.lpSecurityDescriptor, NULL) &&
        GetSecurityDescriptorOwner(r->attributes.lpSecurityDescriptor, &r->owner, &defaulted) &&
        GetSecurityDescriptorDacl(r->attributes.lpSecurityDescriptor, &there, &r->list, &defaulted) &&
        InitializeAcl(&r->none, sizeof r->none, ACL_REVISION))
        return true;
    return failure_set(failure, ERR_SYSTEM, "access rights: Windows error %lu", (unsigned long)GetLastError());
}

static bool give_rights(wchar_t *path, struct rights *r, bool own, struct failure *failure)
{
    SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                (own ? PROTECTED_DACL_SECURITY_INFORMATION : UNPROTECTED_DACL_SECURITY_INFORMATION);
    DWORD error = SetNamedSecurityInfoW(path, SE_FILE_OBJECT, what, r->owner, NULL, own ? r->list : &r->none, NULL);
    return error == ERROR_SUCCESS || fail(failure, path, error);
}

/* What lies in the folder has no rights but the folder's. A link leads elsewhere and is left alone. */
static bool reset_content(const wchar_t *folder, struct rights *r, unsigned depth, struct failure *failure)
{
    wchar_t path[PATH_CAP];
    WIN32_FIND_DATAW found;
    bool good = true;
    (void)_snwprintf(path, PATH_CAP, L"%ls\\*", folder);
    path[PATH_CAP - 1] = L'\0';
    HANDLE search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return true;
    do {
        int n = _snwprintf(path, PATH_CAP, L"%ls\\%ls", folder, found.cFileName);
        if (n < 0 || n >= PATH_CAP || wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0 ||
            (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
            continue;
        good = give_rights(path, r, false, failure);
        if (good && (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) && depth < DEPTH_MAX)
            good = reset_content(path, r, depth + 1, failure);
    } while (good && FindNextFileW(search, &found));
    (void)FindClose(search);
    return good;
}

static bool make(const char *utf8, wchar_t *path, struct rights *r, struct failure *failure)
{
    if (MultiByteToWideChar(CP_UTF8, 0, utf8, -1, path, PATH_CAP) == 0)
        return failure_set(failure, ERR_SYSTEM, "%.300s: the path is too long", utf8);
    if (CreateDirectoryW(path, &r->attributes))
        return true;
    DWORD error = GetLastError(), attributes = GetFileAttributesW(path);
    bool folder = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
    return (error == ERROR_ALREADY_EXISTS && folder) || fail(failure, path, error);
}

static bool make_data_folder(struct rights *r, struct failure *failure)
{
    char folder[PATH_CAP];
    wchar_t path[PATH_CAP];
    if (!data_folder(folder, sizeof folder))
        return failure_set(failure, ERR_SYSTEM, "Windows names no ProgramData");
    if (!make(folder, path, r, failure))
        return false;
    if (GetFileAttributesW(path) & FILE_ATTRIBUTE_REPARSE_POINT)
        return failure_set(failure, ERR_SYSTEM, "%.300s is a link to somewhere else", folder);
    return give_rights(path, r, true, failure) && reset_content(path, r, 0, failure);
}

bool service_folders_make(const struct config *config, struct failure *failure)
{
    struct rights r;
    wchar_t path[PATH_CAP];
    if (!read_rights(&r, failure))
        return false;
    bool good = make_data_folder(&r, failure) && make(config->state_dir, path, &r, failure) &&
                (!config->push.agent_config || make(config->push.spool, path, &r, failure));
    (void)LocalFree(r.attributes.lpSecurityDescriptor);
    return good;
}
