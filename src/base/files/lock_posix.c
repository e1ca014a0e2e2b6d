#include "base/files/lock.h"
#include "base/system_error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool lock_acquire(const char *folder, const char *name, lock_handle *held, struct failure *failure)
{
    char path[1400];
    *held = LOCK_NONE;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return failure_explain(failure, ERR_FILE, "the path is too long: %s", "слишком длинный путь: %s", folder);
    int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
    if (file < 0)
        return failure_system(failure, ERR_FILE, path, -errno);
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        *held = file;
        return true;
    }
    bool taken = errno == EWOULDBLOCK;
    if (taken)
        failure_set(failure, ERR_FOLDER_TAKEN, "%s", TEXT_PATH(folder));
    else
        failure_system(failure, ERR_FILE, path, -errno);
    (void)close(file);
    return false;
}

void lock_release(lock_handle held)
{
    if (held != LOCK_NONE)
        (void)close((int)held);
}
