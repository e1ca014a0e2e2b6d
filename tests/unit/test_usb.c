/* Registers on USB over a made-up sysfs. */
#include "link/ports/usb.h"

#include "tree.h"

static void interface(const char *device, const char *number, const char *tty, const char *driver)
{
    char path[128];
    (void)snprintf(path, sizeof path, "usb/%s/%s:1.%s/bInterfaceNumber", device, device, number + 1);
    make(path, number);
    (void)snprintf(path, sizeof path, "usb/%s/%s:1.%s/tty/%s/dev", device, device, number + 1, tty);
    if (tty[0])
        make(path, "166:0\n");
    (void)snprintf(path, sizeof path, "usb/%s/%s:1.%s/driver", device, device, number + 1);
    if (driver[0])
        join(path, driver);
}

static void device(const char *name, const char *vendor, const char *serial, const char *port)
{
    char path[128];
    static const char *const files[] = {"idVendor", "idProduct", "serial", "devpath", "busnum", "devnum"};
    const char *const contents[] = {vendor, "0005\n", serial, port, "1\n", "7\n"};
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(path, sizeof path, "usb/%s/%s", name, files[i]);
        make(path, contents[i]);
    }
}

static int make_tree(void **state)
{
    (void)state;
    if (plant() != 0)
        return 1;
    device("1-2", "2912\n", "00106112345678\n", "2\n");
    interface("1-2", "00", "ttyACM1", "drivers/cdc_acm");
    interface("1-2", "01", "", "drivers/cdc_acm");
    interface("1-2", "02", "ttyACM0", "drivers/cdc_acm");
    device("1-3.1", "2912\n", "00106112345999\n", "3.1\n"); /* a session of the vendor's driver */
    interface("1-3.1", "00", "", "drivers/usbfs");
    interface("1-3.1", "02", "ttyACM2", "drivers/cdc_acm");
    device("1-4", "2912\n", "", "4\n"); /* its driver was killed */
    interface("1-4", "00", "", "");
    interface("1-4", "02", "ttyACM3", "drivers/cdc_acm");
    device("1-5", "0403\n", "x\n", "5\n");
    return 0;
}

static unsigned read_all(struct usb_register *list)
{
    char folder[512];
    return usb_registers_in(in_tree("usb", folder), list, USB_REGISTERS_MAX);
}

static void registers_are_told_by_path_serial_node_and_ports(void **state)
{
    (void)state;
    struct usb_register list[USB_REGISTERS_MAX];
    assert_int_equal(read_all(list), 3);
    assert_string_equal(list[0].path, "1-2");
    assert_string_equal(list[0].serial, "00106112345678");
    assert_string_equal(list[0].node, "/dev/bus/usb/001/007");
    assert_string_equal(list[0].exchange, "/dev/ttyACM1");
    assert_string_equal(list[0].other, "/dev/ttyACM0");
    assert_false(list[0].taken || list[0].orphaned);
}

static void an_interface_of_usbfs_is_taken_and_one_without_driver_orphaned(void **state)
{
    (void)state;
    struct usb_register list[USB_REGISTERS_MAX];
    assert_int_equal(read_all(list), 3);
    assert_true(list[1].taken);
    assert_false(list[1].orphaned);
    assert_string_equal(list[1].exchange, "");
    assert_false(list[2].taken);
    assert_true(list[2].orphaned);
}

static void a_port_that_vanished_is_found_by_its_name(void **state)
{
    (void)state;
    struct usb_register list[USB_REGISTERS_MAX];
    static const struct {
        const char *device, *path;
    } rows[] = {
        {"/dev/serial/by-id/usb-ATOL_ATOL_USB_Device_00106112345999-if00", "1-3.1"},
        {"/dev/serial/by-path/pci-0000:00:14.0-usb-0:4:1.0",               "1-4"  },
        {"/dev/serial/by-path/pci-0000:00:14.0-usb-0:9:1.0",               ""     },
        {"/dev/ttyACM7",                                                   "1-3.1"},
    };
    unsigned count = read_all(list);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct usb_register *found = usb_behind(list, count, rows[i].device);
        assert_string_equal(found ? found->path : "", rows[i].path);
    }
    /* The one that has its port is not missing. */
    assert_null(usb_behind(list, 1, "/dev/ttyACM7"));
}

static void a_taken_register_is_busy_even_if_nobody_is_seen(void **state)
{
    (void)state;
    struct usb_register list[USB_REGISTERS_MAX];
    char who[96] = "?";
    assert_int_equal(read_all(list), 3);
    (void)strcpy(list[1].node, "/nonexistent");
    list[1].other[0] = '\0';
    assert_true(usb_holder(&list[1], who, sizeof who));
    assert_string_equal(who, "");
    list[2].other[0] = '\0';
    assert_false(usb_holder(&list[2], who, sizeof who));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_are_told_by_path_serial_node_and_ports),
        cmocka_unit_test(an_interface_of_usbfs_is_taken_and_one_without_driver_orphaned),
        cmocka_unit_test(a_port_that_vanished_is_found_by_its_name),
        cmocka_unit_test(a_taken_register_is_busy_even_if_nobody_is_seen),
    };
    return cmocka_run_group_tests(tests, make_tree, fell);
}
