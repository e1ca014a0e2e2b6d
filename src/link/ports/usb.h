/* ATOL's registers on USB: which there are, and who has them. Elsewhere than on Linux the list is empty. */
#ifndef LINK_PORTS_USB_H
#define LINK_PORTS_USB_H

#include <stdbool.h>
#include <stddef.h>

#define USB_REGISTERS_MAX 16

/* A register has two serial functions, interface 00 for exchange and 02 for the OFD's program. The kernel makes a tty
 * of each, unless a program has taken the interface for itself (usbfs), as the vendor's driver does. */
struct usb_register {
    char path[32];     /* BUS-PORT, "1-1.2": what driver:usb/PATH names */
    char port[24];     /* the ports alone, "1.2", as in names of /dev/serial/by-path */
    char serial[64];   /* of the USB device, "" when it has none */
    char node[40];     /* "/dev/bus/usb/001/004" */
    char exchange[40]; /* "/dev/ttyACM0", interface 00; "" while it has none */
    char other[40];    /* "/dev/ttyACM1", interface 02 */
    bool taken;        /* a program has interface 00 or 02 by usbfs */
    bool orphaned;     /* interface 00 has no driver: left by a killed driver session */
};

/* Fills at most cap, ordered by path; returns how many. */
unsigned usb_registers(struct usb_register *list, unsigned cap);

/* The register whose exchange port a name that does not exist now would be (a by-id or by-path name names its own, any
 * other one that is taken); NULL when there is none. */
const struct usb_register *usb_behind(const struct usb_register *list, unsigned count, const char *device);

/* Does another process use it: one of its ttys, or its interfaces? Writes "fptr10_t (pid 77)", or "" when it is unknown
 * who. */
bool usb_holder(const struct usb_register *reg, char *buf, size_t cap);

/* Gives interface 00 back to the kernel's driver, if it has none. Blocks while the kernel looks at the device. */
void usb_reattach(const char *path);

/* The same as usb_registers from another folder than /sys/bus/usb/devices, for tests. */
unsigned usb_registers_in(const char *devices, struct usb_register *list, unsigned cap);

#endif
