/* What `setup` writes and reads: names, rows, includes. */
#include "cli/setup/setup_text.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static void the_first_free_name(void **state)
{
    (void)state;
    static const char *const names[] = {"kassa-1", "kassa-2", "kassa-4"};
    char name[CONFIG_NAME_MAX];
    setup_name(NULL, NULL, 0, name, sizeof name);
    assert_string_equal(name, "kassa-1");
    setup_name(NULL, names, 3, name, sizeof name);
    assert_string_equal(name, "kassa-3");
}

static void a_row_is_yaml(void **state)
{
    (void)state;
    char row[300];
    assert_true(setup_row("kassa-1", "serial:/dev/serial/by-id/usb-ATOL-if00", "00106112345678", row, sizeof row));
    assert_string_equal(row, "  - name: kassa-1\n    connect: \"serial:/dev/serial/by-id/usb-ATOL-if00\"\n"
                             "    serial: \"00106112345678\"\n");
    assert_true(setup_row("kassa-1", "tcp://10.0.0.15", "", row, sizeof row));
    assert_string_equal(row, "  - name: kassa-1\n    connect: \"tcp://10.0.0.15\"\n");
    assert_true(setup_row("Касса # 1", "driver:usb?lib=C:\\d\\fptr10.dll", "", row, sizeof row));
    assert_string_equal(row, "  - name: \"Касса # 1\"\n    connect: 'driver:usb?lib=C:\\d\\fptr10.dll'\n");
}

/* A register has another address: its row follows, as long as it is the row that setup wrote. */
static void a_row_moves(void **state)
{
    (void)state;
    static const char text[] = "registers:\n  - name: kassa-1\n    connect: \"tcp://10.0.0.1\"\n    serial: \"7\"\n"
                               "  - name: kassa-2\n    connect: \"tcp://10.0.0.15\"\n";
    char *moved = setup_move_row(text, "kassa-1", "tcp://10.0.0.1", "tcp://10.0.0.9");
    assert_string_equal(moved, "registers:\n  - name: kassa-1\n    connect: \"tcp://10.0.0.9\"\n    serial: \"7\"\n"
                               "  - name: kassa-2\n    connect: \"tcp://10.0.0.15\"\n");
    free(moved);
    assert_null(setup_move_row(text, "kassa-2", "tcp://10.0.0.1", "tcp://10.0.0.9"));
    assert_null(setup_move_row(text, "kassa-1", "tcp://10.0.0.1", "serial:/dev/a\ncontrol: true"));
    assert_null(setup_move_row("registers: [{name: kassa-1, connect: \"tcp://10.0.0.1\"}]\n", "kassa-1",
                               "tcp://10.0.0.1", "tcp://10.0.0.9"));
}

static void the_line_of_an_address(void **state)
{
    (void)state;
    static const char text[] = "# tcp://10.0.0.1\n  connect: tcp://10.0.0.15\n  connect: 'tcp://10.0.0.1'  # till\n"
                               "  - {name: x, connect: \"tcp://10.0.0.2\"}";
    assert_int_equal(setup_line_of(text, "tcp://10.0.0.15"), 2);
    assert_int_equal(setup_line_of(text, "tcp://10.0.0.1"), 3);
    assert_int_equal(setup_line_of(text, "tcp://10.0.0.2"), 4);
    assert_int_equal(setup_line_of(text, "tcp://10.0.0.3"), 0);
    assert_int_equal(setup_line_of(text, ""), 0);
    assert_int_equal(setup_line_of("", "tcp://10.0.0.1"), 0);
}

