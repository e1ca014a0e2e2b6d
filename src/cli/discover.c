/* discover: which registers there are. */
#include "base/log.h"
#include "base/process/console.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "link/ports/holder.h"
#include "link/ports/scan.h"
#include "link/ports/usb.h"
#include "output/lld.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PORTS_MAX          64
#define DEFAULT_TIMEOUT_MS 3000
#define SPEEDS             6 /* of RS-232, each with that time */

/* One port that was looked at; `asked`: polled, and `s` says what came. */
struct found {
    struct scan_port port;
    bool asked;
    struct document document;
    char connect[CONNECT_TEXT_MAX];
};

/* A register's own port is asked; another one only when the person wants it (--serial). */
static bool ask_port(const struct args *args, struct found *f, struct snapshot *s)
{
    struct poll_ask ask = {.timeout_ms = args->timeout_ms ? args->timeout_ms : DEFAULT_TIMEOUT_MS,
                           .zone = {.host = true},
                           .any_speed = args->serial};
    const char *device = f->port.stable[0] ? f->port.stable : f->port.device;
    bool other = f->port.kind == SCAN_SERIAL || (f->port.kind == SCAN_USB && scan_is_converter(&f->port));
    const struct connect *used;
    if (!connect_print_serial(device, f->connect, sizeof f->connect) ||
        (f->port.kind != SCAN_EXCHANGE && !(args->serial && other)) ||
        (ask.connect = connect_parse(f->connect, NULL)) == NULL)
        return false;
    if (other)
        ask.timeout_ms *= SPEEDS;
    metric_set_add(&ask.wanted, METRIC_device_model);
    metric_set_add(&ask.wanted, METRIC_device_serial);
    used = poll_once(&ask, s);
    if (poll_state_was_read(failure_state(&s->failure)))
        (void)snprintf(f->connect, sizeof f->connect, "%s", used->text);
    connect_release(used);
    connect_release(ask.connect);
    document_of(&f->document, f->connect, f->connect, s, &ask.zone, NULL, args->lang);
    return true;
}

static const char *text_or(const struct snapshot *s, enum metric m, const char *otherwise)
{
    return snapshot_has(s, m) ? snapshot_text(s, m) : otherwise;
}

static void print_found(const struct found *f, const struct snapshot *s, enum lang lang)
{
    static const char *const kinds[][2] = {
        [SCAN_EXCHANGE] = {"exchange port of an ATOL register", "порт обмена ККТ АТОЛ"           },
        [SCAN_ATOL] = {"another port of an ATOL register",  "другой порт ККТ АТОЛ"           },
        [SCAN_USB] = {"USB port of another device",        "USB-порт другого устройства"},
        [SCAN_SERIAL] = {"serial port",                       "последовательный порт"       },
    };
    const char *unasked = lang == LANG_RU ? ", не опрашивался" : ", not asked";
    console_print(stdout, "%s\n    %s: %s%s\n", f->connect, f->port.device, kinds[f->port.kind][lang],
                  f->asked ? "" : unasked);
    if (f->asked && document_was_read(&f->document))
        console_print(stdout, "    %s, %s, %s %d\n", text_or(s, METRIC_device_model, "?"),
                      text_or(s, METRIC_device_serial, "?"), lang == LANG_RU ? "протокол" : "protocol",
                      (int)s->protocol);
    else if (f->asked)
        console_print(stdout, "    %s: %s\n", poll_state_name(f->document.state), f->document.error);
    if (f->port.kind == SCAN_EXCHANGE && f->port.usb_path[0])
        console_print(stdout, "    %s driver:usb/%s\n",
                      lang == LANG_RU ? "через драйвер:" : "through the driver:", f->port.usb_path);
}

/* Registers whose exchange port the kernel does not have: a session of the vendor's driver has it. */
static void print_taken(enum lang lang)
{
    struct usb_register list[USB_REGISTERS_MAX];
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    for (unsigned i = 0; i < count; i++) {
        char holder[HOLDER_TEXT_MAX];
        if (list[i].exchange[0])
            continue;
        bool held = usb_holder(&list[i], holder, sizeof holder);
        console_print(stdout, "driver:usb/%s\n    %s%s%s\n", list[i].path,
                      !held
                          ? lang == LANG_RU ? "порт обмена без драйвера ядра" : "its exchange port has no kernel driver"
                      : lang == LANG_RU ? "занята другой программой"
                                        : "used by another program",
                      holder[0] ? ": " : "", holder);
    }
}

