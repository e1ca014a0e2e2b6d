/* The scan over a made-up sysfs: folders and links as Linux lays them out. */
#include "link/ports/scan.h"

#include "tree.h"

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
    if (plant() != 0)
        return 1;
    make("usb/1-2/idVendor", "2912\n");
    make("usb/1-2/idProduct", "0005\n");
    make("usb/1-2/product", "ATOL USB Device\n");
    make("usb/1-2/serial", "00106112345678\n");
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
    make("by-path/x", "");
    join("by-path/pci-usbv2-0:3:1.0-port0", "dev/ttyUSB0");
    join("by-path/pci-usb-0:3:1.0-port0", "dev/ttyUSB0");
    return 0;
}

static unsigned scan(struct scan_port *ports, unsigned cap)
{
    char class_tty[96], by_id[96], by_path[96];
    snprintf(class_tty, sizeof class_tty, "%s/class", root);
    snprintf(by_id, sizeof by_id, "%s/by-id", root);
    snprintf(by_path, sizeof by_path, "%s/by-path", root);
    const struct scan_folders folders = {class_tty, by_id, by_path};
    return scan_ports_in(&folders, ports, cap);
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
    assert_non_null(strstr(ports[0].by_id, "/by-id/usb-ATOL-if00"));
    assert_string_equal(ports[1].device, "/dev/ttyACM0");
    assert_int_equal(ports[1].kind, SCAN_ATOL);
    assert_string_equal(scan_name(&ports[1]), ports[1].device);
    assert_string_equal(ports[2].device, "/dev/ttyUSB0");
    /* It has no serial number: the name of its socket is sure, and of its two names always the same. */
    assert_non_null(strstr(scan_name(&ports[2]), "/by-path/pci-usb-0:3:1.0-port0"));
    assert_int_equal(ports[2].kind, SCAN_USB);
    assert_string_equal(ports[3].device, "/dev/ttyS0");
    assert_int_equal(ports[3].kind, SCAN_SERIAL);
}

static void two_without_a_serial_number_of_their_own_are_named_by_their_sockets(void **state)
{
    (void)state;
    struct scan_port ports[8];
    make("usb/1-4/idVendor", "2912\n");
    make("usb/1-4/idProduct", "0005\n");
    make("usb/1-4/serial", "00106112345678\n");
    usb_tty("1-4", "1-4:1.0", "00\n", "ttyACM2");
    join("by-path/pci-usb-0:2:1.0", "dev/ttyACM1");
    join("by-path/pci-usb-0:4:1.0", "dev/ttyACM2");
    assert_int_equal(scan(ports, 8), 5);
    assert_non_null(strstr(scan_name(&ports[0]), "/by-path/pci-usb-0:2:1.0"));
    assert_non_null(strstr(scan_name(&ports[1]), "/by-path/pci-usb-0:4:1.0"));
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
    const struct scan_folders nowhere = {"/nonexistent", "/nonexistent", "/nonexistent"};
    assert_int_equal(scan_ports_in(&nowhere, ports, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange_port_comes_first_and_others_apart),
        cmocka_unit_test(two_without_a_serial_number_of_their_own_are_named_by_their_sockets),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(no_such_folder_means_no_port),
    };
    return cmocka_run_group_tests(tests, make_tree, fell);
}
