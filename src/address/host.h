/* What the host of an address may be. */
#ifndef ADDRESS_HOST_H
#define ADDRESS_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Gives an IP address its one spelling, in place: FE80:0::1%eth0 becomes fe80::1%eth0, ::ffff:10.0.0.15 becomes
 * 10.0.0.15. False, and the host as it was, when it is no IPv4 address of four numbers and no IPv6 address. */
bool host_normalise_ip(char *host, size_t cap);

/* Is the last label a number, as in 127.1, 0177.0.0.1 and 0x7f000001? No name of DNS ends so; the system's resolver
 * takes them for IPv4 addresses, octal and hexadecimal. */
bool host_ends_in_number(const char *host);

#endif
