/* The scan over a made-up sysfs: folders and links as Linux lays them out. */
#include "link/scan.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void make(const char *path, const char *content)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(full, 0700);
        *slash = '/';
    }
    if (!content) {
        (void)mkdir(full, 0700);
        return;
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void join(const char *path, const char *target)
{
    char full[512], to[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    snprintf(to, sizeof to, "%s/%s", root, target);
    assert_int_equal(symlink(to, full), 0);
}

static void usb_tty(const char *name, const char *interface, const char *number, const char *tty)
{
    char path[256];
    snprintf(path, sizeof path, "usb/%s/%s/bInterfaceNumber", name, interface);
    make(path, number);
    snprintf(path, sizeof path, "class/%s/dev", tty);
    make(path, "166:0\n");
    char device[256];
    snprintf(device, sizeof device, "class/%s/device", tty);
    snprintf(path, sizeof path, "usb/%s/%s", name, interface);
    join(device, path);
}

static int make_tree(void **state)
{
    (void)state;
    strcpy(root, "/tmp/test_scan.XXXXXX");
    if (!mkdtemp(root))
        return 1;
    make("usb/1-2/idVendor", "2912\n");
    make("usb/1-2/idProduct", "0005\n");
    make("usb/1-2/product", "ATOL USB Device\n");
    usb_tty("1-2", "1-2:1.2", "02\n", "ttyACM0");
    usb_tty("1-2", "1-2:1.0", "00\n", "ttyACM1");
    make("usb/1-3/idVendor", "0403\n");
    make("usb/1-3/idProduct", "6001\n");
    usb_tty("1-3", "1-3:1.0", "00\n", "ttyUSB0");
    make("class/tty1/dev", "4:1\n"); /* a console: no device */
    make("pnp/00:01/id", "x\n");
    make("class/ttyS0/type", "4\n");
    join("class/ttyS0/device", "pnp/00:01");
    make("class/ttyS1/type", "0\n"); /* a line of the table without a chip */
    join("class/ttyS1/device", "pnp/00:01");
    make("by-id/x", "");
    join("by-id/usb-ATOL-if00", "dev/ttyACM1");
    return 0;
}

static int remove_tree(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static unsigned scan(struct scan_port *ports, unsigned cap)
{
    char class_tty[96], by_id[96];
    snprintf(class_tty, sizeof class_tty, "%s/class", root);
    snprintf(by_id, sizeof by_id, "%s/by-id", root);
    return scan_ports_in(class_tty, by_id, ports, cap);
}

static void exchange_port_comes_first_and_others_apart(void **state)
{
    (void)state;
    struct scan_port ports[8];
    assert_int_equal(scan(ports, 8), 4);
    assert_string_equal(ports[0].device, "/dev/ttyACM1");
    assert_int_equal(ports[0].kind, SCAN_EXCHANGE);
    assert_int_equal(ports[0].vendor, 0x2912);
    assert_int_equal(ports[0].product, 5);
    assert_int_equal(ports[0].interface_number, 0);
    assert_string_equal(ports[0].product_name, "ATOL USB Device");
    assert_non_null(strstr(ports[0].stable, "/by-id/usb-ATOL-if00"));
    assert_string_equal(ports[1].device, "/dev/ttyACM0");
    assert_int_equal(ports[1].kind, SCAN_ATOL);
    assert_string_equal(ports[1].stable, "");
    assert_string_equal(ports[2].device, "/dev/ttyUSB0");
    assert_int_equal(ports[2].kind, SCAN_USB);
    assert_string_equal(ports[3].device, "/dev/ttyS0");
    assert_int_equal(ports[3].kind, SCAN_SERIAL);
}

static void no_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct scan_port ports[2];
    assert_int_equal(scan(ports, 2), 2);
}

static void no_such_folder_means_no_port(void **state)
{
    (void)state;
    struct scan_port ports[2];
    assert_int_equal(scan_ports_in("/nonexistent", "/nonexistent", ports, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange_port_comes_first_and_others_apart),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(no_such_folder_means_no_port),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
