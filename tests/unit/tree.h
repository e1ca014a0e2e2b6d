/* A tree of made-up files and links, as sysfs and /proc look. */
#ifndef TREE_H
#define TREE_H

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

/* A file with its folders, or the folder alone (content NULL). */
static inline void make(const char *path, const char *content)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(full, 0700);
        *slash = '/';
    }
    if (!content) {
        (void)mkdir(full, 0700);
        return;
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A link; a target that does not begin with / lies in the tree. */
static inline void join(const char *path, const char *target)
{
    char full[512], to[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    (void)snprintf(to, sizeof to, target[0] == '/' ? "%.0s%s" : "%s/%s", root, target);
    (void)unlink(full);
    assert_int_equal(symlink(to, full), 0);
}

static inline const char *in_tree(const char *path, char full[512])
{
    (void)snprintf(full, 512, "%s/%s", root, path);
    return full;
}

static inline int plant(void)
{
    (void)strcpy(root, "/tmp/test_tree.XXXXXX");
    return mkdtemp(root) ? 0 : 1;
}

static inline int fell(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

#endif
