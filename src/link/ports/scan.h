/* The serial and USB ports of this computer. */
#ifndef LINK_PORTS_SCAN_H
#define LINK_PORTS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* ATOL's USB ids (domain.md §2.4). */
#define SCAN_ATOL_VENDOR    0x2912
#define SCAN_ATOL_PRODUCT   0x0005
#define SCAN_ATOL_INTERFACE 0

enum scan_kind {
    SCAN_EXCHANGE, /* the exchange port of an ATOL register */
    SCAN_ATOL,     /* another port of an ATOL register: not for polling */
    SCAN_USB,      /* a USB serial port of something else */
    SCAN_SERIAL,   /* a port of the computer itself */
};

struct scan_port {
    enum scan_kind kind;
    char device[128];     /* "/dev/ttyACM0", "COM5" */
    char by_id[192];      /* /dev/serial/by-id/…, which survives replugging; "" when there is none of its own */
    char by_path[192];    /* /dev/serial/by-path/…: the socket; "" when there is none */
    uint16_t vendor;      /* USB only */
    uint16_t product;     /* USB only */
    int interface_number; /* USB only; -1: unknown */
    char product_name[64];
    char usb_serial[64]; /* of the USB device, "" when it has none or it is unknown */
    char usb_path[32];   /* BUS-PORT as "1-1.2", "" when unknown */
};

/* Fills at most cap ports, exchange ports first, then by device name; returns how many there are (at most cap). */
unsigned scan_ports(struct scan_port *ports, unsigned cap);

/* Has this user the rights to open the port? On Windows every user has. Whether another program holds it is not
 * checked.
 */
bool scan_may_open(const struct scan_port *port);

/* The name that lasts longest: by_id, else by_path, else the device. */
const char *scan_name(const struct scan_port *port);

/* What the port is, by its USB ids; without them (vendor 0) it is a port of the computer itself. */
enum scan_kind scan_kind_of(const struct scan_port *port);

/* Is a USB port a plain converter to RS-232, behind which a register may stand? */
bool scan_is_converter(const struct scan_port *port);

/* What is known of one port, by any of its names; false when there is no such port, or nothing is known of it. */
bool scan_find(const char *device, struct scan_port *port);

/* The same as scan_ports from other folders, for tests. */
struct scan_folders {
    const char *class_tty; /* /sys/class/tty */
    const char *by_id;     /* /dev/serial/by-id */
    const char *by_path;   /* /dev/serial/by-path */
};
unsigned scan_ports_in(const struct scan_folders *folders, struct scan_port *ports, unsigned cap);

#endif
