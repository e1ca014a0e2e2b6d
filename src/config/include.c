#include "config/include.h"

#include "config/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PATH_CAP 1024

/* `*` stands for any characters. Only the last one is tried again, a character further on each time: what an earlier
 * one could give the last one can as well, and so a line of many does not hang. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *behind = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            behind = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++behind;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static int order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the folder that match, sorted; their count or a negative libuv error. */
static int list(const char *folder, const char *pattern, char ***names)
{
    uv_fs_t request;
    uv_dirent_t entry;
    int count = 0;
    *names = NULL;
    int status = uv_fs_scandir(NULL, &request, folder[0] ? folder : ".", 0, NULL);
    if (status < 0) {
        uv_fs_req_cleanup(&request);
        return status == UV_ENOENT ? 0 : status;
    }
    *names = calloc((size_t)status + 1, sizeof **names);
    while (*names && uv_fs_scandir_next(&request, &entry) != UV_EOF)
        if (entry.name[0] != '.' && matches(pattern, entry.name)) {
            (*names)[count] = strdup(entry.name);
            if ((*names)[count])
                count++;
        }
    uv_fs_req_cleanup(&request);
    if (!*names)
        return UV_ENOMEM;
    qsort(*names, (size_t)count, sizeof **names, order);
    return count;
}

bool include_each(const char *from, const char *pattern,
                  bool (*each)(const char *path, void *context, struct failure *failure), void *context,
                  struct failure *failure)
{
    char whole[PATH_CAP], folder[PATH_CAP], path[2 * PATH_CAP];
    char **names;
    bool good = true;
    if (!path_beside(from, pattern, whole, sizeof whole))
        return failure_explain(failure, ERR_FILE, "the path is too long", "слишком длинный путь");
    if (!strchr(pattern, '*'))
        return each(whole, context, failure);
    size_t folders = path_folder_length(pattern);
    if (memchr(pattern, '*', folders))
        return failure_explain(
            failure, ERR_FILE,
            "a * stands for names of files only: expected it behind the last /, as registers.d/*.yaml; "
            "folders are listed one by one",
            "* заменяет только имена файлов: ожидалась после последней /, как registers.d/*.yaml; "
            "папки перечисляются по одной");
    size_t split = path_folder_length(whole);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)split, whole);
    int count = list(folder, whole + split, &names);
    if (count < 0)
        return config_unread(folder, count, failure);
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s%s", folder, names[i]);
        good = good && each(path, context, failure);
        free(names[i]);
    }
    free(names);
    return good;
}
