/* All registers of the configuration at once: from the snapshots that `serve` keeps, the rest by polling. For `status`
 * and `check`. */
#ifndef CLI_STATUS_COLLECT_H
#define CLI_STATUS_COLLECT_H

#include "cli/args.h"
#include "config/config.h"
#include "output/document.h"

/* A number that may not be known. */
struct status_value {
    bool known;
    int64_t value;
};

/* What a line says of one register. */
struct status_row {
    const struct config_kkt *kkt; /* of the configuration that was collected */
    enum poll_state state;
    unsigned code; /* of health; 0: well */
    enum severity level;
    char brief[HEALTH_BRIEF_MAX];      /* health in short */
    char advice[HEALTH_BRIEF_MAX * 4]; /* the worst of health in full, its first line; "": well */
    char serial[32];                   /* "": not known */
    bool kept;                         /* it comes from a snapshot of serve */
    int64_t age_s, polled_ts;
    struct status_value fn_days, unsent, shift;
};

struct status_ask {
    const struct args *args;
    const struct config *config;
    enum lang lang;
    bool poll_all; /* no snapshots */
    /* Called with the document of each register as it comes; may be NULL. */
    void (*each)(const struct document *d, void *user);
    /* Called when so many of the registers are there; may be NULL. */
    void (*progress)(unsigned done, unsigned all, void *user);
    void *user;
};

/* One row a register in memory that the caller frees, the worst first, then by name; NULL with the failure when there
 * is no memory, and for a configuration without registers a row that nobody may look at. */
struct status_row *status_collect(const struct status_ask *ask, struct failure *failure);

/* How old a snapshot of serve may be before the register is asked instead: three of its intervals, two of the long ones
 * while the shop is closed. */
int64_t status_fresh_s(const struct config_kkt *kkt);

/* For how many seconds the shop has been open, by this computer's clock: 0: it is closed; without hours INT64_MAX. */
int64_t status_open_for_s(const struct config_kkt *kkt);

#endif
