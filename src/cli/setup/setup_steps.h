/* The steps of `setup`: each is done only where it is needed, says so, and is undone by setup_remove. */
#ifndef CLI_SETUP_SETUP_STEPS_H
#define CLI_SETUP_SETUP_STEPS_H

#include "cli/args.h"
#include "cli/setup/setup_find.h"
#include "cli/setup/setup_system.h"
#include "config/config.h"

struct setup {
    const struct args *args;
    char path[512];        /* of the configuration */
    struct config *config; /* NULL: there is none yet */
    struct setup_kkt kkts[SETUP_KKTS_MAX];
    unsigned kkt_count;
    struct setup_agent agents[SETUP_AGENTS_MAX];
    unsigned agent_count;
    unsigned steps; /* setup_plan: how many there are to do */
    bool unread;    /* nothing is read at the end: the register may be off */
    bool changed;   /* something was done */
    bool wrong;     /* something was not */
};

enum setup_mark { SETUP_DONE, SETUP_SAME, SETUP_WRONG };

/* Prints one line of the result and keeps what it means for the exit status. */
void setup_say(struct setup *s, enum setup_mark mark, const char *en, const char *ru, const char *detail);
/* The same for a failure. */
void setup_fail(struct setup *s, const struct failure *failure);

/* Prints what would be done and counts it in `steps`; changes nothing. */
void setup_plan(struct setup *s);
void setup_plan_removal(struct setup *s);
void setup_plan_registers(struct setup *s);
void setup_plan_removal_of_registers(struct setup *s);
/* One line of it. */
void setup_plan_step(struct setup *s, const char *en, const char *ru, const char *detail);

/* The configuration: the new registers into registers.d/setup.yaml, and the main file includes it; a register that
 * moved gets its new address where `setup` wrote the old one. When the result would not be a good configuration, all is
 * put back. */
void setup_registers(struct setup *s);

/* For a register that moved: may `setup` correct its address, which stands in the file that it owns? If not, `place`
 * says where it stands: FILE:LINE, or the file alone. */
bool setup_owns_address(const struct setup *s, const struct setup_kkt *kkt, char *place, size_t cap);

/* The agents: user parameters, rights, restart when something changed, one value through it. */
void setup_agents(struct setup *s);

/* For the installer of Windows: the register of the command line when none is configured, and the agents that --agent
 * names. Nothing is read. False when the command line is wrong. */
bool setup_for_installer(struct setup *s, struct failure *failure);

/* Before its files go: no agent includes them any more. The registers stay. */
void setup_release_agents(struct setup *s);

/* Undo the one and the other; setup_remove is both. Rights to ports stay: others may use them. */
void setup_remove_registers(struct setup *s);
void setup_remove(struct setup *s);

#endif
