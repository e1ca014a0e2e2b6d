#include "cli/setup/setup_find.h"

#include "cli/setup/setup_text.h"
#include "driver/describe.h"
#include "link/key.h"
#include "link/turn.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 5000
#define DESCRIBE_MS        10000

struct finder {
    const struct args *args;
    const struct config *config;
    struct setup_kkt *kkts;
    unsigned count;
};

/* The register of the configuration at this address, however it is written there; NULL: none. */
static const char *configured_at(const struct config *config, const struct connect *connect)
{
    char wanted[TURN_KEY_MAX];
    key_of(connect, wanted);
    for (uint32_t i = 0; config && i < config->kkt_count; i++) {
        char key[TURN_KEY_MAX];
        key_of(config->kkts[i].connect, key);
        if (strcmp(config->kkts[i].connect->text, connect->text) == 0 || (wanted[0] && strcmp(key, wanted) == 0))
            return config->kkts[i].name;
    }
    return NULL;
}

static const struct config_kkt *configured_serial(const struct config *config, const char *serial)
{
    for (uint32_t i = 0; config && *serial && i < config->kkt_count; i++)
        if (strcmp(config->kkts[i].serial, serial) == 0)
            return &config->kkts[i];
    return NULL;
}

/* Does it answer at the address of the configuration, too? One that is busy there is in use there. */
static bool still_answers(const struct finder *f, const struct config_kkt *known)
{
    static struct snapshot s;
    struct poll_ask ask, configured = {0};
    char model[FOUND_MODEL_MAX] = "", serial[FOUND_SERIAL_MAX] = "";
    config_ask(known, &configured);
    find_ask_identity(f->args, DEFAULT_TIMEOUT_MS, &ask);
    ask.connect = known->connect;
    ask.password[0] = configured.password[0];
    ask.password[1] = configured.password[1];
    connect_release(poll_once(&ask, &s));
    if (!poll_state_was_read(failure_state(&s.failure)))
        return failure_state(&s.failure) == STATE_BUSY;
    find_keep_identity(&s, model, serial);
    return strcmp(serial, known->serial) == 0;
}

static void read_identity(struct finder *f, struct setup_kkt *kkt, const struct connect *connect)
{
    static struct snapshot s;
    struct poll_ask ask;
    find_ask_identity(f->args, DEFAULT_TIMEOUT_MS, &ask);
    ask.connect = connect;
    connect_release(poll_once(&ask, &s));
    if (!poll_state_was_read(failure_state(&s.failure))) {
        kkt->failure = s.failure;
        return;
    }
    find_keep_identity(&s, kkt->model, kkt->serial);
}

/* The same register may be found twice: by its port and by a word. */
static bool is_found(const struct finder *f, const struct setup_kkt *kkt)
{
    for (unsigned i = 0; i < f->count; i++)
        if (strcmp(f->kkts[i].connect, kkt->connect) == 0 ||
            (kkt->serial[0] && strcmp(f->kkts[i].serial, kkt->serial) == 0))
            return true;
    return false;
}

static void assign_name(struct finder *f, struct setup_kkt *kkt)
{
    const char *names[SETUP_KKTS_MAX];
    unsigned count = 0;
    const struct config_kkt *known = configured_serial(f->config, kkt->serial);
    kkt->configured = known != NULL;
    if (known) {
        (void)snprintf(kkt->name, sizeof kkt->name, "%s", known->name);
        (void)snprintf(kkt->known_at, sizeof kkt->known_at, "%s", known->connect->text);
        kkt->moved = !still_answers(f, known);
        return;
    }
    for (unsigned i = 0; i < f->count; i++)
        names[count++] = f->kkts[i].name;
    setup_name(f->config, names, count, kkt->name, sizeof kkt->name);
}

/* Told, unless it is already; with a name, if it was read. */
static void keep(struct finder *f, struct setup_kkt *kkt)
{
    if (is_found(f, kkt) || f->count == SETUP_KKTS_MAX)
        return;
    if (!kkt->configured && kkt->failure.code == ERR_NONE)
        assign_name(f, kkt);
    f->kkts[f->count++] = *kkt;
}

static void add_connect(struct finder *f, const struct connect *connect)
{
    struct setup_kkt kkt = {0};
    (void)snprintf(kkt.connect, sizeof kkt.connect, "%s", connect->text);
    const char *old = configured_at(f->config, connect);
    if (old) {
        kkt.configured = true;
        (void)snprintf(kkt.name, sizeof kkt.name, "%s", old);
    }
    if (is_found(f, &kkt))
        return;
    if (!old)
        read_identity(f, &kkt, connect);
    keep(f, &kkt);
}

static bool add(struct finder *f, const char *address, struct failure *failure)
{
    const struct connect *connect = connect_parse(address, failure);
    if (connect)
        add_connect(f, connect);
    connect_release(connect);
    return connect != NULL;
}

/* Only exchange ports of ATOL registers are asked: nothing is sent to a pinpad or a pair of scales. */
static bool add_ports(struct finder *f, struct failure *failure)
{
    static struct scan_port ports[SETUP_PORTS_MAX];
    unsigned count = scan_ports(ports, SETUP_PORTS_MAX);
    for (unsigned i = 0; i < count; i++) {
        char address[CONNECT_TEXT_MAX];
        if (ports[i].kind != SCAN_EXCHANGE)
            continue;
        if (connect_print_serial(scan_name(&ports[i]), address, sizeof address) && !add(f, address, failure))
            return false;
    }
    return true;
}

static void add_host(struct finder *f, const struct found *host)
{
    struct setup_kkt kkt = {.configured = host->name[0] != '\0'};
    (void)snprintf(kkt.connect, sizeof kkt.connect, "%s", host->connect);
    (void)snprintf(kkt.name, sizeof kkt.name, "%s", host->name);
    (void)snprintf(kkt.model, sizeof kkt.model, "%s", host->model);
    (void)snprintf(kkt.serial, sizeof kkt.serial, "%s", host->serial);
    keep(f, &kkt);
}

/* Something else may listen on that port: only registers are reported. */
static bool add_network(struct finder *f, struct failure *failure)
{
    struct found_list list = {0};
    bool good = find_network(f->args, f->config, &list, failure);
    for (unsigned i = 0; i < list.count && good; i++)
        if (list.items[i].name[0] || found_was_read(&list.items[i]))
            add_host(f, &list.items[i]);
    find_free(&list);
    return good;
}

/* A register on USB without a port of its own is within reach of the vendor's driver only. */
static void add_by_driver(struct finder *f)
{
    struct fptr_driver driver = {0};
    struct worker_ask ask = {.timeout_ms = DESCRIBE_MS};
    struct failure none = {0};
    ask.connect = connect_parse("driver:usb", &none);
    if (ask.connect)
        driver_describe(&ask, &driver, &none);
    if (none.code == ERR_NONE) {
        add_connect(f, ask.connect);
        if (f->count > 0 && f->kkts[f->count - 1].failure.code != ERR_NONE) /* nothing is plugged in */
            f->count--;
    }
    connect_release(ask.connect);
}

bool setup_find(const struct args *args, const struct config *config, struct setup_kkt kkts[SETUP_KKTS_MAX],
                unsigned *count, struct failure *failure)
{
    struct finder f = {.args = args, .config = config, .kkts = kkts};
    bool good = true;
    for (unsigned i = 0; i < args->word_count && good; i++)
        good = add(&f, args->words[i], failure);
    good = good && add_ports(&f, failure) && (!args->network || add_network(&f, failure));
    if (good && f.count == 0)
        add_by_driver(&f);
    *count = f.count;
    return good;
}
