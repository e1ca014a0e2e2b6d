/* One poll at a time at a register: the processes of this program (an agent's `get` beside `serve`) wait for each
 * other. A lock file in /run/zabbix-atol or /run/lock, released by the system when the process ends in whatever way; on
 * Windows a named object. Where this user may use neither folder there is no lock, and polls may collide at the
 * register. */
#ifndef LINK_TURN_H
#define LINK_TURN_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define TURN_KEY_MAX 96
#define TURN_FOLDERS 2

/* How often who waits tries again. */
#define TURN_STEP_MS 20

struct turn {
    char key[TURN_KEY_MAX];      /* "" : nothing is held */
    intptr_t held[TURN_FOLDERS]; /* the system's handles, -1: none */
};

/* Nothing is held yet. */
void turn_init(struct turn *turn);

/* Takes the turn at `key`, letter, digit, '.', ':' and '-' only ("tcp-10.0.0.15-5555"; longer ones are cut). False when
 * another poll has it: try again in TURN_STEP_MS. True when it is held, or cannot be had on this system. */
bool turn_acquire(struct turn *turn, const char *key);

/* Releases it, if it is held. */
void turn_release(struct turn *turn);

/* ERR_PORT_BUSY: who has the turn at `key`, at the address `where`. */
void turn_explain(const char *key, const char *where, struct failure *failure);

/* Other folders, for tests; NULL: the usual ones. They stay the caller's. */
void turn_use_folders(const char *const folders[TURN_FOLDERS]);

#endif
