#include "link/ports/usb.h"

#include "link/ports/holder.h"
#include "link/ports/scan.h"
#include "link/ports/sysfs_posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#endif

#define DEVICES "/sys/bus/usb/devices"

static void find_tty(const char *interface, char *out, size_t cap)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s/tty", interface);
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            (void)snprintf(out, cap, "/dev/%.30s", e->d_name);
    (void)closedir(dir);
}

static void read_interface(const char *folder, struct usb_register *reg)
{
    char driver[32];
    unsigned number;
    if (!sysfs_number(folder, "bInterfaceNumber", 16, &number) || (number != 0 && number != 2))
        return;
    bool bound = sysfs_link(folder, "driver", driver, sizeof driver);
    reg->taken = reg->taken || (bound && strcmp(driver, "usbfs") == 0);
    if (number == SCAN_ATOL_INTERFACE) {
        reg->orphaned = !bound;
        find_tty(folder, reg->exchange, sizeof reg->exchange);
    } else {
        find_tty(folder, reg->other, sizeof reg->other);
    }
}

/* The interfaces of 1-2 are the folders 1-2:1.0, 1-2:1.1 … in it. */
static void read_interfaces(const char *folder, const char *name, struct usb_register *reg)
{
    size_t length = strlen(name);
    char path[PATH_MAX];
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (const struct dirent *e; (e = readdir(dir));) {
        if (strncmp(e->d_name, name, length) != 0 || e->d_name[length] != ':')
            continue;
        int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (n > 0 && (size_t)n < sizeof path)
            read_interface(path, reg);
    }
    (void)closedir(dir);
}

static bool read_register(const char *devices, const char *name, struct usb_register *reg)
{
    char folder[PATH_MAX];
    unsigned vendor, product, bus, device;
    int n = snprintf(folder, sizeof folder, "%s/%s", devices, name);
    if (n < 0 || (size_t)n >= sizeof folder || strchr(name, ':') || strlen(name) >= sizeof reg->path ||
        !sysfs_number(folder, "idVendor", 16, &vendor) || vendor != SCAN_ATOL_VENDOR ||
        !sysfs_number(folder, "idProduct", 16, &product) || product != SCAN_ATOL_PRODUCT)
        return false;
    memset(reg, 0, sizeof *reg);
    (void)snprintf(reg->path, sizeof reg->path, "%s", name);
    (void)sysfs_line(folder, "devpath", reg->port, sizeof reg->port);
    (void)sysfs_line(folder, "serial", reg->serial, sizeof reg->serial);
    if (sysfs_number(folder, "busnum", 10, &bus) && sysfs_number(folder, "devnum", 10, &device))
        (void)snprintf(reg->node, sizeof reg->node, "/dev/bus/usb/%03u/%03u", bus, device);
    read_interfaces(folder, name, reg);
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct usb_register *)a)->path, ((const struct usb_register *)b)->path);
}

unsigned usb_registers_in(const char *devices, struct usb_register *list, unsigned cap)
{
    unsigned count = 0;
    DIR *dir = opendir(devices);
    if (!dir)
        return 0;
    for (const struct dirent *e; count < cap && (e = readdir(dir));)
        if (e->d_name[0] != '.' && read_register(devices, e->d_name, &list[count]))
            count++;
    (void)closedir(dir);
    qsort(list, count, sizeof *list, by_path);
    return count;
}

unsigned usb_registers(struct usb_register *list, unsigned cap)
{
    return usb_registers_in(DEVICES, list, cap);
}

/* by-id: "usb-ATOL_…_SERIAL-if00"; by-path: "pci-0000:00:14.0-usb-0:1.2:1.0". */
static bool names(const char *device, const struct usb_register *reg)
{
    char part[96];
    if (strncmp(device, "/dev/serial/by-id/", 18) == 0)
        return !reg->serial[0] || strstr(device, reg->serial) != NULL;
    (void)snprintf(part, sizeof part, ":%s:1.0", reg->port);
    return strncmp(device, "/dev/serial/by-path/", 20) != 0 || strstr(device, part) != NULL;
}

const struct usb_register *usb_behind(const struct usb_register *list, unsigned count, const char *device)
{
    for (unsigned i = 0; i < count; i++)
        if (!list[i].exchange[0] && names(device, &list[i]))
            return &list[i];
    return NULL;
}

bool usb_holder(const struct usb_register *reg, char *buf, size_t cap)
{
    const char *nodes[4] = {NULL};
    unsigned count = 0;
    buf[0] = '\0';
    if (reg->exchange[0] && holder_find(reg->exchange, buf, cap))
        return true;
    if (reg->other[0] && holder_find(reg->other, buf, cap))
        return true;
    if (!reg->taken)
        return false;
    if (reg->node[0])
        nodes[count++] = reg->node;
    (void)holder_of_any(nodes, buf, cap);
    return true;
}

void usb_reattach(const char *path)
{
#ifdef __linux__
    struct usb_register reg;
    if (!read_register(DEVICES, path, &reg) || !reg.orphaned || !reg.node[0])
        return;
    int node = open(reg.node, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (node < 0)
        return;
    struct usbdevfs_ioctl connect = {.ifno = SCAN_ATOL_INTERFACE, .ioctl_code = (int)USBDEVFS_CONNECT};
    (void)ioctl(node, USBDEVFS_IOCTL, &connect);
    (void)close(node);
#else
    (void)path;
#endif
}
