#include "address/connect.h"

#include "check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct connect *c;
static struct failure f;

static void reads(const char *text)
{
    failure_clear(&f);
    connect_release(c);
    c = connect_parse(text, &f);
    if (!c)
        fail_msg("%s: %s", text, f.detail);
    assert_string_equal(c->text, text);
}

/* The sentence names the address, what is wrong with it, and the piece. */
static void refuses(const char *text, const char *what)
{
    failure_clear(&f);
    if (connect_parse(text, &f))
        fail_msg("%s was taken", text);
    assert_int_equal(f.code, ERR_USAGE);
    if (!strstr(f.detail, what))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, f.detail, what);
}

static void tcp(void **state)
{
    (void)state;
    reads("tcp://10.0.0.15");
    assert_int_equal(c->way, CONNECT_TCP);
    assert_string_equal(connect_host(c), "10.0.0.15");
    assert_int_equal(c->port, 5555);
    reads("tcp://kassa-1.shop.local:5556");
    assert_string_equal(connect_host(c), "kassa-1.shop.local");
    assert_int_equal(c->port, 5556);
}

static void ipv6_stands_in_brackets(void **state)
{
    (void)state;
    reads("tcp://[fe80::1]:7000");
    assert_string_equal(connect_host(c), "fe80::1");
    assert_int_equal(c->port, 7000);
    reads("tcp://[::1]");
    assert_int_equal(c->port, 5555);
    refuses("tcp://fe80::1", "brackets");
    refuses("tcp://[::1", "not closed");
    refuses("tcp://[::1]5555", "after the bracket");
}

static void reads_host(const char *text, const char *host)
{
    reads(text);
    assert_string_equal(connect_host(c), host);
}

/* Whoever compares two addresses, or waits for the turn at one, need know one spelling. */
static void an_ip_address_has_one_spelling(void **state)
{
    (void)state;
    reads_host("tcp://[FE80:0::1]", "fe80::1");
    reads_host("tcp://[0:0:0:0:0:0:0:1]", "::1");
    reads_host("tcp://[::ffff:10.0.0.15]", "10.0.0.15");
    reads_host("driver:tcp/[::FFFF:A00:F]", "10.0.0.15");
    reads_host("auto://[2001:DB8::1]:7", "2001:db8::1");
    reads_host("tcp://[FE80:0::1%25eth0]", "fe80::1%eth0");
    reads_host("tcp://10.0.0.15", "10.0.0.15");
    reads_host("tcp://Kassa-1.shop", "Kassa-1.shop");
}

/* The system takes 0177.0.0.1 for 127.0.0.1 and 010.0.0.15 for 8.0.0.15. */
static void an_ipv4_address_is_four_numbers_without_zeros_in_front(void **state)
{
    (void)state;
    static const char *const old[] = {"0177.0.0.1", "010.0.0.15", "127.0.0.01",   "127.1",   "10.0.0",
                                      "2130706433", "0x7f000001", "0x7f.0.0.0x1", "0X7F.1",  "127.0.0.1.",
                                      "256.0.0.1",  "1.2.3.4.5",  "kassa.1",      "kassa.0x"};
    static const char *const ways[] = {"tcp://", "driver:tcp/", "auto://"};
    char text[80];
    for (unsigned w = 0; w < sizeof ways / sizeof ways[0]; w++)
        for (unsigned i = 0; i < sizeof old / sizeof old[0]; i++) {
            (void)snprintf(text, sizeof text, "%s%s:5555", ways[w], old[i]);
            refuses(text, "expected an IP address as 10.0.0.15, four numbers to 255 without zeros in front, found");
        }
    reads_host("tcp://kassa1", "kassa1");
    reads_host("tcp://1.kassa", "1.kassa");
    reads_host("tcp://10.0.0.0xg", "10.0.0.0xg");
    reads_host("tcp://3com", "3com");
}

/* Else %41, the interface number 41, would be the letter A of another address. */
static void the_interface_of_an_ipv6_address_stands_behind_25(void **state)
{
    (void)state;
    refuses("tcp://[fe80::1%eth0]",
            "the % before the interface of an IPv6 address is written %25, as in [fe80::1%25eth0]");
    refuses("tcp://[fe80::1%41]", "is written %25");
    refuses("tcp://[fe80::1%2]", "is written %25");
    refuses("tcp://[fe80::1%25]", "expected an IPv6 address in the brackets");
    refuses("tcp://[fe80::12345]", "expected an IPv6 address in the brackets");
    refuses("tcp://[::ffff:127.1]", "expected an IPv6 address in the brackets");
    refuses("tcp://[kassa]", "expected an IPv6 address in the brackets");
}

