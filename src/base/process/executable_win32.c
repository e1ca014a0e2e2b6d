/* The file of a running program cannot be replaced there. */
#include "base/process/executable.h"

#include <uv.h>

void executable_open(void)
{
}

bool executable_path(char *path, size_t cap)
{
    return uv_exepath(path, &cap) == 0;
}
