#include "base/text.h"
#include "winservice/rights.h"

#include "base/system_error.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
/* windows.h before the others */
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

#define PATH_CAP  1024
#define DEPTH_MAX 8 /* nothing of ours lies deeper */
#define SID_BYTES 68

/* Either lets an account change the object or put another in its place. */
#define CHANGES                                                                                                        \
    (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE |       \
     GENERIC_ALL)
/* Of a folder above: lets an account put another folder in the place of the one below. */
#define REPLACES (FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL)

/* Who may change anything anyway: SYSTEM, Administrators, TrustedInstaller, and two that stand for the owner; and
 * LocalService, the account of this service before it had its own: rights_make_folder takes its rights away. */
static const wchar_t *const administrators[] = {
    L"S-1-5-18", L"S-1-5-32-544", L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    L"S-1-3-0",  L"S-1-3-4",      L"S-1-5-19"};
static const wchar_t *const services[] = {SERVICE_SID};

/* Of the folder, and what its content inherits. */
static const struct {
    const wchar_t *folder, *folder_in, *file_in;
} texts[] = {
    [RIGHTS_SETTINGS] =
        {L"O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;" SERVICE_SID L")(A;OICI;0x1200a9;;;BU)",
                           L"O:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;" SERVICE_SID L")(A;OICIID;0x1200a9;;;BU)",
                           L"O:BAD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;" SERVICE_SID L")(A;ID;0x1200a9;;;BU)"},
    [RIGHTS_DATA] =
        {L"O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;" SERVICE_SID L")(A;OICI;0x1200a9;;;BU)",
                           L"O:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;" SERVICE_SID L")(A;OICIID;0x1200a9;;;BU)",
                           L"O:BAD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1301bf;;;" SERVICE_SID L")(A;ID;0x1200a9;;;BU)"},
};

struct walk {
    enum rights_kind kind;
    wchar_t root[PATH_CAP]; /* as the system writes it */
    bool changes;           /* else only looked at */
    struct failure *failure;
};

static void to_utf8(const wchar_t *wide, char *text, size_t cap)
{
    if (WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, (int)cap, NULL, NULL) == 0)
        text[0] = '\0';
}

static bool fail(struct failure *failure, const wchar_t *path, DWORD error)
{
    char text[PATH_CAP];
    to_utf8(path, text, sizeof text);
    return failure_windows(failure, error == ERROR_ACCESS_DENIED ? ERR_SERVICE_RIGHTS : ERR_SYSTEM, text, error);
}

static bool is_one_of(PSID sid, const wchar_t *const *list, unsigned count)
{
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        PSID other;
        if (!ConvertStringSidToSidW(list[i], &other))
            continue;
        found = EqualSid(sid, other);
        (void)LocalFree(other);
    }
    return found;
}

/* Of a domain or a computer: its administrator, the administrators of the domain and of the forest. */
static bool is_domain_administrator(PSID sid)
{
    static const SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
    DWORD last = *GetSidSubAuthority(sid, (DWORD)(*GetSidSubAuthorityCount(sid) - 1));
    return memcmp(GetSidIdentifierAuthority(sid), &nt, sizeof nt) == 0 && *GetSidSubAuthorityCount(sid) == 5 &&
           *GetSidSubAuthority(sid, 0) == SECURITY_NT_NON_UNIQUE && (last == 500 || last == 512 || last == 519);
}

/* Who asks is an administrator, or Windows would have refused already. */
static bool is_this_user(PSID sid)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SID_BYTES];
    } mine;
    HANDLE token;
    DWORD size;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    bool same =
        GetTokenInformation(token, TokenUser, &mine, sizeof mine, &size) != 0 && EqualSid(sid, mine.user.User.Sid);
    (void)CloseHandle(token);
    return same;
}

static bool is_trusted(PSID sid, enum rights_kind kind)
{
    return is_one_of(sid, administrators, sizeof administrators / sizeof administrators[0]) ||
           (kind == RIGHTS_DATA && is_one_of(sid, services, sizeof services / sizeof services[0])) ||
           is_domain_administrator(sid) || is_this_user(sid);
}

static bool refuse(struct failure *failure, const wchar_t *path, PSID sid)
{
    wchar_t name[128], domain[128];
    DWORD name_size = 128, domain_size = 128;
    char text[PATH_CAP], account[300] = "?";
    SID_NAME_USE use;
    LPWSTR digits = NULL;
    if (sid && LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use))
        to_utf8(name, account, sizeof account);
    else if (sid && ConvertSidToStringSidW(sid, &digits))
        to_utf8(digits, account, sizeof account);
    (void)LocalFree(digits);
    to_utf8(path, text, sizeof text);
    return failure_set(failure, ERR_RIGHTS_OPEN, "%s (%s)", TEXT_PATH(text), TEXT_SHORT(account));
}

