/* What the parts of the fleet share. Only serve/fleet/fleet*.c includes this. */
#ifndef SERVE_FLEET_FLEET_INTERNAL_H
#define SERVE_FLEET_FLEET_INTERNAL_H

#include "base/ratelimit.h"
#include "output/document.h"
#include "serve/fleet/census.h"
#include "serve/fleet/fleet.h"
#include "serve/fleet/history.h"
#include "serve/fleet/known.h"
#include "serve/load.h"
#include "serve/stall.h"

/* What Zabbix was told of the opening hours. */
enum shop_state { SHOP_UNKNOWN, SHOP_OPEN, SHOP_CLOSED };

/* One register at rest: this, its configuration and its packed values. */
struct kkt {
    struct schedule_item item;       /* first */
    const struct config_kkt *config; /* NULL once it is removed */
    struct run *run;                 /* while it is polled */
    struct known known;              /* the last values */
    struct unsent unsent;            /* the first of its documents that wait for the OFD */
    struct open_document open_document;
    struct history history;       /* of its polls */
    int64_t clock_ahead_s;        /* its clock minus clock_age_s, at the last poll that read it: has_clock */
    struct census_entry census;   /* what it adds to the totals */
    enum poll_state state;        /* STATE_USAGE: not read yet */
    enum error_code logged_error; /* of the last poll that failed, in the log */
    enum shop_state shop;
    bool has_clock;
    bool restored;                              /* the snapshot of an earlier run was looked for */
    uint32_t logged_error_s, published_hours_s; /* when, steady clock */
};

/* One poll that runs; kept for the next one when it is done. */
struct run {
    struct fleet *fleet;
    struct kkt *kkt;
    struct poll *poll;
    struct run *before, *next; /* in the list of those that run; `next` also among the free ones */
    uint64_t deadline_ms;      /* by then it must have ended, steady clock */
    bool outdated;             /* the configuration has changed: its result does not count */
    struct snapshot snapshot;
};

struct fleet {
    uv_loop_t *loop;
    const struct config *config;
    struct health_limits limits; /* the configuration's, for polls that outlive it */
    enum lang lang;
    struct spool *spool;
    struct state_dir *state_dir;
    struct schedule *schedule;
    struct kkt **kkts; /* in the order of config->kkts; NULL: there was no memory for it */
    uint32_t count;
    uv_timer_t timer;
    struct arrival *arrival;
    struct run *runs;      /* all that run, those of removed registers too */
    struct run *free_runs; /* for the next polls */
    struct statistics health;
    struct census census;
    uint32_t states[STATE_USAGE + 1];
    uint64_t done_since_asked;
    bool stopping;
    struct load load;
    struct stall stall;
    int64_t common_drift_s; /* of the registers' clocks from the host's, when drift_known */
    bool drift_known, host_clock_wrong, host_clock_confirmed;
    int64_t confirmed_ahead_s; /* the host's clock minus clock_age_s when it was confirmed */
    uint64_t late_seen;        /* when the load was looked at last */
    uint32_t logged_polls;     /* the limit by descriptors that the log has said */
    struct ratelimit file_failed, spool_failed;
    void (*stopped)(void *user);
    void *user;
};

/* After load.full_per_s has changed. */
void fleet_set_full_rate(struct fleet *fleet);

/* Starts the timer for the next turn of the schedule. */
void fleet_plan(struct fleet *fleet);

void fleet_set_state(struct fleet *fleet, struct kkt *kkt, enum poll_state state);

/* The register's snapshot as its file has it; false when there is none that a serve wrote. */
bool fleet_read_snapshot(const struct fleet *fleet, const struct kkt *kkt, struct snapshot *s, struct document *d);

/* Restores what an earlier run knew of this register: its last snapshot, read before the first poll. */
void fleet_restore(struct fleet *fleet, struct kkt *kkt);

/* What a poll brought goes to the snapshot file, the spool, the log and the schedule. */
void fleet_handle_result(struct fleet *fleet, struct run *run);

/* A value for the register's host in Zabbix; a failure is logged. */
void fleet_push(struct fleet *fleet, const struct kkt *kkt, const char *key, int64_t ms, const char *text);

/* The host's clock minus clock_age_s: changes when the host's is set. */
int64_t fleet_host_ahead_s(void);

/* What all registers say of the host's clock. One that was set since it was confirmed is not confirmed any more. */
enum host_clock fleet_host_clock(const struct fleet *fleet);

/* Seconds until the register's shop opens, 0 = it is open. */
uint32_t fleet_closed_s(const struct kkt *kkt);

/* Of the last `passed_s` seconds those for which the register's shop has been open without a break. */
int64_t fleet_open_s(const struct kkt *kkt, int64_t passed_s);

/* Tells Zabbix that a shop is closed (again each ten minutes), or that it is open (once). */
void fleet_publish_closed(struct fleet *fleet, struct kkt *kkt);
void fleet_publish_open(struct fleet *fleet, struct kkt *kkt);

#endif
