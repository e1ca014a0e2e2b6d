/* The hosts of a network: how one is written, and who of them accepts a connection. */
#include "link/ports/scan_network.h"

#include "check.h"

#include <uv.h>

static void networks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *first;
        uint32_t count;
    } rows[] = {
        {"10.0.12.0/24",   "10.0.12.1",   254 },
        {"10.0.12.77/24",  "10.0.12.1",   254 },
        {"192.168.0.0/22", "192.168.0.1", 1022},
        {"10.0.0.4/30",    "10.0.0.5",    2   },
        {"10.0.0.4/31",    "10.0.0.4",    2   },
        {"10.0.0.15/32",   "10.0.0.15",   1   },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t first, count;
        char text[SCAN_NETWORK_TEXT];
        assert_true(scan_network_parse(rows[i].text, &first, &count));
        scan_network_text(first, text);
        assert_string_equal(text, rows[i].first);
        assert_int_equal(count, rows[i].count);
    }
}

static void no_networks(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "10.0.0.0",       "10.0.0.0/",    "10.0.0.0/21",  "10.0.0.0/33",  "10.0.0/24",
        "10.0.0.0/8", "256.0.0.0/24",   "10.0.0.-1/24", "10.0.0.0/2x",  "a/24",         "10.0.0.0/24 ",
        "::1/128",    "10.0.0.0000/24", "10..0.0/24",   "010.0.0.0/24", "10.0.0.00/24", "10.0.0.0/024"};
    uint32_t first, count;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(scan_network_parse(bad[i], &first, &count));
}

static void on_client(uv_stream_t *server, int status)
{
    (void)server, (void)status;
}

/* Of six addresses only the third listens; all of them are closed or answered at once on loopback. At 127.0.0.1 another
 * program of this computer might have the same port. */
static void only_who_listens_is_found(void **state)
{
    (void)state;
    struct sockaddr_storage name;
    int length = sizeof name;
    struct sockaddr_in at;
    uint32_t first, count, found[6];
    unsigned found_count;
    struct failure failure;
    uv_loop_t loop;
    uv_tcp_t server;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_tcp_init(&loop, &server), 0);
    assert_int_equal(uv_ip4_addr("127.93.61.3", 0, &at), 0);
    assert_int_equal(uv_tcp_bind(&server, (const struct sockaddr *)&at, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server, 8, on_client), 0);
    assert_int_equal(uv_tcp_getsockname(&server, (struct sockaddr *)&name, &length), 0);
    assert_true(scan_network_parse("127.93.61.0/29", &first, &count));
    assert_int_equal(count, 6);
    assert_true(scan_network(first, count, ntohs(((struct sockaddr_in *)&name)->sin_port), 20000, found, 6,
                             &found_count, &failure));
    assert_int_equal(found_count, 1);
    char text[SCAN_NETWORK_TEXT];
    scan_network_text(found[0], text);
    assert_string_equal(text, "127.93.61.3");
    uv_close((uv_handle_t *)&server, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* 30 hosts at 100 a second: whoever is last is not tried before the others have been. */
static void a_network_is_asked_at_a_polite_rate(void **state)
{
    (void)state;
    uint32_t first, count, found[1];
    unsigned found_count;
    struct failure failure;
    assert_true(scan_network_parse("127.0.0.0/27", &first, &count));
    uint64_t begun = uv_hrtime();
    assert_true(scan_network(first, count, 1, 20000, found, 1, &found_count, &failure));
    assert_true((uv_hrtime() - begun) / 1000000 >= (count - 1) * 1000 / SCAN_NETWORK_PER_S - 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(no_networks),
        cmocka_unit_test(only_who_listens_is_found),
        cmocka_unit_test(a_network_is_asked_at_a_polite_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