/* Does the list of rights leave `wanted` to the trusted alone? */
static bool check_dacl(PACL list, DWORD wanted, enum rights_kind kind, PSID *who)
{
    for (WORD i = 0; i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;
        if (!GetAce(list, i, (LPVOID *)&entry))
            return false;
        /* The other types take a right away or watch. What is for the content alone says nothing here: the content is
         * looked at too. */
        bool gives = entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE ||
                     entry->Header.AceType == ACCESS_ALLOWED_CALLBACK_ACE_TYPE;
        if (!gives || (entry->Header.AceFlags & INHERIT_ONLY_ACE) || !(entry->Mask & wanted))
            continue;
        *who = (PSID)&entry->SidStart;
        if (!is_trusted(*who, kind))
            return false;
    }
    return true;
}

static bool check_security(HANDLE object, const wchar_t *path, DWORD wanted, enum rights_kind kind,
                           struct failure *failure)
{
    PSID owner = NULL, who = NULL;
    PACL list = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD error = GetSecurityInfo(object, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                  &owner, NULL, &list, NULL, &descriptor);
    if (error != ERROR_SUCCESS)
        return fail(failure, path, error);
    /* The owner may change the rights; no list at all lets everybody do everything. */
    bool good = owner && is_trusted(owner, kind);
    if (!good)
        who = owner;
    else
        good = list && check_dacl(list, wanted, kind, &who);
    if (!good)
        refuse(failure, path, who);
    (void)LocalFree(descriptor);
    return good;
}

static HANDLE open_object(const wchar_t *path, DWORD rights)
{
    return CreateFileW(path, rights | READ_CONTROL | FILE_READ_ATTRIBUTES,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* No link, and no second name in another place. */
static bool is_plain(HANDLE object, const wchar_t *path, bool *folder, struct failure *failure)
{
    char text[PATH_CAP];
    BY_HANDLE_FILE_INFORMATION info;
    if (!GetFileInformationByHandle(object, &info))
        return fail(failure, path, GetLastError());
    *folder = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (!(info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) && (*folder || info.nNumberOfLinks <= 1))
        return true;
    to_utf8(path, text, sizeof text);
    return failure_set(failure, ERR_RIGHTS_LINK, "%s", TEXT_PATH(text));
}

/* The path without its last part; false at the root of a drive. */
static bool cut_last(wchar_t *path)
{
    wchar_t *slash = wcsrchr(path, L'\\');
    if (!slash || slash <= path + 2)
        return false;
    *slash = L'\0';
    return true;
}

static bool check_path(const wchar_t *path, DWORD wanted, enum rights_kind kind, bool *folder, struct failure *failure)
{
    HANDLE object = open_object(path, 0);
    if (object == INVALID_HANDLE_VALUE)
        return fail(failure, path, GetLastError());
    bool good = is_plain(object, path, folder, failure) && check_security(object, path, wanted, kind, failure);
    (void)CloseHandle(object);
    return good;
}

/* As a whole path with backslashes. */
static bool whole_path(const char *utf8, wchar_t *path, struct failure *failure)
{
    wchar_t given[PATH_CAP];
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, given, PATH_CAP) == 0)
        return failure_set(failure, ERR_SYSTEM, "%s", TEXT_PATH(utf8));
    DWORD n = GetFullPathNameW(given, PATH_CAP, path, NULL);
    if (n == 0 || n >= PATH_CAP)
        return failure_set(failure, ERR_SYSTEM, "%s", TEXT_PATH(utf8));
    while (n > 3 && path[n - 1] == L'\\')
        path[--n] = L'\0';
    return true;
}

static bool check_parents(const wchar_t *path, struct failure *failure)
{
    wchar_t above[PATH_CAP];
    bool folder;
    (void)wcscpy(above, path);
    while (cut_last(above))
        if (!check_path(above, REPLACES, RIGHTS_SETTINGS, &folder, failure))
            return false;
    return true;
}

bool rights_closed(const char *path, enum rights_kind kind, struct failure *failure)
{
    wchar_t wide[PATH_CAP], beside[PATH_CAP];
    bool folder;
    if (!whole_path(path, wide, failure) || !check_path(wide, CHANGES, kind, &folder, failure) ||
        !check_parents(wide, failure))
        return false;
    (void)wcscpy(beside, wide);
    return folder || !cut_last(beside) || check_path(beside, CHANGES, kind, &folder, failure);
}

/* By handle, without what SetSecurityInfo does to the content by path. */
static bool set_security(HANDLE object, const wchar_t *path, const wchar_t *text, struct failure *failure)
{
    PSECURITY_DESCRIPTOR descriptor;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL))
        return fail(failure, path, GetLastError());
    bool good = SetKernelObjectSecurity(object, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, descriptor) ||
                fail(failure, path, GetLastError());
    (void)LocalFree(descriptor);
    return good;
}

