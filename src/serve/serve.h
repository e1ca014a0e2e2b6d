/* serve: polls every register of the configuration, for ever. One to a process. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/error.h"
#include "config/config.h"

struct serve_settings {
    /* Reads the configuration, at the start and at each reload (then in a thread of its own); NULL with ERR_CONFIG or
     * ERR_CONFIG_UNREAD. */
    struct config *(*read_config)(const void *context, struct failure *failure);
    const void *context;
    bool lang_set; /* `lang` was asked for; else the configuration may choose */
    enum lang lang;
    bool stop_on_eof; /* the end of standard input is the order to stop */
};

/* Returns when it was told to stop: true, or false with the failure that kept it from starting. `closed`: everything
 * was closed and freed; if not, something hangs, and a plain exit might wait for it. */
bool serve_run(const struct serve_settings *settings, bool *closed, struct failure *failure);

#endif
