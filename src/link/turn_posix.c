#include "link/turn.h"

#include "link/ports/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 8

/* The service's own folder, and the one that everybody may use. */
static const char *const usual[TURN_FOLDERS] = {"/run/zabbix-atol", "/run/lock"};
static const char *const *folders = usual;

void turn_use_folders(const char *const list[TURN_FOLDERS])
{
    folders = list ? list : usual;
}

void turn_init(struct turn *t)
{
    t->key[0] = '\0';
    for (unsigned i = 0; i < TURN_FOLDERS; i++)
        t->held[i] = -1;
}

static bool path_of(unsigned folder, const char *key, char *path, size_t cap)
{
    int n = snprintf(path, cap, "%s/zabbix-atol-%s.lock", folders[folder], key);
    return n > 0 && (size_t)n < cap;
}

/* -1: the folder is of no use to this user, or something else stands there. Others may lock it too: that takes no right
 * to write. No link is followed; nothing but an empty file of this kind is ever opened. */
static int open_file(const char *path, bool create)
{
    struct stat st;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 && errno == ENOENT && create) {
        file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (file >= 0)
            (void)fchmod(file, 0644);
    }
    if (file >= 0 && (fstat(file, &st) != 0 || !S_ISREG(st.st_mode))) {
        (void)close(file);
        file = -1;
        errno = EINVAL;
    }
    return file;
}

enum outcome { OUTCOME_MINE, OUTCOME_TAKEN, OUTCOME_NONE };

static enum outcome lock_in(unsigned folder, const char *key, bool create, intptr_t *held)
{
    char path[PATH_MAX];
    struct stat st;
    *held = -1;
    if (!path_of(folder, key, path, sizeof path))
        return OUTCOME_NONE;
    for (unsigned i = 0; i < TRIES; i++) {
        int file = open_file(path, create);
        if (file < 0 && errno == EEXIST)
            continue;
        if (file < 0)
            return OUTCOME_NONE;
        int status = flock(file, LOCK_EX | LOCK_NB);
        /* Who had it before has removed the file meanwhile: another one counts now. */
        bool removed = status == 0 && (fstat(file, &st) != 0 || st.st_nlink == 0);
        if (status == 0 && !removed) {
            *held = file;
            return OUTCOME_MINE;
        }
        bool taken = status != 0 && errno == EWOULDBLOCK;
        (void)close(file);
        if (!removed)
            return taken ? OUTCOME_TAKEN : OUTCOME_NONE;
    }
    return OUTCOME_TAKEN;
}

/* A file is made in the first folder that takes one; one that is there already counts in every folder, for another user
 * may have had to make it there. */
bool turn_acquire(struct turn *t, const char *key)
{
    bool have = false;
    turn_init(t);
    (void)snprintf(t->key, sizeof t->key, "%s", key);
    for (unsigned i = 0; i < TURN_FOLDERS; i++) {
        enum outcome outcome = lock_in(i, t->key, !have, &t->held[i]);
        if (outcome == OUTCOME_TAKEN) {
            turn_release(t);
            return false;
        }
        have = have || outcome == OUTCOME_MINE;
    }
    return true;
}

void turn_release(struct turn *t)
{
    char path[PATH_MAX];
    for (unsigned i = 0; t->key[0] && i < TURN_FOLDERS; i++)
        if (t->held[i] >= 0) {
            /* While it is locked, so that nobody else's is removed; another user's stays. */
            if (path_of(i, t->key, path, sizeof path))
                (void)unlink(path);
            (void)close((int)t->held[i]);
        }
    turn_init(t);
}

void turn_explain(const char *key, const char *where, struct failure *failure)
{
    char path[PATH_MAX], who[HOLDER_TEXT_MAX] = "";
    for (unsigned i = 0; i < TURN_FOLDERS && !who[0]; i++) {
        int file = path_of(i, key, path, sizeof path) ? open_file(path, false) : -1;
        if (file >= 0) {
            (void)holder_of_lock(file, who, sizeof who);
            (void)close(file);
        }
    }
    failure_explain(failure, ERR_PORT_BUSY, "%s, by another poll of this computer%s%s",
                    "%s, другой опрос этого компьютера%s%s", where, who[0] ? ": " : "", who);
}
