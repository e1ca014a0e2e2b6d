/* systemd's notification protocol (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names. Does nothing when
 * there is none. On Windows READY=1 and WATCHDOG=1 set the events whose handles NOTIFY_READY and NOTIFY_WATCHDOG hold;
 * the rest is ignored there. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdint.h>

#ifdef _WIN32
/* Environment variables: numbers, the handles that the child inherits. */
#define NOTIFY_READY    L"ZABBIX_ATOL_READY"
#define NOTIFY_WATCHDOG L"ZABBIX_ATOL_WATCHDOG"
#endif

/* "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…" */
void notify_send(const char *state);

/* RELOADING=1 with the time that systemd wants beside it; READY=1 ends it. */
void notify_reloading(void);

/* How often systemd, or the Windows service, wants WATCHDOG=1, in ms; 0 = nobody watches. */
uint64_t notify_watchdog_ms(void);

#endif
