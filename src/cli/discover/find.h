/* What `discover` finds: the ports of this computer and the hosts of a network, and what each said when it was asked.
 */
#ifndef CLI_DISCOVER_FIND_H
#define CLI_DISCOVER_FIND_H

#include "cli/args.h"
#include "config/config.h"
#include "link/ports/scan.h"

/* One port or one host. */
struct found {
    char connect[CONNECT_TEXT_MAX]; /* the address that may stand in the configuration */
    const struct connect *address;  /* the one that is asked; held */
    bool is_host;                   /* of the network; else `port` says what it is */
    struct scan_port port;
    bool asked;                  /* polled: `failure` says what came */
    struct failure failure;      /* ERR_NONE or ERR_PARTIAL: it was read */
    int protocol;                /* 0: not known */
    char model[128], serial[32]; /* "" when they were not read */
    char name[CONFIG_NAME_MAX];  /* of the register of the configuration that this is; "": of none */
};

struct found_list {
    struct found *items; /* ports first, then hosts by address */
    unsigned count;
    uint32_t hosts_tried; /* 0: no network was looked at */
};

/* Looks at what --scan, --serial and --network say. `config` tells which ones are known already; NULL: none is. False
 * with ERR_USAGE for something that is no network, ERR_SYSTEM, ERR_NO_MEMORY. find_free in any case. */
bool find_registers(const struct args *args, const struct config *config, struct found_list *list,
                    struct failure *failure);
void find_free(struct found_list *list);

/* The hosts of --network; false with ERR_USAGE that says what may be given. */
bool find_network(const char *text, uint32_t *first, uint32_t *count, struct failure *failure);

/* Was it asked, and read? */
bool found_was_read(const struct found *found);

#endif
