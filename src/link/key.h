/* Which register an address means, so that two polls of it know of each other however it is written. */
#ifndef LINK_KEY_H
#define LINK_KEY_H

#include "address/connect.h"

/* The key of a turn (link/turn.h) at the address, TURN_KEY_MAX bytes: "tcp-10.0.0.15-5555", "usb-1-2", "tty-4-64";
 * "" when nothing is there that could be shared. A host is taken as it is written. */
void key_of(const struct connect *connect, char *key);

/* The key of a host. */
void key_of_host(const char *host, unsigned port, char *key);

/* ---- the system's part: key_posix.c, key_win32.c ---- */

/* The key of a serial port, and of a register on USB ("" = any). */
void key_of_port(const char *device, char *key);
void key_of_usb(const char *path, char *key);

#endif
