#include "base/process/background_internal.h"

#include <windows.h>

void background_system_begin(void)
{
}

void background_system_interrupt(uv_thread_t thread)
{
    (void)CancelSynchronousIo(thread);
}

void background_system_detach(uv_thread_t thread)
{
    (void)CloseHandle(thread);
}
