/* check: the vendor's driver, in a process of its own as always. */
#include "cli/check/check_report.h"
#include "driver/describe.h"

#include <stdio.h>

#define DESCRIBE_MS 10000

void check_driver(struct check_report *r, const struct connect *connect)
{
    struct fptr_driver driver = {0};
    struct worker_ask ask = {.timeout_ms = DESCRIBE_MS};
    struct failure failure = {0};
    bool wanted = connect && connect->way == CONNECT_DRIVER;
    char text[400];
    ask.connect = wanted ? connect_hold(connect) : connect_parse("driver:usb", &failure);
    if (ask.connect)
        driver_describe(&ask, &driver, &failure);
    connect_release(ask.connect);
    if (failure.code == ERR_NONE) {
        (void)snprintf(text, sizeof text, "%s, %s", driver.version, driver.file);
        check_good(r, check_in(r, "The vendor's driver", "Драйвер АТОЛ"), text);
    } else if (wanted) {
        check_failed(r, FINDING_DRIVER, "", &failure);
    } else {
        check_note(r,
                   check_in(r, "The vendor's driver is not installed; tcp:// and serial: do not need it",
                            "Драйвера АТОЛ нет; для tcp:// и serial: он не нужен"),
                   "");
    }
}
