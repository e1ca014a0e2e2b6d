#include "cli/args.h"

#include "check.h"

#include <stdbool.h>
#include <string.h>

static struct args args;
static struct failure f;

static bool parse(enum command command, const char *const *words)
{
    static char *argv[16]; /* args.program points into it */
    int argc = 1;
    static char room[16][64];
    for (; words[argc - 1]; argc++) {
        assert_true(argc < 15 && strlen(words[argc - 1]) < sizeof room[0]);
        argv[argc] = strcpy(room[argc], words[argc - 1]);
    }
    argv[0] = strcpy(room[0], "get");
    argv[argc] = NULL;
    memset(&args, 0, sizeof args);
    failure_clear(&f);
    args.command = "get";
    return args_parse(&args, command, 1, 1, argc, argv, &f);
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
    refuses(COMMAND_GET, WORDS("tcp://h", "--frmat", "json"), "Unknown option \"--frmat\". Did you mean --format?");
    refuses(COMMAND_SHOW, WORDS("tcp://h", "--format", "json"), "has no option \"--format\"");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", "xml"), "expected json|seed|prometheus");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", ""), "expected json|seed|prometheus");
    refuses(COMMAND_GET, WORDS("tcp://h", "--format", "js"), "expected json|seed|prometheus");
    refuses(COMMAND_METRICS, WORDS("--format", "seed"), "expected md|json");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout"), "--timeout needs a value");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout", "15"), "500ms, 15s or 1m");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout=-1s"), "500ms, 15s or 1m");
    refuses(COMMAND_GET, WORDS("tcp://h", "--timeout=0s"), "more than zero");
    refuses(COMMAND_GET, WORDS("tcp://h", "--output="), "is empty");
    refuses(COMMAND_CONTROL, WORDS("tcp://h", "--yes=no"), "takes no value");
    refuses(COMMAND_GET, WORDS("tcp://h", "--lang", "de"), "expected en or ru");
    refuses(COMMAND_GET, WORDS("tcp://h", "tcp://g"), "Unexpected argument \"tcp://g\"");
    refuses(COMMAND_GET, WORDS("tcp://h", "--json", "--format", "seed"), "contradict");
    refuses(COMMAND_GET, WORDS("-v"), "needs a register");
}

static void as_people_type_them(void **state)
{
    (void)state;
    assert_true(parse(COMMAND_GET, WORDS("-vvoFILE", "--lang=ru", "tcp://h", "--timeout=2m")));
    assert_int_equal(args.verbose, 2);
    assert_string_equal(args.output, "FILE");
    assert_int_equal(args.lang, LANG_RU);
    assert_int_equal(args.timeout_ms, 120000);
    assert_true(parse(COMMAND_GET, WORDS("-h")));
    assert_true(args.help);
    assert_true(parse(COMMAND_METRICS, WORDS("x", "--version")));
    assert_true(args.version);
}

static void a_near_miss_is_named(void **state)
{
    (void)state;
    refuses(COMMAND_GET, WORDS("tcp://h", "--formta=json"), "Did you mean --format?");
    refuses(COMMAND_GET, WORDS("tcp://h", "--ouput", "x"), "Did you mean --output?");
    refuses(COMMAND_SERVE, WORDS("--confg"), "Did you mean --config?");
    refuses(COMMAND_GET, WORDS("tcp://h", "--quite-another"), "lists the options");
    refuses(COMMAND_GET, WORDS("tcp://h", "-x"), "Unknown option \"-x\"");
    refuses(COMMAND_GET, WORDS("tcp://h", "-vx"), "Unknown option \"-x\"");
}