/* Two spellings would be two registers at one port. */
static void a_port_of_windows_has_one_name(void **state)
{
    (void)state;
    reads("serial:\\\\.\\COM5");
    assert_string_equal(connect_device(c), "COM5");
    reads("driver:com/\\\\%3F\\COM5");
    assert_string_equal(connect_device(c), "COM5");
    reads("auto:\\\\.\\\\\\.\\COM12?baud=9600");
    assert_string_equal(connect_device(c), "COM12");
    refuses("serial:\\\\.\\", "expected a port, for example");
}

static void serial(void **state)
{
    (void)state;
    reads("serial:/dev/ttyACM0");
    assert_int_equal(c->way, CONNECT_SERIAL);
    assert_string_equal(connect_device(c), "/dev/ttyACM0");
    assert_int_equal(c->baud, 115200);
    reads("serial:COM5?baud=57600");
    assert_string_equal(connect_device(c), "COM5");
    assert_int_equal(c->baud, 57600);
}

static void driver(void **state)
{
    const char *key, *value;
    (void)state;
    reads("driver:usb");
    assert_int_equal(c->way, CONNECT_DRIVER);
    assert_int_equal(c->driver_port, CONNECT_DRIVER_USB);
    assert_string_equal(connect_device(c), "");
    reads("driver:usb/1-2.3");
    assert_string_equal(connect_device(c), "1-2.3");
    reads("driver:com/COM5?baud=9600&Model=500&UserPassword=12%26%3D");
    assert_int_equal(c->driver_port, CONNECT_DRIVER_COM);
    assert_int_equal(c->baud, 9600);
    assert_int_equal(c->setting_count, 2);
    assert_true(connect_setting(c, 0, &key, &value));
    assert_string_equal(key, "Model");
    assert_string_equal(value, "500");
    assert_true(connect_setting(c, 1, &key, &value));
    assert_string_equal(value, "12&=");
    assert_false(connect_setting(c, 2, &key, &value));
    reads("driver:com//dev/ttyACM0");
    assert_string_equal(connect_device(c), "/dev/ttyACM0");
    reads("driver:tcp/10.0.0.15:5556?lib=/opt/my%20driver/libfptr10.so");
    assert_int_equal(c->driver_port, CONNECT_DRIVER_TCP);
    assert_string_equal(connect_host(c), "10.0.0.15");
    assert_int_equal(c->port, 5556);
    assert_string_equal(connect_lib(c), "/opt/my driver/libfptr10.so");
}

static void automatic(void **state)
{
    (void)state;
    reads("auto");
    assert_int_equal(c->way, CONNECT_AUTO);
    assert_string_equal(connect_device(c), "");
    assert_string_equal(connect_host(c), "");
    reads("auto?lib=/tmp/x.so");
    assert_string_equal(connect_lib(c), "/tmp/x.so");
    reads("auto:/dev/ttyS0?baud=9600");
    assert_string_equal(connect_device(c), "/dev/ttyS0");
    assert_int_equal(c->baud, 9600);
    reads("auto://10.0.0.15");
    assert_string_equal(connect_host(c), "10.0.0.15");
    assert_int_equal(c->port, 5555);
}

/* The placeholders too: nobody types HOST in a Russian sentence. */
static void what_was_expected_is_in_the_language_of_the_sentence(void **state)
{
    (void)state;
    refuses("http://x", "Expected: tcp://HOST[:PORT], ");
    assert_non_null(strstr(failure_detail(&f, LANG_RU), "Ожидалось: tcp://АДРЕС[:ПОРТ], "));
    assert_non_null(strstr(failure_detail(&f, LANG_RU), " или auto://АДРЕС[:ПОРТ]."));
    assert_null(strstr(failure_detail(&f, LANG_RU), "HOST"));
}

static void percent_decoding(void **state)
{
    (void)state;
    reads("serial:/dev/%D0%BA%D0%B0%D1%81%D1%81%D0%B0");
    assert_string_equal(connect_device(c), "/dev/касса");
    refuses("serial:/dev/tty%2", "not the name of a port");
    refuses("serial:/dev/tty%0A", "not the name of a port");
    refuses("serial:/dev/%FF", "not the name of a port");
}

