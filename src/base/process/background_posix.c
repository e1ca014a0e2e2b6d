/* A signal with a handler that does nothing: a blocking call returns with EINTR. */
#include "base/process/background_internal.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

static void ignore_signal(int number)
{
    (void)number;
}

void background_system_begin(void)
{
    sigset_t all, mine;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignore_signal; /* without SA_RESTART */
    (void)sigaction(SIGRTMIN, &action, NULL);
    /* The other signals are the loop's. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    (void)sigemptyset(&mine);
    (void)sigaddset(&mine, SIGRTMIN);
    (void)pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
}

void background_system_interrupt(uv_thread_t thread)
{
    (void)pthread_kill(thread, SIGRTMIN);
}

void background_system_detach(uv_thread_t thread)
{
    (void)pthread_detach(thread);
}
