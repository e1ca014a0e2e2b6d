/* A folder of a test's own, with files in it, on every system. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include "check.h"

#include <stdio.h>
#include <uv.h>

static char folder[200];

static inline void path_in_folder(const char *name, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%s", folder, name);
}

static inline void write_file(const char *name, const char *text)
{
    char path[512];
    path_in_folder(name, path, sizeof path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* For cmocka: before the tests. */
static inline int make_folder(void **state)
{
    (void)state;
    char wanted[160];
    size_t size = sizeof wanted - 32;
    uv_fs_t request;
    if (uv_os_tmpdir(wanted, &size) != 0)
        return -1;
    (void)snprintf(wanted + size, 32, "/test-atol-XXXXXX");
    int status = uv_fs_mkdtemp(NULL, &request, wanted, NULL);
    if (status == 0)
        (void)snprintf(folder, sizeof folder, "%.199s", request.path);
    uv_fs_req_cleanup(&request);
    return status;
}

/* Removes files and folders by their names, the folder itself ("") last. */
static inline int remove_all(const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char path[512];
        path_in_folder(names[i], path, sizeof path);
        (void)remove(path);
    }
    return 0;
}

#endif