/* Is the open object still inside the folder, whatever became of the path meanwhile? */
static bool is_inside(HANDLE object, const struct walk *w)
{
    wchar_t path[PATH_CAP];
    DWORD n = GetFinalPathNameByHandleW(object, path, PATH_CAP, FILE_NAME_NORMALIZED);
    size_t length = wcslen(w->root);
    return n > length && n < PATH_CAP && _wcsnicmp(path, w->root, length) == 0 && path[length] == L'\\';
}

static bool walk_folder(const struct walk *w, const wchar_t *folder, unsigned depth);

static bool walk_entry(const struct walk *w, const wchar_t *path, unsigned depth)
{
    bool folder = false;
    HANDLE object = open_object(path, w->changes ? WRITE_DAC | WRITE_OWNER : 0);
    if (object == INVALID_HANDLE_VALUE)
        return fail(w->failure, path, GetLastError());
    bool good =
        is_plain(object, path, &folder, w->failure) && check_security(object, path, CHANGES, w->kind, w->failure);
    if (good && !is_inside(object, w))
        good = refuse(w->failure, path, NULL);
    if (good && w->changes)
        good = set_security(object, path, folder ? texts[w->kind].folder_in : texts[w->kind].file_in, w->failure);
    (void)CloseHandle(object);
    return good && (!folder || depth >= DEPTH_MAX || walk_folder(w, path, depth + 1));
}

/* Folders of the service within one for the settings have rules of their own (rights_make_folder each). */
static bool is_own_rule(const struct walk *w, const wchar_t *name, unsigned depth)
{
    static const wchar_t *const names[] = {L"state", L"spool", L"log"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (w->kind == RIGHTS_SETTINGS && depth == 0 && _wcsicmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool walk_folder(const struct walk *w, const wchar_t *folder, unsigned depth)
{
    wchar_t path[PATH_CAP];
    WIN32_FIND_DATAW found;
    bool good = true;
    int n = _snwprintf(path, PATH_CAP, L"%ls\\*", folder);
    if (n < 0 || n >= PATH_CAP)
        return fail(w->failure, folder, ERROR_FILENAME_EXCED_RANGE);
    HANDLE search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND || fail(w->failure, folder, GetLastError());
    do {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0 ||
            is_own_rule(w, found.cFileName, depth))
            continue;
        n = _snwprintf(path, PATH_CAP, L"%ls\\%ls", folder, found.cFileName);
        good =
            n > 0 && n < PATH_CAP ? walk_entry(w, path, depth) : fail(w->failure, folder, ERROR_FILENAME_EXCED_RANGE);
    } while (good && FindNextFileW(search, &found));
    (void)FindClose(search);
    return good;
}

/* First everything is looked at, then everything is given: nothing is changed in a folder that is refused. */
static bool adopt(const wchar_t *path, enum rights_kind kind, struct failure *failure)
{
    struct walk w = {.kind = kind, .failure = failure};
    bool folder = false;
    HANDLE root = open_object(path, WRITE_DAC | WRITE_OWNER);
    if (root == INVALID_HANDLE_VALUE)
        return fail(failure, path, GetLastError());
    DWORD n = GetFinalPathNameByHandleW(root, w.root, PATH_CAP, FILE_NAME_NORMALIZED);
    bool good = n > 0 && n < PATH_CAP ? is_plain(root, path, &folder, failure) : fail(failure, path, GetLastError());
    good = good && (folder || fail(failure, path, ERROR_DIRECTORY)) &&
           check_security(root, path, CHANGES, kind, failure) && walk_folder(&w, path, 0) &&
           set_security(root, path, texts[kind].folder, failure);
    w.changes = true;
    good = good && walk_folder(&w, path, 0);
    (void)CloseHandle(root);
    return good;
}

/* *made: it was not there. */
static bool make(const wchar_t *path, enum rights_kind kind, bool *made, struct failure *failure)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(texts[kind].folder, SDDL_REVISION_1,
                                                              &attributes.lpSecurityDescriptor, NULL))
        return fail(failure, path, GetLastError());
    *made = CreateDirectoryW(path, &attributes) != 0;
    DWORD error = *made ? ERROR_SUCCESS : GetLastError();
    (void)LocalFree(attributes.lpSecurityDescriptor);
    return *made || error == ERROR_ALREADY_EXISTS || fail(failure, path, error);
}

bool rights_make_folder(const char *path, enum rights_kind kind, struct failure *failure)
{
    wchar_t wide[PATH_CAP];
    bool made;
    return whole_path(path, wide, failure) && check_parents(wide, failure) && make(wide, kind, &made, failure) &&
           (made || adopt(wide, kind, failure));
}

bool rights_use_folder(const char *path, enum rights_kind kind, struct failure *failure)
{
    wchar_t wide[PATH_CAP];
    bool made, folder;
    return whole_path(path, wide, failure) && check_parents(wide, failure) && make(wide, kind, &made, failure) &&
           (made || check_path(wide, CHANGES, kind, &folder, failure));
}
