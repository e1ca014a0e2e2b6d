#include "link/key.h"

#include "link/turn.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* It becomes the name of a file. */
static void clean(char *key)
{
    for (char *at = key; *at; at++)
        *at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : *at == '.' || *at == ':' ? *at : '-';
}

void key_of_host(const char *host, unsigned port, char *key)
{
    static const char mapped[] = "::ffff:"; /* IPv4 written as IPv6 is the same host */
    if (strncmp(host, mapped, sizeof mapped - 1) == 0 && strchr(host, '.'))
        host += sizeof mapped - 1;
    (void)snprintf(key, TURN_KEY_MAX, "tcp-%.80s-%u", host, port);
    clean(key);
}

void key_of(const struct connect *c, char *key)
{
    key[0] = '\0';
    if (connect_host(c)[0])
        key_of_host(connect_host(c), c->port, key);
    else if (c->way == CONNECT_SERIAL || (c->way == CONNECT_DRIVER && c->driver_port == CONNECT_DRIVER_COM))
        key_of_port(connect_device(c), key);
    else if (c->way == CONNECT_DRIVER)
        key_of_usb(connect_device(c), key);
    clean(key);
}