static void errors_say_what_and_what_is_expected(void **state)
{
    (void)state;
    refuses("", "Expected: tcp://HOST[:PORT]");
    refuses("10.0.0.15", "Expected: tcp://HOST[:PORT]");
    refuses("http://10.0.0.15", "Expected: tcp://HOST[:PORT]");
    refuses("tcp:10.0.0.15", "Expected: tcp://HOST[:PORT]");
    refuses("tcp://", "expected a host name");
    refuses("tcp://:5555", "expected a host name");
    refuses("tcp://a:0", "from 1 to 65535");
    refuses("tcp://a:65536", "from 1 to 65535");
    refuses("tcp://a:55x", "from 1 to 65535");
    refuses("tcp://a:", "from 1 to 65535");
    refuses("tcp://a/b", "not a host name");
    refuses("tcp://a?baud=9600", "no settings");
    refuses("serial:", "expected a port, for example");
    refuses("serial:COM5?baud=12345", "expected baud=1200");
    refuses("serial:COM5?baud=", "expected baud=1200");
    refuses("serial:COM5?speed=9600", "expected ?baud=N");
    refuses("serial:COM5?", "expected Key=Value");
    refuses("driver:", "expected driver:usb");
    refuses("driver:lpt/1", "expected driver:usb");
    refuses("driver:com", "expected driver:com/PORT");
    refuses("driver:tcp", "expected a host name");
    refuses("driver:usb?lib=", "expected lib=FILE");
    refuses("driver:usb?Model", "expected Key=Value");
    refuses("driver:usb?=5", "not the name of a driver setting");
    refuses("driver:usb?Model=1&Model=2", "given twice");
    refuses("serial:/dev/ttyS0?baud=9600&baud=19200", "given twice: \"baud\"");
    refuses("serial:/dev/ttyS0?baud=115200&baud=115200", "given twice: \"baud\"");
    refuses("driver:usb?lib=a&Model=1&lib=b", "given twice: \"lib\"");
    refuses("auto:", "expected auto");
    refuses("auto://", "expected a host name");
}

static void too_much(void **state)
{
    (void)state;
    char text[400] = "tcp://";
    memset(text + 6, 'a', 300);
    refuses(text, "longer than");
    text[6 + 200] = '\0';
    refuses(text, "not a host name");
    strcpy(text, "driver:usb?a0=1");
    for (int i = 1; i < 17; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "&a%d=1", i);
    refuses(text, "more than 16");
}

static void an_address_is_told_from_a_name(void **state)
{
    (void)state;
    static const char *const addresses[] = {"tcp://x", "tcp:x", "serial:x", "driver:usb", "auto", "auto:x", "auto?a=b"};
    static const char *const names[] = {"kassa-1", "tcp", "automat", "serial", "Касса 1", ""};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        assert_true(connect_is_address(addresses[i]));
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(connect_is_address(names[i]));
}

/* A hundred thousand of them are kept. */
static void an_address_is_one_small_block_that_its_holders_share(void **state)
{
    (void)state;
    reads("tcp://kassa-1.shop.local:5556");
    assert_true(sizeof *c <= 32); /* 20 on Linux; compilers for Windows give each enumeration four bytes */
    const struct connect *held = connect_hold(c);
    assert_ptr_equal(held, c);
    connect_release(held);
    assert_string_equal(c->text, "tcp://kassa-1.shop.local:5556");
    connect_release(NULL);
    assert_null(connect_hold(NULL));
}

static void a_device_of_any_name_becomes_an_address_that_reads_back(void **state)
{
    char text[CONNECT_TEXT_MAX];
    (void)state;
    assert_true(connect_print_serial("/dev/serial/by-id/a b%c?d&e", text, sizeof text));
    assert_string_equal(text, "serial:/dev/serial/by-id/a%20b%25c%3Fd%26e");
    reads(text);
    assert_string_equal(connect_device(c), "/dev/serial/by-id/a b%c?d&e");
    assert_false(connect_print_serial("/dev/serial/by-id/a", text, 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp),
        cmocka_unit_test(ipv6_stands_in_brackets),
        cmocka_unit_test(an_ip_address_has_one_spelling),
        cmocka_unit_test(an_ipv4_address_is_four_numbers_without_zeros_in_front),
        cmocka_unit_test(the_interface_of_an_ipv6_address_stands_behind_25),
        cmocka_unit_test(a_port_of_windows_has_one_name),
        cmocka_unit_test(serial),
        cmocka_unit_test(driver),
        cmocka_unit_test(automatic),
        cmocka_unit_test(what_was_expected_is_in_the_language_of_the_sentence),
        cmocka_unit_test(percent_decoding),
        cmocka_unit_test(errors_say_what_and_what_is_expected),
        cmocka_unit_test(too_much),
        cmocka_unit_test(an_address_is_told_from_a_name),
        cmocka_unit_test(an_address_is_one_small_block_that_its_holders_share),
        cmocka_unit_test(a_device_of_any_name_becomes_an_address_that_reads_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    connect_release(c);
    return failed;
}
