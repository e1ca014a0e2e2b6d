/* The files of a spool: their names, and writing a line whole or not at all. Only push/ includes this. */
#ifndef PUSH_SEGMENT_H
#define PUSH_SEGMENT_H

#include "base/files/folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_MAX   32
#define SEGMENT_BYTES_FULL (16U << 20) /* a file of this size gets no more lines */
#define SEGMENT_BYTES_MAX  (64U << 20) /* of a file; ours are smaller: one line more than a full one at most */

/* What a file holds: values that wait for their turn, or such that Zabbix refused and that are sent once more. */
enum segment_kind { SEGMENT_VALUES, SEGMENT_AGAIN, SEGMENT_KINDS };

/* 0000000000000007.values, 0000000000000007.again */
void segment_name(enum segment_kind kind, uint64_t number, char *name);

/* Kind and number of a file's name; false when it is no segment of ours. */
bool segment_parse(const char *name, enum segment_kind *kind, uint64_t *number);

/* Counts the lines of a file that an earlier run left and cuts off a last line that was not finished. 0 or a libuv
 * error (UV_EINVAL: no regular file, UV_EFBIG: larger than any of ours). */
int segment_resume(const struct folder *folder, const char *name, uint32_t *values);

void segment_close(uv_file file);

/* Appends a line. 0; or a libuv error (UV_ENOSPC too when only a part found room), and nothing of the line is left. */
int segment_append(uv_file file, const char *line, size_t length);

/* Is the error the end of the disk or of a quota? */
bool segment_no_room(int status);

#endif
