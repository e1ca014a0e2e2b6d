/* Ports by the registry: the ports that are there now (DEVICEMAP\SERIALCOMM), and which USB interface each belongs to
 * (Enum\USB\VID_2912&PID_0005&MI_00\…\Device Parameters, PortName). */
#include "link/ports/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define USB_KEY L"SYSTEM\\CurrentControlSet\\Enum\\USB"

/* Does an instance of that USB device own the port? */
static bool owns_port(HKEY device, const wchar_t *port)
{
    wchar_t instance[128], path[192], name[32];
    for (DWORD i = 0;; i++) {
        DWORD length = 128, size = sizeof name;
        if (RegEnumKeyExW(device, i, instance, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            return false;
        (void)_snwprintf(path, 192, L"%ls\\Device Parameters", instance);
        HKEY parameters;
        if (RegOpenKeyExW(device, path, 0, KEY_QUERY_VALUE, &parameters) != ERROR_SUCCESS)
            continue;
        memset(name, 0, sizeof name);
        LSTATUS status = RegQueryValueExW(parameters, L"PortName", NULL, NULL, (BYTE *)name, &size);
        (void)RegCloseKey(parameters);
        if (status == ERROR_SUCCESS && _wcsicmp(name, port) == 0)
            return true;
    }
}

static void find_usb(const wchar_t *port, struct scan_port *found)
{
    HKEY usb;
    wchar_t name[128];
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, USB_KEY, 0, KEY_ENUMERATE_SUB_KEYS, &usb) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; found->vendor == 0; i++) {
        DWORD length = 128;
        unsigned vendor = 0, product = 0, interface_number = 0;
        HKEY device;
        if (RegEnumKeyExW(usb, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        int parts = swscanf(name, L"VID_%4x&PID_%4x&MI_%2x", &vendor, &product, &interface_number);
        if (parts < 2 || RegOpenKeyExW(usb, name, 0, KEY_ENUMERATE_SUB_KEYS, &device) != ERROR_SUCCESS)
            continue;
        if (owns_port(device, port)) {
            found->vendor = (uint16_t)vendor;
            found->product = (uint16_t)product;
            found->interface_number = parts == 3 ? (int)interface_number : -1;
        }
        (void)RegCloseKey(device);
    }
    (void)RegCloseKey(usb);
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct scan_port *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    /* COM2 before COM10. */
    size_t m = strlen(x->device), n = strlen(y->device);
    return m != n ? (m < n ? -1 : 1) : strcmp(x->device, y->device);
}

static void look_up(const wchar_t *port, struct scan_port *found)
{
    memset(found, 0, sizeof *found);
    found->interface_number = -1;
    (void)WideCharToMultiByte(CP_UTF8, 0, port, -1, found->device, sizeof found->device, NULL, NULL);
    find_usb(port, found);
    found->kind = scan_kind_of(found);
}

unsigned scan_ports(struct scan_port *ports, unsigned cap)
{
    HKEY map;
    unsigned count = 0;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"HARDWARE\\DEVICEMAP\\SERIALCOMM", 0, KEY_QUERY_VALUE, &map) !=
        ERROR_SUCCESS)
        return 0;
    for (DWORD i = 0; count < cap; i++) {
        wchar_t device[128], port[32] = L"";
        DWORD length = 128, size = sizeof port - sizeof port[0], type;
        if (RegEnumValueW(map, i, device, &length, NULL, &type, (BYTE *)port, &size) != ERROR_SUCCESS)
            break;
        if (type != REG_SZ)
            continue;
        look_up(port, &ports[count++]);
    }
    (void)RegCloseKey(map);
    qsort(ports, count, sizeof *ports, by_kind_and_name);
    return count;
}

bool scan_find(const char *device, struct scan_port *port)
{
    wchar_t wide[32];
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, device, -1, wide, 32) == 0)
        return false;
    look_up(wide, port);
    return port->vendor != 0;
}

bool scan_may_open(const struct scan_port *port)
{
    (void)port;
    return true;
}
