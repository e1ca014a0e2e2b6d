#include "link/ports/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PROC        "/proc"
#define LOCKS       "/var/lock"
#define DEVICES_MAX 8
#define PID_MOST    4194304 /* of Linux */

/* What a process may have open. */
struct wanted {
    struct stat nodes[DEVICES_MAX];
    unsigned count;
    long terminal; /* number of a pseudo-terminal, -1: none */
};

static bool is_wanted(const struct stat *st, const struct wanted *w)
{
    for (unsigned i = 0; i < w->count; i++)
        if (S_ISCHR(st->st_mode) && st->st_rdev == w->nodes[i].st_rdev && st->st_ino == w->nodes[i].st_ino &&
            st->st_dev == w->nodes[i].st_dev)
            return true;
    return false;
}

/* Is it the other side of the pseudo-terminal? Its fdinfo has a line "tty-index: 5". */
static bool is_master(const char *proc, const char *pid, int folder, const char *fd, const struct wanted *w)
{
    (void)folder;
    char path[PATH_MAX], line[128];
    long index = -1;
    (void)snprintf(path, sizeof path, "%s/%.16s/fdinfo/%.16s", proc, pid, fd);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "tty-index:", 10) == 0)
            index = strtol(line + 10, NULL, 10);
    (void)fclose(f);
    return index == w->terminal;
}

typedef bool is_hit(const char *proc, const char *pid, int folder, const char *fd, const struct wanted *w);

/* Most descriptors are sockets and pipes, whose links are no paths: only the others are looked at. */
static bool uses_device(const char *proc, const char *pid, int folder, const char *fd, const struct wanted *w)
{
    char first[1];
    struct stat st;
    (void)proc, (void)pid;
    return readlinkat(folder, fd, first, sizeof first) == 1 && first[0] == '/' && fstatat(folder, fd, &st, 0) == 0 &&
           is_wanted(&st, w);
}

static bool any_descriptor(const char *proc, const char *pid, const struct wanted *w, is_hit *hit)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%.16s/fd", proc, pid);
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool found = false;
    for (const struct dirent *e; !found && (e = readdir(dir));)
        found = isdigit((unsigned char)e->d_name[0]) && hit(proc, pid, dirfd(dir), e->d_name, w);
    (void)closedir(dir);
    return found;
}

static bool process_has(const char *proc, const char *pid, const struct wanted *w)
{
    return any_descriptor(proc, pid, w, uses_device) && (w->terminal < 0 || !any_descriptor(proc, pid, w, is_master));
}

/* Names are what a process calls itself: printable characters only. */
static void name_process(const char *proc, long pid, char *buf, size_t cap)
{
    char path[PATH_MAX], name[64] = "";
    (void)snprintf(path, sizeof path, "%s/%ld/comm", proc, pid);
    FILE *f = fopen(path, "re");
    if (f) {
        if (!fgets(name, sizeof name, f))
            name[0] = '\0';
        (void)fclose(f);
        name[strcspn(name, "\n")] = '\0';
    }
    for (char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7F)
            *at = '?';
    if (name[0])
        (void)snprintf(buf, cap, "%s (pid %ld)", name, pid);
    else
        (void)snprintf(buf, cap, "pid %ld", pid);
}

static bool find_process(const char *proc, const struct wanted *w, char *buf, size_t cap)
{
    char self[24];
    bool found = false;
    DIR *dir = opendir(proc);
    if (!dir)
        return false;
    (void)snprintf(self, sizeof self, "%ld", (long)getpid());
    for (const struct dirent *e; !found && (e = readdir(dir));)
        if (isdigit((unsigned char)e->d_name[0]) && strcmp(e->d_name, self) != 0 && process_has(proc, e->d_name, w)) {
            name_process(proc, strtol(e->d_name, NULL, 10), buf, cap);
            found = true;
        }
    (void)closedir(dir);
    return found;
}

static bool add_device(struct wanted *w, const char *device)
{
    struct stat st;
    char real[PATH_MAX];
    if (w->count == DEVICES_MAX || stat(device, &st) != 0 || !S_ISCHR(st.st_mode))
        return false;
    if (realpath(device, real) && strncmp(real, "/dev/pts/", 9) == 0)
        w->terminal = strtol(real + 9, NULL, 10);
    w->nodes[w->count++] = st;
    return true;
}

/* A lock file holds the number of its process: text (usually ten characters and a newline), or four bytes. */
static bool read_lock_file(const char *path, long *pid)
{
    char text[32];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        (void)close(file);
    if (n <= 0)
        return false;
    text[n] = '\0';
    if (n == 4 && !isdigit((unsigned char)text[3]) && text[3] != '\n') {
        int number;
        memcpy(&number, text, sizeof number);
        *pid = number;
    } else {
        *pid = strtol(text, NULL, 10);
    }
    return *pid > 0 && *pid <= PID_MOST && *pid != (long)getpid() && (kill((pid_t)*pid, 0) == 0 || errno == EPERM);
}

/* LCK..NAME: what stands behind /dev/, slashes as underscores, or the last part alone. */
static bool has_lock_file(const char *proc, const char *locks, const char *device, char *buf, size_t cap)
{
    char path[PATH_MAX + 32], name[PATH_MAX];
    long pid;
    const char *body = strncmp(device, "/dev/", 5) == 0 ? device + 5 : device;
    const char *last = strrchr(device, '/');
    (void)snprintf(name, sizeof name, "%s", body);
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '_';
    const char *const names[] = {name, last ? last + 1 : device};
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%.2000s/LCK..%.2000s", locks, names[i]);
        if (read_lock_file(path, &pid)) {
            name_process(proc, pid, buf, cap);
            return true;
        }
    }
    return false;
}

bool holder_find_in(const char *proc, const char *locks, const char *device, char *buf, size_t cap)
{
    char real[PATH_MAX];
    struct wanted w = {.terminal = -1};
    if (has_lock_file(proc, locks, device, buf, cap) ||
        (realpath(device, real) && has_lock_file(proc, locks, real, buf, cap)))
        return true;
    return add_device(&w, device) && find_process(proc, &w, buf, cap);
}

bool holder_find(const char *device, char *buf, size_t cap)
{
    return holder_find_in(PROC, LOCKS, device, buf, cap);
}

bool holder_of_any(const char *const *devices, char *buf, size_t cap)
{
    struct wanted w = {.terminal = -1};
    for (; *devices; devices++)
        (void)add_device(&w, *devices);
    return w.count > 0 && find_process(PROC, &w, buf, cap);
}

/* "1: FLOCK  ADVISORY  WRITE 1234 00:05:678 0 EOF": the process, and the file by device and inode. */
bool holder_of_lock(int fd, char *buf, size_t cap)
{
    struct stat st;
    char line[256];
    bool found = false;
    FILE *f = fopen(PROC "/locks", "re");
    if (!f)
        return false;
    if (fstat(fd, &st) == 0)
        while (!found && fgets(line, sizeof line, f)) {
            long pid;
            unsigned major_part, minor_part;
            unsigned long inode;
            if (sscanf(line, "%*d: %*s %*s %*s %ld %x:%x:%lu", &pid, &major_part, &minor_part, &inode) == 4 &&
                pid > 0 && pid != (long)getpid() && inode == st.st_ino && major_part == major(st.st_dev) &&
                minor_part == minor(st.st_dev)) {
                name_process(PROC, pid, buf, cap);
                found = true;
            }
        }
    (void)fclose(f);
    return found;
}
