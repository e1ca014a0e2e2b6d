#include "base/files/lock.h"
#include "base/text.h"

#include "base/system_error.h"

#include <stdio.h>
#include <windows.h>

bool lock_acquire(const char *folder, const char *name, lock_handle *held, struct failure *failure)
{
    char path[1400];
    wchar_t wide[1400];
    *held = LOCK_NONE;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path ||
        MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, (int)(sizeof wide / sizeof wide[0])) == 0)
        return failure_explain(failure, ERR_FILE, "the path is too long: %s", "слишком длинный путь: %s",
                               TEXT_PATH(path));
    /* Opened without sharing: nobody else opens it meanwhile. */
    HANDLE file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_HIDDEN, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        *held = (lock_handle)file;
        return true;
    }
    DWORD reason = GetLastError();
    if (reason == ERROR_SHARING_VIOLATION)
        return failure_set(failure, ERR_FOLDER_TAKEN, "%s", folder);
    return failure_windows(failure, ERR_FILE, path, reason);
}

void lock_release(lock_handle held)
{
    if (held != LOCK_NONE)
        (void)CloseHandle((HANDLE)held);
}
