/* What is the same on every system. */
#include "base/files/folder.h"

#include "base/system_error.h"

#include <stdio.h>
#include <string.h>

bool folder_file_path(const struct folder *folder, const char *name, char *path, size_t cap)
{
    int n = snprintf(path, cap, "%s/%s", folder->path, name);
    return n > 0 && (size_t)n < cap;
}

/* The number that ends at text[end]; where it begins, or `end` when there is none. */
static size_t digits_before(const char *text, size_t end)
{
    while (end > 0 && text[end - 1] >= '0' && text[end - 1] <= '9')
        end--;
    return end;
}

/* FILE.PID-N.tmp */
bool folder_is_half_written(const char *name, char *file)
{
    static const char suffix[] = ".tmp";
    size_t length = strlen(name);
    if (length <= strlen(suffix) || length >= FOLDER_NAME_MAX || strcmp(name + length - strlen(suffix), suffix) != 0)
        return false;
    size_t end = length - strlen(suffix), counter = digits_before(name, end);
    if (counter == end || counter < 2 || name[counter - 1] != '-')
        return false;
    size_t process = digits_before(name, counter - 1);
    if (process == counter - 1 || process < 2 || name[process - 1] != '.')
        return false;
    (void)snprintf(file, FOLDER_NAME_MAX, "%.*s", (int)(process - 1), name);
    return true;
}

bool folder_failed(const struct folder *folder, const char *name, int status, struct failure *failure)
{
    char path[FOLDER_PATH_MAX + FOLDER_NAME_MAX + 2];
    (void)snprintf(path, sizeof path, "%s%s%s", folder->path, *name ? "/" : "", name);
    return failure_system(failure, ERR_FILE, path, status);
}
