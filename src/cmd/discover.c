/* discover: which registers there are. */
#include "cmd/commands.h"
#include "cmd/target.h"
#include "link/scan.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX          64
#define DEFAULT_TIMEOUT_MS 3000

/* One port that was looked at; `asked`: polled, and `s` says what came. */
struct found {
    struct scan_port port;
    bool asked;
    struct document document;
    char connect[CONNECT_TEXT_MAX];
};

static bool ask_port(const struct args *args, struct found *f, struct snapshot *s)
{
    struct poll_ask ask = {.timeout_ms = args->timeout_ms ? args->timeout_ms : DEFAULT_TIMEOUT_MS,
                           .zone = {.host = true}};
    const char *device = f->port.stable[0] ? f->port.stable : f->port.device;
    struct failure failure;
    (void)snprintf(f->connect, sizeof f->connect, "serial:%.240s", device);
    if (f->port.kind != SCAN_EXCHANGE || !connect_parse(f->connect, &ask.connect, &failure))
        return false;
    metric_set_add(&ask.wanted, METRIC_device_model);
    metric_set_add(&ask.wanted, METRIC_device_serial);
    poll_once(&ask, s, NULL);
    document_of(&f->document, f->connect, f->connect, s, &ask.zone, args->lang);
    return true;
}

static const char *text_or(const struct snapshot *s, enum metric m, const char *otherwise)
{
    return snapshot_has(s, m) ? snapshot_text(s, m) : otherwise;
}

static void print_found(const struct found *f, const struct snapshot *s, enum lang lang)
{
    static const char *const kinds[][2] = {
        [SCAN_EXCHANGE] = {"exchange port of an ATOL register",           "порт обмена ККТ АТОЛ"                                        },
        [SCAN_ATOL] = {"another port of an ATOL register, not asked", "другой порт ККТ АТОЛ, не опрашивался"           },
        [SCAN_USB] = {"USB port of another device, not asked",       "USB-порт другого устройства, не опрашивался"},
        [SCAN_SERIAL] = {"serial port, not asked",                      "последовательный порт, не опрашивался"       },
    };
    printf("%s\n    %s: %s\n", f->connect, f->port.device, kinds[f->port.kind][lang]);
    if (!f->asked)
        return;
    if (document_was_read(&f->document))
        printf("    %s, %s, %s %d\n", text_or(s, METRIC_device_model, "?"), text_or(s, METRIC_device_serial, "?"),
               lang == LANG_RU ? "протокол" : "protocol", (int)s->protocol);
    else
        printf("    %s: %s\n", poll_state_name(f->document.state), f->document.error);
}

static int put_text(json_t *object, const char *key, const char *text)
{
    return json_object_set_new(object, key, json_string(text));
}

static json_t *lld_of(const struct found *f, const struct snapshot *s)
{
    json_t *object = json_object();
    int failed = put_text(object, "{#KKT.NAME}", text_or(s, METRIC_device_serial, f->connect));
    failed |= put_text(object, "{#KKT.CONNECT}", f->connect);
    failed |= put_text(object, "{#KKT.MODEL}", text_or(s, METRIC_device_model, ""));
    failed |= put_text(object, "{#KKT.SERIAL}", text_or(s, METRIC_device_serial, ""));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
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
    if (args->lld && !failed) {
        char *text = json_dumps(list, JSON_COMPACT);
        puts(text ? text : "[]");
        free(text);
    }
    json_decref(list);
    if (!args->lld && count == 0)
        puts(args->lang == LANG_RU ? "На этом компьютере нет последовательных и USB-портов."
                                   : "This computer has no serial or USB port.");
    return failed ? EXIT_NOT_READ : EXIT_DONE;
}

int cmd_discover(const struct args *args)
{
    struct failure failure = {0};
    if (args->scan)
        return scan(args);
    failure_set(&failure, ERR_USAGE, "No configuration file was found; --scan looks at the ports of this computer.");
    return command_fail(args, &failure);
}
