/* Windows gives a device to one program at a time and says so when it is opened. */
#include "link/ports/usb.h"

unsigned usb_registers(struct usb_register *list, unsigned cap)
{
    (void)list;
    (void)cap;
    return 0;
}

const struct usb_register *usb_behind(const struct usb_register *list, unsigned count, const char *device)
{
    (void)list;
    (void)count;
    (void)device;
    return NULL;
}

bool usb_holder(const struct usb_register *reg, char *buf, size_t cap)
{
    (void)reg;
    (void)buf;
    (void)cap;
    return false;
}

void usb_reattach(const char *path)
{
    (void)path;
}
