/* systemd's notification protocol (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names. Does nothing when
 * there is none. On Windows READY=1 sets the event whose handle NOTIFY_EVENT tells; the rest is for nobody there. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdint.h>

#ifdef _WIN32
#define NOTIFY_EVENT L"ZABBIX_ATOL_READY" /* environment variable: a number, the handle that the child inherits */
#endif

/* "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…" */
void notify_send(const char *state);

/* How often systemd wants WATCHDOG=1, in ms; 0 = it does not watch. */
uint64_t notify_watchdog_ms(void);

#endif
