#include "push/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

#define SUFFIX ".values"
#define DIGITS 16

static int finished(uv_fs_t *request, ssize_t result)
{
    uv_fs_req_cleanup(request);
    return (int)result;
}

void segment_path(const char *folder, uint64_t number, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%0*llu%s", folder, DIGITS, (unsigned long long)number, SUFFIX);
}

bool segment_number(const char *name, uint64_t *number)
{
    if (strspn(name, "0123456789") != DIGITS || strcmp(name + DIGITS, SUFFIX) != 0)
        return false;
    *number = strtoull(name, NULL, 10);
    return true;
}

int segment_resume(const char *path, uint32_t *values)
{
    uv_fs_t request;
    char block[65536];
    int64_t at = 0, whole = 0;
    *values = 0;
    uv_file file = finished(&request, uv_fs_open(NULL, &request, path, O_RDWR | O_CLOEXEC, 0, NULL));
    if (file < 0)
        return file;
    uv_buf_t buf = uv_buf_init(block, sizeof block);
    int n;
    while ((n = finished(&request, uv_fs_read(NULL, &request, file, &buf, 1, at, NULL))) > 0) {
        for (int i = 0; i < n; i++)
            if (block[i] == '\n') {
                ++*values;
                whole = at + i + 1;
            }
        at += n;
    }
    if (n == 0 && whole < at)
        n = finished(&request, uv_fs_ftruncate(NULL, &request, file, whole, NULL));
    segment_close(file);
    return n;
}

uv_file segment_create(const char *path)
{
    uv_fs_t request;
    return finished(&request,
                    uv_fs_open(NULL, &request, path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0640, NULL));
}

void segment_close(uv_file file)
{
    uv_fs_t request;
    (void)finished(&request, uv_fs_close(NULL, &request, file, NULL));
}

bool segment_exists(const char *path)
{
    uv_fs_t request;
    return finished(&request, uv_fs_stat(NULL, &request, path, NULL)) != UV_ENOENT;
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

/* Text in quotation marks as zabbix_sender reads it; a line end would end the value. */
static char *quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text == '\n' || *text == '\r' ? ' ' : *text;
    }
    *to++ = '"';
    return to;
}

char *segment_line(const char *host, const char *key, int64_t ms, const char *value, size_t *length)
{
    char *line = malloc(2 * (strlen(host) + strlen(key) + strlen(value)) + 64);
    if (!line)
        return NULL;
    char *at = quote(line, host);
    *at++ = ' ';
    at = quote(at, key);
    at += sprintf(at, " %lld %d ", (long long)(ms / 1000), (int)(ms % 1000) * 1000000);
    at = quote(at, value);
    *at++ = '\n';
    *length = (size_t)(at - line);
    return line;
}
