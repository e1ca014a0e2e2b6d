/* check: the whole chain, from cable to Zabbix: what is wrong, and what to type next. */
#include "base/files/file.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/system_error.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "cli/check/check_report.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "link/ports/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PORTS_MAX   64
#define CLOCK_LEAST 1704067200 /* 2024-01-01: this program is younger than that */
#define CLOCK_MOST  4102444800 /* 2100-01-01 */

static void check_version(struct check_report *r)
{
    char text[700];
    uv_utsname_t os;
    (void)snprintf(text, sizeof text, "%s, %u %s", ZABBIX_ATOL_VERSION, (unsigned)sizeof(void *) * 8,
                   check_in(r, "bits", "бит"));
    if (uv_os_uname(&os) == 0)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), ", %s %s", os.sysname, os.release);
    check_good(r, "zabbix-atol", text);
}

static void check_clock(struct check_report *r)
{
    int64_t now = clock_unix_ms() / 1000;
    if (now < CLOCK_LEAST || now > CLOCK_MOST)
        check_found(r, FINDING_CLOCK, "",
                    check_in(r, "it is obviously wrong, and ages and terms are computed from it",
                             "время явно неверно, а по нему считаются возраст данных и сроки"));
}

/* May this user open the port? Only ATOL's exchange ports matter to the verdict. */
static void check_port(struct check_report *r, const struct scan_port *port)
{
    if (port->kind == SCAN_SERIAL)
        check_note(r, check_in(r, "Serial port, not asked", "Последовательный порт, не опрашивался"), port->device);
    else if (port->kind == SCAN_ATOL)
        check_note(r,
                   check_in(r, "Another port of an ATOL register, not asked", "Другой порт ККТ АТОЛ, не опрашивался"),
                   port->device);
    else if (port->kind != SCAN_EXCHANGE)
        check_note(r,
                   check_in(r, "USB port of another device, not asked", "USB-порт другого устройства, не опрашивался"),
                   port->device);
    else if (scan_may_open(port))
        check_good(r, check_in(r, "Exchange port of a register, access granted", "Порт обмена ККТ, права есть"),
                   port->device);
    else {
        struct failure failure;
        failure_set(&failure, ERR_PORT_RIGHTS, "%s", port->device);
        check_failed(r, FINDING_PORT_RIGHTS, "", &failure);
    }
}

void check_ports(struct check_report *r)
{
    static struct scan_port ports[PORTS_MAX];
    unsigned count = scan_ports(ports, PORTS_MAX);
    for (unsigned i = 0; i < count; i++)
        check_port(r, &ports[i]);
    if (count == 0)
        check_note(r,
                   check_in(r, "No serial or USB ports; registers can be read over the network",
                            "Последовательных и USB-портов нет; ККТ можно читать по сети"),
                   "");
}

/* Was its text seen, so that one of its lines is to blame? What did not answer (ERR_CONFIG_UNREAD) is not touched
 * again.
 */
static bool was_read(const char *path, const struct failure *failure)
{
    uv_fs_t request;
    if (failure->code == ERR_CONFIG_UNREAD || file_is_folder(path) == 1)
        return false;
    int status = uv_fs_access(NULL, &request, path, CHECK_MAY_READ, NULL);
    uv_fs_req_cleanup(&request);
    return status == 0;
}

/* What came of the configuration; without a file there is nothing wrong where an address is checked: addresses need
 * none. */
static void report_config(struct check_report *r, const char *path, const struct config *config, bool missing,
                          const struct failure *failure)
{
    char text[400];
    if (config) {
        (void)snprintf(text, sizeof text, "%s, %s %u", TEXT_PATH(path), check_in(r, "registers:", "касс:"),
                       (unsigned)config->kkt_count);
        check_good(r, check_in(r, "Configuration", "Файл настроек"), text);
    } else if (missing && !r->args->config) {
        check_note(r,
                   check_in(r, "No configuration; addresses (tcp://...) need none",
                            "Файла настроек нет; адресам (tcp://...) он не нужен"),
                   path);
    } else if (missing) {
        (void)snprintf(text, sizeof text, "%s: %s", TEXT_PATH(path), system_error_text(UV_ENOENT, r->lang));
        check_found(r, FINDING_CONFIG_MISSING, "", text);
    } else {
        check_failed(r, was_read(path, failure) ? FINDING_CONFIG_WRONG : FINDING_CONFIG_UNREAD, "", failure);
    }
}

/* Read before a word is said: it may choose the language. */
static struct config *check_config(struct check_report *r, const char *path)
{
    struct failure failure = {0};
    bool missing = false;
    struct config *config = target_config_at(r->args, path, &missing, &failure);
    if (config)
        target_follow_language(r->args, config);
    r->lang = log_language();
    check_version(r);
    report_config(r, path, config, missing, &failure);
    return config;
}

/* `discover --lld` leaves these out, so that the rest is found: nobody looks for what is missing there. */
static void check_names(struct check_report *r, const struct config *config)
{
    for (uint32_t i = 0; i < config->kkt_count; i++)
        if (!config_is_host_name(config->kkts[i].name))
            check_found(r, FINDING_NAME_NO_HOST, config->kkts[i].name,
                        check_in(r, "No host of Zabbix can have that name; the discovery of registers leaves it out.",
                                 "У узла Zabbix не может быть такого имени; обнаружение касс её пропускает."));
}

/* The first address of the driver; NULL: there is none. */
static const struct connect *driver_address(const struct config *config)
{
    for (uint32_t i = 0; config && i < config->kkt_count; i++)
        if (config->kkts[i].connect->way == CONNECT_DRIVER)
            return config->kkts[i].connect;
    return NULL;
}

static void check_all(struct check_report *r)
{
    char usual[1200];
    const char *path = r->args->config ? r->args->config : config_default_path(usual, sizeof usual);
    const char *word = r->args->word_count > 0 ? r->args->words[0] : NULL;
    struct target target = {0};
    struct failure failure = {0};
    struct config *config = check_config(r, path);
    check_clock(r);
    if (config) {
        check_names(r, config);
        r->pushes = config->push.agent_config != NULL;
        check_service(r, config, path);
        check_push(r, config);
    }
    check_agent(r, config ? path : NULL);
    bool found = word && target_find(r->args, word, &target, &failure);
    check_driver(r, word ? target.ask.connect : driver_address(config));
    check_ports(r);
    if (word)
        check_register(r, word, found ? &target : NULL, &failure);
    else if (config && config->kkt_count > 0)
        check_registers(r, config);
    else
        check_note(r,
                   check_in(r, "No register was asked; `zabbix-atol check CONNECT` tries one",
                            "ККТ не опрашивалась; `zabbix-atol check CONNECT` опросит"),
                   "");
    target_free(&target);
    config_free(config);
}

int cmd_check(const struct args *args)
{
    struct check_report report = {.args = args, .lang = log_language()};
    struct failure failure = {0};
    if (args->user && !check_may_ask_for(args->user, &failure))
        return command_fail(&failure);
    report.findings = args->json ? json_array() : NULL;
    check_all(&report);
    return check_end(&report);
}
