#include "serve/serve_process.h"

#include <stdlib.h>

#define THREADS "64"

void serve_process_prepare(void)
{
    /* libuv looks with getenv, which does not see SetEnvironmentVariable. */
    if (!getenv("UV_THREADPOOL_SIZE"))
        (void)_putenv("UV_THREADPOOL_SIZE=" THREADS);
}

void serve_process_hold_reload(bool hold)
{
    (void)hold;
}

uint32_t serve_process_descriptors(void)
{
    return UINT32_MAX;
}

void serve_process_trim(void)
{
}
