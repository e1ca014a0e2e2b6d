#include "push/refused.h"

#include "push/segment.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER_NAME "refused"
#define FILE_NAME   "values"
#define OLDER_NAME  "values.1"
#define FILE_MAX    (4U << 20)

static int append(const struct folder *folder, const char *line, size_t length)
{
    uint64_t size = 0;
    char *whole = malloc(length + 1);
    if (!whole)
        return UV_ENOMEM;
    memcpy(whole, line, length);
    whole[length] = '\n';
    if (folder_has_file(folder, FILE_NAME, &size) && size + length > FILE_MAX)
        (void)folder_move(folder, FILE_NAME, folder, OLDER_NAME);
    uv_file file = folder_append_to(folder, FILE_NAME);
    int status = file < 0 ? file : segment_append(file, whole, length + 1);
    if (file >= 0)
        segment_close(file);
    free(whole);
    return status;
}

bool refused_keep(const struct folder *spool, const char *line, size_t length, struct failure *failure)
{
    struct folder folder;
    if (!folder_open_inside(&folder, spool, FOLDER_NAME, failure))
        return false;
    int status = append(&folder, line, length);
    if (status != 0)
        folder_failed(&folder, FILE_NAME, status, failure);
    folder_close(&folder);
    return status == 0;
}

bool refused_keep_file(const struct folder *spool, const char *name, struct failure *failure)
{
    struct folder folder;
    if (!folder_open_inside(&folder, spool, FOLDER_NAME, failure))
        return false;
    int status = folder_move(spool, name, &folder, name);
    if (status != 0)
        folder_failed(&folder, name, status, failure);
    folder_close(&folder);
    return status == 0;
}
