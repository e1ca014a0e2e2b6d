#include "link/ports/scan.h"

#include <stddef.h>

/* Makers of converter chips, which give out ids of their own; a pinpad or a scanner has its maker's. */
static const uint16_t converters[] = {
    0x0403, /* FTDI */
    0x067B, /* Prolific */
    0x10C4, /* Silicon Labs */
    0x110A, /* Moxa */
    0x1A86, /* WCH */
};

enum scan_kind scan_kind_of(const struct scan_port *port)
{
    if (port->vendor == 0)
        return SCAN_SERIAL;
    if (port->vendor != SCAN_ATOL_VENDOR || port->product != SCAN_ATOL_PRODUCT)
        return SCAN_USB;
    return port->interface_number == SCAN_ATOL_INTERFACE ? SCAN_EXCHANGE : SCAN_ATOL;
}

bool scan_is_converter(const struct scan_port *port)
{
    for (size_t i = 0; i < sizeof converters / sizeof converters[0]; i++)
        if (port->vendor == converters[i])
            return true;
    return false;
}

const char *scan_name(const struct scan_port *port)
{
    return port->by_id[0] ? port->by_id : port->by_path[0] ? port->by_path : port->device;
}
