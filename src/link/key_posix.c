#include "link/key.h"
#include "link/ports/usb.h"
#include "link/turn.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void put_usb(const char *path, char *key)
{
    (void)snprintf(key, TURN_KEY_MAX, "usb-%s", path);
}

/* A register on USB is one thing, whether it is read by its tty or through the driver. */
void key_of_port(const char *device, char *key)
{
    struct usb_register list[USB_REGISTERS_MAX];
    char real[PATH_MAX];
    struct stat st;
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    key[0] = '\0';
    if (stat(device, &st) != 0 || !realpath(device, real)) {
        const struct usb_register *behind = usb_behind(list, count, device);
        if (behind)
            put_usb(behind->path, key);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (strcmp(list[i].exchange, real) == 0 || strcmp(list[i].other, real) == 0) {
            put_usb(list[i].path, key);
            return;
        }
    if (S_ISCHR(st.st_mode))
        (void)snprintf(key, TURN_KEY_MAX, "tty-%u-%u", major(st.st_rdev), minor(st.st_rdev));
}

void key_of_usb(const char *path, char *key)
{
    struct usb_register list[USB_REGISTERS_MAX];
    if (path[0])
        put_usb(path, key);
    else if (usb_registers(list, USB_REGISTERS_MAX) == 1)
        put_usb(list[0].path, key);
    else
        (void)snprintf(key, TURN_KEY_MAX, "usb");
}
