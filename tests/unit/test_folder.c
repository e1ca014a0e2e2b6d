/* Names of files that are half-written: ours are told from everybody else's. */
#include "base/files/folder.h"

#include "check.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_written_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
