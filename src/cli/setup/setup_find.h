/* The registers that `setup` finds: those that are named, plugged in, or in a network that is named. */
#ifndef CLI_SETUP_SETUP_FIND_H
#define CLI_SETUP_SETUP_FIND_H

#include "cli/discover/find.h"

#define SETUP_PORTS_MAX 64
#define SETUP_KKTS_MAX  (SETUP_PORTS_MAX + SCAN_NETWORK_MAX + ARGS_WORDS_MAX)

struct setup_kkt {
    char name[CONFIG_NAME_MAX + 1];
    char connect[CONNECT_TEXT_MAX];
    char model[FOUND_MODEL_MAX]; /* "" when it was not read */
    char serial[FOUND_SERIAL_MAX];
    bool configured;                 /* a register of the configuration already; `name` is its name there */
    char known_at[CONNECT_TEXT_MAX]; /* where the configuration has it, when that is another place; else "" */
    bool moved;                      /* with `known_at`: it does not answer there any more */
    struct failure failure;          /* why it was not read; ERR_NONE when it was */
};

/* Looks for registers and reads the model and the serial number of each that is not configured. `config` may be NULL.
 * Ports of other devices are left alone. False with ERR_USAGE for a wrong word or network, ERR_SYSTEM, ERR_NO_MEMORY.
 */
bool setup_find(const struct args *args, const struct config *config, struct setup_kkt kkts[SETUP_KKTS_MAX],
                unsigned *count, struct failure *failure);

#endif
