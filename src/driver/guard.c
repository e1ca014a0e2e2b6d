#include "driver/guard.h"

#include "link/ports/holder.h"
#include "link/ports/usb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static void fail_busy(struct guard *g, const char *port, const char *holder)
{
    if (holder[0])
        failure_explain(&g->failure, ERR_PORT_BUSY, "%s is held by %s", "%s держит %s", port, holder);
    else
        failure_set(&g->failure, ERR_PORT_BUSY, "%s", port);
}

/* The rights to the USB node: the driver says "no such port" of a forbidden one. */
static void check_rights(struct guard *g, const struct usb_register *reg)
{
    uv_fs_t request;
    int status = reg->node[0] ? uv_fs_open(NULL, &request, reg->node, O_RDWR, 0, NULL) : UV_ENOENT;
    if (reg->node[0])
        uv_fs_req_cleanup(&request);
    if (status >= 0) {
        (void)uv_fs_close(NULL, &request, status, NULL);
        uv_fs_req_cleanup(&request);
    } else if (status == UV_EACCES) {
        failure_set(&g->failure, ERR_PORT_RIGHTS, "%s (driver:usb/%s)", reg->node, reg->path);
    } else if (status == UV_EPERM) {
        failure_set(&g->failure, ERR_PORT_FORBIDDEN, "%s (driver:usb/%s)", reg->node, reg->path);
    }
}

static void fail_several(struct guard *g, const struct usb_register *list, unsigned count)
{
    char paths[160] = "";
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        int n = snprintf(paths + used, sizeof paths - used, "%sdriver:usb/%s", i ? ", " : "", list[i].path);
        if (n > 0 && (size_t)n < sizeof paths - used)
            used += (size_t)n;
    }
    failure_set(&g->failure, ERR_SEVERAL_REGISTERS, "%s", paths);
}

static void check_usb(struct guard *g)
{
    struct usb_register list[USB_REGISTERS_MAX];
    char holder[HOLDER_TEXT_MAX];
    const char *wanted = connect_device(g->connect);
    const struct usb_register *reg = NULL;
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    for (unsigned i = 0; i < count; i++)
        if (count == 1 || strcmp(list[i].path, wanted) == 0)
            reg = &list[i];
    if (reg && wanted[0] && strcmp(reg->path, wanted) != 0)
        reg = NULL;
    if (!wanted[0] && count > 1) {
        fail_several(g, list, count);
        return;
    }
    if (!reg)
        return; /* the driver says that there is none */
    (void)snprintf(g->path, sizeof g->path, "%s", reg->path);
    if (usb_holder(reg, holder, sizeof holder))
        fail_busy(g, g->connect->text, holder);
    else
        check_rights(g, reg);
}

/* A register's tty is asked for as the serial port that it is, and as the USB register behind it. */
static void check_com(struct guard *g)
{
    struct usb_register list[USB_REGISTERS_MAX];
    char holder[HOLDER_TEXT_MAX] = "";
    const char *device = connect_device(g->connect);
    if (holder_find(device, holder, sizeof holder)) {
        fail_busy(g, device, holder);
        return;
    }
    const struct usb_register *behind = usb_behind(list, usb_registers(list, USB_REGISTERS_MAX), device);
    if (!behind)
        return; /* on Windows always: there to look at COM5 opens it */
    uv_fs_t request;
    bool missing = uv_fs_stat(NULL, &request, device, NULL) == UV_ENOENT;
    uv_fs_req_cleanup(&request);
    if (missing && usb_holder(behind, holder, sizeof holder))
        fail_busy(g, device, holder);
}

void guard_check(void *guard)
{
    struct guard *g = guard;
    failure_clear(&g->failure);
    g->path[0] = '\0';
    if (g->connect->driver_port == CONNECT_DRIVER_USB)
        check_usb(g);
    else if (g->connect->driver_port == CONNECT_DRIVER_COM)
        check_com(g);
}

void guard_free(void *guard)
{
    struct guard *g = guard;
    if (g)
        connect_release(g->connect);
    free(g);
}

void guard_restore(void *guard)
{
    struct guard *g = guard;
    if (g->path[0])
        usb_reattach(g->path);
}
