#include "driver/device.h"

#include <stdio.h>

static const char *const names[] = {
    [KKT_CONTROL_REBOOT] = "libfptr_device_reboot",
    [KKT_CONTROL_BEEP] = "libfptr_beep",
    [KKT_CONTROL_SET_CLOCK] = "libfptr_write_date_time",
};

static int act(struct fptr_device *d, enum kkt_control_action action, const struct civil *c)
{
    switch (action) {
    case KKT_CONTROL_REBOOT:
        return d->abi.device_reboot(d->handle);
    case KKT_CONTROL_BEEP:
        return d->abi.beep(d->handle);
    case KKT_CONTROL_SET_CLOCK:
        d->abi.set_param_datetime(d->handle, FPTR_PARAM_DATE_TIME, c->year, c->month, c->day, c->hour, c->minute,
                                  c->second);
        return d->abi.write_date_time(d->handle);
    }
    return -1;
}

void fptr_control(const struct fptr_ask *ask, enum kkt_control_action action, const struct civil *clock,
                  struct failure *result)
{
    struct fptr_device device;
    failure_clear(result);
    if (fptr_device_open(&device, ask, result) && act(&device, action, clock) != 0) {
        char text[200];
        (void)fptr_device_error(&device, text, sizeof text);
        failure_set(result, ERR_CONTROL_REFUSED, "%s: %s", names[action], text);
    }
    fptr_device_close(&device);
}
