#include "serve/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#ifdef _WIN32

#include <string.h>
#include <wchar.h>
#include <windows.h>

void notify_send(const char *state)
{
    static const struct {
        const char *state;
        const wchar_t *variable;
    } rows[] = {
        {"READY=1",    NOTIFY_READY   },
        {"WATCHDOG=1", NOTIFY_WATCHDOG},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wchar_t number[32];
        if (strcmp(state, rows[i].state) != 0)
            continue;
        DWORD length = GetEnvironmentVariableW(rows[i].variable, number, 32);
        if (length > 0 && length < 32)
            (void)SetEvent((HANDLE)(uintptr_t)wcstoull(number, NULL, 10));
    }
}

#else

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path ? strlen(path) : 0;
    if (length < 2 || length >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') /* a name without a file */
        address.sun_path[0] = '\0';
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return;
    (void)sendto(s, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    (void)close(s);
}

#endif

void notify_reloading(void)
{
    char text[64];
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(uv_hrtime() / 1000));
    notify_send(text);
}

uint64_t notify_watchdog_ms(void)
{
    const char *us = getenv("WATCHDOG_USEC");
    return us ? strtoull(us, NULL, 10) / 1000 : 0;
}
