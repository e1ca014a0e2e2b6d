/* CONNECT: the address of a register as people write it (design.md §1). */
#ifndef ADDRESS_CONNECT_H
#define ADDRESS_CONNECT_H

#include "base/error.h"

#include <stdint.h>

enum connect_way {
    CONNECT_TCP,    /* tcp://HOST[:PORT], IPv6 in brackets */
    CONNECT_SERIAL, /* serial:DEVICE[?baud=N] */
    CONNECT_DRIVER, /* driver:usb[/PATH] | driver:com/PORT | driver:tcp/HOST[:PORT], then ?Key=Value&… */
    CONNECT_AUTO,   /* auto | auto:DEVICE | auto://HOST[:PORT]: native first, then the driver */
};

enum connect_driver_port { CONNECT_DRIVER_USB, CONNECT_DRIVER_COM, CONNECT_DRIVER_TCP };

#define CONNECT_TEXT_MAX     256
#define CONNECT_SETTINGS_MAX 16

/* One ?Key=Value for the driver, percent-decoded. */
struct connect_setting {
    char key[48];
    char value[128];
};

struct connect {
    enum connect_way way;
    enum connect_driver_port driver_port;
    char text[CONNECT_TEXT_MAX]; /* as written */
    char host[128];              /* TCP ways; "" otherwise */
    uint16_t port;               /* TCP ways; 5555 by default */
    char device[128];            /* serial device, COM port, USB path; "" = any */
    uint32_t baud;               /* serial ways; 115200 by default */
    char lib[CONNECT_TEXT_MAX];  /* ?lib=FILE; "" = look for it */
    unsigned setting_count;
    struct connect_setting settings[CONNECT_SETTINGS_MAX];
};

/* Reads an address; false with ERR_USAGE and a detail that says what is wrong and what is expected. */
bool connect_parse(const char *text, struct connect *connect, struct failure *failure);

/* Does the text look like an address (it has one of the schemes) rather than a register's name? */
bool connect_is_address(const char *text);

#endif
