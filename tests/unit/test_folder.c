/* Names of files that are half-written: ours are told from everybody else's. */
#include "base/files/folder.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void half_written_files(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file; /* NULL: none of ours */
    } rows[] = {
        {"kassa.json.123-4.tmp", "kassa.json"},
        {"k.1.2.33-1.tmp",       "k.1.2"     },
        {"kassa.json",           NULL        },
        {"kassa.json.tmp",       NULL        },
        {"kassa.json.123.tmp",   NULL        },
        {"kassa.json.123_4.tmp", NULL        },
        {"kassa.json-123-4.tmp", NULL        },
        {"kassa.json.123-4.tmq", NULL        },
        {"kassa.json.123-.tmp",  NULL        },
        {"kassa.json.-4.tmp",    NULL        },
        {".123-4.tmp",           NULL        },
        {"1.tmp",                NULL        },
        {".tmp",                 NULL        },
        {"",                     NULL        },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char file[FOLDER_NAME_MAX] = "";
        bool half = folder_is_half_written(rows[i].name, file);
        if (half != (rows[i].file != NULL) || (half && strcmp(file, rows[i].file) != 0))
            fail_msg("%s: %d %s", rows[i].name, half, file);
    }
}

/* What is no file and is somebody else's stays where it is: a FIFO, say, that would swallow what is written. */
static void what_is_no_file_of_ours_is_not_replaced(void **state)
{
    (void)state;
    char path[] = "/tmp/test-folder-XXXXXX", pipe[64];
    struct folder folder;
    struct failure failure = {0};
    struct stat st;
    if (geteuid() != 0)
        skip();
    assert_non_null(mkdtemp(path));
    (void)snprintf(pipe, sizeof pipe, "%s/k.json", path);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(chown(pipe, 65534, 65534), 0);
    assert_true(folder_open(&folder, path, &failure));
    assert_false(folder_write(&folder, "k.json", "x", 1, &failure));
    assert_non_null(strstr(failure.detail, "belongs to another user"));
    assert_int_equal(lstat(pipe, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(chown(pipe, 0, 0), 0); /* ours, and in the way */
    assert_true(folder_write(&folder, "k.json", "x", 1, &failure));
    assert_int_equal(lstat(pipe, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    folder_remove(&folder, "k.json");
    folder_close(&folder);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_written_files),
        cmocka_unit_test(what_is_no_file_of_ours_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
