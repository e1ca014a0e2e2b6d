/* Waiting for a Windows service, ours or another. */
#ifndef WINSERVICE_SERVICE_WAIT_H
#define WINSERVICE_SERVICE_WAIT_H

#include <windows.h>

/* The service's status once it has one of these states, or when it has shown no progress for 30 seconds, or two minutes
 * have passed. */
SERVICE_STATUS service_wait(SC_HANDLE service, DWORD state, DWORD other);

#endif
