#include "base/text.h"
#include "driver/device.h"

#include "driver/abi/wide.h"

#include <stdio.h>
#include <string.h>

/* The driver's default for a setting is what somebody last saved, so each one that matters is given (domain.md §2.3).
 * The OFD channel stays off: the driver would carry the register's OFD traffic while it is open. The clock is not set.
 */
static const struct {
    const char *key, *value;
    bool fixed; /* another value would do more than read */
} always[] = {
    {"Model",         "500",   false}, /* find out */
    {"OfdChannel",    "0",     true },
    {"AutoReconnect", "false", false},
    {"AutoTimeSync",  "false", true }, /* newer drivers only */
};

static bool set(struct fptr_device *d, const char *key, const char *value, struct failure *failure)
{
    wchar_t wide_key[64], wide_value[CONNECT_TEXT_MAX];
    if (!wide_from_utf8(key, wide_key, sizeof wide_key / sizeof wide_key[0]) ||
        !wide_from_utf8(value, wide_value, sizeof wide_value / sizeof wide_value[0]))
        return failure_explain(failure, ERR_DRIVER_SETTINGS, "%s=%s is too long", "%s=%s: слишком длинное значение",
                               key, TEXT_SHORT(value));
    d->abi.set_single_setting(d->handle, wide_key, wide_value);
    return true;
}

static bool set_number(struct fptr_device *d, const char *key, long number, struct failure *failure)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%ld", number);
    return set(d, key, text, failure);
}

static bool set_port(struct fptr_device *d, const struct connect *c, struct failure *failure)
{
    switch (c->driver_port) {
    case CONNECT_DRIVER_COM:
        return set_number(d, "Port", FPTR_PORT_COM, failure) && set(d, "ComFile", connect_device(c), failure) &&
               set_number(d, "BaudRate", (long)c->baud, failure);
    case CONNECT_DRIVER_TCP:
        return set_number(d, "Port", FPTR_PORT_TCPIP, failure) && set(d, "IPAddress", connect_host(c), failure) &&
               set_number(d, "IPPort", c->port, failure);
    case CONNECT_DRIVER_USB:
        break;
    }
    return set_number(d, "Port", FPTR_PORT_USB, failure) &&
           set(d, "UsbDevicePath", connect_device(c)[0] ? connect_device(c) : "auto", failure);
}

static bool set_password(struct fptr_device *d, const uint8_t password[2], struct failure *failure)
{
    char text[8];
    if (password[0] == 0 && password[1] == 0)
        return true;
    (void)snprintf(text, sizeof text, "%02x%02x", password[0], password[1]);
    return set(d, "AccessPassword", text, failure);
}

/* The address may change any setting but those that make a program that only reads do more. */
static bool allowed(const char *key, const char *value, struct failure *failure)
{
    for (unsigned i = 0; i < sizeof always / sizeof always[0]; i++)
        if (always[i].fixed && strcmp(always[i].key, key) == 0 && strcmp(always[i].value, value) != 0)
            return failure_explain(failure, ERR_DRIVER_SETTINGS, "%s=%s would change the register; it stays %s",
                                   "%s=%s изменил бы ККТ; остаётся %s", key, TEXT_SHORT(value), always[i].value);
    return true;
}

/* The driver ignores a setting that it does not know; a person who mistypes one wants to know. */
static bool known(struct fptr_device *d, const char *key, const char *value, struct failure *failure)
{
    wchar_t wide_key[64], kept[CONNECT_TEXT_MAX] = {0};
    (void)wide_from_utf8(key, wide_key, sizeof wide_key / sizeof wide_key[0]);
    int length = d->abi.get_single_setting(d->handle, wide_key, kept, CONNECT_TEXT_MAX);
    if (length > 1 || kept[0] || !value[0])
        return true;
    return failure_explain(failure, ERR_DRIVER_SETTINGS, "the driver does not know %s", "драйвер не знает %s", key);
}

bool fptr_settings_apply(struct fptr_device *d, const struct fptr_ask *ask, struct failure *failure)
{
    const struct connect *c = ask->connect;
    const char *key, *value;
    for (unsigned i = 0; i < sizeof always / sizeof always[0]; i++)
        if (!set(d, always[i].key, always[i].value, failure))
            return false;
    if (!set_port(d, c, failure) || !set_password(d, ask->password, failure))
        return false;
    for (unsigned i = 0; connect_setting(c, i, &key, &value); i++)
        if (!allowed(key, value, failure) || !set(d, key, value, failure))
            return false;
    if (d->abi.apply_single_settings(d->handle) != 0) {
        char text[220];
        (void)fptr_device_error(d, text, sizeof text);
        return failure_set(failure, ERR_DRIVER_SETTINGS, "%s", text);
    }
    for (unsigned i = 0; connect_setting(c, i, &key, &value); i++)
        if (!known(d, key, value, failure))
            return false;
    return true;
}
