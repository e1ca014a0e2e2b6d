#include "cli/args.h"

#include "check.h"

#include <stdbool.h>
#include <string.h>

static struct args args;
static struct failure f;

static bool parse(enum command command, const char *const *words)
{
    char *argv[16];
    int argc = 0;
    static char room[16][64];
    for (; words[argc]; argc++) {
        assert_true(strlen(words[argc]) < sizeof room[0]);
        argv[argc] = strcpy(room[argc], words[argc]);
    }
    argv[argc] = NULL;
    memset(&args, 0, sizeof args);
    failure_clear(&f);
    args.command = "get";
    return args_parse(&args, command, 1, 1, argc, argv, 0, &f);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void refuses(enum command command, const char *const *words, const char *what)
{
    assert_false(parse(command, words));
    assert_int_equal(f.code, ERR_USAGE);
    if (!strstr(f.detail, what))
        fail_msg("\"%s\" does not say \"%s\"", f.detail, what);
}

static void options_and_words_in_any_order(void **state)
{
    (void)state;
    assert_true(parse(COMMAND_GET, WORDS("--timeout", "500ms", "tcp://h", "--format=seed", "-o", "f.json", "-v")));
    assert_string_equal(args.words[0], "tcp://h");
    assert_int_equal(args.timeout_ms, 500);
    assert_string_equal(args.format, "seed");
    assert_string_equal(args.output, "f.json");
    assert_int_equal(args.verbose, 1);
    assert_null(args.program);
}

static void the_program_is_behind_two_dashes(void **state)
{
    (void)state;
    assert_true(parse(COMMAND_GET, WORDS("tcp://h", "--", "frontol", "--fast", "-v")));
    assert_string_equal(args.program[0], "frontol");
    assert_string_equal(args.program[1], "--fast");
    assert_int_equal(args.verbose, 0);
    refuses(COMMAND_GET, WORDS("tcp://h", "--"), "PROGRAM");
    refuses(COMMAND_SHOW, WORDS("tcp://h", "--", "x"), "PROGRAM");
}

static void the_program_is_known_whatever_else_is_wrong(void **state)
{
    (void)state;
    refuses(COMMAND_GET, WORDS("tcp://h", "--bogus", "--", "frontol"), "--bogus");
    assert_string_equal(args.program[0], "frontol");
    refuses(COMMAND_GET, WORDS("-o", "--", "frontol"), "--output needs a value");
    assert_string_equal(args.program[0], "frontol");
}

static void errors_say_what_where_and_what_is_expected(void **state)
{
    (void)state;
    refuses(COMMAND_GET, WORDS("tcp://h", "--frmat", "json"), "\"--frmat\"");
    refuses(COMMAND_SHOW, WORDS("tcp://h", "--format", "json"), "Unknown option \"--format\"");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", "xml"), "expected json|seed|prometheus");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", ""), "expected json|seed|prometheus");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", "js"), "expected json|seed|prometheus");
    refuses(COMMAND_METRICS, WORDS("--format", "seed"), "expected md|json");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout"), "--timeout needs a value");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout", "15"), "500ms, 15s or 1m");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout=-1s"), "500ms, 15s or 1m");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout=0s"), "more than nothing");
    refuses(COMMAND_GET, WORDS("tcp://h", "--output="), "is empty");
    refuses(COMMAND_CONTROL, WORDS("tcp://h", "--yes=no"), "takes no value");
    refuses(COMMAND_GET, WORDS("tcp://h", "--lang", "de"), "expected en|ru");
    refuses(COMMAND_GET, WORDS("tcp://h", "tcp://g"), "one word too many");
    refuses(COMMAND_GET, WORDS("-v"), "needs the register");
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t ms;
    } good[] = {
        {"0s",    0       },
        {"250ms", 250     },
        {"15s",   15000   },
        {"2m",    120000  },
        {"24h",   86400000},
    };
    static const char *const bad[] = {"", "s", "15", "1.5s", "-1s", "25h", "99999999999999999999s", "15 s", "15S"};
    uint32_t ms;
    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(args_duration(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (args_duration(bad[i], &ms))
            fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_in_any_order),
        cmocka_unit_test(the_program_is_behind_two_dashes),
        cmocka_unit_test(the_program_is_known_whatever_else_is_wrong),
        cmocka_unit_test(errors_say_what_where_and_what_is_expected),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
