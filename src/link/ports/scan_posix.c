/* Ports by sysfs: a tty with a `device` is hardware; the USB interface is a folder above it. */
#include "link/ports/scan.h"

#include "link/ports/sysfs_posix.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Walks from the tty's device upwards: bInterfaceNumber on the interface, idVendor on the USB device. */
static void read_usb(char *folder, struct scan_port *port)
{
    unsigned value;
    port->interface_number = -1;
    for (int level = 0; level < 6; level++) {
        char *slash = strrchr(folder, '/');
        if (port->interface_number < 0 && sysfs_number(folder, "bInterfaceNumber", 16, &value))
            port->interface_number = (int)value;
        if (sysfs_number(folder, "idVendor", 16, &value)) {
            port->vendor = (uint16_t)value;
            if (sysfs_number(folder, "idProduct", 16, &value))
                port->product = (uint16_t)value;
            (void)sysfs_line(folder, "product", port->product_name, sizeof port->product_name);
            (void)sysfs_line(folder, "serial", port->usb_serial, sizeof port->usb_serial);
            const char *name = strrchr(folder, '/');
            (void)snprintf(port->usb_path, sizeof port->usb_path, "%.31s", name ? name + 1 : folder);
            return;
        }
        if (!slash || slash == folder)
            return;
        *slash = '\0';
    }
}

/* The name in the folder that leads to the port; of two the first in the alphabet, so that it is always the same. */
static void find_name(const char *folder, const struct scan_port *port, char *out, size_t cap)
{
    DIR *dir = opendir(folder);
    const char *name = strrchr(port->device, '/') + 1;
    out[0] = '\0';
    if (!dir)
        return;
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[PATH_MAX], target[64];
        int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (n > 0 && (size_t)n < cap && sysfs_link(folder, e->d_name, target, sizeof target) &&
            strcmp(target, name) == 0 && (!out[0] || strcmp(path, out) < 0))
            memcpy(out, path, (size_t)n + 1);
    }
    (void)closedir(dir);
}

/* A by-id name holds the device's serial number. Two without one, or with the same, would share the name: then it is
 * the name of the socket that is sure. */
static void find_names(const struct scan_folders *folders, struct scan_port *ports, unsigned count, unsigned which)
{
    struct scan_port *port = &ports[which];
    bool unique = port->vendor == 0 || port->usb_serial[0];
    for (unsigned i = 0; i < count && unique; i++)
        if (i != which && port->vendor != 0 && strcmp(ports[i].usb_serial, port->usb_serial) == 0 &&
            ports[i].vendor == port->vendor && ports[i].product == port->product &&
            strcmp(ports[i].usb_path, port->usb_path) != 0)
            unique = false;
    if (unique)
        find_name(folders->by_id, port, port->by_id, sizeof port->by_id);
    find_name(folders->by_path, port, port->by_path, sizeof port->by_path);
}

/* The four ttyS of a PC's table exist even where there is no chip: their type is 0 then. */
static bool has_hardware(const char *folder)
{
    char type[16];
    return !sysfs_line(folder, "type", type, sizeof type) || strcmp(type, "0") != 0;
}

static bool read_port(const char *class_tty, const char *name, struct scan_port *port)
{
    char folder[PATH_MAX], link[PATH_MAX + 16], real[PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s/%s", class_tty, name);
    if (n < 0 || (size_t)n >= sizeof folder)
        return false;
    (void)snprintf(link, sizeof link, "%s/device", folder);
    if (!realpath(link, real) || !has_hardware(folder))
        return false;
    memset(port, 0, sizeof *port);
    (void)snprintf(port->device, sizeof port->device, "/dev/%.100s", name);
    read_usb(real, port);
    port->kind = scan_kind_of(port);
    return true;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct scan_port *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strcmp(x->device, y->device);
}

unsigned scan_ports_in(const struct scan_folders *folders, struct scan_port *ports, unsigned cap)
{
    unsigned count = 0;
    DIR *dir = opendir(folders->class_tty);
    if (!dir)
        return 0;
    for (const struct dirent *e; count < cap && (e = readdir(dir));)
        if (e->d_name[0] != '.' && read_port(folders->class_tty, e->d_name, &ports[count]))
            count++;
    (void)closedir(dir);
    qsort(ports, count, sizeof *ports, by_kind_and_name);
    for (unsigned i = 0; i < count; i++)
        find_names(folders, ports, count, i);
    return count;
}

static const struct scan_folders usual = {"/sys/class/tty", "/dev/serial/by-id", "/dev/serial/by-path"};

unsigned scan_ports(struct scan_port *ports, unsigned cap)
{
    return scan_ports_in(&usual, ports, cap);
}

bool scan_find(const char *device, struct scan_port *port)
{
    char real[PATH_MAX];
    return realpath(device, real) && strncmp(real, "/dev/", 5) == 0 && !strchr(real + 5, '/') &&
           read_port(usual.class_tty, real + 5, port);
}

bool scan_may_open(const struct scan_port *port)
{
    return access(port->device, R_OK | W_OK) == 0;
}
