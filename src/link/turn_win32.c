/* A named event: who has made it has the turn, and it is gone with its process. */
#include "link/turn.h"

#include <stdio.h>
#include <windows.h>

void turn_use_folders(const char *const list[TURN_FOLDERS])
{
    (void)list;
}

void turn_init(struct turn *t)
{
    t->key[0] = '\0';
    for (unsigned i = 0; i < TURN_FOLDERS; i++)
        t->held[i] = -1;
}

bool turn_acquire(struct turn *t, const char *key)
{
    char name[TURN_KEY_MAX + 32];
    turn_init(t);
    (void)snprintf(t->key, sizeof t->key, "%s", key);
    (void)snprintf(name, sizeof name, "Global\\zabbix-atol-%s", t->key);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    DWORD reason = GetLastError();
    if (event && reason != ERROR_ALREADY_EXISTS) {
        t->held[0] = (intptr_t)event;
        return true;
    }
    if (event)
        (void)CloseHandle(event);
    turn_init(t);
    /* Another user's (the service's) may not even be opened. */
    return reason != ERROR_ALREADY_EXISTS && reason != ERROR_ACCESS_DENIED;
}

void turn_release(struct turn *t)
{
    if (t->key[0] && t->held[0] != -1)
        (void)CloseHandle((HANDLE)t->held[0]);
    turn_init(t);
}

void turn_explain(const char *key, const char *where, struct failure *failure)
{
    (void)key;
    failure_explain(failure, ERR_PORT_BUSY, "%s, by another poll of this computer", "%s, другой опрос этого компьютера",
                    where);
}
