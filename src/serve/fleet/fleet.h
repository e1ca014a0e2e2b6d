/* The registers of serve: each with its last values, polled by the schedule, written to its snapshot file and to the
 * spool. */
#ifndef SERVE_FLEET_FLEET_H
#define SERVE_FLEET_FLEET_H

#include "config/config.h"
#include "push/spool.h"
#include "serve/fleet/schedule.h"
#include "serve/state_dir.h"
#include "serve/statistics.h"

#include <uv.h>

#define FLEET_DOCUMENT_KEY "kkt.document"

struct fleet;
struct fleet_changes;

/* `config` must outlive the fleet or the next fleet_apply, `state_dir` the fleet; `spool` may be NULL. NULL with the
 * failure. */
struct fleet *fleet_start(uv_loop_t *loop, const struct config *config, struct state_dir *state_dir, enum lang lang,
                          struct spool *spool, struct failure *failure);

/* What differs between two configurations (`old` NULL: everything is new). Touches no fleet: for a thread beside the
 * loop. NULL with ERR_NO_MEMORY. */
struct fleet_changes *fleet_compare(const struct config *old, const struct config *now, struct failure *failure);
void fleet_changes_free(struct fleet_changes *changes);
/* The registers that only the old one has, as places in old->kkts. */
const uint32_t *fleet_changes_gone(const struct fleet_changes *changes, uint32_t *count);

/* Goes over to another configuration: only registers that changed are touched. The old one may be freed after it. */
bool fleet_apply(struct fleet *fleet, const struct config *config, const struct fleet_changes *changes, enum lang lang,
                 struct spool *spool, struct failure *failure);

/* "STATUS=…" for systemd: registers, how many were read, what waits. `spooled` is NULL without a spool. */
void fleet_status(const struct fleet *fleet, const struct spool_counts *spooled, char *text, size_t cap);

/* Starts no more polls and ends those that run, without a result; `stopped` is called once all are done. */
void fleet_stop(struct fleet *fleet, void (*stopped)(void *user), void *user);

/* After `stopped`: closes the handles of a fleet. Once the loop has run for two turns more fleet_free may follow. */
void fleet_close(struct fleet *fleet);
void fleet_free(struct fleet *fleet);

/* The health document of now (health.h); `ms`: its Unix time. `spooled` is NULL without a spool. */
char *fleet_statistics(struct fleet *fleet, const struct spool_counts *spooled, int64_t *ms);

/* Is the register outside its opening hours now? */
bool fleet_is_closed(const struct config_kkt *kkt);

/* Did the schedule get on since the last call: a poll was done, each that runs is within its own timeout, or none was
 * due? */
bool fleet_gets_on(struct fleet *fleet);

#endif
