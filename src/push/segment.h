/* The files of a spool: their names, their lines, and writing a line whole or not at all. Only spool.c includes this.
 */
#ifndef PUSH_SEGMENT_H
#define PUSH_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define SEGMENT_PATH_MAX 600

/* FOLDER/0000000000000007.values */
void segment_path(const char *folder, uint64_t number, char *path, size_t cap);

/* The number of a file's name; false when it is no segment of ours. */
bool segment_number(const char *name, uint64_t *number);

/* Counts the lines of a file that an earlier life left and cuts a last line that was not finished. 0 or a libuv error.
 */
int segment_resume(const char *path, uint32_t *values);

/* A new, empty segment, open for appending; a libuv error when it is below 0. */
uv_file segment_create(const char *path);
void segment_close(uv_file file);
bool segment_exists(const char *path);

/* Appends a line. 0; or a libuv error (UV_ENOSPC too when only a part found room), and nothing of the line is left. */
int segment_append(uv_file file, const char *line, size_t length);

/* Is the error the end of the disk or of a quota? */
bool segment_no_room(int status);

/* One value in the input format of zabbix_sender, for the caller to free; NULL when there is no memory. */
char *segment_line(const char *host, const char *key, int64_t ms, const char *value, size_t *length);

#endif
