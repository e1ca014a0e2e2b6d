/* A configuration from a text, for its tests. */
#ifndef TESTS_UNIT_CONFIG_WORLD_H
#define TESTS_UNIT_CONFIG_WORLD_H

#include "config/load.h"

#include "folder.h"

#include <stdlib.h>
#include <string.h>

static inline struct config *load(const char *text, struct failure *failure)
{
    char path[512];
    write_file("main.yaml", text);
    (void)snprintf(path, sizeof path, "%s/main.yaml", folder);
    failure_clear(failure);
    return config_load(path, NULL, failure);
}

static inline struct config *load_good(const char *text)
{
    struct failure failure;
    struct config *c = load(text, &failure);
    if (!c)
        fail_msg("%s", failure.detail);
    return c;
}

static inline int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {
        "main.yaml", "registers.d/a.yaml", "registers.d/b.yaml", "registers.d/ignored.txt", "registers.d", ""};
    return remove_all(names, sizeof names / sizeof names[0]);
}

#endif
