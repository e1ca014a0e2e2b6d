#include "link/ports/sysfs_posix.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool join(const char *folder, const char *file, char *path, size_t cap)
{
    int n = snprintf(path, cap, "%s/%s", folder, file);
    return n > 0 && (size_t)n < cap;
}

bool sysfs_line(const char *folder, const char *file, char *out, size_t cap)
{
    char path[PATH_MAX];
    out[0] = '\0';
    FILE *f = join(folder, file, path, sizeof path) ? fopen(path, "re") : NULL;
    if (!f)
        return false;
    bool got = fgets(out, (int)cap, f) != NULL;
    (void)fclose(f);
    if (!got)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return got;
}

bool sysfs_number(const char *folder, const char *file, int base, unsigned *value)
{
    char line[16], *end;
    if (!sysfs_line(folder, file, line, sizeof line))
        return false;
    *value = (unsigned)strtoul(line, &end, base);
    return end != line && *end == '\0';
}

bool sysfs_link(const char *folder, const char *link, char *out, size_t cap)
{
    char path[PATH_MAX], target[PATH_MAX];
    out[0] = '\0';
    ssize_t n = join(folder, link, path, sizeof path) ? readlink(path, target, sizeof target - 1) : -1;
    if (n <= 0)
        return false;
    target[n] = '\0';
    const char *last = strrchr(target, '/');
    return (size_t)snprintf(out, cap, "%s", last ? last + 1 : target) < cap;
}