/* What a device says of itself never becomes a line of the configuration. */
static void a_device_writes_no_lines(void **state)
{
    (void)state;
    char row[300];
    static const char *const bad[] = {"serial:/dev/a\ncontrol: true", "serial:/dev/a\"", "serial:/dev/a\\'",
                                      "serial:/dev/a\x7f"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(setup_row("kassa-1", bad[i], "", row, sizeof row));
    assert_true(setup_row("kassa-1", "tcp://a", "1\"\n    control: true", row, sizeof row));
    assert_null(strstr(row, "control"));
    assert_false(setup_row("kassa-1", "tcp://10.0.0.15", "", row, 20));
}

static void an_include_counts_at_the_beginning_of_a_line(void **state)
{
    (void)state;
    assert_true(setup_includes("include: a.yaml\n"));
    assert_true(setup_includes("registers:\ninclude: a.yaml\n"));
    assert_false(setup_includes("#include: a.yaml\n## include: b\n"));
    assert_false(setup_includes(""));
}

static void its_own_lines_go_and_no_others(void **state)
{
    (void)state;
    char text[400] = "language: ru\n\n" SETUP_INCLUDE, other[] = "language: ru\ninclude: registers.d/*.yaml\n";
    assert_true(setup_drop_include(text));
    assert_string_equal(text, "language: ru\n");
    char alone[] = SETUP_INCLUDE;
    assert_true(setup_drop_include(alone));
    assert_string_equal(alone, "");
    assert_false(setup_drop_include(other));
    assert_string_equal(other, "language: ru\ninclude: registers.d/*.yaml\n");
}

static void folders_of_an_agent(void **state)
{
    (void)state;
    static const struct {
        const char *line, *folder; /* NULL: none */
    } rows[] = {
        {"Include=/etc/zabbix/zabbix_agentd.conf.d/*.conf",  "/etc/zabbix/zabbix_agentd.conf.d"},
        {"Include=/etc/zabbix/zabbix_agentd.d/",             "/etc/zabbix/zabbix_agentd.d"     },
        {" Include = /etc/zabbix/zabbix_agent2.d/*.conf \r", "/etc/zabbix/zabbix_agent2.d"     },
        {"Include=./zabbix_agent2.d/*.conf",                 "/etc/zabbix/zabbix_agent2.d"     },
        {"Include=zabbix_agent2.d/*.conf",                   "/etc/zabbix/zabbix_agent2.d"     },
        {"Include=./zabbix_agent2.d/plugins.d/*.conf",       NULL                              },
        {"Include=/etc/zabbix/one.conf",                     NULL                              },
        {"# Include=/etc/zabbix/zabbix_agentd.d/*.conf",     NULL                              },
        {"IncludeNot=/etc/zabbix/zabbix_agentd.d/*.conf",    NULL                              },
        {"Include=",                                         NULL                              },
        {"Include=/etc/*/x.d/*.conf",                        NULL                              },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char folder[200] = "";
        assert_int_equal(setup_agent_include(rows[i].line, "/etc/zabbix/", folder, sizeof folder),
                         rows[i].folder != NULL);
        if (rows[i].folder)
            assert_string_equal(folder, rows[i].folder);
    }
}

static void the_value_in_what_an_agent_prints(void **state)
{
    (void)state;
    static const struct {
        const char *out, *value; /* NULL: none */
    } rows[] = {
        {"kkt.get[kassa-1]                              [t|{\"a\": [1]}]\n", "{\"a\": [1]}"},
        {"agent.ping                                    [s|1]\r\n",          "1"           },
        {"kkt.get[x]    [m|ZBX_NOTSUPPORTED] [Unsupported item key.]",       NULL          },
        {"zabbix_agentd [7]: ERROR: invalid entry [x] in config file",       NULL          },
        {"kkt.get [t|",                                                      NULL          },
        {"",                                                                 NULL          },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char value[64] = "", small[4];
        assert_int_equal(setup_answer(rows[i].out, value, sizeof value), rows[i].value != NULL);
        if (rows[i].value)
            assert_string_equal(value, rows[i].value);
        assert_true(!rows[i].value || strlen(rows[i].value) < 4 || !setup_answer(rows[i].out, small, sizeof small));
    }
}

static void every_path_of_the_program_is_replaced(void **state)
{
    (void)state;
    char *text = setup_replace("\"C:\\P\\a\" x \"C:\\P\\b\"", "C:\\P\\", "D:\\Касса\\");
    assert_string_equal(text, "\"D:\\Касса\\a\" x \"D:\\Касса\\b\"");
    free(text);
    text = setup_replace("nothing", "C:\\P\\", "");
    assert_string_equal(text, "nothing");
    free(text);
}

static void paths_of_windows(void **state)
{
    (void)state;
    assert_true(setup_same_path("C:\\Program Files\\a.conf", "c:/program files/A.CONF"));
    assert_false(setup_same_path("C:\\a.conf", "C:\\a.con"));
    assert_false(setup_same_path("C:\\a.con", "C:\\a.conf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_free_name),
        cmocka_unit_test(a_row_moves),
        cmocka_unit_test(the_line_of_an_address),
        cmocka_unit_test(a_row_is_yaml),
        cmocka_unit_test(a_device_writes_no_lines),
        cmocka_unit_test(an_include_counts_at_the_beginning_of_a_line),
        cmocka_unit_test(its_own_lines_go_and_no_others),
        cmocka_unit_test(folders_of_an_agent),
        cmocka_unit_test(the_value_in_what_an_agent_prints),
        cmocka_unit_test(paths_of_windows),
        cmocka_unit_test(every_path_of_the_program_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
