/* Small files of sysfs. Only link/ *_posix.c includes this. */
#ifndef LINK_PORTS_SYSFS_POSIX_H
#define LINK_PORTS_SYSFS_POSIX_H

#include <stdbool.h>
#include <stddef.h>

/* The first line of folder/file without its newline; false, and "", when there is none. */
bool sysfs_line(const char *folder, const char *file, char *out, size_t cap);

/* A whole line that is one number in that base (10, 16). */
bool sysfs_number(const char *folder, const char *file, int base, unsigned *value);

/* The last part of what a link leads to ("cdc_acm" for `driver`); false when there is no link. */
bool sysfs_link(const char *folder, const char *link, char *out, size_t cap);

#endif
