/* Which files a pattern of `include` names. */
#include "config/include.h"

#include "folder.h"

#include <string.h>

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml"

static const char *const files[] = {"ab.yaml", LONG, ".hidden.yaml", ""};

/* Appends the file's name and a space. */
static bool note(const char *path, void *context, struct failure *failure)
{
    (void)failure;
    char *said = context;
    (void)snprintf(said + strlen(said), 300 - strlen(said), "%s ", strrchr(path, '/') + 1);
    return true;
}

/* A star stands for nothing or for much, and the last pattern takes no time worth telling (found by the fuzzer). */
static void stars_stand_for_anything(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *names;
    } rows[] = {
        {"*",                                                    LONG " ab.yaml "},
        {"a*.yaml",                                              LONG " ab.yaml "},
        {"a*b*.yaml",                                            "ab.yaml "      },
        {"ab.yaml*",                                             "ab.yaml "      },
        {"*b.yaml",                                              "ab.yaml "      },
        {"**a*b.**",                                             "ab.yaml "      },
        {"*aa*a.yaml",                                           LONG " "        },
        {"b*",                                                   ""              },
        {"*.yam",                                                ""              },
        {"ab.yaml?*",                                            ""              },
        {"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", ""              },
    };
    char from[512];
    path_in_folder("main.yaml", from, sizeof from);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char said[300] = "";
        struct failure failure = {0};
        assert_true(include_each(from, rows[i].pattern, note, said, &failure));
        assert_string_equal(said, rows[i].names);
    }
}

static int with_files(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    for (unsigned i = 0; i < 3; i++)
        write_file(files[i], "");
    return 0;
}

static int without_files(void **state)
{
    (void)state;
    return remove_all(files, sizeof files / sizeof files[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stars_stand_for_anything)};
    return cmocka_run_group_tests(tests, with_files, without_files);
}
