/* The hosts of a network that accept a connection: who might be a register. Nothing is sent to them. */
#ifndef LINK_PORTS_SCAN_NETWORK_H
#define LINK_PORTS_SCAN_NETWORK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define SCAN_NETWORK_MAX   1024 /* hosts of one network */
#define SCAN_NETWORK_PER_S 100
#define SCAN_NETWORK_TEXT  17 /* "255.255.255.255" and its NUL */

/* "10.0.12.0/24" (IPv4, /22 to /32): the first address and how many there are, without those of the network itself and
 * of its broadcast. False for anything else. */
bool scan_network_parse(const char *text, uint32_t *first, uint32_t *count);

/* An address as text. */
void scan_network_text(uint32_t address, char text[SCAN_NETWORK_TEXT]);

/* Connects to one after the other, SCAN_NETWORK_PER_S of them a second, so that no switch and no firewall sees a flood,
 * and closes again; each has the time to answer. Fills at most `cap` addresses that accepted, in order. False with
 * ERR_NO_MEMORY, or ERR_LOCAL_SHORTAGE when this computer could not try them all, ERR_CONTROL_REFUSED when it was
 * stopped; what was found is returned all the same. */
bool scan_network(uint32_t first, uint32_t count, uint16_t port, uint32_t timeout_ms, uint32_t *found, unsigned cap,
                  unsigned *found_count, struct failure *failure);

#endif
