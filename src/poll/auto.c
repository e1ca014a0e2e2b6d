#include "poll/auto.h"

#include "link/ports/scan.h"

#include <stdio.h>
#include <string.h>

/* What registers are set to, the usual first. */
static const uint32_t speeds[] = {115200, 57600, 38400, 19200, 9600, 4800};

/* The address with another way, its body (device or host, as written) kept. */
static void put(struct connect *to, const struct connect *asked, enum connect_way way, const char *prefix,
                const char *body)
{
    *to = *asked;
    to->way = way;
    to->setting_count = 0;
    int n = to->baud != 115200 && way == CONNECT_SERIAL
                ? snprintf(to->text, sizeof to->text, "%s%s?baud=%u", prefix, body, (unsigned)to->baud)
                : snprintf(to->text, sizeof to->text, "%s%s", prefix, body);
    if (n < 0)
        to->text[0] = '\0';
}

/* A speed is a matter of RS-232; a register's own USB port and a pseudo-terminal have none. */
static bool has_speed(const struct connect *asked)
{
    struct scan_port port;
    return !strstr(asked->text, "baud=") && scan_find(asked->device, &port) &&
           (port.kind == SCAN_SERIAL || port.kind == SCAN_USB);
}

static unsigned add_speeds(const struct connect *asked, const char *body, struct connect *list)
{
    struct connect one = *asked;
    unsigned count = has_speed(asked) ? sizeof speeds / sizeof speeds[0] : 1;
    for (unsigned i = 0; i < count; i++) {
        if (count > 1)
            one.baud = speeds[i];
        put(&list[i], &one, CONNECT_SERIAL, "serial:", body);
    }
    return count;
}

unsigned auto_speeds(const struct connect *asked, struct connect list[AUTO_MAX])
{
    char body[CONNECT_TEXT_MAX];
    (void)snprintf(body, sizeof body, "%.*s", (int)strcspn(asked->text + 7, "?"), asked->text + 7);
    return add_speeds(asked, body, list);
}

bool auto_skip(const struct connect *before, const struct connect *next, enum error_code code)
{
    return before->way == CONNECT_SERIAL && next->way == CONNECT_SERIAL && strcmp(before->device, next->device) == 0 &&
           code != ERR_NO_ANSWER && code != ERR_NOT_A_KKT && code != ERR_BAD_ANSWER && code != ERR_LINE_NOISE;
}

/* Only what is ATOL's by its USB id: another port may be a pinpad's or a pair of scales', and a probe is no harmless
 * word there. A register behind RS-232 is named (auto:/dev/ttyS0). */
static unsigned add_scanned(const struct connect *asked, struct connect *list, unsigned cap)
{
    struct scan_port ports[32];
    unsigned found = scan_ports(ports, sizeof ports / sizeof ports[0]), count = 0;
    for (unsigned i = 0; i < found && count < cap; i++) {
        if (ports[i].kind != SCAN_EXCHANGE)
            continue;
        const char *device =
            ports[i].stable[0] && strlen(ports[i].stable) < sizeof list->device ? ports[i].stable : ports[i].device;
        put(&list[count], asked, CONNECT_SERIAL, "serial:", device);
        (void)snprintf(list[count].device, sizeof list[count].device, "%s", device);
        count++;
    }
    return count;
}

unsigned auto_addresses(const struct connect *asked, struct connect list[AUTO_MAX])
{
    char body[CONNECT_TEXT_MAX] = "";
    unsigned count;
    if (strncmp(asked->text, "auto:", 5) == 0)
        (void)snprintf(body, sizeof body, "%.*s", (int)strcspn(asked->text + 5, "?"), asked->text + 5);
    if (asked->host[0]) {
        put(&list[0], asked, CONNECT_TCP, "tcp:", body);
        put(&list[1], asked, CONNECT_DRIVER, "driver:tcp", body + 1);
        list[1].driver_port = CONNECT_DRIVER_TCP;
        return 2;
    }
    if (asked->device[0]) {
        count = add_speeds(asked, body, list);
        put(&list[count], asked, CONNECT_DRIVER, "driver:com/", body);
        list[count].driver_port = CONNECT_DRIVER_COM;
        return count + 1;
    }
    count = add_scanned(asked, list, AUTO_MAX - 1);
    put(&list[count], asked, CONNECT_DRIVER, "driver:usb", "");
    list[count].driver_port = CONNECT_DRIVER_USB;
    return count + 1;
}

bool auto_is_clear(const struct connect *asked, struct failure *failure)
{
    struct connect list[AUTO_MAX];
    char names[300] = "";
    size_t used = 0;
    if (asked->host[0] || asked->device[0])
        return true;
    unsigned count = add_scanned(asked, list, AUTO_MAX);
    for (unsigned i = 0; i < count; i++) {
        int n = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", list[i].text);
        if (n > 0 && (size_t)n < sizeof names - used)
            used += (size_t)n;
    }
    return count < 2 || failure_set(failure, ERR_SEVERAL_REGISTERS, "%s", names);
}

bool auto_driver_may_help(enum error_code code)
{
    return code == ERR_NO_ANSWER || code == ERR_NOT_A_KKT || code == ERR_BAD_ANSWER || code == ERR_LINE_NOISE ||
           code == ERR_CONNECTION_LOST || code == ERR_NO_KKT_FOUND;
}

static int weight(enum error_code code)
{
    switch (code) {
    case ERR_NONE:
        return 0;
    case ERR_NO_KKT_FOUND:
        return 1;
    case ERR_DRIVER_MISSING:
        return 2;
    case ERR_PORT_MISSING:
        return 3;
    case ERR_NO_ANSWER:
        return 4;
    case ERR_WRONG_KKT:
    case ERR_PORT_BUSY:
    case ERR_KKT_BUSY:
        return 6;
    default:
        return 5;
    }
}

bool auto_failure_tells_more(enum error_code candidate, enum error_code than)
{
    return weight(candidate) > weight(than);
}
