/* Ports by sysfs: a tty with a `device` is hardware; the USB interface is a folder above it. */
#include "link/scan.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* First line of folder/file, "" when there is none. */
static bool read_line(const char *folder, const char *file, char *out, size_t cap)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, file);
    out[0] = '\0';
    if (n < 0 || (size_t)n >= sizeof path)
        return false;
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    bool got = fgets(out, (int)cap, f) != NULL;
    (void)fclose(f);
    out[strcspn(out, "\n")] = '\0';
    return got;
}

static bool read_hex(const char *folder, const char *file, unsigned *value)
{
    char line[16];
    char *end;
    if (!read_line(folder, file, line, sizeof line))
        return false;
    *value = (unsigned)strtoul(line, &end, 16);
    return end != line && *end == '\0';
}

/* Walks from the tty's device upwards: bInterfaceNumber on the interface, idVendor on the USB device. */
static void read_usb(char *folder, struct scan_port *port)
{
    unsigned value;
    port->interface_number = -1;
    for (int level = 0; level < 6; level++) {
        char *slash = strrchr(folder, '/');
        if (port->interface_number < 0 && read_hex(folder, "bInterfaceNumber", &value))
            port->interface_number = (int)value;
        if (read_hex(folder, "idVendor", &value)) {
            port->vendor = (uint16_t)value;
            if (read_hex(folder, "idProduct", &value))
                port->product = (uint16_t)value;
            (void)read_line(folder, "product", port->product_name, sizeof port->product_name);
            return;
        }
        if (!slash || slash == folder)
            return;
        *slash = '\0';
    }
}

static enum scan_kind kind_of(const struct scan_port *port)
{
    if (port->vendor == 0)
        return SCAN_SERIAL;
    if (port->vendor != SCAN_ATOL_VENDOR || port->product != SCAN_ATOL_PRODUCT)
        return SCAN_USB;
    return port->interface_number == SCAN_ATOL_INTERFACE ? SCAN_EXCHANGE : SCAN_ATOL;
}

static void find_stable(const char *by_id, struct scan_port *port)
{
    DIR *dir = opendir(by_id);
    const char *name = strrchr(port->device, '/') + 1;
    if (!dir)
        return;
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[PATH_MAX], target[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", by_id, e->d_name);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n <= 0)
            continue;
        target[n] = '\0';
        const char *base = strrchr(target, '/');
        if (strcmp(base ? base + 1 : target, name) == 0 && strlen(path) < sizeof port->stable)
            memcpy(port->stable, path, strlen(path) + 1);
    }
    (void)closedir(dir);
}

/* The four ttyS of a PC's table exist even where there is no chip: their type is 0 then. */
static bool has_hardware(const char *folder)
{
    char type[16];
    return !read_line(folder, "type", type, sizeof type) || strcmp(type, "0") != 0;
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
    port->kind = kind_of(port);
    return true;
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct scan_port *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strcmp(x->device, y->device);
}

unsigned scan_ports_in(const char *class_tty, const char *by_id, struct scan_port *ports, unsigned cap)
{
    unsigned count = 0;
    DIR *dir = opendir(class_tty);
    if (!dir)
        return 0;
    for (const struct dirent *e; count < cap && (e = readdir(dir));)
        if (e->d_name[0] != '.' && read_port(class_tty, e->d_name, &ports[count])) {
            find_stable(by_id, &ports[count]);
            count++;
        }
    (void)closedir(dir);
    qsort(ports, count, sizeof *ports, by_kind_and_name);
    return count;
}

unsigned scan_ports(struct scan_port *ports, unsigned cap)
{
    return scan_ports_in("/sys/class/tty", "/dev/serial/by-id", ports, cap);
}

bool scan_may_open(const struct scan_port *port)
{
    return access(port->device, R_OK | W_OK) == 0;
}
