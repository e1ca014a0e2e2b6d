/* The line of the agent's file that includes ours. */
#include "cli/setup/agent_include.h"

#include "base/files/file.h"
#include "folder.h"

#include <stdlib.h>
#include <string.h>

#define OURS "C:\\Program Files\\zabbix-atol\\zabbix-atol.conf"

static struct agent_include done;

/* The file after the change; "refused" when there was none. */
static const char *after(const char *before, bool wanted)
{
    static char text[2000];
    char path[400];
    size_t count;
    struct failure failure = {0};
    path_in_folder("agent.conf", path, sizeof path);
    assert_true(file_write_atomic(path, before, strlen(before), false, &failure));
    if (!agent_include_set(path, OURS, wanted, &done, &failure))
        return "refused";
    char *found = file_read(path, sizeof text - 1, &count, NULL, &failure);
    assert_non_null(found);
    (void)snprintf(text, sizeof text, "%s", found);
    free(found);
    return text;
}

static void the_line_is_the_last_one(void **state)
{
    (void)state;
    assert_string_equal(after("Server=a\n", true), "Server=a\nInclude=" OURS "\n");
    assert_true(done.changed);
    assert_string_equal(after("", true), "Include=" OURS "\n");
    assert_string_equal(after("Server=a", true), "Server=a\nInclude=" OURS "\n");
}

static void lines_end_as_the_others_do(void **state)
{
    (void)state;
    assert_string_equal(after("Server=a\r\n\r\n", true), "Server=a\r\n\r\nInclude=" OURS "\r\n");
}

static void what_is_there_already_stays(void **state)
{
    (void)state;
    const char *text = "Server=a\nInclude = " OURS " \nHostname=b\n";
    assert_string_equal(after(text, true), text);
    assert_false(done.changed);
    assert_string_equal(after("#Include=" OURS "\n", true), "#Include=" OURS "\nInclude=" OURS "\n");
    assert_string_equal(after("Include=" OURS ".d\n", true), "Include=" OURS ".d\nInclude=" OURS "\n");
    assert_string_equal(after("Include=" OURS "\nInclude=" OURS "\n", true), "Include=" OURS "\n");
}

static void taken_out_the_file_is_as_before(void **state)
{
    (void)state;
    const char *before[] = {"Server=a\n", "Server=a\r\nHostname=b\r\n", "# Include=" OURS "\n", ""};
    for (unsigned i = 0; i < sizeof before / sizeof before[0]; i++) {
        char with[2000];
        (void)snprintf(with, sizeof with, "%s", after(before[i], true));
        assert_string_equal(after(with, false), before[i]);
    }
    assert_string_equal(after("Server=a\n", false), "Server=a\n");
    assert_false(done.changed);
}

static void what_notepad_leaves(void **state)
{
    (void)state;
    /* a byte order mark stops the agent: it goes, whatever is asked */
    assert_string_equal(after("\xEF\xBB\xBFServer=a\r\n", true), "Server=a\r\nInclude=" OURS "\r\n");
    assert_true(done.mark_removed);
    assert_string_equal(after("\xEF\xBB\xBFServer=a\r\n", false), "Server=a\r\n");
    /* "Unicode" is UTF-16 */
    assert_string_equal(after("\xFF\xFES\x01", true), "refused");
    /* Cyrillic in the code page of Windows: told, and left as it is */
    assert_string_equal(after("Server=a\n# \xEA\xE0\xF1\xF1\xE0\n", true),
                        "Server=a\n# \xEA\xE0\xF1\xF1\xE0\nInclude=" OURS "\n");
    assert_int_equal(done.unreadable_at, 2);
    assert_string_equal(after("# касса\n", true), "# касса\nInclude=" OURS "\n");
    assert_int_equal(done.unreadable_at, 0);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"agent.conf", ""};
    return remove_all(names, sizeof names / sizeof names[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_the_last_one),    cmocka_unit_test(lines_end_as_the_others_do),
        cmocka_unit_test(what_is_there_already_stays), cmocka_unit_test(taken_out_the_file_is_as_before),
        cmocka_unit_test(what_notepad_leaves),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
