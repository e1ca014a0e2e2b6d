/* One driver object: settings, open, close, and its errors as failures. */
#ifndef DRIVER_DEVICE_H
#define DRIVER_DEVICE_H

#include "driver/abi/abi.h"
#include "driver/fptr.h"

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_TEXT_MAX 1024

struct fptr_device {
    struct fptr_abi abi;
    void *handle;       /* of the driver; NULL when none was made */
    uint64_t opened_ms; /* clock_steady_ms when opening began */
    bool opened;
};

/* Loads the library, makes the driver object, gives it the settings and opens the register. False with the failure. */
bool fptr_device_open(struct fptr_device *d, const struct fptr_ask *ask, struct failure *failure);

/* Closes the register and destroys the object, whatever is there. */
void fptr_device_close(struct fptr_device *d);

/* The code of the last error and its text in UTF-8, in quotation marks: 11 "Не поддерживается". */
int fptr_device_error(struct fptr_device *d, char *text, size_t cap);

/* Gives the driver its settings (settings.c); false with ERR_DRIVER_SETTINGS. */
bool fptr_settings_apply(struct fptr_device *d, const struct fptr_ask *ask, struct failure *failure);

#endif
