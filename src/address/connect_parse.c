#include "address/connect.h"

#include "address/host.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT 5555
#define DEFAULT_BAUD 115200
#define SETTINGS_MAX 16
#define AUTO_GROWTH  16 /* what an address may get longer by when `auto` becomes one of its ways */

#define EXPECTED_EN                                                                                                    \
    "tcp://HOST[:PORT], serial:DEVICE[?baud=N], driver:usb[/PATH], driver:com/PORT, driver:tcp/HOST[:PORT], auto, "    \
    "auto:DEVICE or auto://HOST[:PORT]"
#define EXPECTED_RU                                                                                                                                     \
    "tcp://АДРЕС[:ПОРТ], serial:УСТРОЙСТВО[?baud=N], driver:usb[/ПУТЬ], driver:com/ПОРТ, driver:tcp/АДРЕС[:ПОРТ], " \
    "auto, auto:УСТРОЙСТВО или auto://АДРЕС[:ПОРТ]"

/* The speeds that the registers offer and that both Linux and Windows can set. */
static const uint32_t bauds[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600};

/* One ?Key=Value for the driver, percent-decoded. */
struct setting {
    char key[48];
    char value[128];
};

/* An address while it is parsed. */
struct parts {
    enum connect_way way;
    enum connect_driver_port driver_port;
    char text[CONNECT_TEXT_MAX];
    char host[128];
    uint16_t port;
    char device[128];
    uint32_t baud; /* 0 until it is given */
    char lib[CONNECT_TEXT_MAX];
    unsigned setting_count;
    struct setting settings[SETTINGS_MAX];
};

/* A piece of the address, not terminated. */
struct span {
    const char *at;
    size_t length;
};

/* `english` and `russian`: what is wrong, in front of the piece that is. */
static bool fail(struct failure *f, const struct parts *c, const char *english, const char *russian,
                 struct span segment)
{
    struct failure what = {0};
    char part[CONNECT_TEXT_MAX];
    (void)snprintf(part, sizeof part, "%.*s", (int)(segment.length < sizeof part ? segment.length : sizeof part - 1),
                   segment.at ? segment.at : "");
    failure_explain(&what, ERR_USAGE, "The address \"%s\" is wrong: ", "Неверный адрес «%s»: ", TEXT_SHORT(c->text));
    failure_append(&what, english, russian);
    failure_append(&what, " \"", " «");
    failure_append(&what, TEXT_SHORT(part), TEXT_SHORT(part));
    failure_append(&what, "\".", "».");
    if (f)
        *f = what;
    return false;
}

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Cuts the piece at the first `mark`; what follows goes to `rest` (at NULL when the mark is not there). */
static struct span cut(struct span s, char mark, struct span *rest)
{
    const char *found = s.length ? memchr(s.at, mark, s.length) : NULL;
    if (!found) {
        *rest = (struct span){NULL, 0};
        return s;
    }
    size_t left = (size_t)(found - s.at);
    *rest = (struct span){found + 1, s.length - left - 1};
    return (struct span){s.at, left};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes into out; false when a % is not followed by two hex digits, gives a control character, the result is
 * not UTF-8 or does not fit. */
static bool decode(struct span s, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c == '%') {
            int high = i + 2 < s.length ? hex_digit(s.at[i + 1]) : -1;
            int low = i + 2 < s.length ? hex_digit(s.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (unsigned char)(high * 16 + low);
            i += 2;
        }
        if (c < 0x20 || c == 0x7F || used + 1 >= cap)
            return false;
        out[used++] = (char)c;
    }
    out[used] = '\0';
    return text_is_utf8(out, used);
}

