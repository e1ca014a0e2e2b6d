/* The agent's configuration: servers and TLS files, with what it includes. */
#include "push/agent_config.h"

#include "folder.h"

#include <string.h>

static struct agent_config read_text(const char *text)
{
    struct agent_config config;
    struct failure failure = {0};
    char path[400];
    write_file("agent.conf", text);
    path_in_folder("agent.conf", path, sizeof path);
    if (!agent_config_read(path, &config, &failure))
        fail_msg("%s", failure.detail);
    return config;
}

static void servers_are_counted_by_commas(void **state)
{
    (void)state;
    assert_int_equal(read_text("").servers, 0);
    assert_int_equal(read_text("# ServerActive=a\nServer=a,b\n").servers, 0);
    assert_int_equal(read_text("ServerActive=zabbix.example:10051\n").servers, 1);
    assert_int_equal(read_text("  ServerActive = 10.0.0.1, [::1]:10051 ,c\r\n").servers, 3);
    /* the nodes of one cluster are one server */
    assert_int_equal(read_text("ServerActive=node1;node2,other").servers, 2);
    assert_string_equal(read_text("ServerActive=node1;node2,other").server, "node1");
    assert_string_equal(read_text("ServerActive = [::1]:10052 , b\n").server, "[::1]:10052");
}

static void files_of_tls(void **state)
{
    (void)state;
    struct agent_config c = read_text("TLSConnect=psk\nTLSPSKFile=/etc/zabbix/psk\n");
    assert_string_equal(c.files[AGENT_PSK_FILE], "/etc/zabbix/psk");
    assert_string_equal(c.files[AGENT_CA_FILE], "");
    assert_string_equal(agent_file_key(AGENT_PSK_FILE), "TLSPSKFile");
}

static void what_it_includes(void **state)
{
    (void)state;
    char text[600], path[400];
    uv_fs_t request;
    path_in_folder("more.d", path, sizeof path);
    (void)uv_fs_mkdir(NULL, &request, path, 0700, NULL);
    uv_fs_req_cleanup(&request);
    write_file("more.d/a.conf", "ServerActive=a,b\n");
    write_file("more.d/b.txt", "ServerActive=a,b,c\n");
    (void)snprintf(text, sizeof text, "ServerActive=a\nInclude=%s/*.conf\n", path);
    assert_int_equal(read_text(text).servers, 2);
    (void)snprintf(text, sizeof text, "ServerActive=a\nInclude=%s\n", path);
    assert_int_equal(read_text(text).servers, 3);
    (void)snprintf(text, sizeof text, "ServerActive=a\nInclude=%s/agent.conf\n", folder); /* itself */
    assert_int_equal(read_text(text).servers, 1);
}

static void a_missing_file(void **state)
{
    (void)state;
    struct agent_config config;
    struct failure failure = {0};
    assert_false(agent_config_read("/nonexistent/agent.conf", &config, &failure));
    assert_int_equal(failure.code, ERR_FILE);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"agent.conf", "more.d/a.conf", "more.d/b.txt", "more.d", ""};
    return remove_all(names, sizeof names / sizeof names[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_counted_by_commas),
        cmocka_unit_test(files_of_tls),
        cmocka_unit_test(what_it_includes),
        cmocka_unit_test(a_missing_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
