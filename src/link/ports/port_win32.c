#include "link/ports/port.h"

#include "base/system_error.h"
#include "link/ports/holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* The holder is named where this user may look into its process. */
static bool fail_busy(struct port *p)
{
    char holder[HOLDER_TEXT_MAX];
    if (!holder_find(p->device, holder, sizeof holder))
        return failure_set(&p->failure, ERR_PORT_BUSY, "%s", p->device);
    return failure_explain(&p->failure, ERR_PORT_BUSY, "%s is held by %s", "%s держит %s", p->device, holder);
}

static bool fail_open(struct port *p, DWORD error)
{
    switch (error) {
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
        return fail_busy(p);
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_DEV_NOT_EXIST:
        return failure_set(&p->failure, ERR_PORT_MISSING, "%s", p->device);
    default:
        return failure_windows(&p->failure, ERR_SYSTEM, p->device, error);
    }
}

static bool set_raw(struct port *p)
{
    HANDLE port = (HANDLE)p->handle;
    DCB dcb = {.DCBlength = sizeof dcb};
    COMMTIMEOUTS timeouts = {0, 0, 0, 0, 0}; /* a read waits for all of its bytes */
    if (!GetCommState(port, &dcb))
        return failure_set(&p->failure, ERR_PORT_NONE, "%s", p->device);
    dcb.BaudRate = p->baud;
    dcb.ByteSize = 8;
    dcb.Parity = NOPARITY;
    dcb.StopBits = ONESTOPBIT;
    dcb.fBinary = TRUE;
    dcb.fParity = FALSE;
    dcb.fOutxCtsFlow = dcb.fOutxDsrFlow = dcb.fDsrSensitivity = FALSE;
    dcb.fOutX = dcb.fInX = dcb.fErrorChar = dcb.fNull = dcb.fAbortOnError = FALSE;
    dcb.fDtrControl = DTR_CONTROL_ENABLE;
    dcb.fRtsControl = RTS_CONTROL_ENABLE;
    if (!SetCommState(port, &dcb) || !SetCommTimeouts(port, &timeouts))
        return failure_explain(&p->failure, ERR_PORT_SETTINGS, "%s, %u baud, 8N1", "%s, %u бод, 8N1", p->device,
                               (unsigned)p->baud);
    /* What stands in the buffers belongs to somebody else's dialogue. */
    (void)PurgeComm(port, PURGE_RXCLEAR | PURGE_TXCLEAR);
    return true;
}

void port_open(void *port)
{
    struct port *p = port;
    char name[160];
    wchar_t path[160];
    p->handle = PORT_NONE;
    failure_clear(&p->failure);
    (void)snprintf(name, sizeof name, "%s%s", p->device[0] == '\\' ? "" : "\\\\.\\", p->device);
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, path, 160) == 0) {
        failure_set(&p->failure, ERR_PORT_MISSING, "%s", p->device);
        return;
    }
    HANDLE opened = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    if (opened == INVALID_HANDLE_VALUE) {
        (void)fail_open(p, GetLastError());
        return;
    }
    p->handle = (intptr_t)opened;
    p->locked = set_raw(p);
}

void port_close(void *port)
{
    struct port *p = port;
    if (p->handle != PORT_NONE)
        (void)CloseHandle((HANDLE)p->handle);
    p->handle = PORT_NONE;
}

void port_discard(void *port)
{
    port_close(port);
    free(port);
}
