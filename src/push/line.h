/* One value as a line of zabbix_sender's input: "host" "key" seconds nanoseconds "value". What is written and what is
 * read goes through the same check: one line that zabbix_sender cannot read keeps back all that stand behind it. */
#ifndef PUSH_LINE_H
#define PUSH_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_BYTES (1U << 20) /* Zabbix keeps 64 KiB of a text */
#define LINE_HOST_MAX  128
#define LINE_KEY_MAX   255

/* Whose value it is; texts without control characters. */
struct line_name {
    char host[LINE_HOST_MAX + 1], key[LINE_KEY_MAX + 1];
};

/* The line with its newline, for the caller to free; `ms` is the value's Unix time. A line end in the value becomes a
 * blank. NULL when there is no memory, or when the line would not pass line_check. */
char *line_build(const char *host, const char *key, int64_t ms, const char *value, size_t *length);

/* Is it (without its newline) a line as line_build makes them? `name` (may be NULL) is filled then. */
bool line_check(const char *line, size_t length, struct line_name *name);

#endif
