#include "poll/auto.h"

#include "link/ports/scan.h"

#include <stdio.h>
#include <string.h>

/* What registers are set to, the usual first. */
static const uint32_t speeds[] = {115200, 57600, 38400, 19200, 9600, 4800};

/* The address PREFIX BODY, with the speed and the library that the asked one gives (body: device or host, as written).
 * NULL: no memory, or longer than an address may be. */
static const struct connect *make(const struct connect *asked, const char *prefix, const char *body, uint32_t baud)
{
    char text[2 * CONNECT_TEXT_MAX];
    const char *lib = strstr(asked->text, "lib=");
    bool driver = strncmp(prefix, "driver:", 7) == 0, speed = baud != 115200 && !connect_host(asked)[0];
    int n = snprintf(text, sizeof text, "%s%s", prefix, body);
    if (speed && n >= 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "?baud=%u", (unsigned)baud);
    if (driver && connect_lib(asked)[0] && lib && n >= 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "%c%.*s", speed ? '&' : '?', (int)strcspn(lib, "&"), lib);
    return n < 0 ? NULL : connect_parse(text, NULL);
}

/* Appends it; false when there is none. */
static bool put(const struct connect **list, unsigned *count, const struct connect *one)
{
    list[*count] = one;
    *count += one != NULL;
    return one != NULL;
}

/* What was listed is of no use without the rest. */
static unsigned give_up(const struct connect **list, unsigned count)
{
    while (count > 0)
        connect_release(list[--count]);
    return 0;
}

/* A speed is a matter of RS-232; a register's own USB port and a pseudo-terminal have none. */
static bool has_speed(const struct connect *asked)
{
    struct scan_port port;
    return !strstr(asked->text, "baud=") && scan_find(connect_device(asked), &port) &&
           (port.kind == SCAN_SERIAL || port.kind == SCAN_USB);
}

static bool add_speeds(const struct connect *asked, const char *body, const struct connect **list, unsigned *count)
{
    if (!has_speed(asked))
        return put(list, count, make(asked, "serial:", body, asked->baud));
    bool good = true;
    for (unsigned i = 0; good && i < sizeof speeds / sizeof speeds[0]; i++)
        good = put(list, count, make(asked, "serial:", body, speeds[i]));
    return good;
}

unsigned auto_speeds(const struct connect *asked, const struct connect *list[AUTO_MAX])
{
    char body[CONNECT_TEXT_MAX];
    unsigned count = 0;
    (void)snprintf(body, sizeof body, "%.*s", (int)strcspn(asked->text + 7, "?"), asked->text + 7);
    return add_speeds(asked, body, list, &count) ? count : give_up(list, count);
}

bool auto_skip(const struct connect *before, const struct connect *next, enum error_code code)
{
    return before->way == CONNECT_SERIAL && next->way == CONNECT_SERIAL &&
           strcmp(connect_device(before), connect_device(next)) == 0 && code != ERR_NO_ANSWER &&
           code != ERR_NOT_A_KKT && code != ERR_BAD_ANSWER && code != ERR_LINE_NOISE;
}

/* Only what is ATOL's by its USB id: another port may be a pinpad's or a pair of scales', and a probe is no harmless
 * word there. A register behind RS-232 is named (auto:/dev/ttyS0). */
static void add_scanned(const struct connect **list, unsigned *count, unsigned cap)
{
    struct scan_port ports[32];
    unsigned found = scan_ports(ports, sizeof ports / sizeof ports[0]);
    for (unsigned i = 0; i < found && *count < cap; i++) {
        char text[CONNECT_TEXT_MAX];
        if (ports[i].kind != SCAN_EXCHANGE)
            continue;
        if (!connect_print_serial(scan_name(&ports[i]), text, sizeof text) ||
            !put(list, count, connect_parse(text, NULL)))
            (void)(connect_print_serial(ports[i].device, text, sizeof text) &&
                   put(list, count, connect_parse(text, NULL)));
    }
}

unsigned auto_addresses(const struct connect *asked, const struct connect *list[AUTO_MAX])
{
    char body[CONNECT_TEXT_MAX] = "";
    unsigned count = 0;
    bool good;
    if (strncmp(asked->text, "auto:", 5) == 0)
        (void)snprintf(body, sizeof body, "%.*s", (int)strcspn(asked->text + 5, "?"), asked->text + 5);
    if (connect_host(asked)[0]) {
        good = put(list, &count, make(asked, "tcp:", body, asked->baud)) &&
               put(list, &count, make(asked, "driver:tcp", body + 1, asked->baud));
    } else if (connect_device(asked)[0]) {
        good =
            add_speeds(asked, body, list, &count) && put(list, &count, make(asked, "driver:com/", body, asked->baud));
    } else {
        add_scanned(list, &count, AUTO_MAX - 1);
        good = put(list, &count, make(asked, "driver:usb", "", 115200));
    }
    return good ? count : give_up(list, count);
}

bool auto_is_clear(const struct connect *asked, struct failure *failure)
{
    const struct connect *list[AUTO_MAX];
    char names[300] = "";
    size_t used = 0;
    unsigned count = 0;
    if (connect_host(asked)[0] || connect_device(asked)[0])
        return true;
    add_scanned(list, &count, AUTO_MAX);
    for (unsigned i = 0; i < count; i++) {
        int n = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", list[i]->text);
        if (n > 0 && (size_t)n < sizeof names - used)
            used += (size_t)n;
    }
    bool several = count > 1;
    (void)give_up(list, count);
    return !several || failure_set(failure, ERR_SEVERAL_REGISTERS, "%s", names);
}

bool auto_driver_may_help(enum error_code code)
{
    return code == ERR_NO_ANSWER || code == ERR_NOT_A_KKT || code == ERR_BAD_ANSWER || code == ERR_LINE_NOISE ||
           code == ERR_CONNECTION_LOST || code == ERR_NO_KKT_FOUND;
}

static int specificity(enum error_code code)
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

bool auto_failure_is_more_specific(enum error_code candidate, enum error_code than)
{
    return specificity(candidate) > specificity(than);
}
