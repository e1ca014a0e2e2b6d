/* check: the vendor's driver, in a process of its own as always. */
#include "cli/check/check_report.h"
#include "driver/worker.h"

#include <stdio.h>
#include <uv.h>

#define DESCRIBE_MS 10000

static void on_described(struct snapshot *out, void *user)
{
    (void)out;
    (void)user;
}

void check_driver(struct check_report *r, const struct connect *connect)
{
    static struct snapshot out;
    struct worker_driver driver = {0};
    struct worker_ask ask = {.timeout_ms = DESCRIBE_MS};
    uv_loop_t loop;
    bool wanted = connect && connect->way == CONNECT_DRIVER;
    char text[400];
    ask.connect.way = CONNECT_DRIVER;
    if (wanted)
        ask.connect = *connect;
    snapshot_clear(&out);
    if (uv_loop_init(&loop) != 0)
        return;
    if (worker_describe_start(&loop, &ask, &driver, &out, on_described, NULL))
        (void)uv_run(&loop, UV_RUN_DEFAULT);
    else
        failure_set(&out.failure, ERR_NO_MEMORY, "libfptr10");
    (void)uv_loop_close(&loop);
    if (out.failure.code == ERR_NONE) {
        (void)snprintf(text, sizeof text, "%s, %s", driver.version, driver.file);
        check_good(r, check_in(r, "The vendor's driver", "Драйвер АТОЛ"), text);
    } else if (wanted) {
        check_failed(r, FINDING_DRIVER, "", &out.failure);
    } else {
        check_note(r,
                   check_in(r, "The vendor's driver is not here; tcp:// and serial: need none",
                            "Драйвера АТОЛ нет; для tcp:// и serial: он не нужен"),
                   "");
    }
}
