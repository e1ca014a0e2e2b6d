#include "driver/device.h"
#include "base/text.h"

#include "base/time/clock.h"
#include "driver/abi/wide.h"

#include <stdio.h>
#include <string.h>

int fptr_device_error(struct fptr_device *d, char *text, size_t cap)
{
    wchar_t wide[DEVICE_TEXT_MAX] = {0};
    char words[DEVICE_TEXT_MAX * 3];
    int code = d->abi.error_code(d->handle);
    (void)d->abi.error_description(d->handle, wide, DEVICE_TEXT_MAX);
    (void)wide_to_utf8(wide, DEVICE_TEXT_MAX, words, sizeof words);
    int n = snprintf(text, cap, words[0] ? "%d \"" : "%d", code);
    if (!words[0] || n < 0 || (size_t)n + TEXT_ESCAPE_MIN >= cap)
        return code;
    /* They are Russian whatever our language is: a quotation. */
    (void)text_escape(text + n, cap - (size_t)n - 1, words);
    (void)strcat(text, "\"");
    return code;
}

/* What an error of opening means (domain.md §2.3, §2.7). */
static const struct {
    int code;
    enum error_code meaning;
} open_errors[] = {
    {FPTR_ERROR_NO_CONNECTION,      ERR_NO_ANSWER      },
    {FPTR_ERROR_PORT_BUSY,          ERR_PORT_BUSY      },
    {FPTR_ERROR_PORT_NOT_AVAILABLE, ERR_PORT_MISSING   },
    {FPTR_ERROR_INVALID_SETTINGS,   ERR_DRIVER_SETTINGS},
    {FPTR_ERROR_NOT_CONFIGURED,     ERR_DRIVER_SETTINGS},
    {FPTR_ERROR_NOT_LOADED,         ERR_DRIVER_LOAD    },
    {FPTR_ERROR_INVALID_PASSWORD,   ERR_PASSWORD       },
};

static bool open_failed(struct fptr_device *d, const struct connect *c, struct failure *failure)
{
    char text[220];
    int address = (int)strcspn(c->text, "?"); /* the settings behind it leave no room for the driver's words */
    int code = fptr_device_error(d, text, sizeof text);
    if (strstr(text, "UEMA"))
        return failure_set(failure, ERR_DRIVER_UEMA, "%s", text);
    /* The driver has one error for a missing port and for a forbidden one. */
    if (c->driver_port == CONNECT_DRIVER_COM && fptr_port_problem(connect_device(c), failure))
        return false;
    for (unsigned i = 0; i < sizeof open_errors / sizeof open_errors[0]; i++)
        if (open_errors[i].code == code)
            return failure_set(failure, open_errors[i].meaning, "%.*s: %s", address, c->text, text);
    return failure_set(failure, ERR_DRIVER_ERROR, "%.*s: %s", address, c->text, text);
}

bool fptr_device_open(struct fptr_device *d, const struct fptr_ask *ask, struct failure *failure)
{
    memset(d, 0, sizeof *d);
    fptr_quiet_logs();
    if (!fptr_abi_load(&d->abi, connect_lib(ask->connect), failure))
        return false;
    if (d->abi.create(&d->handle) != 0 || !d->handle) {
        d->handle = NULL;
        return failure_explain(failure, ERR_DRIVER_LOAD, "%s: libfptr_create failed", "%s: ошибка libfptr_create",
                               TEXT_PATH(d->abi.file));
    }
    if (!fptr_settings_apply(d, ask, failure))
        return false;
    d->opened_ms = clock_steady_ms();
    if (d->abi.open(d->handle) != 0)
        return open_failed(d, ask->connect, failure);
    d->opened = true;
    return true;
}

void fptr_device_close(struct fptr_device *d)
{
    if (d->opened)
        (void)d->abi.close(d->handle);
    if (d->handle)
        d->abi.destroy(&d->handle);
    d->opened = false;
    d->handle = NULL;
}

bool fptr_describe(const struct connect *connect, struct fptr_driver *driver, struct failure *failure)
{
    struct fptr_abi abi;
    fptr_quiet_logs();
    if (!fptr_abi_load(&abi, connect_lib(connect), failure))
        return false;
    const char *found = abi.get_version_string();
    (void)snprintf(driver->file, sizeof driver->file, "%.*s", (int)sizeof driver->file - 1, abi.file);
    (void)snprintf(driver->version, sizeof driver->version, "%s", found ? found : "");
    return true;
}
