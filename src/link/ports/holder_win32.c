#include "link/ports/holder.h"

#include "link/handles_win32.h"

#include <windows.h>

/* The system's own name of a COM port, "\\Device\\Serial0", is read from an open handle of it. */
bool holder_find(const char *device, char *buf, size_t cap)
{
    wchar_t port[64], name[256];
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, device, -1, port, 64) > 0 &&
           QueryDosDeviceW(port, name, 256) > 0 && handles_find(name, buf, cap);
}
