#include "cli/discover/find.h"

#include "base/text.h"
#include "link/key.h"
#include "link/turn.h"
#include "poll/poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX          64
#define DEFAULT_TIMEOUT_MS 3000
#define SPEEDS             6 /* of RS-232, each with that time */
#define PORT               5555
#define CONNECT_MS         1500
#define HOSTS_AT_ONCE      8

bool found_was_read(const struct found *found)
{
    return found->asked && poll_state_was_read(failure_state(&found->failure));
}

/* The addresses of --network that take a connection at a register's port, `count` of the `tried` ones. */
static bool find_hosts(const char *network, uint32_t hosts[SCAN_NETWORK_MAX], unsigned *count, uint32_t *tried,
                       struct failure *failure)
{
    uint32_t first;
    if (!scan_network_parse(network, &first, tried))
        return failure_explain(
            failure, ERR_USAGE,
            "--network \"%s\": expected an IPv4 network of at most 1024 addresses (/22), as "
            "10.0.12.0/24. Give a larger one piece by piece.",
            "--network «%s»: ожидалась сеть IPv4 не больше 1024 адресов (/22), например 10.0.12.0/24. "
            "Большую сеть указывайте по частям.",
            TEXT_SHORT(network));
    return scan_network(first, *tried, PORT, CONNECT_MS, hosts, SCAN_NETWORK_MAX, count, failure);
}

static void host_connect(uint32_t host, char connect[CONNECT_TEXT_MAX])
{
    char text[SCAN_NETWORK_TEXT];
    scan_network_text(host, text);
    (void)snprintf(connect, CONNECT_TEXT_MAX, "tcp://%s", text);
}

void find_ask_identity(const struct args *args, uint32_t timeout_ms, struct poll_ask *ask)
{
    *ask = (struct poll_ask){.timeout_ms = args->timeout_ms ? args->timeout_ms : timeout_ms,
                             .zone = {.host = true},
                             .any_speed = args->serial};
    metric_set_add(&ask->wanted, METRIC_device_model);
    metric_set_add(&ask->wanted, METRIC_device_serial);
}

void find_keep_identity(const struct snapshot *s, char model[FOUND_MODEL_MAX], char serial[FOUND_SERIAL_MAX])
{
    if (snapshot_has(s, METRIC_device_model))
        (void)text_escape(model, FOUND_MODEL_MAX, snapshot_text(s, METRIC_device_model));
    if (snapshot_has(s, METRIC_device_serial))
        (void)text_escape(serial, FOUND_SERIAL_MAX, snapshot_text(s, METRIC_device_serial));
}

static void store_answer(struct found *f, const struct connect *used, const struct snapshot *s)
{
    f->asked = true;
    f->failure = s->failure;
    if (!found_was_read(f))
        return;
    if (!f->is_host) /* a host's usual port is left out */
        (void)snprintf(f->connect, sizeof f->connect, "%s", used->text);
    f->protocol = (int)s->protocol;
    find_keep_identity(s, f->model, f->serial);
}

/* A register's own port is asked; another one only when the person wants it (--serial). */
static void ask_port(const struct args *args, struct found *f)
{
    static struct snapshot s;
    struct poll_ask ask;
    bool other = f->port.kind == SCAN_SERIAL || (f->port.kind == SCAN_USB && scan_is_converter(&f->port));
    find_ask_identity(args, DEFAULT_TIMEOUT_MS, &ask);
    if (!f->address || (f->port.kind != SCAN_EXCHANGE && !(args->serial && other)))
        return;
    ask.connect = f->address;
    if (other)
        ask.timeout_ms *= SPEEDS;
    const struct connect *used = poll_once(&ask, &s);
    store_answer(f, used, &s);
    connect_release(used);
}

static bool make_room(struct found_list *list, unsigned more, struct failure *failure)
{
    struct found *items = realloc(list->items, (list->count + more + 1) * sizeof *items);
    if (!items)
        return failure_set(failure, ERR_NO_MEMORY, "%u", list->count + more);
    list->items = items;
    memset(items + list->count, 0, (more + 1) * sizeof *items);
    return true;
}

