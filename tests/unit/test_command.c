/* A program that is run to its end: output, exit status, time. */
#include "base/process/command.h"

#include "check.h"

#include <string.h>

static bool run(const char *script, uint32_t ms, char *out, size_t cap, int *status, struct failure *failure)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    return command_run(&(struct command_options){.argv = argv, .errors = true, .timeout_ms = ms}, out, cap, status,
                       failure);
}

static void output_and_status(void **state)
{
    (void)state;
    char out[100];
    int status = -1;
    struct failure failure;
    assert_true(run("echo one; echo two >&2; exit 3", 20000, out, sizeof out, &status, &failure));
    assert_int_equal(status, 3);
    assert_non_null(strstr(out, "one\n"));
    assert_non_null(strstr(out, "two\n"));
}

/* zabbix_sender writes a line of stderr in pieces, while another of its processes writes on stdout. */
static void a_line_of_stderr_does_not_break_one_of_stdout(void **state)
{
    (void)state;
    char out[100];
    int status = -1;
    struct failure failure;
    assert_true(run(
        "printf 'zabbix_sender [7]: ' >&2; sleep 0.1; printf 'Resp'; sleep 0.1; echo DEBUG >&2; sleep 0.1; echo onse; "
        "printf end",
        20000, out, sizeof out, &status, &failure));
    assert_string_equal(out, "zabbix_sender [7]: DEBUG\nResponse\nend");
}

static void what_does_not_fit_is_cut_and_ends_all_the_same(void **state)
{
    (void)state;
    char out[10];
    int status = -1;
    struct failure failure;
    assert_true(run("yes | head -c 1000000", 20000, out, sizeof out, &status, &failure));
    assert_int_equal(status, 0);
    assert_string_equal(out, "y\ny\ny\ny\ny");
}

static void one_that_hangs_is_killed(void **state)
{
    (void)state;
    char out[10];
    int status;
    struct failure failure;
    assert_false(run("exec sleep 1000", 50, out, sizeof out, &status, &failure));
    assert_int_equal(failure.code, ERR_SYSTEM);
    assert_non_null(strstr(failure.detail, "did not end"));
}

static void a_grandchild_that_keeps_the_output_is_not_waited_for(void **state)
{
    (void)state;
    char out[10];
    int status = -1;
    struct failure failure;
    assert_true(run("sleep 20 & echo x", 20000, out, sizeof out, &status, &failure));
    assert_int_equal(status, 0);
    assert_string_equal(out, "x\n");
}

static void the_folder_that_was_named(void **state)
{
    (void)state;
    char out[100];
    int status = -1;
    struct failure failure;
    const char *const argv[] = {"pwd", NULL};
    assert_true(command_run(&(struct command_options){.argv = argv, .folder = "/proc", .timeout_ms = 20000}, out,
                            sizeof out, &status, &failure));
    assert_string_equal(out, "/proc\n");
}

static void one_that_is_not_there(void **state)
{
    (void)state;
    char out[10];
    int status;
    struct failure failure;
    const char *const argv[] = {"/nowhere/program", NULL};
    assert_false(
        command_run(&(struct command_options){.argv = argv, .timeout_ms = 1000}, out, sizeof out, &status, &failure));
    assert_non_null(strstr(failure.detail, "/nowhere/program"));
}

static void input_and_only_what_is_wanted_of_its_output(void **state)
{
    (void)state;
    char out[100];
    int status = -1;
    struct failure failure;
    const char *const argv[] = {"sh", "-c", "cat; echo wrong >&2", NULL};
    const struct command_options command = {.argv = argv, .input = "lines\n", .timeout_ms = 20000};
    assert_true(command_run(&command, out, sizeof out, &status, &failure));
    assert_string_equal(out, "lines\n");
}

static void more_arguments_than_are_handed_over_are_refused(void **state)
{
    (void)state;
    char out[10];
    int status;
    struct failure failure;
    const char *argv[18] = {"true"};
    for (unsigned i = 1; i < 17; i++)
        argv[i] = "x";
    assert_false(
        command_run(&(struct command_options){.argv = argv, .timeout_ms = 1000}, out, sizeof out, &status, &failure));
    assert_int_equal(failure.code, ERR_SYSTEM);
}

static void one_that_a_signal_ends_is_told_so(void **state)
{
    (void)state;
    char out[10];
    int status;
    struct failure failure = {0};
    assert_false(run("kill -9 $$", 20000, out, sizeof out, &status, &failure));
    assert_non_null(strstr(failure.detail, "signal 9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_a_signal_ends_is_told_so),
        cmocka_unit_test(output_and_status),
        cmocka_unit_test(a_line_of_stderr_does_not_break_one_of_stdout),
        cmocka_unit_test(what_does_not_fit_is_cut_and_ends_all_the_same),
        cmocka_unit_test(one_that_hangs_is_killed),
        cmocka_unit_test(a_grandchild_that_keeps_the_output_is_not_waited_for),
        cmocka_unit_test(the_folder_that_was_named),
        cmocka_unit_test(one_that_is_not_there),
        cmocka_unit_test(input_and_only_what_is_wanted_of_its_output),
        cmocka_unit_test(more_arguments_than_are_handed_over_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
