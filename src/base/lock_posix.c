#include "base/lock.h"

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
        return failure_explain(failure, ERR_SYSTEM, "the path is too long: %s", "слишком длинный путь: %s", folder);
    int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
    if (file < 0)
        return failure_set(failure, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        *held = file;
        return true;
    }
    bool taken = errno == EWOULDBLOCK;
    failure_set(failure, taken ? ERR_FOLDER_TAKEN : ERR_SYSTEM, "%s%s%s", taken ? folder : path, taken ? "" : ": ",
                taken ? "" : strerror(errno));
    (void)close(file);
    return false;
}

void lock_release(lock_handle held)
{
    if (held != LOCK_NONE)
        (void)close((int)held);
}