static bool parse_port(struct span s, uint16_t *port)
{
    int64_t value;
    if (!text_decimal(s.at, s.length, &value) || value < 1 || value > 65535)
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool check_host(struct parts *c, struct span host, bool bracketed, struct failure *f)
{
    const char *percent = bracketed ? memchr(host.at, '%', host.length) : NULL;
    if (percent && (host.length - (size_t)(percent - host.at) < 3 || memcmp(percent, "%25", 3) != 0))
        return fail(f, c, "the % before the interface of an IPv6 address is written %25, as in [fe80::1%25eth0]; found",
                    "% перед именем интерфейса в адресе IPv6 пишется как %25, например [fe80::1%25eth0]; найдено",
                    host);
    if (!decode(host, c->host, sizeof c->host) || !c->host[0] || strpbrk(c->host, " /@#\\"))
        return fail(f, c, "this is not a host name:", "это не имя узла:", host);
    bool ip = host_normalise_ip(c->host, sizeof c->host);
    if (bracketed && !ip)
        return fail(f, c, "expected an IPv6 address in the brackets, found", "в скобках ожидался адрес IPv6, найдено",
                    host);
    return ip || !host_ends_in_number(c->host) ||
           fail(f, c, "expected an IP address as 10.0.0.15, four numbers to 255 without zeros in front, found",
                "ожидался IP-адрес вида 10.0.0.15: четыре числа до 255 без нулей впереди, найдено", host);
}

/* HOST, HOST:PORT, [IPv6], [IPv6]:PORT */
static bool parse_host(struct parts *c, struct span s, struct failure *f)
{
    struct span host, port = {NULL, 0};
    bool bracketed = s.length && s.at[0] == '[';
    c->port = DEFAULT_PORT;
    if (bracketed) {
        struct span after;
        host = cut((struct span){s.at + 1, s.length - 1}, ']', &after);
        if (!after.at)
            return fail(f, c, "the bracket of an IPv6 address is not closed in", "не закрыта скобка адреса IPv6 в", s);
        if (after.length && after.at[0] != ':')
            return fail(f, c, "expected :PORT after the bracket, found", "после скобки ожидался :ПОРТ, найдено", after);
        if (after.length)
            port = (struct span){after.at + 1, after.length - 1};
    } else {
        host = cut(s, ':', &port);
        if (port.at && memchr(port.at, ':', port.length))
            return fail(f, c, "an IPv6 address is written in brackets, for example tcp://[::1]:5555; found",
                        "адрес IPv6 пишется в скобках, например tcp://[::1]:5555; найдено", s);
    }
    if (host.length == 0)
        return fail(f, c, "expected a host name or an IP address, found", "ожидалось имя узла или IP-адрес, найдено",
                    s);
    if (!check_host(c, host, bracketed, f))
        return false;
    if (port.at && !parse_port(port, &c->port))
        return fail(f, c, "expected a port number from 1 to 65535, found",
                    "ожидался номер порта от 1 до 65535, найдено", port);
    return true;
}

/* \\.\COM5 is how programs of Windows open COM5: one port, one name. */
static void strip_namespace(char *device)
{
    while (strncmp(device, "\\\\.\\", 4) == 0 || strncmp(device, "\\\\?\\", 4) == 0)
        memmove(device, device + 4, strlen(device + 4) + 1);
}

static bool parse_device(struct parts *c, struct span s, const char *english, const char *russian, struct failure *f)
{
    if (s.length == 0)
        return fail(f, c, english, russian, s);
    if (!decode(s, c->device, sizeof c->device))
        return fail(f, c, "this is not the name of a port:", "это не имя порта:", s);
    strip_namespace(c->device);
    return c->device[0] || fail(f, c, english, russian, s);
}

static bool parse_baud(struct parts *c, struct span value, struct failure *f)
{
    int64_t baud;
    if (text_decimal(value.at, value.length, &baud))
        for (unsigned i = 0; i < sizeof bauds / sizeof bauds[0]; i++)
            if (baud == (int64_t)bauds[i]) {
                c->baud = bauds[i];
                return true;
            }
    return fail(
        f, c, "expected baud=1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800 or 921600, found",
        "ожидалось baud=1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800 или 921600, найдено",
        value);
}

static bool given_twice(const struct parts *c, struct span key, struct failure *f)
{
    return fail(f, c, "the setting is given twice:", "настройка задана дважды:", key);
}

static bool add_setting(struct parts *c, struct span key, struct span value, struct failure *f)
{
    struct setting *setting = &c->settings[c->setting_count];
    if (c->setting_count == SETTINGS_MAX)
        return fail(f, c, "more than 16 driver settings; the extra one is", "больше 16 настроек драйвера; лишняя", key);
    if (key.length == 0 || !decode(key, setting->key, sizeof setting->key))
        return fail(f, c, "this is not the name of a driver setting:", "это не имя настройки драйвера:", key);
    if (!decode(value, setting->value, sizeof setting->value))
        return fail(f, c, "this is not the value of a driver setting:", "это не значение настройки драйвера:", value);
    for (unsigned i = 0; i < c->setting_count; i++)
        if (strcmp(c->settings[i].key, setting->key) == 0)
            return given_twice(c, key, f);
    c->setting_count++;
    return true;
}

static bool span_is(struct span s, const char *word)
{
    return s.length == strlen(word) && memcmp(s.at, word, s.length) == 0;
}

/* One Key=Value behind the question mark; which keys there are depends on the way. */
static bool parse_option(struct parts *c, struct span key, struct span value, struct failure *f)
{
    bool has_baud = c->way == CONNECT_SERIAL || c->way == CONNECT_AUTO ||
                    (c->way == CONNECT_DRIVER && c->driver_port == CONNECT_DRIVER_COM);
    bool has_lib = c->way == CONNECT_DRIVER || c->way == CONNECT_AUTO;
    if (!value.at)
        return fail(f, c, "expected Key=Value, found", "ожидалось Ключ=Значение, найдено", key);
    bool baud = has_baud && span_is(key, "baud"), lib = has_lib && span_is(key, "lib");
    if ((baud && c->baud != 0) || (lib && c->lib[0]))
        return given_twice(c, key, f);
    if (baud)
        return parse_baud(c, value, f);
    if (lib)
        return (value.length > 0 && decode(value, c->lib, sizeof c->lib)) ||
               fail(f, c, "expected lib=FILE, found", "ожидалось lib=ФАЙЛ, найдено", value);
    if (c->way == CONNECT_DRIVER)
        return add_setting(c, key, value, f);
    return fail(f, c, has_baud ? "expected ?baud=N, found" : "this way has no settings, found",
                has_baud ? "ожидалось ?baud=N, найдено" : "у этого способа нет настроек, найдено", key);
}

static bool parse_options(struct parts *c, struct span query, struct failure *f)
{
    while (query.at) {
        struct span value, rest, pair = cut(query, '&', &rest);
        struct span key = cut(pair, '=', &value);
        if (!parse_option(c, key, value, f))
            return false;
        query = rest;
    }
    return true;
}

static bool parse_tcp(struct parts *c, struct span body, struct failure *f)
{
    return parse_host(c, body, f);
}

static bool parse_serial(struct parts *c, struct span body, struct failure *f)
{
    return parse_device(c, body, "expected a port, for example serial:/dev/ttyS0 or serial:COM5, found",
                        "ожидался порт, например serial:/dev/ttyS0 или serial:COM5, найдено", f);
}

static bool parse_driver(struct parts *c, struct span body, struct failure *f)
{
    struct span rest, port = cut(body, '/', &rest);
    if (span_is(port, "usb")) {
        c->driver_port = CONNECT_DRIVER_USB;
        return !rest.at || parse_device(c, rest, "expected driver:usb or driver:usb/PATH, found",
                                        "ожидалось driver:usb или driver:usb/ПУТЬ, найдено", f);
    }
    if (span_is(port, "com")) {
        c->driver_port = CONNECT_DRIVER_COM;
        /* driver:com//dev/ttyACM0 and driver:com/COM5 */
        return parse_device(c, rest.at ? rest : span_of(""), "expected driver:com/PORT, found",
                            "ожидалось driver:com/ПОРТ, найдено", f);
    }
    if (span_is(port, "tcp")) {
        c->driver_port = CONNECT_DRIVER_TCP;
        return parse_host(c, rest.at ? rest : span_of(""), f);
    }
    return fail(f, c, "expected driver:usb, driver:com/PORT or driver:tcp/HOST, found",
                "ожидалось driver:usb, driver:com/ПОРТ или driver:tcp/АДРЕС, найдено", body);
}

static bool parse_auto(struct parts *c, struct span body, struct failure *f)
{
    if (body.length >= 2 && body.at[0] == '/' && body.at[1] == '/')
        return parse_host(c, (struct span){body.at + 2, body.length - 2}, f);
    return parse_device(c, body, "expected auto, auto:DEVICE or auto://HOST[:PORT], found",
                        "ожидалось auto, auto:УСТРОЙСТВО или auto://АДРЕС[:ПОРТ], найдено", f);
}

static const struct scheme {
    const char *prefix;
    enum connect_way way;
    bool (*parse)(struct parts *c, struct span body, struct failure *f);
} schemes[] = {
    {"tcp://",  CONNECT_TCP,    parse_tcp   },
    {"serial:", CONNECT_SERIAL, parse_serial},
    {"driver:", CONNECT_DRIVER, parse_driver},
    {"auto:",   CONNECT_AUTO,   parse_auto  },
};

static const struct scheme *scheme_of(const char *text)
{
    for (unsigned i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

static bool is_bare_auto(const char *text)
{
    return strncmp(text, "auto", 4) == 0 && (text[4] == '\0' || text[4] == '?');
}

bool connect_is_address(const char *text)
{
    return is_bare_auto(text) || strncmp(text, "tcp:", 4) == 0 || scheme_of(text) != NULL;
}

static bool parse(const char *text, struct parts *c, struct failure *failure)
{
    memset(c, 0, sizeof *c);
    size_t length = strlen(text), most = sizeof c->text - 1;
    if (strncmp(text, "auto", 4) == 0)
        most -= AUTO_GROWTH;
    if (length > most)
        return failure_explain(failure, ERR_USAGE, "The address \"%s\" is longer than %d bytes.",
                               "Адрес «%s» длиннее %d байт.", TEXT_SHORT(text), (int)most);
    memcpy(c->text, text, length + 1);
    const struct scheme *scheme = scheme_of(text);
    struct span query;
    if (is_bare_auto(text)) {
        c->way = CONNECT_AUTO;
        (void)cut(span_of(text), '?', &query);
        return parse_options(c, query, failure);
    }
    if (!scheme)
        return failure_explain(failure, ERR_USAGE, "\"%s\" is not an address of a register. Expected: " EXPECTED_EN ".",
                               "«%s» — не адрес ККТ. Ожидалось: " EXPECTED_RU ".", TEXT_SHORT(text));
    c->way = scheme->way;
    struct span body = cut(span_of(text + strlen(scheme->prefix)), '?', &query);
    return scheme->parse(c, body, failure) && parse_options(c, query, failure);
}

/* All texts of an address, one behind another. */
struct packing {
    char bytes[sizeof(struct parts)];
    size_t used;
};

/* Where it begins. */
static uint16_t append(struct packing *p, const char *text)
{
    size_t at = p->used, count = strlen(text) + 1;
    memcpy(p->bytes + at, text, count);
    p->used += count;
    return (uint16_t)at;
}

const struct connect *connect_parse(const char *text, struct failure *failure)
{
    struct parts parts;
    struct packing p;
    p.used = 0;
    if (!parse(text, &parts, failure))
        return NULL;
    (void)append(&p, parts.text);
    uint16_t none = (uint16_t)(p.used - 1); /* the end of the text is an empty one */
    const char *place_text = parts.host[0] ? parts.host : parts.device;
    uint16_t place = *place_text ? append(&p, place_text) : none;
    uint16_t lib = parts.lib[0] ? append(&p, parts.lib) : none;
    uint16_t settings = (uint16_t)p.used;
    for (unsigned i = 0; i < parts.setting_count; i++) {
        (void)append(&p, parts.settings[i].key);
        (void)append(&p, parts.settings[i].value);
    }
    struct connect *c = malloc(sizeof *c + p.used);
    if (!c) {
        (void)failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_SHORT(text));
        return NULL;
    }
    *c = (struct connect){.baud = parts.baud ? parts.baud : DEFAULT_BAUD,
                          .port = parts.port,
                          .way = parts.way,
                          .driver_port = parts.driver_port,
                          .has_host = parts.host[0] != '\0',
                          .place = place,
                          .lib = lib,
                          .settings = settings,
                          .setting_count = (uint8_t)parts.setting_count};
    atomic_init(&c->holders, 1);
    memcpy(c->text, p.bytes, p.used);
    return c;
}
