#include "push/segment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 16

static int finished(uv_fs_t *request, ssize_t result)
{
    uv_fs_req_cleanup(request);
    return (int)result;
}

static const char *const suffixes[SEGMENT_KINDS] = {".values", ".again"};

void segment_name(enum segment_kind kind, uint64_t number, char *name)
{
    (void)snprintf(name, SEGMENT_NAME_MAX, "%0*llu%s", DIGITS, (unsigned long long)number, suffixes[kind]);
}

bool segment_parse(const char *name, enum segment_kind *kind, uint64_t *number)
{
    if (strspn(name, "0123456789") != DIGITS)
        return false;
    *number = strtoull(name, NULL, 10);
    for (unsigned i = 0; i < SEGMENT_KINDS; i++)
        if (strcmp(name + DIGITS, suffixes[i]) == 0) {
            *kind = (enum segment_kind)i;
            return true;
        }
    return false;
}

int segment_resume(const struct folder *folder, const char *name, uint32_t *values)
{
    uint64_t size;
    size_t count, whole = 0;
    *values = 0;
    if (!folder_has_file(folder, name, &size))
        return UV_EINVAL;
    if (size > SEGMENT_BYTES_MAX)
        return UV_EFBIG;
    int status;
    char *text = folder_read(folder, name, SEGMENT_BYTES_MAX, &count, &status, NULL);
    if (!text)
        return status;
    for (size_t i = 0; i < count; i++)
        if (text[i] == '\n') {
            ++*values;
            whole = i + 1;
        }
    free(text);
    return whole < count ? folder_cut(folder, name, whole) : 0;
}

void segment_close(uv_file file)
{
    uv_fs_t request;
    (void)finished(&request, uv_fs_close(NULL, &request, file, NULL));
}

/* A part of a line must not meet the next one. */
static int undo_append(uv_file file, int written)
{
    uv_fs_t request;
    int status = uv_fs_fstat(NULL, &request, file, NULL);
    int64_t size = (int64_t)request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    if (status == 0)
        status = finished(&request, uv_fs_ftruncate(NULL, &request, file, size - written, NULL));
    return status;
}

int segment_append(uv_file file, const char *line, size_t length)
{
    uv_fs_t request;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)line, (unsigned)length);
    int written = finished(&request, uv_fs_write(NULL, &request, file, &buf, 1, -1, NULL));
    if (written == (int)length)
        return 0;
    if (written <= 0)
        return written < 0 ? written : UV_ENOSPC;
    int status = undo_append(file, written);
    return status < 0 ? status : UV_ENOSPC;
}

bool segment_no_room(int status)
{
#ifdef EDQUOT
    if (status == -EDQUOT)
        return true;
#endif
    return status == UV_ENOSPC;
}