static json_t *lld_of(const struct found *f, const struct snapshot *s)
{
    return lld_row(text_or(s, METRIC_device_serial, f->connect), f->connect, text_or(s, METRIC_device_model, ""),
                   text_or(s, METRIC_device_serial, ""));
}

/* Prints and frees the list. */
static int print_lld(const struct args *args, json_t *list, bool failed)
{
    char *text = failed ? NULL : json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (!text) {
        struct failure failure;
        failure_set(&failure, ERR_NO_MEMORY, "the list of registers");
        return command_fail(args, &failure);
    }
    console_print(stdout, "%s\n", text);
    free(text);
    return EXIT_DONE;
}

static int scan(const struct args *args)
{
    static struct scan_port ports[PORTS_MAX];
    static struct snapshot snapshot;
    unsigned count = scan_ports(ports, PORTS_MAX);
    json_t *list = json_array();
    int failed = list ? 0 : -1;
    for (unsigned i = 0; i < count && !failed; i++) {
        struct found f = {.port = ports[i]};
        f.asked = ask_port(args, &f, &snapshot);
        if (!args->lld)
            print_found(&f, &snapshot, args->lang);
        else if (f.asked && document_was_read(&f.document))
            failed = json_array_append_new(list, lld_of(&f, &snapshot));
    }
    if (args->lld)
        return print_lld(args, list, failed != 0);
    json_decref(list);
    print_taken(args->lang);
    if (count == 0)
        console_print(stdout, "%s\n",
                      args->lang == LANG_RU ? "На этом компьютере нет последовательных и USB-портов."
                                            : "This computer has no serial or USB port.");
    return EXIT_DONE;
}

/* The agent reads both of the program's outputs as the value: what stands beside the list would spoil it. */
static bool outputs_are_one(void)
{
    uv_fs_t out, error;
    bool one = uv_fs_fstat(NULL, &out, 1, NULL) == 0 && uv_fs_fstat(NULL, &error, 2, NULL) == 0 &&
               out.statbuf.st_dev == error.statbuf.st_dev && out.statbuf.st_ino == error.statbuf.st_ino &&
               uv_guess_handle(1) != UV_TTY;
    uv_fs_req_cleanup(&out);
    uv_fs_req_cleanup(&error);
    return one;
}

/* A name that no host of Zabbix can have would fail the whole rule. */
static bool add_lld(json_t *list, const struct config_kkt *kkt, enum lang lang)
{
    if (config_is_host_name(kkt->name))
        return json_array_append_new(list, lld_of_kkt(kkt)) == 0;
    if (!outputs_are_one())
        log_warn(lang == LANG_RU ? "\"%s\" пропущена: у узла Zabbix не может быть такого имени (только A-Z a-z 0-9, "
                                   "пробел, . _ -). Дайте ей такое имя, а название любыми буквами запишите в `title`"
                                 : "\"%s\" is left out: no host of Zabbix can have that name (only A-Z a-z 0-9, blank, "
                                   ". _ -). Give it such a name, and write what people call it as `title`",
                 kkt->name);
    return true;
}

/* The registers of the configuration. */
static int configured(const struct args *args)
{
    struct failure failure = {0};
    struct config *config = target_config(args, &failure);
    if (!config)
        return command_fail(args, &failure);
    json_t *list = json_array();
    bool failed = !list;
    for (uint32_t i = 0; i < config->kkt_count && !failed; i++) {
        const struct config_kkt *kkt = &config->kkts[i];
        if (args->lld)
            failed = !add_lld(list, kkt, args->lang);
        else
            console_print(stdout, "%s\t%s%s%s\n", kkt->name, kkt->connect->text, *kkt->serial ? "\t" : "", kkt->serial);
    }
    config_free(config);
    if (args->lld)
        return print_lld(args, list, failed);
    json_decref(list);
    return EXIT_DONE;
}

int cmd_discover(const struct args *args)
{
    return args->scan ? scan(args) : configured(args);
}
