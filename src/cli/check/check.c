/* check: what is wrong with this installation, in plain words, and what to do next. */
#include "base/console.h"
#include "cli/check/check_report.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "driver/worker.h"
#include "link/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PORTS_MAX 64

static void check_version(struct check_report *r)
{
    char text[160];
    uv_utsname_t os;
    (void)snprintf(text, sizeof text, "%s, %u %s", ZABBIX_ATOL_VERSION, (unsigned)sizeof(void *) * 8,
                   check_in(r, "bits", "бит"));
    if (uv_os_uname(&os) == 0)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ", %.40s %.40s", os.sysname, os.release);
    check_say(r, true, "zabbix-atol", text);
}

/* May this user open the port? Only ATOL's exchange ports matter to the verdict. */
static void check_port(struct check_report *r, const struct scan_port *port)
{
    if (port->kind != SCAN_EXCHANGE)
        check_note(check_in(r, "Port of something else", "Порт другого устройства"), port->device);
    else if (scan_may_open(port))
        check_say(r, true, check_in(r, "Exchange port of a register, may be opened", "Порт обмена ККТ, права есть"),
                  port->device);
    else {
        struct failure failure;
        char text[600];
        failure_set(&failure, ERR_PORT_RIGHTS, "%s", port->device);
        failure_text(&failure, r->args->lang, text, sizeof text);
        check_say(r, false, check_in(r, "Exchange port of a register", "Порт обмена ККТ"), text);
    }
}

static void check_ports(struct check_report *r)
{
    static struct scan_port ports[PORTS_MAX];
    unsigned count = scan_ports(ports, PORTS_MAX);
    for (unsigned i = 0; i < count; i++)
        check_port(r, &ports[i]);
    if (count == 0)
        check_note(check_in(r, "No serial or USB ports here; registers can still be read over the network",
                            "Последовательных и USB-портов нет; ККТ можно читать по сети"),
                   "");
}

/* A name that no host of Zabbix can have is left out of the discovery (with `push` it is refused already). */
static void check_host_names(struct check_report *r, const struct config *config)
{
    for (uint32_t i = 0; i < config->kkt_count; i++)
        if (!config_is_host_name(config->kkts[i].name))
            check_note(
                check_in(r,
                         "Left out of the discovery, for no host of Zabbix can have this name (only A-Z a-z 0-9, "
                         "blank, . _ -; what people call it is `title`)",
                         "Не попадёт в обнаружение: у узла Zabbix не бывает такого имени (только A-Z a-z 0-9, "
                         "пробел, . _ -; как её называют люди, пишут в `title`)"),
                config->kkts[i].name);
}

/* Without a file there is nothing wrong: addresses need none. */
static void check_config(struct check_report *r)
{
    struct failure failure = {0};
    char usual[512], text[700];
    uv_fs_t request;
    const char *path = r->args->config ? r->args->config : config_default_path(usual, sizeof usual);
    bool there = uv_fs_stat(NULL, &request, path, NULL) == 0;
    uv_fs_req_cleanup(&request);
    if (!there && !r->args->config) {
        check_note(check_in(r, "No configuration; addresses (tcp://...) need none",
                            "Файла настроек нет; адресам (tcp://...) он не нужен"),
                   path);
        return;
    }
    struct config *config = target_config(r->args, &failure);
    if (config)
        (void)snprintf(text, sizeof text, "%.400s, %s %u", path, check_in(r, "registers:", "касс:"),
                       (unsigned)config->kkt_count);
    else
        failure_text(&failure, r->args->lang, text, sizeof text);
    check_say(r, config != NULL, check_in(r, "Configuration", "Файл настроек"), text);
    if (config) {
        check_host_names(r, config);
        check_push(r, config);
    }
    config_free(config);
}

static void on_described(struct snapshot *out, void *user)
{
    (void)out;
    (void)user;
}

/* The driver matters to the verdict only when it is to be used. */
static void check_driver(struct check_report *r, const struct connect *connect)
{
    static struct snapshot out;
    struct worker_driver driver = {0};
    struct worker_ask ask = {.timeout_ms = 10000};
    struct failure failure = {0};
    uv_loop_t loop;
    bool wanted = connect && connect->way == CONNECT_DRIVER;
    char text[700];
    ask.connect.way = CONNECT_DRIVER;
    if (wanted)
        ask.connect = *connect;
    snapshot_clear(&out);
    if (uv_loop_init(&loop) != 0)
        return;
    if (worker_describe_start(&loop, &ask, &driver, &out, on_described, NULL))
        (void)uv_run(&loop, UV_RUN_DEFAULT);
    else
        failure_set(&out.failure, ERR_NO_MEMORY, "the driver's process");
    (void)uv_loop_close(&loop);
    failure = out.failure;
    if (failure.code == ERR_NONE)
        (void)snprintf(text, sizeof text, "%s, %s", driver.version, driver.file);
    else
        failure_text(&failure, r->args->lang, text, sizeof text);
    const char *what = check_in(r, "The vendor's driver", "Драйвер АТОЛ");
    if (wanted || failure.code == ERR_NONE)
        check_say(r, failure.code == ERR_NONE, what, text);
    else
        check_note(check_in(r, "The vendor's driver is not here; tcp:// and serial: need none",
                            "Драйвера АТОЛ нет; для tcp:// и serial: он не нужен"),
                   "");
}

static void check_register(struct check_report *r, const char *word)
{
    static struct snapshot snapshot;
    struct target target;
    struct document document;
    struct failure failure = {0};
    char text[1400];
    if (!target_find(r->args, word, &target, &failure)) {
        failure_text(&failure, r->args->lang, text, sizeof text);
        check_say(r, false, word, text);
        return;
    }
    target_read(r->args, &target, &snapshot, &document);
    if (!document_was_read(&document)) {
        (void)snprintf(text, sizeof text, "%s. %s", poll_state_name(document.state), document.error);
        check_say(r, false, word, text);
        return;
    }
    (void)snprintf(text, sizeof text, "%s, %s %d, %s %s, %u ms. %s", document.connect,
                   check_in(r, "protocol", "протокол"), (int)snapshot.protocol,
                   check_in(r, "serial", "заводской номер"),
                   snapshot_has(&snapshot, METRIC_device_serial) ? snapshot_text(&snapshot, METRIC_device_serial) : "?",
                   snapshot.duration_ms, document.error);
    check_say(r, document.state == STATE_OK, word, text);
}

int cmd_check(const struct args *args)
{
    struct check_report report = {.args = args};
    check_version(&report);
    check_config(&report);
    struct connect connect;
    bool address =
        args->word_count > 0 && connect_is_address(args->words[0]) && connect_parse(args->words[0], &connect, NULL);
    check_driver(&report, address ? &connect : NULL);
    check_ports(&report);
    if (args->word_count > 0)
        check_register(&report, args->words[0]);
    else
        check_note(check_in(&report, "No register was asked; `zabbix-atol check CONNECT` tries one",
                            "ККТ не опрашивалась; `zabbix-atol check CONNECT` опросит"),
                   "");
    console_print(stdout, "%s\n",
                  report.wrong
                      ? check_in(&report, "Something is wrong, see [!!] above.", "Есть неполадки, см. [!!] выше.")
                      : check_in(&report, "All is well.", "Всё в порядке."));
    return report.wrong ? EXIT_NOT_READ : EXIT_DONE;
}
