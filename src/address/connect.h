/* CONNECT: the address of a register as people write it (design.md §1). */
#ifndef ADDRESS_CONNECT_H
#define ADDRESS_CONNECT_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum connect_way {
    CONNECT_TCP,    /* tcp://HOST[:PORT], IPv6 in brackets */
    CONNECT_SERIAL, /* serial:DEVICE[?baud=N] */
    CONNECT_DRIVER, /* driver:usb[/PATH] | driver:com/PORT | driver:tcp/HOST[:PORT], then ?Key=Value&… */
    CONNECT_AUTO,   /* auto | auto:DEVICE | auto://HOST[:PORT]: native first, then the driver */
};

enum connect_driver_port { CONNECT_DRIVER_USB, CONNECT_DRIVER_COM, CONNECT_DRIVER_TCP };

#define CONNECT_TEXT_MAX 256

/* An address that was parsed: one allocation, never changed, counted by those who hold it. Its texts stand one behind
 * another, because a hundred thousand of them are kept. */
struct connect {
    atomic_uint holders;
    uint32_t baud;            /* serial ways; 115200 by default */
    uint16_t port;            /* TCP ways; 5555 by default */
    enum connect_way way : 3; /* (the size of an int holds all three) */
    enum connect_driver_port driver_port : 3;
    unsigned has_host : 1;         /* what stands at `place` is a host, else a device */
    uint8_t setting_count;         /* ?Key=Value for the driver */
    uint16_t place, lib, settings; /* where they begin in `text` */
    char text[];                   /* as written */
};

/* Parses an address; the caller holds it. NULL with ERR_USAGE and a detail that says what is wrong and what is
 * expected, or ERR_NO_MEMORY. `failure` may be NULL. */
const struct connect *connect_parse(const char *text, struct failure *failure);

/* Adds and drops a reference; the last one frees it. From any thread. NULL is allowed. */
const struct connect *connect_hold(const struct connect *connect);
void connect_release(const struct connect *connect);

/* TCP ways; "" otherwise. */
static inline const char *connect_host(const struct connect *c)
{
    return c->has_host ? c->text + c->place : "";
}

/* Serial device, COM port, USB path; "" = any. */
static inline const char *connect_device(const struct connect *c)
{
    return c->has_host ? "" : c->text + c->place;
}

/* ?lib=FILE; "" = look for it. */
static inline const char *connect_lib(const struct connect *c)
{
    return c->text + c->lib;
}

/* The ?Key=Value number `index`, in the order of the text; false after the last. */
bool connect_setting(const struct connect *connect, unsigned index, const char **key, const char **value);

/* May the vendor's driver be needed there? */
bool connect_needs_driver(const struct connect *connect);

/* SERIAL address of a device, with what an address may not hold percent-encoded. False when it does not fit. */
bool connect_print_serial(const char *device, char *buf, size_t cap);

/* Does the text look like an address (it has one of the schemes) rather than a register's name? */
bool connect_is_address(const char *text);

#endif
