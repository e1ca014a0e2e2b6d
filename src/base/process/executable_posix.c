#include "base/process/executable.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Above the descriptors that a child gets. */
#define LEAST_DESCRIPTOR 10

static int file = -1;
static char name[PATH_MAX];

void executable_open(void)
{
    const char *started = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    int opened = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t n = readlink("/proc/self/exe", name, sizeof name - 1);
    if (n > 0)
        name[n] = '\0';
    else if (!started || !realpath(started, name)) /* without /proc */
        name[0] = '\0';
    if (opened < 0)
        return;
    file = fcntl(opened, F_DUPFD_CLOEXEC, LEAST_DESCRIPTOR);
    (void)close(opened);
}

bool executable_path(char *path, size_t cap)
{
    int n = snprintf(path, cap, "/proc/self/fd/%d", file);
    if (file >= 0 && n > 0 && (size_t)n < cap && access(path, X_OK) == 0)
        return true;
    n = snprintf(path, cap, "%s", name);
    return n > 0 && (size_t)n < cap;
}
