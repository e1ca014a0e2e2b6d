/* The configuration (design.md §4): zabbix-atol.yaml and what it includes. packaging/zabbix-atol.yaml documents every
 * key. Texts live in one store of the configuration, so that 100,000 registers stay small. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/error.h"
#include "base/time/hours.h"
#include "base/time/zone.h"
#include "metric/derived/health.h"
#include "poll/poll.h"

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define CONFIG_NAME "zabbix-atol.yaml" /* in ProgramData\zabbix-atol, else beside the exe */
#else
#define CONFIG_PATH "/etc/zabbix-atol/zabbix-atol.yaml"
#endif

#define CONFIG_NO_NETWORK UINT16_MAX
#define CONFIG_NAME_MAX   128
#define CONFIG_TAGS_MAX   255 /* characters of all tags as one, "a=1, b=2": of a tag's value in Zabbix */
#define CONFIG_MACRO_MAX  300

struct config_tag {
    const char *name, *value;
};

struct config_tags {
    uint32_t count;
    struct config_tag tags[];
};

/* The macro of a tag in Zabbix's discovery, {#KKT.TAG.IT_LINE} of "it-line", into CONFIG_MACRO_MAX bytes; "" and false
 * when its name has more than Latin letters, digits, _ . and -. No two tags of a register share one. */
bool config_tag_macro(const char *tag, char *macro);

/* Where a register stands; "" = not configured. */
struct config_location {
    const char *city, *address;
    const char *lat, *lon; /* degrees, as Zabbix's inventory has them; both or none */
};

struct config_kkt {
    const char *name;                       /* the snapshot's file and, with push, the host in Zabbix; unique */
    const struct connect *connect;          /* held */
    const char *serial;                     /* expected factory serial number, "" = any */
    const char *title;                      /* what people call it, "" = its name */
    const char *shop;                       /* "" = none */
    const struct config_tags *tags;         /* NULL = none */
    const struct config_location *location; /* NULL = not configured */
    const struct hours *hours;              /* NULL = always */
    struct zone zone;
    uint32_t interval_s;          /* of the quick group */
    uint32_t identity_interval_s; /* of the slow group, at least interval_s */
    uint32_t timeout_s;           /* of one poll */
    uint16_t network;             /* index into config.networks or CONFIG_NO_NETWORK */
    uint8_t password[2];          /* BCD */
    bool control;                 /* control commands are allowed */
    bool drawer_inverted;         /* its cash drawer reports open for closed */
};

/* Registers behind one line, and how many polls at once it allows. */
struct config_network {
    const char *name;
    uint32_t polls;
};

struct config_push {
    const char *agent_config; /* zabbix_sender takes server and TLS from it; NULL = nothing is pushed */
    const char *sender;       /* the program */
    const char *host;         /* the collector's host in Zabbix, for its health; "" = not sent */
    const char *spool;        /* folder */
    uint32_t spool_max;       /* values; the oldest is dropped first */
    uint32_t batch;           /* values in one run of zabbix_sender, at most 250: one packet */
    uint32_t interval_s;      /* between two runs */
    uint32_t rate_per_s;      /* documents a second, at most, whatever waits */
};

struct config {
    enum lang language;
    bool language_set;
    const char *state_dir; /* folder of the snapshots */
    struct config_push push;
    const char *prometheus_file; /* NULL = none is written */
    uint32_t polls;              /* at once, in all */
    uint32_t driver_polls;       /* at once, in child processes */
    struct health_limits health; /* what `limits:` changes of the catalogue's */
    struct config_network *networks;
    uint32_t network_count;
    struct config_kkt *kkts; /* sorted by name */
    uint32_t kkt_count;
    struct config_store *store; /* of the texts */
};

/* Takes back what config_load gave; NULL is allowed. */
void config_free(struct config *config);

/* The usual place of the file. */
const char *config_default_path(char *buf, size_t cap);

/* Can a register have that name: as a file, as a word of the command line? False with ERR_USAGE and what is allowed. */
bool config_name_check(const char *name, struct failure *failure);

/* Can Zabbix have a host of that technical name? */
bool config_is_host_name(const char *name);

/* The register of that name, NULL when there is none. */
const struct config_kkt *config_find(const struct config *config, const char *name);

/* How the same register of two configurations differs; the last difference counts. */
enum config_change {
    CONFIG_SAME,
    CONFIG_OTHER_SETTINGS, /* intervals, timeout, hours, network, control */
    CONFIG_OTHER_ASK,      /* serial or timezone: what a running poll was asked is out of date */
    CONFIG_OTHER_ACCESS,   /* connect or password: another register, as far as anybody knows */
};

/* A reload touches only what changed. */
enum config_change config_kkt_change(const struct config *a, const struct config_kkt *x, const struct config *b,
                                     const struct config_kkt *y);

/* What a poll of the register needs, `wanted` left empty; the address is the configuration's. */
void config_ask(const struct config_kkt *kkt, struct poll_ask *ask);

/* STATE_DIR/NAME.json; false when it does not fit. */
bool config_snapshot_path(const struct config *config, const char *name, char *buf, size_t cap);

/* Stores bytes for the lifetime of the configuration; NULL when memory ran out. */
const char *config_store_text(struct config *config, const char *text);
void *config_store_bytes(struct config *config, size_t count);

/* The wall clock of a register's shop at that moment (Unix time); false when the register has no `hours`. */
bool config_shop_time(const struct config_kkt *kkt, int64_t unix_s, struct civil *now);

#endif
