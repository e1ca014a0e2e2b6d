/* What `discover` finds: the ports of this computer and the hosts of a network, and what each said when it was asked.
 */
#ifndef CLI_DISCOVER_FIND_H
#define CLI_DISCOVER_FIND_H

#include "cli/args.h"
#include "config/config.h"
#include "link/ports/scan.h"
#include "link/ports/scan_network.h"
#include "poll/ask.h"

#define FOUND_MODEL_MAX  128
#define FOUND_SERIAL_MAX 32

/* One port or one host. */
struct found {
    char connect[CONNECT_TEXT_MAX]; /* the address that may stand in the configuration */
    const struct connect *address;  /* the one that is asked; held */
    bool is_host;                   /* of the network; else `port` says what it is */
    struct scan_port port;
    bool asked;                  /* polled: `failure` says what came */
    struct failure failure;      /* ERR_NONE or ERR_PARTIAL: it was read */
    int protocol;                /* 0: not known */
    char model[FOUND_MODEL_MAX]; /* "" when it was not read */
    char serial[FOUND_SERIAL_MAX];
    char name[CONFIG_NAME_MAX + 1];  /* of the register of the configuration that this is; "": of none */
    char known_at[CONNECT_TEXT_MAX]; /* its address there, when it was known by its serial number alone; else "" */
};

struct found_list {
    struct found *items; /* ports first, then hosts by address */
    unsigned count;
    uint32_t hosts_tried; /* 0: no network was looked at */
};

/* Looks at what --scan, --serial and --network say. `config` says which ones are known already; NULL: none is. False
 * with ERR_USAGE for something that is no network, ERR_SYSTEM, ERR_NO_MEMORY. find_free in any case. */
bool find_registers(const struct args *args, const struct config *config, struct found_list *list,
                    struct failure *failure);
void find_free(struct found_list *list);

/* ---- the parts, for `setup` too ---- */

/* The hosts of --network with a register's port open, by address, behind what the list has; each is asked which
 * register it is, some of them at a time. The registers of `known` get their name and are not asked; NULL: all are.
 * False with ERR_USAGE that says what may be given, ERR_SYSTEM, ERR_NO_MEMORY. */
bool find_network(const struct args *args, const struct config *known, struct found_list *list,
                  struct failure *failure);

/* What a register is asked to identify it: model and serial number, within --timeout, else `timeout_ms`. */
void find_ask_identity(const struct args *args, uint32_t timeout_ms, struct poll_ask *ask);

/* Its answer, for people; what was not read stays as it is. */
void find_keep_identity(const struct snapshot *s, char model[FOUND_MODEL_MAX], char serial[FOUND_SERIAL_MAX]);

/* Was it asked, and read? */
bool found_was_read(const struct found *found);

#endif
