/* The system's part of base/process/background.c. */
#ifndef BASE_PROCESS_BACKGROUND_INTERNAL_H
#define BASE_PROCESS_BACKGROUND_INTERNAL_H

#include <uv.h>

/* What the thread does before its work, so that background_system_interrupt reaches it. */
void background_system_begin(void);

/* Makes the thread's blocking system call return. */
void background_system_interrupt(uv_thread_t thread);

/* Nobody will join the thread. */
void background_system_detach(uv_thread_t thread);

#endif
