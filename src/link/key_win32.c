#include "link/key.h"
#include "link/turn.h"

#include <ctype.h>
#include <stdio.h>

static void put(const char *kind, const char *name, char *key)
{
    (void)snprintf(key, TURN_KEY_MAX, "%s-%.80s", kind, name);
    for (char *at = key; *at; at++)
        *at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '-';
}

void key_of_port(const char *device, char *key)
{
    put("com", device, key);
}

void key_of_usb(const char *path, char *key)
{
    put("usb", path, key);
}
