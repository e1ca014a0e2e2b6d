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

/* FNV-1a, the texts with their ends. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    do
        hash = (hash ^ (unsigned char)*text) * 1099511628211U;
    while (*text++);
    return hash;
}

static uint64_t hash_of(const struct line_name *name)
{
    uint64_t hash = add_text(add_text(14695981039346656037U, name->host), name->key);
    return hash ? hash : 1; /* 0: a free place */
}

void doubt_add(struct doubt *doubt, const struct line_name *name)
{
    uint64_t hash = hash_of(name);
    doubt->hashes[hash % DOUBT_PLACES] = hash;
}

void doubt_remove(struct doubt *doubt, const struct line_name *name)
{
    if (doubt_has(doubt, name))
        doubt->hashes[hash_of(name) % DOUBT_PLACES] = 0;
}

bool doubt_has(const struct doubt *doubt, const struct line_name *name)
{
    uint64_t hash = hash_of(name);
    return doubt->hashes[hash % DOUBT_PLACES] == hash;
}
