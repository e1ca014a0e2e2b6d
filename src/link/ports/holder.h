/* Who holds a port. Processes of other users show what they have open to root only; their locks show to everybody. */
#ifndef LINK_PORTS_HOLDER_H
#define LINK_PORTS_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Room for "frontol (pid 1234)". */
#define HOLDER_TEXT_MAX 96

/* Does another process use the serial device? That is: it has it open, or a live process stands in its UUCP lock file
 * (/var/lock/LCK..ttyACM0). Writes "frontol (pid 1234)". What has the other side of a pseudo-terminal is no rival. */
bool holder_find(const char *device, char *buf, size_t cap);

/* The process that has a lock (flock or fcntl) on the open file; false when there is none or the system does not report
 * it. */
bool holder_of_lock(int fd, char *buf, size_t cap);

/* Which process has the device node open, of several; NULL-terminated. */
bool holder_of_any(const char *const *devices, char *buf, size_t cap);

/* The same as holder_find from other folders than /proc and /var/lock, for tests. */
bool holder_find_in(const char *proc, const char *locks, const char *device, char *buf, size_t cap);

#endif