/* In Zabbix an item key holds what somebody typed there. */
static void the_word_of_register_is_never_an_option(void **state)
{
    (void)state;
    static const char *const words[] = {
        "--register=--output=VICTIM", "--register=-oVICTIM", "--register=-h", "--register=--help", "--register=--",
        "--register=-- touch VICTIM", "--register="};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(parse(COMMAND_GET, WORDS(words[i], "--configured")));
        assert_string_equal(args.words[0], words[i] + strlen("--register="));
        assert_true(args.configured);
        assert_false(args.help);
        assert_null(args.output);
        assert_null(args.program);
    }
    refuses(COMMAND_GET, WORDS("--register=kassa-1", "kassa-2"), "Unexpected argument \"kassa-2\" beside --register");
    refuses(COMMAND_SHOW, WORDS("--register=kassa-1"), "has no option");
}

static void what_is_refused_is_marked_and_the_first_mistake_is_told(void **state)
{
    (void)state;
    refuses(COMMAND_GET, WORDS("tcp://h", "--bogus-1", "--bogus-2", "--lang", "ru", "-oX", "--", "frontol"),
            "--bogus-1");
    assert_true(args.refused);
    assert_int_equal(args.lang, LANG_RU);
    assert_string_equal(args.program[0], "frontol");
    assert_non_null(strstr(f.detail_ru, "Неизвестный параметр «--bogus-1»"));
    assert_true(parse(COMMAND_GET, WORDS("tcp://h")));
    assert_false(args.refused);
}

static const char *command_of(const char *const *words, char **argv)
{
    static char room[16][64];
    int argc = 1;
    argv[0] = strcpy(room[0], "zabbix-atol");
    for (; words[argc - 1]; argc++)
        argv[argc] = strcpy(room[argc], words[argc - 1]);
    argv[argc] = NULL;
    memset(&args, 0, sizeof args);
    failure_clear(&f);
    return args_command(&args, argc, argv, &f);
}

static void options_may_stand_before_the_command(void **state)
{
    (void)state;
    static char *argv[16]; /* args.program points into it */
    assert_string_equal(command_of(WORDS("-v", "--timeout", "5s", "get", "tcp://h"), argv), "get");
    assert_string_equal(argv[1], "get");
    assert_true(args_parse(&args, COMMAND_GET, 1, 1, 5, argv + 1, &f));
    assert_int_equal(args.verbose, 1);
    assert_int_equal(args.timeout_ms, 5000);
    assert_string_equal(args.words[0], "tcp://h");
    assert_null(command_of(WORDS("--version"), argv));
    assert_true(args.version);
    assert_null(command_of(WORDS("--lang=ru", "-h"), argv));
    assert_true(args.help && args.lang == LANG_RU);
    assert_null(command_of(WORDS("--verison"), argv));
    assert_non_null(strstr(f.detail, "Did you mean --version?"));
    assert_null(command_of(WORDS("--", "get", "tcp://h"), argv));
    /* Cut short: of one name in several commands it is that option; of several options with values it has one, too. */
    assert_string_equal(command_of(WORDS("--form", "json", "get", "tcp://h"), argv), "get");
    assert_true(args_parse(&args, COMMAND_GET, 1, 1, 4, argv + 1, &f));
    assert_string_equal(args.format, "json");
    assert_string_equal(command_of(WORDS("--time", "5s", "get", "tcp://h"), argv), "get");
    assert_false(args_parse(&args, COMMAND_GET, 1, 1, 4, argv + 1, &f));
    assert_non_null(strstr(f.detail, "options: --timeout, --timezone."));
    assert_int_equal(args.word_count, 1);
    assert_string_equal(args.words[0], "tcp://h");
    assert_string_equal(command_of(WORDS("--time=5s", "get"), argv), "get");
    assert_string_equal(command_of(WORDS("--s", "discover"), argv), "discover");
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
        cmocka_unit_test(as_people_type_them),
        cmocka_unit_test(a_near_miss_is_named),
        cmocka_unit_test(the_word_of_register_is_never_an_option),
        cmocka_unit_test(what_is_refused_is_marked_and_the_first_mistake_is_told),
        cmocka_unit_test(options_may_stand_before_the_command),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
