#include "address/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct connect *connect_hold(const struct connect *connect)
{
    struct connect *c = (struct connect *)(uintptr_t)connect;
    if (c)
        atomic_fetch_add(&c->holders, 1);
    return c;
}

void connect_release(const struct connect *connect)
{
    struct connect *c = (struct connect *)(uintptr_t)connect;
    if (c && atomic_fetch_sub(&c->holders, 1) == 1)
        free(c);
}

bool connect_setting(const struct connect *c, unsigned index, const char **key, const char **value)
{
    const char *at = c->text + c->settings;
    if (index >= c->setting_count)
        return false;
    for (unsigned i = 0; i < 2 * index; i++)
        at += strlen(at) + 1;
    *key = at;
    *value = at + strlen(at) + 1;
    return true;
}

bool connect_needs_driver(const struct connect *c)
{
    return c->way == CONNECT_DRIVER || c->way == CONNECT_AUTO;
}

bool connect_print_serial(const char *device, char *buf, size_t cap)
{
    size_t used = (size_t)snprintf(buf, cap, "serial:");
    for (; *device && used < cap; device++) {
        unsigned char c = (unsigned char)*device;
        bool plain = c > 0x20 && c != 0x7F && !strchr("%?&", c);
        used += (size_t)snprintf(buf + used, cap - used, plain ? "%c" : "%%%02X", c);
    }
    return used < cap;
}