static bool add_ports(const struct args *args, struct found_list *list, struct failure *failure)
{
    static struct scan_port ports[PORTS_MAX];
    unsigned count = scan_ports(ports, PORTS_MAX);
    if (!make_room(list, count, failure))
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct found *f = &list->items[list->count++];
        f->port = ports[i];
        if (connect_print_serial(scan_name(&ports[i]), f->connect, sizeof f->connect))
            f->address = connect_parse(f->connect, NULL);
        ask_port(args, f);
    }
    return true;
}

/* The same register: at the same port or host however it is written, or with the same serial number. */
static void name_known(const struct config *config, struct found_list *list)
{
    char(*keys)[TURN_KEY_MAX] = calloc(list->count + 1, sizeof *keys);
    if (!keys)
        return;
    for (unsigned i = 0; i < list->count; i++)
        if (list->items[i].address)
            key_of(list->items[i].address, keys[i]);
    for (uint32_t k = 0; k < config->kkt_count; k++) {
        const struct config_kkt *kkt = &config->kkts[k];
        char key[TURN_KEY_MAX];
        key_of(kkt->connect, key);
        for (unsigned i = 0; i < list->count; i++) {
            struct found *f = &list->items[i];
            bool same_place = key[0] && strcmp(key, keys[i]) == 0, named = f->name[0] && !f->known_at[0];
            if (!same_place && (named || !f->serial[0] || strcmp(f->serial, kkt->serial) != 0))
                continue;
            (void)snprintf(f->name, sizeof f->name, "%s", kkt->name);
            (void)snprintf(f->known_at, sizeof f->known_at, "%s", same_place ? "" : kkt->connect->text);
        }
    }
    free(keys);
}

struct hosts {
    const struct args *args;
    struct found **asked;
};

static void ask_host(unsigned index, struct poll_ask *to, void *user)
{
    const struct hosts *hosts = user;
    find_ask_identity(hosts->args, DEFAULT_TIMEOUT_MS, to);
    to->connect = hosts->asked[index]->address;
}

static void keep_host(unsigned index, const struct connect *used, struct snapshot *s, void *user)
{
    store_answer(((const struct hosts *)user)->asked[index], used, s);
}

/* Those that have no name, some at a time: a network of registers that are slow to answer is not asked for minutes. */
static bool ask_hosts(const struct args *args, struct found *items, unsigned count, struct failure *failure)
{
    struct hosts hosts = {args, calloc(count + 1, sizeof *hosts.asked)};
    unsigned asked = 0;
    bool good = hosts.asked != NULL;
    for (unsigned i = 0; i < count && good; i++)
        if (!items[i].name[0])
            hosts.asked[asked++] = &items[i];
    good = good && (asked == 0 || poll_many(asked, HOSTS_AT_ONCE, 1, ask_host, keep_host, &hosts));
    free(hosts.asked);
    return good || failure_set(failure, ERR_NO_MEMORY, "%u", count);
}

bool find_network(const struct args *args, const struct config *known, struct found_list *list, struct failure *failure)
{
    static uint32_t accepted[SCAN_NETWORK_MAX];
    unsigned count, before = list->count;
    if (!find_hosts(args->network, accepted, &count, &list->hosts_tried, failure) || !make_room(list, count, failure))
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct found *f = &list->items[list->count++];
        f->is_host = true;
        host_connect(accepted[i], f->connect);
        f->address = connect_parse(f->connect, failure);
        if (!f->address)
            return false;
    }
    if (known)
        name_known(known, list);
    return ask_hosts(args, list->items + before, count, failure);
}

bool find_registers(const struct args *args, const struct config *config, struct found_list *list,
                    struct failure *failure)
{
    *list = (struct found_list){0};
    if ((args->scan || args->serial) && !add_ports(args, list, failure))
        return false;
    if (args->network && !find_network(args, NULL, list, failure))
        return false;
    if (config)
        name_known(config, list);
    return true;
}

void find_free(struct found_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        connect_release(list->items[i].address);
    free(list->items);
    *list = (struct found_list){0};
}
