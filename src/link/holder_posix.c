#include "link/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool process_has(const char *pid, const struct stat *device)
{
    char folder[64];
    (void)snprintf(folder, sizeof folder, "/proc/%.16s/fd", pid);
    DIR *dir = opendir(folder);
    if (!dir)
        return false;
    bool found = false;
    for (const struct dirent *e; !found && (e = readdir(dir));) {
        char path[96];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%.16s", folder, e->d_name);
        found = stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == device->st_rdev &&
                st.st_ino == device->st_ino && st.st_dev == device->st_dev;
    }
    (void)closedir(dir);
    return found;
}

static void name_process(const char *pid, char *buf, size_t cap)
{
    char path[64], name[64] = "?";
    (void)snprintf(path, sizeof path, "/proc/%.16s/comm", pid);
    FILE *f = fopen(path, "re");
    if (f) {
        if (!fgets(name, sizeof name, f))
            name[0] = '\0';
        (void)fclose(f);
        name[strcspn(name, "\n")] = '\0';
    }
    (void)snprintf(buf, cap, "%s (pid %.16s)", name, pid);
}

bool link_find_holder(const char *device, char *buf, size_t cap)
{
    struct stat st;
    char self[24];
    DIR *proc = opendir("/proc");
    bool found = false;
    (void)snprintf(self, sizeof self, "%ld", (long)getpid());
    if (!proc)
        return false;
    if (stat(device, &st) == 0)
        for (const struct dirent *e; !found && (e = readdir(proc));)
            if (isdigit((unsigned char)e->d_name[0]) && strcmp(e->d_name, self) != 0 && process_has(e->d_name, &st)) {
                name_process(e->d_name, buf, cap);
                found = true;
            }
    (void)closedir(proc);
    return found;
}
